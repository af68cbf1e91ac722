"""Lines: how somebody's line is written anew, whoever does it, and never over what they have not read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from server.actions.linked import subject_of
from server.errors import Invalid, UndersignedError
from server.records import signatures, tallies
from server.records.founders import Founder
from server.records.signatures import Signature
from server.storage import Conflict, Row, Tx
from server.text import name_key

Line = Mapping[str, str | None]
"""What somebody would have stand there, checked, by column; what it does not name stays as it is."""

AMENDABLE = ("name", "title", "affiliation", "city", "country", "comment", "visibility")
"""An organisation keeps its name and its website: those are what was looked at when it signed."""

CORRECTABLE = ("name", "title", "affiliation")
"""Of a founding signature; an organisation's name is its own."""

_SHOWN = {Signature: AMENDABLE, Founder: (*CORRECTABLE, "listed_confirmed_at")}


class LineChanged(UndersignedError):
    """Raised when a line is no more the one that a page showed: its signer, or another admin, was faster.

    ``differing`` are the columns that would not stay as they are now.
    """

    code, status = "line-changed", 409

    def __init__(self, differing: Sequence[str]) -> None:
        super().__init__("somebody has changed this line meanwhile")
        self.differing = list(differing)


def fingerprint(line: Signature | Founder) -> str:
    """Return what a page carries to say which line it showed, and of a founding one which answer."""
    return _digest([getattr(line, column) for column in _SHOWN[type(line)]])


def fingerprint_of_row(row: Row) -> str:
    """Return the fingerprint of the signature of a row, which has all that is amendable."""
    return _digest([row[column] for column in AMENDABLE])


def _digest(shown: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def check_seen(line: Signature | Founder, seen: str, *, differing: Sequence[str]) -> None:
    """Raise ``LineChanged``, with these columns, unless ``seen`` is the fingerprint of the line as it is now."""
    if fingerprint(line) != seen:
        raise LineChanged(differing)


def rewrite(tx: Tx, signature: Signature, line: Line, *, now: int) -> None:
    """Write a line anew, and count its country where that counts.

    An organisation is told from others by its own name. Raises ``Invalid`` when this mailbox has signed under the new
    name already.
    """
    values: dict[str, Any] = {name: line.get(name, getattr(signature, name)) for name in AMENDABLE}
    is_person = signature.kind == "individual"
    values["name_key"] = name_key(values["name"]) if is_person else signature.name_key
    try:
        signatures.amend(tx, signature.id, values, now=now)
    except Conflict as taken:
        raise Invalid({"name": ["signed-already"]}) from taken
    written = signatures.get(tx, signature.id)
    if written.state == "confirmed" and written.country != signature.country:
        tallies.swap_country(tx, subject_of(written), was=signature.country)
