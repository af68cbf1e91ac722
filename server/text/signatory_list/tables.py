"""Reads tables: CSV and its kin, the tables of pages and of spreadsheets. What a column holds is decided over all rows."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from server.text.formulas import unguard_formula
from server.text.names import Kind, name_key
from server.text.signatory_list.contacts import NOTHING, Contacts, take_contacts
from server.text.signatory_list.entries import Doubt, ListBuilder
from server.text.signatory_list.kinds import decide_kinds, is_like_name, score
from server.text.signatory_list.lines import Line, is_too_long, trim, without_note_marks
from server.text.signatory_list.people import (
    Described,
    Person,
    describe_person,
    is_organisation_name,
    is_title,
    split_person,
    take_country,
)
from server.text.signatory_list.singles import Item, Section, settle_details, turn_names, with_doubt, without_honorifics
from server.text.signatory_list.sources import Part, Piece, Row, SourceLine, Table
from server.text.signatory_list.words import (
    YES_OR_NO,
    column_choices,
    column_of,
    country_code,
    counts_signatures,
    is_called_letter,
    is_given_name,
    is_known_heading,
    kind_of_heading,
    kind_said,
)

# Finding a table in a text.

CELL_LINES_MOST: Final = 20
"""Lines that one record may run over; more is a quotation mark that somebody forgot to close."""
COLUMNS_MOST: Final = 100
_HEADER_WITHIN: Final = 15
_SAME_WIDTH: Final = 0.8
_OPEN_AT_THE_END: Final = "unexpected end of data"  # as the csv module says it
_MARKUP = re.compile(r"^\s*[|<]|^\s*#{1,6}\s")


def find_delimited(lines: Sequence[str]) -> list[Part] | None:
    """Return the table of a text whose cells are parted by tabs, semicolons or commas, None if it has none.

    What stands above the header is before it, as lines.
    """
    written = [at for at, line in enumerate(lines) if trim(line) and not _names_delimiter(line)]
    if len(written) < 2 or _MARKUP.match(lines[written[0]]):
        return None
    for at in written[:_HEADER_WITHIN]:
        headed = [(delimiter, _header_score(_record(lines, at, delimiter)[1])) for delimiter in "\t;,"]
        delimiter, points = max(headed, key=lambda one: one[1])
        if points and _is_wide(lines, [place for place in written if place >= at], delimiter, points):
            return _delimited(lines, at, delimiter, has_head=True)
    if (silent := _silent_delimiter(lines, written)) is not None:
        return _delimited(lines, written[0], silent, has_head=False)
    return None


def _names_delimiter(line: str) -> bool:
    return re.fullmatch(r"\ufeff?sep=.", line.strip()) is not None


def _header_score(cells: Sequence[str]) -> int:
    """Return how many columns of ours a record names, 0 if it is no header: those of a name are among them."""
    named = [column_of(trim(cell)) for cell in cells if trim(cell)]
    if len(cells) < 2 or len(cells) > COLUMNS_MOST:
        return 0
    known = {column for column in named if column}
    exact = sum(bool(column_choices(trim(cell))) or trim(cell) in _OWN_COLUMNS for cell in cells)
    has_name = bool(known & {"name", "organisation", "given"}) or {"given", "family"} <= known
    if not has_name or any(len(trim(cell)) > 120 for cell in cells):
        return 0
    if any("@" in cell or _URL.match(trim(cell)) for cell in cells):
        return 0
    if exact >= 2 or (len(known) >= 2 and exact) or len(known) >= 3:
        return len(known)
    return 1 if "name" in {name for cell in cells for name in column_choices(trim(cell))} else 0


def _is_wide(lines: Sequence[str], written: Sequence[int], delimiter: str, points: int) -> bool:
    """Tell a header from a line of a list: the lines below it have its cells."""
    if points >= 3 or len(written) < 3:
        return True
    below = [len(cells) > 1 for _, _, cells in islice(_records(lines, written[0], delimiter), 1, 41)]
    return sum(below) >= _SAME_WIDTH * len(below)


def _silent_delimiter(lines: Sequence[str], written: Sequence[int]) -> str | None:
    """Return what parts the cells of a table without a header: as many of them in every line."""
    sample = [lines[at] for at in written[:200]]
    tabs = Counter(line.strip("\n").count("\t") for line in sample)
    most, often = tabs.most_common(1)[0]
    if most and most < COLUMNS_MOST and often >= _SAME_WIDTH * len(sample) and len(sample) >= 2:
        return "\t"
    quoted = sum(line.lstrip().startswith('"') and re.search(r'",\s*"', line) is not None for line in sample)
    if quoted >= _SAME_WIDTH * len(sample):
        return ","
    if _has_emails_between_commas(sample):
        return ","
    parts = Counter(line.rstrip(" ;").count(";") for line in sample)
    most, often = parts.most_common(1)[0]
    if most >= 2 and often >= _SAME_WIDTH * len(sample) and len(sample) >= 3:
        return (
            ";"
            if not all(is_like_name(trim(cell)) for line in sample for cell in line.split(";")[:3] if trim(cell))
            else None
        )
    return None


def _has_emails_between_commas(sample: Sequence[str]) -> bool:
    """Tell a table with commas by a column of nothing but addresses: a line of a list has its own at any place."""
    if len(sample) < _TABLE_LEAST:
        return False
    cells = [_record(sample, at, ",")[1] for at in range(len(sample))]
    width, often = Counter(map(len, cells)).most_common(1)[0]
    if width < 3 or often < _SAME_WIDTH * len(cells):
        return False
    columns = zip(*(row for row in cells if len(row) == width), strict=True)
    return any(
        _share([cell for cell in column if cell.strip(" -–")], lambda cell: "@" in cell) > _SAME_WIDTH
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
        Row(start + 1, tuple(map(Piece, cells)), has_head and start == at, " / ".join(lines[start : start + size]), size)
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


def _cells(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """Return the cells of one record, None if the lines are not exactly one; raises ``_CellOpen``."""
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        if str(error) == _OPEN_AT_THE_END:
            raise _CellOpen from error
        return None
    return records[0] if len(records) == 1 else None


# What the columns hold.

_OWN_COLUMNS: Final = {
    "visibility": "visibility",
    "state": "state",
    "withdrawn": "withdrawn",
    "withdrawn_at": "withdrawn",
}
_OWN_STATES: Final = frozenset({"confirmed", "pending", "withdrawn", "held", "removed", "founding", "quarantined"})
_OWN_VISIBILITIES: Final = frozenset({"name", "initials", "country", "counted"})
_SAMPLE: Final = 200
_MOST_OF: Final = 0.6
_DATE = re.compile(r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[ T,]+\d{1,2}[:.]\d\d.*)?$|^\d{1,2}:\d\d")
_URL = re.compile(r"^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)+(?:/\S*)?$", re.IGNORECASE)
_TEXTS: Final = frozenset(
    {"name", "given", "infix", "family", "city", "title", "affiliation", "organisation", "representative"}
)


@dataclass(frozen=True)
class Columns:
    """What each column holds, None for nothing of ours; ``doubt``: somebody has to say whether it is so."""

    names: tuple[str | None, ...]
    is_guessed: bool = False


def as_lines(table: Table) -> list[SourceLine] | None:
    """Return the lines of a table that is none: with one column, or with names in all of its cells."""
    rows = [row for row in table.rows if any(trim(cell.text) for cell in row.cells)]
    filled = {at for row in rows for at, cell in enumerate(row.cells) if trim(cell.text)}
    if len(filled) <= 1:
        [at] = filled or {0}
        return [SourceLine(row.number, row.cells[at].text, row.cells[at]) for row in rows if len(row.cells) > at]
    if _find_head(rows) is not None:
        return None
    samples = [
        [row.cells[at].text for row in rows if len(row.cells) > at and trim(row.cells[at].text)]
        for at in sorted(filled)
    ]
    if len(samples) > 1 and all(_share(sample, _is_some_organisation) >= _MOST_OF for sample in samples):
        return [SourceLine(row.number, cell.text, cell) for row in rows for cell in row.cells if trim(cell.text)]
    if all(_share(sample, _is_somebody) >= _MOST_OF and _share(sample, _has_given) >= 0.25 for sample in samples):
        return [SourceLine(row.number, cell.text, cell) for row in rows for cell in row.cells if trim(cell.text)]
    return None


def _is_some_organisation(text: str) -> bool:
    return score(Person(text, None), Described()) < 0 and "@" not in text and any(map(str.isalpha, text))


def _is_somebody(text: str) -> bool:
    return is_like_name(text) and not is_title(text)


def _has_given(text: str) -> bool:
    return any(is_given_name(word) for word in text.split())


def _share(texts: Sequence[str], test: object) -> float:
    return sum(bool(test(text)) for text in texts) / len(texts) if texts else 0.0  # type: ignore[operator]


def _find_head(rows: Sequence[Row]) -> int | None:
    """Return the place of the header: the first of the upper rows that names columns of ours."""
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        cells = [cell.text for cell in row.cells]
        if _header_score(cells) or (row.is_head and any(column_of(cell) in _TEXTS for cell in cells if cell)):
            return at
    return None


def _columns_of_head(head: Row, rows: Sequence[Row]) -> Columns:
    written = [trim(cell.text) for cell in head.cells]
    named: list[str | None] = [_OWN_COLUMNS.get(text.lower()) or column_of(text) if text else None for text in written]
    samples = _samples(rows, len(named))
    for at, name in enumerate(named):
        if name in (None, "organisation", "affiliation", "title", "consent") and _says_kinds(samples[at]):
            named[at] = "kind" if "kind" not in named else None
        own = {"state": _OWN_STATES, "visibility": _OWN_VISIBILITIES}.get(name or "")
        if own and not {text.lower() for text in samples[at]} <= own:
            named[at] = None
        if name == "email" and samples[at] and _share(samples[at], lambda text: "@" in text) < 0.3:
            named[at] = None
    choices = [column_choices(text) for text in written]
    if "given" in named and "family" not in named and "name" in named:
        named[named.index("name")] = "family"  # Prénom;Nom
    elif "family" in named and "given" not in named:
        for at, name in enumerate(named):
            if name == "name" and "given" in choices[at]:
                named[at] = "given"  # Nome;Cognome
    elif "given" in named and "family" not in named and "name" not in named:
        named[named.index("given")] = "name"
    named = _once_each(named, samples)
    if not {"name", "organisation"} & set(named) and not {"given", "family"} <= set(named):
        return _guess(rows, len(named), known=named)
    for at, name in enumerate(named):  # a header of another word, or of another language
        if name is None and at < len(samples) and (clear := _clear_column(samples[at])) and clear not in named:
            named[at] = clear
    return Columns(tuple(named))


def _clear_column(sample: Sequence[str]) -> str | None:
    if _plain_column(sample) == "email":
        return "email"
    if _share(sample, is_title) >= _MOST_OF:
        return "title"
    return "affiliation" if _share(sample, is_organisation_name) >= _MOST_OF else None


_KINDS_MOST: Final = 4


def _says_kinds(sample: Sequence[str]) -> bool:
    """Tell a column of "As a person" and "For an organisation", whatever its question is."""
    said = {kind_said(text) for text in sample}
    return len(sample) > 1 and len(set(sample)) <= _KINDS_MOST and len(said - {None}) > 1 and None not in said


def _once_each(named: Sequence[str | None], samples: Sequence[Sequence[str]]) -> list[str | None]:
    """Keep the fullest of two columns with one meaning; texts that are said twice are joined later."""
    kept: list[str | None] = list(named)
    for name, count in Counter(name for name in named if name).items():
        if count > 1 and name not in ("title", "affiliation", "consent", "time", "phone", "ignore", "website"):
            places = [at for at, one in enumerate(named) if one == name]
            best = max(places, key=lambda at: len(samples[at]))
            for at in places:
                kept[at] = name if at == best else None
    return kept


def _samples(rows: Sequence[Row], width: int) -> list[list[str]]:
    return [
        [text for row in rows[:_SAMPLE] if len(row.cells) > at and (text := trim(row.cells[at].text))]
        for at in range(width)
    ]


def _guess(rows: Sequence[Row], width: int, known: Sequence[str | None] = ()) -> Columns:
    """Decide by what stands in them: addresses, dates and countries are clear, texts are asked about."""
    samples = _samples(rows, width)
    named: list[str | None] = [
        (known[at] if at < len(known) else None) or _plain_column(sample) for at, sample in enumerate(samples)
    ]
    texts = [at for at in range(width) if named[at] is None and samples[at]]
    is_clear = True
    if not {"name"} & set(named) and not {"given", "family"} <= set(named):
        is_clear = _guess_names(named, samples, texts)
    for at in [at for at in texts if named[at] is None]:
        titles, places = _share(samples[at], is_title), _share(samples[at], is_organisation_name)
        free = [name for name in ("title", "affiliation") if name not in named]
        if titles >= 0.3 and titles >= places:
            named[at] = "title"
        elif places >= 0.3:
            named[at] = "affiliation"
        elif free:
            named[at], is_clear = free[0], False
    return Columns(tuple(named), is_guessed=not is_clear)


def _guess_names(named: list[str | None], samples: Sequence[Sequence[str]], texts: Sequence[int]) -> bool:
    """Find the column of names, or those of first names and surnames; say whether it is clear which is which."""
    full = {at: _share(samples[at], _is_person) for at in texts}
    if max(full.values(), default=0) < 0.3:
        full = {at: _share(samples[at], is_organisation_name) for at in texts}
    best = max(full, key=lambda at: (round(full[at], 1), -at), default=None)
    if best is not None and full[best] >= 0.4:
        named[best] = "name"
        return _share(samples[best], _has_given) >= 0.2 or _share(samples[best], is_organisation_name) >= 0.3
    short = [at for at in texts if _share(samples[at], _is_short_name) >= _MOST_OF]
    for first, second in zip(short, short[1:], strict=False):
        if second == first + 1:
            given = [_share(samples[at], _has_given) for at in (first, second)]
            turned = given[1] > given[0]
            named[first], named[second] = ("family", "given") if turned else ("given", "family")
            return abs(given[0] - given[1]) >= 0.3
    if best is not None:
        named[best] = "name"
    return False


def _is_person(text: str) -> bool:
    name = without_honorifics(split_person(text).name)
    return is_like_name(name) and not is_title(name) and not is_organisation_name(name)


def _is_short_name(text: str) -> bool:
    return len(text.split()) <= 2 and all(not char.isdigit() for char in text) and not is_title(text)


def _plain_column(sample: Sequence[str]) -> str | None:
    """Return what a column holds that needs no words to tell."""
    if not sample:
        return None
    tests = {
        "email": lambda text: "@" in text and " " not in text.strip("<>"),
        "website": lambda text: _URL.match(text) is not None,
        "time": lambda text: _DATE.match(text) is not None,
        "consent": lambda text: name_key(text) in YES_OR_NO,
        "phone": lambda text: re.fullmatch(r"[+()\d\s./-]{7,}", text) is not None,
        "number": lambda text: re.fullmatch(r"\d{1,6}[.)]?", text) is not None,
        "country": lambda text: country_code(text) is not None,
        "kind": lambda text: kind_said(text) is not None and len(text) < 20,
    }
    return next((name for name, test in tests.items() if _share(sample, test) >= _SAME_WIDTH), None)


# Reading the rows.

_NOTHING = re.compile(r"[\s\-–—―‒/.]*|n/?a|none", re.IGNORECASE)


@dataclass
class _Read:
    """One row with what its columns hold, before it is known who signs."""

    row: Row
    cells: dict[str, str]
    contacts: Contacts
    section: Section

    @property
    def source(self) -> list[tuple[int, str]]:
        """Where it stands and how it was written."""
        raw = self.row.raw or " | ".join(cell.text for cell in self.row.cells)
        return [(self.row.number + line, raw) for line in range(self.row.size)]


def read_table(table: Table, section: Section, sheet: ListBuilder) -> None:
    """Put every record of the table down on the sheet; columns that we have no place for are named there once."""
    rows = [row for row in table.rows if any(trim(cell.text) for cell in row.cells)]
    at = _find_head(rows)
    if at is None:
        columns, body = _guess(rows, max((len(row.cells) for row in rows), default=0)), rows
    else:
        for row in rows[:at]:
            sheet.leave(row.number, _raw(row), "heading")
        head, body = rows[at], rows[at + 1 :]
        sheet.header = head.number
        columns = _columns_of_head(head, body)
        for column, cell in zip(columns.names, head.cells, strict=False):
            if column in (None, "ignore", "number", "time", "consent") and trim(cell.text):
                sheet.leave(head.number, trim(cell.text), "unknown-column")
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
            sheet.leave(row.number, heading, "heading")
            country = country_code(heading.strip(" :"))
            section = (
                replace(section, country=country)
                if country
                else replace(section, announced=kind_of_heading(heading), country=None)
            )
            continue
        if any(trim(cell.text) for cell in row.cells[len(columns.names) :]):
            sheet.leave(row.number, _raw(row), "too-many-cells")
        elif any(is_too_long(cell.text) for cell in row.cells):
            sheet.leave(row.number, _raw(row), "too-long")
        else:
            yield _read_row(row, columns, table, section)


def _heading_of(filled: Sequence[Piece], width: int) -> str | None:
    if len(filled) != 1 or width < 2:
        return None
    text = trim(filled[0].text)
    plain = re.sub(r"\s*\(?\d+\)?\s*$", "", text).strip(" :")
    is_heading = (
        is_known_heading(plain)
        or is_called_letter(text)
        or counts_signatures(text)
        or text.endswith(":")
        or country_code(plain)
        or (filled[0].is_bold and not is_like_name(plain))
    )
    return text if is_heading else None


def _read_row(row: Row, columns: Columns, table: Table, section: Section) -> _Read:
    cells: dict[str, str] = {}
    contacts = NOTHING
    for column, cell in zip(columns.names, row.cells, strict=False):
        text = trim(unguard_formula(cell.text) if table.is_guarded else cell.text)
        if column != "ignore":
            contacts = contacts.and_those(cell.contacts)
        if not column or _NOTHING.fullmatch(text):
            continue
        if column in _TEXTS and cell.contacts.emails and len(text.split()) < 2:  # a link that says "mail"
            continue
        if column in _TEXTS:
            text, own = take_contacts(without_note_marks(text))
            contacts = contacts.and_those(own)
            cells[column] = f"{cells[column]}, {text}" if cells.get(column) and text else text or cells.get(column, "")
        elif column == "email":
            contacts = contacts.and_those(take_contacts(text)[1] or (NOTHING if cell.contacts else Contacts((text,))))
        elif column == "website":
            contacts = contacts.and_those(Contacts(websites=cell.contacts.websites or (text,)))
        elif column == "phone":
            contacts = contacts.and_those(Contacts(phones=1))
        else:
            cells[column] = text
    return _Read(row, cells, contacts, section)


def _place_rows(read: Sequence[_Read], columns: Columns, sheet: ListBuilder) -> None:
    named = []
    for one in read:
        if _is_not_public(one.cells):
            _leave(one, "not-public", sheet)
            continue
        said = one.cells.get("kind")
        if said and kind_said(said) is None and one.section.wanted is None:
            _leave(one, "unknown-kind", sheet)
            continue
        name = one.cells.get("name") or " ".join(filter(None, map(one.cells.get, ("given", "infix", "family"))))
        if not name and not one.cells.get("organisation"):
            _leave(one, "no-name", sheet)
            continue
        named.append((one, name))
    alone = not {"title", "affiliation", "organisation"} & set(columns.names)
    items = [Item(Line(one.row.number, name, name, 0), name or one.cells["organisation"]) for one, name in named]
    items = turn_names(items) if "name" in columns.names else items
    people = [_person_in_cell(item.text, alone=alone) for item in items]
    described = settle_details([_describe(one, person) for (one, _), person in zip(named, people, strict=True)])
    signs = [
        Person(person.name, one.cells.get("title") or person.detail, person.bracketed)
        for (one, _), person in zip(named, people, strict=True)
    ]
    decided = _decide(named, signs, described)
    for (one, name), item, person, about, (kind, doubtful) in zip(
        named, items, people, described, decided, strict=True
    ):
        doubts = with_doubt(item.doubts, kind=doubtful, columns=columns.is_guessed)
        if kind == "organisation":
            _place_organisation(one, item.text if name else "", doubts, sheet)
        else:
            _place_individual(one, person, about, doubts, sheet)


def _person_in_cell(text: str, *, alone: bool) -> Person:
    """Split what is said in the cell of the name, where there is no other for it, or where it says a title."""
    person = split_person(text)
    return person if alone or is_title(person.detail or "") else Person(text, None)


def _decide(
    named: Sequence[tuple[_Read, str]], people: Sequence[Person], described: Sequence[Described]
) -> list[tuple[Kind, bool]]:
    """Return the kind of every row: what its own column says, an employer beside a person's name is none."""
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
        said = kind_said(one.cells.get("kind", ""))
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


def _describe(one: _Read, person: Person) -> Described:
    """Return title, affiliation and country of a row; one column that holds both is split."""
    about, said = describe_person(person), one.cells
    texts = [text for column in ("title", "affiliation") if (text := said.get(column))]
    if len(texts) == 1 and "organisation" not in said:
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
    """Tell the rows of a dump of ours whose signer is not listed by name, or whose signature does not stand."""
    if cells.get("visibility", "name").lower() != "name" or cells.get("withdrawn"):
        return True
    return cells.get("state", "confirmed").lower() not in ("confirmed", "founding")


def _leave(one: _Read, reason: str, sheet: ListBuilder) -> None:
    for number, line in one.source:
        sheet.leave(number, line, reason)


def _place_organisation(one: _Read, name: str, doubts: Sequence[Doubt], sheet: ListBuilder) -> None:
    organisation = one.cells.get("organisation") or name
    shorter, country = take_country(organisation)
    said = one.cells.get("country", "")
    country = country_code(said) or take_country(said)[1] or country or one.section.country
    sheet.place(
        one.source, "organisation", shorter or organisation, country=country, contacts=one.contacts, doubts=doubts
    )
    representative = name if one.cells.get("organisation") else ""
    for spare in (representative, *(one.cells.get(column) for column in ("representative", "title", "affiliation"))):
        if spare:
            sheet.leave(one.row.number, spare, "not-for-organisations")


def _place_individual(
    one: _Read, person: Person, about: Described, doubts: Sequence[Doubt], sheet: ListBuilder
) -> None:
    organisation = one.cells.get("organisation", "")
    from_organisation = person.name == organisation
    joined = ", ".join(part for part in (about.affiliation, "" if from_organisation else organisation) if part) or None
    sheet.place(
        one.source,
        "individual",
        person.name,
        about.title,
        joined,
        country=about.country or one.section.country,
        contacts=one.contacts,
        doubts=with_doubt(doubts, details=about.is_loose),
    )
