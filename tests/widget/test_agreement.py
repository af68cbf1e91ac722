"""Elements beside each other agree: who has signed is counted and listed at once, in whatever place they signed."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Served
from tests.widget.conftest import MODES, fill_in, form_on, list_partner
from tests.widget.test_code import code, sign_here  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser


@pytest.fixture
def open_all(server: Served, website: Served, statement, db, clock, visit):
    """Open a partner's page with a form, a count, a list, and a count of another statement."""
    list_partner(db, "lake-watch", website.url, now=clock())

    def open_all(mode: str) -> Page:
        given = f'server="{server.url}" statement="open-rivers"'
        inline = "inline" if mode == "inline" else ""
        tags = f"<undersigned-form {given} {inline}></undersigned-form>"
        tags += f"<undersigned-count {given}></undersigned-count>"
        tags += f"<undersigned-signatories {given}></undersigned-signatories>"
        website.app.put("/", f'{tags}<script src="{server.url}/widget/v1/undersigned.js"></script>')
        return visit(website.url)

    return open_all


@MODES
def test_who_signs_by_the_code_is_counted_and_listed_at_once(open_all, scene, code, mode):  # noqa: F811
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 31)))
    page = open_all(mode)
    expect(page.get_by_text("30 signatures (goal: 500)").first).to_be_visible()
    search = page.get_by_role("searchbox")
    search.fill("անի")
    expect(page.get_by_text("No name matches")).to_be_visible()
    search.evaluate("node => { node.isTheSame = true; }")
    form = form_on(page, mode)
    fill_in(form)
    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()

    sign_here(form, code())

    expect(page.locator("undersigned-count").get_by_text("31 signatures (goal: 500)")).to_be_visible()
    expect(page.locator("undersigned-signatories [part=name]")).to_have_text(["Անի Գևորգյան"])
    expect(form.get_by_role("heading", name="Thank you. You have signed.")).to_be_focused()
    expect(search).to_have_value("անի")
    assert search.evaluate("node => node.isTheSame")


CONFIRMED = """(statement) => {
  const form = document.querySelector("undersigned-form");
  const place = document.body.appendChild(document.createElement("p"));
  Object.assign(place, { server: form.server, statement });
  place.dispatchEvent(new CustomEvent("undersigned:confirmed", { bubbles: true, detail: { state: "confirmed" } }));
}"""


def test_a_list_that_is_renewed_keeps_its_place_and_the_focus(open_all, scene, server):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 151)))
    page = open_all("inline")
    names = page.locator("undersigned-signatories [part=name]")
    expect(names).to_have_count(100)
    page.get_by_role("button", name="More signatories").click()
    expect(names).to_have_count(150)
    page.locator("undersigned-signatories li").nth(100).evaluate("node => { node.isTheSame = true; }")
    page.get_by_role("searchbox").focus()
    scene.signed(name="Zara", email="zara@rivers.example")

    page.evaluate(CONFIRMED, "another")  # the twin: of another statement nothing here is told
    page.evaluate("new Promise(requestAnimationFrame)")
    asked = len([one for one in server.log if one.path.endswith("/signatories")])
    page.evaluate(CONFIRMED, "open-rivers")

    expect(names).to_have_count(151)
    expect(names.last).to_have_text("Zara")
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert page.locator("undersigned-signatories li").nth(100).evaluate("node => node.isTheSame")
    assert asked == 3  # two kinds, and the second page of one: nothing for the other statement
