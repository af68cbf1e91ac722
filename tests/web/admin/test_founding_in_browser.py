"""The founding list in a browser: pasted, put in order by keyboard, entered; and it reads well on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browsing import SCHEMES, browsable, picture, tab_to
from tests.web.admin.desk import COOKIE, come_in, make_admin
from tests.web.admin.test_founding import PLACE

pytestmark = pytest.mark.browser
PEOPLE = """Ani Marlowe,

Chairwoman of the Society for Mountain Springs named after T. Vance;

Teodor Vance,

Head of the Organization “River Hands”;

Ruzanna Orme,

Hydrologist.
"""


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def open_desk(app, server, statement, visit, clock):
    """Open the founding list as a moderator does."""

    def open_desk(scheme: str = "light"):
        make_admin(app, "mher", "moderator", slug=statement.slug, now=clock())
        secret = come_in(app, "mher", now=clock()).get_cookie(COOKIE).value
        page = visit(f"{server.url}/s/open-rivers", color_scheme=scheme, bypass_csp=True)
        page.context.add_cookies([{"name": COOKIE, "value": secret, "url": server.url}])
        page.goto(f"{server.url}{PLACE}")
        return page

    return open_desk


@SCHEMES
def test_a_list_is_pasted_put_in_order_by_keyboard_and_entered(open_desk, violations, scene, scheme):
    page = open_desk(scheme)
    picture(page, f"desk-founding-empty-{scheme}")
    assert violations(page) == []
    page.get_by_label("Paste the list").fill(PEOPLE + "\nSigned by:\n")
    page.get_by_role("button", name="Check the list").click()

    up = page.get_by_role("row").filter(has=page.get_by_label("Name, row 3")).get_by_role("button", name="Move up")
    tab_to(page, up)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Ruzanna Orme: now 2 of 3")
    expect(up).to_be_focused()
    page.get_by_label("Email, row 1").fill("ani at hills")
    page.get_by_role("button", name="Add these signatures").click()

    expect(page.get_by_text("This does not look like an email address.")).to_be_visible()
    picture(page, f"desk-founding-rows-{scheme}")
    assert violations(page) == []
    page.get_by_label("Email, row 1").fill("ani@hills.example")
    page.get_by_label("Email those whose address is given").check()
    page.get_by_role("button", name="Add these signatures").click()

    expect(page.get_by_text("3 signatures added. 1 will be asked by email")).to_be_visible()
    assert scene.listed() == ["Ani Marlowe", "Ruzanna Orme", "Teodor Vance"]
    picture(page, f"desk-founding-{scheme}")
    assert violations(page) == []
    page.get_by_role("link", name="Teodor Vance").click()
    picture(page, f"desk-founding-line-{scheme}")
    assert violations(page) == []


def test_a_row_is_put_elsewhere_by_hand(open_desk, scene):
    scene.found("Ani Marlowe\nCleo Day\nTeodor Vance\n")
    page = open_desk()
    handles = page.locator(".handle")
    handles.nth(2).drag_to(handles.nth(0), target_position={"x": 4, "y": 1})
    expect(page.get_by_role("status")).to_have_text("Teodor Vance: now 1 of 3")
    page.get_by_role("button", name="Save the order").click()

    expect(page.get_by_text("The new order is saved.")).to_be_visible()
    assert scene.listed() == ["Teodor Vance", "Ani Marlowe", "Cleo Day"]
