"""An instance whose limits nobody reaches, a signature that waits for its owner, and a visitor without JavaScript."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.config import Settings, read_settings
from server.db import Store
from server.services.tokens import add_token
from server.tables.statements import Statement
from server.web.context import Context
from tests.conftest import Clock, Signer, environment
from tests.web.reading import Page
from tests.web.scene import NO_LIMITS, PAGE, TICKED, newest_link, own_link


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(environment(tmp_path, **NO_LIMITS))


@pytest.fixture
def export_token(db: Store, clock: Clock) -> dict[str, str]:
    """The header that opens the dump of every statement."""
    secret = add_token(db, "test", scopes=["export"], slug=None, expires_at=None, actor="test", now=clock())
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def link(signer: Signer, context: Context, clock: Clock) -> str:
    """Where Ani's email leads."""
    assert signer.post().status_code == 202
    return newest_link(context, now=clock())


@pytest.fixture
def own(signer: Signer, context: Context, client: FlaskClient, clock: Clock) -> str:
    """Where a confirmed Ani, who asked for news, sees her signature."""
    signer.post(affiliation="House of Poets", newsletter=True)
    client.post(newest_link(context, now=clock()), data=TICKED)
    return own_link(context, now=clock())


@pytest.fixture
def open_page(client: FlaskClient, clock: Clock, statement: Statement) -> Callable[..., Page]:
    """Open the page as a browser without JavaScript does, and wait as a person does."""

    def open_page(path: str = PAGE, **headers: str) -> Page:
        page = Page(client.get(path, headers=headers))
        clock.forward(seconds=3)
        return page

    return open_page
