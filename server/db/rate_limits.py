"""Storage of rate limits (an SQLite file shared by processes, or the memory of one process) and of the daily keys."""

import json
import os
import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from limits import RateLimitItem
from limits.errors import ConfigurationError, StorageError
from limits.storage import RedisStorage, Storage
from sqlite_utils.utils import sqlite3

# Counters in memory, for one process.

MOST_WINDOWS = 100_000


class MemoryStorage(Storage):
    """Fixed-window counters of this process. Replaces the memory storage of ``limits``.

    That one scans all its keys 100 times a second, which takes half a CPU core when 50,000 visitors come within a
    minute. This one deletes expired windows only when it has more than ``MOST_WINDOWS``. If more than half of those
    are still running, it resets all counters: limits per network cannot stop an attacker with that many networks, and
    the memory must stay bounded.
    """

    STORAGE_SCHEME = ["memory"]  # noqa: RUF012 - the base class declares it as a plain list

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._windows: dict[str, tuple[int, float]] = {}
        self._counting = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """The errors that mean a failed storage: none, since a dictionary cannot fail."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add hits and return the count of the window, which ends ``expiry`` seconds after its first hit."""
        now = time.time()
        with self._counting:
            count, expires_at = self._running(key, now) or (0, now + expiry)
            self._windows[key] = count + amount, expires_at
            if len(self._windows) > MOST_WINDOWS:
                self._forget(now)
        return count + amount

    def get(self, key: str) -> int:
        """Return the count of the running window, 0 if no window is running."""
        count, _ = self._running(key, time.time()) or (0, 0.0)
        return count

    def get_expiry(self, key: str) -> float:
        """Return the epoch second when the running window ends, or the current time if no window is running."""
        now = time.time()
        _, expires_at = self._running(key, now) or (0, now)
        return expires_at

    def check(self) -> bool:
        """Return whether the storage works: always True."""
        return True

    def reset(self) -> int | None:
        """Delete all counters and return how many there were."""
        with self._counting:
            count = len(self._windows)
            self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Delete the counter of one key."""
        with self._counting:
            self._windows.pop(key, None)

    def _running(self, key: str, now: float) -> tuple[int, float] | None:
        window = self._windows.get(key)
        return window if window is not None and window[1] > now else None

    def _forget(self, now: float) -> None:
        running = {key: window for key, window in self._windows.items() if window[1] > now}
        self._windows = running if len(running) <= MOST_WINDOWS // 2 else {}


# Counters in an SQLite file, exact across processes.

# This file is separate from the database. It is written with synchronous=OFF, and in WAL mode even with SQLite versions
# for which ``wal_is_safe`` is false: a broken file costs only a few counters, and the limiter then counts in memory. So
# store nothing in it that must survive. It also has the daily keys, which turn a visitor's network into a pseudonym;
# once the key is deleted, nobody can find the network of a pseudonym.

BUSY_TIMEOUT_S = 0.5
PRUNE_EVERY_HITS = 256
PRUNE_AT_MOST = 1024  # more than PRUNE_EVERY_HITS, so that the file stops growing during a flood
DAILY_KEY_BYTES = 32
DAY_S = 24 * 60 * 60

# When the schema changes, increase the number in the table names. Old counters are not converted.
SCHEMA = """
CREATE TABLE IF NOT EXISTS hits_1 (
    key TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hits_1_expires_at ON hits_1 (expires_at);
CREATE TABLE IF NOT EXISTS daily_keys_1 (
    day INTEGER PRIMARY KEY,
    key BLOB NOT NULL
);
"""

# Count the hit and, if the window has expired, start a new one. A single statement, so it is atomic.
HIT = """
INSERT INTO hits_1 (key, count, expires_at)
VALUES (:key, :amount, :now + :window)
ON CONFLICT (key) DO UPDATE
   SET count = CASE WHEN expires_at <= :now THEN 0 ELSE count END + :amount,
       expires_at = CASE WHEN expires_at <= :now THEN :now + :window ELSE expires_at END
RETURNING count
"""

# Count one hit in each window of a limit, in order, but stop before the first window that is full. So the number of
# affected rows is the index of the full window.
HIT_ALL = """
WITH asked AS (SELECT key AS place, :whose || (value ->> 0) AS name, value ->> 1 AS most, value ->> 2 AS lasts
                 FROM json_each(:windows)),
     refused AS (SELECT min(place) AS place
                   FROM asked JOIN hits_1 ON hits_1.key = asked.name
                  WHERE expires_at > :now AND count >= most)
INSERT INTO hits_1 (key, count, expires_at)
SELECT name, 1, :now + lasts
  FROM asked, refused
 WHERE refused.place IS NULL OR asked.place < refused.place
ON CONFLICT (key) DO UPDATE
   SET count = CASE WHEN expires_at <= :now THEN 0 ELSE count END + 1,
       expires_at = CASE WHEN expires_at <= :now THEN excluded.expires_at ELSE expires_at END
"""

PRUNE = """
DELETE FROM hits_1
 WHERE key IN (SELECT key FROM hits_1 WHERE expires_at <= :now ORDER BY expires_at LIMIT :at_most)
"""


class _Connection:
    """A connection of one thread, closed when the thread ends, but not by a process that inherited it from a fork."""

    def __init__(self, path: Path) -> None:
        self.pid = os.getpid()
        path.touch(mode=0o600)
        self.sqlite = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        with suppress(sqlite3.OperationalError):  # another process is setting the same mode right now
            self.sqlite.execute("PRAGMA journal_mode = WAL")
        self.sqlite.execute("PRAGMA synchronous = OFF")
        self.sqlite.execute("PRAGMA secure_delete = ON")
        for statement in SCHEMA.split(";"):
            self.sqlite.execute(statement)

    def __del__(self) -> None:
        if self.pid == os.getpid() and hasattr(self, "sqlite"):
            self.sqlite.close()


class SqliteStorage(Storage):
    """Fixed-window counters shared by all threads and processes on one machine.

    Importing this module registers the class with ``limits`` for ``sqlite:////absolute/path``. Every method except
    ``check`` raises ``limits.errors.StorageError`` when the file cannot be used, so that the limiter can fall back.
    Each thread opens its own connection at its first hit, and a new one after a fork. The storages read the clock
    themselves, because ``limits`` passes no time; nothing else below ``web`` does.
    """

    STORAGE_SCHEME = ["sqlite"]  # noqa: RUF012 - the base class declares it as a plain list

    def __init__(self, uri: str, wrap_exceptions: bool = True, **_: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self.path = Path(uri.removeprefix("sqlite:///"))
        if not self.path.is_absolute():
            raise ConfigurationError(f"a limit storage must look like sqlite:////absolute/path, not {uri}")
        self._mine = threading.local()
        self._hits = 0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """The errors that mean that the file cannot be used; they are the cause of ``StorageError``."""
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add hits and return the count of the window, which ends ``expiry`` seconds after its first hit."""
        now = time.time()
        ((count,),) = self._run(HIT, {"key": key, "amount": amount, "now": now, "window": expiry}).fetchall()
        self._prune_now_and_then(now, hits=1)
        return int(count)

    def hit_all(self, windows: tuple[RateLimitItem, ...], whose: str) -> int:
        """Count one hit in each window before the first that is full, and return the number of windows counted.

        One statement for all windows takes half the time of one for each window, and it is atomic.
        """
        now = time.time()
        counted = int(self._run(HIT_ALL, {"windows": _windows_as_json(windows), "whose": whose, "now": now}).rowcount)
        self._prune_now_and_then(now, hits=counted)
        return counted

    def _prune_now_and_then(self, now: float, *, hits: int) -> None:
        before, self._hits = self._hits, self._hits + hits  # an update lost in a race only delays pruning
        if before // PRUNE_EVERY_HITS != self._hits // PRUNE_EVERY_HITS:
            self._run(PRUNE, {"now": now, "at_most": PRUNE_AT_MOST})

    def get(self, key: str) -> int:
        """Return the count of the running window, 0 if no window is running."""
        values = {"key": key, "now": time.time()}
        rows = self._run("SELECT count FROM hits_1 WHERE key = :key AND expires_at > :now", values).fetchall()
        return int(rows[0][0]) if rows else 0

    def get_expiry(self, key: str) -> float:
        """Return the epoch second when the running window ends, or the current time if no window is running."""
        now = time.time()
        values = {"key": key, "now": now}
        rows = self._run("SELECT expires_at FROM hits_1 WHERE key = :key AND expires_at > :now", values).fetchall()
        return float(rows[0][0]) if rows else now

    def check(self) -> bool:
        """Return whether the file can be written. Never raises: the limiter calls it while it uses its fallback."""
        with suppress(StorageError):
            self._run(PRUNE, {"now": time.time(), "at_most": 1})
            return True
        return False

    def reset(self) -> int | None:
        """Delete all counters and return how many there were; the daily keys stay."""
        return int(self._run("DELETE FROM hits_1", {}).rowcount)

    def clear(self, key: str) -> None:
        """Delete the counter of one key."""
        self._run("DELETE FROM hits_1 WHERE key = :key", {"key": key})

    def daily_key(self, day: int) -> bytes:
        """Return the random key of a day (days since the epoch, UTC), the same for every process that uses this file.

        Deletes keys older than the day before ``day``; ``secure_delete`` overwrites them in the file.
        """
        self._run("DELETE FROM daily_keys_1 WHERE day < :day - 1", {"day": day})
        self._run(
            "INSERT INTO daily_keys_1 (day, key) VALUES (:day, :key) ON CONFLICT (day) DO NOTHING",
            {"day": day, "key": secrets.token_bytes(DAILY_KEY_BYTES)},
        )
        ((key,),) = self._run("SELECT key FROM daily_keys_1 WHERE day = :day", {"day": day}).fetchall()
        return bytes(key)

    def _run(self, statement: str, values: Mapping[str, object]) -> Any:
        """Run one statement in its own transaction and return its cursor. Fetch the rows at once.

        Raises ``StorageError``; the next call then opens a new connection.
        """
        try:
            connection: _Connection | None = getattr(self._mine, "connection", None)
            if connection is None or connection.pid != os.getpid():
                connection = self._mine.connection = _Connection(self.path)
            return connection.sqlite.execute(statement, values)
        except (sqlite3.Error, OSError) as error:
            self._mine.connection = None
            raise StorageError(error) from error


def hit_all(storage: Storage, windows: tuple[RateLimitItem, ...], whose: str) -> RateLimitItem | None:
    """Count one hit in each window, in order, and return the first window that is full, None if none is full.

    ``whose`` identifies the visitor and the limit. Windows after a full one are not counted. Raises ``StorageError``
    when the storage cannot be reached.
    """
    if isinstance(storage, SqliteStorage):
        counted = storage.hit_all(windows, whose)
        return None if counted == len(windows) else windows[counted]
    for window in windows:
        if storage.incr(whose + _key_suffix(window), window.get_expiry()) > window.amount:
            return window
    return None


def window_resets_at(storage: Storage, window: RateLimitItem, whose: str) -> float:
    """Return the epoch second when this visitor's window ends; raises ``StorageError``."""
    return storage.get_expiry(whose + _key_suffix(window))


def _key_suffix(window: RateLimitItem) -> str:
    """Return the part of a counter's key that names the window, so that a changed limit starts a new counter."""
    return f"/{window.amount}/{window.get_expiry()}"


@lru_cache
def _windows_as_json(windows: tuple[RateLimitItem, ...]) -> str:
    """Return the windows of a limit as the JSON parameter of ``HIT_ALL``: [key suffix, maximum, seconds] for each."""
    return json.dumps([(_key_suffix(window), window.amount, window.get_expiry()) for window in windows])


def get_or_create_daily_key(storage: Storage, day: int) -> bytes:
    """Return the key of a day (days since the epoch) from the storage of the limiter.

    The memory storage does not store keys: every call returns a new one, so the caller must keep it for the day.
    Raises ``StorageError`` when the storage cannot be reached.
    """
    if isinstance(storage, SqliteStorage):
        return storage.daily_key(day)
    if not isinstance(storage, RedisStorage):
        return secrets.token_bytes(DAILY_KEY_BYTES)
    redis: Any = storage.get_connection()  # the type that limits declares lacks set() and get()
    name = storage.prefixed_key(f"daily-key/{day}")
    try:
        redis.set(name, secrets.token_bytes(DAILY_KEY_BYTES), nx=True, ex=2 * DAY_S)
        return bytes(redis.get(name))
    except storage.base_exceptions as error:
        raise StorageError(error) from error
