"""A list's lines without what only lists have: bullets, numbers, punctuation at the ends."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SOFT_BREAK = re.compile(r"[\v\f\x85\u2028\u2029]")
# Pages leave these at the ends of what is copied from them. Inside a name they are refused, by name.
_EDGES = " \t\u00a0\u1680\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff\u00ad"
_LEADING = re.compile(f"^[{_EDGES}]+")
_TRAILING = re.compile(f"[{_EDGES}]+$")

_BULLET = re.compile(
    r"(?:[-*•‣⁃∙·▪▫◦●○■□▶▸►➤➢✓✔✅❖◆◇★☆‐‑–—−][\ufe0f\s]*)+|o\t\s*|\(?[^\W\d_]\)\s+",
)
_NUMBER = re.compile(
    r"(?:№|N°|Nº|#)\s*(?P<sign>\d{1,5})\s*[.)\]:–—-]?\s+"
    r"|[(\[]?(?P<point>\d{1,5})\s?[.)\]:．、։–—-]+\s*"
    r"|(?P<bare>\d{1,5})\s+(?=\D)"
)
NUMBERS_SKIPPED_MOST = 5
"""How far a list's numbers may jump where somebody has deleted a line."""

COMMAS = ",،，、፣"
SEMICOLONS = ";；؛፤"
STOPS = "։。።।"

_PARTING = re.compile(rf"[\r\n\t\v\f\x85\u2028\u2029{COMMAS}{SEMICOLONS}]")
_SEMICOLON = re.compile(f"[{SEMICOLONS}]")
_LAST_AND = re.compile(r"^(?:and|et|y|und|и|та|և|და|və|ve)\s+")
_CLOSING = f" \t\u00a0:{COMMAS}{SEMICOLONS}{STOPS}"
_ABBREVIATIONS = frozenset({"inc", "ltd", "corp", "co", "jr", "sr", "şti", "assoc", "dr", "prof", "phd", "etc"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty; ``paragraph`` counts the empty lines before it, ``raw`` is it as written."""

    number: int
    text: str
    raw: str
    paragraph: int
    marked: bool = False

    @property
    def source(self) -> tuple[int, str]:
        """Where it stands and how it was written."""
        return self.number, self.raw


def count_pieces(source: str) -> int:
    """Return how many pieces a list falls into at most, by its lines, commas, semicolons and tabs; that is quick."""
    return 1 + sum(1 for _ in _PARTING.finditer(source))


def read_lines(source: str) -> list[Line]:
    """Return the lines that are not empty, freed from bullets and, where the list is numbered, from its numbers."""
    lines: list[Line] = []
    paragraph = 0
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", source), start=1):
        if not trim(raw):
            paragraph += 1
        for part in _SOFT_BREAK.split(raw):
            if text := trim(part):
                lines.append(_without_bullet(Line(number, text, part, paragraph)))
    return _without_numbers(lines)


def trim(text: str) -> str:
    """Return the text without white space and invisible characters at its ends."""
    return _TRAILING.sub("", _LEADING.sub("", text))


def _without_bullet(line: Line) -> Line:
    bullet = _BULLET.match(line.text)
    if bullet is None or bullet.end() == len(line.text):
        return line
    return replace(line, text=line.text[bullet.end() :], marked=True)


def _without_numbers(lines: list[Line]) -> list[Line]:
    """Take the numbers off if they run on (1, 2, 3, ...) and a third of the lines has one: "350.org" is a name."""
    found = [
        (at, match)
        for at, line in enumerate(lines)
        if (match := _NUMBER.match(line.text)) and match.end() < len(line.text)
    ]
    running = dict(_running(found))
    if len(running) * 3 < len(lines) or (len(running) == 1 and 0 not in running):
        return lines
    return [
        replace(line, text=line.text[running[at].end() :], marked=True) if at in running else line
        for at, line in enumerate(lines)
    ]


def _running(found: list[tuple[int, re.Match[str]]]) -> Iterator[tuple[int, re.Match[str]]]:
    """Keep the numbers that follow the one before, or are 1, or are followed where the list begins in the middle."""
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
    """Tell whether a semicolon stands inside the text, not only at its end."""
    return _SEMICOLON.search(text.rstrip(_CLOSING + ".")) is not None


def split_several(text: str) -> list[str]:
    """Return the parts between semicolons, without an "and" before the last."""
    parts = [part.strip() for part in _SEMICOLON.split(text) if part.strip()]
    if len(parts) > 1:
        parts[-1] = _LAST_AND.sub("", parts[-1])
    return parts


def without_closing(text: str) -> str:
    """Return the text without the punctuation that closes a list's line; an abbreviation or initial keeps its point."""
    while True:
        shorter = text.rstrip(_CLOSING)
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
    """A letter may, a syllable or a word in one character (김, 山) is not shortened any further."""
    return char.isalpha() and unicodedata.east_asian_width(char) != "W"
