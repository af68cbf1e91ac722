"""Finds tables in a text whose cells are separated by tabs, semicolons or commas."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from server.text.signatory_list.columns import COLUMNS_MOST, HEADER_WITHIN, SAME_WIDTH, header_score, share
from server.text.signatory_list.kinds import is_like_name
from server.text.signatory_list.sources import Part, Piece, Row, SourceLine, Table, trim

_LINE_LONGEST: Final = 20_000
"""Longer lines are ignored for detecting a table; if there is one, they are rows of it like all others."""
CELL_LINES_MOST: Final = 20
"""Maximum lines of one record. If it has more, somebody forgot to close a quotation mark."""
_OPEN_AT_THE_END: Final = "unexpected end of data"  # the error message of the csv module
_MARKUP = re.compile(r"^\s*[|<]|^\s*#{1,6}\s")


def find_delimited(lines: Sequence[str]) -> list[Part] | None:
    """Return the table of a text whose cells are separated by tabs, semicolons or commas, or None.

    Lines above the header come first, as a part of their own.
    """
    written = [
        at for at, line in enumerate(lines) if 0 < len(trim(line)) <= _LINE_LONGEST and not _names_delimiter(line)
    ]
    if len(written) < 2 or _MARKUP.match(lines[written[0]]):
        return None
    for at in written[:HEADER_WITHIN]:
        headed = [(delimiter, header_score(_record(lines, at, delimiter)[1])) for delimiter in "\t;,"]
        delimiter, points = max(headed, key=lambda one: one[1])
        if points and _is_wide(lines, [place for place in written if place >= at], delimiter, points):
            return _delimited(lines, at, delimiter, has_head=True)
    if (silent := _guess_delimiter(lines, written)) is not None:
        return _delimited(lines, written[0], silent, has_head=False)
    return None


def _names_delimiter(line: str) -> bool:
    return re.fullmatch(r"\ufeff?sep=.", line.strip()) is not None


def _is_wide(lines: Sequence[str], written: Sequence[int], delimiter: str, points: int) -> bool:
    """Return whether a line is a header and not an entry of a list: the lines below have several cells too."""
    if points >= 3 or len(written) < 3:
        return True
    below = [len(cells) > 1 for _, _, cells in islice(_records(lines, written[0], delimiter), 1, 41)]
    return sum(below) >= SAME_WIDTH * len(below)


def _guess_delimiter(lines: Sequence[str], written: Sequence[int]) -> str | None:
    """Return the delimiter of a table without a header, or None.

    A tab or semicolon that occurs equally often in most lines; or a comma between quoted cells, or next to a column of
    email addresses.
    """
    sample = [lines[at] for at in written[:200]]
    tabs = Counter(line.strip("\n").count("\t") for line in sample)
    most, often = tabs.most_common(1)[0]
    if most and most < COLUMNS_MOST and often >= SAME_WIDTH * len(sample) and len(sample) >= 2:
        return "\t"
    quoted = sum(line.lstrip().startswith('"') and re.search(r'",\s*"', line) is not None for line in sample)
    if quoted >= SAME_WIDTH * len(sample):
        return ","
    if _has_emails_between_commas(sample):
        return ","
    parts = Counter(line.rstrip(" ;").count(";") for line in sample)
    most, often = parts.most_common(1)[0]
    if most < 2 or often < SAME_WIDTH * len(sample) or len(sample) < 3:
        return None
    cells = [trim(cell) for line in sample for cell in line.split(";")[:3] if trim(cell)]
    return None if all(map(is_like_name, cells)) else ";"


def _has_emails_between_commas(sample: Sequence[str]) -> bool:
    """Return whether one of the columns between commas has only email addresses.

    In a list that is not a table, the addresses are not always in the same position.
    """
    if len(sample) < _TABLE_LEAST:
        return False
    cells = [_record(sample, at, ",")[1] for at in range(len(sample))]
    width, often = Counter(map(len, cells)).most_common(1)[0]
    if width < 3 or often < SAME_WIDTH * len(cells):
        return False
    columns = zip(*(row for row in cells if len(row) == width), strict=True)
    return any(
        share([cell for cell in column if cell.strip(" -–")], lambda cell: "@" in cell) > SAME_WIDTH
        for column in columns
    )


_TABLE_LEAST: Final = 4


def _delimited(lines: Sequence[str], at: int, delimiter: str, *, has_head: bool) -> list[Part]:
    above = [
        SourceLine(number, line, Piece(line))
        for number, line in enumerate(lines[:at], start=1)
        if trim(line) and not _names_delimiter(line)
    ]
    rows = [
        Row(
            start + 1, tuple(map(Piece, cells)), has_head and start == at, " / ".join(lines[start : start + size]), size
        )
        for start, size, cells in _records(lines, at, delimiter)
    ]
    return [*([above] if above else []), Table(rows)]


def _records(lines: Sequence[str], at: int, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    while at < len(lines):
        if not trim(lines[at]):
            at += 1
            continue
        size, cells = _record(lines, at, delimiter)
        yield at, size, cells
        at += size


def _record(lines: Sequence[str], at: int, delimiter: str) -> tuple[int, list[str]]:
    """Return the number of lines of the record at ``at`` and its cells; a stray quotation mark is just a character."""
    if '"' in lines[at]:
        for size in range(1, CELL_LINES_MOST + 1):
            record = (f"{line}\n" for line in lines[at : at + size])
            try:
                records = list(csv.reader(record, delimiter=delimiter, strict=True))
            except csv.Error as error:
                if str(error) == _OPEN_AT_THE_END:
                    continue
                break
            if len(records) == 1:
                return size, records[0]
            break  # adding lines cannot make this record valid
    return 1, lines[at].split(delimiter)
