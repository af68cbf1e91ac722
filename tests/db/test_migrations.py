"""Migrations: once each, all or none, by one process at a time, and never under a newer program's feet."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Migrations

from server.db import migration_scripts, script_for_engine, sqlite
from server.db.sqlite_store import SqliteStore
from server.errors import SettingsError
from tests.db.racing import in_processes, processes, raw

STEPS = sorted(migration_scripts())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "u.db"


def tables(path: Path) -> set[str]:
    with raw(path) as db:
        return {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def migrate(path: Path) -> list[str]:
    store = SqliteStore(path)
    try:
        return store.migrate(create=True)
    finally:
        store.close()


def steps(*scripts: str) -> Migrations:
    found = Migrations("undersigned")
    for number, script in enumerate(scripts):
        found(name=f"step-{number}")(sqlite._migration(script))
    return found


def die_between_two_steps(path: Path) -> None:
    store = SqliteStore(path)
    half_way = steps("CREATE TABLE one (x);\n")
    half_way(name="step-1")(lambda _: os.kill(os.getpid(), signal.SIGKILL))
    sqlite.apply_migrations(store._connection(), steps=half_way)


def test_a_new_file_gets_every_table(path):
    assert migrate(path) == STEPS

    assert {"statements", "signatures", "outbox", "journal", "tallies", "contacts"} <= tables(path)


def test_the_second_time_there_is_nothing_to_do(path):
    migrate(path)

    assert migrate(path) == []


def test_four_processes_at_once_all_succeed_and_one_does_the_work(path):
    answers = in_processes(migrate, path, count=4)

    assert sorted(answers) == [[], [], [], STEPS]


def test_no_database_is_made_unless_somebody_says_so(path):
    with pytest.raises(SettingsError, match="there is no database at"):
        SqliteStore(path).migrate()

    assert list(path.parent.iterdir()) == []


def test_a_newer_database_is_refused_by_name_and_left_as_it_is(path):
    migrate(path)
    with raw(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('undersigned', '0099_later', '')"
        )

    with pytest.raises(SettingsError, match=r"newer version.*0099_later"):
        migrate(path)


def test_what_was_counted_and_stopped_before_tags_were_one_keeps_its_key(path):
    store = migrated_before(path, "0017")
    with store.write() as tx:
        tx.run("INSERT INTO mailings (outbox_id, email_key, statement_id, sent_at) VALUES (1, x'aa', 1, 5)", {})
        tx.run("INSERT INTO suppressions (email_key, statement_id, reason, created_at) VALUES (x'bb', 0, 'x', 5)", {})

    store.migrate()

    with store.read() as tx:
        [mailing] = tx.rows("SELECT email_key, mail_key FROM mailings", {})
        [suppression] = tx.rows("SELECT mail_key FROM suppressions", {})
    store.close()
    assert (mailing["email_key"], mailing["mail_key"], suppression["mail_key"]) == (b"\xaa", b"\xaa", b"\xbb")


def test_what_was_mailed_before_there_were_purses_counts_by_its_kind(path):
    store = migrated_before(path, "0021")
    with store.write() as tx:
        for number, kind in enumerate(("confirm", "links", "thanks", None), start=1):
            if kind:
                tx.run(
                    "INSERT INTO outbox (id, kind, locale, message_id, due_at, created_at)"
                    " VALUES (:id, :kind, 'en', 'x', 5, 5)",
                    {"id": number, "kind": kind},
                )
            tx.run(
                "INSERT INTO mailings (outbox_id, email_key, mail_key, statement_id, sent_at)"
                " VALUES (:id, x'aa', x'aa', 1, 5)",
                {"id": number},
            )

    store.migrate()

    with store.read() as tx:
        purses = [row["purse"] for row in tx.rows("SELECT purse FROM mailings ORDER BY outbox_id", {})]
    store.close()
    assert purses == ["confirm", "links", None, "confirm"], "of the last one nobody knows the kind any more"


def test_other_tools_migrations_in_the_same_file_disturb_nobody(path):
    migrate(path)
    with raw(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('somebody-elses', '0001_x', '')"
        )

    assert migrate(path) == []


def test_a_step_that_fails_takes_the_earlier_ones_back(path):
    migrate(path)
    before = tables(path)
    store = SqliteStore(path)
    half_good = steps("CREATE TABLE one (x);\n", "CREATE TABLE two (x);\nCREATE TABEL three (x);\n")

    with pytest.raises(Exception, match="syntax error"):
        sqlite.apply_migrations(store._connection(), steps=half_good)

    store.close()
    assert tables(path) == before
    assert migrate(path) == []


def test_a_migration_that_is_killed_half_way_leaves_nothing(path):
    migrate(path)
    before = tables(path)

    child = processes.Process(target=die_between_two_steps, args=(path,))
    child.start()
    child.join()

    assert child.exitcode == -signal.SIGKILL
    assert tables(path) == before
    assert migrate(path) == []


def test_a_script_run_by_sqlite_itself_leaves_half_of_it(path):
    """The twin: ``executescript`` commits what is open, statement by statement."""
    with raw(path) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(Exception, match="syntax error"):
            db.executescript("CREATE TABLE one (x);\nCREATE TABEL two (x);\n")

    assert tables(path) == {"one"}


def test_where_erased_letters_would_stay_in_an_index_there_is_none(path):
    store = SqliteStore(path)
    steps = Migrations("undersigned")
    for name, script in migration_scripts().items():
        steps(name=name)(sqlite._migration(script, version=(3, 40, 1)))
    migrate_empty(store, path, steps)

    assert "search" not in tables(path)
    with store.read() as tx:
        assert tx.rows("SELECT id FROM searched WHERE search_key LIKE '%ani%'", {}) == []
    store.close()


def migrated_before(path: Path, step: str) -> SqliteStore:
    """Return a database with the steps before this one."""
    store, before = SqliteStore(path), Migrations("undersigned")
    for name, script in migration_scripts().items():
        if name < step:
            before(name=name)(sqlite._migration(script))
    migrate_empty(store, path, before)
    return store


def migrate_empty(store: SqliteStore, path: Path, steps: Migrations) -> None:
    sqlite.apply_migrations(connection_to_new(store, path), steps=steps)


def connection_to_new(store: SqliteStore, path: Path) -> Any:
    """Return this thread's connection to a new file, as ``migrate`` opens it."""
    path.touch()
    store._local.opened = store._open(is_new=True)
    return store._connection()


def test_tokens_that_there_are_learn_from_the_journal_who_made_them(path):
    store = SqliteStore(path)
    before = {name: script for name, script in migration_scripts().items() if name < "0014"}
    sqlite.apply_migrations(connection_to_new(store, path), steps=named(before))
    with raw(path) as db:
        for number, name in enumerate(("olga", "ola"), start=1):
            db.execute(
                "INSERT INTO admins (id, name, password_hash, sealed_totp, totp_step, recovery_hashes)"
                " VALUES (?, ?, 'x', x'00', -1, '[]')",
                (number, name),
            )
        for number, actor in enumerate(("admin:ola", "cli", "admin:nobody"), start=1):
            name = f"open-rivers/{number}"
            db.execute(
                "INSERT INTO tokens (name, hash, scopes, created_at) VALUES (?, ?, 'export', 1)",
                (name, bytes([number])),
            )
            db.execute(
                "INSERT INTO journal (id, at, actor, verb, subject, previous_hash, hash)"
                " VALUES (?, 1, ?, 'token.add', ?, x'00', ?)",
                (number, actor, f"token:{name}", bytes([number])),
            )

    store.migrate()

    with store.read() as tx:
        assert [row["made_by"] for row in tx.rows("SELECT made_by FROM tokens ORDER BY id", {})] == [2, None, None]
    store.close()


def named(scripts: dict[str, str]) -> Migrations:
    found = Migrations("undersigned")
    for name, script in scripts.items():
        found(name=name)(sqlite._migration(script))
    return found


@pytest.mark.parametrize(
    ("engine", "part"), [("sqlite", "all\nfts\n"), ("postgresql", "all\ngin\n"), ("another", "all\n")]
)
def test_a_section_is_for_its_engine_alone(engine, part):
    script = "all\n-- [sqlite]\nfts\n-- [postgresql]\ngin\n"

    assert script_for_engine(engine, script).replace("\n\n", "\n") == part


def test_the_steps_are_taken_in_the_order_of_their_names():
    names = [step.name for step in sqlite._migrations()._migrations]

    assert names == sorted(names)
    assert names[: len(STEPS)] == STEPS
