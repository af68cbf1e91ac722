"""Admins of each kind at the desk of an open statement, and one of another statement."""

from pathlib import Path

import pytest
from flask import Flask

from server.config import Settings, read_settings
from server.db import Store
from server.tables.statements import Statement
from tests.conftest import Clock, environment
from tests.web.admin.desk import Browser, logged_in
from tests.web.scene import NO_LIMITS, add_statement

OTHER = "clean-lakes"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(environment(tmp_path, **NO_LIMITS))


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Somebody who is not logged in."""
    return Browser(app.test_client())


@pytest.fixture
def viewer(app: Flask, statement: Statement, clock: Clock) -> Browser:
    return logged_in(app, "vera", "viewer", slug=statement.slug, now=clock())


@pytest.fixture
def moderator(app: Flask, statement: Statement, clock: Clock) -> Browser:
    return logged_in(app, "mher", "moderator", slug=statement.slug, now=clock())


@pytest.fixture
def owner(app: Flask, statement: Statement, clock: Clock) -> Browser:
    return logged_in(app, "olga", "owner", slug=statement.slug, now=clock())


@pytest.fixture
def other_owner(app: Flask, db: Store, statement: Statement, clock: Clock) -> Browser:
    """The owner of another statement."""
    add_statement(db, OTHER, clock())
    return logged_in(app, "otar", "owner", slug=OTHER, now=clock())


@pytest.fixture
def server_owner(app: Flask, statement: Statement, clock: Clock) -> Browser:
    """The owner of the whole server."""
    return logged_in(app, "sona", "owner", slug=None, now=clock())
