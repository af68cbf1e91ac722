"""The code of the email, typed into the form that is still open: on the page itself and in the frame."""

import pytest
from playwright.sync_api import Locator, expect

from server.crypto.links import format_code
from tests.browsing import picture
from tests.scene import look
from tests.widget.conftest import expect_told
from tests.widget.test_frame import frame_page, inside, sign_in  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


@pytest.fixture
def code(context, mails):
    """Return the code that the newest email holds, as it stands there."""

    def read() -> str:
        mails.deliver()
        row = look(context.db, "SELECT id, nonce FROM signatures ORDER BY id DESC LIMIT 1")[0]
        return format_code(context.codes.of(row["id"], bytes(row["nonce"])))

    return read


def sign_here(place: Locator, code: str) -> None:
    place.get_by_label("Code from the email").fill(code)
    place.get_by_label("I sign this statement").check()
    place.get_by_role("button", name="Sign now").click()


def test_who_types_the_code_has_signed_and_the_page_is_told(partner, open_form, names, code, context, db):
    form = open_form(partner)
    form.fill_as_ani()
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_focused()
    expect(form.element.get_by_role("listitem")).to_contain_text("Անի Գևորգյան")
    picture(form.page, "code")

    sign_here(form.element, code())

    expect(form.heading("Thank you. You have signed.")).to_be_focused()
    expect_told(
        form.page,
        [["ready", {"state": "open"}], ["submitted", {"state": "pending"}], ["confirmed", {"state": "confirmed"}]],
    )
    assert look(db, "SELECT state FROM signatures") == [{"state": "confirmed"}]
    picture(form.page, "confirmed")


def test_a_wrong_code_is_told_and_the_next_one_may_be_right(partner, open_form, code):
    form = open_form(partner)
    form.fill_as_ani()
    form.press("Sign")
    sign_here(form.element, "0000 0000")

    expect(form.summary).to_contain_text("That code is wrong or has expired")
    assert form.told[-1] == ["failed", {"code": "code-refused"}]
    form.element.get_by_label("Code from the email").fill(code())
    form.press("Try again")
    expect(form.heading("Thank you. You have signed.")).to_be_visible()


def test_without_a_code_or_a_tick_nothing_is_sent(partner, open_form, server):
    form = open_form(partner)
    form.fill_as_ani()
    form.press("Sign")
    form.press("Sign now")

    expect(form.summary).to_contain_text("Check 2 fields")
    assert len(server.posts()) == 1


def test_in_the_frame_it_works_alike_and_the_page_around_learns_the_state_alone(frame_page, code, server):  # noqa: F811
    page = frame_page()
    sign_in(inside(page))
    expect(inside(page).get_by_role("heading", name="Check your email")).to_be_focused()

    sign_here(inside(page), code())

    expect(inside(page).get_by_role("heading", name="Thank you. You have signed.")).to_be_focused()
    expect_told(
        page, [["ready", {"state": "open"}], ["submitted", {"state": "pending"}], ["confirmed", {"state": "confirmed"}]]
    )
    assert server.posts()[-1].path == "/embed/open-rivers/confirmations"


def test_a_mailbox_whose_seats_were_taken_meanwhile_is_told_so_and_the_page_that_it_failed(
    partner, open_form, scene, code
):
    form = open_form(partner)
    form.fill_as_ani()
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_visible()
    typed = code()
    for name in ("Aram", "Maro"):
        scene.signed(name=name, email="ani@rivers.example")

    sign_here(form.element, typed)

    expect(form.heading("This signature was not added")).to_be_visible()
    assert form.told[-1] == ["failed", {"code": "no-seat"}]
