"""Storage for rate limits (an SQLite file shared by processes, or one process's memory), and the daily keys."""

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

# In memory, for one process.

MOST_WINDOWS = 100_000


class MemoryStorage(Storage):
    """Fixed-window counters of this process alone, in the place of the ones that ``limits`` brings.

    Those look through all their keys a hundred times a second, which takes half of a core while 50,000 visitors come
    within a minute. Here a window that is over stays until there are ``MOST_WINDOWS``. When that many are running, all
    begin anew: who has so many networks is not stopped by a limit of each, and must not fill the memory with them.
    """

    STORAGE_SCHEME = ["memory"]  # noqa: RUF012 - the base class declares it as a plain list

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._windows: dict[str, tuple[int, float]] = {}
        self._counting = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Nothing that could happen to a dictionary means that this storage is lost."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count hits and return the sum of their window, which lasts ``expiry`` seconds from its first hit."""
        now = time.time()
        with self._counting:
            count, expires_at = self._running(key, now) or (0, now + expiry)
            self._windows[key] = count + amount, expires_at
            if len(self._windows) > MOST_WINDOWS:
                self._forget(now)
        return count + amount

    def get(self, key: str) -> int:
        """Return the sum of the running window, 0 where there is none."""
        count, _ = self._running(key, time.time()) or (0, 0.0)
        return count

    def get_expiry(self, key: str) -> float:
        """Return the epoch second at which the running window ends: now, where there is none."""
        now = time.time()
        _, expires_at = self._running(key, now) or (0, now)
        return expires_at

    def check(self) -> bool:
        """Tell that hits can be counted."""
        return True

    def reset(self) -> int | None:
        """Forget all hits, and return how many windows that were."""
        with self._counting:
            count = len(self._windows)
            self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget the hits of one key."""
        with self._counting:
            self._windows.pop(key, None)

    def _running(self, key: str, now: float) -> tuple[int, float] | None:
        window = self._windows.get(key)
        return window if window is not None and window[1] > now else None

    def _forget(self, now: float) -> None:
        running = {key: window for key, window in self._windows.items() if window[1] > now}
        self._windows = running if len(running) <= MOST_WINDOWS // 2 else {}


# In an SQLite file, exact across processes.

# The file is not the database. It is written with synchronous=OFF and without this folder's gate on the SQLite version,
# because all that a torn or lost file costs is a few counters, and the limiter then counts in memory. So nothing else
# may be kept in it. It is also the only home of the daily keys: they turn a visitor's network into a name that nobody
# can turn back once the key is gone.

BUSY_TIMEOUT_S = 0.5
PRUNE_EVERY_HITS = 256
PRUNE_AT_MOST = 1024  # more than PRUNE_EVERY_HITS, so that the file stops growing during a flood
DAILY_KEY_BYTES = 32
DAY_S = 24 * 60 * 60

# A changed layout gets a new number, and with it new tables: old counters are left behind, not converted.
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

# One statement counts, and begins a new window where the old one is over; nothing can come between reading and writing.
HIT = """
INSERT INTO hits_1 (key, count, expires_at)
VALUES (:key, :amount, :now + :window)
ON CONFLICT (key) DO UPDATE
   SET count = CASE WHEN expires_at <= :now THEN 0 ELSE count END + :amount,
       expires_at = CASE WHEN expires_at <= :now THEN :now + :window ELSE expires_at END
RETURNING count
"""

# Counts one hit in the windows of a limit, in their order, up to the first that is full: that one and all after it
# stay as they are. So the number of rows tells which one was full.
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
    """A connection that closes itself with its thread, and is left alone by a process that inherited it at a fork."""

    def __init__(self, path: Path) -> None:
        self.pid = os.getpid()
        path.touch(mode=0o600)
        self.sqlite = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        with suppress(sqlite3.OperationalError):  # another process is just changing the mode, which serves us too
            self.sqlite.execute("PRAGMA journal_mode = WAL")
        self.sqlite.execute("PRAGMA synchronous = OFF")
        self.sqlite.execute("PRAGMA secure_delete = ON")
        for statement in SCHEMA.split(";"):
            self.sqlite.execute(statement)

    def __del__(self) -> None:
        if self.pid == os.getpid() and hasattr(self, "sqlite"):
            self.sqlite.close()


class SqliteStorage(Storage):
    """Fixed-window counters that all threads and processes on one machine share.

    Importing this module registers it with ``limits`` as ``sqlite:////absolute/path``. Every method but ``check``
    raises ``limits.errors.StorageError`` when the file cannot be used, so that the limiter can fall back. A connection
    is made at the first hit of each thread, and anew after a fork. ``limits`` gives a storage no clock, so this is the
    one class below ``web`` that asks for the time by itself.
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
        """What counts as the file being unusable; ``StorageError`` carries it."""
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count hits and return the sum of their window, which lasts ``expiry`` seconds from its first hit."""
        now = time.time()
        ((count,),) = self._run(HIT, {"key": key, "amount": amount, "now": now, "window": expiry}).fetchall()
        self._prune_now_and_then(now, hits=1)
        return int(count)

    def hit_all(self, windows: tuple[RateLimitItem, ...], whose: str) -> int:
        """Count one hit in each window up to the first that is full, and return how many that were.

        One transaction for all windows takes half the time of one for each, and lets no other hit in between.
        """
        now = time.time()
        counted = int(self._run(HIT_ALL, {"windows": _windows_as_json(windows), "whose": whose, "now": now}).rowcount)
        self._prune_now_and_then(now, hits=counted)
        return counted

    def _prune_now_and_then(self, now: float, *, hits: int) -> None:
        before, self._hits = self._hits, self._hits + hits  # a lost addition between threads only moves the next one
        if before // PRUNE_EVERY_HITS != self._hits // PRUNE_EVERY_HITS:
            self._run(PRUNE, {"now": now, "at_most": PRUNE_AT_MOST})

    def get(self, key: str) -> int:
        """Return the sum of the running window, 0 where there is none."""
        values = {"key": key, "now": time.time()}
        rows = self._run("SELECT count FROM hits_1 WHERE key = :key AND expires_at > :now", values).fetchall()
        return int(rows[0][0]) if rows else 0

    def get_expiry(self, key: str) -> float:
        """Return the epoch second at which the running window ends: now, where there is none."""
        now = time.time()
        values = {"key": key, "now": now}
        rows = self._run("SELECT expires_at FROM hits_1 WHERE key = :key AND expires_at > :now", values).fetchall()
        return float(rows[0][0]) if rows else now

    def check(self) -> bool:
        """Tell whether hits can be written; never raises, for the limiter asks it while it has already fallen back."""
        with suppress(StorageError):
            self._run(PRUNE, {"now": time.time(), "at_most": 1})
            return True
        return False

    def reset(self) -> int | None:
        """Forget all hits, and return how many windows that were; the daily keys stay."""
        return int(self._run("DELETE FROM hits_1", {}).rowcount)

    def clear(self, key: str) -> None:
        """Forget the hits of one key."""
        self._run("DELETE FROM hits_1 WHERE key = :key", {"key": key})

    def daily_key(self, day: int) -> bytes:
        """Return the random bytes of a day (counted from the epoch, UTC), the same in every process on this file.

        Keys from before the eve of ``day`` are deleted, and with ``secure_delete`` overwritten.
        """
        self._run("DELETE FROM daily_keys_1 WHERE day < :day - 1", {"day": day})
        self._run(
            "INSERT INTO daily_keys_1 (day, key) VALUES (:day, :key) ON CONFLICT (day) DO NOTHING",
            {"day": day, "key": secrets.token_bytes(DAILY_KEY_BYTES)},
        )
        ((key,),) = self._run("SELECT key FROM daily_keys_1 WHERE day = :day", {"day": day}).fetchall()
        return bytes(key)

    def _run(self, statement: str, values: Mapping[str, object]) -> Any:
        """Run one statement in a transaction of its own; after an error the next call opens the file anew.

        Returns the cursor, whose rows are to be fetched at once.
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
    """Count one hit in each window, in their order, and return the first that is full, None where none is.

    ``whose`` names the visitor and the limit. The windows after a full one are not counted. Raises ``StorageError``
    when the store cannot be reached.
    """
    if isinstance(storage, SqliteStorage):
        counted = storage.hit_all(windows, whose)
        return None if counted == len(windows) else windows[counted]
    for window in windows:
        if storage.incr(whose + _key_suffix(window), window.get_expiry()) > window.amount:
            return window
    return None


def window_resets_at(storage: Storage, window: RateLimitItem, whose: str) -> float:
    """Return the epoch second at which a window of this visitor's ends; raises ``StorageError``."""
    return storage.get_expiry(whose + _key_suffix(window))


def _key_suffix(window: RateLimitItem) -> str:
    """Return the rest of a counter's key: a limit that is changed begins a new count."""
    return f"/{window.amount}/{window.get_expiry()}"


@lru_cache
def _windows_as_json(windows: tuple[RateLimitItem, ...]) -> str:
    """Return the windows of a limit as ``HIT_ALL`` reads them."""
    return json.dumps([(_key_suffix(window), window.amount, window.get_expiry()) for window in windows])


def get_or_create_daily_key(storage: Storage, day: int) -> bytes:
    """Return the key of a day from whichever store the limiter has.

    The memory of one process keeps none: a new key at every call, which the caller must hold for the day. Raises
    ``StorageError`` when the store cannot be reached.
    """
    if isinstance(storage, SqliteStorage):
        return storage.daily_key(day)
    if not isinstance(storage, RedisStorage):
        return secrets.token_bytes(DAILY_KEY_BYTES)
    redis: Any = storage.get_connection()  # the type that limits gives it knows only what limits uses
    name = storage.prefixed_key(f"daily-key/{day}")
    try:
        redis.set(name, secrets.token_bytes(DAILY_KEY_BYTES), nx=True, ex=2 * DAY_S)
        return bytes(redis.get(name))
    except storage.base_exceptions as error:
        raise StorageError(error) from error
