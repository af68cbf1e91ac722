"""Finds tables in a text whose columns are aligned with spaces, as in text copied from a page or a PDF file."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from server.text.signatory_list.columns import COLUMNS_MOST, header_score
from server.text.signatory_list.kinds import is_like_name
from server.text.signatory_list.sources import Part, Piece, Row, SourceLine, Table

_CELL = re.compile(r"\S+(?:[ \u00a0]\S+)*")
_WIDE_SHARE: Final = 0.6
_WIDE_LEAST: Final = 3
_LINE_LONGEST: Final = 1000
_NEAR: Final = 1
"""Maximum distance, in characters, between the beginnings of a cell and of its column."""

Cell = tuple[int, str]


def find_spaced(lines: Sequence[str]) -> list[Part] | None:
    """Return the table of a text whose columns are separated by two or more spaces, or None.

    If most rows have only names in all cells, it is a list printed in several columns, so its cells are returned as
    lines.
    """
    if any(len(line) > _LINE_LONGEST for line in lines):
        return None
    parted = [[(found.start(), found[0]) for found in _CELL.finditer(line)] for line in lines]
    written = [cells for cells in parted if cells]
    wide = [cells for cells in written if len(cells) > 1]
    if len(wide) < _WIDE_LEAST or len(wide) < _WIDE_SHARE * len(written):
        return None
    if sum(all(is_like_name(text) for _, text in cells) for cells in wide) * 2 >= len(wide):
        found = [(number, text) for number, cells in enumerate(parted, 1) for _, text in cells]
        return [[SourceLine(number, text, Piece(text)) for number, text in found]]
    starts = _starts(wide)
    return None if starts is None else [*_rows(parted, lines, starts)]


def _starts(wide: Sequence[Sequence[Cell]]) -> list[int] | None:
    """Return the start of each column, from the header or else from the most common lines; None if few lines fit."""
    head = next((cells for cells in wide if header_score([text for _, text in cells]) > 1), None)
    often = Counter(tuple(start for start, _ in cells) for cells in wide).most_common(1)[0]
    starts = [start for start, _ in head] if head else list(often[0])
    fitting = sum(all(_place(start, starts) is not None for start, _ in cells) for cells in wide)
    return starts if len(starts) <= COLUMNS_MOST and fitting >= _WIDE_SHARE * len(wide) else None


def _place(start: int, starts: Sequence[int]) -> int | None:
    return next((at for at, one in enumerate(starts) if abs(one - start) <= _NEAR), None)


def _rows(parted: Sequence[Sequence[Cell]], lines: Sequence[str], starts: Sequence[int]) -> list[Part]:
    """Return the table, and before it the lines above and those with a cell that fits no column."""
    before: list[SourceLine] = []
    rows: list[Row] = []
    for number, (cells, line) in enumerate(zip(parted, lines, strict=True), 1):
        places = [_place(start, starts) for start, _ in cells]
        if not cells:
            continue
        if None in places or (len(cells) == 1 and not rows):
            before.append(SourceLine(number, line, Piece(line)))
            continue
        texts = dict(zip(places, (text for _, text in cells), strict=True))
        filled = tuple(Piece(texts.get(at, "")) for at in range(len(starts)))
        is_head = not rows and header_score([piece.text for piece in filled]) > 1
        rows.append(Row(number, filled, is_head, line))
    return [*([before] if before else []), Table(rows)]
