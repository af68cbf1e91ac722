"""A dump on its way: the journal knows of it before its first byte, and afterwards what has left, or has not."""

import hashlib
import json

import pytest

from server.crypto.encryption import SealBroken
from server.exports.formats import Format
from server.exports.query import DumpChoice
from server.tables.signature_queries import DumpFilters
from tests.exports.exporting import begin, dump, export_lines, rows, unseal


def test_an_address_that_cannot_be_opened_stops_the_dump_before_its_journal_says_that_it_is_whole(scene):
    scene.signed(newsletter=True)
    scene.run("UPDATE contacts SET sealed = :broken", broken=b"nothing of ours")

    with pytest.raises(SealBroken):
        dump(scene, unseal=unseal(scene))

    assert [verb for verb, _, _ in export_lines(scene)] == ["export.begin-with-contacts", "export.broken"]


def test_the_journal_knows_of_it_before_the_first_byte_and_what_was_sent_after_the_last(scene):
    scene.signed()
    lines = begin(
        scene, DumpChoice(("name", "state"), DumpFilters(kind="individual")), actor="token:archive", reason="the vote"
    )
    [(verb, actor, after)] = export_lines(scene)
    assert (verb, actor) == ("export.begin", "token:archive")
    assert json.loads(after) == {
        "format": "csv",
        "contacts": False,
        "public": False,
        "columns": ["name", "state"],
        "filters": {"kind": "individual"},
    }
    assert scene.journal()[-1] == ("export.begin", "statement:open-rivers", "the vote")

    sent = b"".join(lines)

    assert len(rows(sent)) == 1
    verb, actor, after = export_lines(scene)[-1]
    assert (verb, actor) == ("export.end", "token:archive")
    [begun] = scene.rows("SELECT id FROM journal WHERE verb = 'export.begin'")
    assert json.loads(after) == {"rows": 1, "sha256": hashlib.sha256(sent).hexdigest(), "begun": begun["id"]}


def test_contacts_are_journalled_under_a_name_of_their_own(scene):
    dump(scene, unseal=unseal(scene))

    assert [verb for verb, _, _ in export_lines(scene)] == ["export.begin-with-contacts", "export.end"]


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_dump_that_breaks_off_says_so_in_the_journal_and_has_no_end(scene, taken):
    scene.signed()
    lines = begin(scene)
    for _ in range(taken):
        next(lines)
    lines.close()
    lines.close()

    assert [verb for verb, _, _ in export_lines(scene)] == ["export.begin", "export.broken"]
    assert json.loads(export_lines(scene)[-1][2])["rows"] == max(taken - 1, 0)


def test_a_dump_that_was_taken_whole_is_told_once_whatever_follows(scene):
    lines = begin(scene)
    assert len(list(lines)) == 1
    assert list(lines) == []
    lines.close()

    assert [verb for verb, _, _ in export_lines(scene)] == ["export.begin", "export.end"]


def test_a_full_disk_is_told_to_the_journal(scene):
    def full(rows):
        yield next(iter(rows))[0].encode()
        raise OSError("no space left on device")

    lines = begin(scene, as_format=Format("full", "csv", "text/csv", full))
    with pytest.raises(OSError, match="no space"):
        list(lines)

    assert [verb for verb, _, _ in export_lines(scene)] == ["export.begin", "export.broken"]


def test_an_empty_statement_has_a_header_and_a_journal_that_says_none(scene):
    dumped = dump(scene)

    assert rows(dumped) == []
    assert json.loads(export_lines(scene)[-1][2])["rows"] == 0
