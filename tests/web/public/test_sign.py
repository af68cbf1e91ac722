"""The post of a signature at the partners' door: who may, once for each key, with one answer for every address."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.config import read_settings
from server.db.sqlite import sqlite3
from server.services import partners, statements
from tests.conftest import ANI, BASE_URL, NOW, PARTNER, environment
from tests.scene import look
from tests.web.scene import NO_LIMITS, PAGE, SIGN, add_statement, everything, headers_of, kept


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
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    answer = signer.post(form_token=token)

    assert (answer.status_code, answer.json["code"]) == (409, "statement-closed")
    assert kept(db) == [0, 0, 0, 0]


def test_a_statement_takes_no_signature_before_its_day(client, db, clock, context):
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


# Through whom


def partner_of_newest(db):
    sql = "SELECT slug FROM signatures LEFT JOIN partners ON partners.id = partner_id ORDER BY signatures.id DESC"
    return look(db, sql)[0]["slug"]


@pytest.fixture
def lake_watch(db, statement, clock):
    """A second partner, with a page of its own and one that it shares with River Watch."""
    origins = ["https://lakes.example", PARTNER]
    partners.add_partner(db, "open-rivers", "lake-watch", name="Lake Watch", origins=origins, actor="test", now=clock())


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


@pytest.mark.sqlite
def test_an_unusable_database_answers_503_and_the_same_request_works_later(signer, context, db, tmp_path):
    context.db._writer().execute("PRAGMA busy_timeout = 20")
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


@pytest.mark.sqlite
def test_a_full_disk_answers_503_keeps_reading_and_recovers(signer, context, db, client):
    connection = context.db._writer()
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
