"""An open transaction on a database with one statement."""

from collections.abc import Iterator

import pytest

from server.records.statements import Statement
from server.storage import Store, Tx


@pytest.fixture
def tx(db: Store, statement: Statement) -> Iterator[Tx]:
    with db.write() as tx:
        yield tx
