"""What the text of a setting may be: each reader returns its value, or raises ``ValueError`` with what it must be."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from limits import parse_many
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from server.addresses import USUAL_PORTS
from server.errors import SettingsError
from server.mail.compose import read_sender
from server.mail.envelope import EmailRefused
from server.mail.transports import open_transport
from server.sealing import KEY_BYTES

WEAKEST_SECRET = 32  # characters
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+:[0-9a-f:.]*")
_LIMIT_STORAGE = re.compile(r"((redis|rediss|valkey|valkeys)://|sqlite:///|memory://).*")


def key(value: str) -> bytes:
    """Read 32 random bytes in base64."""
    try:
        found = base64.b64decode(value, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != KEY_BYTES or len(set(found)) < KEY_BYTES // 4:
        raise ValueError(f"must be {KEY_BYTES} random bytes in base64; `undersigned keys new` prints some")
    return found


def list_of_texts(value: str) -> list[str]:
    """Read a JSON list of strings, at least one."""
    try:
        found = json.loads(value)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(item, str) for item in found):
        raise ValueError('must be a JSON list of strings, such as ["..."]')
    return found


def secret_keys(value: str) -> tuple[str, ...]:
    """Read keys that nobody guesses, oldest first."""
    keys = tuple(list_of_texts(value))
    if any(len(secret) < WEAKEST_SECRET or len(set(secret)) < WEAKEST_SECRET // 4 for secret in keys):
        raise ValueError(f"each key needs at least {WEAKEST_SECRET} random characters; see `undersigned keys new`")
    return keys


def data_keys(value: str) -> tuple[bytes, ...]:
    """Read keys of 32 random bytes each, oldest first."""
    return tuple(key(item) for item in list_of_texts(value))


def base_url(value: str) -> str:
    """Read an address without a path; https, except on this machine itself."""
    try:
        parts, port = urlsplit(value), urlsplit(value).port
    except ValueError:  # its message may quote a password
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


def number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers in this range."""

    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a reader of these words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be {' or '.join(choices)}")
        return value

    return parse


def text(value: str) -> str:
    """Read anything but nothing."""
    if not value:
        raise ValueError("must not be empty")
    return value


def mail_url(value: str) -> str:
    """Open and close the transport, which connects to nobody; its refusals quote no password."""
    try:
        open_transport(value).close()
    except SettingsError as refusal:
        raise ValueError(str(refusal)) from None
    return value


def mail_from(value: str) -> str:
    """Read a sender that an email can have."""
    try:
        read_sender(value)
    except EmailRefused as refusal:
        raise ValueError("must be an address, or `Name <address>`") from refusal
    return value


def limit_storage(value: str) -> str:
    """Read where limits are counted; empty means beside the database."""
    if value and not _LIMIT_STORAGE.fullmatch(value):
        raise ValueError("must be empty, or begin with redis://, rediss://, valkey:// or sqlite:///")
    if value.startswith("sqlite:") and not value.startswith("sqlite:////"):
        raise ValueError("needs an absolute path: sqlite:////folder/file")
    if value and not value.startswith("sqlite:"):
        try:
            storage_from_string(value)  # which connects to nobody
        except ConfigurationError as missing:
            raise ValueError("needs the package for it: pip install 'undersigned[redis]'") from missing
    return value


def limit(value: str) -> str:
    """Read windows as Flask-Limiter writes them."""
    try:
        parse_many(value)
    except ValueError as refusal:
        raise ValueError('must look like "6 per minute; 40 per hour"') from refusal
    return value
