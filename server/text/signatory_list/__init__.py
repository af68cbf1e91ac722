"""Reads lists of founding signatories in the forms that people publish: lines, blocks or tables, pasted or in files."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, Literal

from server.text.names import Kind
from server.text.signatory_list import blocks
from server.text.signatory_list.columns import ShownColumn, as_lines, show_columns
from server.text.signatory_list.contacts import NOTHING
from server.text.signatory_list.delimited import find_delimited
from server.text.signatory_list.entries import ListBuilder, SignatoryList
from server.text.signatory_list.files import decode_file
from server.text.signatory_list.headings import HEADING_WORDS_MOST, Section, heading_text, mark_headings
from server.text.signatory_list.lines import Line, is_too_long, read_lines, without_closing
from server.text.signatory_list.markup import is_markdown, read_markdown
from server.text.signatory_list.page import is_html, read_html
from server.text.signatory_list.people import Described, describe_person, is_title, split_person, starts_quoted
from server.text.signatory_list.singles import are_surname_first, names_between_signs, read_singles
from server.text.signatory_list.sources import Part, Table, read_json, read_plain
from server.text.signatory_list.spaced import find_spaced
from server.text.signatory_list.tables import read_table
from server.text.signatory_list.words import country_code, is_known_heading, kind_of_heading

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
            chosen = columns if columns is not None and part.width == len(columns) else None
            if chosen is None and (lines := as_lines(part)):
                section = _read_list(read_lines(lines), section, sheet)
            else:
                read_table(part, section, sheet, chosen)
        else:
            section = _read_list(read_lines(part), section, sheet)
    return sheet.finished()


def read_signatory_file(data: bytes, kind: ListKind = "auto") -> SignatoryList:
    """Return the signatures of a list in a text or office file; raises ``ValueRefused``."""
    text, is_guessed = decode_file(data)
    parsed = read_signatory_list(text, kind)
    entries = (
        replace(entry, doubts=("encoding", *entry.doubts)) if is_guessed and not entry.name.isascii() else entry
        for entry in parsed.entries
    )
    return replace(parsed, entries=tuple(entries))


def find_columns(source: str) -> list[ShownColumn]:
    """Return the columns of the longest table in a list; empty if there is no table."""
    tables = [part for part in read_parts(unicodedata.normalize("NFC", source)) if isinstance(part, Table)]
    wide = [table for table in tables if table.width > 1]
    return show_columns(max(wide, key=lambda table: len(table.rows))) if wide else []


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


def _read_list(lines: list[Line], section: Section, sheet: ListBuilder) -> Section:
    """Read the lines under each heading, which may have different layouts; return the section of the last heading."""
    lines = mark_headings([one for line in lines for one in _split_inline_heading(line)])
    texts = [line.text for line in lines if not line.is_heading and not line.is_cut]
    section = replace(section, is_surname_first=are_surname_first(texts))
    for heading, stretch in groupby(lines, key=lambda line: line.is_heading):
        part = list(stretch)
        if not heading:
            _read_section_lines(part, section, sheet)
            continue
        for line in part:
            section = section.below(line.text)
            sheet.leave([line.source], "heading")
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
    text = heading_text(heading)
    if is_known_heading(text) or kind_of_heading(text) or country_code(text):
        return True
    return (
        len(text.split()) <= HEADING_WORDS_MOST
        and not is_title(text)
        and len(names_between_signs(rest)) >= _PARTS_LEAST
    )


_PARTS_LEAST: Final = 3


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
            sheet.leave([line.source], "too-long" if line.is_cut else "not-in-the-list")
    for group in groups:
        if any(line.is_cut for line in group):
            sheet.leave([line.source for line in group], "too-long")
        else:
            _read_group(group, section, sheet)


def _read_group(group: blocks.Group, section: Section, sheet: ListBuilder) -> None:
    """Add the entry of a block. It is a person, unless its first line is quoted and no heading says the kind.

    Then it is an organisation, for which the lines below are unplaced.
    """
    name = without_closing(group[0].text)
    lines = [line.source for line in group]
    contacts = NOTHING
    for line in group:
        contacts = contacts.and_those(line.contacts)
    if (section.wanted or section.announced) is None and starts_quoted(name):
        sheet.place(lines[:1], "organisation", name, Described(), contacts, country=section.country)
        sheet.leave(lines[1:], "not-for-organisations")
        return
    about = blocks.describe_group(group)
    if is_title(split_person(name).detail or ""):  # a person's single line that was wrapped
        person = split_person(" ".join(line.text for line in group))
        name, about = person.name, describe_person(person)
    sheet.place(lines, "individual", name, about, contacts, country=section.country)
