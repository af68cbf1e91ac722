"""What a founding list turns into: the signatures it holds, and the lines that could not be placed."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from server.kinds import Kind
from server.text import LINE_LONGEST, TextRefused, clean_line, clean_name

UNPLACED_LONGEST: Final = 300
"""Characters of an unplaced line that are kept to show which one it was."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One founding signature; ``name`` is the organisation's for organisations, which have no title or affiliation.

    ``line`` and ``last_line`` are the first and last line of the list that it was read from, counted from 1.
    ``email`` is what a table has in its column for addresses, as it is written there.
    """

    line: int
    kind: Kind
    name: str
    title: str | None
    affiliation: str | None
    last_line: int
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A line, or a part of it, that is in no entry, with the code that says why; ``text`` is safe to print.

    ``reason`` is one of ``server.text``'s, or "heading", "not-in-the-list", "not-for-organisations", and in tables
    "unknown-column", "unknown-kind", "no-name", "too-many-cells".
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Roster:
    """A founding list in its own order; every line with anything on it is in an entry, unplaced, or the header."""

    entries: tuple[Entry, ...]
    unplaced: tuple[Unplaced, ...]
    header: int | None = None


@dataclass(slots=True)
class Sheet:
    """Where the readers of the shapes put down what they read, in any order."""

    entries: list[Entry] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    header: int | None = None

    def place(
        self,
        lines: Iterable[tuple[int, str]],
        kind: Kind,
        name: str,
        title: str | None,
        affiliation: str | None,
        *,
        email: str | None = None,
    ) -> None:
        """Put down an entry that was read from ``lines`` (number, text); a refused one leaves them unplaced."""
        source = list(lines)
        try:
            about = _detail(title), _detail(affiliation)
            entry = Entry(source[0][0], kind, clean_name(name), *about, last_line=source[-1][0], email=email)
        except TextRefused as refusal:
            for number, text in source:
                self.leave(number, text, refusal.reason)
        else:
            self.entries.append(entry)

    def leave(self, number: int, text: str, reason: str) -> None:
        """Put down a line that is in no entry."""
        self.unplaced.append(Unplaced(number, _printable(text), reason))

    def finished(self) -> Roster:
        """Return what was put down, in the order of the list."""
        return Roster(
            tuple(sorted(self.entries, key=lambda entry: entry.line)),
            tuple(sorted(self.unplaced, key=lambda unplaced: unplaced.line)),
            self.header,
        )


def _detail(text: str | None) -> str | None:
    return (clean_line(text, longest=LINE_LONGEST) or None) if text else None


def _printable(text: str) -> str:
    """Whoever reads the report sits at a terminal, so escapes and characters that turn the line do not get there."""
    shown = "".join("\ufffd" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in text)
    return shown[:UNPLACED_LONGEST]
