"""Reads lists of founding signatories in the forms that people publish: lines, blocks or tables, pasted or in files."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, Literal, NamedTuple

from server.text.names import Kind
from server.text.signatory_list import blocks
from server.text.signatory_list.columns import ShownColumn, as_lines, show_columns
from server.text.signatory_list.contacts import NOTHING
from server.text.signatory_list.delimited import find_delimited
from server.text.signatory_list.entries import ListBuilder, SignatoryList
from server.text.signatory_list.files import decode_file
from server.text.signatory_list.kinds import is_like_name
from server.text.signatory_list.lines import (
    COMMAS,
    SEMICOLONS,
    Line,
    is_too_long,
    read_lines,
    without_closing,
)
from server.text.signatory_list.markup import is_markdown, read_markdown
from server.text.signatory_list.page import is_html, read_html
from server.text.signatory_list.people import (
    describe_person,
    ends_quoted,
    is_organisation_name,
    is_plain_title,
    is_title,
    split_person,
    starts_lowercase,
    starts_quoted,
)
from server.text.signatory_list.singles import Section, are_surname_first, names_between_signs, read_singles, with_doubt
from server.text.signatory_list.sources import Part, Table, read_json, read_plain
from server.text.signatory_list.spaced import find_spaced
from server.text.signatory_list.tables import read_table
from server.text.signatory_list.words import (
    count_sentence_words,
    country_code,
    counts_signatures,
    is_elsewhere,
    is_incomplete_note,
    is_known_heading,
    is_statement_title,
    kind_of_heading,
)

ListKind = Literal["auto", Kind]


def read_signatory_list(
    source: str, kind: ListKind = "auto", columns: Sequence[str | None] | None = None
) -> SignatoryList:
    """Return the signatures of a founding list in order, and the lines in which no signature was found.

    ``kind`` is the kind of all signatures; "auto" decides for each line, and by the whole list if a line alone is not
    clear. ``columns`` has the meaning of each column that ``find_columns`` returned, None where the reader decides.
    Never raises: a line with an invalid name is in ``unplaced``, with the reason from ``server.text.names``.
    """
    sheet = ListBuilder()
    section = Section(wanted=None if kind == "auto" else kind)
    for part in read_parts(unicodedata.normalize("NFC", source)):
        if isinstance(part, Table):
            told = columns if columns is not None and _width(part) == len(columns) else None
            if told is None and (lines := as_lines(part)):
                section = _read_list(read_lines(lines), section, sheet)
            else:
                read_table(part, section, sheet, told)
        else:
            section = _read_list(read_lines(part), section, sheet)
    return sheet.finished()


def read_signatory_file(data: bytes, kind: ListKind = "auto") -> SignatoryList:
    """Return the signatures of a list in a text or office file; raises ``ValueRefused``."""
    text, is_guessed = decode_file(data)
    parsed = read_signatory_list(text, kind)
    if not is_guessed:
        return parsed
    told = tuple(
        replace(entry, doubts=("encoding", *entry.doubts)) for entry in parsed.entries if not entry.name.isascii()
    )
    return replace(
        parsed,
        entries=tuple(
            sorted((*told, *(entry for entry in parsed.entries if entry.name.isascii())), key=lambda entry: entry.line)
        ),
    )


def find_columns(source: str) -> list[ShownColumn]:
    """Return the columns of the longest table in a list; empty if there is no table."""
    tables = [part for part in read_parts(unicodedata.normalize("NFC", source)) if isinstance(part, Table)]
    wide = [table for table in tables if _width(table) > 1]
    return show_columns(max(wide, key=lambda table: len(table.rows))) if wide else []


def _width(table: Table) -> int:
    return max((len(row.cells) for row in table.rows if any(cell.text.strip() for cell in row.cells)), default=0)


def read_parts(source: str) -> list[Part]:
    """Return the lines and tables of a text. Detects JSON, delimited tables, HTML, Markdown and aligned columns."""
    lines = re.split(r"\r\n|\r|\n", source)
    if (parts := read_json(lines)) is not None:
        return parts
    if (table := find_delimited(lines)) is not None:
        return table
    if is_html(source):
        return read_html(source)
    if is_markdown(source):
        return read_markdown(lines)
    return find_spaced(lines) or read_plain(lines)


# Headings, and other lines between the entries.

_SENTENCE_WORDS: Final = 4
_LONG_SENTENCE: Final = 12
_COUNT = re.compile(r"\s*[(\[]?\s*\d+\s*[)\]]?\s*$|^\s*\d+\s+")
_HEADING_EDGES = " \t*_=#:：՝.–—-~•"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?[. /-]+(?:(?:de|of)\s+)?[^\W\d_]{3,12}\.?|[^\W\d_]{3,12}\s+\d{1,2}|\d{1,2}[./-]\d{1,2}"
_DATE = re.compile(
    rf"^\W*(?:[^\d,]{{2,30}},\s*)?(?:{_DAY})[.,/ -]+(?:de\s+)?(?:19|20)\d\d\W*(?:г|р|թ|წ)?\W*$"
    r"|^\W*(?:19|20)\d\d-\d\d-\d\d\W*$"
)
_HAS_DATE = re.compile(r"(?<!\d)\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d")


def _read_list(lines: list[Line], section: Section, sheet: ListBuilder) -> Section:
    """Read the lines under each heading, which may have different layouts; return the section of the last heading."""
    lines = _mark_headings([one for line in lines for one in _split_inline_heading(line)])
    texts = [line.text for line in lines if not line.is_heading and not line.is_cut]
    section = replace(section, is_surname_first=are_surname_first(texts))
    for heading, stretch in groupby(lines, key=lambda line: line.is_heading):
        part = list(stretch)
        if not heading:
            _read_section_lines(part, section, sheet)
            continue
        for line in part:
            section = _apply_heading(line.text, section)
            sheet.leave(*line.source, "heading")
    return section


_INLINE_HEADING = re.compile(r"^(?P<heading>[^:：՝]{3,60}?)\s*[:：՝]\s+(?P<rest>\S.*)$", re.DOTALL)


def _split_inline_heading(line: Line) -> list[Line]:
    """Split a line into an inline heading and the names after it, and a very long line into its names."""
    text = line.raw if line.is_cut else line.text
    found = _INLINE_HEADING.match(text[:_OPENED_LONGEST])
    if found and _is_inline_heading(found["heading"], found["rest"]):
        rest = replace(line, text=found["rest"], lead="", is_heading=False)
        heading = replace(line, text=found["heading"], lead="", is_heading=True, is_cut=False, contacts=NOTHING)
        return [heading, *_split_long_line(rest)]
    return _split_long_line(line if not line.is_cut else replace(line, text=text))


_OPENED_LONGEST: Final = 50_000


def _split_long_line(line: Line) -> list[Line]:
    if not line.is_cut:
        return [line]
    if len(line.text) > _OPENED_LONGEST:
        return [replace(line, text="…")]
    if not is_too_long(line.text):
        return [replace(line, is_cut=False)]
    parts = [part for part in names_between_signs(line.text) if not is_too_long(part)]
    return [replace(line, text=part, is_cut=False) for part in parts] or [replace(line, text="…")]


def _is_inline_heading(heading: str, rest: str) -> bool:
    text = _heading_text(heading)
    if is_known_heading(text) or kind_of_heading(text) or country_code(text):
        return True
    return (
        len(text.split()) <= _INLINE_WORDS_MOST
        and not is_title(text)
        and len(names_between_signs(rest)) >= _PARTS_LEAST
    )


_INLINE_WORDS_MOST: Final = 6
_PARTS_LEAST: Final = 3


def _apply_heading(heading: str, section: Section) -> Section:
    text = _heading_text(heading)
    if country := country_code(text):
        return replace(section, country=country)
    if is_elsewhere(text):
        return replace(section, country=None)
    return replace(section, announced=kind_of_heading(text), country=None)


def _heading_text(text: str) -> str:
    return _COUNT.sub("", text.strip(_HEADING_EDGES)).strip(_HEADING_EDGES)


def _mark_headings(lines: list[Line]) -> list[Line]:
    """Set ``is_heading`` on each line: True for headings and for other lines without an entry."""
    marked = [line for line in lines if line.is_heading and not line.is_cut]
    named = sum(is_like_name(line.text) and not _says_heading(line.text) for line in marked)
    if named * 2 > len(marked) and len(marked) > 2:  # every entry is bold, or under a heading of its own
        lines = [
            replace(
                line, marked=line.marked or line.is_heading, is_heading=line.is_heading and _says_heading(line.text)
            )
            for line in lines
        ]
    else:
        lines = [replace(line, is_heading=line.is_heading and not _is_entry(line)) for line in lines]
    style = _Style(
        few_capitals=sum(line.text.isupper() for line in lines) * 5 < len(lines),
        headings_in_capitals=any(_is_in_capitals(line.text) and _says_heading(line.text) for line in lines),
    )
    settled: list[Line] = []
    for at, line in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else None
        is_title_of_letter = at < _TITLES_WITHIN and is_statement_title(line.text) and not is_title(line.text)
        is_heading = not line.is_cut and (
            line.is_heading
            or (is_title_of_letter and not line.marked)
            or _is_heading(line, settled[-1] if settled else None, after, style)
        )
        settled.append(replace(line, is_heading=is_heading))
    return settled


class _Style(NamedTuple):
    """How a list uses capitals: whether few lines are all in capitals, and whether known headings are."""

    few_capitals: bool
    headings_in_capitals: bool


_TITLES_WITHIN: Final = 3


def _is_in_capitals(text: str) -> bool:
    if not all(char.isupper() for char in text if char.isalpha()):  # letters without case do not count as capitals
        return False
    return text.isupper() and len(text.split()) <= _INLINE_WORDS_MOST and not any(map(str.isdigit, text))


def _is_entry(line: Line) -> bool:
    """Return whether a line that is marked up as a heading is in fact a name with a title."""
    person = split_person(line.text)
    return is_like_name(person.name) and person.detail is not None and is_title(person.detail)


def _says_heading(text: str) -> bool:
    plain = _heading_text(text)
    return is_known_heading(plain) or country_code(plain) is not None or is_elsewhere(plain)


def _is_heading(line: Line, before: Line | None, after: Line | None, style: _Style) -> bool:
    if line.contacts.emails:
        return False
    text = line.text
    if len(text) == 1 and not line.marked:
        return True
    if style.few_capitals and _is_in_capitals(text) and len(text.split()) > 1 and not line.marked:
        return True
    if line.is_footnote or (_HAS_DATE.search(text) and len(text.split()) <= _INLINE_WORDS_MOST):
        return True
    if (
        style.headings_in_capitals
        and _is_in_capitals(text)
        and not line.marked
        and (is_elsewhere(_heading_text(text)) or not is_like_name(text))
    ):
        return True
    if (
        text.endswith((":", "：", "՝"))
        or is_known_heading(_heading_text(text))
        or is_incomplete_note(text)
        or _DATE.match(text)
        or counts_signatures(line.raw)
    ):
        return True
    if _is_country_heading(line, before, after) or _is_kind_heading(line, before, after):
        return True
    return _is_sentence(text)


def _is_kind_heading(line: Line, before: Line | None, after: Line | None) -> bool:
    """Return whether a line is a heading such as "Organisations that have joined", and not an organisation."""
    if line.marked or after is None or re.search(rf"[{COMMAS}{SEMICOLONS}(]", line.text):
        return False
    if before is not None and before.text.endswith(tuple(COMMAS)):  # the line above goes on here
        return False
    if is_title(line.text) or starts_quoted(line.text) or ends_quoted(line.text):
        return False
    return len(line.text.split()) <= _INLINE_WORDS_MOST and kind_of_heading(_heading_text(line.text)) is not None


def _is_country_heading(line: Line, before: Line | None, after: Line | None) -> bool:
    if line.marked or after is None or country_code(_heading_text(line.text)) is None:
        return False
    return before is None or before.paragraph != line.paragraph or before.marked or before.is_heading


def _is_sentence(text: str) -> bool:
    """Return whether a text is a sentence above or below the list, and not an entry with a long description."""
    if text.startswith(("(", "[", "（")) and text.endswith((")", "]", "）")):
        return True
    words = text.split()
    first = re.split(rf"[{COMMAS}:(–—]|\s-\s", text)[0].split()
    if len(words) < _SENTENCE_WORDS or is_like_name(" ".join(first)):
        return False
    if is_plain_title(text) or is_title(words[0]):
        return False
    small = sum(map(starts_lowercase, words))
    spoken = count_sentence_words(text)
    if spoken * 6 >= len(words) and (spoken > 1 or small * 2 >= len(words)):
        return True
    if len(words) >= _LONG_SENTENCE and small * 2 >= len(words):
        return True
    if small * 5 < len(words) * 3 or is_organisation_name(" ".join(first)) or is_title(" ".join(first)):
        return False
    return len(words) >= 2 * _SENTENCE_WORDS or text.rstrip("»”\"')").endswith((".", "!", "?", "…", "։", "。"))


# The lines between two headings.


def _read_section_lines(lines: list[Line], section: Section, sheet: ListBuilder) -> None:
    kind = section.wanted or section.announced
    groups = None if kind == "organisation" else blocks.find_groups(lines)
    if groups is None:
        read_singles(lines, section, sheet)
        return
    placed = {id(line) for group in groups for line in group}
    for line in lines:
        if id(line) not in placed:
            sheet.leave(*line.source, "too-long" if line.is_cut else "not-in-the-list")
    for group in groups:
        if any(line.is_cut for line in group):
            for line in group:
                sheet.leave(*line.source, "too-long")
        else:
            _read_group(group, section, sheet)


def _read_group(group: blocks.Group, section: Section, sheet: ListBuilder) -> None:
    """Add the entry of a block. It is a person, unless its first line is quoted and no heading says the kind.

    Then it is an organisation, for which the lines below are unplaced.
    """
    name = without_closing(group[0].text)
    contacts = NOTHING
    for line in group:
        contacts = contacts.and_those(line.contacts)
    if (section.wanted or section.announced) is None and starts_quoted(name):
        sheet.place([group[0].source], "organisation", name, country=section.country, contacts=contacts)
        for line in group[1:]:
            sheet.leave(*line.source, "not-for-organisations")
        return
    about = blocks.describe_group(group)
    if is_title(split_person(name).detail or ""):  # a person's single line that was wrapped
        person = split_person(" ".join(line.text for line in group))
        name, about = person.name, describe_person(person)
    sheet.place(
        [line.source for line in group],
        "individual",
        name,
        about.title,
        about.affiliation,
        country=about.country or section.country,
        contacts=contacts,
        doubts=with_doubt((), details=about.is_loose),
    )
