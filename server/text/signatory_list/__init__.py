"""Reads a list of founding signatories as people publish it: lines, blocks, numbered lists, tables."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from server.text.names import Kind
from server.text.signatory_list import classify, parse
from server.text.signatory_list.classify import (
    Line,
    decide_kinds,
    has_several,
    is_title,
    kind_of_heading,
    read_lines,
    split_several,
    starts_quoted,
    without_closing,
)
from server.text.signatory_list.parse import ListBuilder, SignatoryList, find_table, read_table

ListKind = Literal["auto", Kind]
_HEADING = re.compile(
    r"signatories|signatures?|signed(?: by)?|signatories list|list of signatories|(?:we,? )?the undersigned|signataires"
    r"|les signataires|organi[sz]ations?|individuals|organisations signataires|подписи|подписали|підписанти|imzalar",
    re.IGNORECASE,
)


def read_signatory_list(source: str, kind: ListKind = "auto") -> SignatoryList:
    """Return the signatures of a founding list in their order, and the lines that hold none that we could tell.

    ``kind`` says what all of them are; "auto" decides line by line, and by the whole list where a line is silent.
    Never raises: a name that is refused is unplaced, with the reason that ``server.text.names`` gives.
    """
    source = unicodedata.normalize("NFC", source)
    sheet = ListBuilder()
    wanted: Kind | None = None if kind == "auto" else kind
    written = re.split(r"\r\n|\r|\n", source)
    if table := find_table(written):
        read_table(table, written, wanted, sheet)
    else:
        _read_list(read_lines(source), wanted, sheet)
    return sheet.finished()


def _read_list(lines: Sequence[Line], wanted: Kind | None, sheet: ListBuilder) -> None:
    """Read the stretches between headings, each with its own shape."""
    announced = wanted
    for heading, stretch in groupby(lines, key=_is_heading):
        part = list(stretch)
        if not heading:
            _read_stretch(part, announced, sheet)
            continue
        announced = wanted or kind_of_heading(part[-1].text)
        for line in part:
            sheet.leave(*line.source, "heading")


def _is_heading(line: Line) -> bool:
    return line.text.endswith((":", "：")) or _HEADING.fullmatch(line.text) is not None


def _read_stretch(lines: list[Line], kind: Kind | None, sheet: ListBuilder) -> None:
    groups = None if kind == "organisation" else parse.find_groups(lines)
    if groups is None:
        _read_singles(lines, kind, sheet)
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
            _read_group(group, kind, sheet)


def _read_group(group: parse.Group, kind: Kind | None, sheet: ListBuilder) -> None:
    """A block is a person, unless its first line is quoted: then what stands below has no place with us."""
    name = without_closing(group[0].text)
    if kind is None and starts_quoted(name):
        sheet.place([group[0].source], "organisation", name, None, None)
        for line in group[1:]:
            sheet.leave(*line.source, "not-for-organisations")
        return
    title, affiliation = parse.describe_group(group)
    if is_title(classify.split_person(name).detail or ""):  # the line of a person, wrapped
        person = classify.split_person(" ".join(line.text for line in group))
        name, (title, affiliation) = person.name, classify.describe_person(person)
    sheet.place([line.source for line in group], "individual", name, title, affiliation)


def _read_singles(lines: Sequence[Line], wanted: Kind | None, sheet: ListBuilder) -> None:
    """Every line is an entry, or several between semicolons; where most are marked, the others are none."""
    marks = sum(line.marked for line in lines) * 2 > len(lines)
    items = [line for line in lines if (line.marked or not marks) and not line.is_cut]
    for line in lines:
        if line.is_cut:
            sheet.leave(*line.source, "too-long")
        elif marks and not line.marked:
            sheet.leave(*line.source, "not-in-the-list")
    several = sum(has_several(line.text) for line in items) * 2 >= len(items)
    parts = [(line, text) for line in items for text in _parts(line, several=several, wanted=wanted)]
    read = [classify.split_person(text) for _, text in parts]
    for (line, text), person, kind in zip(parts, read, decide_kinds(read, wanted), strict=True):
        if kind == "organisation":
            sheet.place([line.source], kind, without_closing(text), None, None)
        else:
            sheet.place([line.source], kind, person.name, *classify.describe_person(person))


def _parts(line: Line, *, several: bool, wanted: Kind | None) -> list[str]:
    """A name never holds a semicolon, what is said of a person may: split as the list does, or where a name would."""
    if several or wanted == "organisation" or has_several(classify.split_person(line.text).name):
        return split_several(line.text) or [line.text]
    return [line.text]
