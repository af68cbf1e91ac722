"""What is wrong with an answer is said in words, in a list above the form that is focused, and beside each field."""

import pytest
from playwright.sync_api import expect

from tests.browsing import picture

pytestmark = pytest.mark.browser


def test_missing_answers_are_listed_before_anything_is_sent(partner, open_form, server):
    form = open_form(partner)
    form.press("Sign")

    expect(form.summary.get_by_role("heading", name="Check 2 fields")).to_be_focused()
    expect(form.summary.get_by_role("link")).to_have_text(
        ["Your name: Please fill this in.", "Email address: Please fill this in."]
    )
    assert server.posts() == []


def test_a_link_in_the_list_leads_to_its_field(partner, open_form):
    form = open_form(partner)
    form.press("Sign")
    form.summary.get_by_role("link", name="Email address").click()

    expect(form.element.get_by_label("Email address")).to_be_focused()
    assert form.page.url == partner


def test_a_wrong_field_says_so_to_a_screen_reader_and_forgets_it_once_it_is_right(partner, open_form):
    form = open_form(partner)
    form.fill(Your_name="Ani")
    form.press("Sign")
    address = form.element.get_by_label("Email address")

    expect(address).to_have_attribute("aria-invalid", "true")
    expect(address).to_have_accessible_description("To confirm your signature. Never published. Please fill this in.")
    expect(form.element.get_by_label("Your name")).not_to_have_attribute("aria-invalid", "true")

    form.fill(Email_address="ani@rivers.example")
    form.press("Sign")

    expect(form.heading("Check your email")).to_be_visible()


def test_what_only_the_server_can_judge_is_shown_in_the_same_way_and_all_that_was_typed_is_kept(
    partner, open_form, names
):
    form = open_form(partner)
    form.open_details()
    form.fill(Your_name="Buy at https://spam.example", Email_address="ani@nowhere", City="Gyumri", Comment="For\nall")
    form.press("Sign")

    expect(form.summary.get_by_role("link")).to_have_text(
        [
            "Your name: A name cannot contain a link.",
            "Email address: This does not look like an email address.",
        ]
    )
    expect(form.element.get_by_label("Your name")).to_have_value("Buy at https://spam.example")
    expect(form.element.get_by_label("City")).to_have_value("Gyumri")
    expect(form.element.get_by_label("Comment")).to_have_value("For\nall")
    assert names() == []
    assert form.told[-1] == ["failed", {"code": "invalid"}]
    picture(form.page, "partner-errors")


def test_a_mended_answer_goes_through_and_signs_once(partner, open_form, names):
    form = open_form(partner)
    form.fill(Your_name="Ani", Email_address="ani@nowhere")
    form.press("Sign")
    expect(form.summary).to_be_visible()
    form.fill(Email_address="ani@rivers.example")
    form.press("Sign")

    expect(form.heading("Check your email")).to_be_visible()
    assert names() == ["Ani"]


def test_an_answer_is_never_read_as_html(partner, open_form):
    form = open_form(partner)
    form.fill(Your_name="Ani", Email_address='"<img src=x onerror=alert(1)>"@rivers.example')
    form.press("Sign")

    expect(form.summary.or_(form.heading("Check your email"))).to_be_visible()
    expect(form.element.locator("img")).to_have_count(0)


def test_the_choice_of_another_kind_takes_the_errors_of_the_first_away(partner, open_form):
    form = open_form(partner)
    form.press("Sign")
    expect(form.summary).to_be_visible()
    form.element.get_by_label("on behalf of an organisation").check()

    expect(form.summary).to_be_hidden()
    expect(form.element.locator("[aria-invalid]")).to_have_count(0)


def test_who_signs_for_an_organisation_has_to_say_that_they_may(partner, open_form, names):
    form = open_form(partner)
    form.element.get_by_label("on behalf of an organisation").check()
    form.fill(Name_of_the_organisation="Pink", Your_own_name="Mane", Your_work_email="mane@pink.example")
    form.press("Sign")

    expect(form.summary.get_by_role("link")).to_have_text(
        ["I am authorised to sign for this organisation: Please tick the box first."]
    )
    assert names() == []
