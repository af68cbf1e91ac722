"""Pages that no partner listed, and frames without an origin: the element says so before anybody fills anything in."""

import pytest
from playwright.sync_api import expect

from tests.browsing import picture
from tests.widget.conftest import Form, expect_told

pytestmark = pytest.mark.browser

SNIPPET = """
<undersigned-form server="{server}" statement="open-rivers" partner="river-watch" inline>
  <a href="{server}/s/open-rivers">Sign on the organiser’s page</a>
</undersigned-form>
<script src="{server}/widget/v1/undersigned.js"></script>
"""
# Playwright would answer the preflights of a page whose requests it intercepts, so the page's own fetch is held back.
HOLD_CHECK = """(() => {
  const { fetch } = self;
  self.released = new Promise((release) => { self.release = release; });
  self.fetch = async (url, options) => {
    if (String(url).includes("/embed-check")) await self.released;
    return fetch(url, options);
  };
})()"""


@pytest.fixture
def snippet(server, statement):
    return SNIPPET.format(server=server.url)


@pytest.fixture
def open_unchecked(visit, website):
    """Open a page whose question whether it may post waits for ``release()``."""

    def open_unchecked() -> Form:
        page = visit("about:blank")
        page.add_init_script(HOLD_CHECK)
        page.goto(website.url)
        return Form(page)

    return open_unchecked


def says_at_once_that_this_website_may_not_send(form, server):
    expect(form.element).to_contain_text("This website is not allowed to collect signatures for this statement.")
    expect(form.element.get_by_role("link", name="Sign on the statement’s own page")).to_have_attribute(
        "href", f"{server.url}/s/open-rivers"
    )
    expect(form.element.get_by_role("textbox")).to_have_count(0)
    expect(form.element.get_by_role("button")).to_have_count(0)


def says_that_this_website_may_not_send(form, server):
    expect(form.summary).to_contain_text("This website is not allowed to collect signatures for this statement.")
    expect(form.summary).to_contain_text("What you typed is still here.")
    expect(form.summary.get_by_role("link")).to_have_attribute("href", f"{server.url}/s/open-rivers")
    expect(form.element.get_by_label("Your name")).to_have_value("Անի Գևորգյան")


def test_a_website_that_is_not_listed_is_told_so_before_anybody_types(website, snippet, open_form, server):
    website.app.put("/", snippet)
    form = open_form(website.url)

    says_at_once_that_this_website_may_not_send(form, server)
    expect(form.heading("Keep our rivers open")).to_be_visible()
    expect_told(form.page, [["ready", {"state": "open"}], ["failed", {"code": "origin-refused"}]])
    assert [request.method for request in server.log if request.path.endswith("signatures")] == []
    picture(form.page, "state-inline-refused")


def test_without_that_answer_it_is_told_so_when_it_sends(website, snippet, open_unchecked, server, names):
    """The twin, and what happens where the question cannot be asked."""
    website.app.put("/", snippet)
    form = open_unchecked()
    form.fill_as_ani()
    form.press("Sign")

    says_that_this_website_may_not_send(form, server)
    assert names() == []
    assert server.posts() == []
    assert {request.status for request in server.log if request.method == "OPTIONS"} == {403}
    assert form.told[-1] == ["failed", {"code": "origin-refused"}]


def test_an_answer_that_comes_when_somebody_has_begun_takes_nothing_away(website, snippet, open_unchecked):
    website.app.put("/", snippet)
    form = open_unchecked()
    form.fill_as_ani()
    with form.page.expect_response("**/embed-check*"):
        form.page.evaluate("release()")

    form.press("Sign")
    expect(form.summary).to_contain_text("What you typed is still here.")
    expect(form.element.get_by_label("Your name")).to_have_value("Անի Գևորգյան")


def test_the_link_that_is_shown_instead_leads_to_a_page_where_one_can_sign(website, snippet, open_form, names):
    website.app.put("/", snippet)
    form = open_form(website.url)

    with form.page.expect_popup() as opened:
        form.element.get_by_role("link", name="Sign on the statement’s own page").click()
    page = opened.value
    page.get_by_label("Your name").fill("Ani")
    page.get_by_label("Email address").fill("ani@rivers.example")
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    assert names() == ["Ani"]


def test_a_sandboxed_frame_has_no_origin_and_is_told_so(website, snippet, open_form, server):
    website.app.put("/frame", snippet)
    website.app.put("/", '<iframe sandbox="allow-scripts" src="/frame" width="600" height="900"></iframe>')
    form = open_form(website.url)
    form.within = form.page.frame_locator("iframe")

    says_at_once_that_this_website_may_not_send(form, server)


@pytest.mark.parametrize("send", ["Enter", "Sign"])
def test_a_sandboxed_frame_that_could_not_ask_is_told_so_whether_by_button_or_by_key(
    website, snippet, open_unchecked, server, names, send
):
    website.app.put("/frame", snippet)
    website.app.put("/", '<iframe sandbox="allow-scripts" src="/frame" width="600" height="900"></iframe>')
    form = open_unchecked()
    form.within = form.page.frame_locator("iframe")
    form.fill_as_ani()
    if send == "Enter":
        form.element.get_by_label("Email address").press("Enter")
    else:
        form.press(send)

    says_that_this_website_may_not_send(form, server)
    assert names() == []
    assert {request.headers["origin"] for request in server.log if request.method == "OPTIONS"} == {"null"}
