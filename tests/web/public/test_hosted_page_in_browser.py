"""The hosted page for a visitor without JavaScript: everything works, and nothing that was typed is lost."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browsing import browsable, picture, tab_to
from tests.scene import look
from tests.web.scene import PAGE, count

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def page(server, statement, visit):
    return visit(server.url + PAGE, java_script_enabled=False)


def test_a_person_signs_without_javascript(page, db):
    page.get_by_label("Your name").fill("Հակոբ")
    page.get_by_label("Email address").fill("hakob@rivers.example")
    page.get_by_text("Add details (optional)").click()
    page.get_by_label("City").fill("Gyumri")
    page.get_by_label("Country").select_option("Armenia")
    page.get_by_label("Send me news").check()
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    expect(page.get_by_text("You have not signed yet")).to_be_visible()
    [row] = look(db, "SELECT name, city, country, newsletter FROM signatures")
    assert row == {"name": "Հակոբ", "city": "Gyumri", "country": "AM", "newsletter": 1}


def test_what_is_missing_is_asked_for_before_anything_is_sent(page, server):
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_label("Your name")).to_be_focused()
    assert server.posts() == []


def test_errors_are_told_beside_the_fields_and_above_them_and_keep_every_word(page, db):
    page.get_by_label("Your name").fill("https://spam.example")
    page.get_by_label("Email address").fill("ani@nowhere")
    page.get_by_text("Add details (optional)").click()
    page.get_by_label("Comment").fill("For the river,\n“all of it” & <more>")
    page.get_by_label("Country").select_option("Armenia")
    page.get_by_label("Send me news").check()
    page.get_by_label("How you appear").select_option("Only in the count, without my name")
    page.get_by_role("button", name="Sign").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        ["Your name: A name cannot contain a link.", "Email address: This does not look like an email address."]
    )
    expect(page.get_by_label("Your name")).to_have_value("https://spam.example")
    expect(page.get_by_label("Your name")).to_have_accessible_description(
        "In any alphabet, as you want it to appear on the list. A name cannot contain a link."
    )
    expect(page.get_by_label("Comment")).to_be_visible()
    expect(page.get_by_label("Comment")).to_have_value("For the river,\n“all of it” & <more>")
    expect(page.get_by_label("Country")).to_have_value("AM")
    expect(page.get_by_label("Send me news")).to_be_checked()
    expect(page.get_by_label("How you appear")).to_have_value("counted")
    assert count(db, "signatures") == 0
    picture(page, "hosted-errors")

    summary.get_by_role("link", name="Email address").click()
    expect(page.get_by_label("Email address")).to_be_focused()


def test_details_that_the_browser_has_filled_in_again_are_shown_on_the_way_back(page):
    city = page.get_by_label("City")
    expect(city).to_be_hidden()
    page.get_by_text("Add details (optional)").click()
    city.fill("Gyumri")
    page.get_by_role("link", name="Put this form on your website").click()
    expect(page.get_by_label("City")).to_have_count(0)

    page.go_back()

    expect(city).to_have_value("Gyumri")
    expect(city).to_be_visible()


def test_mended_errors_go_through(page, db):
    page.get_by_label("Your name").fill("Ani")
    page.get_by_label("Email address").fill("ani@nowhere")
    page.get_by_role("button", name="Sign").click()
    page.get_by_label("Email address").fill("ani@rivers.example")
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    assert count(db, "signatures") == 1


def test_the_other_language_is_a_link_away_and_is_the_one_that_is_signed(page, db):
    page.get_by_role("navigation", name="Languages").get_by_role("link", name="français").click()

    expect(page.get_by_role("heading", name="Gardons nos rivières ouvertes")).to_be_visible()
    page.get_by_label("Votre nom").fill("Marie-Ange")
    page.get_by_label("Adresse électronique").fill("marie@rivers.example")
    page.get_by_role("button", name="Signer").click()

    expect(page.locator("html")).to_have_attribute("lang", "fr")
    [row] = look(
        db, "SELECT statement_texts.locale FROM signatures JOIN statement_texts ON statement_texts.id = text_id"
    )
    assert row == {"locale": "fr"}


def test_an_organisation_signs_by_the_link_to_its_own_form(page, db):
    page.get_by_role("link", name="on behalf of an organisation").click()
    page.get_by_label("Name of the organisation").fill("“Pink” human rights NGO")
    page.get_by_label("Website").fill("https://riverwatch.example")
    page.get_by_label("Your own name").fill("Maro")
    page.get_by_label("Your work email").fill("maro@riverwatch.example")
    page.get_by_label("I am authorised").check()
    picture(page, "hosted-organisation")
    page.get_by_role("button", name="Sign").click()

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    [row] = look(db, "SELECT kind, organisation FROM signatures")
    assert row == {"kind": "organisation", "organisation": "“Pink” human rights NGO"}


def test_the_page_is_walked_without_a_mouse(page, db):
    for label, words in [("Your name", "Ani"), ("Email address", "ani@rivers.example")]:
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(words)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    assert count(db, "signatures") == 1


def test_the_page_asks_one_host_and_keeps_nothing(server, confirmed, visit):
    page, asked = visit("about:blank"), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url + PAGE)

    expect(page.get_by_text("Անի Գևորգյան")).to_be_visible()
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(server.url).netloc}
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_the_page_with_names_of_every_kind_fits_small_and_large_screens(server, signer, mails, client, visit):
    signer.post(title="Poet", affiliation="House of Poets", city="Gyumri", comment="For my children.")
    signer.post(name="גיורגי בן־דוד " * 3, title="", email="g@rivers.example", country="IL")
    signer.post(title="", name="Donaudampfschifffahrtsgesellschaftskapitänswitwe" * 2, email="d@rivers.example")
    mails.deliver()
    for link in mails.links():
        client.post(link, data={"consent": "yes"})
    page = visit(server.url + PAGE)

    expect(page.get_by_role("listitem").filter(has_text="Poet")).to_contain_text("House of Poets")
    picture(page, "hosted")
