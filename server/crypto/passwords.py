"""Admin passwords (argon2id, RFC 9106), TOTP codes (RFC 6238) and recovery codes."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import ClassVar, Final, Literal

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from server.errors import Unavailable, UndersignedError

# Passwords.

PASSWORD_SHORTEST: Final = 12
"""Characters; a short sentence is easier to remember than eight odd signs, and harder to guess."""

PASSWORD_LONGEST: Final = 200
_FEWEST_DISTINCT = 5
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""The memory and the passes of RFC 9106's second choice, on one core: the others serve the public meanwhile."""

_KNOWN_WAITS_S = 3.0
_place_of_strangers = BoundedSemaphore(1)
_place_of_the_known = BoundedSemaphore(1)

PasswordReason = Literal["too-short", "too-long", "too-simple"]


class PasswordRefused(UndersignedError):
    """Raised when a password would be guessed; ``reason`` says why, in the words of the desk's messages."""

    code: ClassVar[str] = "password-refused"
    status: ClassVar[int] = 422

    def __init__(self, reason: PasswordReason) -> None:
        super().__init__(reason)
        self.reason: PasswordReason = reason


def check_password(password: str, *, name: str) -> str:
    """Return the password if it will do for the admin of that name; raises ``PasswordRefused``."""
    if len(password) < PASSWORD_SHORTEST:
        raise PasswordRefused("too-short")
    if len(password) > PASSWORD_LONGEST:
        raise PasswordRefused("too-long")
    without_name = password.casefold().replace(name.casefold(), "")
    if len(set(without_name)) < _FEWEST_DISTINCT or (
        len(without_name) < len(password) and len(without_name) < PASSWORD_SHORTEST
    ):
        raise PasswordRefused("too-simple")
    return password


def new_password() -> str:
    """Return a password for a first login: four groups of five letters and digits that are not mistaken, 98 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password; slow on purpose (a sixth of a second)."""
    return _hasher.hash(password)


def verify_password(kept: str, password: str) -> bool:
    """Say whether this is the password of which ``kept`` was made."""
    try:
        return _hasher.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    """Say whether a newer library would hash it with more effort."""
    return _hasher.check_needs_rehash(kept)


class TooManyHashes(Unavailable):
    """Raised when no place is free; a second later there may be one."""

    retry_after_s = 1


@contextmanager
def place_to_hash(*, is_known: bool) -> Iterator[None]:
    """Reserve one of two places for hashing a password. Each hash takes 64 MiB and a CPU core for a sixth of a second.

    Unknown browsers share one place and are refused at once while it is taken. Admins who are logged in, and browsers
    in which an admin has logged in before, share the other one and wait for it. Raises ``TooManyHashes``.
    """
    place = _place_of_the_known if is_known else _place_of_strangers
    if not place.acquire(timeout=_KNOWN_WAITS_S if is_known else 0):
        raise TooManyHashes("too many passwords are being checked at once")
    try:
        yield
    finally:
        place.release()


@cache
def dummy_hash() -> str:
    """Return a hash that no password fits: a name that nobody has costs the same time as one that somebody has."""
    return hash_password(secrets.token_urlsafe(32))


# TOTP and recovery codes.

TOTP_SEAL_PURPOSE: Final = "admins.totp"
"""The purpose under which the secret stands sealed in the database."""

TOTP_STEP_S: Final = 30
NO_TOTP_STEP: Final = -1
"""The step of somebody who has used no code yet."""

RECOVERY_CODES: Final = 10
_TOTP_DRIFT_STEPS = 1  # steps that a phone's clock may be wrong by
_RECOVERY_BYTES = 10


def new_totp_secret() -> str:
    """Return the secret that server and phone share: 32 letters of base32, 160 bits."""
    return pyotp.random_base32()


def totp_uri(secret: str, *, name: str, server: str) -> str:
    """Return the ``otpauth://`` address that a phone reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=server)


def find_totp_step(secret: str, code: str, *, now: int, after: int) -> int | None:
    """Return the 30-second step that a six-digit code belongs to; None if it is wrong, or of ``after`` or before.

    Who keeps the step and hands it in as ``after`` makes each code work once.
    """
    digits = "".join(code.split())
    totp = pyotp.TOTP(secret)
    current = now // TOTP_STEP_S
    for step in range(current - _TOTP_DRIFT_STEPS, current + _TOTP_DRIFT_STEPS + 1):
        if step > after and hmac.compare_digest(totp.at(step * TOTP_STEP_S).encode(), digits.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return codes to write down, each for one login without the phone: 80 random bits in groups of four letters."""
    return [
        _group_letters(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()) for _ in range(RECOVERY_CODES)
    ]


def hash_recovery_code(code: str) -> str:
    """Return what is kept of a recovery code, however it was typed; its bits are too many to be guessed."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def _group_letters(letters: str) -> str:
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))
