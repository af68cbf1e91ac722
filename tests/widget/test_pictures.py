"""Every state of the form, brought about for real, said in words and kept in pictures, in the page and in the frame."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.config import Settings
from server.services import partners, statements, texts
from server.text.statement_file import read_statement
from tests.browsing import browsable, picture
from tests.widget.conftest import fill_in, form_on

pytestmark = [pytest.mark.browser, pytest.mark.drill]
LATER = (
    '+++\nslug = "later"\nlocale = "en"\ntitle = "Rivers, later"\nopens = 2027-02-01\ntimezone = "UTC"\n+++\nLater.\n'
)
SIGN = "[part=button]"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return browsable(tmp_path, UNDERSIGNED_LIMIT_SIGN="1 per hour")


@pytest.fixture(params=["inline", "frame"])
def open_state(request, embed):
    """Open a partner's page with the form of a statement; gives the page, the form in it, and a name for pictures."""
    mode = request.param

    def open_state(slug: str = "open-rivers", **options: Any) -> tuple[Page, Any, str]:
        page = embed("inline" if mode == "inline" else "", slug=slug, **options)
        return page, form_on(page, mode), f"state-{mode}"

    return open_state


def test_waiting_for_the_form(open_state):
    page, _, name = open_state(before=lambda page: page.route("**/open-rivers?**", lambda _route: None))

    expect(page.locator("[part=skeleton]")).to_be_visible()
    expect(page.get_by_role("link", name="Sign there")).to_be_visible()
    picture(page, f"{name}-loading")


def test_empty_and_for_an_organisation(open_state):
    page, form, name = open_state()
    expect(form.locator(SIGN)).to_be_visible()
    picture(page, f"{name}-empty")

    form.get_by_label("on behalf of an organisation").check()
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
    fill_in(form)
    form.locator(SIGN).click()
    expect(form.locator(SIGN)).to_have_text("Sending…")
    picture(page, f"{name}-sending")

    waiting.pop().continue_()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    picture(page, f"{name}-sent")

    page.unroute("**/signatures*")
    form.get_by_role("button", name="Change the address or send again").click()
    fill_in(form, email="another@rivers.example")
    form.locator(SIGN).click()
    expect(form.get_by_role("alert")).to_contain_text(
        "Too many attempts from your internet connection. Please wait 60 minutes"
    )
    picture(page, f"{name}-too-many")


def test_closed(open_state, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    page, form, name = open_state()

    expect(form.get_by_text("This statement is closed for signatures.")).to_be_visible()
    picture(page, f"{name}-closed")


def test_not_yet_open(open_state, db, clock, website):
    texts.add_statement(db, read_statement(LATER), actor="test", now=clock())
    statements.open_statement(db, "later", actor="test", now=clock())
    partners.add_partner(db, "later", "lake-watch", name="Lake", origins=[website.url], actor="test", now=clock())
    page, form, name = open_state("later")

    expect(form.get_by_text("Signing has not opened yet.")).to_be_visible()
    picture(page, f"{name}-not-yet-open")


def test_the_server_goes_away_while_somebody_types(open_state, server):
    page, form, name = open_state()
    fill_in(form)
    server.stop()
    form.locator(SIGN).click()

    expect(form.get_by_role("alert")).to_contain_text("The server could not be reached.")
    expect(form.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
    picture(page, f"{name}-away")
    server.start()


def test_the_server_is_away_from_the_beginning(open_state):
    page, form, name = open_state(before=lambda page: page.route("**/api/v1/**", lambda route: route.abort()))

    expect(form.get_by_role("button", name="Try again")).to_be_visible()
    picture(page, f"{name}-unreachable")


def test_a_browser_that_runs_no_script_shows_what_stands_inside_the_tag(open_state):
    page, _, name = open_state(java_script_enabled=False)

    expect(page.get_by_role("link", name="Sign there")).to_be_visible()
    picture(page, f"{name}-without-script")
