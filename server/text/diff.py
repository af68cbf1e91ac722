"""Compares two versions of a text word by word."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby
from typing import Literal

Operation = Literal["same", "removed", "added"]

PARTS = ("title", "place", "dated", "eligibility", "body")
MOST_LINES = 2_000
MOST_WORDS = 4000
"""In one changed place. Comparing more takes seconds, so a longer place counts as replaced completely."""

AROUND = 240
"""Characters of unchanged text that are shown on each side of a change."""

_DIFFS_CACHED = 32
_LEFT_OUT = " […] "
# Scripts without spaces between words, where each letter is compared as a word: Thai, Lao, Burmese, Khmer, Han, kana.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_INNER = "'’ʼ՚\u200c\u200d\u00ad"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_TURNING = re.compile("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACES = str.maketrans({" ": "␣", "\n": "¶\n", "\t": "⇥"})


@dataclass(frozen=True)
class Piece:
    """A run of text that is the same in both versions, removed or added."""

    fate: Operation
    text: str


@dataclass(frozen=True)
class Changed:
    """A part of a text (one of ``PARTS``) that was changed, and its pieces in reading order."""

    part: str
    pieces: tuple[Piece, ...]


def diff_texts(before: object, after: object) -> list[Changed]:
    """Return every part that differs between two versions of a text. Both objects have the attributes in ``PARTS``."""
    pairs = {part: (getattr(before, part) or "", getattr(after, part) or "") for part in PARTS}
    return [Changed(part, diff_words(old, new)) for part, (old, new) in pairs.items() if old != new]


@lru_cache(maxsize=_DIFFS_CACHED)
def diff_words(old: str, new: str) -> tuple[Piece, ...]:
    """Return the differences of two texts as pieces; long unchanged pieces are shortened.

    To be fast on long texts, it compares lines first, and then words only in the lines that differ.
    """
    pieces = list(_joined(_diff_lines(old, new)))
    last = len(pieces) - 1
    return tuple(_shown(piece, is_first=at == 0, is_last=at == last) for at, piece in enumerate(pieces))


def _diff_lines(old: str, new: str) -> Iterator[Piece]:
    before, after = _LINE.findall(old), _LINE.findall(new)
    if max(len(before), len(after)) > MOST_LINES:
        yield from _pieces("replace", old, new)
        return
    for what, at, end, new_at, new_end in _steps(before, after):
        gone, come = "".join(before[at:end]), "".join(after[new_at:new_end])
        if what == "replace":
            yield from _diff_words_within(gone, come)
        else:
            yield from _pieces(what, gone, come)


def _diff_words_within(old: str, new: str) -> Iterator[Piece]:
    before, after = list(_words(old)), list(_words(new))
    if max(len(before), len(after)) > MOST_WORDS:
        yield from _pieces("replace", old, new)
        return
    for what, at, end, new_at, new_end in _steps(before, after):
        yield from _pieces(what, "".join(before[at:end]), "".join(after[new_at:new_end]))


def _steps(before: list[str], after: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return the ``difflib`` opcodes between two lists. For long lists, ``autojunk`` ignores very frequent words."""
    return SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > MOST_WORDS // 2).get_opcodes()


def _pieces(what: str, gone: str, come: str) -> Iterator[Piece]:
    if what == "equal":
        yield Piece("same", gone)
        return
    yield Piece("removed", gone)
    yield Piece("added", come)


def _words(text: str) -> Iterator[str]:
    """Split a text into words, runs of white space and single other characters; joined, they are the text again."""
    for sort, run in groupby(text, key=_char_class):
        if sort in ("word", "space"):
            yield "".join(run)
        else:
            yield from _letters(run)


def _letters(chars: Iterable[str]) -> Iterator[str]:
    """Yield the letters one by one, each with its combining marks."""
    letter = ""
    for char in chars:
        if letter and unicodedata.category(char)[0] != "M":
            yield letter
            letter = ""
        letter += char
    yield letter


def _char_class(char: str) -> str:
    if char.isspace():
        return "space"
    if _UNSPACED.match(char):
        return "unspaced"
    return "word" if char in _INNER or unicodedata.category(char)[0] in "LMN" else "sign"


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Merge adjacent changes. Unchanged white space between two changes becomes part of both."""
    runs = [list(run) for _, run in groupby((one for one in pieces if one.text), key=lambda one: one.fate == "same")]
    removed = added = ""
    for at, run in enumerate(runs):
        stayed = "".join(one.text for one in run if one.fate == "same")
        if stayed and not (0 < at < len(runs) - 1 and stayed.isspace()):
            yield from _change(removed, added)
            yield Piece("same", stayed)
            removed = added = ""
        else:
            removed += stayed + "".join(one.text for one in run if one.fate == "removed")
            added += stayed + "".join(one.text for one in run if one.fate == "added")
    yield from _change(removed, added)


def _change(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)


def _shown(piece: Piece, *, is_first: bool, is_last: bool) -> Piece:
    """Return a piece for display.

    Shortens long unchanged text, shows changed white space as symbols, and shows zero-width and bidi control characters
    as their code point.
    """
    text = piece.text
    if piece.fate == "same" and len(text) > 2 * AROUND:
        head, tail = text[:AROUND].rsplit(" ", 1)[0], text[-AROUND:].split(" ", 1)[-1]
        text = ("" if is_first else head) + _LEFT_OUT + ("" if is_last else tail)
    elif piece.fate != "same" and text.isspace():
        text = text.translate(_SPACES)
    return Piece(piece.fate, _TURNING.sub(lambda found: f"[U+{ord(found[0]):04X}]", text))
