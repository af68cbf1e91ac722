"""Cells that no spreadsheet takes for a formula, in CSV that every one of them opens."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

BOM = "\ufeff"

Cell: TypeAlias = str | int | bool | None
"""What a table may hold; a spreadsheet says ``yes`` and ``no`` for truths, and nothing for None."""

# A cell that begins so is a formula somewhere; after a separator too, since a file written with commas is opened
# with semicolons where that is the country's custom, and falls apart there (CWE-1236).
# What begins it is only looked at, since a tab may be a separator too.
_FORMULA = re.compile("(^|[;,|\t\r\n])([ \"']*)(?=[=+\\-@\0\t\r＝＋－＠])")


def harmless(value: str) -> str:
    """Return the text with an apostrophe before whatever a spreadsheet would compute; other texts are unchanged."""
    return _FORMULA.sub(r"\1\2'", value) if _FORMULA.search(value) else value


def written(cell: Cell) -> str:
    """Return a cell as the harmless text that people read in it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return harmless(cell) if isinstance(cell, str) else str(cell)


def csv_lines(rows: Iterable[Iterable[Cell]], *, delimiter: str = ",") -> Iterator[bytes]:
    """Yield the rows as UTF-8 CSV: a byte order mark before the first, every cell quoted, CRLF at the end."""
    start = BOM
    for row in rows:
        line = io.StringIO()
        writer = csv.writer(line, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(map(written, row))
        yield (start + line.getvalue()).encode()
        start = ""
