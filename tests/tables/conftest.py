"""An open transaction on a database with one statement."""

from collections.abc import Iterator

import pytest

from server.db import Store, Tx, running_alone
from server.tables.statements import Statement


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """A records' function is called by one writer here, and what it answers to one is looked at."""
    with running_alone():
        yield


@pytest.fixture
def tx(db: Store, statement: Statement) -> Iterator[Tx]:
    with db.write() as tx:
        yield tx
