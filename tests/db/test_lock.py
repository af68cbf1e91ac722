"""The writer's lock: one holder at a time, bounded waiting, and nothing left behind by the dead."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from server.db.sqlite_store import WriterLock
from server.errors import Unavailable
from tests.db.racing import PATIENCE_S, processes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "u.db.lock"


def hold_until_killed(path: Path, held) -> None:
    with WriterLock(path, timeout_s=5).held():
        held.set()
        threading.Event().wait()


@pytest.fixture
def holder(path):
    """Another process that has the lock and will not let go of it."""
    held = processes.Event()
    process = processes.Process(target=hold_until_killed, args=(path, held))
    process.start()
    assert held.wait(PATIENCE_S)
    yield process
    if process.is_alive():
        process.kill()
    process.join()


def test_a_process_that_is_killed_lets_go_of_the_lock(path, holder):
    lock = WriterLock(path, timeout_s=5)

    os.kill(holder.pid, signal.SIGKILL)

    with lock.held():
        pass
    lock.close()


def test_another_process_that_keeps_the_lock_is_waited_for_so_long_and_no_longer(path, holder):
    lock = WriterLock(path, timeout_s=0.1)
    began = time.monotonic()

    with pytest.raises(Unavailable), lock.held():
        pass

    assert 0.1 <= time.monotonic() - began < 2
    lock.close()


def test_a_stopped_process_hangs_nobody(path, holder):
    os.kill(holder.pid, signal.SIGSTOP)
    lock = WriterLock(path, timeout_s=0.05)

    with pytest.raises(Unavailable), lock.held():
        pass
    lock.close()


def test_another_thread_that_keeps_the_lock_is_waited_for_so_long_and_no_longer(path):
    lock, refusals = WriterLock(path, timeout_s=0.05), []

    def knock() -> None:
        try:
            with lock.held():
                pass
        except Unavailable as refusal:
            refusals.append(refusal)

    with lock.held():
        thread = threading.Thread(target=knock)
        thread.start()
        thread.join()

    assert [refusal.status for refusal in refusals] == [503]
    lock.close()


def test_a_refused_process_gets_the_lock_later(path, holder):
    lock = WriterLock(path, timeout_s=0.05)
    with pytest.raises(Unavailable), lock.held():
        pass

    holder.kill()
    holder.join()

    with lock.held():
        pass
    lock.close()


def test_the_lock_is_let_go_when_its_block_raises(path):
    lock = WriterLock(path, timeout_s=0.05)
    with pytest.raises(KeyError), lock.held():
        raise KeyError

    other = WriterLock(path, timeout_s=0.05)
    with other.held():
        pass
    lock.close()
    other.close()


def test_what_goes_wrong_inside_is_not_taken_for_the_locks_fault(path):
    with pytest.raises(BlockingIOError), WriterLock(path, timeout_s=0.05).held():
        raise BlockingIOError


def test_a_lock_file_that_cannot_be_made_is_unavailable(tmp_path):
    with pytest.raises(Unavailable), WriterLock(tmp_path / "gone" / "u.lock", timeout_s=0.05).held():
        pass


def test_only_its_owner_may_read_the_lock_file(path):
    with WriterLock(path, timeout_s=1).held():
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_closed_lock_opens_again(path):
    lock = WriterLock(path, timeout_s=1)
    with lock.held():
        pass
    lock.close()

    with lock.held():
        pass
    lock.close()
