"""The lines and tables that a list consists of, and how to get them from plain text and JSON."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from server.text.signatory_list.contacts import NOTHING, Contacts


class Piece(NamedTuple):
    """The text of a line or cell without markup, the part of it that is bold, and the contacts in its links."""

    text: str
    bold: str = ""
    contacts: Contacts = NOTHING

    @property
    def is_bold(self) -> bool:
        """Whether all of the text is bold, ignoring punctuation at its ends."""
        return bool(self.bold) and self.bold.strip(" :.") == self.text.strip(" :.")


class SourceLine(NamedTuple):
    """One line with its number, counted from 1. ``rank`` is "heading" or "item" if the source marks it so."""

    number: int
    raw: str
    piece: Piece
    rank: str = ""


class Row(NamedTuple):
    """One row of a table. ``is_head``: the source marks it as the header. ``size``: its number of lines."""

    number: int
    cells: tuple[Piece, ...]
    is_head: bool = False
    raw: str = ""
    size: int = 1


@dataclass(frozen=True)
class Table:
    """The rows of a table. ``is_guarded``: its cells may have been escaped by ``guard_formula``."""

    rows: Sequence[Row]
    is_guarded: bool = True

    @property
    def filled_rows(self) -> list[Row]:
        """The rows that are not empty."""
        return [row for row in self.rows if any(trim(cell.text) for cell in row.cells)]

    @property
    def width(self) -> int:
        """The number of cells in the longest row that is not empty."""
        return max((len(row.cells) for row in self.filled_rows), default=0)


# White space and invisible characters that come with text copied from web pages. Only removed at the ends of a text;
# ``server.text.names`` refuses them inside a name.
_EDGES = " \t\u00a0\u1680\u202f\u205f\u2060\u3000\ufeff\u00ad" + "".join(map(chr, range(0x2000, 0x2010)))


def trim(text: str) -> str:
    """Return the text without white space and invisible characters at its ends."""
    return text.strip(_EDGES)


Part = list[SourceLine] | Table
CELL_BREAK: Final = ", "
"""Replaces line breaks inside a cell."""


def read_plain(lines: Sequence[str]) -> list[Part]:
    """Return the lines of a plain text, with HTML entities such as ``&amp;`` decoded."""
    return [
        [
            SourceLine(number, raw, Piece(html.unescape(raw) if "&" in raw else raw))
            for number, raw in enumerate(lines, 1)
        ]
    ]


def read_json(lines: Sequence[str]) -> list[Part] | None:
    """Return the table of JSON Lines or of a JSON array of objects; None for any other text."""
    first = next((line.strip() for line in lines if line.strip()), "")
    if not first.startswith(("{", "[")):
        return None
    try:
        if first.startswith("["):
            records = list(enumerate(json.loads("\n".join(lines)), 1))
        else:
            records = [(number, json.loads(line)) for number, line in enumerate(lines, 1) if line.strip()]
    except (ValueError, RecursionError):
        return None
    if not records or not all(isinstance(record, dict) for _, record in records):
        return None
    flat = [(number, _flattened(record)) for number, record in records]
    keys = list(dict.fromkeys(key for _, record in flat for key in record))
    head = Row(flat[0][0], tuple(Piece(key) for key in keys), is_head=True)
    rows = [
        Row(number, tuple(Piece(record.get(key, "")) for key in keys), raw=", ".join(filter(None, record.values())))
        for number, record in flat
    ]
    return [Table([head, *rows], is_guarded=False)]


def _flattened(record: dict[str, Any]) -> dict[str, str]:
    """Return the values as texts by key. Values of nested objects get the inner key, or "key inner" if it is taken."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            for inner, inner_value in value.items():
                flat[inner if inner not in record else f"{key} {inner}"] = _as_text(inner_value)
        else:
            flat[key] = _as_text(value)
    return flat


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_as_text, value)) if isinstance(value, list) else str(value)
