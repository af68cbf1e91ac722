"""The whole life of a statement, as a new admin lives it in a browser: from the first password to the closed list."""

import csv
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from server.services.accounts import add_admin
from tests.browsing import browsable, picture
from tests.conftest import Signer
from tests.web.scene import TICKED

pytestmark = pytest.mark.browser
ORIGIN = "https://www.hill-watch.example"
SLUG = "keep-the-hills-green"
ENGLISH = "We, the undersigned, ask the goverment to keep the hills green.\n\nNobody may cut them before 2030."
FRENCH = "Nous, soussignés, demandons que les collines restent vertes."
# Sixteen lines of the shape in which such lists are published.
FOUNDERS = "\n".join(
    f"{number}. {name}"
    for number, name in enumerate(
        [
            *("Green Hills Union", "Society “Springs”", "Women’s Council of the Hills", "Free Paths", "Hills.org"),
            *("Institute for Slow Roads", "Media House “Ridge”", "Shepherds’ League", "Rights of the Valley"),
            *("Hill Youth Network", "Centre for Clean Air", "“Quiet” Human Rights NGO", "Association of Beekeepers"),
            *("Law Clinic No. 4", "Forest Fund", "Platform for Common Land"),
        ],
        start=1,
    )
)


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


class Phone:
    """The admin's phone: a code of its own for each half minute."""

    def __init__(self, secret, clock):
        self._totp, self._clock = pyotp.TOTP(secret), clock

    def code(self) -> str:
        self._clock.forward(minutes=1)
        return self._totp.at(self._clock())


def told(page: Page, words: str) -> None:
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def go(page: Page, place: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=place, exact=True).click()


def set_up(page: Page, password: str, clock) -> Phone:
    page.get_by_label("Name").fill("nino")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("I cannot scan it").click()
    phone = Phone(page.locator("code").inner_text().replace(" ", ""), clock)
    page.get_by_label("Code that the app shows").fill(phone.code())
    for label in ("New password", "Repeat the new password"):
        page.get_by_label(label, exact=True).fill("hills are slow green waves")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("listitem")).to_have_count(10)
    page.get_by_role("link", name="I have saved them").click()
    page.get_by_role("button", name="Log out").click()
    for label, typed in (("Name", "nino"), ("Password", "hills are slow green waves"), ("Code", phone.code())):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Log in").click()
    return phone


def write_in_two_languages(page: Page) -> None:
    page.get_by_role("link", name="New statement").click()
    page.get_by_label("Title").fill("Keep the hills green")
    page.get_by_role("textbox", name="Place").fill("Dilijan")
    page.get_by_label("Text", exact=True).fill(ENGLISH)
    page.get_by_role("button", name="Save as a draft").click()
    go(page, "Texts")
    page.get_by_label("Language").select_option("French")
    page.get_by_role("button", name="Write it").click()
    page.get_by_label("Title").fill("Gardons les collines vertes")
    page.get_by_label("Text", exact=True).fill(FRENCH)
    page.get_by_role("button", name="Save").click()
    told(page, "Saved.")
    go(page, "Settings")
    page.get_by_label("Offer a checkbox for news").check()
    page.get_by_role("button", name="Save").click()
    told(page, "The settings are saved.")


def enter_founders(page: Page, published: str, count: int) -> None:
    go(page, "First signatories")
    page.get_by_label("Paste the list").fill(published)
    page.get_by_role("button", name="Check the list").click()
    picture(page, "desk-life-founders")
    page.get_by_role("button", name="Add these signatures").click()
    expect(page.get_by_text(f"{count} signatures added.")).to_be_visible()


def open_and_take_a_snippet(page: Page) -> None:
    go(page, "Overview")
    page.get_by_role("button", name="Open the statement").click()
    told(page, "The statement is open.")
    go(page, "Partners")
    page.get_by_label("Name", exact=True).fill("Hill Watch")
    page.get_by_label("Addresses of the website").fill(ORIGIN)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hill Watch")
    page.get_by_role("link", name="Open the page with the snippet").click()
    expect(page.locator("textarea").first).to_contain_text(f'statement="{SLUG}"')
    page.go_back()


def sign(client, clock, mails) -> None:
    """A person who wants news, and an organisation whose address proves no website, sign on the partner's page."""
    signer = Signer(client, clock, SLUG)
    ngo = {"kind": "organisation", "organisation": "Hill Riders", "website": "https://riders.example"}
    for fields in ({"newsletter": True}, {**ngo, "email": "maro@gmail.com", "name": "Maro"}):
        token = signer.form_token(partner="hill-watch-example")
        assert signer.post(origin=ORIGIN, form_token=token, **fields).status_code == 202
        mails.deliver()
        assert client.post(mails.links()[-1], data=TICKED).status_code == 303


def decide(page: Page) -> None:
    go(page, "Signatures")
    picture(page, "desk-life-signatures")
    expect(page.get_by_text("Անի Գևորգյան")).to_be_visible()
    go(page, "Approvals")
    picture(page, "desk-life-queue")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Nothing is waiting for review.")).to_be_visible()


def export_contacts(page: Page, phone: Phone, folder: Path) -> list[dict[str, str]]:
    go(page, "Export")
    group = page.get_by_role("group").filter(has=page.get_by_role("button", name="addresses"))
    group.get_by_label("Reason").fill("The ministry asks for them")
    group.get_by_label("Code from your phone").fill(phone.code())
    with page.expect_download() as download:
        group.get_by_role("button").click()
    file = folder / "list.csv"
    download.value.save_as(file)
    return list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))


def mend_a_typo_and_close(page: Page, url: str) -> None:
    go(page, "Texts")
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="Make a new version").click()
    page.get_by_label("Text", exact=True).fill(ENGLISH.replace("goverment", "government"))
    page.get_by_label("Reason").fill("A letter was missing")
    page.get_by_label("A typo").check()
    page.get_by_role("button", name="Show the difference").click()
    picture(page, "desk-life-typo")
    page.get_by_role("button", name="Publish the corrected text").click()
    page.goto(f"{url}/s/{SLUG}/versions")
    expect(page.get_by_role("deletion")).to_contain_text("goverment")
    expect(page.get_by_text("A letter was missing")).to_be_visible()
    page.goto(f"{url}/admin/statements/{SLUG}")
    page.locator("#close").get_by_label("Why").fill("Handed over")
    page.get_by_role("button", name="Close the statement").click()
    told(page, "The statement is closed.")


def test_a_new_admin_brings_a_statement_from_its_first_word_to_its_end(
    server, visit, context, client, clock, mails, tmp_path
):
    password = add_admin(context.db, "nino", role="owner", slug=None, sealer=context.sealer, actor="cli", now=clock())
    page = visit(f"{server.url}/admin/login")
    phone = set_up(page, password, clock)
    write_in_two_languages(page)
    enter_founders(page, FOUNDERS, 16)
    open_and_take_a_snippet(page)
    sign(client, clock, mails)
    page.goto(f"{server.url}/admin/statements/{SLUG}")
    decide(page)
    rows = export_contacts(page, phone, tmp_path)
    mend_a_typo_and_close(page, server.url)
    picture(page, "desk-life-overview")

    assert len(rows) == 18
    assert [row["email"] for row in rows if row["email"]] == ["ani@rivers.example"]
    assert {row["partner"] for row in rows[-2:]} == {"hill-watch-example"}
