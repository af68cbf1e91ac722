"""Export: the dump that every spreadsheet opens, complete, harmless, in constant memory."""

import tracemalloc

import pytest

from server.errors import NotFound
from server.exports import export_signatures
from server.exports.query import SIGNATURE_COLUMNS
from server.services import moderation
from tests.databases import databases
from tests.exports.exporting import begin, dump, export_lines, fill, rows, unseal
from tests.scene import NGO, UNPROVED

PROMISED = (
    "id,statement,kind,name,title,affiliation,organisation,website,city,country,comment,email,newsletter,visibility,"
    "state,founding,partner,locale,text_sha256,signed_at,confirmed_at,withdrawn_at"
)
MANY = 20_000


def test_the_columns_stand_in_the_promised_order():
    assert ",".join(SIGNATURE_COLUMNS) == PROMISED


def test_the_file_is_utf8_with_a_mark_quoted_and_ends_its_lines_with_crlf(scene):
    scene.signed(name="Անի Գևորգյան")

    dumped = dump(scene)

    assert dumped.startswith(b'\xef\xbb\xbf"id","statement",')
    assert dumped.count(b"\xef\xbb\xbf") == 1
    assert dumped.endswith(b"\r\n")
    assert dumped.count(b"\n") == dumped.count(b"\r\n") == 2
    assert "Անի Գևորգյան" in dumped.decode()


def test_a_row_says_all_that_is_known(scene, clock):
    [partner] = scene.rows("SELECT id FROM partners")
    signature_id = scene.sign(
        **NGO, title="Director", city="Kutaisi", country="GE", comment="Yes.\nNow.", newsletter=True
    )
    scene.run("UPDATE signatures SET partner_id = :id", id=partner["id"])
    clock.forward(seconds=90)
    scene.confirm(signature_id)

    [row] = rows(dump(scene))

    [text] = scene.rows("SELECT sha256 FROM statement_texts WHERE locale = 'en'")
    assert row == {
        "id": str(signature_id),
        "statement": "open-rivers",
        "kind": "organisation",
        "name": "Maro",
        "title": "Director",
        "affiliation": "",
        "organisation": "River Watch NGO",
        "website": "https://riverwatch.example",
        "city": "Kutaisi",
        "country": "GE",
        "comment": "Yes.\nNow.",
        "email": "",
        "newsletter": "yes",
        "visibility": "name",
        "state": "confirmed",
        "founding": "no",
        "partner": "river-watch",
        "locale": "en",
        "text_sha256": text["sha256"],
        "signed_at": "2027-01-15T08:00:00Z",
        "confirmed_at": "2027-01-15T08:01:30Z",
        "withdrawn_at": "",
    }


def test_everything_that_was_ever_confirmed_is_in_it_and_pendings_are_not(scene):
    signed = [scene.signed(email=f"{name}@rivers.example", name=name) for name in ("Ani", "Aram", "Astghik", "Arev")]
    scene.sign(email="pending@rivers.example")
    scene.publish("clean-air").signed()
    moderation.hold_signature(scene.db, "open-rivers", signed[1], actor="kate", reason=None, now=scene.clock())
    moderation.remove_signature(scene.db, "open-rivers", signed[2], actor="kate", reason=None, now=scene.clock())
    scene.run("UPDATE signatures SET withdrawn_at = :now WHERE id = :id", now=scene.clock(), id=signed[3])

    found = rows(dump(scene))

    assert [(row["name"], row["state"]) for row in found] == [
        ("Ani", "confirmed"),
        ("Aram", "held"),
        ("Astghik", "removed"),
        ("Arev", "withdrawn"),
    ]
    assert found[3]["withdrawn_at"] == "2027-01-15T08:00:00Z"


def test_addresses_appear_only_with_the_key_and_only_those_that_were_kept(scene):
    scene.signed(name="Ani", newsletter=True, email="ani@rivers.example")
    scene.signed(name="Aram", email="aram@rivers.example")
    scene.signed(**UNPROVED)

    assert [row["email"] for row in rows(dump(scene))] == ["", "", ""]
    with_contacts = rows(dump(scene, unseal=unseal(scene)))
    assert [row["email"] for row in with_contacts] == ["ani@rivers.example", "", "maro@gmail.com"]


def test_what_comes_after_the_beginning_belongs_to_the_next_dump(scene):
    first = scene.signed(name="Ani")
    lines = begin(scene)
    scene.signed(name="Aram")

    assert [row["id"] for row in rows(b"".join(lines))] == [str(first)]
    assert len(rows(dump(scene))) == 2


def test_an_unknown_statement_is_refused_at_once_and_not_journalled(scene):
    with pytest.raises(NotFound):
        export_signatures(scene.db, "nowhere", actor="kate", clock=scene.clock)

    assert export_lines(scene) == []


def test_twenty_thousand_rows_take_no_more_memory_than_a_batch(scene):
    fill(scene, MANY)
    lines = begin(scene)
    next(lines)
    tracemalloc.start()
    size = count = 0
    last_id = 0
    for line in lines:
        size, count = size + len(line), count + 1
        this_id = int(line.split(b'"', 2)[1])
        assert this_id > last_id
        last_id = this_id
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (count, size > 5_000_000) == (MANY, True)
    assert peak < 4_000_000


def is_in_transaction(scene) -> bool:
    """Look from outside on PostgreSQL; on SQLite nobody can, so the connection is asked."""
    if not databases.on_postgres:
        return scene.db._connection().in_transaction
    left_open = "SELECT 1 AS one FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in tr%'"
    return scene.rows(left_open) != []


def test_nobody_waits_for_a_slow_reader_of_the_dump(scene):
    """Between two batches no transaction is open, or a slow download would stop checkpoints, and writers with them."""
    fill(scene, 3)
    lines = begin(scene)
    next(lines)
    next(lines)

    scene.signed(email="meanwhile@rivers.example")

    assert not is_in_transaction(scene)
    assert len(list(lines)) == 2


def test_no_cell_of_the_dump_is_a_formula(scene):
    scene.signed(
        name="=1+1", title="@SUM(A1)", city='x;=HYPERLINK("http://evil.example")', comment="a\n-2+3", affiliation="+1"
    )

    [row] = rows(dump(scene))

    assert row["name"] == "'=1+1"
    assert row["title"] == "'@SUM(A1)"
    assert row["city"] == 'x;\'=HYPERLINK("http://evil.example")'
    assert row["comment"] == "a\n'-2+3"
    assert row["affiliation"] == "'+1"
