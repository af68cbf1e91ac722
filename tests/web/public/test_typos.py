"""An address with a slip in the domain of a big provider: the page asks, and either answer signs."""

import pytest

from server.text import translations, typos
from tests.conftest import ANI, BASE_URL, PARTNER
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import SIGN, count

SLIP, MEANT = "ani@gmial.com", "ani@gmail.com"


@pytest.fixture
def send(client):
    def post(page, **typed):
        return client.post(page.action, data=page.filled(**typed), headers={"Origin": BASE_URL})

    return post


def press(client, page, button, **typed):
    """Press one of the buttons of a page's question, as a browser without script does."""
    return client.post(page.action, data=page.filled(**typed) | {button: "yes"}, headers={"Origin": BASE_URL})


def recipients(mails):
    mails.deliver()
    return [message["To"] for message in mails]


def test_the_page_asks_what_was_meant_and_keeps_all_that_was_typed(open_page, send, db):
    answer = send(open_page(), Your_name="Ani", Email_address=SLIP)
    page = Page(answer)

    assert answer.status_code == 422
    assert f"Did you mean {MEANT}?" in page.words
    assert f"Use {MEANT}" in page.words
    assert "Keep what I typed" in page.words
    assert page.values["email"] == SLIP
    assert count(db, "signatures") == 0


@pytest.mark.parametrize(("button", "sent_to"), [("take", MEANT), ("keep", SLIP)])
def test_either_answer_signs(open_page, send, client, db, mails, button, sent_to):
    page = Page(send(open_page(), Your_name="Ani", Email_address=SLIP))
    answer = press(client, page, button)

    assert "Check your email" in Page(answer).words
    assert recipients(mails) == [sent_to]


def test_an_address_that_was_mended_by_hand_is_sent_to_as_it_is(open_page, send, client, mails):
    page = Page(send(open_page(), Your_name="Ani", Email_address=SLIP))
    press(client, page, "take", Email_address="ani@rivers.example")  # the Enter key presses the first button

    assert recipients(mails) == ["ani@rivers.example"]


def test_a_program_is_told_what_was_meant_and_may_keep_what_it_has(signer, db):
    answer = signer.post(email=SLIP)

    assert answer.status_code == 422
    assert answer.json["fields"] == {"email": ["maybe-typo"]}
    assert answer.json["values"] == {"email": {"suggestion": MEANT}}
    assert answer.json["messages"] == {"email": [f"Did you mean {MEANT}?"]}
    assert signer.post(email=SLIP, keep=True).status_code == 202
    assert signer.post(email=SLIP, keep="yes").status_code == 202


def test_without_the_question_the_slip_is_signed_with(signer, monkeypatch):
    monkeypatch.setattr(typos, "_meant_domain", lambda _domain: None)

    assert signer.post(email=SLIP).status_code == 202


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_the_question_and_how_long_a_text_may_be_are_said_in_every_language(client, signer, clock, locale):
    token = signer.form_token()
    clock.forward(seconds=3)
    answer = client.post(
        f"{SIGN}?locale={locale}",
        json=ANI | {"key": "0123456789abcdef", "form_token": token, "email": SLIP, "name": "A" * 201},
        headers={"Origin": PARTNER},
    )

    assert MEANT in answer.json["messages"]["email"][0]
    assert "200" in answer.json["messages"]["name"][0] or "٢٠٠" in answer.json["messages"]["name"][0]


@pytest.mark.parametrize(
    ("field", "value", "most"),
    [
        ("name", "A" * 201, 200),
        ("title", "A" * 301, 300),
        ("affiliation", "A" * 301, 300),
        ("city", "A" * 301, 300),
        ("comment", "A" * 2001, 2000),
        ("email", f"{'a' * 250}@rivers.example", 254),
    ],
)
def test_every_field_says_how_long_it_may_be(signer, field, value, most):
    answer = signer.post(**{field: value})

    assert answer.json["fields"] == {field: ["too-long"]}
    assert answer.json["values"] == {field: {"most": most}}
    assert f"{most:,}" in answer.json["messages"][field][0]


@pytest.mark.parametrize("around", ["\u200b", "\ufeff", "\u00a0", "\u00ad", "\u2060", "\u200e", "\u202a"])
def test_what_cannot_be_seen_around_a_name_and_an_address_is_left_out(signer, db, mails, around):
    answer = signer.post(name=f"{around}Ani{around}", email=f"{around}ani@rivers.example{around} ")

    assert answer.status_code == 202
    assert look(db, "SELECT name FROM signatures") == [{"name": "Ani"}]
    assert recipients(mails) == ["ani@rivers.example"]


@pytest.mark.parametrize("inside", ["\u200b", "\u202e", "\u00ad"])
def test_what_cannot_be_seen_inside_a_name_is_refused_and_inside_an_address_left_out(signer, mails, inside):
    assert signer.post(name=f"A{inside}ni").json["fields"] == {"name": ["control-characters"]}
    assert signer.post(email=f"a{inside}ni@rivers.example").status_code == 202
    assert recipients(mails) == ["ani@rivers.example"]
