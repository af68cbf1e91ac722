"""Stores in several processes and threads at once, and a look at the file past all of them."""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from server.db.sqlite_store import SqliteStore

PATIENCE_S = 60
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["server.db"])


def store_with_a_counter(path: Path) -> SqliteStore:
    store = SqliteStore(path)
    store.migrate(create=True)
    with store.write() as tx:
        tx.run("CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT", {})
        tx.run("INSERT INTO counters (name, value) VALUES ('n', 0)", {})
    return store


def value(store: SqliteStore) -> int:
    with store.read() as tx:
        return tx.rows("SELECT value FROM counters", {})[0]["value"]


def add_one(store: SqliteStore) -> None:
    """Read, then write: what loses updates wherever two writers are let in at once."""
    with store.write() as tx:
        seen = tx.rows("SELECT value FROM counters", {})[0]["value"]
        tx.run("UPDATE counters SET value = :value", {"value": seen + 1})


def raw(path: Path) -> Any:
    """A connection that knows none of our manners, as an admin's sqlite3 shell."""
    return closing(sqlite3.connect(path, timeout=0, isolation_level=None))


def in_threads(act: Callable[[], object], *, threads: int) -> list[BaseException]:
    """Run ``act`` in threads at once and return what went wrong."""
    failures: list[BaseException] = []
    together = threading.Barrier(threads)

    def run() -> None:
        together.wait()
        try:
            act()
        except BaseException as failure:  # noqa: BLE001 - whatever it is, the test wants to see it
            failures.append(failure)

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return failures


def _answer(act: Callable[..., Any], arguments: Sequence[Any], together: Any, answers: Any) -> None:
    together.wait(PATIENCE_S)
    try:
        answers.put(act(*arguments))
    except Exception as failure:  # noqa: BLE001 - whatever it is, the test wants to see it
        answers.put(f"{type(failure).__name__}: {failure}")


def in_processes(act: Callable[..., Any], *arguments: Any, count: int) -> list[Any]:
    """Run a module's function in processes at once and return its answers, or what went wrong, in words."""
    answers, together = processes.Queue(), processes.Barrier(count)
    children = [processes.Process(target=_answer, args=(act, arguments, together, answers)) for _ in range(count)]
    for child in children:
        child.start()
    found = [answers.get(timeout=PATIENCE_S) for _ in children]
    for child in children:
        child.join()
    return found


def _run_lane(make: Callable[..., Callable[[Any], Any]], given: Sequence[Any], lane: Any, *ends: Any) -> None:
    together, answers = ends
    try:
        act = make(*given)
        done = []
        for one in lane:
            together.wait(PATIENCE_S)
            done.append(act(one))
        answers.put(done)
    except Exception as failure:  # noqa: BLE001 - whatever it is, the test wants to see it
        together.abort()
        answers.put(f"{type(failure).__name__}: {failure}")


def in_lanes(make: Callable[..., Callable[[Any], Any]], *given: Any, lanes: Sequence[Sequence[Any]]) -> list[Any]:
    """Do the first of each lane at once, then the second, and so on; each lane is a process of its own.

    ``make(*given)`` is called in each process and returns what does one of a lane. Returns each lane's answers, in no
    order of the lanes, or what went wrong, in words.
    """
    answers, together = processes.Queue(), processes.Barrier(len(lanes))
    children = [processes.Process(target=_run_lane, args=(make, given, lane, together, answers)) for lane in lanes]
    for child in children:
        child.start()
    found = [answers.get(timeout=len(lanes[0]) + PATIENCE_S) for _ in children]
    for child in children:
        child.join()
    return found
