"""Reads the rows of tables from CSV files, web pages and spreadsheets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from server.text.formulas import unguard_formula
from server.text.names import Kind
from server.text.signatory_list.columns import TEXTS, Columns, read_columns
from server.text.signatory_list.contacts import NOTHING, Contacts, take_contacts
from server.text.signatory_list.entries import Doubt, ListBuilder
from server.text.signatory_list.headings import Section, heading_text, says_heading
from server.text.signatory_list.kinds import Decided, decide_kinds, is_like_name
from server.text.signatory_list.lines import Line, is_too_long, without_note_marks
from server.text.signatory_list.people import Described, Person, describe_person, is_title, split_person, take_country
from server.text.signatory_list.singles import Item, reorder_names, settle_details, with_doubt
from server.text.signatory_list.sources import Piece, Row, Table, trim
from server.text.signatory_list.words import (
    country_code,
    counts_signatures,
    is_statement_title,
    kind_of_cell,
    says_no,
)

# Reading the rows.

_NAMES = ("name", "given", "family")
_NOTHING = re.compile(r"[\s\-–—―‒/.]*|n/?a|none", re.IGNORECASE)


@dataclass
class _Read:
    """One row with its values by column, before its kind is decided."""

    row: Row
    cells: dict[str, str]
    contacts: Contacts
    email: str | None
    section: Section

    @property
    def name(self) -> str:
        """The name of a person, from one column or several."""
        return self.cells.get("name") or " ".join(filter(None, map(self.cells.get, ("given", "infix", "family"))))

    @property
    def source(self) -> list[tuple[int, str]]:
        """(line number, text) for each line of the row."""
        return [(self.row.number + line, _raw(self.row)) for line in range(self.row.size)]


def read_table(table: Table, section: Section, sheet: ListBuilder, chosen: Sequence[str | None] | None = None) -> None:
    """Add every row of the table to ``sheet``; the headers of columns that are not used are added as unplaced.

    ``chosen`` is the meaning that a person has chosen for each column, None where the reader decides.
    """
    rows = table.filled_rows
    columns, head, body = read_columns(rows, chosen)
    if head is not None:
        above = rows[: len(rows) - len(body) - 1]
        sheet.leave([(row.number, _raw(row)) for row in above], "heading")
        sheet.header = head.number
        for column, cell in zip(columns.names, head.cells, strict=False):
            if column in (None, "ignore", "number", "time", "consent", "phone", "news") and trim(cell.text):
                sheet.leave([(head.number, trim(cell.text))], "unknown-column")
    _place_rows(list(_read_rows(body, columns, table, section, sheet)), columns, sheet)


def _raw(row: Row) -> str:
    return row.raw or " | ".join(cell.text for cell in row.cells)


def _read_rows(
    rows: Iterable[Row], columns: Columns, table: Table, section: Section, sheet: ListBuilder
) -> Iterator[_Read]:
    for row in rows:
        filled = [cell for cell in row.cells if trim(cell.text)]
        if heading := _heading_of(filled, len(columns.names)):
            sheet.leave([(row.number, heading)], "heading")
            section = section.below(heading)
            continue
        if any(trim(cell.text) for cell in row.cells[len(columns.names) :]):
            sheet.leave([(row.number, _raw(row))], "too-many-cells")
        elif any(is_too_long(cell.text) for cell in row.cells):
            sheet.leave([(row.number, _raw(row))], "too-long")
        else:
            yield _read_row(row, columns, table, section)


def _heading_of(filled: Sequence[Piece], width: int) -> str | None:
    if len(filled) != 1 or width < 2:
        return None
    text = trim(filled[0].text)
    is_heading = (
        says_heading(text)
        or is_statement_title(text)
        or counts_signatures(text)
        or text.endswith(":")
        or (filled[0].is_bold and not is_like_name(heading_text(text)))
    )
    return text if is_heading else None


def _read_row(row: Row, columns: Columns, table: Table, section: Section) -> _Read:
    cells: dict[str, str] = {}
    contacts, email = NOTHING, None
    for column, cell in zip(columns.names, row.cells, strict=False):
        text = trim(unguard_formula(cell.text) if table.is_guarded else cell.text)
        if column not in ("ignore", "email"):
            contacts = contacts.and_those(cell.contacts)
        if not column or _NOTHING.fullmatch(text):
            continue
        # Skip the text of a link to an email address, such as "mail".
        if column in TEXTS and cell.contacts.emails and len(text.split()) < 2:
            continue
        if column in TEXTS:
            text, own = take_contacts(without_note_marks(text))
            contacts = contacts.and_those(own)
            sign = " " if column in _NAMES else ", "
            cells[column] = (
                f"{cells[column]}{sign}{text}" if cells.get(column) and text else text or cells.get(column, "")
            )
        elif column == "email":
            own = take_contacts(text)[1]
            contacts = contacts.and_those(Contacts(phones=own.phones))
            email = email or next(iter(own.emails + cell.contacts.emails), None if own.phones else text)
        elif column == "consent":
            cells[column] = "no" if says_no(text) else cells.get(column, text)
        elif column == "website":
            contacts = contacts.and_those(Contacts(websites=cell.contacts.websites or (text,)))
        else:
            cells[column] = text
    return _Read(row, cells, contacts, email, section)


def _place_rows(read: Iterable[_Read], columns: Columns, sheet: ListBuilder) -> None:
    rows: list[_Read] = []
    for row in read:
        if reason := _reason_to_leave(row):
            sheet.leave(row.source, reason)
        else:
            rows.append(row)
    alone = not {"title", "affiliation", "organisation"} & set(columns.names)
    items = [Item(Line(row.row.number, row.name, row.name, 0), row.name or row.cells["organisation"]) for row in rows]
    items = reorder_names(items) if "name" in columns.names else items
    people = [_person_in_cell(item.text, alone=alone) for item in items]
    described = settle_details(
        [_describe(row, person, is_chosen=columns.is_chosen) for row, person in zip(rows, people, strict=True)]
    )
    decided = _decide(rows, people, described)
    for row, item, person, about, (kind, doubtful) in zip(rows, items, people, described, decided, strict=True):
        unasked = "consent" in columns.names and "consent" not in row.cells
        doubts = with_doubt(item.doubts, kind=doubtful, columns=columns.is_guessed, consent=unasked)
        as_organisation = item.text if row.name else ""
        _place_row(row, kind, as_organisation if kind == "organisation" else person.name, about, doubts, sheet)


def _reason_to_leave(row: _Read) -> str | None:
    if _is_not_public(row.cells):
        return "not-public"
    kind = row.cells.get("kind")
    if kind and kind_of_cell(kind) is None and row.section.wanted is None:
        return "unknown-kind"
    return None if row.name or row.cells.get("organisation") else "no-name"


def _person_in_cell(text: str, *, alone: bool) -> Person:
    """Split the name cell into name and description, if no other column has one (``alone``) or the cell has a title."""
    person = split_person(text)
    return person if alone or is_title(person.detail or "") else Person(text, None)


def _decide(rows: Sequence[_Read], people: Sequence[Person], described: Sequence[Described]) -> list[Decided]:
    """Return the kind of every row: by the words of its section, unless other columns show it."""
    by_words: list[Decided] = []
    for section, group in groupby(zip(rows, people, described, strict=True), key=lambda entry: entry[0].section):
        entries = list(group)
        people_of_section = [
            Person(person.name, row.cells.get("title") or person.detail, person.bracketed) for row, person, _ in entries
        ]
        by_words += decide_kinds(
            people_of_section,
            [about for _, _, about in entries],
            wanted=section.wanted,
            announced=section.announced,
        )
    return list(map(_decide_by_columns, rows, by_words))


def _decide_by_columns(row: _Read, by_words: Decided) -> Decided:
    """Return the kind of a row. A name beside an organisation is that of a person who belongs to it."""
    if known := row.section.wanted or kind_of_cell(row.cells.get("kind", "")):
        return Decided(known)
    if not row.name or row.cells.get("representative"):
        return Decided("organisation")
    if row.cells.get("given") and row.cells.get("family"):
        return Decided("individual")
    if any(map(row.cells.get, ("title", "affiliation", "organisation"))):
        return Decided("individual", by_words.kind == "organisation" and by_words.is_doubtful)
    return by_words


def _describe(row: _Read, person: Person, *, is_chosen: bool) -> Described:
    """Return title, affiliation and country of a row. If one column has both title and affiliation, it is split.

    With ``is_chosen``, a person has chosen the meaning of the columns, so nothing is split.
    """
    about, cells = describe_person(person), row.cells
    texts = [text for column in ("title", "affiliation") if (text := cells.get(column))]
    if len(texts) == 1 and "organisation" not in cells and not is_chosen:
        own = describe_person(Person("", texts[0]))
        if cells.get("title") or (own.title and own.affiliation and is_title(own.title)) or is_title(texts[0]):
            about = own._replace(country=own.country or about.country, is_loose=False)
        else:
            place, country = take_country(texts[0])
            about = about._replace(affiliation=place or None, country=country or about.country)
    elif texts:
        place, country = take_country(cells.get("affiliation", ""))
        about = Described(cells.get("title"), place or None, country or about.country)
    if not about.affiliation and not cells.get("organisation") and (city := cells.get("city")):
        place, country = take_country(city)
        about = about._replace(affiliation=place or None, country=about.country or country)
    if written := cells.get("country"):
        place, country = take_country(written)
        about = about._replace(country=country_code(written) or country or about.country)
    return about


def _is_not_public(cells: dict[str, str]) -> bool:
    """Return whether the name must not be shown: no consent, or a row of our own export that is not public by name."""
    if cells.get("consent") == "no":
        return True
    if cells.get("visibility", "name").lower() != "name" or cells.get("withdrawn"):
        return True
    return cells.get("state", "confirmed").lower() not in ("confirmed", "founding")


def _place_row(
    row: _Read, kind: Kind, name: str, about: Described, doubts: Sequence[Doubt], sheet: ListBuilder
) -> None:
    organisation = row.cells.get("organisation", "")
    if kind == "organisation":
        spares = (name if organisation else "", *map(row.cells.get, ("representative", "title", "affiliation")))
        sheet.leave([(row.row.number, spare) for spare in spares if spare], "not-for-organisations")
        name, about = organisation or name, Described(country=about.country if row.cells.get("country") else None)
    elif name != organisation:
        about = about._replace(affiliation=", ".join(filter(None, (about.affiliation, organisation))))
    country = row.section.country
    sheet.place(row.source, kind, name, about, row.contacts, doubts, country=country, own_email=row.email)
