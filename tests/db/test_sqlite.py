"""How a connection is opened: durable, careful with erased bytes, and never over a file that is not ours."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from server.db import sqlite
from server.db.sqlite_store import SqliteStore
from server.errors import SettingsError, Unavailable
from tests.db.racing import raw, store_with_a_counter

FIXED, AFFECTED = (3, 53, 0), (3, 40, 1)
ADDRESS = "a-very-secret-address@mailbox.example"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "u.db"
    store_with_a_counter(path).close()
    return path


def pragma(connection, name: str):
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


# The gate on the library


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_write_ahead_logging_waits_for_the_repaired_libraries(version, safe):
    assert sqlite.wal_is_safe(version) is safe


@pytest.mark.parametrize(("version", "journal"), [(FIXED, "wal"), (AFFECTED, "truncate")])
def test_the_journal_is_chosen_by_the_library(tmp_path, version, journal):
    store = SqliteStore(tmp_path / "u.db", library_version=version)
    store.migrate(create=True)

    facts = store.facts()

    assert (facts["journal"], facts["synchronous"]) == (journal, "full")
    store.close()


def test_an_affected_library_takes_a_database_out_of_write_ahead_logging(path):
    with closing(sqlite.connect(path, library_version=AFFECTED)) as connection:
        assert pragma(connection, "journal_mode") == "truncate"


# Promises of every connection


@pytest.mark.parametrize("version", [FIXED, AFFECTED])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("trusted_schema", 0),
        ("mmap_size", 0),
        ("busy_timeout", 5000),
    ],
)
def test_every_connection_keeps_the_promises(path, version, name, expected):
    with closing(sqlite.connect(path, library_version=version)) as connection:
        assert pragma(connection, name) == expected


def bytes_on_disk(path: Path) -> int:
    return sum(file.read_bytes().count(ADDRESS.encode()) for file in path.parent.iterdir())


def write_and_erase(connection) -> None:
    connection.execute("CREATE TABLE addresses (address TEXT)")
    connection.executemany("INSERT INTO addresses VALUES (?)", [(f"{ADDRESS} {n}",) for n in range(200)])
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("DELETE FROM addresses")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_an_erased_address_leaves_no_byte_after_a_checkpoint(path):
    with closing(sqlite.connect(path, library_version=FIXED)) as connection:
        write_and_erase(connection)

        assert bytes_on_disk(path) == 0


def test_without_secure_delete_an_erased_address_stays_in_the_file(path):
    """The twin: the wheel's own default."""
    with closing(sqlite.connect(path, library_version=FIXED)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        write_and_erase(connection)

        assert bytes_on_disk(path) > 0


def test_a_reference_to_nothing_is_refused(path):
    with closing(sqlite.connect(path, library_version=FIXED)) as connection:
        connection.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE children (parent_id INTEGER REFERENCES parents)")

        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            connection.execute("INSERT INTO children VALUES (1)")


# Files that are not ours


def test_a_missing_database_is_told_and_no_file_is_made(tmp_path):
    with pytest.raises(SettingsError, match="there is no database at"):
        sqlite.connect(tmp_path / "u.db", library_version=FIXED)

    assert list(tmp_path.iterdir()) == []


def test_plain_sqlite_makes_an_empty_database_over_a_lost_one(tmp_path):
    """The twin: what a fresh start would look like."""
    with raw(tmp_path / "u.db") as connection:
        connection.execute("SELECT 1")

    assert (tmp_path / "u.db").exists()


@pytest.mark.parametrize(
    "content", [b"Dear friends, this is a letter and no database.\n" * 40, b"\0" * 4096, b"SQLite"]
)
def test_another_file_is_refused_and_left_as_it_is(tmp_path, content):
    file = tmp_path / "letter.txt"
    file.write_bytes(content)

    with pytest.raises(SettingsError, match="cannot be used as a database"):
        sqlite.connect(file, library_version=FIXED)

    assert file.read_bytes() == content


def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(SettingsError, match="is a folder, not a database"):
        sqlite.connect(tmp_path, library_version=FIXED)


@pytest.mark.parametrize("folder", ["letter #1", "why?", "100%20", "a&mode=memory", "ღია წერილი"])
def test_any_folder_may_hold_the_database(tmp_path, folder):
    store = SqliteStore(tmp_path / folder / "u.db")

    store.migrate(create=True)

    assert {file.name for file in tmp_path.iterdir()} == {folder}
    assert (tmp_path / folder / "u.db").stat().st_size > 0
    store.close()


def test_a_database_that_somebody_keeps_locked_is_unavailable_and_not_misset(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "u.db"
    with raw(path) as shell:
        shell.execute("CREATE TABLE t (x)")
        shell.execute("BEGIN EXCLUSIVE")

        with pytest.raises(Unavailable):
            sqlite.connect(path, library_version=FIXED)


# Scripts


def test_a_script_is_told_apart_into_its_statements():
    script = "-- first; not yet\nCREATE TABLE a (x TEXT DEFAULT ';');\n\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n"
    script += "  SELECT 1;\n  SELECT 2;\nEND;\nSELECT 3;\n"

    assert [statement.split("\n")[-2] for statement in sqlite.statements_of(script)] == [
        "CREATE TABLE a (x TEXT DEFAULT ';');",
        "END;",
        "SELECT 3;",
    ]
