"""The code of an email: eight digits that its reader types where they signed, instead of following the link."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import timedelta

CODE_DIGITS = 8
CODE_LIFETIME = timedelta(minutes=30)
CODE_TRIES = 5
_PURPOSE = b"undersigned.code.v1\0"
_BETWEEN_DIGITS = re.compile(r"[\s-]+")


class Codes:
    """Works codes out with the secret keys: the last one makes them, all of them know them, and nothing is stored.

    Every email about one signature carries the same code, so that it does not matter which of them is read.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._secret_keys = [key.encode() for key in secret_keys]

    def of(self, signature_id: int, nonce: bytes) -> str:
        """Return the eight digits for the row of this id and nonce."""
        return _digits(self._secret_keys[-1], signature_id, nonce)

    def fits(self, typed: str, signature_id: int, nonce: bytes) -> bool:
        """Say whether somebody typed the code of this row, in any digits, with spaces or hyphens; in constant time."""
        said = _plain(typed).encode(errors="replace")
        known = [_digits(key, signature_id, nonce).encode() for key in self._secret_keys]
        return any([hmac.compare_digest(said, one) for one in known])  # noqa: C419 - all of them, whichever fits


def spaced(code: str) -> str:
    """Return a code as it is read aloud: two groups of four."""
    return f"{code[:4]} {code[4:]}"


def _plain(typed: str) -> str:
    """Return what was typed in ASCII digits: an Arabic keyboard has others. What is no digit stays as it is."""
    joined = _BETWEEN_DIGITS.sub("", typed)
    return "".join(str(int(character)) if character.isdecimal() else character for character in joined)


def _digits(key: bytes, signature_id: int, nonce: bytes) -> str:
    digest = hmac.digest(key, _PURPOSE + signature_id.to_bytes(8, "big") + nonce, hashlib.sha256)
    return f"{int.from_bytes(digest, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"
