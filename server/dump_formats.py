"""The formats in which a table leaves: CSV by comma or semicolon, JSON Lines, and workbooks where that extra is."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from server.spreadsheet import Cell, csv_lines
from server.workbook import is_installed, workbook_pieces

Table: TypeAlias = Iterable[Sequence[Cell]]
"""Rows of cells; the first are the names of the columns."""

# They end a line for some programs, and JSON may say them otherwise.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


@dataclass(frozen=True)
class Format:
    """How a table becomes bytes: ``name`` is what is asked for, ``suffix`` what the file's name ends in."""

    name: str
    suffix: str
    mimetype: str
    pieces: Callable[[Table], Iterator[bytes]]


def json_lines(table: Table) -> Iterator[bytes]:
    """Yield each row as a JSON object on a line of its own, with truths and nulls as they are, and nothing guarded."""
    rows = iter(table)
    columns = next(rows, ())
    for row in rows:
        line = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)
        yield f"{line.translate(_LINE_ENDS)}\n".encode()


CSV = Format("csv", "csv", "text/csv", csv_lines)
JSONL = Format("jsonl", "jsonl", "application/jsonl", json_lines)
FORMATS = {
    one.name: one
    for one in (
        CSV,
        Format("csv-semicolon", "csv", "text/csv", partial(csv_lines, delimiter=";")),
        Format("xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_pieces),
        JSONL,
    )
}
"""All of them by name, in the order in which people are asked."""


def offered() -> list[str]:
    """Return the names of the formats that this installation can write."""
    return [name for name in FORMATS if name != "xlsx" or is_installed()]
