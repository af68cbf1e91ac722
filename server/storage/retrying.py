"""Begins a verb anew when it met another writer: a few times beside the others, and at last alone."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from server.storage.transactions import Contended

P = ParamSpec("P")
R = TypeVar("R")

PAUSES_S = (0.005, 0.02, 0.05)

_alone: ContextVar[bool] = ContextVar("alone", default=False)


def is_alone() -> bool:
    """Say whether the transaction that begins now must be the only one that writes."""
    return _alone.get()


@contextmanager
def alone() -> Iterator[None]:
    """Let every writing transaction in this block have the database's writers' place to itself."""
    before = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(before)


def retried(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a verb that holds one ``write()``, and again if that met another writer; the last time nobody is beside it.

    All that it does must be undone with its transaction. On SQLite every writer is alone already.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for pause_s in PAUSES_S:
            try:
                return verb(*args, **kwargs)
            except Contended:
                time.sleep(pause_s * random.random())  # noqa: S311 - only so that two do not meet again
        with alone():
            return verb(*args, **kwargs)

    return run
