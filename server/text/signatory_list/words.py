"""The words by which a list is read, from ``words.json``: of organisations, of titles, of headings, of columns."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Final

from babel import Locale

from server.text.names import Kind, name_key
from server.text.translations import country_names

_DATA: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
_LANGUAGES: Final[Mapping[str, dict[str, Any]]] = _DATA["languages"]


def _every(part: str) -> Iterable[str]:
    return chain.from_iterable(language.get(part, ()) for language in _LANGUAGES.values())


def _spelled(words: Iterable[str]) -> frozenset[str]:
    """The words as they are written, and without accents for those who type them so: "société", "societe"."""
    return frozenset(chain.from_iterable((word.casefold(), name_key(word)) for word in words))


_ACRONYMS: Final = frozenset(_every("acronyms"))
_ORGANISATIONS: Final = _spelled(_every("organisations"))
_ORGANISATION_STEMS: Final = tuple(map(name_key, _every("stems")))
_ORGANISATION_ENDS: Final = tuple(map(name_key, _every("ends")))
_SOFT: Final = _spelled(_every("soft"))
_TITLE_PHRASES: Final = frozenset(name_key(word) for word in _every("titles") if "-" in word)
_TITLES: Final = frozenset(name_key(word) for word in _every("titles") if "-" not in word) - {
    *("vice", "co", "maitre", "genel", "insan", "bilim", "tibb", "belediye", "ziraat", "dialect"),
    *("m", "a", "fizik"),
}
_ENGLISH_ORGANISATIONS: Final = frozenset(map(name_key, _LANGUAGES["en"]["organisations"]))
_AREAS: Final = frozenset(map(name_key, _DATA["all"]["areas"]))
_SENTENCE_WORDS: Final = frozenset(map(name_key, _DATA["all"]["sentence"]))
_LETTERS: Final = frozenset(map(name_key, _DATA["all"]["letters"]))
_COUNTS: Final = frozenset(map(name_key, _DATA["all"]["counts"]))
_ARTICLES: Final = frozenset(_DATA["all"]["articles"])
_ELSEWHERE: Final = frozenset(map(name_key, _DATA["all"]["elsewhere"]))
_FRENCH_TITLES: Final = frozenset(map(name_key, _LANGUAGES["fr"]["titles"]))
_TITLE_ENDS: Final = tuple(sorted(map(name_key, _every("title_ends"))))
_GIVEN: Final = frozenset(map(name_key, _every("given")))
_SURNAME_ENDS: Final = tuple(map(name_key, _every("surname_ends")))
_HONORIFICS: Final = frozenset(map(name_key, _DATA["all"]["honorifics"]))
_NO: Final = tuple(sorted(map(name_key, _DATA["all"]["no"])))
YES_OR_NO: Final = frozenset((*map(name_key, _DATA["all"]["yes"]), *_NO))
CONJUNCTIONS: Final = tuple(dict.fromkeys(_every("conjunctions")))
_WORD = re.compile(r"[^\s,;:()\[\]{}/|“”„«»\"]+")
_SHORTEST_STEM_END: Final = 3


_WORDS_KEPT: Final = 4096
_key = lru_cache(_WORDS_KEPT)(name_key)  # the same words stand in many rows


# Organisations, titles, people.


def is_organisation_word(word: str) -> bool:
    """Tell whether a word, as it is written, is one that organisations are called by.

    NGO is, and Ngo is somebody's name; so is Līga, while liga is a league.
    """
    if word in _ACRONYMS:
        return True
    plain = word.casefold().strip(".’'-–")
    if plain in _ORGANISATIONS:
        return True
    key = _key(word)
    if key.startswith(_ORGANISATION_STEMS):
        return True
    return key.endswith(_ORGANISATION_ENDS) and len(key) > _SHORTEST_STEM_END + 4


def has_organisation_word(text: str) -> bool:
    """Tell whether any word of the text, as written, is one that organisations are called by."""
    return any(map(is_organisation_word, words_of(text)))


def words_of(text: str) -> list[str]:
    """The words of a text as they are written; what an apostrophe or a hyphen joins is also there in its parts."""
    whole: list[str] = _WORD.findall(text)
    parts = (part for word in whole for part in re.split("['’-]", word) if part != word)
    return [*whole, *(part for part in parts if len(part) > 1)]


def is_soft_word(word: str) -> bool:
    """Tell words that stand in many names of organisations, and in few of people: Peace, Valley, Mothers, Without."""
    return word.casefold().strip(".’'-–") in _SOFT


def has_title_word(text: str) -> bool:
    """Tell whether the text says what somebody is; "Student Union" does not, though it begins with what people are.

    Only in English: languages that bend their words say "director of the centre" without an "of" between the two.
    """
    words = [*_key(text).split(), ""]
    return any(
        (is_title_word(word) and after not in _ENGLISH_ORGANISATIONS) or f"{word} {after}" in _TITLE_PHRASES
        for word, after in pairwise(words)
    )


def is_title_word(key: str) -> bool:
    """Tell whether a word of a ``name_key`` is one for what people are."""
    return key in _TITLES or (len(key) > 6 and key.endswith(_TITLE_ENDS) and not is_organisation_word(key))


def is_area(text: str) -> bool:
    """Tell "Campaigns" and "Research", of which somebody is head, from what somebody is head of."""
    return bool(text) and all(word in _AREAS or word in ("and", "y", "et", "und", "e") for word in _key(text).split())


def count_sentence_words(text: str) -> int:
    """Return how many words of a text stand in sentences, and in no name or title: we, please, is, that."""
    return sum(word in _SENTENCE_WORDS for word in _key(text).split())


def is_called_letter(text: str) -> bool:
    """Tell the title of what is signed: an open letter, an appeal, a statement."""
    words = _key(text).split()
    return any(word in _LETTERS or any(len(one) > 4 and word.endswith(one) for one in _LETTERS) for word in words)


def counts_signatures(text: str) -> bool:
    """Tell "As of 4 May: 230 signatures"."""
    return any(map(str.isdigit, text)) and bool(_COUNTS & set(_key(text).split()))


def is_elsewhere(text: str) -> bool:
    """Tell "International" and "Other countries", which as headings end what a country's heading said."""
    return _key(text) in _ELSEWHERE


def is_french_title(text: str) -> bool:
    """Tell "directrice" from "Leiterin": what follows with "des" is where she works, or bends with the word before."""
    return bool(set(_key(text).split()) & _FRENCH_TITLES)


def is_article(word: str) -> bool:
    """Tell "The" and "Les", with which no person's name begins."""
    return _key(word) in _ARTICLES


def is_honorific(word: str) -> bool:
    """Tell "Dr" and "Frau", which stand before people's names."""
    return _key(word) in _HONORIFICS


def is_given_name(word: str) -> bool:
    """Tell first names that are common in one of the languages."""
    return _key(word) in _GIVEN


def ends_like_surname(word: str) -> bool:
    """Tell -yan, -shvili, -enko and others that only surnames end in."""
    key = _key(word)
    return len(key) > 4 and key.endswith(_SURNAME_ENDS)


# Headings.


def _in_headings(part: str) -> frozenset[str]:
    found = (language.get("headings", {}).get(part, ()) for language in _LANGUAGES.values())
    return frozenset(_key(text) for text in chain.from_iterable(found))


_LIST_HEADINGS: Final = _in_headings("list")
_KIND_HEADINGS: Final[Mapping[Kind, frozenset[str]]] = {
    "individual": _in_headings("individual"),
    "organisation": _in_headings("organisation"),
}
_LEADERS: Final = _in_headings("leaders")
_REST: Final = tuple(sorted(_in_headings("rest"), key=len, reverse=True))


def is_known_heading(text: str) -> bool:
    """Tell whether the whole text is a heading that stands above lists: "Signatories", "Organisations"."""
    key = _key(text)
    return key in _LIST_HEADINGS or any(key in known for known in _KIND_HEADINGS.values())


def kind_of_heading(text: str) -> Kind | None:
    """Return the kind that a heading announces, None where it announces both or neither, or those who lead one."""
    key = _key(text)
    for kind, known in _KIND_HEADINGS.items():
        if key in known:
            return kind
    words = key.split()
    if _LEADERS & set(words) or sum(word.isdecimal() for word in words) > 1:
        return None
    said = {kind for kind, known in _KIND_HEADINGS.items() if any(_contains(words, one.split()) for one in known)}
    return said.pop() if len(said) == 1 else None


def _contains(words: list[str], phrase: list[str]) -> bool:
    size = len(phrase)
    return any(words[at : at + size] == phrase for at in range(len(words) - size + 1))


def says_there_are_more(text: str) -> bool:
    """Tell "and 12 others" and "… et d'autres", which stand below a list that is not whole."""
    words = [word for word in _key(text).split() if not word.isdecimal()]
    key = " ".join(words)
    if key.startswith(tuple(f"{_key(one)} " for one in CONJUNCTIONS if _key(one))) and any(map(str.isdigit, text)):
        return len(words) <= 5
    return bool(words) and len(words) <= 5 and any(key == rest or key.startswith(f"{rest} ") for rest in _REST)


# Columns.

_HEADERS: Final[Mapping[str, str]] = {
    _key(text): column
    for language in _LANGUAGES.values()
    for column, texts in language.get("headers", {}).items()
    for text in texts
}
_IN_QUESTIONS: Final = (
    *(
        "news",
        "consent",
        "time",
        "email",
        "phone",
        "website",
        "country",
        "representative",
        "family",
        "given",
        "organisation",
    ),
    *("affiliation", "title", "kind", "name", "city", "infix", "ignore"),
)
"""Which column a longer header is for, the first that fits: "I agree that my name is published" is no name."""


@lru_cache(_WORDS_KEPT)
def column_of(header: str) -> str | None:
    """Return the column that a header names, in any of the languages; None for one unknown to us."""
    key = _key(header.partition("(")[0]) or _key(header)
    if key in _HEADERS:
        return _HEADERS[key]
    halves = {column_of(part) for part in header.split("/") if part.strip()} if "/" in header else set()
    if "organisation" in halves and halves & {"name", "given", "family"}:
        return "name"
    words = key.split()
    phrases = [(column, text.split()) for text, column in _HEADERS.items()]
    for wanted in _IN_QUESTIONS:
        if any(
            column == wanted and len(" ".join(phrase)) > 2 and _contains(words, phrase) for column, phrase in phrases
        ):
            return wanted
    return None


def column_choices(header: str) -> frozenset[str]:
    """Return every column that a header may name: «Nom» is the name, and the surname beside «Prénom»."""
    key = _key(header.partition("(")[0]) or _key(header)
    return frozenset(
        column
        for language in _LANGUAGES.values()
        for column, texts in language.get("headers", {}).items()
        if key in map(_key, texts)
    )


def says_no(text: str) -> bool:
    """Tell "No" and "No, only count me" in a column that asks for consent."""
    key = _key(text)
    return any(key == no or key.startswith(f"{no} ") for no in _NO)


_KINDS: Final[Mapping[str, Kind]] = {
    _key(text): kind
    for language in _LANGUAGES.values()
    for kind, texts in language.get("kinds", {}).items()
    for text in texts
}


def kind_said(text: str) -> Kind | None:
    """Return the kind that a cell of a column for kinds says."""
    key = _key(text)
    if key in _KINDS:
        return _KINDS[key]
    said = {kind for one, kind in _KINDS.items() if len(one) > 2 and _contains(key.split(), one.split())}
    return said.pop() if len(said) == 1 else None


# Countries.

_SHORT: Final[Mapping[str, list[str]]] = _DATA["all"]["countries"]


@cache
def _countries() -> Mapping[str, str]:
    codes = set(country_names("en"))
    named: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in codes:
                named.setdefault(_key(name), code)
    return named | {_key(name): code for code, names in _SHORT.items() for name in names}


def country_code(text: str) -> str | None:
    """Return the ISO 3166 code of the country that the whole text names, in any of the languages."""
    key = _key(text)
    if len(text) == 2 and text.isascii() and text.isupper() and text in country_names("en"):
        return text
    return _countries().get(key)


# What stands before a number or an address.

LABELS: Final = tuple(sorted({re.escape(word) for word in _every("labels")}, key=len, reverse=True))
