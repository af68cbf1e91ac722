"""A desk at which to sign and confirm without HTTP."""

import pytest

from server.records.statements import Statement
from server.web.services import Services
from tests.conftest import Clock
from tests.scene import Desk


@pytest.fixture
def desk(services: Services, statement: Statement, clock: Clock) -> Desk:
    return Desk(services, statement, clock)
