"""The form where WordPress puts it by its pasted address: in a sandbox, without our script around, in a limited box."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from server.services import partners, texts
from server.text.statement_file import read_statement
from tests.browsing import picture
from tests.web.scene import add_statement
from tests.widget.conftest import fill_in, list_partner

pytestmark = pytest.mark.browser
READ = "Read the full statement"
LONG = (
    '+++\nslug = "open-rivers"\nlocale = "de"\ntitle = "Offene Flüsse"\n+++\n' + "Wir bitten um offene Flüsse.\n\n" * 60
)
# What WordPress's wp_filter_oembed_result and wp-embed.js do with an answer of ours.
SECRET = "aB3dE6gH9k"
CLIPPED = 'style="position: absolute; clip: rect(1px, 1px, 1px, 1px);"'
AS_WORDPRESS = """<style>iframe { max-width: 100%% }</style><script>
  addEventListener("message", ({ source, data }) => {
    const frame = document.querySelector("iframe");
    if (source !== frame.contentWindow || data.secret !== "%s" || data.message !== "height") return;
    document.querySelector("blockquote").style.display = "none";
    frame.removeAttribute("style");
    frame.height = Math.min(1000, Math.max(200, data.value));
  });
</script>"""


@pytest.fixture
def paste(server, website, statement, db, clock, visit) -> Callable[..., Page]:
    """Open a blog into which the statement's address was pasted."""
    list_partner(db, "lake-watch", website.url, now=clock())
    add_statement(db, "lakes", now=clock())
    partners.add_partner(db, "lakes", "lake-watch", name="Lake", origins=[website.url], actor="test", now=clock())
    texts.add_statement(db, read_statement(LONG), actor="test", now=clock())

    def paste(
        slug: str = "open-rivers",
        *,
        locale: str = "en",
        sandbox: str = "allow-scripts",
        script: bool = True,
        says_sandboxed: bool = True,
    ) -> Page:
        page = visit("about:blank", viewport={"width": 1280, "height": 1200})
        if not script:
            page.route("**/static/frame.js", lambda route: route.abort())
        address = f"{server.url}/s/{slug}?locale={locale}&partner=lake-watch"
        html = page.request.get(f"{server.url}/oembed", params={"url": address, "maxwidth": "600"}).json()["html"]
        quote, frame = re.fullmatch(r"(<blockquote.*?</blockquote>)(<iframe .*></iframe>)", html).groups()
        src = re.search('src="([^"]+)"', frame)[1]
        asked = src if says_sandboxed else src.replace("&amp;sandboxed=yes", "")
        assert ("sandboxed" in asked) is says_sandboxed
        frame = frame.replace(src, f"{asked}#?secret={SECRET}").replace(
            "<iframe", f'<iframe sandbox="{sandbox}" {CLIPPED}'
        )
        website.app.put("/blog", f"<main><h1>A blog</h1>{quote}{frame}</main>{AS_WORDPRESS % SECRET}")
        page.goto(f"{website.url}/blog")
        return page

    return paste


def form_in(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def test_in_wordpress_one_reads_the_whole_statement_and_signs(paste, server, names, violations):
    page = paste()
    form = form_in(page)
    expect(page.locator("blockquote")).to_be_hidden()
    form.get_by_label("Your name").fill("Ani")
    form.get_by_role("link", name=READ).click()

    letter = form.get_by_role("group", name=READ)
    expect(letter.get_by_text("We, the undersigned, ask for open rivers.")).to_be_visible()
    expect(letter.get_by_role("textbox")).to_have_value(f"{server.url}/s/open-rivers")
    letter.get_by_role("button", name="Copy").click()
    expect(letter.get_by_role("status")).to_have_text(re.compile("Copied|Selected"))
    expect(form.get_by_label("Your name")).to_have_value("Ani")
    picture(page, "wordpress-by-address")
    assert violations(page) == []
    form.get_by_role("link", name=READ).click()
    expect(letter).to_be_hidden()

    fill_in(form)
    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]


def test_an_address_without_the_word_sandboxed_is_opened_once_more_with_it(paste, names):
    """What WordPress has stored of an older version; the token of the page that all share is no good in a sandbox."""
    page = paste(says_sandboxed=False)
    form = form_in(page)
    expect(page.locator("blockquote")).to_be_hidden()
    page.frames[1].wait_for_url("**sandboxed=yes**")

    fill_in(form)
    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]


def test_without_that_script_its_link_is_dead_and_wordpress_hears_no_height(paste):
    """The twin: what frame.js is for."""
    page = paste(script=False)
    form = form_in(page)
    expect(page.locator("blockquote")).to_be_visible()
    page.evaluate("document.querySelector('iframe').removeAttribute('style')")
    form.get_by_role("link", name=READ).click()
    form.get_by_label("Your name").fill("Ani")

    expect(form.get_by_role("group", name=READ)).to_have_count(0)
    assert len(page.context.pages) == 1


def test_where_windows_may_open_the_link_opens_the_statement(paste, server):
    page = paste(sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox")
    with page.expect_popup() as opened:
        form_in(page).get_by_role("link", name=READ).click()

    expect(opened.value.get_by_role("heading", name="Keep our rivers open", level=1)).to_be_visible()
    assert opened.value.evaluate("window.opener") is None
    expect(form_in(page).get_by_role("group", name=READ)).to_have_count(0)


def test_the_box_is_as_high_as_the_form(paste):
    page = paste("lakes")
    form = form_in(page)

    expect(form.get_by_role("button", name="Sign")).to_be_in_viewport()
    expect(form.get_by_role("button", name="More below")).to_be_hidden()
    frame = page.frames[1]
    frame.wait_for_function("Math.ceil(document.body.getBoundingClientRect().height) === innerHeight")


def test_what_is_longer_than_wordpress_allows_has_a_way_to_its_end(paste):
    page = paste(locale="de")
    form = form_in(page)
    form.get_by_role("link", name="Die ganze Erklärung lesen").click()
    form.locator("section[part=frame] form details summary").click()
    button = form.get_by_role("button", name="Unterzeichnen")
    way_on = form.get_by_role("button", name="Unten geht es weiter")

    expect(way_on).to_be_visible()
    expect(button).not_to_be_in_viewport()
    picture(page, "wordpress-long")
    form.locator("html").evaluate("() => scrollTo(0, 0)")
    while way_on.is_visible():  # by its class, as it has no role once the end is reached and it is hidden
        form.locator(".way-on").evaluate("(button) => button.click()")
    expect(button).to_be_in_viewport()


def test_a_plain_frame_that_is_too_low_has_the_same_way_and_the_element_needs_none(paste, server, website, visit):
    low = f'<iframe src="{server.url}/embed/open-rivers?partner=lake-watch" title="Form" height="400"></iframe>'
    paste()
    website.app.put("/low", low)
    way_on = form_in(visit(f"{website.url}/low")).get_by_role("button", name="More below")
    expect(way_on).to_be_visible()

    website.app.put(
        "/element",
        f'<undersigned-form server="{server.url}" statement="open-rivers"></undersigned-form>'
        f'<script src="{server.url}/widget/v1/undersigned.js"></script>',
    )
    form = visit(f"{website.url}/element").frame_locator("undersigned-form iframe")
    expect(form.get_by_role("button", name="Sign")).to_be_visible()
    expect(form.get_by_role("button", name="More below")).to_be_hidden()


@pytest.mark.parametrize("path", ["", "/text"])
def test_the_frames_pages_have_a_landmark_and_one_h1(server, statement, visit, violations, path):
    page = visit(f"{server.url}/embed/open-rivers{path}", bypass_csp=True)

    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert violations(page) == []
