"""Encrypts email addresses and TOTP secrets at rest. Keys can be rotated."""

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
    """Raised when an encrypted text was changed, was made for another purpose, or its key is not configured."""

    code = "seal-broken"


class Sealed(NamedTuple):
    """An encrypted text as stored; ``key_id`` (8 hex digits) shows which rows still need re-encryption."""

    key_id: str
    blob: bytes


class Sealer:
    """Encrypts with the last key and decrypts with any of them, using AES-256-GCM.

    A blob is one format byte, four bytes of key id, a random 12-byte nonce, and the ciphertext with its tag. The
    header (format and key id) and the purpose are authenticated as associated data, so a blob that is copied into
    another column cannot be decrypted there. Random nonces are safe for about 2**32 encryptions per key. The length of
    the text is not hidden.
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
        """The id of the newest key, which encrypts. A row with another id is from before the last rotation."""
        return self._newest.hex()

    def seal(self, text: str, *, purpose: str) -> Sealed:
        """Encrypt a text for one purpose, such as ``"contacts.address"``. The same text never gives the same blob."""
        header, nonce = FORMAT + self._newest, secrets.token_bytes(_NONCE_BYTES)
        ciphertext = self._ciphers[self._newest].encrypt(nonce, text.encode(), header + purpose.encode())
        return Sealed(self.key_id, header + nonce + ciphertext)

    def unseal(self, blob: bytes, *, purpose: str) -> str:
        """Return the text that was encrypted for this purpose.

        Raises ``SealBroken`` if the blob was not made by ``seal``, has another purpose, or its key is not configured.
        """
        header, rest = blob[:_HEADER_BYTES], blob[_HEADER_BYTES:]
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        if len(nonce) != _NONCE_BYTES or not header.startswith(FORMAT):
            raise SealBroken("this is not a text that we encrypted")
        cipher = self._ciphers.get(header[len(FORMAT) :])
        if cipher is None:
            raise SealBroken(f"sealed with the data key {header[len(FORMAT) :].hex()}, which is not in the settings")
        try:
            return cipher.decrypt(nonce, ciphertext, header + purpose.encode()).decode()
        except InvalidTag as error:
            raise SealBroken("the encrypted text was changed, or was encrypted for another purpose") from error


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"undersigned.data-key-id\x00" + key).digest()[:_KEY_ID_BYTES]
