"""The initials of a person's name, in whatever script it is written."""

import re
import unicodedata

from server.text import is_letter

_HYPHENS = re.compile("([-\u2010\u2011])")
_VIRAMA_CLASS = 9


def initials(name: str) -> str:
    """Return the first letter of every word, as the name writes it: ``A.-M. G.`` of ``Anna-Maria Gevorgyan``.

    A letter keeps its marks. Where the letters would be the whole name (some write one for a word), it is the first
    letter alone; a name of one letter is its own initial. ``name`` is as ``clean_name`` returns it; the initials are in
    NFC, and not empty.
    """
    short = " ".join(word for word in map(_of_word, name.split()) if word)
    if short and _letters(short) == _letters(name):
        short = f"{_first_letter(short)}."
    return unicodedata.normalize("NFC", short)


def _of_word(word: str) -> str:
    """Return the initials of a word and of what its hyphens join; empty when it has no letter."""
    parts = _HYPHENS.split(word)
    firsts = [_first_letter(part) for part in parts[::2]]
    joined = [(hyphen, first) for hyphen, first in zip(["", *parts[1::2]], firsts, strict=True) if first]
    return "".join(f"{hyphen if at else ''}{first}." for at, (hyphen, first) in enumerate(joined))


def _first_letter(part: str) -> str:
    """Return the first letter with its marks, and what a virama binds to it; empty when there is none."""
    start = next((at for at, char in enumerate(part) if is_letter(char)), len(part))
    end = start + 2 if _is_one_letter(part[start : start + 2]) else start + 1
    while end < len(part) and (_is_mark(part[end]) or _is_bound(part[end - 1], part[end])):
        end += 1
    return part[start:end]


def _is_one_letter(pair: str) -> bool:
    """Tell the Armenian letter that is written with two characters."""
    return pair in ("Ու", "ՈՒ", "ու")


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _is_bound(before: str, char: str) -> bool:
    return unicodedata.combining(before) == _VIRAMA_CLASS and is_letter(char)


def _letters(text: str) -> str:
    return "".join(char for char in text if is_letter(char) or _is_mark(char))
