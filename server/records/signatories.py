"""The public list: confirmed signatures that may be named, founding ones first, in pages that never jump."""

from dataclasses import dataclass
from typing import Any

from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Signatory:
    """One line of the list. Of an organisation's representative the public learns nothing."""

    list_number: int
    kind: str
    name: str | None
    title: str | None
    affiliation: str | None
    organisation: str | None
    website: str | None
    city: str | None
    country: str | None
    comment: str | None
    founding: bool


def list_page(
    tx: Tx, statement_id: int, *, kind: str | None, after: int, most: int, sought: str = ""
) -> list[Signatory]:
    """Return up to ``most`` lines that come after the list number ``after`` (0: from the beginning).

    ``sought`` is a part of a ``name_key``, of letters, digits and spaces; empty for everybody.
    """
    asked = {"statement_id": statement_id, "after": after, "like": f"%{sought}%", "most": most}
    rows = _sql.page(tx, **asked) if kind is None else _sql.page_of_kind(tx, **asked, kind=kind)
    lines = []
    for row in rows:
        founding = row.pop("founding_place") is not None
        if row["kind"] == "organisation":
            row |= {"name": None, "title": None, "affiliation": None}
        lines.append(Signatory(**row, founding=founding))
    return lines


def list_latest(tx: Tx, statement_id: int, *, most: int) -> list[str]:
    """Return who joined most recently, newest first: those of the founding list have not."""
    return [row["shown"] for row in _sql.latest(tx, statement_id=statement_id, most=most)]
