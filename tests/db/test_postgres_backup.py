"""Backups of PostgreSQL by its own programs: whole, compared, and never served half restored."""

import os
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

from server.db import UNFINISHED_RESTORE, engines, postgres_backup
from server.db.engines import count_rows, open_store
from server.db.postgres import PostgresStore
from server.db.postgres_backup import PostgresBackups
from server.errors import Refused, SettingsError
from tests.databases import databases

PEOPLE = 300


def nothing(_rows: int) -> None:
    """Nobody looks at the progress."""


def execute(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def people(url: str) -> int:
    return int(str(execute(url, "SELECT count(*) FROM wordings")[0][0]))


def add_people(url: str, *, number: int = PEOPLE, mark: str = "a") -> None:
    """Rows with what the text format of COPY writes in another way."""
    values = f"'consent', 'hy', 'Կատյա\t{mark}\\ ' || n, md5(random()::text) || md5(n::text), n"
    columns = "purpose, locale, body, sha256, created_at"
    execute(url, f"INSERT INTO wordings ({columns}) SELECT {values} FROM generate_series(1, {number}) AS n")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with tables and people in it; it is nobody else's, since a restore sets its schema aside."""
    url = databases.without_tables()
    store = open_store(url)
    store.migrate(create=True)
    store.close()
    add_people(url)
    return url


@pytest.fixture
def dump(url: str, tmp_path: Path) -> Path:
    PostgresBackups(url).write(tmp_path / "backup.dump")
    return tmp_path / "backup.dump"


def restore(url: str, dump: Path, *, aside: str | None = "aside") -> None:
    with PostgresBackups(url).restored(dump, aside=aside, progress=nothing):
        pass


def test_a_backup_is_private_and_restores_every_row_into_an_empty_database(url, dump):
    other = databases.without_tables()

    with PostgresBackups(other).restored(dump, aside=None, progress=nothing) as store:
        assert count_rows(store) == PEOPLE
        assert store.migrate() == []

    assert dump.stat().st_mode & 0o777 == 0o600
    assert execute(other, "SELECT * FROM wordings ORDER BY id") == execute(url, "SELECT * FROM wordings ORDER BY id")
    store = open_store(other)
    assert store.pending_migrations() == store.migrate() == []
    store.close()
    add_people(other, number=1, mark="new")  # ids go on after the restored ones


def test_a_backup_while_others_write_has_one_moment(url, tmp_path):
    """Its counts are compared with those of the database, which would differ if it was dumped a moment later."""
    backups, found = PostgresBackups(url), []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            add_people(url, number=5, mark=os.urandom(8).hex())

    thread = threading.Thread(target=write)
    thread.start()
    for number in range(3):
        found.append(backups.write(tmp_path / f"{number}.dump"))
    stop.set()
    thread.join()

    assert PEOPLE <= found[0] < found[1] < found[2]


def test_with_replace_the_former_tables_stay_in_another_schema(url, dump):
    add_people(url, number=1, mark="later")

    with pytest.raises(Refused, match="--replace"):
        restore(url, dump, aside=None)
    restore(url, dump)

    assert people(url) == PEOPLE
    assert execute(url, "SELECT count(*) FROM aside.wordings") == [(PEOPLE + 1,)]
    assert PostgresBackups(url).find_aside("aside") == "in the schema aside"


def test_a_damaged_dump_is_refused_and_the_database_stays(url, dump):
    os.truncate(dump, dump.stat().st_size - 2000)

    with pytest.raises(Refused, match="damaged"):
        restore(url, dump)

    assert people(url) == PEOPLE


def test_rows_that_differ_from_the_backup_are_noticed(url, dump, monkeypatch):
    load = PostgresBackups._load

    def load_and_lose(backups: PostgresBackups, file: Path, *, has_trigrams: bool) -> None:
        load(backups, file, has_trigrams=has_trigrams)
        execute(url, "UPDATE wordings SET body = 'Katia' WHERE id = 7")

    monkeypatch.setattr(PostgresBackups, "_load", load_and_lose)

    with pytest.raises(Refused, match="other rows than the backup"):
        restore(url, dump)

    assert_no_server_starts(url)


def assert_no_server_starts(url: str) -> None:
    store = open_store(url)
    with pytest.raises(SettingsError, match=r"no tables|is being restored"):
        store.migrate()
    store.close()


def test_no_server_starts_before_a_restore_is_done_or_after_it_was_interrupted(url, dump):
    with PostgresBackups(url).restored(dump, aside="aside", progress=nothing):
        assert_no_server_starts(url)

    with pytest.raises(KeyboardInterrupt), PostgresBackups(url).restored(dump, aside="second", progress=nothing):
        raise KeyboardInterrupt
    assert_no_server_starts(url)

    restore(url, dump, aside="third")
    store = open_store(url)
    assert store.migrate() == []
    store.close()


def test_without_the_mark_a_server_would_start_on_a_restore_that_was_interrupted(url, dump, monkeypatch):
    """The twin."""

    def mark(connection: psycopg.Connection[object], names: list[str]) -> None:
        connection.execute(postgres_backup.CREATE_MIGRATIONS_TABLE)
        for name in names:
            connection.execute("INSERT INTO applied_steps (name) VALUES (%s)", [name])

    monkeypatch.setattr(postgres_backup, "_mark_unfinished", mark)

    with pytest.raises(KeyboardInterrupt), PostgresBackups(url).restored(dump, aside="aside", progress=nothing):
        raise KeyboardInterrupt

    store = open_store(url)
    assert store.migrate() == []
    store.close()
    assert UNFINISHED_RESTORE not in str(execute(url, "SELECT name FROM applied_steps"))


def test_nothing_is_restored_under_a_running_server(url, dump, monkeypatch):
    monkeypatch.setattr(postgres_backup, "CLIENTS_WAIT_S", 0.0)
    server = PostgresStore(url)
    with server.read() as tx:
        tx.rows("SELECT 1", {})
        with pytest.raises(Refused, match="a server is running"):
            restore(url, dump)
    server.close()
    monkeypatch.undo()

    restore(url, dump)


def programs_in(folder: Path, **scripts: str) -> None:
    """Put programs in front of the real ones."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)


def test_a_missing_or_older_pg_dump_is_explained(url, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(Refused, match="pg_dump is missing: install PostgreSQL's client programs"):
        PostgresBackups(url).write(tmp_path / "a.dump")

    programs_in(tmp_path / "old", pg_dump="echo 'pg_dump (PostgreSQL) 9.6'")
    monkeypatch.setenv("PATH", f"{tmp_path / 'old'}:/bin:/usr/bin")
    with pytest.raises(Refused, match=r"pg_dump is version 9, older than the server: install version \d+"):
        PostgresBackups(url).write(tmp_path / "b.dump")


def test_the_password_is_in_no_argument(url, tmp_path, monkeypatch):
    dumped = tmp_path / "said"
    programs_in(tmp_path / "spy", pg_dump=f'echo "$@ env=$PGPASSWORD" >> {dumped}; echo "pg_dump (PostgreSQL) 99"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'spy'}:{os.environ['PATH']}")

    with pytest.raises(Refused):
        PostgresBackups(url.replace("@", ":topsecret@")).write(tmp_path / "a.dump")

    arguments, _, environment = dumped.read_text().splitlines()[-1].partition(" env=")
    assert ("topsecret" in arguments, environment) == (False, "topsecret")


def test_a_restore_can_be_tried_in_a_database_of_its_own_that_is_dropped(url, dump, tmp_path):
    with PostgresBackups(url).elsewhere(tmp_path / "x") as other:
        with other.restored(dump, aside=None, progress=nothing) as store:
            assert count_rows(store) == PEOPLE
        name = other._url.split("dbname=")[1].split()[0]

    assert execute(url, f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == []
    assert people(url) == PEOPLE


def test_a_dump_that_another_program_made_is_understood(url, tmp_path):
    """``pg_dump --format=custom`` of an operator, with owners and rights."""
    subprocess.run(["pg_dump", "--format=custom", f"--file={tmp_path / 'own.dump'}", "--dbname", url], check=True)

    restore(url, tmp_path / "own.dump")

    assert people(url) == PEOPLE


def test_the_engine_is_chosen_by_the_address(url):
    assert isinstance(engines.open_backups(url), PostgresBackups)
