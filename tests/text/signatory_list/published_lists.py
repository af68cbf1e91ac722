"""What the tests of a founding list expect of it: its rows, and that no line of it is lost."""

import unicodedata
from collections.abc import Iterable

from hypothesis import HealthCheck, settings

from server.text.names import clean_line
from server.text.signatory_list import read_signatory_list
from server.text.signatory_list.entries import SignatoryList
from tests.text.signatory_list.names import Listed

Row = tuple[str, str, str | None, str | None]

PROPERTY = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def rows(parsed: SignatoryList) -> list[Row]:
    return [(entry.kind, entry.name, entry.title, entry.affiliation) for entry in parsed.entries]


def rows_of(listed: Iterable[Listed]) -> list[Row]:
    """The rows of people, and of organisations, which are names alone: written as they were, but for NFC and spaces."""
    return [
        ("organisation", cleaned(one), None, None)
        if isinstance(one, str)
        else (
            "individual",
            cleaned(one.name),
            one.title and cleaned(one.title),
            one.affiliation and cleaned(one.affiliation),
        )
        for one in listed
    ]


def cleaned(text: str) -> str:
    return clean_line(text, longest=1000)


def assert_read(source: str, listed: Iterable[Listed]) -> SignatoryList:
    """Read a list of which every line says something of those who are ``listed``."""
    parsed = read_signatory_list(source)
    assert rows(parsed) == rows_of(listed)
    assert parsed.unplaced == ()
    assert_no_line_is_lost(source, parsed)
    return parsed


def assert_no_line_is_lost(source: str, parsed: SignatoryList) -> None:
    written = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = {
        number
        for number, line in enumerate(written, start=1)
        if any(unicodedata.category(char)[0] not in "CZ" for char in line)
    }
    read = {line for entry in parsed.entries for line in range(entry.line, entry.last_line + 1)}
    assert filled <= read | {unplaced.line for unplaced in parsed.unplaced} | {parsed.header}
