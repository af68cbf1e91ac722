"""The dump at the desk: each role takes what it may, and addresses need a fresh code and a reason."""

import csv
import io
import json

import pytest

from server.config import read_settings
from server.exports.query import PUBLIC_COLUMNS, SIGNATURE_COLUMNS
from server.web.admin.exports import TICKABLE_COLUMNS
from tests.conftest import environment
from tests.scene import JOURNAL, RIVER_NEWS, UNPROVED, look, run
from tests.web.reading import Page
from tests.web.scene import NO_LIMITS

DUMP = "/admin/statements/open-rivers/dump"
ALL = {"format": "csv", "columns": list(TICKABLE_COLUMNS)}


@pytest.fixture
def signed(scene) -> None:
    """Ani, who wants news; Aram, who is only counted; an organisation that waits."""
    scene.signed(newsletter=True)
    scene.signed(email="aram@rivers.example", name="Aram Secret", visibility="counted")
    scene.signed(**UNPROVED)


def read(answer, delimiter=",") -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def told(db) -> list[tuple[str, str, str | None]]:
    rows = look(db, f"{JOURNAL} WHERE verb LIKE 'export.%' ORDER BY id")
    return [(row["verb"], row["actor"], row["reason"]) for row in rows]


def test_each_role_is_offered_what_it_may_take(viewer, moderator, owner):
    assert viewer.get(DUMP).actions[1:] == [f"{DUMP}/public"]
    assert moderator.get(DUMP).actions[1:] == [f"{DUMP}/public", f"{DUMP}/signatures"]
    assert owner.get(DUMP).actions[1:] == [f"{DUMP}/public", f"{DUMP}/signatures", f"{DUMP}/subscribers"]
    assert "code" not in moderator.get(DUMP).fields
    assert ("Export", DUMP) in viewer.get(DUMP).links


def test_a_viewer_takes_the_public_list_and_nothing_else(viewer, signed, db):
    answer = viewer.post(f"{DUMP}/public", {"format": "csv", "kind": ""})

    [row] = read(answer)
    assert (tuple(row), row["name"]) == (PUBLIC_COLUMNS, "Ani")
    assert answer.headers["Content-Disposition"] == "attachment; filename=open-rivers-signatories-2027-01-15.csv"
    assert told(db) == [("export.begin-public", "admin:vera", None), ("export.end", "admin:vera", None)]


def test_a_moderator_takes_all_signatures_without_addresses(moderator, signed, db):
    answer = moderator.post(f"{DUMP}/signatures", ALL)

    rows = read(answer)
    assert tuple(rows[0]) == TICKABLE_COLUMNS
    assert [row["name"] for row in rows] == ["Ani", "Aram Secret", "Maro"]
    assert b"@" not in answer.data
    assert [verb for verb, _, _ in told(db)] == ["export.begin", "export.end"]


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({"state": "held"}, ["Maro"]),
        ({"kind": "individual"}, ["Ani", "Aram Secret"]),
        ({"partner": "river-watch"}, []),
        ({"from": "2027-01-16"}, []),
        ({"from": "2027-01-15", "until": "2027-01-15", "locale": "en"}, ["Ani", "Aram Secret", "Maro"]),
    ],
)
def test_a_part_can_be_taken(moderator, signed, chosen, names):
    answer = moderator.post(f"{DUMP}/signatures", {**ALL, "columns": ["state", "name"], **chosen})

    assert answer.data.startswith(b'\xef\xbb\xbf"name","state"\r\n')
    assert [row["name"] for row in read(answer)] == names


def test_the_file_comes_in_every_format(moderator, signed):
    answers = {
        name: moderator.post(f"{DUMP}/signatures", {**ALL, "format": name})
        for name in ("csv-semicolon", "xlsx", "jsonl")
    }

    assert len(read(answers["csv-semicolon"], ";")) == 3
    assert answers["xlsx"].data.startswith(b"PK")
    assert [json.loads(line)["id"] for line in answers["jsonl"].data.splitlines()] == [1, 2, 3]
    assert [answer.headers["Content-Disposition"][-4:] for answer in answers.values()] == [".csv", "xlsx", "sonl"]


def test_an_owner_takes_addresses_with_a_reason_and_a_fresh_code(owner, signed, db, clock):
    proof = {"reason": "Letter to the minister", "code": owner.code(clock())}

    answer = owner.post(f"{DUMP}/contacts", {**ALL, **proof})
    assert answer.headers["Content-Disposition"] == "attachment; filename=open-rivers-contacts-2027-01-15.csv"

    rows = read(answer)
    assert tuple(rows[0]) == SIGNATURE_COLUMNS
    assert [row["email"] for row in rows] == ["ani@rivers.example", "", "maro@gmail.com"]
    assert told(db) == [
        ("export.begin-with-contacts", "admin:olga", "Letter to the minister"),
        ("export.end", "admin:olga", None),
    ]
    again = owner.post(f"{DUMP}/contacts", {**ALL, **proof})
    assert again.status_code == 422


@pytest.mark.parametrize(("timezone", "day"), [("Pacific/Pago_Pago", "2027-01-14"), (None, "2027-01-15")])
def test_a_file_has_the_day_of_the_statements_own_clock_in_its_name(owner, signed, db, timezone, day):
    """It is 8 o'clock UTC on the 15th."""
    run(db, "UPDATE statements SET timezone = :timezone", timezone=timezone)

    answer = owner.post(f"{DUMP}/signatures", {**ALL, "format": "jsonl"})

    assert answer.headers["Content-Disposition"] == f"attachment; filename=open-rivers-signatures-{day}.jsonl"


@pytest.mark.parametrize("door", ["contacts", "subscribers"])
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"reason": "", "code": "right"}, "Please fill this in."),
        ({"reason": "  ", "code": "right"}, "Please fill this in."),
        ({"reason": "x" * 501, "code": "right"}, "This is too long. Use at most 500 characters."),
        ({"reason": "a\u0007b", "code": "right"}, "This contains invisible characters."),
        ({"reason": "News", "code": "000000"}, "That is not the code"),
        ({"reason": "News", "code": ""}, "That is not the code"),
        ({"reason": "News"}, "That is not the code"),
    ],
)
def test_without_a_reason_or_a_fresh_code_no_address_leaves(owner, signed, db, clock, door, typed, words):
    right = owner.code(clock())
    answer = owner.post(
        f"{DUMP}/{door}", {**ALL, **{key: value.replace("right", right) for key, value in typed.items()}}
    )

    assert answer.status_code == 422
    assert words in Page(answer).words
    assert b"@rivers" not in answer.data
    assert told(db) == []
    proof = {"reason": "News", "code": right}
    assert (
        owner.post(f"{DUMP}/{door}", {**ALL, **proof}).status_code == 200
    )  # a refusal for want of a reason used none up


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"from": "yesterday"}, "Enter a date such as"),
        ({"until": "2027-02-30"}, "Enter a date such as"),
        ({"columns": []}, "Tick at least one column."),
        ({"columns": ["nonce"]}, "Tick at least one column."),
        ({"format": "pdf"}, "That is not one of the choices."),
        ({"kind": "person"}, "That is not one of the choices."),
    ],
)
def test_what_there_is_not_is_said_and_what_was_typed_stays(moderator, db, typed, words):
    answer = moderator.post(f"{DUMP}/signatures", {**ALL, "locale": "fr", **typed})

    assert answer.status_code == 422
    page = Page(answer)
    assert words in page.words
    assert told(db) == []
    assert ("option", {"value": "fr", "selected": None}) in page.tags


def test_who_asked_for_news_is_exported_for_the_organiser_and_for_a_partner(owner, scene, clock):
    scene.signed(newsletter=True, email="ours@rivers.example")
    scene.through_partner.signed(partner_newsletter=RIVER_NEWS, email="theirs@rivers.example")

    found = {}
    for partner in ("", "river-watch"):
        proof = {"reason": "News", "code": owner.code(clock()), "format": "csv", "partner": partner}
        found[partner] = [row["email"] for row in read(owner.post(f"{DUMP}/subscribers", proof))]
        clock.forward(minutes=1)

    assert found == {"": ["ours@rivers.example"], "river-watch": ["theirs@rivers.example"]}
    wrong = {"reason": "News", "code": owner.code(clock()), "format": "csv", "partner": "nobody"}
    assert owner.post(f"{DUMP}/subscribers", wrong).status_code == 422


def test_a_browser_that_goes_away_is_in_the_journal(owner, signed, db):
    answer = owner.post(f"{DUMP}/signatures", ALL, buffered=False)
    assert told(db)[-1][0] == "export.begin"
    answer.close()

    assert [verb for verb, _, _ in told(db)] == ["export.begin", "export.broken"]


def test_a_full_disk_is_answered_and_in_the_journal(owner, signed, db, monkeypatch):
    monkeypatch.setattr("server.web.downloads.TemporaryFile", _Full)
    answer = owner.post(f"{DUMP}/signatures", ALL)

    assert answer.status_code == 503
    assert [verb for verb, _, _ in told(db)] == ["export.begin", "export.broken"]


class _Full(io.BytesIO):
    def writelines(self, lines):
        for _ in lines:
            raise OSError(28, "No space left on device")


class TestGuesses:
    @pytest.fixture
    def settings(self, tmp_path):
        limits = {**NO_LIMITS, "UNDERSIGNED_LIMIT_ACCOUNT": "2 per hour"}
        return read_settings(environment(tmp_path, **limits))

    def test_codes_are_counted_by_admin(self, owner, signed, clock):
        guess = {**ALL, "reason": "News", "code": "000000"}
        statuses = [owner.post(f"{DUMP}/contacts", guess).status_code for _ in range(3)]

        assert statuses == [422, 422, 429]
        assert owner.post(f"{DUMP}/contacts", {**guess, "code": owner.code(clock())}).status_code == 429
