"""The scene of the suite: a real database file, the real app, a mailbox on disk, and a clock that tests move."""

import base64
import json
import mailbox
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from werkzeug.routing import Rule

from server import create_app
from server.config import Settings, read_settings
from server.crypto import passwords
from server.db import Store
from server.mail.delivery import DeliveryRound, deliver_due_emails
from server.mail.transports import open_transport
from server.services.partners import add_partner
from server.services.statements import open_statement
from server.services.texts import add_statement
from server.tables import statements
from server.tables.statements import Statement
from server.text.statement_file import read_statement
from server.web.context import EXTENSION, Context
from tests.databases import databases
from tests.scene import Scene

# Drawing examples is slow on a busy machine, which says nothing about the code.
hypothesis_settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy machine")

pytest_plugins = ["tests.browsing", "tests.browsers.installed", "tests.engines"]

NOW = 1_800_000_000  # a moment in January 2027, at the beginning of no minute
BASE_URL = "http://localhost:8000"
PARTNER = "http://partner.example:9000"

RIVERS = """+++
slug = "open-rivers"
locale = "en"
title = "Keep our rivers open"
place = "Kutaisi"
date = 2027-01-10
eligibility = "Anybody who lives by a river"
goal = 500
kinds = ["individual", "organisation"]
fields = ["title", "affiliation", "city", "country", "comment"]
newsletter = true
visibilities = ["name", "counted"]
+++
We, the undersigned, ask for **open** rivers.
"""
RIVERS_FR = """+++
slug = "open-rivers"
locale = "fr"
title = "Gardons nos rivières ouvertes"
+++
Nous, soussignés, demandons des rivières **ouvertes**.
"""


@dataclass
class Clock:
    """Epoch seconds that stand still until a test moves them."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now

    def forward(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> None:
        self.now += seconds + 60 * minutes + 3600 * hours + 86400 * days


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The settings of a fresh instance in ``folder``, with secrets of its own."""

    def key() -> str:
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()

    return {
        "UNDERSIGNED_SECRET_KEYS": json.dumps([secrets.token_urlsafe(48)]),
        "UNDERSIGNED_PEPPER": key(),
        "UNDERSIGNED_DATA_KEYS": json.dumps([key()]),
        "UNDERSIGNED_BASE_URL": BASE_URL,
        "UNDERSIGNED_MAIL_URL": f"maildir://{folder / 'mail'}",
        "UNDERSIGNED_MAIL_FROM": "Open Letters <sign@letters.example>",
        **databases.settings(folder),
        **more,
    }


@dataclass
class Mailbox:
    """What has been delivered, oldest first; ``deliver`` runs one round of the real delivery."""

    folder: Path
    context: Context
    clock: Clock
    rounds: list[DeliveryRound] = field(default_factory=list)

    def deliver(self) -> DeliveryRound:
        with open_transport(self.context.settings.mail_url) as transport:
            self.rounds.append(deliver_due_emails(self.context.delivery_context, transport, clock=self.clock))
        return self.rounds[-1]

    def __iter__(self) -> Iterator[Any]:
        if not (self.folder / "cur").exists():  # the last of the three folders that the delivery makes
            return iter(())
        emails = list(mailbox.Maildir(self.folder, create=False))
        return iter(sorted(emails, key=lambda email: (email["Date"], email["Message-ID"])))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def texts(self) -> list[str]:
        return [email.get_payload(0).get_payload(decode=True).decode() for email in self]

    def links(self) -> list[str]:
        """The paths of the confirm links, in the order of the emails."""
        base_url = re.escape(self.context.settings.base_url)
        found = [re.search(rf"{base_url}(/confirm/\S+)", text) for text in self.texts()]
        return [link[1] for link in found if link]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return read_settings(environ)


class Reader(FlaskClient):
    """Takes each answer whole and lets it be closed, as every server does, unless a test says otherwise."""

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> Any:
        return super().open(*args, buffered=buffered, **kwargs)


@pytest.fixture(scope="session", autouse=True)
def compiled_routes() -> Iterator[None]:
    """Compile the code that builds the URLs of a route once, not for each app: that is most of what an app costs."""
    compiled: dict[tuple[str, bool], Any] = {}
    compile_route = Rule._compile_builder

    def compile_once(route: Rule, append_unknown: bool = True) -> Any:
        key = (f"{route.subdomain} {route.rule} {route.defaults}", append_unknown)
        if key not in compiled:
            compiled[key] = compile_route(route, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def app(settings: Settings, clock: Clock, tmp_path: Path) -> Iterator[Flask]:
    databases.make(tmp_path)
    app = create_app(settings, clock=clock)
    app.test_client_class = Reader
    if settings.database != databases.address(tmp_path):  # a test that chose another one
        app.extensions[EXTENSION].db.migrate(create=True)
    yield app
    app.extensions[EXTENSION].db.close()


@pytest.fixture
def context(app: Flask) -> Context:
    found: Context = app.extensions[EXTENSION]
    return found


@pytest.fixture
def db(context: Context) -> Store:
    return context.db


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def mails(tmp_path: Path, context: Context, clock: Clock) -> Mailbox:
    return Mailbox(tmp_path / "mail", context, clock)


@pytest.fixture
def statement(db: Store, clock: Clock) -> Statement:
    """An open statement in two languages that one partner embeds."""
    for source in (RIVERS, RIVERS_FR):
        add_statement(db, read_statement(source), actor="test", now=clock())
    open_statement(db, "open-rivers", actor="test", now=clock())
    add_partner(db, "open-rivers", "river-watch", name="River Watch", origins=[PARTNER], actor="test", now=clock())
    with db.read() as tx:
        return statements.get(tx, "open-rivers")


@pytest.fixture
def scene(context: Context, statement: Statement, clock: Clock) -> Scene:
    """Signing and confirming under that statement without HTTP."""
    return Scene(context, statement, clock)


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let passwords be hashed as they are, but at the least cost: for tests that are not about how long it takes."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords.dummy_hash.cache_clear()
    yield
    passwords.dummy_hash.cache_clear()


@dataclass
class Signer:
    """Signs as the widget does: fetches the form, waits as a person does, posts from the partner's page."""

    client: FlaskClient
    clock: Clock
    slug: str = "open-rivers"

    def form_token(self, **query: str) -> str:
        answer = self.client.get(f"/api/v1/statements/{self.slug}", query_string={"partner": "river-watch", **query})
        token: str = answer.json["form_token"]
        return token

    def post(self, *, origin: str | None = PARTNER, **fields: Any) -> Any:
        body = {"form_token": fields.pop("form_token", None) or self.form_token(), **ANI, **fields}
        ticked = {"authorised": True} if body["kind"] == "organisation" else {}
        body = {"key": secrets.token_urlsafe(18), **ticked, **body}
        self.clock.forward(seconds=3)
        headers = {"Origin": origin} if origin else {}
        return self.client.post(f"/api/v1/statements/{self.slug}/signatures", json=body, headers=headers)


ANI = {"kind": "individual", "name": "Անի Գևորգյան", "email": "ani@rivers.example", "title": "Poet"}


@pytest.fixture
def signer(client: FlaskClient, clock: Clock, statement: Statement) -> Signer:
    return Signer(client, clock, statement.slug)


@pytest.fixture
def confirmed(signer: Signer, mails: Mailbox, client: FlaskClient) -> Any:
    """Ani has signed and confirmed."""
    signer.post()
    mails.deliver()
    return client.post(mails.links()[-1], data={"consent": "yes"})
