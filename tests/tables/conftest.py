"""An open transaction on a database with one statement."""

from collections.abc import Iterator

import pytest

from server.db import Store, Tx, running_alone
from server.tables.statements import Statement


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Call functions of ``tables`` in a transaction of the test's own."""
    with running_alone():
        yield


@pytest.fixture
def tx(db: Store, statement: Statement) -> Iterator[Tx]:
    with db.write() as tx:
        yield tx
