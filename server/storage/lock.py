"""The writer's place: one holder at a time, across the threads of a process and across processes."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.errors import Unavailable

# flock knows no timeout, so another process's place is asked for again and again. At this pause that is as fast as
# waiting inside the kernel, which is no fairer: the one who lets go is the one who is awake.
PAUSE_S = 0.0003


class WriterLock:
    """A thread lock, then an advisory lock on a file beside the database.

    SQLite's own busy handler sleeps and retries, so under load the slowest writer waits seconds; a queue in front of
    BEGIN IMMEDIATE gives more throughput and a short tail. A process that dies lets go of the file by itself.
    """

    def __init__(self, path: Path, *, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._thread_lock = threading.Lock()
        self._opened: tuple[int, int] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the place for the length of the block.

        Raises ``Unavailable`` when nobody frees it within the timeout, or the file cannot be opened.
        """
        self.acquire(time.monotonic() + self._timeout_s)
        try:
            yield
        finally:
            self.release()

    def acquire(self, deadline: float) -> None:
        """Take the place as ``held`` does, until a moment of ``time.monotonic``; any thread may let go of it."""
        if not self._thread_lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Unavailable("the database is busy")
        try:
            self._lock_file(deadline)
        except BaseException:
            self._thread_lock.release()
            raise

    def release(self) -> None:
        """Let go of the place."""
        try:
            fcntl.flock(self._descriptor(), fcntl.LOCK_UN)
        finally:
            self._thread_lock.release()

    def _lock_file(self, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(self._descriptor(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Unavailable("the database is busy") from None
                time.sleep(PAUSE_S)
            except OSError as refusal:
                raise Unavailable(f"the writer's lock cannot be had: {refusal}") from refusal
            else:
                return

    def _descriptor(self) -> int:
        """Open the file once a process: a descriptor that came through fork would share its parent's lock."""
        pid = os.getpid()
        if self._opened is None or self._opened[0] != pid:
            self._opened = (pid, os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return self._opened[1]

    def close(self) -> None:
        """Close the file, if this process opened it."""
        if self._opened and self._opened[0] == os.getpid():
            os.close(self._opened[1])
        self._opened = None
