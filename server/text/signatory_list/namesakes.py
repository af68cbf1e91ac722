"""Finds rows of a list that may be the same person."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from server.text.names import name_key
from server.text.signatory_list.words import without_honorifics

_NEAR_MOST: Final = 5


class Named(NamedTuple):
    """The texts of a row that are compared."""

    kind: str
    name: str
    title: str
    affiliation: str
    email: str


def find_namesakes(rows: Iterable[Named]) -> list[int | None]:
    """Return for each row the index of an earlier row that may be the same person or organisation, else None.

    Two rows match if they have the same words in any order, or the same email address, or if they are people with the
    same first and last word and compatible words between. Rows that are exactly equal to an earlier row get None: they
    are plain duplicates. Takes linear time, because rows are looked up by their words.
    """
    lines: set[tuple[str, ...]] = set()
    seen: dict[tuple[str, ...], int] = {}
    near: dict[tuple[str, str, str], list[tuple[int, list[str]]]] = {}
    found: list[int | None] = []
    for at, row in enumerate(rows):
        line = (row.kind, *map(name_key, (row.name, row.title, row.affiliation)))
        if line in lines:
            found.append(None)
            continue
        lines.add(line)
        words = name_key(without_honorifics(row.name)).split()
        keys = [(row.kind, "name", *sorted(words))] if words else []
        if address := row.email.strip().casefold():
            keys.append((row.kind, "address", address))
        other = next((seen[key] for key in keys if key in seen), None)
        if row.kind == "individual" and len(words) > 1:
            group = near.setdefault((row.kind, words[0], words[-1]), [])
            between = words[1:-1]
            if other is None:
                other = next((place for place, others in group if _words_compatible(between, others)), None)
            if len(group) < _NEAR_MOST:
                group.append((at, between))
        for key in keys:
            seen.setdefault(key, at)
        found.append(other)
    return found


def _words_compatible(some: list[str], others: list[str]) -> bool:
    """Return whether each word of the shorter list matches a word of the other: "M." and "Maria", but not "Rosa"."""
    fewer, more = sorted((some, others), key=len)
    return all(any(_words_match(word, one) for one in more) for word in fewer)


def _words_match(some: str, other: str) -> bool:
    """Return whether two words are equal, or one is the first letter of the other."""
    return some == other or (1 in (len(some), len(other)) and some[0] == other[0])
