"""The framed form: on a partner's page, out of its scripts' sight, as high as it is, in the looks of that page."""

import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from server.web.assets import BUNDLE, newest_bundle_version
from tests.browsing import Served, Website, let_frames_grow, picture
from tests.scene import look
from tests.widget.conftest import expect_told, list_partner

pytestmark = pytest.mark.browser
CREDITED = """
SELECT signatures.name AS name, partners.slug AS slug FROM signatures JOIN partners ON partners.id = partner_id
"""
LISTENING = """
<script>
  window.keys = [];
  for (const type of ["keydown", "keyup", "input", "focusin", "click", "submit"])
    addEventListener(type, ({ key, target, data }) => window.keys.push([type, key, target.localName, data]), true);
  window.messages = [];
  addEventListener("message", ({ data }) => window.messages.push(JSON.stringify(data)));
</script>
"""


@pytest.fixture
def frame_page(server: Served, website: Served, statement, db, clock, visit):
    """Open a page of a listed partner with the framed form, in a policy that allows it no more than it needs."""
    list_partner(db, "lake-watch", website.url, now=clock())

    def open_page(attributes: str = "", *, body: str = "", lang: str = "en", style: str = "", **options) -> Page:
        link = "<a href='/elsewhere'>Sign on the organiser’s page</a>"
        tag = f'<undersigned-form server="{server.url}" statement="open-rivers" partner="lake-watch" {attributes}>'
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        website.app.put("/", f"{body}<main {style}>{tag}{link}</undersigned-form></main>{script}", lang=lang)
        return visit(website.url, **options)

    return open_page


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("undersigned-form iframe")


def sign_in(form: FrameLocator) -> None:
    form.get_by_label("Your name").fill("Անի Գևորգյան")
    form.get_by_label("Email address").fill("ani@rivers.example")
    form.get_by_role("button", name="Sign").click()


def height(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["height"]


def wait_for_height(page: Page, least: float) -> None:
    """Wait until the form in the frame has said how high it is."""
    page.wait_for_function(f"document.querySelector('undersigned-form').getBoundingClientRect().height > {least}")


def test_a_visitor_signs_in_the_frame_and_the_partner_is_credited(frame_page, db, server):
    page = frame_page()
    sign_in(inside(page))

    expect(inside(page).get_by_role("heading", name="Check your email")).to_be_focused()
    expect(page.locator("undersigned-form iframe")).to_have_attribute("title", "Keep our rivers open")
    expect_told(page, [["ready", {"state": "open"}], ["submitted", {"state": "pending"}]])
    [row] = look(db, CREDITED)
    assert row == {"name": "Անի Գևորգյան", "slug": "lake-watch"}
    [post] = server.posts()
    assert (post.path, post.headers["origin"]) == ("/embed/open-rivers/signatures", server.url)


def test_nothing_that_is_typed_reaches_the_page_around(frame_page):
    page = frame_page(body=LISTENING)
    sign_in(inside(page))
    expect(inside(page).get_by_role("heading", name="Check your email")).to_be_visible()

    heard = str(page.evaluate("window.keys")) + str(page.evaluate("window.messages")) + str(page.evaluate("told"))
    assert "undersigned:height" in heard
    for secret in ("Անի", "Գևորգյան", "ani@", "rivers.example"):
        assert secret not in heard
    assert page.evaluate("window.keys.filter(([type]) => type !== 'focusin' && type !== 'click')") == []


def test_the_same_page_hears_it_all_from_the_form_inside_itself(frame_page):
    """The twin: what the frame is for."""
    page = frame_page("inline", body=LISTENING)
    page.locator("undersigned-form").get_by_label("Your name").press_sequentially("Ani")

    assert "'A'" in str(page.evaluate("window.keys"))


def test_the_frame_is_as_high_as_its_form_and_grows_with_it(frame_page):
    page = frame_page()
    element, form = page.locator("undersigned-form"), inside(page)
    wait_for_height(page, 400)
    before = height(element)

    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("alert")).to_be_visible()

    wait_for_height(page, before)
    assert abs(height(element) - height(form.locator("body"))) <= 1


def test_what_stands_inside_the_tag_stays_until_the_form_has_come(frame_page):
    page = frame_page()

    expect(inside(page).get_by_role("button", name="Sign")).to_be_visible()
    expect(page.get_by_role("link", name="on the organiser’s page")).to_be_hidden()


def test_what_fails_inside_the_frame_is_told_there_above_a_form_that_works(frame_page, server, website, visit):
    frame_page()
    page = visit("about:blank")
    page.route("**/api/v1/statements/**", lambda route: route.abort())
    page.goto(website.url)

    expect(inside(page).get_by_role("button", name="Try again")).to_be_visible()
    expect(inside(page).get_by_role("button", name="Sign")).to_be_visible()
    expect(page.locator("[part=skeleton]")).to_have_count(0)
    expect_told(page, [["failed", {"code": "unreachable"}]])


def test_where_the_frame_may_not_stand_the_link_stays_and_a_way_to_try_again(
    server, website, statement, visit, monkeypatch
):
    """The website is nobody's partner: the browser shows nothing in the frame, and the frame never speaks."""
    tag = f'<undersigned-form server="{server.url}" statement="open-rivers"><a href="/x">Sign there</a>'
    script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
    website.app.put("/", f"{tag}</undersigned-form>{script}")
    page = visit("about:blank", expecting="frame-ancestors")
    page.clock.install()
    page.goto(website.url)
    expect(page.locator("iframe")).to_be_attached()

    page.clock.run_for(11_000)

    expect(page.get_by_role("link", name="Sign there")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect_told(page, [["failed", {"code": "frame-silent"}]])
    picture(page, "state-frame-silent")


def test_without_scripts_the_frames_own_form_signs(frame_page, server, visit, website, names):
    frame = f'<iframe src="{server.url}/embed/open-rivers?partner=lake-watch" title="Form"></iframe>'
    frame_page()
    website.app.put("/plain", frame)
    page = visit(f"{website.url}/plain", java_script_enabled=False)
    form = page.frame_locator("iframe")
    sign_in(form)

    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]


@pytest.mark.parametrize("version", ["v1", newest_bundle_version()])
def test_page_and_frame_fetch_the_script_once(frame_page, server, website, visit, version):
    """Both are on this machine's one site: what frames of other sites share is for each browser to decide."""
    frame_page()
    html, _ = website.app.pages["/"]
    website.app.pages["/"] = (html.replace("/widget/v1/", f"/widget/{version}/"), "")
    del server.log[:]
    page = visit(website.url)
    expect(inside(page).get_by_role("button", name="Sign")).to_be_visible()

    assert [request.path for request in server.log if request.path.endswith(BUNDLE)] == [f"/widget/{version}/{BUNDLE}"]


def test_in_somebody_elses_sandbox_it_signs_too(frame_page, server, visit, website, names):
    """As a blog puts an unknown provider: scripts and nothing else; no submit event ever fires there."""
    source = f"{server.url}/embed/open-rivers?partner=lake-watch"
    frame_page()
    website.app.put("/blog", f'<iframe sandbox="allow-scripts" src="{source}" title="Form" height="900"></iframe>')
    page = visit(f"{website.url}/blog")
    form = page.frame_locator("iframe")
    sign_in(form)

    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]
    assert {post.headers["origin"] for post in server.posts()} == {"null"}


def test_the_element_says_in_the_frames_address_on_which_website_it_is(frame_page, server, website):
    page = frame_page(body='<meta name="referrer" content="no-referrer">')

    expect(inside(page).get_by_role("button", name="Sign")).to_be_visible()
    [query] = [parse_qs(asked.query) for asked in server.log if asked.path == "/embed/open-rivers"]
    assert query["origin"] == [website.url]


def test_an_element_that_names_no_partner_shows_the_form_on_a_partners_website(frame_page, server, website, visit):
    frame_page()
    tag = f'<undersigned-form server="{server.url}" statement="open-rivers"></undersigned-form>'
    website.app.put("/unnamed", f'{tag}<script src="{server.url}/widget/v1/undersigned.js"></script>')

    expect(inside(visit(f"{website.url}/unnamed")).get_by_role("button", name="Sign")).to_be_visible()


def test_a_partners_page_in_a_frame_of_its_other_website_shows_the_form(frame_page, website, visit, db, clock):
    frame_page()
    around = Served(Website())
    with around:
        list_partner(db, "lake-watch", around.url, now=clock())
        around.app.put("/", f'<iframe src="{website.url}/" title="Page" width="900" height="900"></iframe>')
        nested = visit(around.url).frame_locator("iframe").frame_locator("undersigned-form iframe")

        expect(nested.get_by_role("button", name="Sign")).to_be_visible()


@pytest.mark.parametrize("more", ['referrerpolicy="strict-origin"', ""])
def test_the_frame_of_an_older_element_without_a_partner_still_shows_the_form(
    frame_page, server, website, visit, names, more
):
    """It says nothing of its website in the address; the browser's Referer does."""
    frame_page()
    website.app.put("/old", f'<iframe {more} src="{server.url}/embed/open-rivers?locale=en" title="Form"></iframe>')
    form = visit(f"{website.url}/old", java_script_enabled=False).frame_locator("iframe")
    sign_in(form)

    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]


def test_a_strangers_page_that_gives_itself_out_as_a_partners_shows_no_form(frame_page, server, website, visit):
    frame_page()
    with Served(Website()) as stranger:
        source = f"{server.url}/embed/open-rivers?partner=lake-watch&origin={website.url}"
        stranger.app.put("/", f'<iframe src="{source}" title="Form"></iframe>')
        page = visit("about:blank", expecting="frame-ancestors")
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            page.goto(stranger.url)

        expect(page.frame_locator("iframe").get_by_role("button", name="Sign")).to_have_count(0)


def test_what_was_typed_before_the_script_came_is_kept(frame_page, server, visit):
    frame_page()
    page = visit("about:blank")
    waiting = []
    page.route("**/undersigned.js", lambda route: waiting.append(route))
    page.goto(f"{server.url}/embed/open-rivers?partner=lake-watch", wait_until="commit")
    page.get_by_label("Your name").fill("Անի")
    waiting[0].continue_()

    expect(page.locator("undersigned-form section[part=frame]")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Անի")


@pytest.mark.parametrize(("style", "theme"), [("", "light"), ('style="background:#111;color:#eee"', "dark")])
def test_the_frame_takes_the_looks_of_the_page_around(frame_page, style, theme):
    page = frame_page(style=style.replace('style="', 'style="--undersigned-accent:#a3281a;'))
    form = inside(page)

    expect(form.locator("html")).to_have_class(re.compile(theme))
    picture(page, f"frame-{theme}")
    if not style:
        return
    expect(form.get_by_role("button", name="Sign")).to_have_css("background-color", "rgb(163, 40, 26)")


@pytest.mark.parametrize(("mode", "is_the_pages"), [("inline", True), ("", False)])
def test_in_the_page_itself_the_form_writes_in_the_pages_own_font(frame_page, mode, is_the_pages):
    """The twin: the frame has its own."""
    page = frame_page(mode, style='style="font-family: Quarterly"')
    form = page.locator("undersigned-form") if mode else inside(page)

    for part in (
        form.get_by_text("Your name"),
        form.get_by_label("Your name"),
        form.get_by_role("button", name="Sign"),
    ):
        expect(part).to_be_visible()
        assert ("Quarterly" in part.evaluate("element => getComputedStyle(element).fontFamily")) is is_the_pages


def test_the_page_can_put_the_focus_into_the_form_that_is_ready(frame_page):
    page = frame_page()
    page.wait_for_function("told.some(([what]) => what === 'ready')")

    page.evaluate("document.querySelector('undersigned-form').focusForm()")

    expect(inside(page).get_by_label("Your name")).to_be_focused()


def test_messages_of_strangers_move_nothing(frame_page):
    page = frame_page()
    expect_told(page, [["ready", {"state": "open"}]])
    let_frames_grow(page)
    before = height(page.locator("undersigned-form"))

    page.evaluate(
        """() => { for (const height of [1, 9999, "7", null, NaN])
                     postMessage({ type: "undersigned:height", height }, "*");
                   postMessage({ type: "undersigned:told", what: "confirmed", detail: { state: "x" } }, "*"); }"""
    )

    assert height(page.locator("undersigned-form")) == before
    expect_told(page, [["ready", {"state": "open"}]])
