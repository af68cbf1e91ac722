"""The page for editors in a real browser: what it shows works when it is pasted, under the policy that it names."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browsing import SCHEMES, browsable, picture
from tests.scene import look
from tests.web.scene import PAGE
from tests.widget.conftest import list_partner

pytestmark = pytest.mark.browser
GETTING = f"{PAGE}/embed"
NAMES = "SELECT signatures.name, partners.slug FROM signatures JOIN partners ON partners.id = partner_id"
MEASURED = re.compile(r'height="0:\d+ \d+:\d+ \d+:\d+ ')
KEEPING = "default-src 'none'; require-trusted-types-for 'script'; "


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def getting(server, statement, website, db, clock, visit) -> Callable[..., Page]:
    """Open the page for editors, whose website is a listed partner; ``lake-watch`` is its name."""
    list_partner(db, "lake-watch", website.url, now=clock())
    return lambda query="partner=lake-watch", **options: visit(f"{server.url}{GETTING}?{query}", **options)


@pytest.fixture
def pasted(getting, website, visit) -> Callable[..., Page]:
    """Copy a snippet and its policy off the page, paste both into the partner's website, and visit that."""

    def pasted(name: str, *, policy: str = "script-policy", choosing: str = "", opening=visit) -> Page:
        page = getting(f"partner=lake-watch{choosing}")
        snippet, allowed = (page.locator(f"#{box}").input_value() for box in (name, policy))
        website.app.put("/", f"<main>{snippet}</main>", policy=KEEPING + allowed)
        return opening(website.url)

    return pasted


def framed(page: Page, element: str = "undersigned-form iframe") -> FrameLocator:
    return page.frame_locator(element)


def sign_in(form) -> None:
    form.get_by_label("Your name").fill("Ani")
    form.get_by_label("Email address").fill("ani@rivers.example")
    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()


def test_the_preview_is_the_real_form_and_follows_what_is_chosen(getting, db):
    page = getting()
    expect(framed(page).get_by_role("button", name="Sign")).to_be_visible()

    page.get_by_label("Language", exact=True).select_option("Français")
    page.get_by_label("Colours").select_option("Dark")
    page.get_by_role("button", name="Show").click()

    expect(framed(page).get_by_role("button", name="Signer")).to_be_visible()
    expect(framed(page).locator("html")).to_have_class(re.compile("dark"))
    sent = framed(page)
    sent.get_by_label("Votre nom").fill("Ani")
    sent.get_by_label("Adresse électronique").fill("ani@rivers.example")
    sent.get_by_role("button", name="Signer").click()
    expect(sent.get_by_role("heading", name="Consultez votre messagerie")).to_be_visible()
    assert look(db, NAMES) == [{"name": "Ani", "slug": "lake-watch"}]


@pytest.mark.parametrize("name", ["script", "pinned"])
def test_the_form_that_was_pasted_signs_under_the_policy_that_was_shown(pasted, db, name):
    page = pasted(name)
    sign_in(framed(page))

    assert look(db, NAMES) == [{"name": "Ani", "slug": "lake-watch"}]
    expect(page.get_by_role("link")).to_be_hidden()


@pytest.mark.parametrize("name", ["script", "pinned"])
def test_the_form_in_the_page_itself_signs_under_its_own_policy(pasted, db, name):
    page = pasted(name, choosing="&mode=inline&form_locale=en&theme=light")
    sign_in(page.locator("undersigned-form"))

    assert look(db, NAMES) == [{"name": "Ani", "slug": "lake-watch"}]


def asked_for_data(page: Page) -> list[str]:
    """What a page asked for to show the form, by who asked: the preload is "link", the script's own request "fetch"."""
    expect(page.locator("undersigned-form").get_by_role("button", name="Sign")).to_be_visible()
    asked: list[str] = page.evaluate(
        """() => performance.getEntriesByType("resource")
        .filter(({ name }) => name.includes("/api/v1/statements/open-rivers?"))
        .map(({ initiatorType }) => initiatorType)"""
    )
    return asked


@pytest.mark.parametrize("name", ["script", "pinned"])
def test_the_form_takes_the_data_that_was_preloaded_and_asks_no_second_time(pasted, name):
    page = pasted(name, choosing="&mode=inline&form_locale=en")

    assert asked_for_data(page) == ["link"]


def test_a_preload_with_cookies_is_not_taken(getting, website, visit):
    """The twin: the tag must ask in the way the script does."""
    snippet = getting("partner=lake-watch&mode=inline&form_locale=en").locator("#script").input_value()
    website.app.put("/", snippet.replace(" crossorigin>", ' crossorigin="use-credentials">'))

    assert sorted(asked_for_data(visit(website.url, expecting="CORS policy"))) == ["fetch", "link"]


def test_the_frame_without_a_script_signs_under_its_policy(pasted, db):
    page = pasted("frame", policy="frame-policy")
    sign_in(framed(page, "iframe"))

    assert look(db, NAMES) == [{"name": "Ani", "slug": "lake-watch"}]


def test_without_that_policy_the_browser_shows_no_frame(pasted, visit):
    """The twin: the lines are needed."""
    page = pasted("frame", policy="link", opening=partial(visit, expecting="Content Security Policy"))

    expect(framed(page, "iframe").get_by_role("button")).to_have_count(0)


@pytest.fixture
def visit_over_a_changed_script(visit) -> Callable[..., Page]:
    """Visit as somebody whose script was changed by one byte on its way."""

    def with_one_byte_more(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body() + b" ")

    def visit_over_it(url: str) -> Page:
        page = visit("about:blank")
        page.route("**/undersigned.js", with_one_byte_more)
        page.goto(url)
        return page

    return visit_over_it


def test_a_pinned_script_that_was_changed_by_one_byte_never_runs(pasted, visit_over_a_changed_script):
    page = pasted("pinned", opening=visit_over_a_changed_script)

    expect(page.get_by_role("link", name="Sign on the statement’s own page")).to_be_visible()
    assert page.evaluate("customElements.get('undersigned-form') === undefined")


def test_the_same_change_runs_where_nothing_is_pinned(pasted, visit_over_a_changed_script):
    """The twin: what the hash is for."""
    page = pasted("script", opening=visit_over_a_changed_script)

    expect(framed(page).get_by_role("button", name="Sign")).to_be_visible()


def test_the_link_that_was_pasted_leads_to_the_statement(pasted):
    page = pasted("link")
    page.get_by_role("link").click()

    expect(page.get_by_role("heading", name="Keep our rivers open")).to_be_visible()


def test_a_button_copies_what_stands_beside_it(getting):
    page = getting(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy A frame without a script").click()

    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#frame").input_value()
    assert copied.startswith("<iframe ")


def test_where_there_is_no_clipboard_the_snippet_is_selected(getting):
    page = getting("")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Copy A plain link").click()

    expect(page.get_by_text("Selected: now copy it")).to_be_visible()
    chosen = "(node) => node.value.slice(node.selectionStart, node.selectionEnd)"
    assert page.locator("#link").evaluate(chosen) == page.locator("#link").input_value()


def test_tabs_lead_by_mouse_by_key_and_by_address_to_what_each_program_needs(getting, violations):
    page = getting(bypass_csp=True)
    html, wordpress, react = (page.get_by_role("tab", name=name) for name in ("Plain HTML", "WordPress", "React"))
    expect(html).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel")).to_have_count(1)

    wordpress.click()
    expect(page.get_by_role("tabpanel", name="WordPress")).to_be_visible()
    expect(page.get_by_role("textbox").nth(0)).to_have_value(re.compile("^<undersigned-form "))
    assert violations(page) == []
    picture(page, "getting-wordpress")
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(react).to_be_focused()
    expect(page.get_by_role("textbox", name="A React component")).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(html).to_be_focused()

    page.goto(page.url + "#vue")
    page.reload()
    expect(page.get_by_role("tab", name="Vue")).to_have_attribute("aria-selected", "true")


def test_the_snippet_keeps_as_much_room_as_the_form_takes_in_the_editors_browser(getting, website, visit):
    """The twin: the server alone can only estimate it."""
    page = getting()
    page.locator("#script").scroll_into_view_if_needed()
    expect(page.locator("#script")).to_have_value(MEASURED)
    snippet = page.locator("#script").input_value()
    assert page.locator("#block").input_value() == snippet, "the same stands under WordPress"
    website.app.put("/", f'<meta name="viewport" content="width=device-width"><body style="margin: 0">{snippet}')
    page = visit("about:blank", viewport={"width": 350, "height": 800})
    page.route("**/embed/**", lambda _route: None)
    page.goto(website.url, wait_until="commit")
    expect(page.locator("[part=skeleton]")).to_be_visible()
    kept = page.locator("undersigned-form").bounding_box()["height"]

    page = visit(website.url, viewport={"width": 350, "height": 800})
    expect(page.locator("undersigned-form")).to_have_js_property("offsetHeight", kept)
    expect(framed(page).get_by_role("button", name="Sign")).to_be_visible()
    assert f"350:{kept:.0f} " in snippet


def test_without_scripts_the_page_has_its_snippets_and_no_dead_buttons(getting):
    page = getting(java_script_enabled=False)

    expect(page.get_by_role("button")).to_have_text(["Show"])
    expect(page.get_by_role("link", name="Sign on the statement’s own page")).to_be_visible()
    for name in ("Plain HTML", "WordPress", "Squarespace, Wix", "React", "Vue", "Hugo, Markdown"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="The form, kept up to date")).to_have_value(
        re.compile("^<undersigned-form ")
    )


@SCHEMES
def test_the_page_fits_small_and_large_screens(getting, scheme):
    page = getting(color_scheme=scheme)
    page.locator("#script").scroll_into_view_if_needed()
    expect(page.locator("#script")).to_have_value(MEASURED)
    expect(framed(page).get_by_role("button", name="Sign")).to_be_visible()

    picture(page, "getting" if scheme == "light" else "getting-dark")
