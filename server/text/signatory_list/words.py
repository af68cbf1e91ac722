"""The words for reading lists, from ``words.json``: for organisations, titles, headings and columns."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from babel import Locale

from server.text.names import KINDS, Kind, name_key
from server.text.translations import country_names

_DATA: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
_LANGUAGES: Final[Mapping[str, dict[str, Any]]] = _DATA["languages"]
_WORD = re.compile(r"[^\s,;:()\[\]{}/|“”„«»\"]+")
_SHORTEST_STEM_END: Final = 3
_WORDS_KEPT: Final = 4096
_key = lru_cache(_WORDS_KEPT)(name_key)  # cached, because many rows have the same words


def _every(part: str) -> Iterator[Any]:
    """Yield the words of one part of ``words.json`` in all languages."""
    for words in (*_LANGUAGES.values(), _DATA["all"]):
        yield from words.get(part, ())


def _keys(part: str) -> frozenset[str]:
    return frozenset(map(name_key, _every(part)))


def _meanings(part: str) -> list[tuple[str, str]]:
    """Return (key, meaning) for each text in a part that lists the texts of each meaning."""
    by_meaning = (words.get(part, {}).items() for words in (*_LANGUAGES.values(), _DATA["all"]))
    return [(name_key(text), meaning) for items in by_meaning for meaning, texts in items for text in texts]


def _kinds_by_text(meanings: list[tuple[str, str]]) -> Mapping[str, Kind]:
    return {key: kind for key, meaning in meanings for kind in KINDS if kind == meaning}


def _with_and_without_accents(part: str) -> frozenset[str]:
    """Return the words in both spellings, since people type both "société" and "societe"."""
    return _keys(part) | {word.casefold() for word in _every(part)}


_ACRONYMS: Final = frozenset(_every("acronyms"))
_ORGANISATIONS: Final = _with_and_without_accents("organisations")
_ORGANISATION_STEMS: Final = tuple(_keys("stems"))
_ORGANISATION_ENDS: Final = tuple(_keys("ends"))
_SOFT: Final = _with_and_without_accents("soft")
_TITLES: Final = frozenset(name_key(word) for word in _every("titles") if "-" not in word)
_TITLE_PHRASES: Final = frozenset(name_key(word) for word in _every("titles") if "-" in word)
_TITLE_ENDS: Final = tuple(_keys("title_ends"))
_ENGLISH_ORGANISATIONS: Final = frozenset(map(name_key, _LANGUAGES["en"]["organisations"]))
_FRENCH_TITLES: Final = frozenset(map(name_key, _LANGUAGES["fr"]["titles"]))
_DEGREES: Final = _keys("degrees")
_AREAS: Final = _keys("areas")
_SENTENCE_WORDS: Final = _keys("sentence")
_LETTERS: Final = _keys("letters")
_COUNTS: Final = _keys("counts")
_ARTICLES: Final = _keys("articles")
_ELSEWHERE: Final = _keys("elsewhere")
_GIVEN: Final = _keys("given")
_PARTICLES: Final = frozenset(_every("particles"))
_SURNAME_ENDS: Final = tuple(_keys("surname_ends"))
_HONORIFICS: Final = _keys("honorifics")
_NO: Final = tuple(f"{key} " for key in _keys("no"))
_YES_OR_NO: Final = _keys("yes") | _keys("no")
CONJUNCTIONS: Final = tuple(dict.fromkeys(_every("conjunctions")))
LABELS: Final = tuple(sorted({re.escape(word) for word in _every("labels")}, key=len, reverse=True))
"""Labels before a phone number or an address."""


# Organisations, titles, people.


def is_organisation_word(word: str) -> bool:
    """Return whether a word is typical of the names of organisations.

    Case and accents matter: NGO is such a word, but Ngo is a person's name; liga is one, but Līga is a person's name.
    """
    if word in _ACRONYMS or word.casefold().strip(".’'-–") in _ORGANISATIONS:
        return True
    key = _key(word)
    return key.startswith(_ORGANISATION_STEMS) or (
        key.endswith(_ORGANISATION_ENDS) and len(key) > _SHORTEST_STEM_END + 4
    )


def has_organisation_word(text: str) -> bool:
    """Return whether any word of the text is typical of the names of organisations."""
    return any(map(is_organisation_word, words_of(text)))


def words_of(text: str) -> list[str]:
    """Return the words of a text as written, and also the parts of words with an apostrophe or a hyphen."""
    whole: list[str] = _WORD.findall(text)
    parts = (part for word in whole for part in re.split("['’-]", word) if part != word)
    return [*whole, *(part for part in parts if len(part) > 1)]


def is_weak_organisation_word(word: str) -> bool:
    """Return whether a word is in many names of organisations but few of people: Peace, Valley, Mothers, Without."""
    return word.casefold().strip(".’'-–") in _SOFT


def has_title_word(text: str) -> bool:
    """Return whether the text has a word for a title or profession; "Student" in "Student Union" does not count.

    Only English words for organisations are checked for this: in other languages a title may stand directly before the
    organisation, where English would say "director of the centre".
    """
    words = [*_key(text).split(), ""]
    return any(
        (_is_title_word(word) and after not in _ENGLISH_ORGANISATIONS) or f"{word} {after}" in _TITLE_PHRASES
        for word, after in pairwise(words)
    )


def _is_title_word(key: str) -> bool:
    return key in _TITLES or (len(key) > 6 and key.endswith(_TITLE_ENDS) and not is_organisation_word(key))


def is_french_title(text: str) -> bool:
    """Return whether the text has a French title. Only after those is "des" a connector: "Leiterin des" is German."""
    return bool(set(_key(text).split()) & _FRENCH_TITLES)


def ends_with_degree(text: str) -> bool:
    """Return whether the last word is a degree or an occupation with a subject: "Professor of Law", "Doctor of"."""
    return bool(_DEGREES & set(_key(text).split()[-1:]))


def is_area(text: str) -> bool:
    """Return whether the text is a field of work, such as "Campaigns" or "Research", and not an organisation."""
    return bool(text) and all(word in _AREAS or word in ("and", "y", "et", "und", "e") for word in _key(text).split())


def count_sentence_words(text: str) -> int:
    """Return how many words of a text occur only in sentences, not in names or titles: we, please, is, that."""
    return sum(word in _SENTENCE_WORDS for word in _key(text).split())


def is_article(word: str) -> bool:
    """Return whether a word is an article such as "The" or "Les", with which no person's name begins."""
    return _key(word) in _ARTICLES


def is_honorific(word: str) -> bool:
    """Return whether a word is an honorific before a person's name, such as "Dr" or "Frau"."""
    return _key(word) in _HONORIFICS


def without_honorifics(name: str) -> str:
    """Return a name without honorifics such as "Prof. Dr."."""
    words = name.split()
    while len(words) > 1 and is_honorific(words[0]):
        words = words[1:]
    return " ".join(words)


def is_given_name(word: str) -> bool:
    """Return whether a word is a common first name in one of the languages."""
    return _key(word) in _GIVEN


def is_particle(word: str) -> bool:
    """Return whether a word is one with which surnames begin in lower case, such as "van", "de" or "bin"."""
    return word.casefold() in _PARTICLES


def ends_like_surname(word: str) -> bool:
    """Return whether a word has an ending that only surnames have, such as -yan, -shvili or -enko."""
    key = _key(word)
    return len(key) > 4 and key.endswith(_SURNAME_ENDS)


# Headings.

_HEADINGS: Final = _meanings("headings")
_KIND_HEADINGS: Final = _kinds_by_text(_HEADINGS)
_LIST_HEADINGS: Final = {key for key, meaning in _HEADINGS if meaning == "list"}
_LEADERS: Final = {key for key, meaning in _HEADINGS if meaning == "leaders"}
_REST: Final = tuple(f"{key} " for key, meaning in _HEADINGS if meaning == "rest")
_AND: Final = tuple(f"{key} " for key in _keys("conjunctions") if key)


def is_known_heading(text: str) -> bool:
    """Return whether the whole text is a common heading of lists, such as "Signatories" or "Organisations"."""
    return _key(text) in _LIST_HEADINGS or _key(text) in _KIND_HEADINGS


def kind_of_heading(text: str) -> Kind | None:
    """Return the kind of signers in a heading, None for both, neither, or for leaders of organisations."""
    key = _key(text)
    words = key.split()
    is_about_others = _LEADERS & set(words) or sum(map(str.isdecimal, words)) > 1
    return None if is_about_others and key not in _KIND_HEADINGS else _find_kind(key, _KIND_HEADINGS)


def _find_kind(key: str, kinds: Mapping[str, Kind]) -> Kind | None:
    """Return the kind of a text or else of the phrases in it; None if these mean no kind, or both."""
    if key in kinds:
        return kinds[key]
    found = {kind for phrase, kind in kinds.items() if len(phrase) > 3 and _contains(key, phrase)}
    return found.pop() if len(found) == 1 else None


def _contains(key: str, phrase: str) -> bool:
    return f" {phrase} " in f" {key} "


def is_statement_title(text: str) -> bool:
    """Return whether the text looks like the title of the statement: an open letter, an appeal, a statement."""
    words = _key(text).split()
    return any(word in _LETTERS or any(len(one) > 4 and word.endswith(one) for one in _LETTERS) for word in words)


def counts_signatures(text: str) -> bool:
    """Return whether the text states the number of signatures: "As of 4 May: 230 signatures"."""
    return any(map(str.isdigit, text)) and bool(_COUNTS & set(_key(text).split()))


def is_elsewhere(text: str) -> bool:
    """Return whether the text is a heading that names no country, such as "International" or "Other countries"."""
    return _key(text) in _ELSEWHERE


def is_incomplete_note(text: str) -> bool:
    """Return whether the text says that the list is incomplete: "and 12 others", "… et d'autres"."""
    words = [word for word in _key(text).split() if not word.isdecimal()]
    key = f"{' '.join(words)} "
    is_count = any(map(str.isdigit, text)) and key.startswith(_AND)
    return len(words) <= 5 and (is_count or key.startswith(_REST))


# Columns.

_HEADERS: Final = _meanings("headers")
_COLUMN_OF: Final = dict(_HEADERS)
_PHRASES: Final = sorted(
    (_DATA["all"]["columns"].index(column), key, column)
    for key, column in _COLUMN_OF.items()
    if len(key) > 2 and column in _DATA["all"]["columns"]
)
"""The phrases to look for in a longer header, in this order: "I agree that my name is published" is not a name."""


def _header_key(header: str) -> str:
    return _key(header.partition("(")[0]) or _key(header)


@lru_cache(_WORDS_KEPT)
def column_of(header: str) -> str | None:
    """Return the column that a header means, in any of the languages; None for an unknown header."""
    key = _header_key(header)
    if key in _COLUMN_OF:
        return _COLUMN_OF[key]
    halves = {column_of(part) for part in header.split("/") if part.strip()} if "/" in header else set()
    if "organisation" in halves and halves & {"name", "given", "family"}:
        return "name"
    return next((column for _, phrase, column in _PHRASES if _contains(key, phrase)), None)


@lru_cache(_WORDS_KEPT)
def column_choices(header: str) -> frozenset[str]:
    """Return every column that a header may mean: «Nom» may be the name, or the surname next to «Prénom»."""
    return frozenset(column for key, column in _HEADERS if key == _header_key(header))


def says_no(text: str) -> bool:
    """Return whether the cell of a column for consent says no: "No", "No, only count me"."""
    return f"{_key(text)} ".startswith(_NO)


def says_yes_or_no(text: str) -> bool:
    """Return whether a cell is only an answer: "Yes", "oui", "x", "no"."""
    return _key(text) in _YES_OR_NO


_KINDS: Final = _kinds_by_text(_meanings("kinds"))


def kind_of_cell(text: str) -> Kind | None:
    """Return the kind in a cell of a column for kinds, None if it is unknown or not unique."""
    return _find_kind(_key(text), _KINDS)


# Countries.


@cache
def _countries() -> Mapping[str, str]:
    named: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in country_names("en"):
                named.setdefault(_key(name), code)
    return named | dict(_meanings("countries"))


def country_code(text: str) -> str | None:
    """Return the ISO 3166 code if the whole text is a code or the name of a country in any language, else None."""
    if len(text) == 2 and text.isascii() and text.isupper() and text in country_names("en"):
        return text
    return _countries().get(_key(text))
