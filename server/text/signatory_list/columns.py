"""Decides what the columns of a table contain: by their headers in any language, else by their cells."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from server.text.signatory_list.kinds import is_like_name, score
from server.text.signatory_list.people import Described, Person, is_organisation_name, is_title, split_person
from server.text.signatory_list.sources import Row, SourceLine, Table, trim
from server.text.signatory_list.words import (
    column_choices,
    column_of,
    country_code,
    is_given_name,
    kind_of_cell,
    says_yes_or_no,
    without_honorifics,
)

COLUMNS_MOST: Final = 100
HEADER_WITHIN: Final = 15
SAME_WIDTH: Final = 0.8
_OWN_STATES: Final = frozenset({"confirmed", "pending", "withdrawn", "held", "removed", "founding", "quarantined"})
_OWN_VISIBILITIES: Final = frozenset({"name", "initials", "country", "counted"})
_SAMPLE: Final = 200
_SHOWN: Final = 3
_MOST_OF: Final = 0.6
_SOME: Final = 0.3
_DATE = re.compile(r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[ T,]+\d{1,2}[:.]\d\d.*)?$|^\d{1,2}:\d\d")
_URL = re.compile(r"^(?:https?://|www\.)\S+$|^[\w-]+(?:\.[\w-]+)+(?:/\S*)?$", re.IGNORECASE)
TEXTS: Final = {"name", "given", "infix", "family", "city", "title", "affiliation", "organisation", "representative"}


def header_score(cells: Sequence[str]) -> int:
    """Return how many known columns a record names, or 0 if it is not a header. A header must have a name column."""
    named = [column_of(trim(cell)) for cell in cells if trim(cell)]
    if len(cells) < 2 or len(cells) > COLUMNS_MOST:
        return 0
    known = {column for column in named if column}
    exact = sum(bool(column_choices(trim(cell))) for cell in cells)
    has_name = bool(known & {"name", "organisation", "given"}) or {"given", "family"} <= known
    if not has_name or any(len(trim(cell)) > 120 for cell in cells):
        return 0
    if any("@" in cell or _URL.match(trim(cell)) for cell in cells):
        return 0
    if exact >= 2 or (len(known) >= 2 and exact) or len(known) >= 3:
        return len(known)
    return 1 if "name" in {name for cell in cells for name in column_choices(trim(cell))} else 0


@dataclass(frozen=True)
class Columns:
    """The meaning of each column, None for an unknown one. If ``is_guessed``, somebody has to check it."""

    names: tuple[str | None, ...]
    is_guessed: bool = False
    is_chosen: bool = False  # a person has set the meanings


MEANINGS: Final = (
    *("name", "given", "family", "title", "affiliation", "organisation"),
    *("country", "website", "email", "kind", "ignore"),
)
"""The meanings that a person can choose for a column."""


class ShownColumn(NamedTuple):
    """A column to show for checking: its heading, the meaning that the reader found, and some of its cells."""

    heading: str
    meaning: str | None
    samples: tuple[str, ...]


def show_columns(table: Table) -> list[ShownColumn]:
    """Return the columns of a table, each with the meaning that the reader finds."""
    columns, head, body = read_columns(table.filled_rows)
    width = table.width
    headings = [trim(cell.text) for cell in head.cells] if head else []
    return [
        ShownColumn(heading or "", name, tuple(sample[:_SHOWN]))
        for heading, name, sample, _ in zip_longest(headings, columns.names, _samples(body, width), range(width))
    ]


def read_columns(
    rows: Sequence[Row], chosen: Sequence[str | None] | None = None
) -> tuple[Columns, Row | None, list[Row]]:
    """Return the meaning of the columns, the header row if there is one, and the rows below it.

    ``chosen`` is the meaning that a person has chosen for each column, None where the reader decides.
    """
    width = max((len(row.cells) for row in rows), default=0)
    at = find_head(rows)
    body = list(rows if at is None else rows[at + 1 :])
    columns = guess_columns(rows, width) if at is None else columns_of_head(rows[at], body)
    if chosen is not None:
        names = [*columns.names, *(None for _ in range(len(chosen) - len(columns.names)))]
        meanings = (meaning or name for meaning, name in zip(chosen, names, strict=False))
        columns = Columns((*meanings, *names[len(chosen) :]), is_chosen=True)
    return columns, None if at is None else rows[at], body


def as_lines(table: Table) -> list[SourceLine] | None:
    """Return the lines if this is not really a table: it has one column, or names in all of its cells. Else None."""
    rows = table.filled_rows
    filled = sorted({at for row in rows for at, cell in enumerate(row.cells) if trim(cell.text)})
    if len(filled) > 1:
        samples = [
            [row.cells[at].text for row in rows if len(row.cells) > at and trim(row.cells[at].text)] for at in filled
        ]
        are_organisations = all(share(sample, _is_some_organisation) >= _MOST_OF for sample in samples)
        are_people = all(
            share(sample, _is_somebody) >= _MOST_OF and share(sample, _has_given) >= 0.25 for sample in samples
        )
        if find_head(rows) is not None or not (are_organisations or are_people):
            return None
    return [SourceLine(row.number, cell.text, cell) for row in rows for cell in row.cells if trim(cell.text)]


def _is_some_organisation(text: str) -> bool:
    return score(Person(text, None), Described()) < 0 and "@" not in text and any(map(str.isalpha, text))


def _is_somebody(text: str) -> bool:
    return is_like_name(text) and not is_title(text)


def _has_given(text: str) -> bool:
    return any(is_given_name(word) for word in text.split())


def share(texts: Sequence[str], test: Callable[[str], object]) -> float:
    """Return the share of the texts that pass the test, from 0 to 1."""
    return sum(bool(test(text)) for text in texts) / len(texts) if texts else 0.0


def find_head(rows: Sequence[Row]) -> int | None:
    """Return the index of the header: the first of the top rows that names known columns, or None."""
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        cells = [cell.text for cell in row.cells]
        if header_score(cells) or (row.is_head and any(column_of(cell) in TEXTS for cell in cells if cell)):
            return at
    return None


def columns_of_head(head: Row, rows: Sequence[Row]) -> Columns:
    """Return the meaning of the columns from the header; if that has no name column, guess it from the cells."""
    written = [trim(cell.text) for cell in head.cells]
    samples = _samples(rows, len(written))
    named = [_column_of_sample(text, sample) for text, sample in zip(written, samples, strict=True)]
    named = _without_duplicate_meanings(_whole_names(named, written), samples)
    if not {"name", "organisation"} & set(named) and not {"given", "family"} <= set(named):
        return guess_columns(rows, len(named), known=named)
    # Guess the columns whose header is an unknown word or in an unknown language.
    for at, name in enumerate(named):
        if name is None and (clear := _column_by_words(samples[at])) and clear not in named:
            named[at] = clear
    return Columns(tuple(named))


def _column_of_sample(header: str, sample: Sequence[str]) -> str | None:
    """Return the meaning of a column from its header, unless its cells contradict it."""
    name = column_of(header) if header else None
    if name in (None, "organisation", "affiliation", "title", "consent") and _says_kinds(sample):
        return "kind"
    own = {"state": _OWN_STATES, "visibility": _OWN_VISIBILITIES}.get(name or "")
    if own and not {text.lower() for text in sample} <= own:
        return None
    if name == "email" and sample and share(sample, lambda text: "@" in text) < _SOME:
        return None
    return name


def _whole_names(named: list[str | None], written: Sequence[str]) -> list[str | None]:
    """Correct ambiguous name columns: «Nom» is the surname if there is a «Prénom», and else the whole name."""
    if "given" in named and "family" not in named:
        ambiguous, meaning = ("name", "family") if "name" in named else ("given", "name")
        return [meaning if name == ambiguous else name for name in named]
    if "family" in named and "given" not in named:
        return [
            "given" if name == "name" and "given" in column_choices(text) else name
            for name, text in zip(named, written, strict=True)
        ]
    return named


def _column_by_words(sample: Sequence[str]) -> str | None:
    if _column_by_format(sample) == "email":
        return "email"
    if share(sample, is_title) >= _MOST_OF:
        return "title"
    return "affiliation" if share(sample, is_organisation_name) >= _MOST_OF else None


_KINDS_MOST: Final = 4


def _says_kinds(sample: Sequence[str]) -> bool:
    """Return whether the cells are answers such as "As a person" and "For an organisation", whatever the header is."""
    kinds = {kind_of_cell(text) for text in sample}
    return len(sample) > 1 and len(set(sample)) <= _KINDS_MOST and len(kinds) > 1 and None not in kinds


_MAY_REPEAT: Final = (None, "title", "affiliation", "consent", "time", "phone", "ignore", "website")


def _without_duplicate_meanings(named: Sequence[str | None], samples: Sequence[Sequence[str]]) -> list[str | None]:
    """Of several columns with one meaning, keep the fullest. Titles and affiliations may repeat: they are joined."""
    by_size = sorted(range(len(named)), key=lambda at: len(samples[at]), reverse=True)
    fullest = {name: next(at for at in by_size if named[at] == name) for name in named}
    return [name if name in _MAY_REPEAT or fullest[name] == at else None for at, name in enumerate(named)]


def _samples(rows: Sequence[Row], width: int) -> list[list[str]]:
    return [
        [text for row in rows[:_SAMPLE] if len(row.cells) > at and (text := trim(row.cells[at].text))]
        for at in range(width)
    ]


def guess_columns(rows: Sequence[Row], width: int, known: Sequence[str | None] = ()) -> Columns:
    """Guess the columns from their cells. Email addresses, dates and countries are clear; texts may be doubtful."""
    samples = _samples(rows, width)
    named: list[str | None] = [
        (known[at] if at < len(known) else None) or _column_by_format(sample) for at, sample in enumerate(samples)
    ]
    texts = [at for at in range(width) if named[at] is None and samples[at]]
    is_clear = True
    if not {"name"} & set(named) and not {"given", "family"} <= set(named):
        is_clear = _guess_names(named, samples, texts)
    for at in [at for at in texts if named[at] is None]:
        titles, places = share(samples[at], is_title), share(samples[at], is_organisation_name)
        free = [name for name in ("title", "affiliation") if name not in named]
        if titles >= 0.3 and titles >= places:
            named[at] = "title"
        elif places >= 0.3:
            named[at] = "affiliation"
        elif free:
            named[at], is_clear = free[0], False
    return Columns(tuple(named), is_guessed=not is_clear)


def _guess_names(named: list[str | None], samples: Sequence[Sequence[str]], texts: Sequence[int]) -> bool:
    """Set the column of names, or those of first names and surnames, in ``named``. Return whether that is certain."""
    full = {at: share(samples[at], _is_person) for at in texts}
    if max(full.values(), default=0) < 0.3:
        full = {at: share(samples[at], is_organisation_name) for at in texts}
    best = max(full, key=lambda at: (round(full[at], 1), -at), default=None)
    if best is not None and full[best] >= 0.4:
        named[best] = "name"
        return share(samples[best], _has_given) >= 0.2 or share(samples[best], is_organisation_name) >= 0.3
    short = [at for at in texts if share(samples[at], _is_short_name) >= _MOST_OF]
    for first, second in pairwise(short):
        if second == first + 1:
            given = [share(samples[at], _has_given) for at in (first, second)]
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


def _column_by_format(sample: Sequence[str]) -> str | None:
    """Return the meaning of a column if the form of its cells shows it, as for email addresses, dates or countries."""
    if not sample:
        return None
    tests = {
        "email": lambda text: "@" in text and " " not in text.strip("<>"),
        "website": lambda text: _URL.match(text) is not None,
        "time": lambda text: _DATE.match(text) is not None,
        "consent": says_yes_or_no,
        "phone": lambda text: re.fullmatch(r"[+()\d\s./-]{7,}", text) is not None,
        "number": lambda text: re.fullmatch(r"\d{1,6}[.)]?", text) is not None,
        "country": lambda text: country_code(text) is not None,
        "kind": lambda text: kind_of_cell(text) is not None and len(text) < 20,
    }
    return next((name for name, test in tests.items() if share(sample, test) >= SAME_WIDTH), None)
