"""Checks one row that somebody has typed or mended, by the rules that a whole founding list is read by."""

from collections.abc import Callable
from functools import partial

from server.errors import Invalid
from server.kinds import KINDS, Kind
from server.roster.entries import Entry
from server.text import LINE_LONGEST, TextRefused, clean_line, clean_name


def read_row(number: int, kind: str, name: str, title: str, affiliation: str) -> Entry:
    """Return the founding signature of a row, counted from 1; raises ``Invalid`` with codes by column.

    An organisation has no title and no affiliation.
    """
    refused: dict[str, list[str]] = {}

    def cleaned(column: str, clean: Callable[[str], str], text: str) -> str:
        try:
            return clean(text)
        except TextRefused as refusal:
            refused[column] = [refusal.reason]
            return ""

    line = partial(clean_line, longest=LINE_LONGEST)
    checked = cleaned("name", clean_name, name) if name.strip() else ""
    about = {column: cleaned(column, line, text) for column, text in (("title", title), ("affiliation", affiliation))}
    if not name.strip():
        refused["name"] = ["required"]
    if kind == "organisation":
        refused |= {column: ["not-for-organisations"] for column, text in about.items() if text}
    if refused:
        raise Invalid(refused)
    return Entry(number, _kind(kind), checked, about["title"] or None, about["affiliation"] or None, last_line=number)


def _kind(written: str) -> Kind:
    for kind in KINDS:
        if kind == written:
            return kind
    raise Invalid({"kind": ["not-a-choice"]})
