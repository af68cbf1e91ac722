"""Validates names and lines of text that signers type, compares names, and makes their initials."""

import re
import unicodedata
from typing import Final, Literal, get_args

from server.errors import Invalid, ValueRefused

Kind = Literal["individual", "organisation"]
KINDS: tuple[Kind, ...] = get_args(Kind)


# Checking and cleaning typed text; keys for comparing names.

NAME_LONGEST: Final = 200
LINE_LONGEST: Final = 300
COMMENT_LONGEST: Final = 2000

MARKS_MOST: Final = 4
"""Maximum combining marks on one letter. No language needs more, and more marks would overlap the lines of others."""

BYTES_EACH: Final = 6
"""Maximum UTF-8 bytes per counted character. A Devanagari letter with its vowel sign takes six."""

RAW_EACH: Final = 8
"""Maximum code points per allowed character before normalising, since that is quadratic for long runs of marks."""

_JOINERS = "\u200c\u200d"
FORMAT_MARKS: Final = "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Soft hyphen, zero-width space, word joiner, byte order mark and the bidi control characters."""

INVISIBLE_EDGES: Final = (
    " \t\n\v\f\r\x85\u2028\u2029\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    f"\u202f\u205f\u3000{_JOINERS}{FORMAT_MARKS}"
)
# Fillers: characters that are invisible although their Unicode category is letter, mark or symbol. A name of them alone
# would be an empty line in the list.
_INVISIBLE_LETTERS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_INVISIBLE = re.compile(f"[{_INVISIBLE_LETTERS}]")
_VIRAMA_CLASS = 9
_SPACE = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029 \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_LINE_BREAK = re.compile(r"\r\n|[\n\v\f\r\x85\u2028\u2029]")
# Matches links, but not bare domains, which can be names (Avaaz.org, openDemocracy.net).
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
# An email address in any script, or a mailto:, tel: or sms: link.
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:]@[\w-]+(?:\.[\w-]+)*\.\w{2,}|\b(?:mailto|tel|sms):\s*\S")
_DIGITS = re.compile(r"\d(?:[\s().\-/\u2010-\u2015\u2212]{0,3}\d)*")
_PHONE_DIGITS = range(8, 16)
_YEAR = r"(?:1[5-9]|20)\d\d"
_YEARS = rf"{_YEAR}(?:[-/\u2010-\u2015]\d\d)?"
_DAY = r"\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4}"
_YEARS_OR_DAYS = re.compile(rf"(?:{_DAY}|{_YEARS})(?:\D{{1,3}}(?:{_DAY}|{_YEARS}))*")


def clean_line(value: str, *, longest: int) -> str:
    """Return ``value`` in NFC, on one line, with each run of white space as one space; may be empty.

    Does not use NFKC and does not change the case, since both would misspell names (Գևորգյան, ნინო). Raises
    ``ValueRefused``.
    """
    _check_raw(value, longest)
    line = _one_line(unicodedata.normalize("NFC", value))
    _check_cleaned(line, longest)
    return line


def clean_reason(value: str, *, longest: int) -> str:
    """Return the reason that somebody gave for an action, on one line; raises ``Invalid``, also if it is empty."""
    try:
        reason = clean_line(value, longest=longest)
    except ValueRefused as refusal:
        raise Invalid({"reason": [refusal.reason]}) from refusal
    if not reason:
        raise Invalid({"reason": ["required"]})
    return reason


def clean_block(value: str, *, longest: int) -> str:
    r"""Return ``value`` cleaned like ``clean_line``, but with its lines, separated by ``\n``.

    Several empty lines in a row become one. Raises ``ValueRefused``.
    """
    _check_raw(value, longest)
    lines = [_one_line(line) for line in _LINE_BREAK.split(unicodedata.normalize("NFC", value))]
    block = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    block = strip_invisible(block)
    _check_cleaned(block, longest)
    return block


def has_contact(text: str) -> bool:
    """Return whether the text contains an email address, a phone number (8 to 15 digits) or a link to one of them.

    Sequences of years and dates do not count as phone numbers.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if _ADDRESS.search(plain):
        return True
    runs = (found[0] for found in _DIGITS.finditer(plain))
    return any(sum(map(str.isdecimal, run)) in _PHONE_DIGITS and not _YEARS_OR_DAYS.fullmatch(run) for run in runs)


def clean_public_line(value: str, *, longest: int) -> str:
    """Return ``clean_line`` of a text that is published. Raises ``ValueRefused``, also for contacts in it."""
    return _without_contact(clean_line(value, longest=longest))


def clean_public_block(value: str, *, longest: int) -> str:
    """Return ``clean_block`` of a text that is published. Raises ``ValueRefused``, also for contacts in it."""
    return _without_contact(clean_block(value, longest=longest))


def _without_contact(text: str) -> str:
    if has_contact(text):
        raise ValueRefused("contact")
    return text


def clean_name(value: str, *, longest: int = NAME_LONGEST) -> str:
    """Return the name of a person or an organisation as it will be published.

    In addition to the rules of ``clean_public_line``, a name must have a letter of any script and must not contain a
    link. A bare domain is accepted. Raises ``ValueRefused``.
    """
    name = clean_line(value, longest=longest)
    if not any(map(is_letter, name)):
        raise ValueRefused("no-letters")
    if _LINK.search(unicodedata.normalize("NFKC", name).casefold()):
        raise ValueRefused("link-in-name")
    return _without_contact(name)


def _one_line(value: str) -> str:
    return strip_invisible(_SPACE.sub(" ", value))


def strip_invisible(text: str) -> str:
    """Return the text without invisible characters at its ends: white space, and marks that come with copied text.

    A joiner after a final virama is kept, because old Malayalam spelling needs it.
    """
    stripped = text.strip(INVISIBLE_EDGES)
    if stripped and unicodedata.combining(stripped[-1]) == _VIRAMA_CLASS:
        at = text.rindex(stripped) + len(stripped)
        return stripped + (text[at] if text[at : at + 1] and text[at] in _JOINERS else "")
    return stripped


def is_letter(char: str) -> bool:
    """Return whether this is a visible letter of any script."""
    return unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lo"} and char not in _INVISIBLE_LETTERS


def _is_character(char: str) -> bool:
    return unicodedata.category(char) not in {"Mn", "Me", "Mc"} and char not in _JOINERS


def _check_raw(value: str, longest: int) -> None:
    """Raise ``ValueRefused`` for text that cannot be encoded, or takes too long to normalise. Call before doing so."""
    if _is_plain(value, longest):
        return
    if any(_is_not_text(char) for char in value):
        raise ValueRefused("not-text")
    if len(value) > RAW_EACH * longest:
        raise ValueRefused("too-long", most=longest)
    _refuse_piled_marks(value)


def _is_not_text(char: str) -> bool:
    """Return whether this is a lone surrogate, private-use character, noncharacter or U+FFFD (a failed decoding)."""
    point = ord(char)
    return (
        unicodedata.category(char) in {"Cs", "Co"}
        or char == "\ufffd"
        or 0xFDD0 <= point <= 0xFDEF
        or point & 0xFFFE == 0xFFFE
    )


def _is_plain(text: str, longest: int) -> bool:
    """Return whether a text needs no other check: printable ASCII, or only letters, digits and spaces."""
    if len(text) > longest:
        return False
    if text.isascii():
        return text.isprintable()
    return text.replace(" ", "").isalnum() and _INVISIBLE.search(text) is None


def _check_cleaned(text: str, longest: int) -> None:
    if _is_plain(text, longest):
        return
    if sum(map(_is_character, text)) > longest or len(text.encode()) > BYTES_EACH * longest:
        raise ValueRefused("too-long", most=longest)
    _refuse_controls(text)
    _refuse_piled_marks(text)


def _refuse_controls(text: str) -> None:
    r"""Raise ``ValueRefused`` for control, invisible and bidi characters, except ``\n`` and joiners in valid places."""
    for at, char in enumerate(text):
        if char in _JOINERS and at and _joins(text[at - 1], text[at + 1 : at + 2]):
            continue
        if char in _INVISIBLE_LETTERS or (char != "\n" and unicodedata.category(char) in {"Cc", "Cf"}):
            raise ValueRefused("control-characters")


def _joins(before: str, after: str) -> bool:
    """Return whether a joiner is valid here: between letters (Persian, Indic) or emoji, or after a virama."""
    if unicodedata.combining(before) == _VIRAMA_CLASS:
        return True
    shaped = unicodedata.category(before)[0] in "LM" or unicodedata.category(before) in {"So", "Sk"}
    return shaped and after != "" and (is_letter(after) or unicodedata.category(after) == "So")


def _refuse_piled_marks(text: str) -> None:
    pile = 0
    for char in text:
        pile = pile + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if pile > MARKS_MOST:
            raise ValueRefused("too-many-marks")


# Letters that count as the same, after NFKD and case folding. NFKD turns the Armenian ligature և into եւ, while modern
# spelling without the ligature is եվ; as its last step, ``name_key`` replaces every եւ by եվ.
_SAME_LETTER = str.maketrans(
    {"ı": "i", "ə": "e", "ǝ": "e", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ي": "ی", "ى": "ی", "ك": "ک", "ـ": None}
)
_APOSTROPHES = re.compile("['`´‘’‛ʹʻʼʽˈ՚׳＇]")


def name_key(name: str) -> str:
    """Return a key that is the same for all spellings of a name. For comparing only, never for display.

    It ignores case, quotes, punctuation, extra spaces, and accents and points above or below a letter (İ, ı and I;
    ё and е; Mtavruli and Mkhedruli; ə and e; և, եւ and եվ). It keeps the vowel signs of Indic scripts and Thai, since
    they are letters. The key is stored, so changing this function needs a migration.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    all_count = folded.replace(" ", "").isalnum()  # fast path for most names: no marks or punctuation
    letters = folded if all_count else "".join(char for char in folded if not _is_accent(char))
    spelled = _APOSTROPHES.sub("", letters.translate(_SAME_LETTER))
    plain = spelled if all_count else "".join(char if _counts(char) else " " for char in spelled)
    return unicodedata.normalize("NFC", " ".join(plain.split())).replace("եւ", "եվ")


def _is_accent(char: str) -> bool:
    """Return whether this is an accent (combining class 200 and above), Hebrew or Arabic point (10-36), or joiner."""
    return (points := unicodedata.combining(char)) >= 200 or 10 <= points <= 36 or unicodedata.category(char) == "Cf"


def _counts(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def search_key(*lines: str | None) -> str:
    """Return the stored key for searching a signature: the ``name_key`` of all its texts, with a space at both ends.

    So every word has a space on both sides, and ``sought_key`` can match the beginning of a word. The key is stored, so
    changing this function needs a migration.
    """
    return f" {' '.join(filter(None, (name_key(line) for line in lines if line)))} "


def sought_key(typed: str) -> str | None:
    """Return the substring to look for in ``search_key``, at least three characters; None if the key is empty.

    Three or more letters match anywhere, two only at the beginning of a word, and one only a whole word.
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
    """Return ``name_key`` without legal forms at the beginning or end of the name (NGO, e.V., ООО, ՀԿ).

    A name that consists only of a legal form keeps it, so the key is empty only if ``name_key`` is.
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


# Initials of a name, in any script.

_HYPHENS = re.compile("([-\u2010\u2011])")


def initials(name: str) -> str:
    """Return the initials of a name, such as ``A.-M. G.`` for ``Anna-Maria Gevorgyan``, in NFC and never empty.

    Letters keep their marks and case. If the initials would be all letters of the name, because each of its words is a
    single letter, only the first letter is returned. ``name`` must be the result of ``clean_name``.
    """
    short = " ".join(word for word in map(_initials_of_word, name.split()) if word)
    if short and _letters(short) == _letters(name):
        short = f"{_first_letter(short)}."
    return unicodedata.normalize("NFC", short)


def _initials_of_word(word: str) -> str:
    """Return the initials of a word, one for each part between hyphens; empty if it has no letter."""
    parts = _HYPHENS.split(word)
    firsts = [_first_letter(part) for part in parts[::2]]
    joined = [(hyphen, first) for hyphen, first in zip(["", *parts[1::2]], firsts, strict=True) if first]
    return "".join(f"{hyphen if at else ''}{first}." for at, (hyphen, first) in enumerate(joined))


def _first_letter(part: str) -> str:
    """Return the first letter with its marks, and letters that a virama joins to it; empty if there is no letter."""
    start = next((at for at, char in enumerate(part) if is_letter(char)), len(part))
    end = start + 2 if _is_one_letter(part[start : start + 2]) else start + 1
    while end < len(part) and (_is_combining_mark(part[end]) or _is_bound(part[end - 1], part[end])):
        end += 1
    return part[start:end]


def _is_one_letter(pair: str) -> bool:
    """Return whether this is the Armenian letter ու, which is written with two characters."""
    return pair in ("Ու", "ՈՒ", "ու")


def _is_combining_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _is_bound(before: str, char: str) -> bool:
    return unicodedata.combining(before) == _VIRAMA_CLASS and is_letter(char)


def _letters(text: str) -> str:
    return "".join(char for char in text if is_letter(char) or _is_combining_mark(char))
