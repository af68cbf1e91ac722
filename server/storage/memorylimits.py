"""Counts hits for the limits in the memory of one process."""

import threading
import time

from limits.storage import Storage

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
