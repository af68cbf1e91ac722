"""The actions of the check page: add, split and join rows, set a section's kind, read columns again."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from server.errors import BadRequest, ValueRefused
from server.text.names import KINDS, Kind
from server.text.signatory_list import read_signatory_list
from server.text.signatory_list.columns import MEANINGS
from server.text.signatory_list.lines import COMMAS, READ_LONGEST, SEMICOLONS
from server.text.signatory_list.people import is_title
from server.text.signatory_list.words import CONJUNCTIONS
from server.web.admin.founding_sheet import (
    FoundingRow,
    FoundingSheet,
    read_sheet_of,
    row_of_entry,
    unplaced_of,
    whole,
)

PARTS_MOST: Final = 50
_PARTS = re.compile(
    rf"\s*[{COMMAS}{SEMICOLONS}|\n]\s*|\s+(?:{'|'.join(map(re.escape, CONJUNCTIONS))})\s+", re.IGNORECASE
)


class Section(NamedTuple):
    """The rows between two headings of the list; ``line`` is the line number of the heading."""

    heading: str
    line: int
    rows: int


def add_spare(sheet: FoundingSheet, at: int) -> FoundingSheet:
    """Return the sheet with the unplaced line ``at`` appended as a row; raises ``BadRequest`` if there is none."""
    if not 0 <= at < len(sheet.spares):
        raise BadRequest("there is no such line")
    spare = sheet.spares[at]
    row = FoundingRow(sheet.next_key, "individual", spare.text, written=spare.text, line=spare.line)
    return whole(replace(sheet, rows=[*sheet.rows, row], spares=sheet.spares[:at] + sheet.spares[at + 1 :]))


def part_line(written: str) -> str:
    """Return the source text of a row, split where another signatory may begin: one per line, titles beside their
    names.
    """
    lines: list[str] = []
    for part in filter(None, (part.strip() for part in _PARTS.split(written[: 2 * READ_LONGEST]))):
        if lines and is_title(part):
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return "\n".join(lines)


def read_parts_of_row(sheet: FoundingSheet, key: int, text: str) -> FoundingSheet:
    """Return the sheet with a row replaced by the signatories that are read from ``text``, one per line.

    Raises ``ValueRefused`` if the lines contain nobody or are too many.
    """
    at = sheet.place_of(key)
    row, lines = sheet.rows[at], [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > PARTS_MOST or any(len(line) > READ_LONGEST for line in lines):
        raise ValueRefused("parts")
    read = [read_signatory_list(line, sheet.kind) for line in lines]
    first = sheet.next_key
    entries = [entry for parsed in read for entry in parsed.entries]
    if not entries:
        raise ValueRefused("parts")
    rows = [row_of_entry(entry, first + number, row.line) for number, entry in enumerate(entries)]
    spares = [unplaced_of(line, row.line) for parsed in read for line in parsed.unplaced]
    rows = [one._replace(country=one.country or row.country, left_out=row.left_out) for one in rows]
    return whole(replace(sheet, rows=[*sheet.rows[:at], *rows, *sheet.rows[at + 1 :]], spares=[*sheet.spares, *spares]))


def join_to_row_above(sheet: FoundingSheet, key: int) -> FoundingSheet:
    """Return the sheet with a row merged into the row above, which keeps its own values.

    The row's name becomes the title of the row above, or the affiliation if that has a title. Raises ``BadRequest`` for
    the first row.
    """
    at = sheet.place_of(key)
    if at == 0:
        raise BadRequest("there is no row above")
    above, below = sheet.rows[at - 1], sheet.rows[at]
    if above.kind == "organisation":
        joined = above._replace(name=f"{above.name} {below.name}".strip())
    elif not above.title:
        joined = above._replace(title=below.name, affiliation=above.affiliation or below.title or below.affiliation)
    else:
        joined = above._replace(affiliation=", ".join(filter(None, (above.affiliation, below.name))))
    lacking = {name: getattr(above, name) or getattr(below, name) for name in ("country", "website", "email")}
    written = " / ".join(dict.fromkeys(filter(None, (above.written, below.written))))
    joined = joined._replace(**lacking, written=written, settled=True)
    return replace(sheet, rows=[*sheet.rows[: at - 1], joined, *sheet.rows[at + 1 :]])


def find_sections(sheet: FoundingSheet) -> list[Section]:
    """Return the sections that have rows, in list order."""
    headings = _headings(sheet)
    lines = list(headings)
    counts = Counter(_heading_above(lines, row) for row in sheet.rows)
    return [Section(text, line, counts[line]) for line, text in headings.items() if line in counts]


def set_section_kind(sheet: FoundingSheet, line: int, kind: str) -> FoundingSheet:
    """Return the sheet with every row below a heading set to this kind, which resolves the doubt about the kind.

    Rows that nobody has edited are parsed again from their source line, because an organisation has no title. Raises
    ``BadRequest`` for an unknown section or kind.
    """
    headings = _headings(sheet)
    if line not in headings or kind not in KINDS:
        raise BadRequest("there is no such section")
    lines = list(headings)
    wanted: Kind = "organisation" if kind == "organisation" else "individual"
    return replace(
        sheet,
        rows=[_of_kind(row, wanted) if _heading_above(lines, row) == line else row for row in sheet.rows],
    )


def read_columns_again(sheet: FoundingSheet, meanings: Sequence[str]) -> FoundingSheet:
    """Return the sheet parsed again from its source with these column meanings; row keys stay unique, for undo.

    Raises ``ValueRefused`` if no column holds a name, and ``BadRequest`` for values that the page cannot send.
    """
    if not sheet.columns or len(meanings) != len(sheet.columns) or not set(meanings) <= {"", *MEANINGS}:
        raise BadRequest("the request does not have a meaning for each column")
    told = [meaning or None for meaning in meanings]
    means = {meaning or column[1] for meaning, column in zip(told, sheet.columns, strict=True)}
    if not means & {"name", "given", "family", "organisation"}:
        raise ValueRefused("no-name-column")
    read, first = read_sheet_of(sheet.source, sheet.kind, told), sheet.next_key
    rows = [row._replace(key=first + number) for number, row in enumerate(read.rows)]
    return replace(sheet, rows=rows, spares=read.spares, told=told)


def _headings(sheet: FoundingSheet) -> dict[int, str]:
    """Return the headings by line number, in ascending order."""
    found = [spare for spare in sheet.spares if spare.reason == "heading"]
    return {spare.line: spare.text for spare in sorted(found, key=lambda spare: spare.line)}


def _heading_above(lines: list[int], row: FoundingRow) -> int | None:
    """Return the line number of the heading above a row; ``lines`` are the line numbers of all headings, ascending."""
    at = bisect_right(lines, row.line)
    return lines[at - 1] if at and row.line else None


def _of_kind(row: FoundingRow, kind: Kind) -> FoundingRow:
    doubts = " ".join(doubt for doubt in row.doubts.split() if doubt != "kind")
    if row.kind == kind:
        return row._replace(doubts=doubts)
    is_whole = row.written and " | " not in row.written and " / " not in row.written and len(row.written) < READ_LONGEST
    if is_whole and not row.settled and (row.title or row.affiliation or kind == "individual"):
        read = read_signatory_list(row.written, kind).entries
        if len(read) == 1:
            again = row_of_entry(read[0], row.key, row.line)
            return again._replace(left_out=row.left_out, country=again.country or row.country)
    return row._replace(kind=kind, doubts=doubts)
