"""The journal in a shell: any change is found, a cut-off end too by who kept a line, and it is exported whole."""

import hashlib
import json
import re

import pytest

from tests.cli.shell import rows
from tests.scene import JOURNAL, look
from tests.tables.rows import write_journal
from tests.tampering import tamper
from tests.web.scene import add_statement

LINE = re.compile(r"^(\d+):([0-9a-f]{64})$", re.MULTILINE)


@pytest.fixture
def kept(undersigned, statement) -> str:
    """What `verify` printed once, and somebody wrote down."""
    found = LINE.search(undersigned("journal", "verify").stdout)
    assert found
    return found[0]


def exported(undersigned, *options: str) -> list[dict]:
    return [json.loads(line) for line in undersigned("journal", "export", *options).stdout.splitlines()]


def test_a_whole_journal_is_whole_and_its_newest_row_is_printed(undersigned, kept, db):
    [newest] = look(db, "SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1")

    assert undersigned("journal", "verify").exit_code == 0
    assert kept == f"{newest['id']}:{bytes(newest['hash']).hex()}"


def test_an_empty_journal_is_whole(undersigned):
    assert undersigned("journal", "verify").stdout == "the journal is empty\n"


def test_a_changed_row_is_named(undersigned, statement, db):
    tamper(db, "UPDATE journal SET actor = 'somebody else' WHERE id = 2")

    refused = undersigned("journal", "verify")

    assert (refused.exit_code, refused.stderr) == (1, "Error: the journal was changed at row 2\n")


def test_what_was_kept_is_still_there_when_more_was_written(undersigned, kept, db, clock):
    add_statement(db, "lakes", clock())

    for expected in (kept, kept.partition(":")[2]):
        assert undersigned("journal", "verify", "--expect", expected).exit_code == 0


def test_a_cut_off_end_is_seen_by_what_was_kept_and_by_nothing_else(undersigned, kept, db):
    last = kept.partition(":")[0]
    tamper(db, f"DELETE FROM journal_details WHERE journal_id = {last}", f"DELETE FROM journal WHERE id = {last}")

    assert undersigned("journal", "verify").exit_code == 0, "the twin: from inside nothing is missing"
    refused = undersigned("journal", "verify", "--expect", kept)
    assert refused.exit_code == 1
    assert "is not in the journal" in refused.stderr


def test_a_journal_that_was_written_anew_is_seen(undersigned, kept, db, clock):
    tamper(db, "DELETE FROM journal_details", "DELETE FROM journal")
    for _ in range(int(kept.partition(":")[0])):
        with db.write() as tx:
            write_journal(tx, "x", actor="a thief", subject="s", now=clock())

    assert undersigned("journal", "verify").exit_code == 0
    assert undersigned("journal", "verify", "--expect", kept).exit_code == 1


@pytest.mark.parametrize("nonsense", ["", "7", "7:abc", "x:" + "0" * 64, "0" * 63])
def test_what_verify_never_printed_is_refused(undersigned, statement, nonsense):
    assert undersigned("journal", "verify", "--expect", nonsense).exit_code == 2


def test_the_list_says_what_was_done_last_first(undersigned, statement, signed):
    signed()
    listed = rows(undersigned("journal", "list").stdout)

    assert [(who, what, about) for _, _, who, what, about, *_ in listed][-1] == (
        "test",
        "statement.text",
        "statement:open-rivers",
    )
    assert [int(line[0]) for line in listed] == sorted((int(line[0]) for line in listed), reverse=True)
    assert len(rows(undersigned("journal", "list", "--most", "1").stdout)) == 1


def test_the_list_of_a_statement_has_nothing_of_another(undersigned, statement, db, clock):
    add_statement(db, "lakes", clock())

    assert {line[4] for line in rows(undersigned("journal", "list", "--statement", "lakes").stdout)} == {
        "statement:lakes"
    }


def test_the_export_can_be_verified_elsewhere(undersigned, statement):
    told = exported(undersigned)
    previous = "0" * 64
    for row in told:
        details = [row["before"], row["after"], *([row["reason"]] if row["reason"] is not None else [])]
        digest = hashlib.sha256(bytes.fromhex(row["salt"]) + json.dumps(details).encode())
        chained = [previous, *(row[name] for name in ("id", "at", "actor", "verb", "subject", "chained_reason"))]
        chained += [digest.hexdigest(), *([row["statement_id"]] if row["statement_id"] is not None else [])]
        previous = hashlib.sha256(json.dumps(chained).encode()).hexdigest()
        assert row["hash"] == previous

    assert [row["id"] for row in told] == list(range(1, len(told) + 1))
    assert len(told) >= 4


def test_the_export_is_journalled_before_its_first_byte_and_after_its_last(undersigned, statement, db):
    printed = undersigned("journal", "export").stdout

    [begun, ended] = look(db, f"{JOURNAL} ORDER BY id DESC LIMIT 2")[::-1]
    assert (begun["actor"], begun["verb"], ended["verb"]) == ("cli", "journal.export", "journal.exported")
    assert json.loads(ended["after"]) == {
        "rows": len(printed.splitlines()),
        "sha256": hashlib.sha256(printed.encode()).hexdigest(),
        "begun": begun["id"],
    }


def test_an_export_goes_on_where_an_earlier_one_ended(undersigned, statement):
    earlier = exported(undersigned)

    later = exported(undersigned, "--since", str(earlier[-1]["id"]))

    assert [row["verb"] for row in later] == ["journal.export", "journal.exported"]


def test_an_export_of_a_statement_has_nothing_of_another(undersigned, statement, db, clock):
    add_statement(db, "lakes", clock())

    assert {row["subject"] for row in exported(undersigned, "--statement", "lakes")} == {"statement:lakes"}
    assert undersigned("journal", "export", "--statement", "nowhere").exit_code == 1


@pytest.mark.parametrize("since", [-1, 2**63])
def test_an_id_that_no_row_can_have_is_refused(undersigned, statement, since):
    assert undersigned("journal", "export", "--since", since).exit_code == 2
