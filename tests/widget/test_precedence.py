"""What a page around the form cannot decide: the server's settings go before its attributes, properties and inputs."""

import pytest
from playwright.sync_api import Locator, Page, expect

from server.services import partners
from tests.scene import look
from tests.web.scene import add_statement
from tests.widget.conftest import MODES, expect_told, fill_in, form_on

pytestmark = pytest.mark.browser
# The form without JavaScript, as a page that wants more than its readers give would put it inside the tag.
PRESUMING = """
<form>
  <input type="checkbox" name="newsletter" checked>
  <input type="checkbox" name="authorised" checked>
  <input type="hidden" name="kind" value="{kind}">
  <input type="hidden" name="visibility" value="{visibility}">
  <input name="name" value="Somebody Else">
</form>
"""
ATTRIBUTES = "newsletter authorised=yes consent=yes kind=organisation visibility=name checked"
SENT = "SELECT kind, name, visibility, newsletter FROM signatures"


def presuming(kind: str = "organisation", visibility: str = "counted") -> str:
    return PRESUMING.format(kind=kind, visibility=visibility)


def opened(page: Page, mode: str = "inline") -> Locator:
    form = form_on(page, mode)
    expect(form.locator("section[part=frame]")).to_be_visible()
    found: Locator = form
    return found


@MODES
@pytest.mark.parametrize("attributes", ["", ATTRIBUTES])
def test_no_box_is_ticked_and_nothing_chosen_for_who_signs(embed, mode, attributes):
    page = embed(f"{attributes} {mode if mode == 'inline' else ''}", inside=presuming())
    form = opened(page, mode)

    expect(form.locator("#kind-individual")).to_be_checked()
    expect(form.locator("#newsletter")).not_to_be_checked()
    expect(form.locator("#visibility")).to_have_value("name")
    expect(form.locator("#name")).to_have_value("")
    form.locator("#kind-organisation").check()
    expect(form.locator("#newsletter")).not_to_be_checked()
    expect(form.locator("#authorised")).not_to_be_checked()


def test_properties_tick_nothing_either(embed):
    page = embed("inline")
    opened(page)
    page.evaluate(
        """() => Object.assign(document.querySelector("undersigned-form"),
          { newsletter: true, authorised: true, kind: "organisation", visibility: "counted",
            typed: { newsletter: true }, data: { form: {} }, locale: "fr" })"""
    )
    form = page.locator("undersigned-form")
    expect(form.get_by_role("heading", name="Gardons nos rivières ouvertes")).to_be_visible()

    expect(form.locator("#kind-individual")).to_be_checked()
    expect(form.locator("#newsletter")).not_to_be_checked()
    expect(form.locator("#visibility")).to_have_value("name")


def test_what_a_person_typed_and_ticked_stays_when_the_page_changes_an_attribute(embed):
    page = embed("inline", inside=presuming())
    form = opened(page)
    fill_in(form)
    form.locator("#newsletter").check()
    form.locator("#visibility").select_option("counted")

    page.evaluate("document.querySelector('undersigned-form').locale = 'fr'")
    expect(form.get_by_role("heading", name="Gardons nos rivières ouvertes")).to_be_visible()

    expect(form.locator("#name")).to_have_value("Անի Գևորգյան")
    expect(form.locator("#newsletter")).to_be_checked()
    expect(form.locator("#visibility")).to_have_value("counted")


def test_who_signs_for_an_organisation_still_has_to_say_that_they_may(embed, names, server):
    page = embed("inline", inside=presuming())
    form = opened(page)
    form.locator("#kind-organisation").check()
    for field, words in {"organisation": "Pink", "name": "Mane", "email": "mane@pink.example"}.items():
        form.locator(f"#{field}").fill(words)
    form.locator("form [part=button]").click()

    expect(form.get_by_role("alert")).to_contain_text("Please tick the box first.")
    assert (names(), server.posts()) == ([], [])


def test_what_the_statement_does_not_offer_cannot_be_chosen(embed, db, website, clock):
    add_statement(db, "lakes", clock(), visibilities='["name", "counted"]', kinds='["individual"]')
    partners.add_partner(db, "lakes", "lake-watch", name="Lake", origins=[website.url], actor="test", now=clock())
    form = opened(embed("inline", slug="lakes", inside=presuming(visibility="initials")))
    fill_in(form)
    form.locator("form [part=button]").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()

    [row] = look(db, SENT)
    assert row == {"kind": "individual", "name": "Անի Գևորգյան", "visibility": "name", "newsletter": 0}


def test_the_partner_of_another_statement_is_credited_nothing(embed, db, clock):
    add_statement(db, "lakes", clock())
    partners.add_partner(db, "lakes", "rich", name="Rich", origins=["https://rich.example"], actor="test", now=clock())
    form = opened(embed('inline partner="rich"'))
    fill_in(form)
    form.locator("form [part=button]").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()

    [row] = look(db, "SELECT partners.slug AS slug FROM signatures JOIN partners ON partners.id = partner_id")
    assert row == {"slug": "lake-watch"}


def test_a_page_that_calls_itself_our_frame_sends_nothing(embed, server, names):
    """Only our own page's form is taken over as typed; who claims to be that page is refused at the frame's door."""
    page = embed('inline framed="made-up"', inside=presuming())
    form = opened(page)
    form.locator("#kind-individual").check()
    fill_in(form)
    form.locator("form [part=button]").click()

    expect(form.get_by_role("alert")).to_contain_text("We could not send the form")
    assert (names(), server.posts()) == ([], [])
    expect_told(page, [["ready", {"state": "open"}], ["failed", {"code": "unreachable"}]])
