"""Reads a founding list that is a table: CSV with a header, parted by commas, semicolons or tabs."""

import csv
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from server.kinds import Kind
from server.roster.entries import Sheet
from server.roster.lines import trim
from server.roster.signs import is_organisation_name
from server.roster.titles import split_description
from server.text import name_key

_COLUMNS: Final = {
    "name": "name|full name|fullname|name and surname|nom|nom complet|nom et prénom|prénom et nom|signatory|signataire"
    "|signer",
    "given": "first name|firstname|given name|given names|forename|prénom|prénoms",
    "family": "last name|lastname|surname|family name|nom de famille",
    "title": "title|position|role|function|job title|occupation|profession|titre|fonction|poste|qualité|rôle",
    "affiliation": "affiliation|employer|institution|rattachement|affilié à|établissement",
    "organisation": "organisation|organization|organisation name|organization name|org|ngo|association|ong|organisme"
    "|structure|nom de l'organisation",
    "kind": "kind|type|nature|category|catégorie|type de signataire",
    "email": "email|e-mail|mail|email address|e-mail address|courriel|adresse e-mail|adresse électronique|adresse mail",
}
_COLUMN_OF: Final = {name_key(word): column for column, words in _COLUMNS.items() for word in words.split("|")}
_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(
        ("individual", "person", "personne", "individu", "individuel", "particulier", "i", "p"), "individual"
    ),
    **dict.fromkeys(("organisation", "organization", "org", "ngo", "ong", "association", "o", "group"), "organisation"),
}
CELL_LINES_MOST = 20
"""Lines that one record may run over; more is a quotation mark that somebody forgot to close."""


class Table(NamedTuple):
    """Where the header stands, what parts its cells, and the column that each names; None for one unknown to us."""

    at: int
    delimiter: str
    columns: tuple[str | None, ...]
    written: tuple[str, ...]


Record = tuple[list[tuple[int, str]], list[str]]
"""The lines that a record was read from, and its cells."""


def find_table(lines: list[str]) -> Table | None:
    """Return the table if the first line with anything on it is a header: two columns of ours, a name among them."""
    at = next((at for at, line in enumerate(lines) if trim(line) and not _names_delimiter(line)), None)
    if at is None:
        return None
    tables = [_header(at, lines[at], delimiter) for delimiter in "\t;,"]
    best = max(tables, key=lambda table: sum(column is not None for column in table.columns))
    known = [column for column in best.columns if column]
    named = {"name", "organisation"} & set(known) or {"given", "family"} <= set(known)
    return best if named and len(known) >= 2 and len(set(known)) == len(known) else None


def read_table(table: Table, lines: list[str], kind: Kind | None, sheet: Sheet) -> None:
    """Put every record of the table down on the sheet; columns that we have no place for are named there once."""
    sheet.header = table.at + 1
    for before, line in enumerate(lines[: table.at], start=1):
        if trim(line):
            sheet.leave(before, line, "heading")
    for column, written in zip(table.columns, table.written, strict=True):
        if column is None and written:
            sheet.leave(table.at + 1, written, "unknown-column")
    for source, cells in _records(lines, table):
        _place(source, cells, table, kind, sheet)


def _names_delimiter(line: str) -> bool:
    return re.fullmatch(r"\ufeff?sep=.", line.strip()) is not None


def _header(at: int, line: str, delimiter: str) -> Table:
    cells = tuple(trim(cell) for cell in _cells([trim(line)], delimiter) or line.split(delimiter))
    columns = [_COLUMN_OF.get(name_key(cell)) for cell in cells]
    if "given" in columns and "family" not in columns and "name" in columns:
        columns[columns.index("name")] = "family"  # Prénom;Nom
    return Table(at, delimiter, tuple(columns), cells)


def _records(lines: list[str], table: Table) -> Iterator[Record]:
    at = table.at + 1
    while at < len(lines):
        if not trim(lines[at]):
            at += 1
            continue
        size, cells = _record(lines, at, table.delimiter)
        yield [(number + 1, lines[number]) for number in range(at, at + size) if trim(lines[number])], cells
        at += size


def _record(lines: list[str], at: int, delimiter: str) -> tuple[int, list[str]]:
    """Return how many lines the record at ``at`` takes, and its cells; a stray quotation mark is just a character."""
    if '"' in lines[at]:
        for size in range(1, CELL_LINES_MOST + 1):
            if (cells := _cells(lines[at : at + size], delimiter)) is not None:
                return size, cells
    return 1, lines[at].split(delimiter)


def _cells(lines: list[str], delimiter: str) -> list[str] | None:
    """Return the cells of one record, None if the lines are not exactly one."""
    try:
        records = list(csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _place(source: list[tuple[int, str]], cells: list[str], table: Table, kind: Kind | None, sheet: Sheet) -> None:
    if any(map(trim, cells[len(table.columns) :])):
        return _leave(sheet, source, "too-many-cells")
    row = {column: trim(cell) for column, cell in zip(table.columns, cells, strict=False) if column}
    name = row.get("name") or f"{row.get('given', '')} {row.get('family', '')}".strip()
    organisation = row.get("organisation", "")
    said = row.get("kind")
    if kind is None and said and name_key(said) not in _KINDS:
        return _leave(sheet, source, "unknown-kind")
    if not name and not organisation:
        return _leave(sheet, source, "no-name")
    kind = kind or _KINDS.get(name_key(said or "")) or _kind_of_row(name, row)
    if kind == "organisation":
        return _place_organisation(source, organisation or name, name if organisation else "", row, sheet)
    return _place_individual(source, name or organisation, row, sheet, from_organisation=not name)


def _leave(sheet: Sheet, source: list[tuple[int, str]], reason: str) -> None:
    for number, line in source:
        sheet.leave(number, line, reason)


def _kind_of_row(name: str, row: dict[str, str]) -> Kind:
    if not name or (not row.get("title") and not row.get("affiliation") and is_organisation_name(name)):
        return "organisation"
    return "individual"


def _place_organisation(
    source: list[tuple[int, str]], organisation: str, representative: str, row: dict[str, str], sheet: Sheet
) -> None:
    sheet.place(source, "organisation", organisation, None, None, email=row.get("email") or None)
    for spare in (representative, row.get("title"), row.get("affiliation")):
        if spare:
            sheet.leave(source[0][0], spare, "not-for-organisations")


def _place_individual(
    source: list[tuple[int, str]], name: str, row: dict[str, str], sheet: Sheet, *, from_organisation: bool
) -> None:
    organisation = "" if from_organisation else row.get("organisation", "")
    title, affiliation = row.get("title") or None, row.get("affiliation") or None
    if title and "affiliation" not in row and "organisation" not in row:
        title, affiliation = split_description(title)
    joined = ", ".join(part for part in (affiliation, organisation) if part) or None
    sheet.place(source, "individual", name, title, joined, email=row.get("email") or None)
