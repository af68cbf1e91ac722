"""The cursor of the public list: where the next page begins, as a word that says nothing to a reader."""

import base64
import binascii

from server.errors import BadRequest

_BYTES = 8


def write_cursor(list_number: int) -> str:
    """Return the cursor after the line of this number."""
    return base64.urlsafe_b64encode(list_number.to_bytes(_BYTES, "big")).rstrip(b"=").decode()


def read_cursor(value: str | None) -> int:
    """Return the list number that a cursor stands for, 0 for none; raises ``BadRequest`` when it is not one of ours."""
    if not value:
        return 0
    try:
        number = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as refusal:
        raise BadRequest("after is not a cursor of ours") from refusal
    if len(number) != _BYTES or number[0] > 0x7F:
        raise BadRequest("after is not a cursor of ours")
    return int.from_bytes(number, "big")
