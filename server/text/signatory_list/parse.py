"""Finds the entries of a list: blocks of lines and tables; and collects what could not be placed."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from server.errors import Invalid
from server.text.names import KINDS, LINE_LONGEST, Kind, TextRefused, clean_name, clean_public_line, name_key
from server.text.signatory_list.classify import (
    COMMAS,
    SEMICOLONS,
    STOPS,
    Line,
    has_several,
    is_organisation_name,
    is_title,
    is_too_long,
    split_description,
    split_person,
    trim,
    without_closing,
)

# The result: entries, and lines that could not be placed.

UNPLACED_LONGEST: Final = 300
"""Characters of an unplaced line that are kept to show which one it was."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One founding signature; ``name`` is the organisation's for organisations, which have no title or affiliation.

    ``line`` and ``last_line`` are the first and last line of the list that it was read from, counted from 1.
    ``email`` is what a table has in its column for addresses, as it is written there.
    """

    line: int
    kind: Kind
    name: str
    title: str | None
    affiliation: str | None
    last_line: int
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A line, or a part of it, that is in no entry, with the code that says why; ``text`` is safe to print.

    ``reason`` is one of ``server.text.names``'s, or "heading", "not-in-the-list", "not-for-organisations", and in
    tables "unknown-column", "unknown-kind", "no-name", "too-many-cells".
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignatoryList:
    """A founding list in its own order; every line with anything on it is in an entry, unplaced, or the header."""

    entries: tuple[Entry, ...]
    unplaced: tuple[Unplaced, ...]
    header: int | None = None


@dataclass(slots=True)
class ListBuilder:
    """Where the readers of the shapes put down what they read, in any order."""

    entries: list[Entry] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    header: int | None = None

    def place(
        self,
        lines: Iterable[tuple[int, str]],
        kind: Kind,
        name: str,
        title: str | None,
        affiliation: str | None,
        *,
        email: str | None = None,
    ) -> None:
        """Put down an entry that was read from ``lines`` (number, text); a refused one leaves them unplaced."""
        source = list(lines)
        try:
            about = _detail(title), _detail(affiliation)
            entry = Entry(source[0][0], kind, clean_name(name), *about, last_line=source[-1][0], email=email)
        except TextRefused as refusal:
            for number, text in source:
                self.leave(number, text, refusal.reason)
        else:
            self.entries.append(entry)

    def leave(self, number: int, text: str, reason: str) -> None:
        """Put down a line that is in no entry."""
        self.unplaced.append(Unplaced(number, _printable(text), reason))

    def finished(self) -> SignatoryList:
        """Return what was put down, in the order of the list."""
        return SignatoryList(
            tuple(sorted(self.entries, key=lambda entry: entry.line)),
            tuple(sorted(self.unplaced, key=lambda unplaced: unplaced.line)),
            self.header,
        )


def _detail(text: str | None) -> str | None:
    return (clean_public_line(text, longest=LINE_LONGEST) or None) if text else None


def _printable(text: str) -> str:
    """Whoever reads the report sits at a terminal, so escapes and characters that turn the line do not get there."""
    shown = "".join("\ufffd" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in text)
    return shown if len(shown) <= UNPLACED_LONGEST else f"{shown[: UNPLACED_LONGEST - 1]}…"


# One row that was typed or corrected by hand.


def read_row(number: int, kind: str, name: str, title: str, affiliation: str) -> Entry:
    """Return the founding signature of a row, counted from 1; raises ``Invalid`` with codes by column.

    An organisation has no title and no affiliation.
    """
    refused: dict[str, list[str]] = {}

    def cleaned(column: str, clean: Callable[[str], str], text: str) -> str:
        try:
            return clean(text)
        except TextRefused as refusal:
            refused[column] = [refusal.shown]
            return ""

    line = partial(clean_public_line, longest=LINE_LONGEST)
    checked = cleaned("name", clean_name, name) if name.strip() else ""
    about = {column: cleaned(column, line, text) for column, text in (("title", title), ("affiliation", affiliation))}
    if not name.strip():
        refused["name"] = ["required"]
    if kind == "organisation":
        refused |= {column: ["not-for-organisations"] for column, text in about.items() if text}
    if refused:
        raise Invalid(refused)
    return Entry(
        number, _read_kind(kind), checked, about["title"] or None, about["affiliation"] or None, last_line=number
    )


def _read_kind(written: str) -> Kind:
    for kind in KINDS:
        if kind == written:
            return kind
    raise Invalid({"kind": ["not-a-choice"]})


# Tables: CSV with a header, separated by commas, semicolons or tabs.

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
_OPEN_AT_THE_END = "unexpected end of data"  # as the csv module says it
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


def read_table(table: Table, lines: list[str], kind: Kind | None, sheet: ListBuilder) -> None:
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
    cells = tuple(trim(cell) for cell in _record([trim(line)], 0, delimiter)[1])
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
            try:
                cells = _cells(lines[at : at + size], delimiter)
            except _CellOpen:
                continue
            if cells is not None:
                return size, cells
            break  # no line more can mend this one
    return 1, lines[at].split(delimiter)


class _CellOpen(Exception):
    """Raised when the last cell's quotation mark was not closed."""


def _cells(lines: list[str], delimiter: str) -> list[str] | None:
    """Return the cells of one record, None if the lines are not exactly one; raises ``_CellOpen``."""
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        if str(error) == _OPEN_AT_THE_END:
            raise _CellOpen from error
        return None
    return records[0] if len(records) == 1 else None


def _place(
    source: list[tuple[int, str]], cells: list[str], table: Table, kind: Kind | None, sheet: ListBuilder
) -> None:
    if any(map(trim, cells[len(table.columns) :])):
        return _leave(sheet, source, "too-many-cells")
    if any(map(is_too_long, cells)):
        return _leave(sheet, source, "too-long")
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


def _leave(sheet: ListBuilder, source: list[tuple[int, str]], reason: str) -> None:
    for number, line in source:
        sheet.leave(number, line, reason)


def _kind_of_row(name: str, row: dict[str, str]) -> Kind:
    if not name or (not row.get("title") and not row.get("affiliation") and is_organisation_name(name)):
        return "organisation"
    return "individual"


def _place_organisation(
    source: list[tuple[int, str]], organisation: str, representative: str, row: dict[str, str], sheet: ListBuilder
) -> None:
    sheet.place(source, "organisation", organisation, None, None, email=row.get("email") or None)
    for spare in (representative, row.get("title"), row.get("affiliation")):
        if spare:
            sheet.leave(source[0][0], spare, "not-for-organisations")


def _place_individual(
    source: list[tuple[int, str]], name: str, row: dict[str, str], sheet: ListBuilder, *, from_organisation: bool
) -> None:
    organisation = "" if from_organisation else row.get("organisation", "")
    title, affiliation = row.get("title") or None, row.get("affiliation") or None
    if title and "affiliation" not in row and "organisation" not in row:
        title, affiliation = split_description(title)
    joined = ", ".join(part for part in (affiliation, organisation) if part) or None
    sheet.place(source, "individual", name, title, joined, email=row.get("email") or None)


# Blocks: the name on one line, title and affiliation on the next.

Group = list[Line]
"""The lines of one person, the name first; a group of one is a name that nothing is said of."""

_COMMA_ENDS = tuple(COMMAS)
_ENDS = tuple(f".{SEMICOLONS}{STOPS}")
DETAIL_LINES_MOST = 4


def find_groups(lines: Sequence[Line]) -> list[Group] | None:
    """Return the groups if the list gives people several lines each, else None: then every line stands alone."""
    if len(lines) < 2:
        return None
    marked = sum(line.marked for line in lines)
    if marked < len(lines) <= marked * (DETAIL_LINES_MOST + 1):
        return _by_marks(lines)
    return _by_semicolons(lines) or _by_commas(lines) or _by_turns(lines) or _by_paragraphs(lines)


def describe_group(group: Group) -> tuple[str | None, str | None]:
    """Return (title, affiliation) from the lines below a name, which wrap or stand for one of the two each."""
    details = [without_closing(line.text) for line in group[1:]]
    if not details:
        return None, None
    title, affiliation = split_description(details[0])
    if len(details) > 1 and affiliation is None and title == details[0] and not _runs_over(group[1]):
        return title, " ".join(details[1:])
    return split_description(" ".join(line.text for line in group[1:]))


def _runs_over(line: Line) -> bool:
    return line.text.endswith((" of", " of the", " for", " and", " de", " du", "-"))


def _by_marks(lines: Sequence[Line]) -> list[Group] | None:
    """Numbered or bulleted names with unmarked lines below them, if most have such lines."""
    groups: list[Group] = []
    for line in lines:
        if line.marked or not groups:
            groups.append([line])
        else:
            groups[-1].append(line)
    groups = [group for group in groups if group[0].marked]
    below = [len(group) - 1 for group in groups]
    if sum(map(bool, below)) * 2 < len(groups) or _is_organisation(groups[0][0]):
        return None
    usual = max(below[:-1]) if len(below) > 1 else DETAIL_LINES_MOST
    return [group[: usual + 1] for group in groups]


def _by_semicolons(lines: Sequence[Line]) -> list[Group] | None:
    """``Name,`` ``Title,`` ``Affiliation;``: commas end all lines of a person but the last, and most have three."""
    ends = [at for at, line in enumerate(lines, start=1) if at == len(lines) or not line.text.endswith(_COMMA_ENDS)]
    groups = [list(lines[start:end]) for start, end in pairwise([0, *ends])]
    open_ended = [group for group in groups[:-1] if not group[-1].text.endswith(tuple(SEMICOLONS))]
    if len(groups) < 2 or open_ended or any(group[0].paragraph != group[-1].paragraph for group in groups):
        return None
    long = [group for group in groups if len(group) > 2]
    return groups if len(long) * 2 > len(groups) and max(map(len, long)) <= DETAIL_LINES_MOST + 1 else None


def _by_commas(lines: Sequence[Line]) -> list[Group] | None:
    """``Name,`` and then what they are, with or without an empty line between."""
    if not any(line.text.endswith(_COMMA_ENDS) for line in lines):
        return None
    sizes = Counter(line.paragraph for line in lines)
    groups: list[Group] = []
    at = 0
    while at < len(lines):
        size = _comma_group(lines, at, sizes) if lines[at].text.endswith(_COMMA_ENDS) else 0
        if size:
            groups.append(list(lines[at : at + size]))
        at += max(size, 1)
    pairs = [group for group in groups if len(group) > 1]
    said = sum(line.text.endswith(_COMMA_ENDS) for group in pairs for line in group[1:])
    names = sum(line.text.endswith(_COMMA_ENDS) for line in lines) - said
    if not pairs or len(pairs) * 10 < names * 7 or sum(map(len, pairs)) * 10 < len(lines) * 6:
        return None
    if sum(is_title(group[0].text) for group in pairs) * 2 > len(pairs):
        return None
    return groups if len(pairs) > 1 or _is_pair(*pairs[0][:2]) else None


def _comma_group(lines: Sequence[Line], at: int, sizes: Counter[int]) -> int:
    """Return how many lines belong to the name at ``at``: 1 if nothing is said of it."""
    rest = lines[at + 1 : at + 1 + DETAIL_LINES_MOST]
    if not rest:
        return 1
    apart = rest[0].paragraph != lines[at].paragraph
    if rest[0].text.endswith(_COMMA_ENDS) and not (apart and sizes[rest[0].paragraph] > 1):
        return 1
    size = 1
    for line in rest:
        if line.paragraph != rest[0].paragraph or (line.text.endswith(_COMMA_ENDS) and not apart):
            break
        size += 1
        if line.text.endswith(_ENDS) and not apart:
            break
    return size


def _is_pair(name: Line, detail: Line) -> bool:
    """Tell a name and its title from two names, where there are no other lines to tell them by."""
    if _is_organisation(name) and _is_organisation(detail):
        return False
    if name.paragraph != detail.paragraph:
        return True
    return split_person(name.text).detail is None and (
        _says_title(detail) or split_description(detail.text)[1] is not None
    )


def _says_title(line: Line) -> bool:
    """Tell "Director – Center X" from "Ani Petrosyan – Director", which is a person's whole line."""
    return is_title(split_person(line.text).name) and not has_several(line.text)


def _by_paragraphs(lines: Sequence[Line]) -> list[Group] | None:
    """A paragraph of two to five lines each: name, title, affiliation."""
    groups = [list(group) for _, group in groupby(lines, key=lambda line: line.paragraph)]
    blocks = [group for group in groups if 2 <= len(group) <= DETAIL_LINES_MOST + 1]
    if len(blocks) * 10 < len(groups) * 8 or _are_organisations([group[0] for group in groups], share=2):
        return None
    said = [group for group in blocks if _says_title(group[1]) and not is_title(group[0].text)]
    return groups if len(said) * 2 > len(blocks) else None


def _by_turns(lines: Sequence[Line]) -> list[Group] | None:
    """A name and a title by turns, with nothing but their words to tell them apart."""
    names, details = lines[::2], lines[1::2]
    if len(names) != len(details) or _are_organisations(names, share=1) or any(is_title(line.text) for line in names):
        return None
    said = sum(map(_says_title, details))
    return [list(pair) for pair in zip(names, details, strict=True)] if said * 10 >= len(details) * 8 else None


def _are_organisations(names: Sequence[Line], *, share: int) -> bool:
    """Tell whether more than ``share`` in ten of the lines that should be names are organisations'."""
    return sum(map(_is_organisation, names)) * 10 > len(names) * share


def _is_organisation(line: Line) -> bool:
    return is_organisation_name(without_closing(line.text))
