"""Decides whether an entry is a person or an organisation: by its words, its heading, and the whole list."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from server.text.names import Kind
from server.text.signatory_list.people import Described, Person, ends_quoted, is_title, starts_lowercase, starts_quoted
from server.text.signatory_list.people import is_organisation_name as has_organisation_sign
from server.text.signatory_list.words import (
    ends_like_surname,
    is_article,
    is_given_name,
    is_honorific,
    is_organisation_word,
    is_particle,
    is_weak_organisation_word,
    words_of,
)

_INITIAL = re.compile(r"^[^\W\d_]{1,2}\.(?:-?[^\W\d_]{1,2}\.)*$")
_SURE: Final = 2.0
_HEADING_WEIGHT: Final = 2.0
_WORDS_OF_NAMES_MOST: Final = 5


class Decided(NamedTuple):
    """The kind of an entry, and whether a person should check it."""

    kind: Kind
    is_doubtful: bool = False


def decide_kinds(
    people: Sequence[Person], described: Sequence[Described], *, wanted: Kind | None, announced: Kind | None
) -> list[Decided]:
    """Return the kind of every entry.

    With ``wanted``, all have that kind. ``announced`` is the kind in the heading above, which only adds to the score.
    """
    if wanted:
        return [Decided(wanted) for _ in people]
    scores = [score(person, about) for person, about in zip(people, described, strict=True)]
    context = _context(scores, announced)
    return [
        _decide(person, own, context, is_announced=announced is not None)
        for person, own in zip(people, scores, strict=True)
    ]


def score(person: Person, described: Described) -> float:
    """Return a score: above 0 for a person, below 0 for an organisation; at 2 or more, or -2 or less, it is certain."""
    return _score_person(person, described) - _score_organisation(person.name)


def _context(scores: Sequence[float], announced: Kind | None) -> float:
    """Return the number that heading and whole list add to each score; it decides entries that score about 0."""
    if announced:
        return _HEADING_WEIGHT if announced == "individual" else -_HEADING_WEIGHT
    people = sum(own >= _SURE for own in scores)
    organisations = sum(own <= -_SURE for own in scores)
    if organisations * 3 >= len(scores) * 2:
        return -2.0
    if not people and organisations * 3 >= len(scores):
        return -1.0
    if not organisations:
        return 2.0
    if people >= 4 * organisations:
        return 1.5
    if organisations >= 4 * people:
        return -1.5
    return 0.5


def _decide(person: Person, own: float, context: float, *, is_announced: bool) -> Decided:
    total = own + context
    kind: Kind = "individual" if total > 0 or (total == 0 and own < 0 < context) else "organisation"
    opposed = own * context < 0 and abs(context) > 1
    is_short = len(person.name.split()) <= 2
    is_mixed = abs(context) < _HEADING_WEIGHT
    is_doubtful = (
        abs(total) < 1
        or (opposed and (abs(own) < 3 or (abs(own) < 4 and is_short)))
        or (own == 0 and context < 0 and not is_announced and is_like_name(person.name))
        or (kind == "organisation" and not is_announced and not _says_organisation(person.name))
        or (is_mixed and is_short and -4 < own < 0)
    )
    return Decided(kind, is_doubtful)


def _score_person(person: Person, described: Described) -> float:
    words = person.name.split()
    description = f"{person.detail or ''},{person.bracketed or ''}"
    points = 0.0
    if is_title(description):
        points += 4
    if words and is_honorific(words[0]) and len(words) > 1:
        points += 3
    if not 2 <= len(words) <= _WORDS_OF_NAMES_MOST:
        return points
    plain = [word.strip(".,’'") for word in words]
    if is_given_name(plain[0]) or is_given_name(plain[-1]) or any(map(is_given_name, plain[:2])):
        points += 2
    if ends_like_surname(plain[-1]) or ends_like_surname(plain[0]):
        points += 2
    if any(_INITIAL.match(word) for word in words):
        points += 2
    if person.detail and person.detail[0].islower():
        points += 1.5
    if described.affiliation and points == 0 and all(word[:1].isupper() for word in plain):
        points += 1
    return min(points, 4)


def _says_organisation(name: str) -> bool:
    """Return whether the name has quotation marks, or a word that is typical of organisations' names.

    Words in lower case do not count, because they may be from a sentence.
    """
    words = [word for word in words_of(name) if not word[:1].islower()]
    is_named = starts_quoted(name) or ends_quoted(name) or any(map(is_organisation_word, words))
    begins_so = words_of(name)[:1] == words[:1]
    return is_named or (has_organisation_sign(name) and begins_so) or any(map(is_weak_organisation_word, words))


_NAME_LONGEST: Final = 50
_SHORT_TITLE_LONGEST: Final = 7


def is_like_name(text: str) -> bool:
    """Return whether a text has the form of a person's name: two to five words with capitals, and no digits."""
    words = text.split()
    if not 2 <= len(words) <= _WORDS_OF_NAMES_MOST or len(text) > _NAME_LONGEST or any(map(str.isdigit, text)):
        return False
    return all(_is_like_word(word) for word in words)


def _is_like_word(word: str) -> bool:
    first = next((char for char in word if char.isalpha()), "")
    is_short_title = word.endswith(".") and len(word) < _SHORT_TITLE_LONGEST
    return bool(first) and (not starts_lowercase(first) or is_short_title or is_particle(word) or "-" in word)


def _begins_surname(word: str) -> bool:
    """Return whether a word can begin a surname, such as "van" and "d’Orme", unlike the "for" in "Club for nature"."""
    first, *rest = re.split("['’՚-]", word, maxsplit=1)
    is_joined = is_particle(first) and bool(rest) and rest[0][:1].isupper()
    return is_joined or is_particle(word.strip("’'"))


def _score_organisation(name: str) -> float:
    words = words_of(name)
    whole = [word for word in name.split() if any(map(str.isalnum, word))]
    points = 0.0
    if starts_quoted(name):
        points += 4
    elif has_organisation_sign(name):
        own = [word for word in whole if is_organisation_word(word.strip(".,()"))]
        points += 3 if len(own) <= 1 else 4
        if len(whole) > 2:
            points += 1
    if any(char.isdigit() for char in name):
        points += 2
    if len(whole) > 1 and is_article(whole[0]):
        points += 2
    if ends_quoted(name) and not starts_quoted(name):
        points += 3
    small = [word for word in whole[1:] if starts_lowercase(word) and not _begins_surname(word)]
    if small and any(word[:1].isupper() for word in whole):
        points += 2
    soft = sum(map(is_weak_organisation_word, words))
    points += min(soft, 2) * (1 if soft < len(whole) else 1.5)
    if len(whole) == 1:
        points += 2 if name.isupper() and len(name) <= 8 else 1
    if len(whole) > _WORDS_OF_NAMES_MOST:
        points += 1
    return points
