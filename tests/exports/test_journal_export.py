"""The journal on its way: whole and told so, or broken off and told that, as any table that leaves."""

import hashlib
import json

import pytest

from server.errors import NotFound
from server.exports import JOURNAL_COLUMNS, ExportStream, export_journal
from server.tables import journal
from tests.scene import JOURNAL, Scene
from tests.tampering import tamper


def begin(scene: Scene, slug: str | None = None, *, since: int = 0) -> ExportStream:
    """The bytes on their way."""
    return export_journal(scene.db, slug, since=since, actor="kate", clock=scene.clock).sent()


def told(scene: Scene) -> list[tuple[str, dict[str, object] | None]]:
    rows = scene.rows(f"{JOURNAL} WHERE verb LIKE 'journal.%' ORDER BY id")
    return [(row["verb"], row["after"] and json.loads(row["after"])) for row in rows]


@pytest.mark.parametrize(("slug", "subject"), [(None, "server"), ("open-rivers", "statement:open-rivers")])
def test_the_journal_knows_of_it_before_the_first_byte_and_what_left_after_the_last(scene, slug, subject):
    lines = begin(scene, slug)
    assert told(scene) == [("journal.export", None)]

    sent = b"".join(lines)

    [begun, ended] = scene.rows(f"{JOURNAL} WHERE verb LIKE 'journal.%' ORDER BY id")
    assert (begun["actor"], begun["subject"], ended["actor"], ended["subject"]) == ("kate", subject) * 2
    assert told(scene)[1] == (
        "journal.exported",
        {"rows": sent.count(b"\n"), "sha256": hashlib.sha256(sent).hexdigest(), "begun": begun["id"]},
    )


@pytest.mark.parametrize("slug", [None, "open-rivers"])
@pytest.mark.parametrize("taken", [0, 1])
def test_a_reader_who_goes_away_is_told_and_has_no_end(scene, slug, taken):
    scene.signed()
    lines = begin(scene, slug)
    for _ in range(taken):
        next(lines)
    lines.close()
    lines.close()

    [begun] = scene.rows("SELECT id FROM journal WHERE verb = 'journal.export'")
    assert told(scene)[1:] == [("journal.export-broken", {"rows": taken, "begun": begun["id"]})]


def test_the_twin_bytes_that_nobody_sees_off_break_off_in_silence(scene):
    bare = export_journal(scene.db, None, since=0, actor="kate", clock=scene.clock).made
    next(bare)
    bare.close()

    assert told(scene) == [("journal.export", None)]


def test_what_was_taken_whole_is_told_once(scene):
    lines = begin(scene)
    list(lines)
    lines.close()

    assert [verb for verb, _ in told(scene)] == ["journal.export", "journal.exported"]


def test_a_row_that_cannot_be_read_breaks_it_off(scene):
    tamper(scene.db, f"UPDATE journal SET at = {10**13} WHERE id = 1")

    with pytest.raises(ValueError, match="year"):
        list(begin(scene))

    assert [verb for verb, _ in told(scene)] == ["journal.export", "journal.export-broken"]


def test_rows_come_once_each_over_batches_with_all_that_the_chain_is_made_of(scene, monkeypatch):
    scene.signed()
    rows = scene.rows("SELECT id, verb FROM journal ORDER BY id")
    monkeypatch.setattr("server.exports.EXPORT_BATCH", 2)

    exported = [json.loads(line) for line in begin(scene, since=rows[0]["id"])]

    assert [(row["id"], row["verb"]) for row in exported] == [(row["id"], row["verb"]) for row in rows[1:]]
    assert {tuple(row) for row in exported} == {JOURNAL_COLUMNS}


def test_every_column_that_is_read_is_told(scene):
    with scene.db.read() as tx:
        [row] = journal.list_batch(tx, statement_id=None, after=0, upto=1, most=1)

    assert {*row, "moment"} == set(JOURNAL_COLUMNS)


def test_a_statement_that_there_is_not_is_refused_at_once(scene):
    with scene.db.read() as tx:
        before = journal.find_newest(tx)

    with pytest.raises(NotFound):
        begin(scene, "nowhere")

    with scene.db.read() as tx:
        assert journal.find_newest(tx) == before
