"""What a signer does by the own page and the confirm page on a small phone, without JavaScript, and before axe-core."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import browsable, picture
from tests.scene import look
from tests.web.scene import TICKED, count, newest_link, own_link, public_names

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 320, "height": 640}}
LOOKS = {"light": {}, "dark": {"color_scheme": "dark"}}
SMALLEST_TARGET = 24  # CSS pixels, WCAG 2.5.8


@pytest.fixture
def settings(tmp_path: Path):
    return browsable(tmp_path)


@pytest.fixture
def confirm_link(signer, server, context, clock) -> str:
    signer.post(affiliation="House of Poets", newsletter=True, comment="For the river,\nall of it")
    return server.url + newest_link(context, now=clock())


@pytest.fixture
def own(confirm_link, client, server, context, clock) -> str:
    client.post(confirm_link.removeprefix(server.url), data=TICKED)
    return server.url + own_link(context, now=clock())


@pytest.fixture
def check(violations) -> Callable[[Page, str], None]:
    """Whether a page fits a small phone and pleases axe-core, with everything unfolded; a picture of it is kept."""

    def check(page: Page, name: str) -> None:
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
        picture(page, name)
        assert violations(page) == []
        small = page.evaluate(
            "(least) => [...document.querySelectorAll('button, summary, input:not([type=hidden]), select')]"
            ".filter((one) => one.getBoundingClientRect().height < least).map((one) => one.outerHTML)",
            SMALLEST_TARGET,
        )
        assert small == []

    return check


def unfold(page: Page, words: str) -> None:
    page.locator("summary", has_text=words).click()


@pytest.mark.parametrize("look_of", LOOKS)
def test_the_pages_fit_a_phone_and_please_the_checker_folded_and_unfolded(
    confirm_link, own, visit, check, violations, clock, signer, context, server, look_of
):
    signer.post(name="Aram", email="aram@rivers.example")
    waiting = server.url + newest_link(context, now=clock())
    page = visit(waiting, bypass_csp=True, **PHONE, **LOOKS[look_of])
    assert violations(page) == []
    check(page, f"confirm-unfolded-{look_of}")
    page.goto(own)
    assert violations(page) == []
    check(page, f"manage-{look_of}")
    clock.forward(days=8)
    page.goto(waiting)
    check(page, f"expired-unfolded-{look_of}")


def test_a_person_mends_the_line_on_the_confirm_page_and_signs_it(confirm_link, visit, client):
    page = visit(confirm_link, java_script_enabled=False, **PHONE)
    unfold(page, "Change before signing")
    page.get_by_label("Your name").fill("https://spam.example")
    page.get_by_role("button", name="Save the change").click()

    expect(page.get_by_label("Your name")).to_have_value("https://spam.example")
    expect(page.get_by_text("A name cannot contain a link.")).to_be_visible()
    page.get_by_label("Your name").fill("Ani G.")
    page.get_by_label("Title").fill("Writer")
    page.get_by_role("button", name="Save the change").click()

    expect(page.get_by_role("group", name="This is what will be published")).to_contain_text("Writer, House of Poets")
    page.get_by_role("checkbox", name="I sign this statement.").check()
    page.get_by_role("button", name="Sign now").click()
    expect(page.get_by_role("heading", name="Thank you. You have signed.")).to_be_visible()
    assert public_names(client) == ["Ani G."]


def test_the_button_that_signs_is_the_largest_thing_to_press(confirm_link, visit):
    page = visit(confirm_link, **PHONE)
    for words in ("Change before signing", "It was not me"):
        unfold(page, words)
    sizes = {button.inner_text(): button.bounding_box() for button in page.get_by_role("button").all()}
    sign = sizes.pop("Sign now")

    assert set(sizes) >= {"Save the change", "Delete it"}
    for other in sizes.values():
        assert sign["width"] * sign["height"] > 1.5 * other["width"] * other["height"]


def test_whoever_did_not_sign_deletes_it(confirm_link, visit, db):
    page = visit(confirm_link, java_script_enabled=False, **PHONE)
    unfold(page, "It was not me")
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("checkbox", name="I did not ask for this.")).to_be_focused()
    assert count(db, "signatures") == 1

    page.get_by_role("checkbox", name="I did not ask for this.").check()
    page.get_by_role("button", name="Delete it").click()

    expect(page.get_by_role("heading", name="Deleted")).to_be_visible()
    assert "/confirm/" not in page.url
    assert count(db, "signatures") == 0


def test_a_signer_corrects_downloads_withdraws_and_erases(own, visit, client, db, violations):
    page = visit(own, java_script_enabled=False, **PHONE)
    unfold(page, "Change your details")
    page.get_by_label("Your name").fill("Ani G.")
    page.get_by_label("How you appear").select_option("With my name")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_role("status")).to_have_text("Your change is saved.")
    assert public_names(client) == ["Ani G."]

    unfold(page, "See what is stored about you")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    assert '"Ani G."' in download.value.path().read_text("utf-8")

    unfold(page, "Unsubscribe from news")
    page.get_by_role("button", name="Unsubscribe", exact=True).click()
    unsubscribed = "You are unsubscribed. You will get no further news about this statement."
    expect(page.get_by_role("status")).to_have_text(unsubscribed)

    unfold(page, "Withdraw your signature")
    page.get_by_label("On the list", exact=True).select_option("Show that I withdrew, with today’s date")
    page.get_by_role("checkbox", name="I withdraw my signature.").check()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("You withdrew your signature on")).to_be_visible()
    assert look(db, "SELECT state, withdrawal_shown FROM signatures") == [{"state": "withdrawn", "withdrawal_shown": 1}]

    unfold(page, "Delete everything about me")
    page.get_by_role("checkbox", name="Withdraw my signature and delete").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Everything is deleted")).to_be_visible()
    assert "/signature/" not in page.url
    assert look(db, "SELECT name FROM signatures") == [{"name": None}]
