"""Every state of the form, brought about for real, said in words and kept in pictures, in the page and in the frame."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.actions import publish
from server.config import Settings
from server.statement_file import read_statement
from server.storage import Store
from tests.browsing import Served, browsable, picture
from tests.widget.conftest import list_partner

pytestmark = pytest.mark.browser
LATER = (
    '+++\nslug = "later"\nlocale = "en"\ntitle = "Rivers, later"\nopens = 2027-02-01\ntimezone = "UTC"\n+++\nLater.\n'
)
SIGN = "[part=button]"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return browsable(tmp_path, UNDERSIGNED_LIMIT_SIGN="1 per hour")


@pytest.fixture(params=["inline", ""], ids=["inline", "frame"])
def open_state(request, server: Served, website: Served, statement, db: Store, clock, visit):
    """Open a partner's page with the form of a statement; gives the page, the form in it, and a name for pictures."""
    list_partner(db, "lake-watch", website.url, now=clock())
    mode = request.param

    def open_state(
        slug: str = "open-rivers", *, before: Callable[[Page], Any] = lambda _: None
    ) -> tuple[Page, Any, str]:
        tag = f'<undersigned-form server="{server.url}" statement="{slug}" {mode}>'
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        website.app.put("/", f'<main>{tag}<a href="/there">Sign there</a></undersigned-form></main>{script}')
        page = visit("about:blank")
        before(page)
        page.goto(website.url, wait_until="commit")
        form = page.locator("undersigned-form") if mode else page.frame_locator("undersigned-form iframe")
        return page, form, f"state-{mode or 'frame'}"

    return open_state


def fill(form: Any, name: str = "Անի Գևորգյան", email: str = "ani@rivers.example") -> None:
    form.get_by_label("Your name").fill(name)
    form.get_by_label("Email address").fill(email)


def test_waiting_for_the_form(open_state):
    page, _, name = open_state(before=lambda page: page.route("**/open-rivers?**", lambda _route: None))

    expect(page.get_by_label("The form is loading…")).to_be_visible()
    expect(page.get_by_role("link", name="Sign there")).to_be_visible()
    picture(page, f"{name}-loading")


def test_empty_and_for_an_organisation(open_state):
    page, form, name = open_state()
    expect(form.locator(SIGN)).to_be_visible()
    picture(page, f"{name}-empty")

    form.get_by_label("for an organisation").check()
    expect(form.get_by_label("Your work email")).to_be_visible()
    picture(page, f"{name}-organisation")


def test_wrong_answers(open_state):
    page, form, name = open_state()
    form.get_by_label("Your name").fill("Buy at https://spam.example")
    form.locator(SIGN).click()

    expect(form.get_by_role("alert").get_by_role("link")).to_have_text(["Email address: Please fill this in."])
    picture(page, f"{name}-wrong")


def test_sending_and_sent_and_too_many(open_state):
    waiting: list[Any] = []
    page, form, name = open_state(before=lambda page: page.route("**/signatures*", lambda route: waiting.append(route)))
    fill(form)
    form.locator(SIGN).click()
    expect(form.locator(SIGN)).to_have_text("Sending…")
    picture(page, f"{name}-sending")

    waiting.pop().continue_()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    picture(page, f"{name}-sent")

    page.unroute("**/signatures*")
    form.get_by_role("button", name="Change the address or send again").click()
    fill(form, email="another@rivers.example")
    form.locator(SIGN).click()
    expect(form.get_by_role("alert")).to_contain_text("Too many tries from your connection. Please wait 60 minutes")
    picture(page, f"{name}-too-many")


def test_closed(open_state, db, clock):
    publish.close_statement(db, "open-rivers", actor="test", now=clock())
    page, form, name = open_state()

    expect(form.get_by_text("This statement takes no more signatures.")).to_be_visible()
    picture(page, f"{name}-closed")


def test_not_yet_open(open_state, db, clock, website):
    publish.add_statement(db, read_statement(LATER), actor="test", now=clock())
    publish.open_statement(db, "later", actor="test", now=clock())
    publish.add_partner(db, "later", "lake-watch", name="Lake", origins=[website.url], actor="test", now=clock())
    page, form, name = open_state("later")

    expect(form.get_by_text("Signing has not begun yet.")).to_be_visible()
    picture(page, f"{name}-not-yet-open")


def test_the_server_goes_away_while_somebody_types(open_state, server):
    page, form, name = open_state()
    fill(form)
    server.stop()
    form.locator(SIGN).click()

    expect(form.get_by_role("alert")).to_contain_text("The server could not be reached.")
    expect(form.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
    picture(page, f"{name}-away")
    server.start()
