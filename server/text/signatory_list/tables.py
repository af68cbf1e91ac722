"""Reads the rows of tables from CSV files, web pages and spreadsheets."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from server.text.formulas import unguard_formula
from server.text.names import Kind
from server.text.signatory_list.columns import TEXTS, Columns, read_columns
from server.text.signatory_list.contacts import NOTHING, Contacts, take_contacts
from server.text.signatory_list.entries import Doubt, ListBuilder
from server.text.signatory_list.headings import Section
from server.text.signatory_list.kinds import decide_kinds, is_like_name
from server.text.signatory_list.lines import Line, is_too_long, trim, without_note_marks
from server.text.signatory_list.people import (
    Described,
    Person,
    describe_person,
    is_title,
    split_person,
    take_country,
)
from server.text.signatory_list.singles import Item, reorder_names, settle_details, with_doubt
from server.text.signatory_list.sources import Piece, Row, Table
from server.text.signatory_list.words import (
    country_code,
    counts_signatures,
    is_known_heading,
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
    def source(self) -> list[tuple[int, str]]:
        """(line number, text) for each line of the row."""
        return [(self.row.number + line, _raw(self.row)) for line in range(self.row.size)]


def read_table(table: Table, section: Section, sheet: ListBuilder, told: Sequence[str | None] | None = None) -> None:
    """Add every row of the table to ``sheet``; the headers of columns that are not used are added as unplaced.

    ``told`` is the meaning that a person has chosen for each column, None where the reader decides.
    """
    rows = [row for row in table.rows if any(trim(cell.text) for cell in row.cells)]
    columns, head, body = read_columns(rows, told)
    if head is not None:
        above = rows[: len(rows) - len(body) - 1]
        sheet.leave([(row.number, _raw(row)) for row in above], "heading")
        sheet.header = head.number
        for column, cell in zip(columns.names, head.cells, strict=False):
            if column in (None, "ignore", "number", "time", "consent", "phone", "news") and trim(cell.text):
                sheet.leave([(head.number, trim(cell.text))], "unknown-column")
    read = list(_read_rows(body, columns, table, section, sheet))
    _place_rows(read, columns, sheet)


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
    plain = re.sub(r"\s*\(?\d+\)?\s*$", "", text).strip(" :")
    is_heading = (
        is_known_heading(plain)
        or is_statement_title(text)
        or counts_signatures(text)
        or text.endswith(":")
        or country_code(plain)
        or (filled[0].is_bold and not is_like_name(plain))
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


def _place_rows(read: Sequence[_Read], columns: Columns, sheet: ListBuilder) -> None:
    named = []
    for one in read:
        if _is_not_public(one.cells):
            sheet.leave(one.source, "not-public")
            continue
        said = one.cells.get("kind")
        if said and kind_of_cell(said) is None and one.section.wanted is None:
            sheet.leave(one.source, "unknown-kind")
            continue
        name = one.cells.get("name") or " ".join(filter(None, map(one.cells.get, ("given", "infix", "family"))))
        if not name and not one.cells.get("organisation"):
            sheet.leave(one.source, "no-name")
            continue
        named.append((one, name))
    alone = not {"title", "affiliation", "organisation"} & set(columns.names)
    items = [Item(Line(one.row.number, name, name, 0), name or one.cells["organisation"]) for one, name in named]
    items = reorder_names(items) if "name" in columns.names else items
    people = [_person_in_cell(item.text, alone=alone) for item in items]
    described = settle_details(
        [_describe(one, person, is_told=columns.is_told) for (one, _), person in zip(named, people, strict=True)]
    )
    signs = [
        Person(person.name, one.cells.get("title") or person.detail, person.bracketed)
        for (one, _), person in zip(named, people, strict=True)
    ]
    decided = _decide(named, signs, described)
    for (one, name), item, person, about, (kind, doubtful) in zip(
        named, items, people, described, decided, strict=True
    ):
        unasked = "consent" in columns.names and "consent" not in one.cells
        doubts = with_doubt(item.doubts, kind=doubtful, columns=columns.is_guessed, consent=unasked)
        as_organisation = item.text if name else ""
        _place_row(one, kind, as_organisation if kind == "organisation" else person.name, about, doubts, sheet)


def _person_in_cell(text: str, *, alone: bool) -> Person:
    """Split the name cell into name and description, if no other column has one (``alone``) or the cell has a title."""
    person = split_person(text)
    return person if alone or is_title(person.detail or "") else Person(text, None)


def _decide(
    named: Sequence[tuple[_Read, str]], people: Sequence[Person], described: Sequence[Described]
) -> list[tuple[Kind, bool]]:
    """Return the kind of every row and whether it is doubtful.

    Decided by the column for the kind if there is one, else by the other columns and words. A row with an organisation
    as the employer of a person is still a person.
    """
    by_words: dict[int, tuple[Kind, bool]] = {}
    for section in dict.fromkeys(one.section for one, _ in named):
        places = [at for at, (one, _) in enumerate(named) if one.section == section]
        kinds = decide_kinds(
            [people[at] for at in places],
            [described[at] for at in places],
            wanted=section.wanted,
            announced=section.announced,
        )
        by_words |= dict(zip(places, kinds, strict=True))
    decided: list[tuple[Kind, bool]] = []
    for at, (one, name) in enumerate(named):
        said = kind_of_cell(one.cells.get("kind", ""))
        employed = any(one.cells.get(column) for column in ("title", "affiliation", "organisation"))
        if one.section.wanted or said:
            decided.append((one.section.wanted or said or "individual", False))
        elif not name or one.cells.get("representative"):
            decided.append(("organisation", False))
        elif one.cells.get("given") and one.cells.get("family"):
            decided.append(("individual", False))
        elif employed:
            decided.append(("individual", by_words[at][0] == "organisation" and by_words[at][1]))
        else:
            decided.append(by_words[at])
    return decided


def _describe(one: _Read, person: Person, *, is_told: bool) -> Described:
    """Return title, affiliation and country of a row. If one column has both title and affiliation, it is split.

    With ``is_told``, a person has chosen the meaning of the columns, so nothing is split.
    """
    about, said = describe_person(person), one.cells
    texts = [text for column in ("title", "affiliation") if (text := said.get(column))]
    if len(texts) == 1 and "organisation" not in said and not is_told:
        own = describe_person(Person("", texts[0]))
        if said.get("title") or (own.title and own.affiliation and is_title(own.title)) or is_title(texts[0]):
            about = own._replace(country=own.country or about.country, is_loose=False)
        else:
            place, country = take_country(texts[0])
            about = about._replace(affiliation=place or None, country=country or about.country)
    elif texts:
        place, country = take_country(said.get("affiliation", ""))
        about = Described(said.get("title"), place or None, country or about.country)
    if not about.affiliation and not said.get("organisation") and (city := said.get("city")):
        place, country = take_country(city)
        about = about._replace(affiliation=place or None, country=about.country or country)
    if written := said.get("country"):
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
    one: _Read, kind: Kind, name: str, about: Described, doubts: Sequence[Doubt], sheet: ListBuilder
) -> None:
    organisation = one.cells.get("organisation", "")
    if kind == "organisation":
        spares = (name if organisation else "", *map(one.cells.get, ("representative", "title", "affiliation")))
        sheet.leave([(one.row.number, spare) for spare in spares if spare], "not-for-organisations")
        name, about = organisation or name, Described(country=about.country if one.cells.get("country") else None)
    elif name != organisation:
        about = about._replace(affiliation=", ".join(filter(None, (about.affiliation, organisation))))
    country = one.section.country
    sheet.place(one.source, kind, name, about, one.contacts, doubts, country=country, own_email=one.email)
