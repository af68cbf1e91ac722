"""What the partners' door refuses: stale and foreign form tokens, and whatever is no submission."""

import io
import json
import secrets

import pytest

from tests.conftest import ANI, PARTNER
from tests.web.scene import SIGN, add_statement, kept

# The form token


def test_a_form_that_comes_back_too_fast_is_refused_and_may_come_again(client, signer, db):
    body = ANI | {"key": "k" * 16, "form_token": signer.form_token()}
    fast = client.post(SIGN, json=body)
    signer.clock.forward(seconds=2)
    patient = client.post(SIGN, json=body)

    assert (fast.status_code, fast.json["code"]) == (400, "form-too-fast")
    assert patient.status_code == 202
    assert kept(db) == [1, 1, 1, 1]


def test_a_form_that_lay_open_for_hours_needs_a_new_token(signer, clock, db):
    token = signer.form_token()
    clock.forward(hours=2, minutes=6)
    late = signer.post(form_token=token)

    assert (late.status_code, late.json["code"]) == (400, "form-token-expired")
    assert signer.post().status_code == 202


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c", "Ա", "\u202e", "." * 5000])
def test_a_form_token_that_is_not_ours_is_refused(signer, db, token):
    answer = signer.client.post(SIGN, json=ANI | {"key": "k" * 16, "form_token": token})

    assert (answer.status_code, answer.json["code"]) == (400, "form-token-bad")
    assert kept(db) == [0, 0, 0, 0]


def test_a_form_token_of_another_statement_or_purpose_is_refused(signer, client, db, clock, context):
    add_statement(db, "lakes", clock())
    of_lakes = client.get("/api/v1/statements/lakes").json["form_token"]
    of_a_link = context.links.confirm_token(1, secrets.token_bytes(16), now=clock())

    for token in (of_lakes, of_a_link):
        answer = signer.post(form_token=token)
        assert (answer.status_code, answer.json["code"]) == (400, "form-token-bad")
    assert kept(db) == [0, 0, 0, 0]


# What is no submission

OBJECT = json.dumps(ANI | {"key": "k" * 16})[1:-1]
NO_SUBMISSIONS = {
    "a megabyte": (b'{"comment":"' + b"x" * 1_000_000 + b'"}', 413),
    "one byte too many": (b" " * (16 * 1024 + 1), 413),
    "a nested bomb": (b"[" * 8000 + b"]" * 8000, 400),
    "a nested object": (b'{"name":' * 1500 + b"1" + b"}" * 1500, 400),
    "a lone surrogate": (b'{"name":"\\ud800"}', 400),
    "a surrogate in UTF-8": (b'{"name":"\xed\xa0\x80"}', 400),
    "NUL": (b'{"name":"a\\u0000b"}', 400),
    "thirty digits": (b'{"name":123456789012345678901234567890}', 400),
    "NaN": (b'{"name":NaN}', 400),
    "a duplicate key": (b'{"name":"a","name":"b"}', 400),
    "null": (b"null", 400),
    "an array": (b"[]", 400),
    "a string": (b'"name"', 400),
    "nothing": (b"", 400),
    "half of it": (b'{"name":"', 400),
    "UTF-16": ('{"name":"a"}'.encode("utf-16"), 400),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400),
    "overlong UTF-8": (b'{"name":"\xc0\xaf"}', 400),
    "a list as a name": (b'{"name":["a"]}', 400),
    "an unknown key": (b'{"partner":"river-watch"}', 400),
}


@pytest.mark.parametrize(("body", "status"), NO_SUBMISSIONS.values(), ids=NO_SUBMISSIONS.keys())
def test_what_is_no_submission_is_refused_with_a_problem(client, statement, db, body, status):
    answer = client.post(SIGN, data=body, content_type="application/json", headers={"Origin": PARTNER})

    assert (answer.status_code, answer.json["status"], answer.mimetype) == (status, status, "application/problem+json")
    assert answer.json["code"] == {400: "bad-request", 413: "too-large"}[status]
    assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
    assert kept(db) == [0, 0, 0, 0]


def test_a_megabyte_in_pieces_without_a_length_is_refused_too(client, statement, db):
    pieces = io.BytesIO(b'{"comment":"' + b"x" * 1_000_000)
    answer = client.post(
        SIGN,
        input_stream=pieces,
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert (answer.status_code, answer.json["code"]) == (413, "too-large")
    assert pieces.tell() < 64 * 1024


@pytest.mark.parametrize(
    "content_type",
    [
        *(None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
        *("application/json; charset=utf-16", "application/json, text/plain", "application/problem+json", "text/json"),
    ],
)
def test_only_json_that_says_so_is_read(client, signer, db, content_type):
    body = json.dumps(ANI | {"key": "k" * 16, "form_token": signer.form_token()})
    signer.clock.forward(seconds=3)
    answer = client.post(SIGN, data=body, content_type=content_type, headers={"Origin": PARTNER})

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported-media-type")
    assert kept(db) == [0, 0, 0, 0]


@pytest.mark.parametrize("local", ["=?utf-8?q?evil?=", "=?utf-8?Q?a=2cb?=", "=?utf-8?b?ZXZpbA==?=", "a=?x?q?b?="])
def test_an_address_that_our_emails_could_not_name_is_refused(signer, db, local):
    answer = signer.post(email=f"{local}@x.example")

    assert (answer.status_code, answer.json["fields"]) == (422, {"email": ["not-an-address"]})
    assert kept(db) == [0, 0, 0, 0]


def test_every_field_says_what_is_wrong_with_it(signer, db):
    answer = signer.post(name=" ", email="nobody", title="Po\u202eet", country="Atlantis", visibility="secret")

    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert answer.json["fields"] == {
        "name": ["required"],
        "email": ["not-an-address"],
        "title": ["control-characters"],
        "country": ["not-a-choice"],
        "visibility": ["not-a-choice"],
    }
    assert kept(db) == [0, 0, 0, 0]


def test_a_problem_speaks_the_language_that_was_asked_for(signer):
    english, french = (signer.client.post(f"{SIGN}?locale={locale}", json={}).json for locale in ("en", "fr"))

    assert english["code"] == french["code"] == "form-token-bad"
    assert english["title"] != french["title"]
