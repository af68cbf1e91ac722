"""What the tests of links stand on: keys, a row, a form, and who makes links of them at noon."""

import string

from server.crypto.links import CLOCK_SKEW, FormClaim, Links, SignatureRef

OLD, NEW, NEWEST = "old" * 11, "new" * 11, "newest" * 6
BASE = "https://sign.example"
NOON = 1_780_000_020  # the first second of a minute
SKEW_S = int(CLOCK_SKEW.total_seconds())
NONCE = bytes(range(16))
REF = SignatureRef(7, NONCE)
CLAIM = FormClaim(statement_id=1, text_id=2, partner_id=3)
ALPHABET = string.ascii_letters + string.digits + "-_.="
LINKS = Links([NEW], BASE)


def confirm_token(links: Links, *, now: int = NOON) -> str:
    return links.confirm(*REF, now=now).rpartition("/")[2]
