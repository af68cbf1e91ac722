"""A new admin's first way through the desk, by keyboard alone, on a phone and on a wide screen, in light and dark."""

import pytest
from playwright.sync_api import Page, expect

from server.services import accounts
from tests.browsing import SCHEMES, browsable, picture, tab_to
from tests.tables.rows import write_journal
from tests.web.admin.desk import COOKIE, come_in, logged_in, phone_shows

pytestmark = pytest.mark.browser
OWN = "a boat is a house that moves"


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


def type_into(page: Page, **typed: str) -> None:
    """Fill fields in by their names, going from one to the next by keyboard."""
    for name, words in typed.items():
        tab_to(page, page.locator(f"main [name={name}]"))
        page.keyboard.type(words)


def look(page: Page, violations, name: str) -> None:
    picture(page, f"desk-{name}")
    assert violations(page) == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_a_new_admin_comes_in_by_keyboard_alone(app, db, context, clock, server, visit, violations, scheme, width):
    name = "nora"
    password = accounts.add_admin(db, name, role="owner", slug=None, sealer=context.sealer, actor="cli", now=clock())
    viewport = {"width": width, "height": 800}
    page = visit(f"{server.url}/admin/", color_scheme=scheme, viewport=viewport, bypass_csp=True)
    look(page, violations, f"login-{scheme}")

    type_into(page, name=name, password=password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your account")
    expect(page.get_by_role("img")).to_have_js_property("complete", True)
    assert page.get_by_role("img").evaluate("picture => picture.naturalWidth") > 200
    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    secret = page.locator("details code").inner_text().replace(" ", "")
    look(page, violations, f"setup-{scheme}")

    type_into(page, code=phone_shows(secret, clock()), new_password=OWN, again=OWN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    expect(page.locator("main li code")).to_have_count(10)
    look(page, violations, f"recovery-{scheme}")

    tab_to(page, page.get_by_role("link", name="I have saved them"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name=name))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#locale"))
    page.keyboard.type("Fr")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    look(page, violations, f"account-{scheme}")


@SCHEMES
def test_journal_and_people_fit_and_read_well(app, db, statement, clock, server, visit, violations, scheme):
    for name, role, slug in (("vera", "viewer", statement.slug), ("olga", "owner", statement.slug)):
        logged_in(app, name, role, slug=slug, now=clock())
    logged_in(app, "sona", "owner", slug=None, now=clock())
    told = {"before": {"title": "Poet"}, "after": {"title": "Poet and translator", "city": "Երևան"}}
    with db.write() as tx:
        reason = "wrote to us from the address of the organisation"
        subject = {"subject": "signature:1204", "statement_id": statement.id}
        write_journal(tx, "signature.amend", actor="admin:olga", reason=reason, now=clock(), **subject, **told)
    cookie = come_in(app, "sona", now=clock()).get_cookie(COOKIE)
    page = visit(f"{server.url}/admin/login", color_scheme=scheme, bypass_csp=True)
    page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": server.url}])
    here = f"{server.url}/admin/statements/{statement.slug}"
    places = {"journal": f"{here}/journal", "people": f"{here}/people"}
    places |= {"journal-server": f"{server.url}/admin/journal", "people-server": f"{server.url}/admin/people"}

    for name, url in places.items():
        page.goto(url)
        if name == "journal":
            page.locator("summary").first.click()
        look(page, violations, f"{name}-{scheme}")
