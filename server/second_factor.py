"""The second factor of admins: codes of an app on their phone (TOTP, RFC 6238), and recovery codes on paper."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

import pyotp

SEALED_FOR: Final = "admins.totp"
"""The purpose under which the secret stands sealed in the database."""

STEP_S: Final = 30
NO_STEP: Final = -1
"""The step of somebody who has used no code yet."""

RECOVERY_CODES: Final = 10
_EARLY_OR_LATE = 1  # steps that a phone's clock may be wrong by
_RECOVERY_BYTES = 10


def new_secret() -> str:
    """Return the secret that server and phone share: 32 letters of base32, 160 bits."""
    return pyotp.random_base32()


def address_for_phone(secret: str, *, name: str, server: str) -> str:
    """Return the ``otpauth://`` address that a phone reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=server)


def find_step(secret: str, code: str, *, now: int, after: int) -> int | None:
    """Return the 30-second step that a six-digit code belongs to; None if it is wrong, or of ``after`` or before.

    Who keeps the step and hands it in as ``after`` makes each code work once.
    """
    digits = "".join(code.split())
    totp = pyotp.TOTP(secret)
    current = now // STEP_S
    for step in range(current - _EARLY_OR_LATE, current + _EARLY_OR_LATE + 1):
        if step > after and hmac.compare_digest(totp.at(step * STEP_S).encode(), digits.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return codes to write down, each for one login without the phone: 80 random bits in groups of four letters."""
    return [_grouped(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    """Return what is kept of a recovery code, however it was typed; its bits are too many to be guessed."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def _grouped(letters: str) -> str:
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))
