"""Encrypts email addresses and TOTP secrets at rest, with keys that rotate."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.errors import UndersignedError

KEY_BYTES = 32
FORMAT = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_HEADER_BYTES = len(FORMAT) + _KEY_ID_BYTES


class SealBroken(UndersignedError):
    """Raised when a sealed text was changed, was sealed for another purpose, or its key is not among ours."""

    code = "seal-broken"


class Sealed(NamedTuple):
    """What stands in the database: ``key_id`` (8 hex digits) tells which rows wait for a rotation to reach them."""

    key_id: str
    blob: bytes


class Sealer:
    """Seals with the last key and reads with all of them: AES-256-GCM.

    A blob is one format byte, four bytes of key id, a 12-byte random nonce and the ciphertext with its tag. The
    header and the purpose are authenticated with it, so a blob moved into another column does not open there. Random
    nonces are safe up to about four thousand million seals a key. The length of the text stays visible.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("a sealer needs at least one key")
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a data key has exactly {KEY_BYTES} bytes")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._newest = _key_id(keys[-1])

    @property
    def key_id(self) -> str:
        """The id of the key that seals now; a row with another one was sealed before the last rotation."""
        return self._newest.hex()

    def seal(self, text: str, *, purpose: str) -> Sealed:
        """Seal a text for one purpose, such as ``"contacts.address"``; the same text gives another blob every time."""
        header, nonce = FORMAT + self._newest, secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self._newest].encrypt(nonce, text.encode(), header + purpose.encode())
        return Sealed(self.key_id, header + nonce + ciphertext)

    def unseal(self, blob: bytes, *, purpose: str) -> str:
        """Return the text that was sealed for this purpose.

        Raises ``SealBroken`` for everything that we did not seal, or not for this purpose, or with a key that is gone.
        """
        header, rest = blob[:_HEADER_BYTES], blob[_HEADER_BYTES:]
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        if len(nonce) != _NONCE_BYTES or not header.startswith(FORMAT):
            raise SealBroken("this is not a text that we encrypted")
        cipher = self._ciphers.get(header[len(FORMAT) :])
        if cipher is None:
            raise SealBroken(f"sealed with the data key {header[len(FORMAT) :].hex()}, which is not among ours")
        try:
            return cipher.decrypt(nonce, ciphertext, header + purpose.encode()).decode()
        except InvalidTag as error:
            raise SealBroken("the sealed text was changed, or sealed for another purpose") from error


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"undersigned.data-key-id\x00" + key).digest()[:_KEY_ID_BYTES]
