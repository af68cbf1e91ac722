"""A real instance in a folder, served by real processes in a group of their own, for tests that must not be kind."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

from server.cli.context import Instance
from server.cli.instance import make_instance
from server.crypto.links import FormClaim
from server.services.partners import add_partner
from server.services.statements import open_statement
from server.services.texts import add_statement
from server.tables import partners, statements, texts
from server.text.statement_file import read_statement
from tests.processes import COMMAND, PATIENCE_S, Running, free_port
from tests.web.scene import NO_LIMITS

ROOT = Path(__file__).parents[2]
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
    def database(self) -> str:
        """The address of its records."""
        return self.opened.settings.database

    @property
    def sign_path(self) -> str:
        """Where signatures are posted."""
        return f"/api/v1/statements/{SLUG}/signatures"

    def form_token(self) -> str:
        """Return a token that the partner's page got a minute ago, so that nobody need wait for it to ripen."""
        here = self.opened.context
        with here.db.read() as tx:
            statement = statements.get(tx, SLUG)
            text = texts.list_latest(tx, statement.id)[0]
            [partner] = partners.list_live_of_statement(tx, statement.id)
        return here.links.form_token(FormClaim(statement.id, text.id, partner.id), now=int(time.time()) - 60)


def make_real_instance(folder: Path, **settings: str) -> RealInstance:
    """Make the folder as ``undersigned init`` does, and publish the statement in it."""
    port = free_port()
    make_instance(folder, PORT=str(port), **NO_LIMITS, **settings)
    made = RealInstance(folder, port)
    db, now = made.opened.context.db, int(time.time())
    add_statement(db, read_statement(STATEMENT), actor="test", now=now)
    open_statement(db, SLUG, actor="test", now=now)
    add_partner(db, SLUG, "river-watch", name="River Watch", origins=[ORIGIN], actor="test", now=now)
    return made


class RealServer(Running):
    """A server that answers when its ``with`` block begins, and whose port is dead when it was killed."""

    def __init__(self, command: Sequence[str], *, port: int, log: Path, **settings: str) -> None:
        self._port = port
        super().__init__(command, printed=log, cwd=ROOT, env=settings)

    def __enter__(self) -> Self:
        self.wait_for("an answer", self._answers)
        return self

    def kill(self) -> None:
        """Kill every process of the group at once, and wait until its port is dead."""
        super().kill()
        until = time.monotonic() + PATIENCE_S
        while self._listens():
            assert time.monotonic() < until, "a process has outlived its group"

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
    command = (COMMAND, "--instance", str(instance.folder), "run")
    return RealServer(command, port=instance.port, log=instance.folder / "server.log", **settings)
