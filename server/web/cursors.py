"""The cursor of the public list: where the next page begins, as a word that says nothing to a reader."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha512

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from server.errors import BadRequest

_BYTES = 8
_LENGTH = 32  # letters: 16 bytes of tag and 8 of number
_PURPOSE = b"undersigned.cursor.v1\0"
_REFUSED = "after is not a cursor of ours"


class Cursors:
    """Seals list numbers with the last of the secret keys and reads with all of them: AES-256-SIV.

    A number that can be read, or tried out, tells how many hidden ones stand between two lines. The same number of the
    same statement is always the same cursor, so that pages can be cached.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        newest_first = reversed(secret_keys)
        self._ciphers = [AESSIV(hmac.digest(key.encode(), _PURPOSE, sha512)) for key in newest_first]

    def write(self, list_number: int, *, statement_id: int) -> str:
        """Return the cursor after the line of this number."""
        sealed = self._ciphers[0].encrypt(_bytes(list_number), [_bytes(statement_id)])
        return base64.urlsafe_b64encode(sealed).decode()

    def read(self, value: str | None, *, statement_id: int) -> int:
        """Return the list number that a cursor of this statement stands for, 0 for none.

        Raises ``BadRequest`` when it is not one of ours.
        """
        if not value:
            return 0
        sealed = _decoded(value)
        for cipher in self._ciphers:
            with suppress(InvalidTag):
                return int.from_bytes(cipher.decrypt(sealed, [_bytes(statement_id)]), "big")
        raise BadRequest(_REFUSED)


def _decoded(value: str) -> bytes:
    """Return the bytes of a cursor, whoever made it; raises ``BadRequest`` when it has not the shape of one."""
    if len(value) != _LENGTH:
        raise BadRequest(_REFUSED)
    try:
        return base64.b64decode(value, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise BadRequest(_REFUSED) from broken


def _bytes(number: int) -> bytes:
    return number.to_bytes(_BYTES, "big")
