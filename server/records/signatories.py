"""The public list: who may be read of whom, founding signatures first, in pages that never jump."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.initials import initials
from server.kinds import Kind
from server.records import LIST_NUMBERS_END, OTHERS_FROM
from server.storage import Tx, queries_beside

_sql: Any = queries_beside(__file__)


@dataclass(frozen=True)
class Signatory:
    """One line of the list, without all that its signer keeps back: no reader of it need look at ``visibility``.

    ``name`` may be initials. Of an organisation's representative the public learns nothing.
    """

    list_number: int
    kind: Kind
    name: str | None
    title: str | None
    affiliation: str | None
    organisation: str | None
    website: str | None
    city: str | None
    country: str | None
    comment: str | None
    founding: bool
    visibility: str
    withdrawn_at: int | None
    text_id: int


_TOLD = ("name", "title", "affiliation", "organisation", "website", "city", "country", "comment")
_SHOWN = {
    ("individual", "name"): frozenset(_TOLD) - {"organisation"},
    ("individual", "initials"): frozenset(("name", "title")),
    ("individual", "country"): frozenset(("title", "country")),
    ("organisation", "name"): frozenset(_TOLD) - {"name", "title", "affiliation"},
}
"""What is told of each; of whatever else there might be, nothing is."""


def line_of(row: Mapping[str, Any]) -> Signatory:
    """Return the line of a signature, given by its columns; without a number or a text (0) it is not on the list."""
    kind, visibility = row["kind"], row["visibility"]
    shown = _SHOWN.get((kind, visibility), frozenset())
    told = {column: row[column] if column in shown else None for column in _TOLD}
    if visibility == "initials" and told["name"]:
        told["name"] = initials(told["name"])
    return Signatory(
        list_number=row.get("list_number", 0),
        kind=kind,
        founding=row.get("founding_place") is not None,
        visibility=visibility,
        withdrawn_at=row.get("withdrawn_at"),
        text_id=row.get("text_id", 0),
        **told,
    )


def list_page(
    tx: Tx, statement_id: int, *, now: int, kind: str | None, after: int, most: int, sought: str = ""
) -> list[Signatory]:
    """Return up to ``most`` lines that come after the list number ``after`` (0: from the beginning).

    There are none before the statement's ``list_from``, and only founding ones until its names are released.
    ``sought`` is a part of a ``name_key``, of letters, digits and spaces; empty for everybody. It finds only who is
    shown by name: an answer about the others would give their names away, letter by letter.
    """
    until, like = _end(tx, statement_id, now=now), f"%{sought}%" if sought else "%"
    if until == 0:
        return []
    asked = {"statement_id": statement_id, "after": after, "until": until, "like": like, "most": most}
    rows = _sql.page(tx, **asked) if kind is None else _sql.page_of_kind(tx, **asked, kind=kind)
    return [line_of(row) for row in rows]


def list_latest(tx: Tx, statement_id: int, *, now: int, most: int) -> list[str]:
    """Return who joined most recently, newest first, without those of them who show no name.

    Those of the founding list have not joined.
    """
    until = _end(tx, statement_id, now=now)
    rows = _sql.latest(tx, statement_id=statement_id, others_from=OTHERS_FROM, until=until, most=most)
    return [shown for line in map(line_of, rows) if (shown := line.organisation or line.name)]


def count_anonymised(tx: Tx, statement_id: int) -> int:
    """Return how many stand under the statement whose names were kept for as long as was said, and no longer."""
    return int(_sql.count_anonymised(tx, statement_id=statement_id))


def count_waiting(tx: Tx, statement_id: int) -> int:
    """Return how many lines the list will have besides the founding ones once names are released."""
    return int(_sql.count_waiting(tx, statement_id=statement_id, others_from=OTHERS_FROM))


def _end(tx: Tx, statement_id: int, *, now: int) -> int:
    """Return below which list number the public may read now; 0 where it may read nothing."""
    end = _sql.find_end(tx, statement_id=statement_id, others_from=OTHERS_FROM, no_end=LIST_NUMBERS_END, now=now)
    return 0 if end is None else int(end)
