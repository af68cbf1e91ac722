"""Random people and organisations in many scripts: their names, and what is said of them."""

from typing import NamedTuple

from hypothesis import strategies as st

from server.text.signatory_list.kinds import score
from server.text.signatory_list.people import Described, split_person
from server.text.signatory_list.words import has_organisation_word, has_title_word
from tests.text.signatory_list.scripts import ARMENIAN, CYRILLIC, LATIN, SCRIPTS, Script

SUFFIXES = [" Jr.", ", Jr.", " III", ", Ph.D.", ", M.D.", " oğlu"]
NICKNAMES = [" “{}” ", ' "{}" ', " «{}» ", " ({}) ", " „{}“ ", " ‘{}’ "]
QUOTES = [
    *("“{}”", "«{}»", "„{}“", '"{}"', "‘{}’", "'{}'", "‹{}›", "»{}«", "›{}‹", "”{}”", "’{}’", "„{}”", "‚{}‘", "‟{}”"),
    *("«\u00a0{}\u00a0»", "「{}」", "『{}』", "《{}》", "〈{}〉", "〝{}〞", "＂{}＂", "｢{}｣", "״{}״", "‛{}’"),
]
ORGANISATION_SHAPES = [
    *("{quoted}", "{quoted} {kind}", "{kind} {quoted}", "{words} {kind}", "{kind} {words}", "{kind} of {words}"),
    *("{words} {kind} ({letters})", "{quoted} Ltd.", "{words} {kind}, Inc.", "{kind} {words} – {more}"),
    *("{kind} for {words}, {more} & {letters}", "{quoted}, {more}", "{latin}.org", "{latin}.info"),
]


class Person(NamedTuple):
    """Somebody of a founding list, as they should come out of it."""

    name: str
    title: str | None
    affiliation: str | None


Listed = Person | str
"""One of a list: a person, or an organisation by its name."""


def _capital(word: str) -> str:
    """Title case, because a Georgian word has no capital while it has an upper case."""
    return word[:1].title() + word[1:]


def _small_words(script: Script, least: int, most: int) -> st.SearchStrategy[str]:
    """Words of single letters are drawn as texts, which is quicker."""
    if all(len(letter) == 1 for letter in script.letters):
        return st.text(script.letters, min_size=least, max_size=most)
    return st.lists(st.sampled_from(script.letters), min_size=least, max_size=most).map("".join)


def _words(script: Script) -> st.SearchStrategy[str]:
    return _small_words(script, *script.sizes).map(_capital)


def _says_nothing(text: str) -> bool:
    """A word of random letters may be one by which titles or organisations are known, or the last "and" of a list."""
    return not has_organisation_word(text) and not has_title_word(text) and not text.startswith("და ")


def _is_silent(text: str) -> bool:
    """Two random letters may be a form of address, by which people are known."""
    return score(split_person(text), Described()) == 0 and not has_title_word(text)


def _parts(script: Script) -> st.SearchStrategy[str]:
    """What stands between the spaces of a name."""
    words = _words(script)
    parts = [words, words, st.tuples(words, st.sampled_from(script.hyphens), words).map("".join)]
    if script.beginnings:
        parts.append(st.tuples(st.sampled_from(script.beginnings), words).map("".join))
    if script.apostrophes:
        parts.append(st.tuples(words, st.sampled_from(script.apostrophes), _small_words(script, 1, 4)).map("".join))
    if script.particles:
        parts.append(st.tuples(st.sampled_from(script.particles), words).map(" ".join))
    return st.one_of(parts)


def _names_in(script: Script) -> st.SearchStrategy[str]:
    before, after = [st.just("")], [st.just(""), st.sampled_from(SUFFIXES)]
    after.append(st.tuples(st.sampled_from(NICKNAMES), _words(script), _words(script)).map(_nicknamed))
    if script.addresses:
        before.append(st.sampled_from(script.addresses).map("{} ".format))
    if script.initials:
        initials = st.text(script.initials, min_size=1, max_size=2).map(lambda letters: ".".join(letters) + ".")
        before.append(initials.map("{} ".format))
        after.append(initials.map(" {}".format))
    words = st.tuples(_words(script), _parts(script)).map(" ".join)
    return st.tuples(st.one_of(before), words, st.one_of(after)).map("".join)


def _nicknamed(parts: tuple[str, str, str]) -> str:
    between, nickname, family = parts
    return between.format(nickname) + family


def _titles_in(script: Script) -> st.SearchStrategy[str]:
    """Small words are long, because a short one may be the "of" of some language."""
    most = script.sizes[1]
    small = _small_words(script, max(2, most - 2), most)
    return st.one_of(small, st.tuples(small, st.just("-"), small).map("".join))


def _known_titles_in(script: Script) -> st.SearchStrategy[str]:
    known = st.sampled_from(script.titles)
    described = st.tuples(_small_words(script, 4, 8).filter(_says_nothing), known).map(" ".join)
    several = st.tuples(described, st.sampled_from(script.commas), known.filter(lambda title: " " not in title)).map(
        "".join
    )
    return st.one_of(known, described, several)


def _silent_in(script: Script) -> st.SearchStrategy[str]:
    return st.lists(_words(script), min_size=1, max_size=3).map(" ".join)


def _organisations_in(script: Script) -> st.SearchStrategy[str]:
    words = _silent_in(script)
    kinds = st.sampled_from(script.organisations or LATIN.organisations)
    letters, latin = st.text("BCDFGHK", min_size=3, max_size=5), st.text("abcdefgh", min_size=5, max_size=12)
    return st.tuples(
        st.sampled_from(ORGANISATION_SHAPES), st.sampled_from(QUOTES), words, words, kinds, letters, latin
    ).map(_organisation)


def _organisation(parts: tuple[str, ...]) -> str:
    shape, quotes, words, more, kind, letters, latin = parts
    return shape.format(quoted=quotes.format(words), words=words, more=more, kind=kind, letters=letters, latin=latin)


names = st.one_of([_names_in(script).filter(_says_nothing) for script in SCRIPTS])
small_titles = st.one_of([_titles_in(script).filter(_says_nothing) for script in (LATIN, CYRILLIC, ARMENIAN)])
known_titles = st.one_of([_known_titles_in(script) for script in SCRIPTS if script.titles])
titles = st.one_of(known_titles, small_titles)
organisations = st.one_of([_organisations_in(script) for script in SCRIPTS])
people_named = st.builds(Person, names, st.none(), st.none())
silent_organisations = st.one_of([_silent_in(script).filter(_is_silent) for script in SCRIPTS])
places = organisations.filter(lambda name: not name.endswith((".org", ".info")) and not has_title_word(name))
"""Organisations that are called by no domain: behind somebody's name, that is a website."""
affiliations = st.one_of(places, silent_organisations)
given_names = st.one_of([_words(script).filter(_says_nothing) for script in SCRIPTS])


def people_of_both(titles: st.SearchStrategy[str]) -> st.SearchStrategy[Person]:
    """People of whom a title and an affiliation are said."""
    return st.builds(Person, names, titles, affiliations)


def people_titled(titles: st.SearchStrategy[str]) -> st.SearchStrategy[Person]:
    """People of whom a title is said, with or without an affiliation."""
    return st.one_of(people_of_both(titles), st.builds(Person, names, titles, st.none()))


def people_called(titles: st.SearchStrategy[str]) -> st.SearchStrategy[Person]:
    """People of whom a title, an affiliation or both are said; alone, only an affiliation that says it is one."""
    return st.one_of(people_titled(titles), st.builds(Person, names, st.none(), places))
