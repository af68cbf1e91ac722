"""The attribute ``debug``: the element says on the page what is wrong with it, in either mode."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Served, picture
from tests.widget.conftest import list_partner

pytestmark = pytest.mark.browser


@pytest.fixture
def open_debugged(server: Served, website: Served, statement, clock, visit):
    def open_debugged(attributes: str = 'statement="open-rivers"', *, policy: str = "", **options) -> Page:
        tag = f'<undersigned-form server="{server.url}" debug {attributes}>'
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        website.app.put("/", f"{tag}<a href='/there'>Sign</a></undersigned-form>{script}", policy=policy)
        page = visit("about:blank", **options)
        page.clock.set_fixed_time(datetime.fromtimestamp(clock(), UTC))  # the server's, so that it is no fault
        page.goto(website.url)
        return page

    return open_debugged


def doctor(page: Page):
    return page.locator("undersigned-form [part=doctor]")


@pytest.mark.parametrize("mode", ["", " inline"])
def test_a_listed_page_is_told_that_all_is_well(open_debugged, website, db, clock, mode):
    list_partner(db, "lake-watch", website.url, now=clock())
    page = open_debugged(f'statement="open-rivers" partner="lake-watch"{mode}')

    expect(doctor(page)).to_contain_text("All is well")
    expect(doctor(page).get_by_role("listitem")).to_have_count(1)


def test_an_unlisted_page_is_told_whom_to_ask_for_what(open_debugged, website):
    page = open_debugged('statement="open-rivers" inline')

    expect(doctor(page)).to_contain_text(f"undersigned partner add open-rivers --origin {website.url}")
    picture(page, "doctor")


def test_a_wrong_slug_is_named(open_debugged):
    page = open_debugged('statement="no-such" inline')

    expect(doctor(page)).to_contain_text("404: no-such?")


def test_a_policy_that_keeps_the_doctor_out_is_named_with_what_it_lacks(open_debugged, server):
    policy = f"default-src 'none'; script-src {server.url}"
    page = open_debugged('statement="open-rivers" inline', policy=policy, expecting="Content Security Policy")

    expect(doctor(page)).to_contain_text(f"connect-src {server.url}")


def test_a_script_that_was_copied_elsewhere_is_named(server, website, statement, visit):
    bundle = server.app.test_client().get("/widget/v1/undersigned.js").get_data(as_text=True)
    tag = f'<undersigned-form server="{server.url}" statement="open-rivers" debug inline></undersigned-form>'
    website.app.put("/", f'{tag}<script src="/copied.js"></script>')
    page = visit("about:blank")
    page.route("**/copied.js", lambda route: route.fulfill(body=bundle, content_type="text/javascript"))
    page.goto(website.url)

    expect(doctor(page)).to_contain_text(f"{website.url}/copied.js")


def test_without_the_attribute_nobody_is_examined(server, website, statement, visit, db, clock):
    list_partner(db, "lake-watch", website.url, now=clock())
    tag = f'<undersigned-form server="{server.url}" statement="open-rivers" inline></undersigned-form>'
    website.app.put("/", f'{tag}<script src="{server.url}/widget/v1/undersigned.js"></script>')
    page = visit(website.url)
    expect(page.get_by_role("button", name="Sign")).to_be_visible()

    assert not [request for request in server.log if request.path.endswith("rare.js")]
    assert "clock=" not in "".join(request.query for request in server.log), "it is asked only whether it may post"
