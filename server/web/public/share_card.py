"""Sets text for pictures in Latin, Cyrillic, Greek, Armenian, Georgian and Arabic letters: shaped, measured, broken.

The fonts are parts of Noto under the licence beside them; ``.ci/card_fonts.py`` makes them. Arabic letters are joined
and turned here, for Pillow's own way needs a library that servers rarely have: so a picture is the same everywhere.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from PIL.ImageFont import FreeTypeFont, Layout, truetype

Face = Literal["title", "words"]
Direction = Literal["ltr", "rtl"]

LEADING = 1.32
_TURNED_PX = 4  # by which a line may grow when its letters, put in order, get other neighbours
SMALLEST, STEP = 24, 2
_FONTS = Path(__file__).parent.parent / "static" / "fonts"
_IN_NO_FONT = "\uffff"
_ELLIPSIS = "…"
_BREAKS = re.compile(r"[^\S\u00a0\u202f]+")  # not within "1 234"
# The quicker of python-bidi's two algorithms turns no brackets; this one knows no isolates.
_ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
# Words that these would draw as one sign stay words.
_reshaper = ArabicReshaper({"ARABIC LIGATURE ALLAH": False, "ARABIC LIGATURE AKBAR": False})


@dataclass(frozen=True)
class Box:
    """Where text goes: at most so many pixels wide and high, and its letters at most ``largest`` pixels."""

    width: int
    height: int
    largest: int


@dataclass(frozen=True)
class Setting:
    """Text as it is drawn: lines whose letters stand from left to right as one sees them, and their size in pixels."""

    lines: tuple[str, ...]
    face: Face
    size: int

    @property
    def font(self) -> FreeTypeFont:
        """The font to draw the lines with."""
        return _font(self.face, self.size)

    @property
    def leading(self) -> int:
        """Pixels from one line to the next."""
        return round(self.size * LEADING)


def is_writable(text: str, face: Face) -> bool:
    """Tell whether the font has every letter of a text, so that there will be no empty boxes."""
    return all(_is_known(letter, face) for letter in _as_seen(_joined(text), "ltr"))


def set_text(text: str, face: Face, direction: Direction, box: Box) -> Setting:
    """Set text as large as its box allows; what does not fit even in the smallest letters ends in an ellipsis."""
    words = _BREAKS.split(_joined(text).strip())
    for size in range(box.largest, SMALLEST, -STEP):
        font = _font(face, size)
        lines = [_as_seen(line, direction) for line in _lines(words, font, box.width)]
        if len(lines) <= _most_lines(box, size) and all(font.getlength(line) <= box.width for line in lines):
            break
    else:
        size = SMALLEST
        narrower = replace(box, width=box.width - _TURNED_PX)
        lines = [_as_seen(line, direction) for line in _cut(words, _font(face, size), narrower)]
    return Setting(tuple(lines), face, size)


def _cut(words: list[str], font: FreeTypeFont, box: Box) -> list[str]:
    """Return lines of the smallest letters, words broken where they must be, and no more lines than there is room."""
    pieces = [piece for word in words for piece in _pieces(word, font, box.width)]
    lines, most = list(_lines(pieces, font, box.width)), _most_lines(box, SMALLEST)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while font.getlength(last + _ELLIPSIS) > box.width:
        last = last[:-1]
    return [*lines[: most - 1], last + _ELLIPSIS]


def _lines(words: list[str], font: FreeTypeFont, width: int) -> Iterator[str]:
    """Yield the words, in the order of reading, in lines of that many pixels; a longer word is a line of its own."""
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and font.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line


def _pieces(word: str, font: FreeTypeFont, width: int) -> Iterator[str]:
    """Yield a word in pieces that are no wider than that many pixels."""
    piece = ""
    for letter in word:
        if piece and font.getlength(piece + letter) > width:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _most_lines(box: Box, size: int) -> int:
    return max(1, int(box.height / (size * LEADING)))


def _joined(text: str) -> str:
    """Return a text with its Arabic letters as their neighbours ask, still in the order of reading."""
    joined: str = _reshaper.reshape(unicodedata.normalize("NFC", text.translate(_ISOLATES)))
    return joined


def _as_seen(line: str, direction: Direction) -> str:
    """Return the letters of a line from left to right, brackets turned, without the invisible ones."""
    turned: str = get_display(line, base_dir=direction[0].upper())
    return "".join(letter for letter in turned if unicodedata.category(letter) != "Cf")


@lru_cache(maxsize=4096)
def _is_known(letter: str, face: Face) -> bool:
    """Tell whether a font draws this letter as anything but the box that it draws for what it lacks."""
    font = _font(face, SMALLEST)
    drawn, box = font.getmask(letter), font.getmask(_IN_NO_FONT)
    return drawn.size != box.size or bytes(drawn) != bytes(box)


@lru_cache(maxsize=128)
def _font(face: Face, size: int) -> FreeTypeFont:
    return truetype(_FONTS / f"{face}.ttf", size, layout_engine=Layout.BASIC)
