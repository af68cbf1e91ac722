"""The columns of each dump, and what stands in them: one definition for every format."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo

from server.records.signatories import Signatory
from server.spreadsheet import Cell
from server.storage import Row

COLUMNS = (
    *("id", "statement", "kind", "name", "title", "affiliation", "organisation", "website", "city", "country"),
    *("comment", "email", "newsletter", "visibility", "state", "founding", "partner", "locale", "text_sha256"),
    *("signed_at", "confirmed_at", "withdrawn_at"),
)
PUBLIC_COLUMNS = (
    *("kind", "name", "title", "affiliation", "organisation", "website", "city", "country", "comment", "founding"),
    *("visibility", "withdrawn"),
)
SUBSCRIBER_COLUMNS = ("email", "name", "locale", "wording", "agreed_at", "partner")
_MOMENTS = ("signed_at", "confirmed_at", "withdrawn_at")

Unseal = Callable[[bytes], str]
"""Opens a sealed address."""


def signature_cells(row: Row, columns: Sequence[str], *, unseal: Unseal | None) -> list[Cell]:
    """Return these columns of a signature; its address only with ``unseal``, and where there was a reason to keep it.

    Raises ``SealBroken``.
    """
    told = {
        **row,
        "email": unseal(bytes(row["sealed"])) if unseal and row["sealed"] is not None else None,
        "newsletter": bool(row["newsletter"]),
        "founding": row["founding_place"] is not None,
        **{column: _moment(row[column]) for column in _MOMENTS},
    }
    return [told[column] for column in columns]


def public_cells(line: Signatory, columns: Sequence[str], *, zone: tzinfo) -> list[Cell]:
    """Return these columns of a line of the public list, which has nothing that its signer keeps back.

    Of a withdrawal the public learns the day alone, as it was where ``zone`` holds.
    """
    withdrawn_at = line.withdrawn_at
    day = None if withdrawn_at is None else datetime.fromtimestamp(withdrawn_at, zone).date().isoformat()
    return [day if column == "withdrawn" else getattr(line, column) for column in columns]


def subscriber_cells(row: Row, *, unseal: Unseal) -> list[Cell]:
    """Return ``SUBSCRIBER_COLUMNS`` of who gets news; raises ``SealBroken``."""
    told = {**row, "email": unseal(bytes(row["sealed"])), "agreed_at": _moment(row["agreed_at"])}
    return [told[column] for column in SUBSCRIBER_COLUMNS]


def _moment(epoch: int | None) -> str | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
