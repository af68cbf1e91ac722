"""The scene of the command line: an instance in a folder that the shell and the app of the suite both work with."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from server.cli.context import Instance
from server.cli.instance import make_instance
from server.config import Settings
from server.tables.statements import Statement
from tests.cli.shell import shell
from tests.conftest import Clock
from tests.databases import databases
from tests.scene import look
from tests.web.scene import newest_link

HOUR_S = 3600


@pytest.fixture
def clock() -> Clock:
    """An hour ago: the shell looks at the real clock, and comes after what the tests did."""
    return Clock(int(time.time()) - HOUR_S)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """The folder of an instance, as ``undersigned init`` makes it."""
    make_instance(tmp_path, **databases.settings(tmp_path))
    return tmp_path


@pytest.fixture
def settings(letters: Path) -> Settings:
    return Instance(str(letters)).settings


@pytest.fixture
def undersigned(letters: Path) -> Callable[..., Result]:
    """``undersigned --instance`` that folder, with whatever words follow."""

    def run(*words: object, traces: bool = False, **env: str) -> Result:
        return shell("--instance", letters, *words, env=env, traces=traces)

    return run


@pytest.fixture
def import_list(undersigned: Callable[..., Result], statement: Statement, tmp_path: Path) -> Callable[..., Result]:
    """``signatories import`` of a file that holds this text."""

    def run(text: str | bytes, *options: str, traces: bool = False) -> Result:
        (tmp_path / "founding.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
        words = ("signatories", "import", "open-rivers", tmp_path / "founding.txt", *options)
        return undersigned(*words, traces=traces)

    return run


@pytest.fixture
def signed(signer, context, client, clock, mails) -> Callable[..., int]:
    """Signs, confirms, is thanked, and returns the number that the shell knows the signature by."""

    def sign(**fields: object) -> int:
        assert signer.post(**fields).status_code == 202
        mails.deliver()
        assert client.post(newest_link(context, now=clock()), data={"consent": "yes"}).status_code == 303
        clock.forward(seconds=context.settings.mail_budget.gap_s)
        mails.deliver()
        return int(look(context.db, "SELECT max(id) AS id FROM signatures")[0]["id"])

    return sign
