"""The form in another language, outside a statement's days, moved about in a page, and with attributes missing."""

import pytest
from playwright.sync_api import expect

from server.services import statements
from tests.web.scene import add_statement
from tests.widget.conftest import list_partner

pytestmark = pytest.mark.browser


@pytest.fixture
def embedding(server, website, statement, db, clock):
    """Put a page with the form on the website of a partner: its attributes, and the language of the page around it."""

    list_partner(db, "lake-watch", website.url, now=clock())

    def embed(attributes='statement="open-rivers" inline', *, lang="en"):
        link = "<a href='/elsewhere'>Sign on the organiser’s page</a>"
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        form = f'<undersigned-form server="{server.url}" {attributes}>{link}</undersigned-form>'
        website.app.put("/", f"<main>{form}</main><footer></footer>{script}", lang=lang)
        return website.url

    return embed


def test_the_form_speaks_the_language_of_the_page(embedding, open_form):
    form = open_form(embedding(lang="fr"))

    expect(form.heading("Gardons nos rivières ouvertes")).to_be_visible()
    expect(form.element.get_by_label("Votre nom")).to_be_visible()
    expect(form.element.get_by_label("Pays").get_by_role("option", name="Allemagne")).to_be_attached()
    expect(form.element.locator("section")).to_have_attribute("lang", "fr")


def test_the_attribute_goes_before_the_language_of_the_page_and_decides_what_is_signed(embedding, open_form, db):
    form = open_form(embedding('statement="open-rivers" locale="fr" inline', lang="en"))
    form.press("Signer")

    expect(form.summary).to_contain_text("Vérifiez 2 champs")


def test_a_language_that_nobody_has_written_falls_back_to_the_browsers_or_the_first(embedding, open_form):
    form = open_form(embedding(lang="xh"), locale="fr-CA")

    expect(form.heading("Gardons nos rivières ouvertes")).to_be_visible()


def test_a_statement_that_was_closed_early_says_when_it_really_ended_and_takes_nothing(partner, open_form, db, clock):
    with db.write() as tx:
        tx.run("UPDATE statements SET closes_at = :planned", {"planned": clock() + 3 * 365 * 24 * 3600})
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    form = open_form(partner)

    expect(form.element).to_contain_text("This statement is closed for signatures. Signing ended on 15 January 2027")
    expect(form.element.get_by_role("button")).to_have_count(0)
    assert form.told == [["ready", {"state": "closed"}]]


def test_a_statement_that_closes_while_somebody_types_says_so_and_keeps_the_text(partner, open_form, db, clock, names):
    form = open_form(partner)
    form.fill_as_ani()
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    form.press("Sign")

    expect(form.summary).to_contain_text("This statement is closed for signatures.")
    expect(form.element.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
    assert names() == []


def test_a_statement_that_has_not_begun_says_when_it_will(embedding, open_form, db, clock):
    add_statement(db, "lakes", clock(), opens="2027-03-01", timezone='"UTC"')
    form = open_form(embedding('statement="lakes" inline'))

    expect(form.element).to_contain_text("Signing has not opened yet. It opens on 1 March 2027")
    expect(form.element.get_by_role("button")).to_have_count(0)


def test_a_form_that_is_moved_in_its_page_keeps_what_was_typed_and_still_signs(partner, open_form, names):
    form = open_form(partner)
    form.fill_as_ani()
    form.page.evaluate("document.querySelector('footer').append(document.querySelector('undersigned-form'))")

    expect(form.element.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]
    assert [what for what, _ in form.told] == ["ready", "submitted"]


def test_without_a_statement_only_the_link_stands_there(embedding, open_form):
    form = open_form(embedding("inline"))

    expect(form.link).to_be_visible()
    assert form.told == [["failed", {"code": "attribute-missing"}]]


def test_a_script_that_is_loaded_twice_makes_one_form(embedding, open_form, website, server):
    url = embedding()
    page, _ = website.app.pages["/"]
    website.app.pages["/"] = (page + f'<script src="{server.url}/widget/v1/undersigned.js"></script>', "")
    form = open_form(url)

    expect(form.element.get_by_role("button", name="Sign")).to_have_count(1)


def test_a_page_paints_the_form_in_its_own_colours_and_reaches_its_parts(embedding, open_form):
    form = open_form(embedding('statement="open-rivers" style="--undersigned-accent: rgb(1, 2, 3)" inline'))
    form.page.add_style_tag(content="undersigned-form::part(title) { color: rgb(4, 5, 6) }")

    expect(form.element.get_by_role("button", name="Sign")).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(form.heading("Keep our rivers open")).to_have_css("color", "rgb(4, 5, 6)")
