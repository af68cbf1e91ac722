"""PostgreSQL as a store: what a transaction sees, what becomes of refusals, and writers that meet."""

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest

from server.db import Conflict, Contended, Store, postgres, retried, writing_alone
from server.db.engines import open_store
from server.db.postgres import to_psycopg_placeholders
from server.errors import SettingsError, Unavailable
from server.tables import journal
from tests.databases import databases
from tests.tables.rows import write_journal

ADD = "INSERT INTO partners (slug, name) VALUES (:slug, :name)"
COUNT = "SELECT count(*) AS n FROM partners"
PATIENCE_S = 30


@pytest.fixture
def url(tmp_path: Path) -> str:
    return databases.postgres(tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


def partners(store: Store) -> int:
    with store.read() as tx:
        return int(tx.rows(COUNT, {})[0]["n"])


@pytest.mark.parametrize(
    ("ours", "psycopgs"),
    [
        ("SELECT :a", "SELECT %(a)s"),
        ("a = :a_1 AND b=:b)", "a = %(a_1)s AND b=%(b)s)"),
        ("SELECT ':a', 'it''s :b', :c", "SELECT ':a', 'it''s :b', %(c)s"),
        ("SELECT x::text, 5 % 2, '100%'", "SELECT x::text, 5 %% 2, '100%%'"),
        ("SELECT 1 -- not :a, 50%\n + :b", "SELECT 1 -- not :a, 50%%\n + %(b)s"),
    ],
)
def test_a_statement_is_told_in_psycopgs_words(ours, psycopgs):
    assert to_psycopg_placeholders(ours) == psycopgs


def test_what_is_written_is_read_and_what_fails_is_undone(store):
    with store.write() as tx:
        assert tx.run(ADD, {"slug": "rivers", "name": "50 % : “Rivers”"}) == 1
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        1 / tx.run(ADD, {"slug": "lakes", "name": "Lakes"}) / 0

    with store.read() as tx:
        assert tx.rows("SELECT slug, name FROM partners", {}) == [{"slug": "rivers", "name": "50 % : “Rivers”"}]
    assert store.writes == 1


def test_nobody_writes_while_reading(store):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), store.read() as tx:
        tx.run(ADD, {"slug": "rivers", "name": "Rivers"})


def test_a_reader_sees_one_state_of_the_database(store):
    with store.read() as tx:
        before = tx.rows(COUNT, {})
        with store.write() as other:
            other.run(ADD, {"slug": "rivers", "name": "Rivers"})

        assert tx.rows(COUNT, {}) == before == [{"n": 0}]
    assert partners(store) == 1


def test_a_taken_place_is_a_conflict_that_a_savepoint_undoes(store):
    with writing_alone(), store.write() as tx:
        tx.run(ADD, {"slug": "rivers", "name": "Rivers"})
        with pytest.raises(Conflict) as refusal, tx.savepoint():
            tx.run("UPDATE partners SET name = 'Lakes'", {}) and tx.run(ADD, {"slug": "rivers", "name": "Others"})
        tx.run(ADD, {"slug": "seas", "name": "Seas"})

    assert "rivers" not in str(refusal.value)
    with store.read() as tx:
        assert [row["name"] for row in tx.rows("SELECT name FROM partners ORDER BY slug", {})] == ["Rivers", "Seas"]


def test_a_sum_is_a_whole_number(store):
    with store.read() as tx:
        [row] = tx.rows("SELECT sum(n) AS n FROM (SELECT 2 AS n UNION ALL SELECT 3) AS numbers", {})

    assert (row["n"], type(row["n"])) == (5, int)


# Writers that meet


def test_a_writer_beside_others_does_not_trust_a_taken_place(store):
    """Its snapshot may be older than the row that holds it; alone, it is a conflict indeed."""
    with store.write() as tx:
        tx.run(ADD, {"slug": "rivers", "name": "Rivers"})

    with pytest.raises(Contended), store.write() as tx:
        tx.run(ADD, {"slug": "rivers", "name": "Others"})
    with pytest.raises(Conflict), writing_alone(), store.write() as tx:
        tx.run(ADD, {"slug": "rivers", "name": "Others"})


def append(store: Store) -> None:
    with store.write() as tx:
        write_journal(tx, "test.write", actor="test", subject="nothing", now=1)


def in_eight_threads(act, each: int) -> list[BaseException]:
    refused: list[BaseException] = []

    def go_on() -> None:
        for _ in range(each):
            try:
                act()
            except Contended as refusal:
                refused.append(refusal)

    threads = [threading.Thread(target=go_on) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive()
    return refused


def test_eight_threads_that_write_the_same_chain_all_succeed(store):
    verb = retried(append)

    assert in_eight_threads(lambda: verb(store), each=10) == []

    with store.read() as tx:
        assert tx.rows("SELECT count(*) AS n, max(id) AS last FROM journal", {}) == [{"n": 80, "last": 80}]
        assert journal.find_break(tx) is None


def test_without_a_second_try_writers_that_meet_would_fail(store):
    """The twin: the same verb, not retried."""
    assert in_eight_threads(lambda: append(store), each=10) != []


def test_who_comes_while_somebody_writes_alone_waits_and_sees_what_was_written(store):
    inside, go_on = threading.Event(), threading.Event()
    seen = []

    def write_alone() -> None:
        with writing_alone(), store.write() as tx:
            tx.run(ADD, {"slug": "rivers", "name": "Rivers"})
            inside.set()
            go_on.wait(PATIENCE_S)

    def write_beside() -> None:
        with store.write() as tx:
            seen.append(tx.rows(COUNT, {})[0]["n"])

    threads = [threading.Thread(target=write_alone), threading.Thread(target=write_beside)]
    threads[0].start()
    assert inside.wait(PATIENCE_S)
    threads[1].start()
    threads[1].join(timeout=0.2)
    assert threads[1].is_alive()
    go_on.set()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)

    assert seen == [1]


@pytest.mark.parametrize("begin_alone", [True, False])
def test_who_waits_too_long_for_a_place_is_told_so(url, store, monkeypatch, begin_alone):
    for name in ("_BEGIN_ALONE", "_WAIT_FOR_WRITER"):
        monkeypatch.setattr(postgres, name, getattr(postgres, name).replace("'5s'", "'50ms'"))
    with psycopg.connect(url) as somebody:
        somebody.execute(f"SELECT pg_advisory_xact_lock({postgres._WRITER_LOCK})".encode())

        with pytest.raises(Unavailable), writing_alone() if begin_alone else nullcontext(), store.write():
            pass

    with store.write() as tx:
        assert tx.run(ADD, {"slug": "rivers", "name": "Rivers"}) == 1


# What cannot be had


def test_a_server_that_is_not_there_is_unavailable_and_its_password_stays_secret(monkeypatch):
    monkeypatch.setattr("server.db.postgres.BUSY_TIMEOUT_S", 0.2)
    store = open_store("postgresql://somebody:secret@127.0.0.1:1/letters")

    with pytest.raises(Unavailable) as refusal, store.read():
        pass

    assert "secret" not in str(refusal.value)
    store.close()


def test_connections_that_the_server_closes_are_made_anew(store, url):
    assert partners(store) == 0
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with pytest.raises(Unavailable), store.read() as tx:
        tx.rows(COUNT, {})
    assert partners(store) == 0


def test_a_pool_does_not_outlive_a_fork(store, monkeypatch):
    partners(store)

    with monkeypatch.context() as forked:
        forked.setattr("os.getpid", lambda: 1)
        with pytest.raises(SettingsError, match="fork first"), store.read():
            pass

    assert partners(store) == 0


def test_facts_say_that_commits_are_durable_or_not(store):
    facts = store.facts()

    assert (facts["engine"], facts["isolation"]) == ("postgresql", "serializable")
    assert facts["synchronous"] == "not durable"  # the suite's own server has fsync off


def test_threads_that_come_first_at_once_share_one_pool(store, monkeypatch):
    made = []
    make = postgres.make_pool
    monkeypatch.setattr(postgres, "make_pool", lambda url: [made.append(url), time.sleep(0.05), make(url)][-1])

    assert in_eight_threads(lambda: partners(store), each=1) == []
    assert len(made) == 1
