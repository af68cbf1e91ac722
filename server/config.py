"""Reads the settings from ``UNDERSIGNED_*`` environment variables. The server does not start with invalid values."""

import base64
import difflib
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import parse_many
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from server.crypto.encryption import KEY_BYTES
from server.crypto.links import BOUNCE_LOCAL_LONGEST
from server.db.engines import file_of
from server.errors import SettingsError
from server.mail.delivery import EmailBudget
from server.mail.message import EmailRefused, read_sender
from server.mail.transports import open_transport
from server.services.backups import BackupPlace
from server.tables.outbox import MOST_INVITATIONS_PER_HOUR
from server.text.addresses import USUAL_PORTS, is_local_host

# Parsers: each returns the parsed value, or raises ``ValueError`` or ``SettingsError`` that says what is expected.

SECRET_SHORTEST = 32  # characters
_BOUNCE_LOCAL = re.compile(rf"[A-Za-z0-9.-]{{0,{BOUNCE_LOCAL_LONGEST}}}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+:[0-9a-f:.]*")
_LIMIT_STORAGE = re.compile(r"((redis|rediss|valkey|valkeys)://|sqlite:///|memory://).*")


def parse_base64_key(value: str) -> bytes:
    """Parse a key of 32 random bytes in base64."""
    try:
        found = base64.b64decode(value, altchars=b"-_", validate=True)
    except ValueError:
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
    except ValueError:
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


def number_parser(least: int, most: int, *, unit_s: int = 1) -> Callable[[str], int]:
    """Return a parser for whole numbers from ``least`` to ``most``; the value is multiplied by ``unit_s``."""

    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value) * unit_s

    return parse


def switch_parser(**switches: bool) -> Callable[[str], bool]:
    """Return a parser that accepts only these words, and returns what each means."""

    def parse(value: str) -> bool:
        if value not in switches:
            raise ValueError(f"must be {' or '.join(switches)}")
        return switches[value]

    return parse


def parse_nonempty(value: str) -> str:
    """Return the string; an empty one is refused."""
    if not value:
        raise ValueError("must not be empty")
    return value


def parse_mail_url(value: str) -> str:
    """Check the URL by creating its transport. This makes no connection, and its errors never contain the password."""
    open_transport(value).close()
    return value


def parse_mail_from(value: str) -> str:
    """Check that the value is a valid sender of an email."""
    try:
        read_sender(value)
    except EmailRefused as refusal:
        raise ValueError("must be an address, or `Name <address>`") from refusal
    return value


def parse_bounce_address(value: str) -> str:
    """Check the address to which bounces are sent; empty: there is none."""
    try:
        is_plain = not value or read_sender(value).addr_spec.lower() == value.lower()
    except EmailRefused:
        is_plain = False
    if not is_plain or not value.isascii() or not _BOUNCE_LOCAL.fullmatch(value.rpartition("@")[0]):
        raise ValueError(
            "must be empty, or an ASCII address such as bounces@example.org, with at most "
            f"{BOUNCE_LOCAL_LONGEST} letters, digits, dots and hyphens before the @"
        )
    return value


def parse_bounce_secret(value: str) -> str:
    """Check the secret of the address for reports; empty: there is none."""
    if value and (len(value) < SECRET_SHORTEST or len(set(value)) < SECRET_SHORTEST // 4):
        raise ValueError(f"must be empty, or at least {SECRET_SHORTEST} random characters")
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


def parse_backup_folder(value: str) -> str:
    """Check the folder for backups: empty means a folder beside the database."""
    if value not in ("", "off") and not value.startswith("/"):
        raise ValueError("must be `off`, or a folder that begins with /")
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


@dataclass(frozen=True)
class Setting:
    """One setting; ``server/handbook/operators.md`` says what each means.

    ``field`` is its name in ``Settings`` or ``EmailBudget``, if that is not the name in small letters. ``default`` is
    None if the setting is required; ``meaning`` is then shown where it is missing.
    """

    name: str
    default: str | None
    parse: Callable[[str], Any]
    field: str = ""
    meaning: str = ""
    is_platforms: bool = False

    @property
    def variable(self) -> str:
        """The name of the environment variable; variables that hosting platforms set have no prefix."""
        return self.name if self.is_platforms else PREFIX + self.name


SETTINGS = (
    Setting("DATABASE", "undersigned.db", str),
    Setting(
        "SECRET_KEYS",
        None,
        parse_secret_keys,
        meaning="signs links and form tokens: a JSON list of strings; the last one signs, all are accepted",
    ),
    Setting(
        "PEPPER",
        None,
        parse_base64_key,
        meaning="makes a keyed digest of each signer's address (base64, 32 bytes); never change it",
    ),
    Setting(
        "DATA_KEYS",
        None,
        parse_data_keys,
        meaning="encrypt addresses: a JSON list (base64, 32 bytes each); the last one encrypts, all decrypt",
    ),
    Setting(
        "BASE_URL",
        None,
        parse_base_url,
        meaning="the address of this server as signers see it; every link starts with it",
    ),
    Setting(
        "MAIL_URL",
        None,
        parse_mail_url,
        meaning="`smtp://user:password@host:587`, `smtps://host` or `maildir:///folder`",
    ),
    Setting("MAIL_FROM", None, parse_mail_from, meaning="the sender of every email: `Name <address>` or an address"),
    Setting("MAIL_DELIVERY", "thread", switch_parser(thread=True, off=False), "deliver_in_thread"),
    Setting("MAIL_LATE_MINUTES", "30", number_parser(1, 10_000, unit_s=60), "mail_late_after_s"),
    Setting("MAIL_GAP_MINUTES", "10", number_parser(0, 10, unit_s=60), "gap_s"),
    Setting("MAIL_PER_DAY", "3", number_parser(1, 1000), "per_day"),
    Setting("MAIL_PER_STATEMENT", "5", number_parser(1, 1000), "per_statement"),
    Setting("MAIL_LINKS_PER_DAY", "1", number_parser(1, 1000), "links_per_day"),
    Setting("MAIL_PER_DOMAIN", "60", number_parser(0, 100_000), "domain_per_hour"),
    Setting("MAIL_INVITATIONS_PER_HOUR", "200", number_parser(1, MOST_INVITATIONS_PER_HOUR), "invitations_per_hour"),
    Setting("BOUNCE_ADDRESS", "", parse_bounce_address),
    Setting("BOUNCE_SECRET", "", parse_bounce_secret),
    Setting("REMIND_AFTER_HOURS", "48", number_parser(0, 300, unit_s=3600), "remind_after_s"),
    Setting("BACKUP_FOLDER", "", parse_backup_folder),
    Setting("BACKUP_KEEP", "7", number_parser(1, 1000)),
    Setting("TRUSTED_PROXIES", "0", number_parser(0, 8)),
    Setting("LIMIT_STORAGE", "", parse_limit_storage),
    Setting("LIMIT_SIGN", "6 per minute; 40 per hour; 150 per day", parse_limit),
    Setting("LIMIT_ATTEMPT", "30 per minute; 300 per hour", parse_limit),
    Setting("LIMIT_CONFIRM", "30 per minute", parse_limit),
    Setting("LIMIT_RESEND", "3 per minute; 10 per hour", parse_limit),
    Setting("LIMIT_DATA", "120 per minute", parse_limit),
    Setting("LIMIT_PAGE", "120 per minute", parse_limit),
    Setting("LIMIT_ASSET", "600 per minute", parse_limit),
    Setting("LIMIT_DUMP", "10 per minute", parse_limit),
    Setting("LIMIT_DESK", "600 per minute", parse_limit),
    Setting("LIMIT_LOGIN", "20 per hour", parse_limit),
    Setting("LIMIT_ACCOUNT", "5 per 15 minutes", parse_limit),
    Setting("LIMIT_HEALTH", "120 per minute", parse_limit),
    Setting("FRONT_PAGE", "none", switch_parser(list=True, none=False), "lists_statements"),
    Setting("MIN_FILL_SECONDS", "2", number_parser(0, 600), "min_fill_s"),
    Setting("EPHEMERAL_DISK", "refuse", switch_parser(refuse=False, allow=True), "ephemeral_disk_allowed"),
    Setting("HOST", "127.0.0.1", parse_nonempty),
    Setting("THREADS", "4", number_parser(1, 64)),
    Setting("BODY_TIMEOUT_SECONDS", "10", number_parser(1, 600), "body_timeout_s"),
    Setting("DATABASE_URL", "", str, is_platforms=True),
    Setting("PORT", "8000", number_parser(1, 65535), is_platforms=True),
    Setting("WEB_CONCURRENCY", "1", number_parser(1, 64), "processes", is_platforms=True),
)


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
    mail_late_after_s: int
    mail_budget: EmailBudget
    invitations_per_hour: int
    bounce_address: str
    bounce_secret: str
    remind_after_s: int
    backup_folder: str
    backup_keep: int
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

    @property
    def nightly_backups(self) -> BackupPlace | None:
        """Where the nightly backups go; None if the server makes none."""
        return None if self.backup_folder == "off" else self.backups

    @property
    def backups(self) -> BackupPlace | None:
        """Where backups go by default; None if there is no such folder: with PostgreSQL, it must be configured."""
        has_folder = self.backup_folder.startswith("/") or file_of(self.database) is not None
        return self.backups_in() if has_folder else None

    def backups_in(self, folder: Path | None = None) -> BackupPlace:
        """Return this folder, or the usual one, as a place for backups; raises ``SettingsError`` if there is none."""
        file = file_of(self.database)
        if folder is None and self.backup_folder.startswith("/"):
            folder = Path(self.backup_folder)
        if folder is None and file is None:
            raise SettingsError(f"{PREFIX}BACKUP_FOLDER is missing: PostgreSQL has no folder beside its database")
        usual = file.with_name("backups") if file else Path()
        instance = hashlib.sha256(b"undersigned instance" + self.pepper).hexdigest()[:16]
        return BackupPlace(self.database, folder or usual, self.backup_keep, instance)

    @cached_property
    def own_origin(self) -> str:
        """The origin of this server's pages, as browsers send it in ``Origin``."""
        parts = urlsplit(self.base_url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        port = "" if parts.port in (None, USUAL_PORTS[parts.scheme]) else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings from ``environ``.

    Raises ``SettingsError``, which lists every setting that is missing, weak, unreadable or unknown.
    """
    problems = _find_unknown(environ)
    found: dict[str, Any] = {}
    for setting in SETTINGS:
        raw = environ.get(setting.variable, setting.default)
        if raw is None:
            problems.append(f"{setting.variable} is missing: {setting.meaning}")
            continue
        try:
            found[setting.field or setting.name.lower()] = setting.parse(raw.strip())
        except (ValueError, SettingsError) as refusal:
            problems.append(f"{setting.variable}: {refusal}")
    found["database"] = environ.get(f"{PREFIX}DATABASE") or found["database_url"] or found["database"]
    problems += _find_contradictions(found, environ)
    if problems:
        several = "the settings are not valid:\n" if len(problems) > 1 else ""
        raise SettingsError(several + "\n".join(problems))
    del found["database_url"]
    found["mail_budget"] = EmailBudget(**{field.name: found.pop(field.name) for field in fields(EmailBudget)})
    limits = {name: found.pop(name) for name in list(found) if name.startswith("limit_") and name != "limit_storage"}
    return Settings(**found, limits={name.removeprefix("limit_"): limit for name, limit in limits.items()})


def _find_unknown(environ: Mapping[str, str]) -> list[str]:
    known = [setting.variable for setting in SETTINGS]
    problems = []
    for name in environ:
        if name.startswith(PREFIX) and name not in known and name != f"{PREFIX}INSTANCE":
            near = difflib.get_close_matches(name, known, n=1)
            problems.append(f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else ""))
    return problems


def _find_contradictions(found: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Return what is wrong between settings that are valid each; ``found`` has only the valid ones."""
    problems = []
    is_sqlite = file_of(found["database"]) is not None
    if found.get("base_url", "").startswith("https://") and f"{PREFIX}TRUSTED_PROXIES" not in environ:
        problems.append(
            f"{PREFIX}TRUSTED_PROXIES is missing: 1 behind one proxy or a hosting platform, 0 when visitors reach "
            "this process without any; a wrong number lets one visitor pose as many, or all visitors share one limit"
        )
    if "mail_url" in found and "mail_from" in found and _sends_as_localhost(found["mail_url"], found["mail_from"]):
        problems.append(
            f"{PREFIX}MAIL_FROM: no mail server takes emails from localhost; say an address of yours, "
            "such as `Open Letters <sign@letters.example>`"
        )
    in_memory = found.get("limit_storage") or ("" if is_sqlite else "memory:")
    if in_memory.startswith("memory:") and found.get("processes", 1) > 1:
        problems.append(
            f"{PREFIX}LIMIT_STORAGE: memory counts for one process alone, and there are several; "
            "say redis://... or, on one machine, sqlite:////path/of/a/file"
        )
    if "DYNO" in environ and is_sqlite and not found.get("ephemeral_disk_allowed"):
        problems.append(
            "this platform throws its disk away at least once a day, and every signature with it; "
            f"use PostgreSQL, or another home for SQLite; or say {PREFIX}EPHEMERAL_DISK=allow if the list may be lost"
        )
    return problems


def _sends_as_localhost(mail_url: str, mail_from: str) -> bool:
    """Return whether emails go to a remote mail server with a sender address at localhost."""
    parts = urlsplit(mail_url)
    goes_away = parts.scheme in ("smtp", "smtps") and not is_local_host(parts.hostname or "")
    return goes_away and is_local_host(read_sender(mail_from).domain)
