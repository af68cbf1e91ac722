"""The demo as a newcomer sees it: the real command, and the whole way from the partner's page to the list."""

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import picture
from tests.cli.shell import ask, started
from tests.processes import COMMAND, free_port

pytestmark = pytest.mark.browser

SLUG = "free-flowing-rivers"


@dataclass(frozen=True)
class Demo:
    """What the command printed."""

    folder: Path
    said: str

    def address(self, what: str) -> str:
        return re.search(rf"{what} +(http\S+)", self.said)[1]

    def curl(self) -> list[str]:
        """The words of the printed command for the dump."""
        return shlex.split(re.search(r"the CSV export +(curl .*)", self.said)[1])

    def run(self, *words: str) -> bytes:
        """Run a command on the demo's folder, as its newcomer would."""
        command = [COMMAND, "--instance", str(self.folder), *words]
        return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def demo(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    here = tmp_path_factory.mktemp("demo")
    folder, port, partner_port = here / "demo", free_port(), free_port()
    words = ("demo", "--folder", folder, "--port", port, "--partner-port", partner_port)
    with started(*words, printed=here / "said", cwd=here) as running:
        running.wait_for("the demo", lambda: ask(port, "/healthz"))
        yield Demo(folder, running.text)


@dataclass
class Journey:
    """A newcomer with the demo's addresses in three tabs."""

    demo: Demo
    visit: Callable[..., Page]
    page: Page
    mailbox: Page
    letter: Page

    @property
    def form(self):
        return self.page.locator("undersigned-form")

    @property
    def counted(self) -> int:
        """The count that another visitor of the partner's page reads now."""
        count = self.visit(self.demo.address("a partner's page")).get_by_text(re.compile(r"^\d+ signatures$"))
        return int(count.inner_text().split()[0])

    def sign(self, **typed: str) -> None:
        if "City" in typed:
            self.form.get_by_text("Add details (optional)").click()
        for label, words in typed.items():
            self.form.get_by_label(label.replace("_", " ")).fill(words)
        self.form.get_by_role("button", name="Sign").click()
        expect(self.form.get_by_role("heading", name="Check your email")).to_be_visible()

    def sign_for(self, organisation: str, *, website: str, email: str) -> None:
        self.form.get_by_label("on behalf of an organisation").check()
        self.form.get_by_label("I am authorised").check()
        self.sign(
            Name_of_the_organisation=organisation, Website=website, Your_own_name="Maro", Your_work_email=email
        )  # fmt: skip

    def email_to(self, address: str) -> Locator:
        return self.mailbox.get_by_role("article").filter(has_text=address)

    def follow_the_link_sent_to(self, address: str) -> Page:
        """Press the link of the email, which the mailbox shows as soon as it is there."""
        self.email_to(address).get_by_role("link").click()
        expect(self.mailbox.get_by_role("heading", name="You have NOT signed yet")).to_be_visible()
        return self.mailbox

    def confirm(self, address: str) -> Page:
        page = self.follow_the_link_sent_to(address)
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Sign now").click()
        return page

    def listed(self, name: str) -> bool:
        self.letter.reload()
        expect(self.letter.get_by_role("heading", name="Signatories", exact=True)).to_be_visible()
        return self.letter.get_by_role("listitem").filter(has_text=name).count() == 1


@pytest.fixture
def journey(demo: Demo, visit: Callable[..., Page]) -> Journey:
    page = visit(demo.address("a partner's page"))
    mailbox, letter = page.context.new_page(), page.context.new_page()
    mailbox.goto(demo.address("the mailbox"))
    letter.goto(demo.address("the statement"))
    return Journey(demo, visit, page, mailbox, letter)


def test_a_person_signs_on_the_partners_page_and_appears_on_the_list(journey):
    before = journey.counted
    expect(journey.form.get_by_role("heading", name="Keep the Highland Rivers Free")).to_be_visible()
    picture(journey.page, "demo-partner-form")

    journey.sign(Your_name="Անահիտ Մարտիրոսյան", Email_address="anahit@valley.example", City="Gyumri")
    picture(journey.page, "demo-partner-sent")
    expect(journey.email_to("anahit@valley.example")).to_be_visible()
    journey.mailbox.route("**/demo/mailbox", lambda route: route.abort("aborted"))  # it stays as it is for its picture
    picture(journey.mailbox, "demo-mailbox")
    page = journey.follow_the_link_sent_to("anahit@valley.example")
    expect(page.get_by_role("group", name="This is what will be published")).to_contain_text("Անահիտ Մարտիրոսյան")
    picture(page, "demo-confirm")

    assert journey.counted == before, "looking at the page has changed nothing"
    assert not journey.listed("Անահիտ Մարտիրոսյան")

    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign now").click()

    expect(page.get_by_role("heading", name="Thank you. You have signed.")).to_be_visible()
    picture(page, "demo-thanks")
    assert journey.listed("Անահիտ Մարտիրոսյան")
    picture(journey.letter, "demo-hosted")
    assert journey.counted == before + 1


def test_the_list_begins_with_the_first_signatories_organisations_and_people(journey):
    first = journey.letter.get_by_role("list").filter(has_text="Living Water").get_by_role("listitem")

    expect(first).to_have_count(7)
    expect(first.first).to_contain_text("“Living Water” Association")
    expect(first.nth(4)).to_contain_text("Editor, Journal “Valley and Ridge”")


def test_an_organisation_that_writes_from_its_own_domain_is_on_the_list_at_once(journey):
    before = journey.counted
    journey.sign_for("«Spring» Hydrology Centre", website="https://www.spring.example", email="office@spring.example")
    page = journey.confirm("office@spring.example")

    expect(page.get_by_role("heading", name="Thank you. You have signed.")).to_be_visible()
    assert journey.listed("«Spring» Hydrology Centre")
    assert journey.counted == before + 1


def test_another_organisation_waits_until_the_organisers_approve_it(journey, demo):
    before = journey.counted
    journey.sign_for("Anglers of the Delta", website="anglers.example", email="anglers@gmail.com")
    page = journey.confirm("anglers@gmail.com")

    expect(page.get_by_role("heading", name="Thank you. Your signature is confirmed.")).to_be_visible()
    assert not journey.listed("Anglers of the Delta")
    assert journey.counted == before

    held = demo.run("signatories", "list", SLUG, "--state", "held").decode()
    number = re.search(r"^\D*(\d+).*Anglers of the Delta", held, re.MULTILINE)[1]
    demo.run("signatories", "approve", SLUG, number)

    assert journey.listed("Anglers of the Delta")
    assert journey.counted == before + 1


def test_the_printed_command_pulls_the_same_dump_as_the_export(demo):
    _, _, header, url = demo.curl()
    name, _, value = header.partition(": ")

    with urlopen(Request(url, headers={name: value})) as answer:
        pulled = answer.read()

    assert pulled.startswith("\N{BOM}".encode())
    assert "Marie-Ange Lefèvre" in pulled.decode()
    assert pulled == demo.run("signatories", "export", SLUG)
