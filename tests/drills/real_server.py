"""A real instance in a folder, served by real processes in a group of their own, for tests that must not be kind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

from server.actions import publish
from server.cli.instance import make_instance
from server.cli.opening import Instance
from server.config import SETTINGS
from server.links import FormClaim
from server.records import partners, statement_texts, statements
from server.statement_file import read_statement

ROOT = Path(__file__).parents[2]
COMMAND = (str(Path(sys.executable).with_name("undersigned")), "--instance")
ORIGIN = "https://partner.example"
SLUG = "clean-air"
STATEMENT = f"""+++
slug = "{SLUG}"
locale = "en"
title = "Clean air for every street"
kinds = ["individual", "organisation"]
fields = ["title", "affiliation", "city", "comment"]
newsletter = true
+++
We, the undersigned, ask for **clean air**.
"""
PATIENCE_S = 15.0
POLL_S = 0.02
LIMITS_OUT_OF_THE_WAY = {
    setting.variable: re.sub(r"\d+ per", "100000000 per", setting.default or "")
    for setting in SETTINGS
    if setting.name.startswith("LIMIT_") and setting.name != "LIMIT_STORAGE"
}  # every window of the defaults is counted, and never full


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class RealInstance:
    """An instance's folder with an open statement that one partner embeds."""

    folder: Path
    port: int

    @cached_property
    def opened(self) -> Instance:
        """The instance as the commands see it."""
        return Instance(str(self.folder))

    @property
    def sign_path(self) -> str:
        """Where signatures are posted."""
        return f"/api/v1/statements/{SLUG}/signatures"

    def form_token(self) -> str:
        """Return a token that the partner's page got a minute ago, so that nobody need wait for it to ripen."""
        here = self.opened.services
        with here.db.read() as tx:
            statement = statements.get(tx, SLUG)
            [text] = statement_texts.list_latest(tx, statement.id)
            [partner] = partners.list_of(tx, statement.id)
        return here.links.form_token(FormClaim(statement.id, text.id, partner.id), now=int(time.time()) - 60)


def make_real_instance(folder: Path, **settings: str) -> RealInstance:
    """Make the folder as ``undersigned init`` does, and publish the statement in it."""
    port = free_port()
    make_instance(folder, PORT=str(port), **LIMITS_OUT_OF_THE_WAY, **settings)
    made = RealInstance(folder, port)
    db, now = made.opened.services.db, int(time.time())
    publish.add_statement(db, read_statement(STATEMENT), actor="test", now=now)
    publish.open_statement(db, SLUG, actor="test", now=now)
    publish.add_partner(db, SLUG, "river-watch", name="River Watch", origins=[ORIGIN], actor="test", now=now)
    return made


class RealServer:
    """Starts ``command`` and waits until it answers; ``kill`` ends the whole process group without a word."""

    def __init__(self, command: Sequence[str], *, port: int, log: Path, **settings: str) -> None:
        self._command = command
        self._port = port
        self._log = log
        self._settings = settings

    def __enter__(self) -> Self:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("UNDERSIGNED_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=environ | self._settings,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.wait_for(self._answers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """Kill every process of the group at once, and wait until its port is dead."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()
        until = time.monotonic() + PATIENCE_S
        while self._listens():
            assert time.monotonic() < until, "a process has outlived its group"

    def wait(self, seconds: float) -> bool:
        """Let the server run for so long; True when it has ended by itself."""
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_for(self, event: Callable[[], bool]) -> None:
        """Let the server run until something has happened; kills it and raises when that takes too long."""
        until = time.monotonic() + PATIENCE_S
        while not event():
            if self.wait(POLL_S) or time.monotonic() > until:
                self.kill()
                raise AssertionError(f"{event} did not come:\n{self._log.read_text()}")

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def serving(instance: RealInstance, **settings: str) -> RealServer:
    """Return the product's own server for this instance: ``undersigned --instance FOLDER run``.

    ``settings`` go before what is written in the instance's folder.
    """
    command = (*COMMAND, str(instance.folder), "run")
    return RealServer(command, port=instance.port, log=instance.folder / "server.log", **settings)
