"""The CSV dump behind a bearer token: the same bytes as the command's, and one refusal for every wrong token."""

import json

import pytest

from server.config import read_settings
from server.exports import export_signatures
from server.exports.query import SIGNATURE_COLUMNS
from server.services.tokens import add_token, revoke_token
from server.web.downloads import NEXT_SINCE
from tests.conftest import environment
from tests.scene import look
from tests.web.scene import CSV, add_statement, newest_link, table_of


@pytest.fixture
def make_token(db, clock, statement):
    def make(name="machine", slug=None, scopes=("export",), expires_at=None):
        options = {"scopes": list(scopes), "slug": slug, "expires_at": expires_at}
        return add_token(db, name, **options, actor="test", now=clock())

    return make


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def signed(signer, context, client, clock):
    """Three confirmed signatures: an opted-in one, one that looks like a formula, and one that is held."""
    organisation = {"kind": "organisation", "organisation": "Pink NGO", "email": "mane@mail.example"}
    for fields in ({"newsletter": True}, {"name": '=1+1"a', "email": "b@x.example"}, organisation):
        assert signer.post(**fields).status_code == 202
        client.post(newest_link(context, now=clock()), data={"consent": "yes"})
    signer.post(name="Pending", email="pending@x.example")


def test_the_dump_is_what_the_command_prints(client, make_token, signed, db, clock):
    answer = client.get(CSV, headers=bearer(make_token()))
    printed = b"".join(export_signatures(db, "open-rivers", actor="cli", clock=clock).sent())

    assert answer.status_code == 200
    assert answer.data == printed
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.data.count(b"\r\n") == 4
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=open-rivers-signatures-2027-01-15.csv"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_dump_has_its_columns_and_everybody_who_confirmed(client, make_token, signed):
    rows = table_of(client.get(CSV, headers=bearer(make_token())))

    assert tuple(rows[0]) == SIGNATURE_COLUMNS
    assert [row["state"] for row in rows] == ["confirmed", "confirmed", "held"]
    assert [row["partner"] for row in rows] == ["river-watch"] * 3
    assert rows[0]["signed_at"].endswith("Z")
    assert not rows[1]["name"].startswith("=")


def test_no_address_leaves_by_this_door(client, make_token, signed, context, db, clock):
    """The twin shows that there are addresses that could leave."""

    def unseal(blob):
        return context.sealer.unseal(blob, purpose="contact")

    answer = client.get(CSV, headers=bearer(make_token()))

    assert [row["email"] for row in table_of(answer)] == ["", "", ""]
    assert b"@" not in answer.data
    assert len(look(db, "SELECT sealed FROM contacts JOIN signatures ON id = signature_id WHERE confirmed_at > 0")) == 2


def test_every_wrong_token_gets_the_same_refusal(client, make_token, db, clock):
    add_statement(db, "lakes", clock())
    expired, revoked = make_token("expired", expires_at=clock() + 10), make_token("revoked")
    revoke_token(db, "revoked", actor="test", now=clock())
    clock.forward(seconds=10)
    good = make_token("good")
    headers = [
        {},
        *({"Authorization": value} for value in ("", "Bearer", "Bearer ", f"Basic {good}", good, "Bearer\u00a0x")),
        *map(bearer, ("rubbish", "é", good[:-1], f"{good}x", expired, revoked)),
        bearer(make_token("of lakes", slug="lakes")),
        bearer(make_token("of another scope", scopes=["statistics"])),
    ]
    answers = [client.get(CSV, headers=header) for header in headers]
    answers.append(client.get(CSV.replace("open-rivers", "no-such"), headers=bearer(good)))

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json["code"] == "token-refused"
    assert answers[0].json["title"] == "This token does not give access to this page."
    assert client.get(CSV, headers=bearer(good)).status_code == 200


def test_a_token_in_the_address_opens_nothing(client, make_token):
    good = make_token()
    for query in (f"?token={good}", f"?access_token={good}", f"?Authorization=Bearer {good}"):
        assert client.get(CSV + query).status_code == 401


def test_a_token_of_this_statement_opens_this_statement_alone(client, make_token, db, clock):
    add_statement(db, "lakes", clock())
    token = make_token(slug="open-rivers")

    assert client.get(CSV, headers=bearer(token)).status_code == 200
    assert client.get(CSV.replace("open-rivers", "lakes"), headers=bearer(token)).status_code == 401


def test_the_journal_knows_who_pulled_and_what_was_sent(client, make_token, signed, db):
    assert client.get(CSV, headers=bearer(make_token("archive"))).data

    verbs = look(db, "SELECT actor, verb FROM journal WHERE verb LIKE 'export%' ORDER BY id")
    assert [(row["actor"], row["verb"]) for row in verbs] == [
        ("token:archive", "export.begin"),
        ("token:archive", "export.end"),
    ]
    assert look(db, "SELECT used_at FROM tokens")[0]["used_at"] is not None


def test_the_dump_says_how_long_it_is(client, make_token, signed):
    answer = client.get(CSV, headers=bearer(make_token()))

    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_dump_that_breaks_off_never_looks_whole(client, make_token, signed, db):
    """Streamed from the database, it would have begun with a 200."""
    token = make_token()
    with db.write() as tx:
        tx.run("ALTER TABLE partners RENAME TO partners_gone", {})

    answer = client.get(CSV, headers=bearer(token))

    assert answer.status_code == 500
    assert answer.json["code"] == "internal"


class TestTheDumpLimit:
    @pytest.fixture
    def settings(self, tmp_path):
        return read_settings(environment(tmp_path, UNDERSIGNED_LIMIT_DUMP="3 per hour"))

    def test_stands_before_guessing(self, client, make_token):
        good = make_token()
        statuses = [client.get(CSV, headers=bearer(f"guess{number}")).status_code for number in range(4)]
        answer = client.get(CSV, headers=bearer(good))

        assert statuses == [401, 401, 401, 429]
        assert (answer.status_code, answer.json["code"]) == (429, "too-many")
        assert int(answer.headers["Retry-After"]) > 0


JSONL = CSV.replace(".csv", ".jsonl")


def test_json_lines_hold_the_same_behind_the_same_door(client, make_token, signed):
    headers = bearer(make_token())
    answer = client.get(JSONL, headers=headers)

    table = table_of(client.get(CSV, headers=headers))
    assert [str(json.loads(line)["id"]) for line in answer.data.splitlines()] == [row["id"] for row in table]
    assert json.loads(answer.data.splitlines()[1])["name"] == '=1+1"a'
    assert answer.headers["Content-Disposition"] == "attachment; filename=open-rivers-signatures-2027-01-15.jsonl"
    assert client.get(JSONL).json["code"] == "token-refused"
    assert b"@" not in answer.data


def test_a_part_is_asked_for_in_the_address(client, make_token, signed):
    answer = client.get(f"{CSV}?columns=state,name&kind=organisation&partner=river-watch", headers=bearer(make_token()))

    assert answer.data.decode("utf-8-sig").splitlines() == ['"state","name"', '"held","Անի Գևորգյան"']
    assert NEXT_SINCE not in answer.headers


def test_a_nightly_pull_goes_on_where_the_one_before_ended(client, make_token, signed, signer, context, clock):
    headers = bearer(make_token())
    clock.forward(minutes=1)
    first = client.get(f"{CSV}?since=", headers=headers)
    clock.forward(hours=24)
    signer.post(name="Late", email="late@x.example")
    client.post(newest_link(context, now=clock()), data={"consent": "yes"})
    clock.forward(minutes=1)
    second = client.get(CSV, query_string={"since": first.headers[NEXT_SINCE]}, headers=headers)
    third = client.get(CSV, query_string={"since": second.headers[NEXT_SINCE]}, headers=headers)

    assert len(table_of(first)) == 3
    assert [row["name"] for row in table_of(second)] == ["Late"]
    assert table_of(third) == []
    assert third.headers[NEXT_SINCE] == second.headers[NEXT_SINCE]


def test_a_mark_cut_short_reversed_or_of_another_statement_is_refused(client, make_token, signed, db, clock):
    headers = bearer(make_token())
    add_statement(db, "lakes", now=clock())
    clock.forward(minutes=1)
    mark = client.get(f"{CSV}?since=", headers=headers).headers[NEXT_SINCE]
    of_lakes = client.get(f"{CSV.replace('open-rivers', 'lakes')}?since=", headers=headers).headers[NEXT_SINCE]
    at, number, checksum = mark.split("-")

    for wrong in (mark[:-1], f"{at}-{number}", at, f"{number}-{at}-{checksum}", mark[::-1], of_lakes):
        refused = client.get(CSV, query_string={"since": wrong}, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (400, "bad-request"), wrong
        assert "not a valid mark of this statement" in refused.json["detail"]
    assert client.get(CSV, query_string={"since": mark}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "query", ["since=yesterday", "columns=nonce", "kind=person", "state=held&since=", "partner=%00"]
)
def test_what_there_is_not_is_a_problem_and_nothing_is_journalled(client, make_token, db, query):
    headers = bearer(make_token())
    answers = [client.get(f"{path}?{query}", headers=headers) for path in (CSV, JSONL)]

    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(400, "bad-request")] * 2
    assert look(db, "SELECT id FROM journal WHERE verb LIKE 'export%'") == []


def test_a_machine_that_goes_away_is_in_the_journal(client, make_token, signed, db):
    answer = client.get(CSV, headers=bearer(make_token()), buffered=False)
    answer.close()

    verbs = [row["verb"] for row in look(db, "SELECT verb FROM journal WHERE verb LIKE 'export%' ORDER BY id")]
    assert verbs == ["export.begin", "export.broken"]


def test_whoever_only_asks_for_the_head_takes_nothing(client, make_token, signed, db):
    answer = client.head(JSONL, headers=bearer(make_token()))

    assert (answer.status_code, answer.data) == (200, b"")
    assert look(db, "SELECT id FROM journal WHERE verb LIKE 'export%'") == []
