"""An open transaction on a database with one statement."""

from collections.abc import Iterator

import pytest

from server.db import Store, Tx, writing_alone
from server.tables.statements import Statement


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Let the test be the only writer: what happens beside others is tested in ``tests/db``."""
    with writing_alone():
        yield


@pytest.fixture
def tx(db: Store, statement: Statement) -> Iterator[Tx]:
    with db.write() as tx:
        yield tx
