"""Pages that no partner listed, and frames without an origin: they show the form, and say that it cannot post here."""

import pytest
from playwright.sync_api import expect

from tests.browsing import picture

pytestmark = pytest.mark.browser

SNIPPET = """
<undersigned-form server="{server}" statement="open-rivers" partner="river-watch" inline>
  <a href="{server}/s/open-rivers">Sign on the organiser’s page</a>
</undersigned-form>
<script src="{server}/widget/v1/undersigned.js"></script>
"""


@pytest.fixture
def snippet(server, statement):
    return SNIPPET.format(server=server.url)


def says_that_this_website_may_not_send(form, server):
    expect(form.summary).to_contain_text("This website may not send signatures here.")
    expect(form.summary).to_contain_text("What you typed is still here.")
    expect(form.summary.get_by_role("link")).to_have_attribute("href", f"{server.url}/s/open-rivers")
    expect(form.element.get_by_label("Your name")).to_have_value("Անի Գևորգյան")


def test_a_website_that_is_not_listed_is_told_so_and_signs_nobody(website, snippet, open_form, server, names):
    website.app.put("/", snippet)
    form = open_form(website.url)
    form.fill_as_ani()
    form.press("Sign")

    says_that_this_website_may_not_send(form, server)
    assert names() == []
    assert server.posts() == []
    assert {request.status for request in server.log if request.method == "OPTIONS"} == {403}
    assert form.told[-1] == ["failed", {"code": "origin-refused"}]
    picture(form.page, "state-inline-refused")


def test_the_link_that_is_shown_instead_leads_to_a_page_where_one_can_sign(website, snippet, open_form, names):
    website.app.put("/", snippet)
    form = open_form(website.url)
    form.fill_as_ani()
    form.press("Sign")

    with form.page.expect_popup() as opened:
        form.summary.get_by_role("link").click()
    page = opened.value
    page.get_by_label("Your name").fill("Ani")
    page.get_by_label("Email address").fill("ani@rivers.example")
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    assert names() == ["Ani"]


@pytest.mark.parametrize("send", ["Enter", "Sign"])
def test_a_sandboxed_frame_has_no_origin_and_is_told_so_whether_by_button_or_by_key(
    website, snippet, open_form, server, names, send
):
    website.app.put("/frame", snippet)
    website.app.put("/", '<iframe sandbox="allow-scripts" src="/frame" width="600" height="900"></iframe>')
    form = open_form(website.url)
    form.within = form.page.frame_locator("iframe")
    form.fill_as_ani()
    if send == "Enter":
        form.element.get_by_label("Email address").press("Enter")
    else:
        form.press(send)

    says_that_this_website_may_not_send(form, server)
    assert names() == []
    assert {request.headers["origin"] for request in server.log if request.method == "OPTIONS"} == {"null"}
