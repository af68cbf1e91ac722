"""The post of a signature at the partners' door: who may, what comes in, and that every address gets one answer."""

import io
import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.actions import moderate, publish
from server.actions.access import add_token
from server.config import read_settings
from server.records import suppressions
from server.storage.sqlite import sqlite3
from tests.conftest import ANI, BASE_URL, NOW, PARTNER, environment
from tests.web.scene import (
    CSV,
    LIST,
    NO_LIMITS,
    PAGE,
    SIGN,
    add_statement,
    count,
    everything,
    headers_of,
    look,
    newest_link,
    table_of,
)

NAMES = (
    *("Անի Գևորգյան", "Հակոբ Ֆելեքյան", "გიორგი ბერიძე", "İlham Əliyev", "Ёлкин Артём", "Їжакевич Ґалина"),
    *("ישראל כהן", "محمد علي", "علی‌رضا", "नरेन्द्र सिंह", "ন্যান্সি", "தமிழ்ச்செல்வி", "សុខ សំណាង", "สมชาย ใจดี", "王小明"),
    *(
        "山田 太郎",
        "김민준",
        "Nguyễn Thị Hồng",
        "O’Brien-Müller",
        "Şükrü Işık",
        "ሰላማዊት",
        "ᏣᎳᎩ",
        "“Pink” human rights NGO",
    ),
)


@pytest.fixture
def settings(tmp_path):
    return read_settings(environment(tmp_path, **NO_LIMITS))


def kept(db):
    return [count(db, table) for table in ("signatures", "outbox", "contacts", "submissions")]


# One answer for every address


def test_every_address_gets_the_same_answer_to_the_byte(signer, confirmed, services, db, clock, client):
    """New, pending, confirmed, held, removed, suppressed, and past its budget of emails."""

    def signed_by(email):
        assert signer.post(email=email, name=email.partition("@")[0]).status_code == 202
        link = newest_link(services, now=clock())
        client.post(link, data={"consent": "yes"})
        return int(look(db, "SELECT max(id) AS id FROM signatures")[0]["id"])

    held, removed = signed_by("held@rivers.example"), signed_by("removed@rivers.example")
    moderate.hold(db, "open-rivers", held, actor="test", reason=None, now=clock())
    moderate.remove(db, "open-rivers", removed, actor="test", reason=None, now=clock())
    signer.post(email="pending@rivers.example")
    with db.write() as tx:
        stopped = services.keys.key("stopped@rivers.example")
        suppressions.add(tx, email_key=stopped, statement_id=0, reason="asked", now=clock())
    for _ in range(6):
        signer.post(email="bombed@rivers.example")

    answers = [
        signer.post(email=f"{who}@rivers.example")
        for who in ("new", "pending", "ani", "held", "removed", "stopped", "bombed")
    ]

    assert {answer.data for answer in answers} == {b'{"state": "pending"}'}
    assert len({(answer.status_code, *headers_of(answer)) for answer in answers}) == 1


def test_every_address_makes_the_same_rows(signer, confirmed, db):
    before = kept(db)
    signer.post(email="new@rivers.example")
    after_new = kept(db)
    signer.post(email="ani@rivers.example")

    made_by_new = [new - old for new, old in zip(after_new, before, strict=True)]
    made_by_known = [new - old for new, old in zip(kept(db), after_new, strict=True)]
    assert made_by_new == made_by_known == [1, 1, 1, 1]


# A retry


def test_a_retry_with_the_same_key_is_answered_the_same_and_signs_once(signer, db):
    token = signer.form_token()
    first = signer.post(key="0123456789abcdef", form_token=token)
    again = signer.post(key="0123456789abcdef", form_token=signer.form_token())

    assert (again.status_code, again.data, headers_of(again)) == (first.status_code, first.data, headers_of(first))
    assert kept(db) == [1, 1, 1, 1]


def test_the_same_key_with_another_submission_is_refused(signer, db):
    signer.post(key="0123456789abcdef")
    answer = signer.post(key="0123456789abcdef", name="Somebody Else")

    assert (answer.status_code, answer.json["code"]) == (409, "key-reused")
    assert kept(db) == [1, 1, 1, 1]


def test_a_double_click_signs_once(app, signer, clock, db):
    body = ANI | {"key": "0123456789abcdef", "form_token": signer.form_token()}
    clock.forward(seconds=3)

    def click(_):
        return app.test_client().post(SIGN, json=body, headers={"Origin": PARTNER}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(click, range(16))) == {202}
    assert kept(db) == [1, 1, 1, 1]


def test_two_tabs_send_one_email(signer, mails):
    signer.post()
    signer.post()
    mails.deliver()

    assert len(mails.links()) == 1


# The statement


def test_a_closed_statement_takes_no_signature(signer, db, clock):
    token = signer.form_token()
    publish.close_statement(db, "open-rivers", actor="test", now=clock())
    answer = signer.post(form_token=token)

    assert (answer.status_code, answer.json["code"]) == (409, "statement-closed")
    assert kept(db) == [0, 0, 0, 0]


def test_a_statement_takes_no_signature_before_its_day(client, db, clock, services):
    add_statement(db, "lakes", clock(), opens="2030-01-01T10:00:00Z")
    token = client.get("/api/v1/statements/lakes").json["form_token"]
    clock.forward(seconds=5)
    answer = client.post("/api/v1/statements/lakes/signatures", json=ANI | {"form_token": token, "key": "k" * 16})

    assert (answer.status_code, answer.json["code"]) == (409, "statement-not-open")
    assert kept(db) == [0, 0, 0, 0]


@pytest.mark.parametrize("slug", ["no-such-thing", "draft", "%00", "%ED%A0%80", "x" * 3000])
def test_an_unknown_statement_and_a_draft_look_alike(client, db, clock, slug):
    add_statement(db, "draft", clock(), opened=False)
    answer = client.post(f"/api/v1/statements/{slug}/signatures", json=ANI)

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


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


def test_a_form_token_of_another_statement_or_purpose_is_refused(signer, client, db, clock, services):
    add_statement(db, "lakes", clock())
    of_lakes = client.get("/api/v1/statements/lakes").json["form_token"]
    of_a_link = services.links.confirm_token(1, secrets.token_bytes(16), now=clock())

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


def test_every_field_says_what_is_wrong_with_it(signer, db):
    answer = signer.post(name=" ", email="nobody", title="\u202ePoet", country="Atlantis", visibility="secret")

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


# What comes out again is what came in


def confirm_newest(client, services, clock):
    return client.post(newest_link(services, now=clock()), data={"consent": "yes"})


def test_names_of_many_scripts_come_out_byte_for_byte(signer, client, services, clock, token):
    for number, name in enumerate(NAMES):
        assert signer.post(name=name, email=f"signer{number}@rivers.example").status_code == 202, name
        assert confirm_newest(client, services, clock).status_code == 303

    listed = client.get(LIST)
    assert [line["name"] for line in listed.json["signatories"]] == list(NAMES)
    page = client.get(PAGE).data
    dump = client.get(CSV, headers=token)
    assert [row["name"] for row in table_of(dump)] == list(NAMES)
    for name in NAMES:
        assert name.encode() in listed.data
        assert name.encode() in page
        assert name.replace('"', '""').encode() in dump.data


@pytest.fixture
def token(db, clock):
    secret = add_token(db, "test", scopes=["export"], slug=None, expires_at=None, actor="test", now=clock())
    return {"Authorization": f"Bearer {secret}"}


def test_markup_stays_text_wherever_it_is_shown(signer, client, services, clock, token):
    name, comment = "Ani <img src=x onerror=alert(1)>", "</p><script>alert('&amp;')</script>"
    signer.post(name=name, title='"><b>Poet', comment=comment)
    asked = client.get(newest_link(services, now=clock())).get_data(as_text=True)
    confirm_newest(client, services, clock)
    page = client.get(PAGE).get_data(as_text=True)

    for html in (asked, page):
        assert "<img" not in html
        assert "<script" not in html
        assert "<b>" not in html
        assert "Ani &lt;img src=x onerror=alert(1)&gt;" in html
    [line] = client.get(LIST).json["signatories"]
    assert (line["name"], line["comment"]) == (name, comment)
    [row] = table_of(client.get(CSV, headers=token))
    assert (row["name"], row["comment"]) == (name, comment)


def test_markup_stays_text_where_a_name_is_a_link(signer, client, services, clock):
    signer.post(
        kind="organisation",
        organisation="Pink <script>alert(1)</script>",
        website='https://pink.example/?a="><script>',
        email="mane@pink.example",
    )
    asked = client.get(newest_link(services, now=clock())).get_data(as_text=True)
    assert confirm_newest(client, services, clock).status_code == 303

    for html in (asked, client.get(PAGE).get_data(as_text=True)):
        assert "<script" not in html
        assert "Pink &lt;script&gt;" in html
        assert 'href="https://pink.example/' in html


def test_an_address_leaves_by_no_door(signer, client, services, clock, token):
    signer.post(newsletter=True)
    asked = client.get(newest_link(services, now=clock()))
    thanked = confirm_newest(client, services, clock)

    for answer in (asked, thanked, client.get(thanked.location), client.get(PAGE), client.get(LIST)):
        assert b"ani@rivers.example" not in answer.data
    assert b"ani@rivers.example" not in client.get(CSV, headers=token).data


def test_a_country_is_written_in_the_language_of_the_reader(signer, client, services, clock, token):
    signer.post(country="AM", locale="fr")
    confirm_newest(client, services, clock)

    named = {locale: client.get(f"{LIST}?locale={locale}").json["signatories"][0]["country"] for locale in ("en", "fr")}
    assert named == {"en": "Armenia", "fr": "Arménie"}
    assert "Arménie" in client.get(f"{PAGE}?locale=fr").get_data(as_text=True)
    assert table_of(client.get(CSV, headers=token))[0]["country"] == "AM"


# Through whom


def partner_of_newest(db):
    sql = "SELECT slug FROM signatures LEFT JOIN partners ON partners.id = partner_id ORDER BY signatures.id DESC"
    return look(db, sql)[0]["slug"]


@pytest.fixture
def lake_watch(db, statement, clock):
    """A second partner, with a page of its own and one that it shares with River Watch."""
    origins = ["https://lakes.example", PARTNER]
    publish.add_partner(db, "open-rivers", "lake-watch", name="Lake Watch", origins=origins, actor="test", now=clock())


@pytest.mark.parametrize(
    ("said", "origin", "credited"),
    [
        ("river-watch", PARTNER, "river-watch"),
        ("lake-watch", PARTNER, "lake-watch"),
        ("river-watch", "https://lakes.example", "lake-watch"),
        ("nobody", "https://lakes.example", "lake-watch"),
        ("lake-watch", BASE_URL, "lake-watch"),
        ("nobody", BASE_URL, None),
        ("river-watch", None, "river-watch"),
    ],
)
def test_the_page_that_posted_is_credited_and_the_token_where_it_leaves_a_choice(
    signer, lake_watch, db, said, origin, credited
):
    assert signer.post(form_token=signer.form_token(partner=said), origin=origin).status_code == 202
    assert partner_of_newest(db) == credited


# Limits and faults


def test_an_unusable_database_answers_503_and_the_same_request_works_later(signer, services, db, tmp_path):
    services.db._connection().execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / "undersigned.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    token = signer.form_token()
    busy = signer.post(key="0123456789abcdef", form_token=token)
    other.execute("ROLLBACK")
    other.close()
    again = signer.post(key="0123456789abcdef", form_token=token)

    assert (busy.status_code, busy.json["code"], busy.headers["Retry-After"]) == (503, "unavailable", "5")
    assert busy.headers["Access-Control-Allow-Origin"] == PARTNER
    assert again.status_code == 202
    assert kept(db) == [1, 1, 1, 1]


def test_a_full_disk_answers_503_keeps_reading_and_recovers(signer, services, db, client):
    connection = services.db._connection()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    answers = [signer.post(comment="x" * 1900) for _ in range(20)]
    statuses = [answer.status_code for answer in answers]

    assert statuses[-1] == 503
    assert set(statuses) <= {202, 503}
    assert answers[-1].headers["Retry-After"] == "5"
    assert kept(db) == [statuses.count(202)] * 4
    assert client.get(PAGE).status_code == 200
    connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
    assert signer.post().status_code == 202


class TestTheSignLimit:
    @pytest.fixture
    def settings(self, tmp_path):
        limits = NO_LIMITS | {"UNDERSIGNED_LIMIT_SIGN": "3 per hour"}
        return read_settings(environment(tmp_path, **limits))

    def test_counts_what_was_accepted_and_says_when_to_come_again(self, signer, db):
        refused = [signer.post(email="nobody").status_code for _ in range(5)]
        accepted = [signer.post().status_code for _ in range(3)]
        one_too_many = signer.post()

        assert refused == [422] * 5
        assert accepted == [202] * 3
        assert (one_too_many.status_code, one_too_many.json["code"]) == (429, "too-many")
        assert 1 <= int(one_too_many.headers["Retry-After"]) <= 3600
        assert one_too_many.headers["Access-Control-Allow-Origin"] == PARTNER
        assert "Retry-After" in one_too_many.headers["Access-Control-Expose-Headers"]
        assert kept(db) == [3, 3, 3, 3]


def test_reading_and_asking_change_nothing(signer, client, db):
    signer.post()
    before = everything(db)
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
        client.open(SIGN, method=method, json=ANI)

    assert everything(db) == before
    assert look(db, "SELECT signed_at FROM signatures")[0]["signed_at"] >= NOW
