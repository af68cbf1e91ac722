"""Transactions: one state to read, one writer at a time, all or nothing, and refusals that can be answered."""

import threading
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from server.db import Conflict, sqlite
from server.db.sqlite_store import SqliteStore
from server.errors import Unavailable
from tests.db.racing import add_one, in_processes, in_threads, raw, store_with_a_counter, value


def add_fifty_in_four_threads(path: Path) -> list[str]:
    store = SqliteStore(path)
    return [repr(failure) for failure in in_threads(lambda: [add_one(store) for _ in range(50)], threads=4)]


def small(store: SqliteStore, *, pages_more: int) -> None:
    """Let the disk have room for only so much more."""
    connection = store._writer()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + pages_more}")


# One writer


def test_four_threads_in_each_of_two_processes_count_exactly(store, path):
    assert in_processes(add_fifty_in_four_threads, path, count=2) == [[], []]

    assert value(store) == 400


def test_a_writer_that_reads_first_is_not_overtaken(store, path):
    with raw(path) as other, store.write() as tx:
        tx.rows("SELECT value FROM counters", {})
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("UPDATE counters SET value = 7")
        tx.run("UPDATE counters SET value = 1", {})

    assert value(store) == 1


def test_a_deferred_transaction_that_reads_first_is_overtaken_and_fails_at_once(store, path):
    """The twin: plain BEGIN, and the longest busy timeout does not help."""
    with raw(path) as naive, raw(path) as other:
        naive.execute("PRAGMA busy_timeout = 60000")
        naive.execute("BEGIN")
        naive.execute("SELECT value FROM counters").fetchall()
        other.execute("UPDATE counters SET value = 7")

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            naive.execute("UPDATE counters SET value = 1")


def test_a_writer_who_meets_a_foreign_lock_is_told_to_come_again(path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    store = store_with_a_counter(path)
    with raw(path) as shell:
        shell.execute("BEGIN IMMEDIATE")

        with pytest.raises(Unavailable) as refusal:
            add_one(store)

    assert (refusal.value.status, refusal.value.retry_after_s) == (503, 5)
    add_one(store)
    assert value(store) == 1
    store.close()


def test_a_foreign_lock_stops_no_reader(store, path):
    with raw(path) as shell:
        shell.execute("BEGIN IMMEDIATE")

        assert value(store) == 0


def test_a_foreign_lock_that_ends_in_time_is_only_waited_for(store, path):
    with raw(path) as shell:
        shell.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=add_one, args=(store,))
        writer.start()
        shell.execute("COMMIT")
        writer.join()

    assert value(store) == 1


# One state


def test_a_reader_sees_one_state_while_a_writer_commits(store):
    with store.read() as tx:
        before = tx.rows("SELECT value FROM counters", {})
        assert in_threads(lambda: add_one(store), threads=1) == []
        after = tx.rows("SELECT value FROM counters", {})

    assert before == after == [{"value": 0}]
    assert value(store) == 1


def test_two_readings_without_a_transaction_see_two_states(store, path):
    """The twin: a connection that opens no transaction."""
    with raw(path) as naive:
        before = naive.execute("SELECT value FROM counters").fetchall()
        add_one(store)

        assert naive.execute("SELECT value FROM counters").fetchall() != before


# All or nothing


def write_nine_and_raise(store: SqliteStore, failure: type[BaseException]) -> None:
    with store.write() as tx:
        tx.run("UPDATE counters SET value = 9", {})
        raise failure


def test_what_raises_inside_leaves_nothing_behind(store):
    with pytest.raises(KeyError):
        write_nine_and_raise(store, KeyError)

    assert value(store) == 0
    add_one(store)


def test_even_an_interrupted_program_leaves_nothing_behind(store):
    with pytest.raises(KeyboardInterrupt):
        write_nine_and_raise(store, KeyboardInterrupt)

    assert value(store) == 0


def test_returning_rows_are_committed_too(store):
    with store.write() as tx:
        [row] = tx.rows("INSERT INTO counters (name, value) VALUES ('m', 5) RETURNING name, value", {})

    assert row == {"name": "m", "value": 5}
    with store.read() as tx:
        assert tx.rows("SELECT count(*) AS n FROM counters", {}) == [{"n": 2}]


def test_a_statement_tells_how_many_rows_it_touched(store):
    with store.write() as tx:
        assert tx.run("UPDATE counters SET value = 3 WHERE value = 0", {}) == 1
        assert tx.run("UPDATE counters SET value = 3 WHERE value = 0", {}) == 0


# Conflicts and steps


def test_a_taken_place_is_a_conflict(store):
    with pytest.raises(Conflict) as refusal, store.write() as tx:
        tx.run("INSERT INTO counters (name, value) VALUES ('n', 1)", {})

    assert refusal.value.code == "conflict"


def test_a_broken_rule_that_is_no_taken_place_is_no_conflict(store):
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"), store.write() as tx:
        tx.run("INSERT INTO counters (name, value) VALUES ('m', NULL)", {})


def test_a_savepoint_undoes_only_its_own_step(store):
    with store.write() as tx:
        tx.run("INSERT INTO counters (name, value) VALUES ('before', 1)", {})
        with suppress(Conflict), tx.savepoint():
            for name in ("inside", "n"):
                tx.run("INSERT INTO counters (name, value) VALUES (:name, 1)", {"name": name})
        tx.run("INSERT INTO counters (name, value) VALUES ('after', 1)", {})

    with store.read() as tx:
        names = [row["name"] for row in tx.rows("SELECT name FROM counters ORDER BY name", {})]
    assert names == ["after", "before", "n"]


def test_savepoints_nest(store):
    with store.write() as tx, tx.savepoint():
        tx.run("UPDATE counters SET value = 1", {})
        with suppress(KeyError), tx.savepoint():
            tx.run("UPDATE counters SET value = 2", {})
            raise KeyError

    assert value(store) == 1


# A full disk


def fill(tx) -> None:
    tx.run("UPDATE counters SET value = 9", {})
    for number in range(40):
        tx.run("INSERT INTO counters (name, value) VALUES (:name, 1)", {"name": f"{number}" * 2000})


@pytest.mark.parametrize("in_a_step", [False, True])
def test_a_full_disk_is_unavailable_and_leaves_nothing_half_written(store, in_a_step):
    small(store, pages_more=3)

    with pytest.raises(Unavailable), store.write() as tx, tx.savepoint() if in_a_step else nullcontext():
        fill(tx)

    assert value(store) == 0


def test_after_a_full_disk_got_room_the_store_goes_on_without_a_restart(store):
    small(store, pages_more=0)
    with pytest.raises(Unavailable), store.write() as tx:
        fill(tx)

    small(store, pages_more=1000)
    add_one(store)

    assert value(store) == 1
    assert store.facts()["integrity"] == "ok"


def test_a_reader_is_served_while_the_disk_is_full(store):
    small(store, pages_more=0)
    with pytest.raises(Unavailable), store.write() as tx:
        fill(tx)

    assert value(store) == 0
