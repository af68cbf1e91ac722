"""The option ``--engine``: which database the suite runs on."""

from collections.abc import Iterator

import pytest

from tests.databases import Cluster, databases, programs

DATABASE = "own"
DATABASE_FIXTURES = frozenset(("db", "cluster", "tmp_path", "tmp_path_factory"))
"""What a test asks for that has a database, or a folder for one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=("sqlite", "postgres"), default="sqlite", help="what the records are kept in")


def pytest_configure(config: pytest.Config) -> None:
    databases.on_postgres = config.getoption("--engine") == "postgres"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about SQLite itself, or about no database, while the suite runs on another engine."""
    if databases.on_postgres:
        others = [item for item in items if item.get_closest_marker("sqlite") or not _may_open_a_database(item)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


def _may_open_a_database(item: pytest.Item) -> bool:
    return not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_unconfigure() -> None:
    databases.close()


@pytest.fixture(autouse=True, scope="module")
def _databases_of_a_module() -> Iterator[None]:
    yield
    databases.take_back()


@pytest.fixture(autouse=True)
def _databases_of_a_test(_databases_of_a_module: None) -> Iterator[None]:
    of_its_module = databases.in_use()
    yield
    databases.take_back(but=of_its_module)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of the test's own, which may be stopped, with one empty database."""
    made = Cluster(programs(), "fsync=off")
    made.start()
    made.execute(f"CREATE DATABASE {DATABASE}")
    yield made
    made.close()
