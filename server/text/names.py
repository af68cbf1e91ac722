"""Names and lines of text: what a signer may type, when two names are the same, and their initials."""

import re
import unicodedata
from typing import ClassVar, Final, Literal, get_args

from server.errors import Code, Invalid, UndersignedError

Kind = Literal["individual", "organisation"]
KINDS: tuple[Kind, ...] = get_args(Kind)


# Checking and cleaning what was typed; keys that tell when two names are the same.

Reason = Literal[
    "too-long",
    "control-characters",
    "too-many-marks",
    "no-letters",
    "link-in-name",
    "contact",
    "not-text",
    "not-a-choice",
]

NAME_LONGEST: Final = 200
LINE_LONGEST: Final = 300
COMMENT_LONGEST: Final = 2000

MARKS_MOST: Final = 4
"""Combining marks on one letter; no living spelling needs more, and what goes over runs into other people's lines."""

BYTES_EACH: Final = 6
"""UTF-8 bytes for each character counted: a Devanagari letter and its vowel sign take that many."""

RAW_EACH: Final = 8
"""Code points that we normalise for each character allowed; normalising a long run of marks is quadratic."""

_JOINERS = "\u200c\u200d"
FORMAT_MARKS: Final = "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Soft hyphen, zero-width space, word joiner, byte order mark, and all that turns a line around."""

INVISIBLE_EDGES: Final = (
    " \t\n\v\f\r\x85\u2028\u2029\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    f"\u202f\u205f\u3000{_JOINERS}{FORMAT_MARKS}"
)
# The fillers are letters by category and blank by looks: a name of them would be an empty line in the list.
_INVISIBLE_LETTERS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_INVISIBLE = re.compile(f"[{_INVISIBLE_LETTERS}]")
_VIRAMA_CLASS = 9
_SPACE = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029 \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_LINE_BREAK = re.compile(r"\r\n|[\n\v\f\r\x85\u2028\u2029]")
# A bare domain is a name too (Avaaz.org, openDemocracy.net): refused is only what advertises an address.
_LINK = re.compile(
    r"""[a-z][a-z0-9+.-]*:[/\\]{2}          # any scheme
      | \b(?:https?|ftp|mailto|javascript):\S
      | \bwww\d?\.\w
      | (?:^|\s)[/\\]{2}\w
      | [\w.+-]+@[\w-]+\.\w                 # an address
      | (?:[\w-]+\.)+\w{2,}(?::\d+)?(?:[/\\]|[?\#]\w)  # a host with a path, a query or a fragment
    """,
    re.VERBOSE,
)
# An address of any script, or a link that writes or calls.
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:]@[\w-]+(?:\.[\w-]+)*\.\w{2,}|\b(?:mailto|tel|sms):\s*\S")
_DIGITS = re.compile(r"\d(?:[\s().\-/\u2010-\u2015\u2212]{0,3}\d)*")
_PHONE_DIGITS = range(8, 16)
_YEAR = r"(?:1[5-9]|20)\d\d"
_YEARS = rf"{_YEAR}(?:[-/\u2010-\u2015]\d\d)?"
_DAY = r"\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4}"
_YEARS_OR_DAYS = re.compile(rf"(?:{_DAY}|{_YEARS})(?:\D{{1,3}}(?:{_DAY}|{_YEARS}))*")


class TextRefused(UndersignedError):
    """Raised when a text is not what its place may hold; ``reason`` says why, in the words of the form's messages."""

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 422

    def __init__(self, reason: Reason, *, most: int | None = None) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.shown = reason if most is None else Code(reason, most=most)
        """The reason for the form's messages, with how long the text may be."""


def clean_line(value: str, *, longest: int) -> str:
    """Return ``value`` in NFC on one line, runs of white space as one space; may be empty.

    Never NFKC, never another case: either would misspell a name (Գևորգյան, ნინო). Raises ``TextRefused``.
    """
    _refuse_unreadable(value, longest)
    line = _one_line(unicodedata.normalize("NFC", value))
    _refuse_unfit(line, longest)
    return line


def clean_reason(value: str, *, longest: int) -> str:
    """Return why somebody does something, on one line; raises ``Invalid`` with the code of ``reason``, for none too."""
    try:
        reason = clean_line(value, longest=longest)
    except TextRefused as refusal:
        raise Invalid({"reason": [refusal.shown]}) from refusal
    if not reason:
        raise Invalid({"reason": ["required"]})
    return reason


def clean_block(value: str, *, longest: int) -> str:
    r"""Return ``value`` like ``clean_line``, but with its lines, parted by ``\n``, and no two empty ones in a row."""
    _refuse_unreadable(value, longest)
    lines = [_one_line(line) for line in _LINE_BREAK.split(unicodedata.normalize("NFC", value))]
    block = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    block = strip_invisible(block)
    _refuse_unfit(block, longest)
    return block


def has_contact(text: str) -> bool:
    """Say whether the text holds an email address, a phone number (8 to 15 digits) or a link to either.

    Years and days are no phone numbers, however many of them stand side by side.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if _ADDRESS.search(plain):
        return True
    runs = (found[0] for found in _DIGITS.finditer(plain))
    return any(sum(map(str.isdecimal, run)) in _PHONE_DIGITS and not _YEARS_OR_DAYS.fullmatch(run) for run in runs)


def clean_public_line(value: str, *, longest: int) -> str:
    """Return ``clean_line`` of what the whole world will read: no address and no phone number may stand in it."""
    return _without_contact(clean_line(value, longest=longest))


def clean_public_block(value: str, *, longest: int) -> str:
    """Return ``clean_block`` of what the whole world will read: no address and no phone number may stand in it."""
    return _without_contact(clean_block(value, longest=longest))


def _without_contact(text: str) -> str:
    if has_contact(text):
        raise TextRefused("contact")
    return text


def clean_name(value: str, *, longest: int = NAME_LONGEST) -> str:
    """Return the name of a person or an organisation as it will be published.

    On top of ``clean_public_line`` a name needs a letter of any script and may carry no link; a bare domain is a name.
    """
    name = clean_line(value, longest=longest)
    if not any(map(is_letter, name)):
        raise TextRefused("no-letters")
    if _LINK.search(unicodedata.normalize("NFKC", name).casefold()):
        raise TextRefused("link-in-name")
    return _without_contact(name)


def _one_line(value: str) -> str:
    return strip_invisible(_SPACE.sub(" ", value))


def strip_invisible(text: str) -> str:
    """Return the text without what shows nothing at its ends: spaces, and what pages and messengers put around a name.

    A joiner at the end of an old Malayalam word stays.
    """
    stripped = text.strip(INVISIBLE_EDGES)
    if stripped and unicodedata.combining(stripped[-1]) == _VIRAMA_CLASS:
        at = text.rindex(stripped) + len(stripped)
        return stripped + (text[at] if text[at : at + 1] and text[at] in _JOINERS else "")
    return stripped


def is_letter(char: str) -> bool:
    """Say whether this is a letter of any script, and one that can be seen."""
    return unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lo"} and char not in _INVISIBLE_LETTERS


def _is_character(char: str) -> bool:
    return unicodedata.category(char) not in {"Mn", "Me", "Mc"} and char not in _JOINERS


def _refuse_unreadable(value: str, longest: int) -> None:
    """Refuse what cannot be normalised or encoded, before we do either."""
    if _is_plain(value, longest):
        return
    if any(_is_not_text(char) for char in value):
        raise TextRefused("not-text")
    if len(value) > RAW_EACH * longest:
        raise TextRefused("too-long", most=longest)
    _refuse_piled_marks(value)


def _is_not_text(char: str) -> bool:
    """Tell lone surrogates, private characters, noncharacters and what a broken decoder left behind."""
    point = ord(char)
    return (
        unicodedata.category(char) in {"Cs", "Co"}
        or char == "\ufffd"
        or 0xFDD0 <= point <= 0xFDEF
        or point & 0xFFFE == 0xFFFE
    )


def _is_plain(text: str, longest: int) -> bool:
    """Tell text in which there is nothing to refuse: ASCII that prints, or words of nothing but letters and digits."""
    if len(text) > longest:
        return False
    if text.isascii():
        return text.isprintable()
    return text.replace(" ", "").isalnum() and _INVISIBLE.search(text) is None


def _refuse_unfit(text: str, longest: int) -> None:
    if _is_plain(text, longest):
        return
    if sum(map(_is_character, text)) > longest or len(text.encode()) > BYTES_EACH * longest:
        raise TextRefused("too-long", most=longest)
    _refuse_controls(text)
    _refuse_piled_marks(text)


def _refuse_controls(text: str) -> None:
    """Refuse what shows nothing or turns the line around; a joiner may stand where it shapes letters or emoji."""
    for at, char in enumerate(text):
        if char in _JOINERS and at and _joins(text[at - 1], text[at + 1 : at + 2]):
            continue
        if char in _INVISIBLE_LETTERS or (char != "\n" and unicodedata.category(char) in {"Cc", "Cf"}):
            raise TextRefused("control-characters")


def _joins(before: str, after: str) -> bool:
    """Persian and Indic spelling need joiners between letters; old Malayalam ends words in a virama and a joiner."""
    if unicodedata.combining(before) == _VIRAMA_CLASS:
        return True
    shaped = unicodedata.category(before)[0] in "LM" or unicodedata.category(before) in {"So", "Sk"}
    return shaped and after != "" and (is_letter(after) or unicodedata.category(after) == "So")


def _refuse_piled_marks(text: str) -> None:
    pile = 0
    for char in text:
        pile = pile + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if pile > MARKS_MOST:
            raise TextRefused("too-many-marks")


# After decomposition and case folding. և falls apart into ե and ւ there; today's spelling outside the ligature is եվ.
_SAME_LETTER = str.maketrans(
    {"ı": "i", "ə": "e", "ǝ": "e", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ي": "ی", "ى": "ی", "ك": "ک", "ـ": None}
)
_APOSTROPHES = re.compile("['`´‘’‛ʹʻʼʽˈ՚׳＇]")


def name_key(name: str) -> str:
    """Return the key under which two spellings are the same name; for comparing only, it is nobody's spelling.

    Case, quotes, punctuation and space do not count, nor do accents and points above or below a letter (İ, ı and I;
    ё and е; Mtavruli and Mkhedruli; ə and e; և, եւ and եվ). Vowel signs of Indic scripts and Thai do: they are letters.
    The key is stored, so a change of this function is a migration.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    all_count = folded.replace(" ", "").isalnum()  # no marks then, and nothing to leave out: most names are like that
    letters = folded if all_count else "".join(char for char in folded if not _is_accent(char))
    spelled = _APOSTROPHES.sub("", letters.translate(_SAME_LETTER))
    plain = spelled if all_count else "".join(char if _counts(char) else " " for char in spelled)
    return unicodedata.normalize("NFC", " ".join(plain.split())).replace("եւ", "եվ")


def _is_accent(char: str) -> bool:
    """Tell marks that sit over or under European letters (class 200 up), Hebrew and Arabic points, and joiners."""
    return (points := unicodedata.combining(char)) >= 200 or 10 <= points <= 36 or unicodedata.category(char) == "Cf"


def _counts(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def search_key(*lines: str | None) -> str:
    """Return what a line is found by: the ``name_key`` of all that stands in it, with a space at either end.

    So every word has a space on both sides, and ``sought_key`` can ask for the beginning of one. It is stored, so a
    change of this function is a migration.
    """
    return f" {' '.join(filter(None, (name_key(line) for line in lines if line)))} "


def sought_key(typed: str) -> str | None:
    """Return the part of a ``search_key`` that somebody looks for, at least three characters; None for no letters.

    Three letters are found anywhere, two at the beginning of a word, and one only as a word of its own.
    """
    key = name_key(typed)
    if not key:
        return None
    return key if len(key) > _WORD_START_LENGTH else f" {key}" if len(key) == _WORD_START_LENGTH else f" {key} "


_WORD_START_LENGTH = 2


def _legal_forms(words: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(name_key(word).split()) for word in words.split("|"))


_LEGAL_FORMS_IN_FRONT = _legal_forms(
    "NGO|N.G.O.|INGO|CSO|ONG|ASBL|НПО|НКО|АНО|ОО|ООО|МОО|РОО|АО|ЗАО|ОАО|ГО|БО|БФ|ТОВ|ՀԿ|ՍՊԸ|ՓԲԸ|ა(ა)იპ|ააიპ|შპს|ΜΚΟ|ΑΜΚΕ"
)
_LEGAL_FORMS_BEHIND = _LEGAL_FORMS_IN_FRONT | _legal_forms(
    "LLC|L.L.C.|LLP|Ltd|Limited|Inc|Incorporated|Corp|PLC|CIC|CIO|e.V.|eV|GmbH|gGmbH|mbH|UG|AG|eG|S.A.|SA|SAS|SARL"
    "|S.à r.l.|VZW|AISBL|BV|B.V.|NV|N.V.|AB|A/S|AS|ApS|Oy|ry|SRL|S.r.l.|SpA|APS|ODV|ONLUS|S.L.|SL|A.C.|z.s.|s.r.o."
    "|o.p.s.|sp. z o.o.|Kft|QHT|İB|MMC|STK|A.Ş.|AŞ|Ltd. Şti.|d.o.o."
)
_LEGAL_FORM_LONGEST = max(map(len, _LEGAL_FORMS_BEHIND))


def organisation_key(name: str) -> str:
    """Return ``name_key`` without the legal forms that an organisation's name begins or ends with (NGO, e.V., ООО, ՀԿ).

    A name that is nothing but a legal form keeps it, so the key is never empty where ``name_key`` is not.
    """
    words = name_key(name).split()
    while shorter := _without_legal_form(words):
        words = shorter
    return " ".join(words)


def _without_legal_form(words: list[str]) -> list[str]:
    for length in range(min(_LEGAL_FORM_LONGEST, len(words) - 1), 0, -1):
        if tuple(words[-length:]) in _LEGAL_FORMS_BEHIND:
            return words[:-length]
        if tuple(words[:length]) in _LEGAL_FORMS_IN_FRONT:
            return words[length:]
    return []


# Initials of a name, in whatever script.

_HYPHENS = re.compile("([-\u2010\u2011])")


def initials(name: str) -> str:
    """Return the first letter of every word, as the name writes it: ``A.-M. G.`` of ``Anna-Maria Gevorgyan``.

    A letter keeps its marks. Where the letters would be the whole name (some write one for a word), it is the first
    letter alone; a name of one letter is its own initial. ``name`` is as ``clean_name`` returns it; the initials are in
    NFC, and not empty.
    """
    short = " ".join(word for word in map(_initials_of_word, name.split()) if word)
    if short and _letters(short) == _letters(name):
        short = f"{_first_letter(short)}."
    return unicodedata.normalize("NFC", short)


def _initials_of_word(word: str) -> str:
    """Return the initials of a word and of what its hyphens join; empty when it has no letter."""
    parts = _HYPHENS.split(word)
    firsts = [_first_letter(part) for part in parts[::2]]
    joined = [(hyphen, first) for hyphen, first in zip(["", *parts[1::2]], firsts, strict=True) if first]
    return "".join(f"{hyphen if at else ''}{first}." for at, (hyphen, first) in enumerate(joined))


def _first_letter(part: str) -> str:
    """Return the first letter with its marks, and what a virama binds to it; empty when there is none."""
    start = next((at for at, char in enumerate(part) if is_letter(char)), len(part))
    end = start + 2 if _is_one_letter(part[start : start + 2]) else start + 1
    while end < len(part) and (_is_combining_mark(part[end]) or _is_bound(part[end - 1], part[end])):
        end += 1
    return part[start:end]


def _is_one_letter(pair: str) -> bool:
    """Tell the Armenian letter that is written with two characters."""
    return pair in ("Ու", "ՈՒ", "ու")


def _is_combining_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _is_bound(before: str, char: str) -> bool:
    return unicodedata.combining(before) == _VIRAMA_CLASS and is_letter(char)


def _letters(text: str) -> str:
    return "".join(char for char in text if is_letter(char) or _is_combining_mark(char))
