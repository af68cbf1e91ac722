"""Every door answers the same to the byte, whatever we know of the address that was typed."""

import re
import secrets
from html import escape

import pytest

from server.errors import KeyReused
from server.web.public import sign as sign_views
from tests.conftest import ANI, BASE_URL, PARTNER
from tests.scene import look
from tests.services.addressed import every_kind_of_address
from tests.web.reading import Page
from tests.web.scene import PAGE, SIGN, headers_of

FRAME = "/embed/open-rivers"
FRESH_KEY = re.compile(r'(name="key" value=")[A-Za-z0-9_-]{16,64}')
JSON_DOORS = {"the widget": (SIGN, PARTNER), "the frame": (f"{FRAME}/signatures", BASE_URL)}
FORMS = {"the page": PAGE, "the frame's page": FRAME}
CODE_DOORS = {
    "the widget": (SIGN.replace("signatures", "confirmations"), PARTNER),
    "the frame": (f"{FRAME}/confirmations", BASE_URL),
    "the page": (f"{PAGE}/sent", BASE_URL),
}


@pytest.fixture
def addresses(scene, mails, clock) -> list[str]:
    """One of each kind, and one whose budget of emails is spent."""
    made = every_kind_of_address(scene)
    for _ in range(scene.context.settings.mail_budget.per_day):
        scene.sign(email="bombed@rivers.example")
        mails.deliver()
        clock.forward(minutes=15)
    scene.sign(email="bombed@rivers.example")
    assert mails.deliver().kept_back > 0, "the next email to this address is not sent"
    return [*made, "bombed@rivers.example"]


def token_in(client, door: str) -> str:
    """The token of the form that stands there."""
    page = Page(client.get(FRAME if door.startswith("the frame") else PAGE))
    return page.values["form_token"]


def all_of(answer, *sent: str) -> tuple[object, ...]:
    """An answer with its headers; what it repeats of what was sent, and the key of a fresh form, are left out.

    So is the length, which follows from those and from the body that is compared.
    """
    assert answer.status_code < 500
    headers = [header for header in headers_of(answer) if header[0] != "Content-Length"]
    said = repr((headers, answer.get_data(as_text=True)))
    for what in sent:
        said = said.replace(escape(what), "SENT")
    return answer.status_code, FRESH_KEY.sub(r"\1KEY", said)


def sign(client, clock, door, email) -> tuple[tuple[str, ...], object]:
    """Sign by one of the doors; returns what differs from form to form (key, token, address) and the answer."""
    key = secrets.token_urlsafe(18)
    token = token_in(client, door)
    clock.forward(seconds=3)
    fields = ANI | {"email": email, "key": key, "form_token": token, "locale": "en"}
    if door in JSON_DOORS:
        path, origin = JSON_DOORS[door]
        return (key, token, email), client.post(path, json=fields, headers={"Origin": origin})
    action = Page(client.get(FORMS[door])).action
    return (key, token, email), client.post(action, data=fields, headers={"Origin": BASE_URL})


def try_code(client, door, key):
    path, origin = CODE_DOORS[door]
    typed = {"key": key, "code": "00000000", "consent": "individual"}
    sent = {"data": typed} if door == "the page" else {"json": typed}
    return client.post(path, **sent, headers={"Origin": origin})


@pytest.mark.parametrize(("door", "status"), [*((door, 202) for door in JSON_DOORS), *((door, 200) for door in FORMS)])
def test_signing_is_answered_the_same(client, clock, addresses, door, status):
    answers = set()
    for email in addresses:
        sent, answer = sign(client, clock, door, email)
        answers.add(all_of(answer, *sent))

    assert [answer[0] for answer in answers] == [status]


@pytest.mark.parametrize("door", CODE_DOORS)
def test_a_wrong_code_is_answered_the_same_before_and_after_the_emails_go(client, clock, addresses, mails, door):
    keys = [sign(client, clock, "the widget", email)[0][0] for email in addresses]
    answers = {all_of(try_code(client, door, key), key) for key in keys}
    clock.forward(minutes=15)
    mails.deliver()
    answers |= {all_of(try_code(client, door, key), key) for key in keys}
    unknown = secrets.token_urlsafe(18)
    answers.add(all_of(try_code(client, door, unknown), unknown))

    assert [answer[0] for answer in answers] == [422]


def tell(db, statement, claim, sent, *, keys, **_: object) -> None:
    """What most do: say that somebody has signed already."""
    known = look(
        db,
        "SELECT id FROM signatures WHERE email_key = :key AND confirmed_at IS NOT NULL",
        key=keys.key(sent.email),
    )
    if known:
        raise KeyReused("this address has signed")


@pytest.mark.parametrize("door", [*JSON_DOORS, *FORMS])
def test_a_door_that_says_who_has_signed_is_caught_by_the_same_look(client, clock, addresses, monkeypatch, door):
    """The twin: the product's own doors before a verb that tells."""
    monkeypatch.setattr(sign_views, "sign", tell)
    answers = {all_of(answer, *sent) for sent, answer in (sign(client, clock, door, email) for email in addresses)}

    assert len({answer[0] for answer in answers}) == 2
