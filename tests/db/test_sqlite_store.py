"""The embedded store: a connection for each thread, none left behind, and none carried through a fork."""

import os
import resource
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from server.db import sqlite_store
from server.db.sqlite import BUSY_TIMEOUT_S
from server.db.sqlite_store import SqliteStore, WriterLock
from server.errors import SettingsError, Unavailable
from tests.db.racing import add_one, in_threads, raw, store_with_a_counter, value

LONG_S = 20.0
WRITES = 50


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def in_a_fork(act) -> str:
    """Run ``act`` in a forked process and return what it says."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(act()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        return answer.read()


def refused(act) -> str:
    try:
        act()
    except SettingsError as refusal:
        return str(refusal)
    return "went through"


def test_nothing_is_opened_before_it_is_used(path):
    SqliteStore(path)

    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("folder", [".", "gone"])
@pytest.mark.parametrize("use", ["read", "write"])
def test_a_missing_database_is_told_and_no_file_is_made(tmp_path, folder, use):
    store = SqliteStore(tmp_path / folder / "u.db")

    with pytest.raises(SettingsError, match="there is no database at"), getattr(store, use)():
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_new_database_is_its_owners_alone(path, store):
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_thread_that_ends_leaves_no_connection_behind(store):
    add_one(store)
    before = open_files()

    for _ in range(10):
        assert in_threads(lambda: value(store), threads=3) == []

    assert open_files() < before + 10  # SQLite keeps a few files for the next connection; thirty threads opened sixty


def log_of(path: Path) -> int:
    """How many bytes the log of the newest writes has."""
    return Path(f"{path}-wal").stat().st_size


def test_tidying_empties_the_log_and_the_next_write_finds_all(path, store):
    add_one(store)
    assert log_of(path) > 0

    assert store.tidy()

    assert log_of(path) == 0
    add_one(store)
    assert value(store) == 2


def test_tidying_waits_for_no_reader_that_goes_on_and_says_so(path, store):
    with store.read() as tx:
        tx.rows("SELECT value FROM counters", {})
        add_one(store)
        failures = in_threads(lambda: refused_to_tidy(store), threads=1)
        assert (failures, log_of(path) > 0) == ([], True)
        assert not store.tidy(), "nor within a transaction of one's own"

    assert store.tidy()
    assert pragma_of(store, "busy_timeout") == BUSY_TIMEOUT_S * 1000, "whoever reads or writes has its patience again"


def refused_to_tidy(store: SqliteStore) -> None:
    assert not store.tidy()


def pragma_of(store: SqliteStore, name: str) -> int:
    with store.read() as tx:
        [row] = tx.rows(f"PRAGMA {name}", {})
    return int(row["timeout"])


def test_tidying_gives_up_where_the_writers_place_is_taken(path, store):
    place = Path(f"{path}.lock")
    store._lock = WriterLock(place, timeout_s=0.01)

    with WriterLock(place, timeout_s=0.01).held():
        assert not store.tidy()
    assert store.tidy()


def tidied_twice_beside_a_reader(store: SqliteStore) -> list[bool]:
    """Let two threads tidy while somebody reads, write on once the first has gone, and return what both say."""
    with ThreadPoolExecutor(2) as threads:
        with store.read() as tx:
            tx.rows("SELECT value FROM counters", {})
            add_one(store)
            answers = [threads.submit(store.tidy) for _ in range(2)]
            gone, _ = wait(answers, timeout=LONG_S / 2, return_when=FIRST_COMPLETED)
            assert gone, "nobody goes at once"
            for _ in range(WRITES):
                add_one(store)
        return sorted(answer.result() for answer in answers)


def test_of_all_who_would_tidy_one_waits_and_who_writes_does_not(path, store, monkeypatch):
    monkeypatch.setattr(sqlite_store, "TIDY_TIMEOUT_S", LONG_S)

    answers = tidied_twice_beside_a_reader(store)

    assert answers == [False, True]
    assert (value(store), log_of(path)) == (1 + WRITES, 0)


def test_whoever_writes_would_wait_for_a_reader_with_one_who_keeps_the_writers_place(path, store, monkeypatch):
    """The twin: the checkpoint itself waits for the reader."""
    monkeypatch.setattr(sqlite_store, "TRUNCATE_WAIT_S", LONG_S)
    monkeypatch.setattr(sqlite_store, "TIDY_PAUSE_S", 0.001)
    monkeypatch.setattr(store._group_commit, "_timeout_s", 0.05)

    with pytest.raises(Unavailable):
        tidied_twice_beside_a_reader(store)


def test_threads_have_connections_of_their_own(store):
    with store.read() as tx:
        tx.rows("SELECT value FROM counters", {})

        assert in_threads(lambda: [add_one(store) for _ in range(5)], threads=3) == []

    assert value(store) == 15


def test_a_closed_store_has_let_go_of_every_file_and_opens_again(store):
    before = open_files()
    add_one(store)

    store.close()

    assert open_files() < before
    add_one(store)
    assert value(store) == 2


def test_no_more_files_to_open_is_unavailable_and_passes(store):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        failures = in_threads(lambda: value(store), threads=1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert [type(failure) for failure in failures] == [Unavailable]
    assert in_threads(lambda: value(store), threads=1) == []


# Fork


def test_a_process_that_was_forked_off_an_open_store_is_refused(store):
    add_one(store)

    assert "before this process was forked" in in_a_fork(lambda: refused(lambda: add_one(store)))

    add_one(store)
    assert value(store) == 2


def test_a_process_that_was_forked_off_a_closed_store_may_write(store):
    store.close()

    assert in_a_fork(lambda: refused(lambda: add_one(store))) == "went through"

    assert value(store) == 1


def test_a_forked_process_that_closes_the_store_harms_nobody(store):
    add_one(store)

    in_a_fork(store.close)

    add_one(store)
    assert (value(store), store.facts()["integrity"]) == (2, "ok")


def test_a_row_committed_over_a_connection_from_before_a_fork_is_lost(store, path):
    """The twin: the parent closes last by its own count, and deletes the log that the child commits to."""
    store.close()
    with raw(path) as parents:
        parents.execute("UPDATE counters SET value = 1")
        told_child, told_parent = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            with raw(path) as childs:
                childs.execute("SELECT value FROM counters").fetchall()
                os.write(told_parent[1], b"open")
                os.read(told_child[0], 1)
                childs.execute("UPDATE counters SET value = 2")
                os._exit(0)
        os.read(told_parent[0], 4)
    os.write(told_child[1], b"closed")
    os.waitpid(child, 0)
    for end in (*told_child, *told_parent):
        os.close(end)

    assert value(store) == 1


# Facts


def test_the_facts_are_those_of_a_sound_database(store):
    facts = store.facts()

    assert facts.pop("library").startswith("3.")
    assert facts == {
        "engine": "sqlite",
        "journal": "wal",
        "synchronous": "full",
        "integrity": "ok",
        "foreign_keys": "ok",
    }


def test_a_reference_to_nothing_shows_in_the_facts(store, path):
    with raw(path) as shell:
        shell.execute("INSERT INTO partner_origins (partner_id, origin) VALUES (7, 'https://nobody.example')")

    assert store.facts()["foreign_keys"] == "broken"


def test_a_write_inside_a_write_of_the_same_thread_does_not_hang(store, monkeypatch):
    monkeypatch.setattr(store._group_commit, "_timeout_s", 0.05)

    with store.write(), pytest.raises(Unavailable), store.write():
        pass


def test_the_store_serves_a_thread_that_began_before_it(path):
    ready, done, seen = threading.Event(), threading.Event(), []

    def wait_and_read() -> None:
        ready.wait()
        seen.append(value(store))
        done.set()

    thread = threading.Thread(target=wait_and_read)
    thread.start()
    store = store_with_a_counter(path)
    ready.set()
    thread.join()

    assert seen == [0]
    store.close()


@pytest.mark.parametrize(("version", "warned"), [((3, 40, 1), True), ((3, 51, 3), False)])
def test_an_affected_library_is_told_in_the_log(tmp_path, caplog, version, warned):
    store = SqliteStore(tmp_path / "undersigned.db", library_version=version)
    store.migrate(create=True)
    store.close()

    assert ("may lose rows in WAL mode" in caplog.text) is warned
