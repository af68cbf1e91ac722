"""Takes "Name, Title, Affiliation", "Name – Title" and "Name (Affiliation)" apart."""

import re
from typing import NamedTuple

from server.roster.lines import COMMAS, without_closing
from server.roster.titles import Description, is_title, split_description

_SEPARATOR = re.compile(rf"\s*[{COMMAS}]\s*" + r"|\s+[–—―-]{1,2}\s+|\s*—\s*|\s*\t\s*|\s+\|\s+")
# A nickname in brackets has more of the name behind it; "Watch (OW)" may stand in brackets itself.
_BRACKETS = re.compile(
    r"^(?P<name>[^()（）]+?(?:[(（][^()（）]+[)）]\s+[^\W\d_][^()（）]*?)?)\s*"
    r"[(（](?P<inside>(?:[^()（）]|[(（][^()（）]+[)）])+)[)）]\s*"
    rf"(?:[{COMMAS}–—:-]\s*(?P<rest>.+))?$"
)
_SUFFIX = re.compile(
    r"(?:jr|sr|ii|iii|iv|ph\.?\s?d|m\.?d|esq|ll\.?m|ll\.?d|mba|msc|dds|obe|mbe|cbe|kc|qc|mp|mep)\.?"
    rf"(?=$|[{COMMAS}\s—])",
    re.IGNORECASE,
)


class Person(NamedTuple):
    """A line parted at its first separator: the name, what follows it, and what stood in brackets behind the name."""

    name: str
    detail: str | None
    bracketed: str | None = None


def part(text: str) -> Person:
    """Return the name and the rest of a line that may be a person's; academic degrees and "Jr." stay with the name."""
    text = without_closing(text)
    separator = _separator(text)
    brackets = _BRACKETS.match(text)
    if brackets and not (separator and separator.start() < brackets.end("name")):
        return Person(brackets["name"], brackets["rest"], brackets["inside"])
    if separator is None or not text[: separator.start()]:
        return Person(text, None)
    return Person(text[: separator.start()], text[separator.end() :] or None)


def describe(person: Person) -> Description:
    """Return (title, affiliation) of a person's line; brackets hold an affiliation unless they say a title."""
    title, affiliation = split_description(person.detail) if person.detail else (None, None)
    if person.bracketed is None:
        return title, affiliation
    if title is None and is_title(person.bracketed):
        title, place = split_description(person.bracketed)
    else:
        place = person.bracketed
    return title, ", ".join(part for part in (affiliation, place) if part) or None


def _separator(text: str) -> re.Match[str] | None:
    """Return the first separator behind the name and the suffixes that belong to it."""
    at = 0
    while separator := _SEPARATOR.search(text, at):
        suffix = _SUFFIX.match(text, separator.end())
        if suffix is None:
            return separator
        at = suffix.end()
    return None
