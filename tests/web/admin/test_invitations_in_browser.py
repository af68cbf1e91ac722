"""Inviting in a browser: chosen where a list is checked, followed on its own page, on a phone and a wide screen."""

import pytest
from playwright.sync_api import expect

from tests.browsing import SCHEMES, browsable, picture
from tests.web.admin.desk import COOKIE, come_in, make_admin
from tests.web.admin.test_founding import PLACE

pytestmark = pytest.mark.browser
FORM = "Name,Title,Email\n" + "\n".join(f"Person {number},Poet,person{number}@hills.example" for number in range(5))
WIDTHS = (390, 1280)


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


def pictures(page, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        picture(page, f"{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@SCHEMES
def test_a_list_is_invited_and_stopped(app, server, statement, visit, clock, violations, scheme):
    make_admin(app, "mher", "moderator", slug=statement.slug, now=clock())
    secret = come_in(app, "mher", now=clock()).get_cookie(COOKIE).value
    page = visit(f"{server.url}/s/open-rivers", color_scheme=scheme, bypass_csp=True)
    page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
    page.goto(f"{server.url}{PLACE}")
    page.get_by_label("Paste the list").fill(FORM)
    page.get_by_role("button", name="Check the list").click()
    page.get_by_label("Invite to confirm").check()
    page.get_by_label("uncertain rows are right").check()
    page.get_by_role("button", name="Add these signatures").click()

    expect(page.get_by_label("Where they signed")).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    pictures(page, f"desk-invite-{scheme}")
    page.get_by_label("Where they signed").fill("the form at rivers.example")
    page.get_by_role("button", name="Add these signatures").click()
    expect(page.get_by_role("status")).to_have_text("5 people invited.")
    assert violations(page) == []
    pictures(page, f"desk-invitations-{scheme}")
    page.get_by_role("button", name="Stop sending").click()
    expect(page.get_by_role("status")).to_contain_text("cancelled")
