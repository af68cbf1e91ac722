"""Passwords of admins: what one may be, and how it is kept (argon2id, RFC 9106)."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import ClassVar, Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from server.errors import Unavailable, UndersignedError

LEAST: Final = 12
"""Characters; a short sentence is easier to remember than eight odd signs, and harder to guess."""

MOST: Final = 200
_VARIED = 5
_hasher = PasswordHasher()
_AT_ONCE = 2
"""Each takes 64 MiB and a tenth of a second: a flood of logins must take neither the memory nor every thread."""

_PATIENCE_S = 0.5
_turns = BoundedSemaphore(_AT_ONCE)

Reason = Literal["too-short", "too-long", "too-simple"]


class PasswordRefused(UndersignedError):
    """Raised when a password would be guessed; ``reason`` says why, in the words of the desk's messages."""

    code: ClassVar[str] = "password-refused"
    status: ClassVar[int] = 422

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def check(password: str, *, name: str) -> str:
    """Return the password if it will do for the admin of that name; raises ``PasswordRefused``."""
    if len(password) < LEAST:
        raise PasswordRefused("too-short")
    if len(password) > MOST:
        raise PasswordRefused("too-long")
    without_name = password.casefold().replace(name.casefold(), "")
    if len(set(without_name)) < _VARIED or (len(without_name) < len(password) and len(without_name) < LEAST):
        raise PasswordRefused("too-simple")
    return password


def make() -> str:
    """Return a password for a first login: four groups of five letters and digits that are not mistaken, 98 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def hashed(password: str) -> str:
    """Return what is kept of a password; takes a tenth of a second, on purpose. Raises ``Unavailable`` as ``fits``."""
    with _turn():
        return _hasher.hash(password)


def fits(kept: str, password: str) -> bool:
    """Say whether this is the password of which ``kept`` was made; raises ``Unavailable`` in a flood."""
    with _turn():
        try:
            return _hasher.verify(kept, password)
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Say whether a newer library would hash it with more effort."""
    return _hasher.check_needs_rehash(kept)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_PATIENCE_S):
        raise Unavailable("too many passwords are being checked at once")
    try:
        yield
    finally:
        _turns.release()


@cache
def of_nobody() -> str:
    """Return a hash that no password fits: a name that nobody has costs the same time as one that somebody has."""
    return hashed(secrets.token_urlsafe(32))
