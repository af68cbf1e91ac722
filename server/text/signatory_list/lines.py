"""Splits a list into lines, and removes bullets, numbers and closing punctuation from them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from server.text.signatory_list.contacts import NOTHING, Contacts, take_contacts
from server.text.signatory_list.sources import Piece, SourceLine, trim
from server.text.signatory_list.words import CONJUNCTIONS

_SOFT_BREAK = re.compile(r"[\v\f\x85\u2028\u2029]")
_BULLET = re.compile(
    r"(?:[-*•‣⁃∙·・▪▫◦●○■□▶▸►➤➢✓✔✅☑❖◆◇★☆‐‑–—−][\ufe0f\s]*)+|(?:[+>»]+|->|=>)\s+|o\t\s*|\(?[^\W\d_]\)\s+",
)
_NUMBER = re.compile(
    r"(?:№|N°|Nº|#)\s*(?P<sign>\d{1,5})\s*[.)\]:–—-]?\s+"
    r"|[(\[]?(?P<point>\d{1,5})\s?[.)\]:．、։–—/-]+\s*"
    r"|(?P<bare>\d{1,5})\s+(?=\D)"
)
NUMBERS_SKIPPED_MOST = 5
"""Maximum step between two numbers of a list: somebody may have deleted lines without renumbering."""

COMMAS = ",،，、፣"
SEMICOLONS = ";；؛፤"
STOPS = "։。።।"

_PARTING = re.compile(rf"[\r\n\t\v\f\x85\u2028\u2029{COMMAS}{SEMICOLONS}]")
_SEMICOLON = re.compile(f"[{SEMICOLONS}]")
LAST_AND = re.compile(rf"^(?:{'|'.join(map(re.escape, CONJUNCTIONS))})\s+", re.IGNORECASE)
_CLOSING = f" \t\u00a0:{COMMAS}{SEMICOLONS}{STOPS}"
_ABBREVIATIONS = frozenset({"inc", "ltd", "corp", "co", "jr", "sr", "şti", "assoc", "dr", "prof", "phd", "etc"})


READ_LONGEST: Final = 1000
"""Maximum characters of an entry; no name, title and affiliation are longer together.

A longer line is unplaced, because searching separators takes much more time in long lines.
"""

DECOMPOSED_EACH: Final = 3
"""Maximum characters for each of these after decomposition. A Korean syllable has 3, but one Arabic ligature has 18."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty.

    Attributes:
        text: The line without bullet, number, contacts and marks of footnotes.
        raw: The line as written.
        paragraph: The number of empty lines before it, so that lines of one paragraph have the same number.
        marked: Whether it had a bullet or a number, or is a list item in the source.
        is_cut: Whether it is too long for an entry; then ``text`` is only "…".
        lead: Its beginning in bold, if there is more text after it.
        is_heading: Whether the source marks it as a heading, or all of it is bold.
        is_footnote: Whether it begins with the mark of a footnote.
    """

    number: int
    text: str
    raw: str
    paragraph: int
    marked: bool = False
    is_cut: bool = False
    lead: str = ""
    is_heading: bool = False
    is_footnote: bool = False
    contacts: Contacts = NOTHING

    @property
    def source(self) -> tuple[int, str]:
        """Line number and text as written, as ``ListBuilder`` needs them."""
        return self.number, self.raw


def is_too_long(text: str) -> bool:
    """Return whether a text is too long for an entry."""
    if len(text) > READ_LONGEST:
        return True
    return not text.isascii() and len(unicodedata.normalize("NFKD", text)) > DECOMPOSED_EACH * READ_LONGEST


def count_pieces(source: str) -> int:
    """Return an upper bound of the entries in a list, by counting line breaks, commas, semicolons and tabs. Fast."""
    return 1 + sum(1 for _ in _PARTING.finditer(source))


def read_lines(source: Sequence[SourceLine]) -> list[Line]:
    """Return the lines that are not empty, without bullets and, if the list is numbered, without numbers.

    An email address or a link on a line of its own is added to the line above.
    """
    lines: list[Line] = []
    paragraph = 0
    for number, raw, piece, rank in source:
        if not trim(piece.text):
            paragraph += 1
        for part in _pieces(piece.text):
            if text := trim(part):
                line = _line(Line(number, text, part if part != piece.text else raw, paragraph), piece, rank)
                if line.text:
                    lines.append(line)
                elif lines and lines[-1].paragraph == paragraph:
                    lines[-1] = replace(lines[-1], contacts=lines[-1].contacts.and_those(line.contacts))
                elif line.contacts:
                    lines.append(replace(line, text=text, is_heading=True))
    return _without_numbers(_settle_footnotes(lines))


_AND_OTHERS = re.compile(
    rf"(?<=\S),?\s+(?:{'|'.join(map(re.escape, CONJUNCTIONS))})\s+\d+\s+[^\W\d_]+\s*[.]?$", re.IGNORECASE
)
_FOOTNOTE = re.compile(r"^\s*(?:[\u00b9\u00b2\u00b3\u2070-\u2079†‡§]|\[\^?(?P<number>\d{1,3})\])")


def _settle_footnotes(lines: list[Line]) -> list[Line]:
    """Set ``is_footnote`` on lines that begin with the mark of a footnote, unless the list itself is numbered "[1]"."""
    found = {at: match for at, line in enumerate(lines) if (match := _FOOTNOTE.match(line.raw))}
    numbers = [int(match["number"]) for match in found.values() if match["number"]]
    if len(numbers) >= _NUMBERED_LEAST and numbers == sorted(set(numbers)) and len(numbers) * 2 >= len(lines):
        return [replace(line, marked=line.marked or at in found) for at, line in enumerate(lines)]
    return [replace(line, is_footnote=at in found) for at, line in enumerate(lines)]


_NUMBERED_LEAST: Final = 3


def _line(line: Line, piece: Piece, rank: str) -> Line:
    if is_too_long(line.text):
        return replace(line, text="…", is_cut=True)
    text, contacts = take_contacts(_AND_OTHERS.sub("", without_note_marks(line.text)))
    lead = without_note_marks(piece.bold) if piece.bold and text.startswith(piece.bold[:1]) else ""
    text = trim(_SYMBOLS_AT_END.sub("", _IN_SQUARE_BRACKETS.sub(r"\1", text)))
    found = replace(line, text=text, contacts=piece.contacts.and_those(contacts), marked=rank == "item")
    if (bullet := _BULLET.match(text)) and bullet.end() < len(text):
        found = replace(found, text=text[bullet.end() :], marked=True)
    lead = lead if lead and found.text.startswith(lead) and len(lead) < len(found.text) else ""
    return replace(found, lead=lead, is_heading=rank == "heading" or (piece.is_bold and not found.marked))


_SYMBOLS_AT_END = re.compile(
    "^[\u2700-\u27bf\U0001f300-\U0001faff\ufe0f]+\\s*|\\s*[\u2190-\u2bff\U0001f300-\U0001faff\ufe0f]+\\s*$"
)
_IN_SQUARE_BRACKETS = re.compile(r"^\[([^\[\]]+)\](?=\s|[,;–—-]|$)")
_NOTE_MARKS = re.compile(
    r"(?<=[^\W_])[\u00b9\u00b2\u00b3\u2070-\u2079]+|\s?\[\^?\d{1,3}\]|(?<=[\w.)])\s?[*†‡§]{1,3}(?=$|[\s,;:)])|\s?\*{2,}\d+\*{0,3}|\s?\*{2,}"
)


def without_note_marks(text: str) -> str:
    """Return the text without the marks of footnotes: ¹, [2], *, †."""
    return _NOTE_MARKS.sub("", text)


def _pieces(raw: str) -> list[str]:
    """Return the parts of a line between soft breaks. Very long parts are split at semicolons as well."""
    parts = _SOFT_BREAK.split(raw)
    return [piece for part in parts for piece in (split_several(part) if len(part) > READ_LONGEST else [part])]


def _without_numbers(lines: list[Line]) -> list[Line]:
    """Remove numbers if they are consecutive and a third of the lines has one, because "350.org" is a name."""
    found = [
        (at, match)
        for at, line in enumerate(lines)
        if (match := _NUMBER.match(line.text)) and match.end() < len(line.text)
    ]
    running = dict(_consecutive(found))
    if (len(running) == 1 and 0 not in running) or not _are_numbers(running, lines):
        return lines
    return [
        replace(line, text=line.text[running[at].end() :], marked=True) if at in running else line
        for at, line in enumerate(lines)
    ]


def _are_numbers(running: Mapping[int, re.Match[str]], lines: Sequence[Line]) -> bool:
    """Return whether the lines are a numbered list, or a numbered part of it, and not names that begin with numbers."""
    if not running:
        return False
    span = max(running) - min(running) + 1
    return len(running) * 3 >= len(lines) or (len(running) > 2 and len(running) * 2 >= span)


def _consecutive(found: list[tuple[int, re.Match[str]]]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the lines with their numbers: each is 1, or up to ``NUMBERS_SKIPPED_MOST`` more than the one before.

    A list may also begin with a larger number, if that has a sign ("7.", "№ 7") and one of the next numbers continues
    it.
    """
    values = [int(match[match.lastgroup or 0]) for _, match in found]
    before: int | None = None
    for place, (at, match) in enumerate(found):
        value = values[place]
        if before is None:
            follows = any(_close(value, after) for after in values[place + 1 : place + 1 + NUMBERS_SKIPPED_MOST])
            runs = value == 1 or (follows and not match["bare"])
        else:
            runs = value == 1 or _close(before, value)
        if runs:
            before = value
            yield at, match


def _close(before: int, value: int) -> bool:
    return before < value <= before + NUMBERS_SKIPPED_MOST


def has_several(text: str) -> bool:
    """Return whether the text has a semicolon that is not at its end."""
    return _SEMICOLON.search(text.rstrip(_CLOSING + ".")) is not None


def split_several(text: str) -> list[str]:
    """Return the parts between semicolons, without an "and" at the beginning of the last."""
    parts = [part.strip() for part in _SEMICOLON.split(text) if part.strip()]
    if len(parts) > 1:
        parts[-1] = LAST_AND.sub("", parts[-1])
    return parts


def without_closing(text: str) -> str:
    """Return the text without closing punctuation; an abbreviation or an initial keeps its full stop."""
    while True:
        shorter = re.sub(r"\s[–—‒-]+$", "", text.rstrip(_CLOSING))
        if shorter.endswith("..") or (shorter.endswith(".") and not _is_abbreviated(shorter)):
            shorter = shorter[:-1]
        if shorter == text:
            return text
        text = shorter


def _is_abbreviated(text: str) -> bool:
    parts = text.split()[-1][:-1].lstrip("(“«\"'").split(".")
    last = parts[-1]
    letters = [char for char in last if unicodedata.category(char)[0] != "M"]
    return all(map(_may_be_initial, letters)) and (
        0 < len(letters) <= min(len(parts), 2) or last.lower() in _ABBREVIATIONS
    )


def _may_be_initial(char: str) -> bool:
    """Return whether this is a letter, and not a character for a whole syllable or word (김, 山)."""
    return char.isalpha() and unicodedata.east_asian_width(char) != "W"
