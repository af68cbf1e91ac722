"""The words for reading lists, from ``words.json``: for organisations, titles, headings and columns."""

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
    """Return the words as written and without accents, since people type both "société" and "societe"."""
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
_key = lru_cache(_WORDS_KEPT)(name_key)  # cached, because many rows have the same words


# Organisations, titles, people.


def is_organisation_word(word: str) -> bool:
    """Return whether a word is typical of the names of organisations.

    Case and accents matter: NGO is such a word, but Ngo is a person's name; liga is one, but Līga is a person's name.
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
        (is_title_word(word) and after not in _ENGLISH_ORGANISATIONS) or f"{word} {after}" in _TITLE_PHRASES
        for word, after in pairwise(words)
    )


def is_title_word(key: str) -> bool:
    """Return whether a word of a ``name_key`` is a title or profession."""
    return key in _TITLES or (len(key) > 6 and key.endswith(_TITLE_ENDS) and not is_organisation_word(key))


def is_area(text: str) -> bool:
    """Return whether the text is a field of work, such as "Campaigns" or "Research", and not an organisation."""
    return bool(text) and all(word in _AREAS or word in ("and", "y", "et", "und", "e") for word in _key(text).split())


def count_sentence_words(text: str) -> int:
    """Return how many words of a text occur only in sentences, not in names or titles: we, please, is, that."""
    return sum(word in _SENTENCE_WORDS for word in _key(text).split())


def is_statement_title(text: str) -> bool:
    """Return whether the text looks like the title of the statement: an open letter, an appeal, a statement."""
    words = _key(text).split()
    return any(word in _LETTERS or any(len(one) > 4 and word.endswith(one) for one in _LETTERS) for word in words)


def counts_signatures(text: str) -> bool:
    """Return whether the text states the number of signatures: "As of 4 May: 230 signatures"."""
    return any(map(str.isdigit, text)) and bool(_COUNTS & set(_key(text).split()))


def is_elsewhere(text: str) -> bool:
    """Return whether it is a heading such as "International" or "Other countries", after which no country is known."""
    return _key(text) in _ELSEWHERE


def is_french_title(text: str) -> bool:
    """Return whether the text has a French title. Only after those is "des" a connector: "Leiterin des" is German."""
    return bool(set(_key(text).split()) & _FRENCH_TITLES)


def is_article(word: str) -> bool:
    """Return whether a word is an article such as "The" or "Les", with which no person's name begins."""
    return _key(word) in _ARTICLES


def is_honorific(word: str) -> bool:
    """Return whether a word is an honorific before a person's name, such as "Dr" or "Frau"."""
    return _key(word) in _HONORIFICS


def is_given_name(word: str) -> bool:
    """Return whether a word is a common first name in one of the languages."""
    return _key(word) in _GIVEN


def ends_like_surname(word: str) -> bool:
    """Return whether a word has an ending that only surnames have, such as -yan, -shvili or -enko."""
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
    """Return whether the whole text is a common heading of lists, such as "Signatories" or "Organisations"."""
    key = _key(text)
    return key in _LIST_HEADINGS or any(key in known for known in _KIND_HEADINGS.values())


def kind_of_heading(text: str) -> Kind | None:
    """Return the kind of signers in a heading, None for both, neither, or for leaders of organisations."""
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


def is_incomplete_note(text: str) -> bool:
    """Return whether the text says that the list is incomplete: "and 12 others", "… et d'autres"."""
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
"""The order in which columns are tried for a longer header; "I agree that my name is published" is not a name."""


@lru_cache(_WORDS_KEPT)
def column_of(header: str) -> str | None:
    """Return the column that a header means, in any of the languages; None for an unknown header."""
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
    """Return every column that a header may mean: «Nom» may be the name, or the surname next to «Prénom»."""
    key = _key(header.partition("(")[0]) or _key(header)
    return frozenset(
        column
        for language in _LANGUAGES.values()
        for column, texts in language.get("headers", {}).items()
        if key in map(_key, texts)
    )


def says_no(text: str) -> bool:
    """Return whether the cell of a column for consent says no: "No", "No, only count me"."""
    key = _key(text)
    return any(key == no or key.startswith(f"{no} ") for no in _NO)


_KINDS: Final[Mapping[str, Kind]] = {
    _key(text): kind
    for language in _LANGUAGES.values()
    for kind, texts in language.get("kinds", {}).items()
    for text in texts
}


def kind_of_cell(text: str) -> Kind | None:
    """Return the kind in a cell of a column for kinds, None if it is unknown or not unique."""
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
    """Return the ISO 3166 code if the whole text is a code or the name of a country in any language, else None."""
    key = _key(text)
    if len(text) == 2 and text.isascii() and text.isupper() and text in country_names("en"):
        return text
    return _countries().get(key)


# Labels before a phone number or an address.

LABELS: Final = tuple(sorted({re.escape(word) for word in _every("labels")}, key=len, reverse=True))
