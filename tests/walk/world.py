"""The world of the recorder: time and randomness that are the same in each run, browsers, emails, commands, tables.

It imports nothing of ``server`` before ``freeze`` has replaced the clock and the randomness at their sources. Of
``server`` it needs ``create_app``, ``server.config`` and ``server.cli.main`` only, so that it works whatever the other
modules are called.
"""

import base64
import hashlib
import json
import os
import random
import re
import sys
import time
import urllib.parse
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

try:  # the newer SQLite, which the server writes with where it is installed
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:
    import sqlite3

NOW = 1_800_000_000  # a moment in January 2027, at the beginning of a minute
BASE_URL = "http://localhost:8000"
_SECRET = "mB4xW7qZ1nT8vC5yJ2hR9dL6sF3gK0pAeUiOtYwQzXcVbNm"
_BODY_SHOWN = 600
_BINARY = ("image/png", "spreadsheet", "application/zip", "octet-stream")


@dataclass
class Clock:
    """Epoch seconds that stand still until the walk moves them."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now

    def forward(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> None:
        self.now += seconds + 60 * minutes + 3600 * hours + 86400 * days


@dataclass
class Randomness:
    """Bytes that follow from the step of the walk, from how many are wanted, and from how often that was asked.

    Two draws of different lengths may change places in the code, and one step may draw more, without any change in
    the recording of the steps that follow.
    """

    step: str = "start"
    draws: Counter[int] = field(default_factory=Counter)

    def begin(self, step: str) -> None:
        self.step = step
        self.draws.clear()

    def __call__(self, size: int) -> bytes:
        self.draws[size] += 1
        return hashlib.shake_256(f"{self.step} {size} {self.draws[size]}".encode()).digest(size)


def freeze() -> tuple[Clock, Randomness]:
    """Replace time and randomness in this process; call it before anything of ``server`` is imported."""
    if any(name.partition(".")[0] == "server" for name in sys.modules):
        raise RuntimeError("the server is imported already: its clock and its randomness could not be replaced")
    clock, randomness = Clock(), Randomness()
    os.environ |= {"TZ": "UTC", "COLUMNS": "80"}
    time.tzset()
    time.time = lambda: float(clock.now)
    os.urandom = randomness
    random._urandom = randomness  # what random.SystemRandom draws from, and with it the module secrets
    random.seed(1)  # the boundary of a multipart form in Werkzeug's test client
    _freeze_datetimes(clock)
    return clock, randomness


def _freeze_datetimes(clock: Clock) -> None:
    """Let libraries whose time is in an answer ask the clock: they ask ``datetime.now``, which cannot be replaced.

    XlsxWriter writes it into the properties of a workbook, Werkzeug into the end of a cookie.
    """
    import werkzeug.http
    import xlsxwriter.core

    class AnyDatetime(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class FixedDatetime(datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.fromtimestamp(clock.now, tz or UTC)

    xlsxwriter.core.datetime = werkzeug.http.datetime = FixedDatetime


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the settings of the instance in ``folder``, with secrets that are always the same, and no limits."""
    from server.config import SETTINGS

    def key(first: int) -> str:
        return base64.urlsafe_b64encode(bytes(range(first, first + 32))).decode()

    unlimited = {
        setting.variable: re.sub(r"\d+ per", "100000000 per", setting.default or "")
        for setting in SETTINGS
        if setting.name.startswith("LIMIT_") and setting.name != "LIMIT_STORAGE"
    }
    return {
        "UNDERSIGNED_SECRET_KEYS": json.dumps([f"older-{_SECRET[::-1]}", _SECRET]),
        "UNDERSIGNED_PEPPER": key(1),
        "UNDERSIGNED_DATA_KEYS": json.dumps([key(65), key(129)]),
        "UNDERSIGNED_BASE_URL": BASE_URL,
        "UNDERSIGNED_DATABASE": str(folder / "undersigned.db"),
        "UNDERSIGNED_MAIL_URL": f"maildir://{folder / 'mail'}",
        "UNDERSIGNED_MAIL_FROM": "Open Letters <sign@letters.example>",
        "UNDERSIGNED_MAIL_GAP_MINUTES": "0",
        "UNDERSIGNED_MAIL_PER_DAY": "100",
        "UNDERSIGNED_MAIL_PER_STATEMENT": "100",
        "UNDERSIGNED_MAIL_LINKS_PER_DAY": "100",
        "PORT": "48613",  # `run` looks whether it is free; nobody listens there
        **unlimited,
        **more,
    }


@dataclass
class World:
    """One recording: its lines, what was visited, and what did not answer with the status that the walk expects."""

    folder: Path
    clock: Clock
    randomness: Randomness
    lines: list[str] = field(default_factory=list)
    steps: Counter[str] = field(default_factory=Counter)
    visited: set[tuple[str, str]] = field(default_factory=set)
    commands_run: set[str] = field(default_factory=set)
    surprises: list[str] = field(default_factory=list)
    keys: int = 0  # of forms that were sent
    emails_known: set[str] = field(default_factory=set)

    def begin(self, kind: str, title: str) -> None:
        """Begin a step: all that is random within it follows from its number."""
        self.steps[kind] += 1
        number = sum(self.steps.values())
        self.randomness.begin(str(number))
        self.write(f"\n=== {number} {kind}: {title}")

    def write(self, text: str) -> None:
        """Add lines to the recording; the temporary folder has the same name in all recordings."""
        clean = text.replace(str(self.folder), "<folder>")
        self.lines += clean.replace("\r", "\\r").split("\n")

    def write_bytes(self, content: bytes, mimetype: str = "") -> None:
        """Add a body: as text where it is one, else its length and its hash."""
        try:
            text = None if any(word in mimetype for word in _BINARY) else content.decode()
        except UnicodeDecodeError:
            text = None
        if text is None or "\0" in text:
            self.write(f"[{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}]")
        elif text:
            self.write(text)

    def expect(self, wanted: int, got: int, title: str) -> None:
        """Note a status that the walk did not expect."""
        if wanted != got:
            self.surprises.append(f"{title}: {got} instead of {wanted}")
            self.write(f"!!! the walk expected {wanted}")


class Forms(HTMLParser):
    """The forms of a page with what a browser would send of each: (action, [(name, value), ...])."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str]]]] = []
        self._fields: list[tuple[str, str]] | None = None
        self._select: tuple[str, list[str], list[str]] | None = None
        self._textarea: tuple[str, str] | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = []
            self.found.append((given.get("action", ""), self._fields))
        elif self._fields is None:
            return
        elif tag == "input" and given.get("name") and given.get("type") != "file":
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._fields.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self._select = (given["name"], [], [])
        elif tag == "option" and self._select:
            self._select[1].append(given.get("value", ""))
            self._select[2].extend([given.get("value", "")] if "selected" in given else [])
        elif tag == "textarea":
            self._textarea = (given["name"], "")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._textarea = (self._textarea[0], self._textarea[1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif self._fields is None:
            return
        elif tag == "select" and self._select:
            name, offered, selected = self._select
            self._fields += [(name, value) for value in selected or offered[:1]]
            self._select = None
        elif tag == "textarea" and self._textarea:
            self._fields.append((self._textarea[0], self._textarea[1].removeprefix("\n")))
            self._textarea = None


@dataclass
class Answer:
    """What the server answered, for the walk to find its next step in."""

    path: str
    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def location(self) -> str:
        return next(value for name, value in self.headers if name == "Location")

    def header(self, name: str) -> str:
        return next(value for known, value in self.headers if known == name)

    def find(self, pattern: str) -> str:
        """Return the first group of a pattern in the text, without the marks of HTML."""
        found = re.search(pattern, self.text)
        if found is None:
            raise LookupError(f"{self.path} does not show {pattern}")
        return found[1].replace("&amp;", "&").replace("&#43;", "+")

    def form(self, to: str, having: tuple[str, str] | None = None) -> tuple[str, list[tuple[str, str]]]:
        """Return address and fields of the form that posts to an address which ends with ``to``, and has this field."""
        for action, fields in Forms(self.text).found:
            place = urllib.parse.urljoin(self.path, action).partition("#")[0].partition("?")[0]
            if place.endswith(to) and (having is None or having in fields):
                return urllib.parse.urljoin(self.path, action).partition("#")[0], fields
        raise LookupError(f"{self.path} has no form to {to} with {having}")


class Browser:
    """A visitor with cookies of their own; all that they send and get is recorded."""

    def __init__(self, world: World, app: Any, *, address: str = "203.0.113.7", base_url: str = BASE_URL) -> None:
        self.world, self.app, self.address, self.base_url = world, app, address, base_url
        self.client = app.test_client()

    def send(
        self,
        method: str,
        path: str,
        expect: int | None = 200,
        *,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        """Send one request and record it with its answer; ``body`` is ``data`` or ``json``, as Werkzeug takes it."""
        world = self.world
        world.begin("request", f"{method} {path}")
        self._note_visit(method, path)
        for name, value in (headers or {}).items():
            world.write(f"> {name}: {value}")
        if body:
            sent = next(iter(body.values()))
            world.write(f"> {_shortened(sent)}")
        answer = self.client.open(
            path,
            method=method,
            headers=dict(headers or {}),
            base_url=self.base_url,
            environ_overrides={"REMOTE_ADDR": self.address},
            buffered=True,
            **body,
        )
        world.write(f"< {answer.status}")
        for name, value in answer.headers:
            world.write(f"< {name}: {value}")
        encoded = "octet-stream" if "Content-Encoding" in answer.headers else answer.mimetype
        world.write_bytes(answer.data, encoded or "")
        if expect is not None:
            world.expect(expect, answer.status_code, f"{method} {path}")
        return Answer(path, answer.status_code, list(answer.headers), answer.data)

    def _note_visit(self, method: str, path: str) -> None:
        """Remember which rule of the app this request is for; an address that no rule has is for none."""
        from werkzeug.exceptions import HTTPException

        adapter = self.app.url_map.bind("localhost")
        place = urllib.parse.unquote(path.partition("?")[0])
        try:
            rule, _ = adapter.match(place, method=method, return_rule=True)
        except HTTPException:
            return
        self.world.visited.add((rule.rule, method))

    def get(self, path: str, expect: int = 200, **headers: str) -> Answer:
        """``headers`` are named as in Python: ``accept_language="fr"``."""
        return self.send("GET", path, expect, headers=_named(headers))

    def look(self, path: str) -> Answer:
        """Get a page whatever its status is: it is recorded, and that is what counts."""
        return self.send("GET", path, None)

    def post(self, path: str, expect: int = 303, data: Any = None, **headers: str) -> Answer:
        return self.send("POST", path, expect, headers=_named(headers), data=data or {})

    def post_json(self, path: str, expect: int, body: Any, **headers: str) -> Answer:
        return self.send("POST", path, expect, headers=_named(headers), json=body)

    def submit(
        self,
        page: Answer,
        to: str,
        expect: int = 303,
        *,
        having: tuple[str, str] | None = None,
        press: str | None = None,
        headers: Mapping[str, str] | None = None,
        **typed: Any,
    ) -> Answer:
        """Send a form of a page with this typed into it; None takes a field away, a list gives it several values.

        ``press`` is the address of a button that posts elsewhere than its form does.
        """
        changed = {name.replace("__", "-"): value for name, value in typed.items()}
        sent: dict[str, list[Any]] = {}
        where, fields = page.form(to, having)
        for name, value in fields:
            if name not in changed:
                sent.setdefault(name, []).append(value)
        for name, value in changed.items():
            if value is not None:
                sent[name] = value if isinstance(value, list) else [value]
        return self.send("POST", press or where, expect, headers=headers, data=sent)


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


def _shortened(sent: Any) -> str:
    text = sent if isinstance(sent, str) else repr(sent) if isinstance(sent, bytes) else _as_json(sent)
    return text if len(text) <= _BODY_SHOWN else f"{text[:_BODY_SHOWN]}... ({len(text)} characters)"


def _as_json(sent: Any) -> str:
    return json.dumps(sent, ensure_ascii=False, default=lambda file: f"a file of {len(file.getvalue())} bytes")


@dataclass(frozen=True)
class Email:
    """An email that was delivered: to whom, its text, and its links."""

    to: str
    text: str
    headers: dict[str, str]

    def link(self, kind: str) -> str:
        """Return the path of its first link of a kind, such as ``confirm``."""
        found = re.search(rf"(/{kind}/[^\s<>]+)", self.text)
        if found is None:
            raise LookupError(f"the email to {self.to} has no link to /{kind}/")
        return found[1]

    @property
    def code(self) -> str:
        """Return the code to type, which stands alone on its line."""
        return next(line.strip() for line in self.text.splitlines() if re.fullmatch(r"[\d ]{8,12}", line.strip()))


def read_emails(world: World) -> list[Email]:
    """Record the emails that were delivered since the last time, in the order of their content, and return them."""
    folder = world.folder / "mail" / "new"
    fresh = sorted(set(map(str, folder.glob("*"))) - world.emails_known) if folder.exists() else []
    world.emails_known.update(fresh)
    found = sorted(Path(one).read_bytes() for one in fresh)  # the names hold process and time, and mean nothing
    for content in found:
        world.begin("email", "delivered")
        world.write_bytes(content)
    return [_read_email(content) for content in found]


def _read_email(content: bytes) -> Email:
    message = message_from_bytes(content, policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    return Email(str(message["To"]), text, dict(message.items()))


def command(world: World, *words: str, expect: int = 0, env: Mapping[str, str] | None = None) -> str:
    """Run one command in this process, record its output and its status, and return what it printed."""
    from click.testing import CliRunner

    from server.cli import main

    world.begin("command", " ".join(words))
    world.commands_run.add(" ".join(words))
    done = CliRunner().invoke(main, list(words), env=dict(env or {}))
    world.write_bytes(done.stdout_bytes)
    if done.stderr_bytes:
        world.write("--- stderr")
        world.write_bytes(done.stderr_bytes)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        world.write(f"--- {done.exception!r}")
    world.write(f"--- exit {done.exit_code}")
    world.expect(expect, done.exit_code, " ".join(words))
    return done.stdout_bytes.decode(errors="replace")


def deliver(world: World, *, expect: int = 0, **env: str) -> list[Email]:
    """Deliver what waits, with the command for it, and return the emails."""
    command(world, "deliver", "--once", expect=expect, env=env)
    return read_emails(world)


def write_tables(world: World, database: Path) -> None:
    """Record every row of every table, but for when sqlite-utils took the steps of the migrations: by its own clock."""
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (name,) in names:
            world.begin("table", name)
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")') if row[1] != "applied_at"]
            world.write(" | ".join(columns))
            wanted, order = (
                ", ".join(f'"{column}"' for column in columns),
                ", ".join(map(str, range(1, len(columns) + 1))),
            )
            for row in connection.execute(f'SELECT {wanted} FROM "{name}" ORDER BY {order}'):
                world.write(" | ".join(_cell(value) for value in row))


def _cell(value: Any) -> str:
    if isinstance(value, bytes):
        return f"x{value.hex()}"
    return "" if value is None else str(value).replace("\n", "\\n")


def every_command(group: Any, words: Sequence[str] = ()) -> list[list[str]]:
    """Return the words of every command and group below ``group``, itself first."""
    found = [list(words)]
    for name, one in sorted(getattr(group, "commands", {}).items()):
        found += every_command(one, [*words, name])
    return found
