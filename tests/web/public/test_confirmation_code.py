"""Confirming by the code of the email: from the widget, from the frame, from the hosted page without JavaScript."""

import pytest

from server.crypto.links import CODE_TRIES
from tests.conftest import PARTNER, Signer
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import PAGE, SIGN, add_statement, public_names

CONFIRM = SIGN.replace("signatures", "confirmations")
FRAME = "/embed/open-rivers/confirmations"
KEY = "key-of-the-open-form"


@pytest.fixture
def sent(signer, mails) -> dict:
    """What the widget got when Ani signed; her email is out."""
    answer = signer.post(key=KEY)
    mails.deliver()
    return answer.json


def code_of(context, signature_id: int = 1) -> str:
    [row] = look(context.db, "SELECT nonce FROM signatures WHERE id = :id", id=signature_id)
    return context.codes.of(signature_id, bytes(row["nonce"]))


def confirm(client, path: str = CONFIRM, *, origin: str | None = PARTNER, **body):
    typed = {"key": KEY, "consent": "individual"} | body
    return client.post(path, json=typed, headers={"Origin": origin} if origin else {})


def test_the_answer_to_a_form_shows_what_will_be_published_and_asks_for_the_code(sent):
    assert (sent["state"], sent["consent"].partition("-")[0]) == ("pending", "individual")
    assert (sent["line"]["name"], sent["line"]["title"]) == ("Անի Գևորգյան", "Poet")
    assert [field["name"] for field in sent["fields"]] == ["code", "consent"]
    assert "I sign this statement" in sent["messages"]["field.consent"]
    assert "email" not in str(sent["line"])


def test_who_types_the_code_has_signed(client, sent, context):
    answer = confirm(client, code=code_of(context))

    assert (answer.status_code, answer.json["state"]) == (200, "confirmed")
    assert "You have signed" in answer.json["title"]
    assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
    assert public_names(client) == ["Անի Գևորգյան"]


def test_the_code_stands_in_the_email_as_it_is_typed(client, sent, mails):
    [text] = mails.texts()
    [line] = [line for line in text.splitlines() if line.replace(" ", "").isdigit()]

    assert len(line.replace(" ", "")) == 8
    assert confirm(client, code=line).json["state"] == "confirmed"


def test_the_words_that_were_ticked_are_kept(client, sent, context, db):
    confirm(client, code=code_of(context))

    [kept] = look(
        db, "SELECT body, wordings.locale AS locale FROM wordings JOIN signatures ON wordings.id = consent_id"
    )
    assert kept == {"body": sent["messages"]["field.consent"], "locale": sent["messages"]["lang"]}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"consent": None}, {"consent": ["unticked"]}),
        ({"consent": "counted"}, {"consent": ["unticked"]}),
        ({"consent": True}, {"consent": ["unticked"]}),
        ({"code": " "}, {"code": ["required"]}),
    ],
)
def test_without_the_tick_for_these_words_or_without_a_code_nothing_is_signed(client, sent, context, db, body, fields):
    answer = confirm(client, **{"code": code_of(context)} | body)

    assert (answer.status_code, answer.json["fields"]) == (422, fields)
    assert look(db, "SELECT state FROM signatures") == [{"state": "pending"}]


def test_a_second_press_is_harmless(client, sent, context):
    answers = [confirm(client, code=code_of(context)) for _ in range(2)]

    assert [answer.json["state"] for answer in answers] == ["confirmed", "confirmed"]
    assert len(public_names(client)) == 1


def test_a_guesser_has_five_tries_and_is_told_nothing(client, sent, context):
    answers = [confirm(client, code=f"{guess:08}") for guess in range(CODE_TRIES + 1)]
    late = confirm(client, code=code_of(context))
    stranger = confirm(client, key="nobody-sent-this-key", code=code_of(context))

    assert {(answer.status_code, answer.data) for answer in (*answers, late, stranger)} == {(422, late.data)}
    assert late.json["code"] == "code-refused"


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_a_page_that_is_no_partners_confirms_nothing(client, sent, context, origin):
    assert confirm(client, code=code_of(context), origin=origin).status_code == 403


def test_the_frame_confirms_out_of_its_sandbox_too(client, sent, context):
    answer = confirm(client, FRAME, code=code_of(context), origin="null")

    assert (answer.status_code, answer.json["state"]) == (200, "confirmed")


def test_the_hosted_page_leads_who_typed_the_code_to_where_the_link_leads(client, sent, context, db):
    page = Page(client.get(f"{PAGE}/sent?key={KEY}"))
    answer = client.post(f"{PAGE}/sent", data={"key": page.values["key"], "code": code_of(context)})

    assert (answer.status_code, answer.location[:9]) == (303, "/confirm/")
    assert "You have NOT signed yet" in Page(client.get(answer.location)).words
    assert look(db, "SELECT state FROM signatures") == [{"state": "pending"}]
    assert client.post(answer.location, data={"consent": "yes"}).location.endswith("outcome=confirmed&locale=en")


@pytest.mark.parametrize(("code", "words"), [("00000000", "is wrong or has expired"), ("", "fill this in")])
def test_the_hosted_page_says_what_is_wrong_with_a_code(client, sent, code, words):
    answer = client.post(f"{PAGE}/sent", data={"key": KEY, "code": code})

    assert answer.status_code == 422
    assert words in Page(answer).words


def test_the_page_that_says_sent_knows_nothing_but_the_key_of_its_form(client, sent):
    known, unknown = (client.get(f"{PAGE}/sent?key={key}").text for key in (KEY, "nobody-sent-this-key"))

    assert known.replace(KEY, "") == unknown.replace("nobody-sent-this-key", "")
    assert 'name="code"' not in client.get(f"{PAGE}/sent?key=short").text


def test_a_statement_that_demands_the_code_asks_for_it_behind_the_link(client, db, clock):
    add_statement(db, "lakes", clock(), confirm='"code"')

    assert 'name="code"' not in client.get(f"/s/lakes/sent?key={KEY}").text


@pytest.fixture
def guarded(client, db, clock, mails) -> str:
    """The link to a signature under a statement that demands the code as well."""
    add_statement(db, "lakes", clock(), confirm='"code"')
    signer = Signer(client, clock, "lakes")
    assert signer.post(form_token=signer.form_token(), origin=None, name="Ani", key=KEY).status_code == 202
    mails.deliver()
    return mails.links()[-1]


def press(client, link: str, **typed: str):
    return client.post(link, data={"consent": "yes", **typed})


@pytest.mark.parametrize("typed", [{}, {"code": ""}, {"code": "00000000"}])
def test_where_the_code_is_demanded_the_button_alone_signs_nothing(client, guarded, db, typed):
    answer = press(client, guarded, **typed)

    assert answer.status_code == 422
    assert "That is not the code from the email" in Page(answer).words
    assert look(db, "SELECT state FROM signatures") == [{"state": "pending"}]


def test_where_the_code_is_demanded_link_and_code_sign_days_later_too(client, guarded, context, clock, db):
    clock.forward(days=6)

    assert press(client, guarded, code=code_of(context)).status_code == 303
    assert look(db, "SELECT state FROM signatures") == [{"state": "confirmed"}]


def test_the_email_says_that_the_code_is_demanded(guarded, mails):
    assert "You will be asked for this code:" in mails.texts()[-1]
