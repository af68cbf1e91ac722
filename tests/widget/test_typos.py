"""An address with a slip: the form asks in place, and each of the two answers sends it at once."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("answer", "sent_to"), [("Use ani@gmail.com", "ani@gmail.com"), ("Keep what I typed", "ani@gmial.com")]
)
def test_the_form_asks_what_was_meant_and_either_answer_sends_it(partner, open_form, answer, sent_to):
    form = open_form(partner)
    form.fill(Your_name="Ani", Email_address="ani@gmial.com")
    form.press("Sign")
    expect(form.summary.get_by_role("link")).to_have_text("Email address: Did you mean ani@gmail.com?")
    form.press(answer)

    expect(form.heading("Check your email")).to_be_visible()
    expect(form.element).to_contain_text(sent_to)
