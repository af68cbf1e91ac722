"""Reads the settings from ``UNDERSIGNED_*`` environment variables. The server does not start with invalid values."""

import base64
import binascii
import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlsplit

from limits import parse_many
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from server.crypto.encryption import KEY_BYTES
from server.db.engines import file_of
from server.errors import SettingsError
from server.mail.delivery import EmailBudget
from server.mail.message import EmailRefused, read_sender
from server.mail.transports import open_transport
from server.tables.outbox import MOST_INVITATIONS_PER_HOUR
from server.text.addresses import USUAL_PORTS, is_local_host

# Parsers: each returns the parsed value, or raises ``ValueError`` with a message that says what is expected.

SECRET_SHORTEST = 32  # characters
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+:[0-9a-f:.]*")
_LIMIT_STORAGE = re.compile(r"((redis|rediss|valkey|valkeys)://|sqlite:///|memory://).*")


def parse_base64_key(value: str) -> bytes:
    """Parse a key of 32 random bytes in base64."""
    try:
        found = base64.b64decode(value, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != KEY_BYTES or len(set(found)) < KEY_BYTES // 4:
        raise ValueError(
            f"must be a key of {KEY_BYTES} random bytes in base64; `undersigned keys new` prints such keys"
        )
    return found


def parse_string_list(value: str) -> list[str]:
    """Parse a non-empty JSON list of strings."""
    try:
        found = json.loads(value)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(item, str) for item in found):
        raise ValueError('must be a JSON list of strings, such as ["..."]')
    return found


def parse_secret_keys(value: str) -> tuple[str, ...]:
    """Parse the secret keys, oldest first. Each must be long and have enough different characters."""
    keys = tuple(parse_string_list(value))
    if any(len(secret) < SECRET_SHORTEST or len(set(secret)) < SECRET_SHORTEST // 4 for secret in keys):
        raise ValueError(f"each key needs at least {SECRET_SHORTEST} random characters; see `undersigned keys new`")
    return keys


def parse_data_keys(value: str) -> tuple[bytes, ...]:
    """Parse keys of 32 random bytes each, oldest first."""
    return tuple(parse_base64_key(item) for item in parse_string_list(value))


def parse_base_url(value: str) -> str:
    """Parse a URL without a path and return its origin; the scheme must be https, except on localhost."""
    try:
        parts, port = urlsplit(value), urlsplit(value).port
    except ValueError:  # the original message may contain a password, so it is dropped
        raise ValueError("must be an address such as https://sign.example.org") from None
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    written_well = value.isprintable() and _HOST.fullmatch(parts.hostname or "") and port != 0
    if parts.scheme not in USUAL_PORTS or not written_well or "?" in value or "#" in value or "@" in value:
        raise ValueError("must be an address such as https://sign.example.org, in ASCII letters")
    if parts.path not in ("", "/"):
        raise ValueError("must have no path: this server needs a host name of its own")
    if parts.scheme == "http" and not loopback:
        raise ValueError("must be https, except on this machine itself")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def number_parser(least: int, most: int) -> Callable[[str], int]:
    """Return a parser for whole numbers from ``least`` to ``most``."""

    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


def choice_parser(*choices: str) -> Callable[[str], str]:
    """Return a parser that accepts only these words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be {' or '.join(choices)}")
        return value

    return parse


def parse_nonempty(value: str) -> str:
    """Return the string; an empty one is refused."""
    if not value:
        raise ValueError("must not be empty")
    return value


def parse_mail_url(value: str) -> str:
    """Check the URL by creating its transport. This makes no connection, and its errors never contain the password."""
    try:
        open_transport(value).close()
    except SettingsError as refusal:
        raise ValueError(str(refusal)) from None
    return value


def parse_mail_from(value: str) -> str:
    """Check that the value is a valid sender of an email."""
    try:
        read_sender(value)
    except EmailRefused as refusal:
        raise ValueError("must be an address, or `Name <address>`") from refusal
    return value


def parse_limit_storage(value: str) -> str:
    """Check the URL of the rate-limit storage; empty means a file beside the database."""
    if value and not _LIMIT_STORAGE.fullmatch(value):
        raise ValueError("must be empty, or begin with redis://, rediss://, valkey:// or sqlite:///")
    if value.startswith("sqlite:") and not value.startswith("sqlite:////"):
        raise ValueError("needs an absolute path: sqlite:////folder/file")
    if value and not value.startswith("sqlite:"):
        try:
            storage_from_string(value)  # imports the client library, but does not connect
        except ConfigurationError as missing:
            raise ValueError("needs another package: pip install 'undersigned[redis]'") from missing
    return value


def parse_limit(value: str) -> str:
    """Check a rate limit in the syntax of Flask-Limiter."""
    try:
        parse_many(value)
    except ValueError as refusal:
        raise ValueError('must look like "6 per minute; 40 per hour"') from refusal
    return value


# The settings.

PREFIX = "UNDERSIGNED_"

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One line of the table in ``server/handbook/operators.md``; ``default`` is None if the setting is required."""

    name: str
    default: str | None
    meaning: str
    is_platforms: bool = False

    @property
    def variable(self) -> str:
        """The name of the environment variable; variables that hosting platforms set have no prefix."""
        return self.name if self.is_platforms else PREFIX + self.name


SETTINGS = (
    Setting(
        "DATABASE",
        "undersigned.db",
        "path of the SQLite file, or `postgresql://...`; `DATABASE_URL` is used if it is missing",
    ),
    Setting(
        "SECRET_KEYS", None, "signs links and form tokens: a JSON list of strings; the last one signs, all are accepted"
    ),
    Setting("PEPPER", None, "makes a keyed digest of each signer's address (base64, 32 bytes); never change it"),
    Setting(
        "DATA_KEYS", None, "encrypt addresses: a JSON list (base64, 32 bytes each); the last one encrypts, all decrypt"
    ),
    Setting("BASE_URL", None, "the address of this server as signers see it; every link starts with it"),
    Setting("MAIL_URL", None, "`smtp://user:password@host:587`, `smtps://host` or `maildir:///folder`"),
    Setting("MAIL_FROM", None, "the sender of every email: `Name <address>` or an address"),
    Setting("MAIL_DELIVERY", "thread", "`thread`: the web process delivers; `off`: `undersigned deliver` does"),
    Setting(
        "MAIL_GAP_MINUTES",
        "10",
        "minutes between two emails that ask to confirm, or two with links, to one address, with or without tags (`+x`)"
        "; at most 10, because the pages promise an email within ten minutes",
    ),
    Setting(
        "MAIL_PER_DAY",
        "3",
        "emails that ask to confirm, to one address in 24 hours, for all statements, with or without tags",
    ),
    Setting(
        "MAIL_PER_STATEMENT",
        "5",
        "emails that ask to confirm, to one address for one statement, ever (a month after its end: in 30 days); "
        "addresses with different tags are counted separately, except at providers that we know",
    ),
    Setting(
        "MAIL_LINKS_PER_DAY",
        "1",
        "emails with lost links, to one address in 24 hours, for all statements, with or without tags",
    ),
    Setting(
        "MAIL_PER_DOMAIN",
        "60",
        "confirm emails, reminders and requested links an hour to one mail domain for one statement; later ones wait; "
        "big providers have no limit; 0: no limit for any domain",
    ),
    Setting(
        "MAIL_INVITATIONS_PER_HOUR",
        "200",
        "emails an hour to people who signed elsewhere and are invited to confirm, from 1 to 3600; they are sent after "
        "all others, and use at most half of the limit of a mail domain",
    ),
    Setting("REMIND_AFTER_HOURS", "48", "hours until people who have not confirmed are reminded; 0: never"),
    Setting("TRUSTED_PROXIES", "0", "how many proxies are in front of the server; required if the base URL is https"),
    Setting(
        "LIMIT_STORAGE", "", "where all processes count together: `redis://...`; empty: a file beside the SQLite file"
    ),
    Setting("LIMIT_SIGN", "6 per minute; 40 per hour; 150 per day", "accepted signatures from one network"),
    Setting(
        "LIMIT_ATTEMPT",
        "30 per minute; 300 per hour",
        "posts of the form from one network, valid or not, in each process",
    ),
    Setting("LIMIT_CONFIRM", "30 per minute", "requests to signers' own links from one network"),
    Setting("LIMIT_RESEND", "3 per minute; 10 per hour", "requests for new links from one network"),
    Setting("LIMIT_DATA", "120 per minute", "reads of the API from one network, in each process"),
    Setting("LIMIT_PAGE", "120 per minute", "views of hosted pages from one network, in each process"),
    Setting("LIMIT_ASSET", "600 per minute", "downloads of widget and styles from one network, in each process"),
    Setting(
        "LIMIT_DUMP",
        "10 per minute",
        "downloads of the dump, by machines and at the desk, in any format, from one network",
    ),
    Setting("LIMIT_DESK", "600 per minute", "requests to the desk from one network, in each process"),
    Setting(
        "LIMIT_LOGIN",
        "20 per hour",
        "logins to the desk, setups, and changes of password or recovery codes, from one network",
    ),
    Setting(
        "LIMIT_ACCOUNT",
        "5 per 15 minutes",
        "attempts at one admin's password or code; unknown browsers, each known browser, and the logged-in admin are "
        "counted separately",
    ),
    Setting("LIMIT_HEALTH", "120 per minute", "health checks from one network, in each process"),
    Setting("FRONT_PAGE", "none", "`list`: the front page lists open and ended statements, but no discreet ones"),
    Setting("MIN_FILL_SECONDS", "2", "a form that comes back sooner is refused, because no person fills it in so fast"),
    Setting("EPHEMERAL_DISK", "refuse", "`allow`: use SQLite even on a platform that does not keep its disk"),
    Setting("HOST", "127.0.0.1", "the address to listen on; `0.0.0.0` on a hosting platform"),
    Setting("THREADS", "4", "threads of each process for public requests; the desk has two more"),
    Setting("BODY_TIMEOUT_SECONDS", "10", "a request whose body takes longer to arrive is refused"),
    Setting("DATABASE_URL", "", "set by hosting platforms; used if UNDERSIGNED_DATABASE is missing", is_platforms=True),
    Setting("PORT", "8000", "the port to listen on", is_platforms=True),
    Setting("WEB_CONCURRENCY", "1", "processes", is_platforms=True),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_LIMIT_NAMES = [
    name.removeprefix("LIMIT_") for name in _BY_NAME if name.startswith("LIMIT_") and name != "LIMIT_STORAGE"
]


@dataclass(frozen=True, repr=False)
class Settings:
    """The validated settings. There is no ``repr``, because several of them are secrets."""

    database: str
    secret_keys: tuple[str, ...]
    pepper: bytes
    data_keys: tuple[bytes, ...]
    base_url: str
    mail_url: str
    mail_from: str
    deliver_in_thread: bool
    mail_budget: EmailBudget
    invitations_per_hour: int
    remind_after_s: int
    trusted_proxies: int
    limit_storage: str
    limits: Mapping[str, str]
    lists_statements: bool
    min_fill_s: int
    ephemeral_disk_allowed: bool
    host: str
    port: int
    processes: int
    threads: int
    body_timeout_s: int

    @property
    def limit_storage_uri(self) -> str:
        """The rate-limit storage: as configured, else a file beside SQLite's, or memory with PostgreSQL."""
        file = file_of(self.database)
        return self.limit_storage or ("memory://" if file is None else f"sqlite:///{file}.limits")

    @cached_property
    def own_origin(self) -> str:
        """The origin of this server's pages, as browsers send it in ``Origin``."""
        parts = urlsplit(self.base_url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        port = "" if parts.port in (None, USUAL_PORTS[parts.scheme]) else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}"


class _Reader:
    """Reads the settings one by one and collects all problems, so that the operator sees them all at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        setting = _BY_NAME[name]
        raw = self._environ.get(setting.variable, setting.default)
        if raw is None:
            self.problems.append(f"{setting.variable} is missing: {setting.meaning}")
            return None
        try:
            return parse(raw.strip())
        except ValueError as refusal:
            self.problems.append(f"{setting.variable}: {refusal}")
            return None

    def refuse_unknown(self) -> None:
        known = [setting.variable for setting in SETTINGS]
        for name in self._environ:
            if name.startswith(PREFIX) and name not in known and name != f"{PREFIX}INSTANCE":
                near = difflib.get_close_matches(name, known, n=1)
                self.problems.append(f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else ""))


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings from ``environ``.

    Raises ``SettingsError``, which lists every setting that is missing, weak, unreadable or unknown.
    """
    reader = _Reader(environ)
    reader.refuse_unknown()
    found = _read_values(reader)
    found["database"] = environ.get(f"{PREFIX}DATABASE") or environ.get("DATABASE_URL") or _BY_NAME["DATABASE"].default
    if str(found["base_url"]).startswith("https://") and f"{PREFIX}TRUSTED_PROXIES" not in environ:
        reader.problems.append(
            f"{PREFIX}TRUSTED_PROXIES is missing: 1 behind one proxy or a hosting platform, 0 when visitors reach "
            "this process without any; a wrong number lets one visitor pose as many, or all visitors share one limit"
        )
    if found["mail_url"] and found["mail_from"] and _sends_as_localhost(found["mail_url"], found["mail_from"]):
        reader.problems.append(
            f"{PREFIX}MAIL_FROM: no mail server takes emails from localhost; say an address of yours, "
            "such as `Open Letters <sign@letters.example>`"
        )
    in_memory = found["limit_storage"] or ("memory:" if file_of(str(found["database"])) is None else "")
    if in_memory.startswith("memory:") and (found["processes"] or 1) > 1:
        reader.problems.append(
            f"{PREFIX}LIMIT_STORAGE: memory counts for one process alone, and there are several; "
            "say redis://... or, on one machine, sqlite:////path/of/a/file"
        )
    if "DYNO" in environ and not found["ephemeral_disk_allowed"] and file_of(str(found["database"])) is not None:
        reader.problems.append(
            "this platform throws its disk away at least once a day, and every signature with it; "
            f"use PostgreSQL, or another home for SQLite; or say {PREFIX}EPHEMERAL_DISK=allow if the list may be lost"
        )
    if reader.problems:
        raise SettingsError("\n".join(reader.problems))
    return Settings(**found)


def _sends_as_localhost(mail_url: str, mail_from: str) -> bool:
    """Return whether emails go to a remote mail server with a sender address at localhost."""
    parts = urlsplit(mail_url)
    goes_away = parts.scheme in ("smtp", "smtps") and not is_local_host(parts.hostname or "")
    return goes_away and is_local_host(read_sender(mail_from).domain)


def _read_values(reader: _Reader) -> dict[str, Any]:
    get = reader.read
    return {
        "secret_keys": get("SECRET_KEYS", parse_secret_keys),
        "pepper": get("PEPPER", parse_base64_key),
        "data_keys": get("DATA_KEYS", parse_data_keys),
        "base_url": get("BASE_URL", parse_base_url),
        "mail_url": get("MAIL_URL", parse_mail_url),
        "mail_from": get("MAIL_FROM", parse_mail_from),
        "deliver_in_thread": get("MAIL_DELIVERY", choice_parser("thread", "off")) == "thread",
        "mail_budget": EmailBudget(
            gap_s=(get("MAIL_GAP_MINUTES", number_parser(0, 10)) or 0) * 60,
            per_day=get("MAIL_PER_DAY", number_parser(1, 1000)) or 0,
            per_statement=get("MAIL_PER_STATEMENT", number_parser(1, 1000)) or 0,
            links_per_day=get("MAIL_LINKS_PER_DAY", number_parser(1, 1000)) or 0,
            domain_per_hour=get("MAIL_PER_DOMAIN", number_parser(0, 100_000)) or 0,
        ),
        "invitations_per_hour": get("MAIL_INVITATIONS_PER_HOUR", number_parser(1, MOST_INVITATIONS_PER_HOUR)),
        "remind_after_s": (get("REMIND_AFTER_HOURS", number_parser(0, 300)) or 0) * 3600,
        "trusted_proxies": get("TRUSTED_PROXIES", number_parser(0, 8)),
        "limit_storage": get("LIMIT_STORAGE", parse_limit_storage),
        "limits": {name.lower(): get(f"LIMIT_{name}", parse_limit) for name in _LIMIT_NAMES},
        "lists_statements": get("FRONT_PAGE", choice_parser("list", "none")) == "list",
        "min_fill_s": get("MIN_FILL_SECONDS", number_parser(0, 600)),
        "ephemeral_disk_allowed": get("EPHEMERAL_DISK", choice_parser("refuse", "allow")) == "allow",
        "host": get("HOST", parse_nonempty),
        "port": get("PORT", number_parser(1, 65535)),
        "processes": get("WEB_CONCURRENCY", number_parser(1, 64)),
        "threads": get("THREADS", number_parser(1, 64)),
        "body_timeout_s": get("BODY_TIMEOUT_SECONDS", number_parser(1, 600)),
    }
