"""Signing on a partner's page, whose policy allows what the form needs and refuses all else, HTML strings too."""

import pytest
from playwright.sync_api import expect

from server.cli.demo import PartnerSite
from tests.browsing import picture, tab_to
from tests.scene import look
from tests.web.scene import count

pytestmark = pytest.mark.browser


def test_the_form_stands_on_a_page_with_a_strict_policy_and_shows_title_and_count(partner, open_form, confirmed):
    form = open_form(partner)

    expect(form.heading("Keep our rivers open")).to_be_visible()
    expect(form.element).to_contain_text("1 signature (goal: 500)")
    expect(form.element.get_by_text("Kutaisi, 10 January 2027")).to_be_visible()
    assert form.told == [["ready", {"state": "open"}]]


def test_the_policy_of_that_page_is_as_strict_as_a_form_can_bear(server):
    site = PartnerSite(0, server_url=server.url, slug="open-rivers", partner="harbour-street")
    site.server_close()

    rules = dict(rule.split(" ", 1) for rule in site.policy.split("; "))

    assert (rules["default-src"], rules["script-src"]) == ("'none'", server.url)
    assert rules["connect-src"] == f"'self' {server.url}"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in site.policy


def test_a_person_signs_and_is_told_to_look_into_the_mailbox(partner, open_form, names, mails):
    form = open_form(partner)
    form.fill_as_ani()
    form.press("Sign")

    expect(form.heading("Check your email")).to_be_focused()
    expect(form.element).to_contain_text("You have not signed yet")
    expect(form.element).to_contain_text("ani@rivers.example")
    assert names() == ["Անի Գևորգյան"]
    assert form.told[1:] == [["submitted", {"state": "pending"}]]
    mails.deliver()
    [email] = mails
    assert email["To"] == "ani@rivers.example"


def test_an_organisation_signs_with_what_was_typed_before_the_choice_kept(partner, open_form, db):
    form = open_form(partner)
    form.fill(Your_name="Maro", Email_address="maro@riverwatch.example")
    form.element.get_by_label("on behalf of an organisation").check()

    expect(form.element.get_by_label("Your own name")).to_have_value("Maro")
    form.fill(Name_of_the_organisation="“Pink” human rights NGO", Website="riverwatch.example")
    form.element.get_by_label("I am authorised").check()
    form.press("Sign")

    expect(form.heading("Check your email")).to_be_visible()
    [row] = look(db, "SELECT kind, name, organisation, website FROM signatures")
    assert row == {
        "kind": "organisation",
        "name": "Maro",
        "organisation": "“Pink” human rights NGO",
        "website": "https://riverwatch.example",
    }


def test_a_signature_is_credited_to_the_partner_and_bound_to_the_language_that_was_read(partner, open_form, db):
    form = open_form(partner)
    form.fill_as_ani()
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_visible()

    [row] = look(
        db,
        "SELECT partners.name AS partner, statement_texts.locale FROM signatures"
        " JOIN partners ON partners.id = partner_id JOIN statement_texts ON statement_texts.id = text_id",
    )
    assert row == {"partner": "harbour-street", "locale": "en"}


def test_a_double_click_signs_once(partner, open_form, names, db, server):
    form = open_form(partner)
    form.fill_as_ani()
    form.element.get_by_role("button", name="Sign").dblclick()

    expect(form.heading("Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]
    assert count(db, "outbox") == 1
    assert len(server.posts()) == 1


def test_the_double_click_of_a_form_that_does_not_look_sends_twice(server, website, visit):
    send = f"fetch('{server.url}/anything', {{method: 'POST'}}).catch(() => this.append(', sent'))"
    website.app.put("/", f'<button onclick="{send}">Sign</button>')
    button = visit(website.url).get_by_role("button")

    button.dblclick()

    expect(button).to_have_text("Sign, sent, sent")
    assert len(server.posts()) == 2


def test_a_form_that_was_open_too_long_is_renewed_unseen(partner, open_form, clock, server, names):
    form = open_form(partner)
    form.fill_as_ani()
    clock.forward(hours=3)
    form.press("Sign")

    expect(form.heading("Check your email")).to_be_visible()
    assert [request.status for request in server.posts()] == [400, 202]
    assert names() == ["Անի Գևորգյան"]
    assert [what for what, _ in form.told] == ["ready", "submitted"]


def test_a_mistyped_address_is_corrected_without_typing_the_rest_again(partner, open_form, db):
    form = open_form(partner)
    form.open_details()
    form.fill(Your_name="Ani", Email_address="ani@rivres.example", City="Gyumri")
    form.press("Sign")
    form.press("Change the address")

    expect(form.element.get_by_label("Your name")).to_be_focused()
    expect(form.element.get_by_label("City")).to_have_value("Gyumri")
    form.fill(Email_address="ani@rivers.example")
    form.press("Sign")

    expect(form.element).to_contain_text("ani@rivers.example")
    assert count(db, "outbox") == 2


def test_the_whole_form_is_walked_without_a_mouse(partner, open_form, db):
    form = open_form(partner)
    page, organisation = form.page, form.element.get_by_label("on behalf of an organisation")
    tab_to(page, form.element.get_by_label("as an individual"))
    page.keyboard.press("ArrowRight")
    expect(organisation).to_be_checked()
    for label, words in [
        ("Name of the organisation", "River Watch"),
        ("Website", "riverwatch.example"),
        ("Your own name", "Maro"),
        ("Your work email", "maro@riverwatch.example"),
    ]:
        tab_to(page, form.element.get_by_label(label))
        page.keyboard.type(words)
    tab_to(page, form.element.get_by_label("How you appear"))
    page.keyboard.press("ArrowDown")
    tab_to(page, form.element.get_by_label("I am authorised"))
    page.keyboard.press("Space")
    tab_to(page, form.element.get_by_label("Send me news"))
    page.keyboard.press("Space")
    tab_to(page, form.element.get_by_role("button", name="Sign"))
    page.keyboard.press("Enter")

    expect(form.heading("Check your email")).to_be_focused()
    [row] = look(db, "SELECT organisation, visibility, newsletter FROM signatures")
    assert row == {"organisation": "River Watch", "visibility": "counted", "newsletter": 1}


def test_the_enter_key_in_a_field_signs(partner, open_form, names):
    form = open_form(partner)
    form.fill_as_ani()
    form.element.get_by_label("Email address").press("Enter")

    expect(form.heading("Check your email")).to_be_visible()
    assert names() == ["Անի Գևորգյան"]


def test_the_form_and_the_answer_fit_small_and_large_screens(partner, open_form):
    form = open_form(partner)
    form.fill_as_ani()
    picture(form.page, "partner-form")
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_visible()
    picture(form.page, "partner-sent")
