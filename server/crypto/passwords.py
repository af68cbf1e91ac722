"""Admin passwords (argon2id, RFC 9106), TOTP codes (RFC 6238) and recovery codes."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from server.errors import Unavailable, ValueRefused

# Passwords.

PASSWORD_SHORTEST: Final = 12
"""Characters. A short sentence is easier to remember than eight special characters, and harder to guess."""

PASSWORD_LONGEST: Final = 200
_FEWEST_DISTINCT = 5
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""Memory and passes of RFC 9106's second recommended option, but one lane, so that other cores can serve visitors."""

_KNOWN_BROWSER_TIMEOUT_S = 3.0
_unknown_browser_slot = BoundedSemaphore(1)
_known_browser_slot = BoundedSemaphore(1)


def check_password(password: str, *, name: str) -> str:
    """Return the password if it is valid for the admin with this ``name``; raises ``ValueRefused``."""
    if len(password) < PASSWORD_SHORTEST:
        raise ValueRefused("too-short", least=PASSWORD_SHORTEST)
    if len(password) > PASSWORD_LONGEST:
        raise ValueRefused("too-long")
    # The name in a password does not count: the rest must have enough different characters and be long enough itself.
    without_name = password.casefold().replace(name.casefold(), "")
    if len(set(without_name)) < _FEWEST_DISTINCT or (
        len(without_name) < len(password) and len(without_name) < PASSWORD_SHORTEST
    ):
        raise ValueRefused("too-simple")
    return password


def new_password() -> str:
    """Return a random password for a first login: four groups of five characters that do not look alike, 99 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password. Slow on purpose: about a sixth of a second."""
    return _hasher.hash(password)


def verify_password(kept: str, password: str) -> bool:
    """Return whether ``kept`` is a hash of this password."""
    try:
        return _hasher.verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


def needs_rehash(kept: str) -> bool:
    """Return whether the hash was made with other parameters than those in use now."""
    return _hasher.check_needs_rehash(kept)


class TooManyHashes(Unavailable):
    """Raised when too many passwords are being hashed; one second later it may work."""

    retry_after_s = 1


@contextmanager
def hash_slot(*, is_known: bool) -> Iterator[None]:
    """Reserve one of two slots for hashing a password. Each hash takes 64 MiB and a CPU core for a sixth of a second.

    Unknown browsers share one slot and are refused at once while it is taken. Admins who are logged in, and browsers
    in which an admin has logged in before, share the other slot and wait up to ``_KNOWN_BROWSER_TIMEOUT_S`` for it.
    Raises ``TooManyHashes``.
    """
    place = _known_browser_slot if is_known else _unknown_browser_slot
    if not place.acquire(timeout=_KNOWN_BROWSER_TIMEOUT_S if is_known else 0):
        raise TooManyHashes("too many passwords are being checked at the same time")
    try:
        yield
    finally:
        place.release()


@cache
def dummy_hash() -> str:
    """Return a hash that no password matches, so that a login takes as long for an unknown name as for a known one."""
    return hash_password(secrets.token_urlsafe(32))


def hash_secret(secret: str) -> bytes:
    """Return the hash by which a secret with at least 128 random bits is stored; they need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


# TOTP and recovery codes.

TOTP_SEAL_PURPOSE: Final = "admins.totp"
"""The purpose with which ``Sealer`` encrypts the TOTP secret."""

TOTP_STEP_S: Final = 30
NO_TOTP_STEP: Final = -1
"""The last used step of an admin who has not used a code yet."""

RECOVERY_CODES: Final = 10
_TOTP_DRIFT_STEPS = 1  # how many steps a phone's clock may be ahead or behind
_RECOVERY_BYTES = 10


def new_totp_secret() -> str:
    """Return a new secret to share with the phone: 32 base32 characters, 160 bits."""
    return pyotp.random_base32()


def totp_uri(secret: str, *, name: str, server: str) -> str:
    """Return the ``otpauth://`` URI for the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=server)


def find_totp_step(secret: str, code: str, *, now: int, after: int) -> int | None:
    """Return the 30-second step of a six-digit code; None if the code is wrong or its step is not later than ``after``.

    Each code works only once if the caller stores the step and passes it as ``after`` the next time.
    """
    digits = "".join(code.split())
    totp = pyotp.TOTP(secret)
    current = now // TOTP_STEP_S
    for step in range(current - _TOTP_DRIFT_STEPS, current + _TOTP_DRIFT_STEPS + 1):
        if step > after and hmac.compare_digest(totp.at(step * TOTP_STEP_S).encode(), digits.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return recovery codes, each for one login without the phone: 80 random bits in groups of four characters."""
    return [
        _group_letters(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()) for _ in range(RECOVERY_CODES)
    ]


def hash_recovery_code(code: str) -> str:
    """Return the SHA-256 of a recovery code in hex, ignoring case and separators.

    A slow hash is not needed: 80 random bits cannot be guessed.
    """
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def _group_letters(letters: str) -> str:
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))
