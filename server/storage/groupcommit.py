"""Group commit: threads that write at the same time share one transaction, and so one wait for the disk."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from server.errors import Unavailable
from server.storage.lock import WriterLock
from server.storage.sqlite import in_our_words

# A sync to the disk takes as long as all the rest of a write. Threads still write one after the other, each as a step
# that is undone alone when it raises; but who ends while another one waits leaves the transaction open to that one, and
# is told only after the last has committed for all. A group never grows beyond the threads of the process, for each
# member waits. The idea is from DeWitt et al., Implementation Techniques for Main Memory Database Systems, 1984.


class _Group:
    """One open transaction, how many wrote in it, and what became of it once ``ended`` is let go of."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.members = 0
        self.failure: BaseException | None = None
        self.ended = threading.Lock()
        self.ended.acquire()


class GroupCommit:
    """Lets the threads of one process write one after the other on one connection, behind the lock between processes.

    ``connect`` gives that connection, in autocommit mode, and is asked at the beginning of each group.
    """

    def __init__(self, lock: WriterLock, connect: Callable[[], Any], *, timeout_s: float) -> None:
        self._lock = lock
        self._connect = connect
        self._timeout_s = timeout_s
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False
        self._mutex = threading.Lock()  # over the two above, and held for no longer than it takes to look at them
        self._group: _Group | None = None  # touched only by the thread whose turn it is

    @contextmanager
    def member(self) -> Iterator[Any]:
        """Give the connection, in a transaction, for one write; when the block has ended, that is on the disk.

        Raises ``Unavailable`` when the turn does not come within the timeout, and when what the block wrote was lost
        with the transaction of its group: then nothing of it is there, and it may be tried again.
        """
        group = self._join()
        try:
            with _undone_alone(group):
                yield group.connection
        finally:
            self._leave(group)
        with group.ended:
            if group.failure is not None:
                raise Unavailable(f"a write was lost with its group: {group.failure}") from group.failure

    def _join(self) -> _Group:
        """Wait for this thread's turn, and begin a group where none is open."""
        deadline = time.monotonic() + self._timeout_s
        self._take_turn()
        try:
            if self._group is None:
                self._group = self._begin(deadline)
        except BaseException:
            self._pass_turn_on()
            raise
        self._group.members += 1
        return self._group

    def _begin(self, deadline: float) -> _Group:
        group = _Group(self._connect())
        self._lock.acquire(deadline)
        try:
            with in_our_words:
                group.connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._lock.release()
            raise
        return group

    def _leave(self, group: _Group) -> None:
        """Let the next thread write; where there is none, or the transaction is gone, end the group."""
        if group.failure is None and self._hand_over():
            return
        self._group = None
        try:
            _end(group)
        finally:
            self._lock.release()
            self._pass_turn_on()
            group.ended.release()

    def _take_turn(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        if ticket.acquire(timeout=self._timeout_s):
            return
        with self._mutex:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                raise Unavailable("the database is busy")
        # The turn came between the end of our patience and this line; it must not be lost, so it is taken.

    def _hand_over(self) -> bool:
        """Give the turn to whoever has waited longest; False when nobody waits, and the turn is kept."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
                return True
        return False

    def _pass_turn_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


@contextmanager
def _undone_alone(group: _Group) -> Iterator[None]:
    """Undo what one member wrote when it raises.

    The first needs no savepoint, for nobody else's writes go with its own. A full disk undoes the transaction by
    itself, and all the members' writes with it.
    """
    connection, first = group.connection, group.members == 1
    if not first:
        with in_our_words:
            connection.execute("SAVEPOINT member")
    try:
        yield
    except BaseException as refusal:
        if first or not connection.in_transaction:
            group.failure = refusal
        else:
            connection.execute("ROLLBACK TO member")
            connection.execute("RELEASE member")
        raise
    if not connection.in_transaction:
        group.failure = Unavailable("the disk is full")
    elif not first:
        with in_our_words:
            connection.execute("RELEASE member")


def _end(group: _Group) -> None:
    """Commit, or undo what is left of a group that has failed."""
    try:
        if group.failure is None:
            with in_our_words:
                group.connection.execute("COMMIT")
    except BaseException as refusal:
        group.failure = refusal
        raise
    finally:
        if group.connection.in_transaction:
            group.connection.execute("ROLLBACK")
