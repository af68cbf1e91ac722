"""Group commit: many threads, one transaction; each is undone alone, and told only what is true of its own write."""

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from server.db.sqlite_store import SqliteStore
from server.errors import Unavailable
from tests.db.racing import PATIENCE_S, add_one, in_threads, raw, value


def until(seen: Callable[[], bool]) -> None:
    """Look again and again for what other threads are about to do."""
    deadline = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < deadline


class Writers:
    """Threads that write one after the other, in a known order: the first goes on only once all others wait."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._threads: list[threading.Thread] = []
        self._may_end = threading.Event()
        self.told: dict[str, str] = {}
        """What each was told, by name: "done", or what was raised."""

    def first(self, name: str, act: Callable[..., None]) -> None:
        begun = threading.Event()

        def act_and_wait(tx) -> None:
            begun.set()
            assert self._may_end.wait(PATIENCE_S)
            act(tx)

        self._start(name, act_and_wait)
        assert begun.wait(PATIENCE_S)

    def then(self, name: str, act: Callable[..., None]) -> None:
        waiting = self._store._group_commit._waiting
        before = len(waiting)
        self._start(name, act)
        until(lambda: len(waiting) > before)

    def end(self) -> dict[str, str]:
        self._may_end.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        return self.told

    def _start(self, name: str, act: Callable[..., None]) -> None:
        def write() -> None:
            try:
                with self._store.write() as tx:
                    act(tx)
            except Exception as refusal:  # noqa: BLE001 - whatever it is, the test wants to see it
                self.told[name] = type(refusal).__name__
            else:
                self.told[name] = "done"

        thread = threading.Thread(target=write)
        self._threads.append(thread)
        thread.start()


@pytest.fixture
def writers(store: SqliteStore) -> Writers:
    return Writers(store)


def put(name: str, *, then: Callable[..., None] | None = None) -> Callable[..., None]:
    def act(tx) -> None:
        tx.run("INSERT INTO counters (name, value) VALUES (:name, 1)", {"name": name})
        if then:
            then(tx)

    return act


def names(path: Path) -> list[str]:
    """Return what is on the disk, for a stranger to see."""
    with raw(path) as shell:
        return [name for (name,) in shell.execute("SELECT name FROM counters WHERE name <> 'n' ORDER BY name")]


def fail(_tx) -> None:
    raise KeyError


def refer_to_nothing(tx) -> None:
    """Break a rule that SQLite looks at only when it commits."""
    tx.run("PRAGMA defer_foreign_keys = ON", {})
    tx.run("INSERT INTO partner_origins (partner_id, origin) VALUES (7, 'https://nobody.example')", {})


def fill_the_disk(tx) -> None:
    pages = tx.rows("PRAGMA page_count", {})[0]["page_count"]
    tx.rows(f"PRAGMA max_page_count = {pages}", {})
    tx.run("INSERT INTO counters (name, value) VALUES (:name, 1)", {"name": "x" * 100_000})


def commits(store: SqliteStore) -> list[str]:
    """Return a list to which every COMMIT is added from now on."""
    seen: list[str] = []
    store._writer().set_trace_callback(lambda said: seen.append(said) if said == "COMMIT" else None)
    return seen


# What a group is for


def test_those_who_wait_for_each_other_share_one_commit(store, path, writers):
    committed = commits(store)

    writers.first("a", put("a"))
    for name in "bcd":
        writers.then(name, put(name))

    assert writers.end() == dict.fromkeys("abcd", "done")
    assert (names(path), len(committed)) == (list("abcd"), 1)


def test_who_writes_alone_commits_alone(store, path):
    committed = commits(store)

    for name in "abc":
        with store.write() as tx:
            put(name)(tx)
        assert name in names(path)

    assert len(committed) == 3


def test_nobody_is_told_before_all_is_on_the_disk(path, writers):
    seen: list[tuple[list[str], dict[str, str]]] = []

    writers.first("a", put("a"))
    writers.then("b", put("b", then=lambda _: seen.append((names(path), dict(writers.told)))))

    writers.end()
    assert seen == [([], {})]


def test_the_turns_come_in_the_order_of_asking(writers):
    order: list[str] = []

    writers.first("a", put("a"))
    for name in "bcdef":
        writers.then(name, lambda _, name=name: order.append(name))

    writers.end()
    assert order == list("bcdef")


# Failures


@pytest.mark.parametrize("failing", range(3))
def test_who_raises_is_undone_alone(path, writers, failing):
    acts = [put(name, then=fail if at == failing else None) for at, name in enumerate("abc")]

    writers.first("a", acts[0])
    writers.then("b", acts[1])
    writers.then("c", acts[2])

    wanted = {name: "KeyError" if at == failing else "done" for at, name in enumerate("abc")}
    assert writers.end() == wanted
    assert names(path) == [name for name, told in wanted.items() if told == "done"]


def test_a_failed_commit_is_told_to_everybody_whom_it_concerns(path, store, writers):
    writers.first("a", put("a"))
    writers.then("b", put("b", then=refer_to_nothing))
    writers.then("c", put("c"))

    told = writers.end()

    assert {told["a"], told["b"]} == {"Unavailable"}
    assert told["c"] == "IntegrityError"  # the last one commits, and sees the reason
    assert names(path) == []
    add_one(store)
    assert value(store) == 1


def test_a_full_disk_takes_the_group_with_it_and_nobody_is_told_otherwise(path, store, writers):
    writers.first("a", put("a"))
    writers.then("b", put("b", then=fill_the_disk))
    writers.then("c", put("c"))

    assert writers.end() == {"a": "Unavailable", "b": "Unavailable", "c": "done"}
    assert names(path) == ["c"]


def test_who_swallows_that_the_disk_is_full_is_told_all_the_same(path, store):
    def swallow(tx) -> None:
        with pytest.raises(Unavailable):
            fill_the_disk(tx)

    with pytest.raises(Unavailable), store.write() as tx:
        put("a", then=swallow)(tx)

    assert names(path) == []


def test_who_loses_patience_leaves_the_queue_and_harms_nobody(path, store, writers, monkeypatch):
    monkeypatch.setattr(store._group_commit, "_timeout_s", 0.05)
    writers.first("a", put("a"))

    writers.then("b", put("b"))
    until(lambda: "b" in writers.told)

    assert writers.end() == {"a": "done", "b": "Unavailable"}
    add_one(store)
    assert names(path) == ["a"]


def test_a_group_that_cannot_begin_leaves_the_turn_to_the_next(path, store, monkeypatch):
    with raw(path) as shell:
        shell.execute("BEGIN IMMEDIATE")
        store._writer().execute("PRAGMA busy_timeout = 20")
        assert {type(failure) for failure in in_threads(lambda: add_one(store), threads=3)} == {Unavailable}
        shell.execute("ROLLBACK")

    add_one(store)
    assert value(store) == 1


# The crowd


def add_and_fail(store: SqliteStore) -> None:
    """Twenty times: add one, then add a thousand and raise."""
    for _ in range(20):
        add_one(store)
        with suppress(KeyError), store.write() as tx:
            tx.run("UPDATE counters SET value = value + 1000", {})
            fail(tx)


def test_a_crowd_of_which_half_fails_counts_exactly(store):
    committed = commits(store)

    assert in_threads(lambda: add_and_fail(store), threads=8) == []

    assert value(store) == 160
    assert len(committed) < 160


def test_a_crowd_whose_failures_are_not_undone_counts_them_too(store, monkeypatch):
    """The twin: what the same crowd does where a member's failure undoes nothing."""

    @contextmanager
    def undone_by_nobody(_group):
        yield

    monkeypatch.setattr("server.db.sqlite_store._rolled_back_on_error", undone_by_nobody)

    assert in_threads(lambda: add_and_fail(store), threads=8) == []

    assert value(store) > 160
