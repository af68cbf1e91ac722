"""Splits a line into a person's name, title and affiliation. The words stay as they were written."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from server.text.names import name_key, organisation_key
from server.text.signatory_list.lines import COMMAS, without_closing
from server.text.signatory_list.words import (
    country_code,
    ends_with_degree,
    has_organisation_word,
    has_title_word,
    is_area,
    is_french_title,
)

# Finding names of organisations: by typical words, quotation marks, or a domain.

# Straight and single quotation marks also occur inside words (עו"ד, O’Neil). They count only at the beginning of a
# word, and single ones only if they are closed too.
_QUOTED = re.compile(
    r"[“”„‟«»‹›‚「『《〈〝｢﹁﹃⹂]"
    r"""|(?<![^\s(\[])["＂״]"""
    r"|(?<![^\s(\[])['‘’‛＇](?:[^'‘’‛＇]|(?<=\S)['‘’＇](?=\w))+['‘’＇](?!\w)"
)
_CLOSING_QUOTES = ("”", "“", "»", "«", '"', "’")
_DOMAIN = re.compile(r"^\w[\w-]{2,}\.(?:org|net|com|info|media|ngo|news|press|[a-z]{2})$", re.IGNORECASE)


def starts_quoted(text: str) -> bool:
    """Return whether the text begins with a quotation mark, as only the names of organisations do."""
    return _QUOTED.match(text) is not None


def ends_quoted(text: str) -> bool:
    """Return whether quoted text is at the end ("Bookshop “Snail”"), unlike in "Ani “Nush” Marlowe", a nickname."""
    return text.endswith(_CLOSING_QUOTES) and len(_QUOTED.findall(text)) > 0


def is_organisation_name(name: str) -> bool:
    """Return whether a text is clearly the name of an organisation."""
    return starts_quoted(name) or _is_called_like_one(name)


def has_organisation_name(text: str) -> bool:
    """Return whether a text mentions an organisation, also after other words, as in "circle “Lantern”"."""
    return _QUOTED.search(text) is not None or _is_called_like_one(text)


def _is_called_like_one(text: str) -> bool:
    return has_organisation_word(text) or _DOMAIN.match(text) is not None or _has_legal_form(text)


def _has_legal_form(text: str) -> bool:
    """Return whether a text has a legal form at its beginning or end, in capitals or with dots: "Hill Trade A.Ş."."""
    ends = [
        word for word in (text.split()[:1] + text.split()[-1:]) if sum(map(str.isupper, word)) > 1 or "." in word[1:]
    ]
    return bool(ends) and len(text.split()) > 1 and organisation_key(text) != name_key(text)


# Splitting a description into title and affiliation.

_COMMA = re.compile(rf"\s*[{COMMAS}]\s*|\s*\t\s*|\s+[|–—‒-]\s+")
# Words between a title and an affiliation. After a weak one, the affiliation must look like an organisation; after the
# others any name will do.
_CONNECTOR = re.compile(
    r"\s(?P<word>(?P<english>of|(?P<at>at|@))|bei|beim|chez|au|aux|à\sla|à\sl['’]|du|(?P<french>des)|de\sla|de\sl['’]|de\slos|de\slas|de|d['’]"
    r"|del|della|dell['’]|dei|degli|delle|(?P<weak>for|from|pour|von|vom|di|do|da|dos|das|na|presso|bij|en))"
    r"(?:(?<=['’])|\s+)(?:(?:the|der|dem|den)\s+)?"
)
# "Chairman of the Board of Directors of X": the title continues to the "of" after the board, or to the end of the text.
_BOARD = re.compile(
    r"(?P<board>(?:[\w-]+\s+)?board(?:\s+of\s+(?:directors|trustees))?)(?:\s+(?:of|at)\s+(?:the\s+)?|$)", re.IGNORECASE
)
Description = tuple[str | None, str | None]

COMMAS_MOST: Final = 12
CONNECTORS_MOST: Final = 8
"""Limits for one description, because each comma or connector is checked together with all the text after it."""


def split_description(text: str) -> Description:
    """Return (title, affiliation) of "Chair of the Society X", "Chair, Society X", "Jurist" or "Society X".

    The words stay as written, except that "the" (and the French article) after the connector and closing punctuation
    are removed. Without a separator, all of it is the title, unless it looks like an organisation and has no title
    word.
    """
    text = without_closing(text)
    if sum(1 for _ in _COMMA.finditer(text)) > COMMAS_MOST:
        return text, None
    comma = _COMMA.search(text)
    connector = next(_connectors(text), None)
    if connector and not (comma and _comma_parts_better(text, comma, connector)):
        if board := _BOARD.match(text, connector.end()):
            return text[: board.end("board")], text[board.end() :]
        return text[: connector.start()], text[connector.end() :]
    if comma:
        return _split_at_comma(text, comma)
    if not text:
        return None, None
    return (None, text) if _is_organisation(text) else (text, None)


def starts_lowercase(text: str) -> bool:
    """Return whether the text begins with a lower-case letter. Scripts without capitals (Georgian) never do."""
    return text[0].title() != text[0]


def is_title(text: str) -> bool:
    """Return whether any part of the text between commas has a word for a title or profession."""
    return any(map(has_title_word, _COMMA.split(text)))


def is_plain_title(text: str) -> bool:
    """Return whether the text begins with a title. "Kemal Yazar" does not: a surname that means "writer"."""
    words = text.split()
    return bool(words) and has_title_word(words[0]) and (len(words) == 1 or is_title(text))


def _is_organisation(text: str) -> bool:
    """Return whether the text mentions an organisation and has no title. A quoted “Teacher” is an organisation."""
    is_quoted = starts_quoted(text) and text.endswith(_CLOSING_QUOTES)
    return is_quoted or (has_organisation_name(text) and not has_title_word(text))


def _connectors(text: str) -> Iterator[re.Match[str]]:
    """Yield the connectors between a title and an organisation; none in "Professor of law" or "Member of the Board"."""
    first: int | None = None
    for match in islice(_CONNECTOR.finditer(text), CONNECTORS_MOST):
        first = match.start() if first is None else first
        head, tail = text[: match.start()], _COMMA.split(text[match.end() :])[0]
        if _is_organisation(head) or _BOARD.fullmatch(tail):
            return
        if not match["english"] and head[:1].isupper() and not has_title_word(head):
            continue  # Côte d’Azur University
        if re.search(r"\b(?:van|aan|in|op|bij|voor|het|der|di)$", head):
            continue  # directeur van het Museum aan de Vaart
        if match["french"] and not is_french_title(head):
            continue  # Leiterin des Flussbunds
        until = re.split(r"\s(?:at|bei|chez|presso)\s", tail)[0]
        if is_area(until) or (not match["english"] and starts_lowercase(tail) and " " not in tail):
            continue  # Head of Campaigns, diretor de escola
        if match.start() != first and not match["at"] and not has_organisation_name(tail):
            continue  # avocate au barreau de Valmont
        named = tail and not starts_lowercase(tail) and not ends_with_degree(head) and not match["weak"]
        if has_organisation_name(tail) or named:
            yield match


def _comma_parts_better(text: str, comma: re.Match[str], connector: re.Match[str]) -> bool:
    """Return whether to split a description at its comma and not at its connector.

    At the comma: "Director, Center of X", "Director of Research, Center X". Not: "Director of the Center for X, Y".
    """
    if comma.start() < connector.start():
        return True
    between, after = text[connector.end() : comma.start()], text[comma.end() :]
    return not has_organisation_name(between) and has_organisation_name(after)


def _split_at_comma(text: str, comma: re.Match[str]) -> Description:
    head, tail = text[: comma.start()], text[comma.end() :]
    between = ", " if "\t" in comma[0] else comma[0]
    if is_title(head) and _is_organisation(_COMMA.split(tail)[0]):
        return head, tail
    if has_title_word(tail) and _is_organisation(head):
        return tail, head
    if is_title(tail):
        title, affiliation = split_description(tail)
        return f"{head}{between}{title}" if title else head, affiliation
    if _is_organisation(head) and (_belongs_to_name(head, tail) or _is_organisation(tail)):
        return None, f"{head}{between}{tail}"
    if tail and (has_organisation_name(tail) or not starts_lowercase(tail)):
        return head, tail
    return f"{head}{between}{tail}" if tail else head, None


def _belongs_to_name(organisation: str, tail: str) -> bool:
    """Return whether the text after the comma belongs to the name of the organisation before it.

    It does in "Hill Club, Inc.", "Hill Club, Kutaisi" and "“Lantern”, Hill Club".
    """
    is_form = organisation_key(f"{organisation} {tail}") == organisation_key(organisation)
    return is_form or starts_quoted(organisation) or not has_organisation_name(tail)


# Splitting "Name, Title, Affiliation", "Name - Title" and "Name (Affiliation)".

_NAME_SEPARATOR = re.compile(
    rf"\s*[{COMMAS}]\s*" + r"|\s+[–—―‒-]{1,2}\s+|\s*—\s*|[–‒]\s+|\s*\t\s*|\s+\|\s+|(?<=[^\W\d_]):\s+"
)
# Brackets followed by another word are a nickname and part of the name. The brackets at the end may contain a pair of
# brackets themselves: "(Watch (OW))".
_BRACKETS = re.compile(
    r"^(?P<name>[^()（）]+?(?:[(（][^()（）]+[)）]\s+[^\W\d_][^()（）]*?)?)\s*"
    r"[(（](?P<inside>(?:[^()（）]|[(（][^()（）]+[)）])+)[)）]\s*"
    rf"(?:[{COMMAS}–—:-]\s*(?P<rest>.+))?$"
)
_SUFFIX = re.compile(
    r"(?:m\.\s?a|b\.\s?a|m\.\s?sc|jr|sr|ii|iii|iv|ph\.?\s?d|m\.?d|esq|ll\.?m|ll\.?d|mba|msc|dds|obe|mbe|cbe|kc|qc|mp|mep|dphil|mphil|llb|frs|obe|(?-i:RN)|(?-i:MA|BA|MSc|BSc|CSc|DrSc))\.?"
    rf"(?=\s*(?:$|[{COMMAS};|(（–—-]))",
    re.IGNORECASE,
)


def is_suffix(text: str) -> bool:
    """Return whether a text is a suffix that belongs to a name although there is a comma before it: "Jr.", "PhD"."""
    return _SUFFIX.fullmatch(text) is not None


class Person(NamedTuple):
    """A line split at its first separator: the name, the text after it, and the text in brackets after the name."""

    name: str
    detail: str | None
    bracketed: str | None = None


class Described(NamedTuple):
    """The description of a person; ``country`` is an ISO 3166 code.

    ``is_loose`` means that it is not clear whether the text is a title or an affiliation.
    """

    title: str | None = None
    affiliation: str | None = None
    country: str | None = None
    is_loose: bool = False


def split_person(text: str, lead: str = "") -> Person:
    """Split a line that may be a person's into name and description; academic degrees and "Jr." stay in the name.

    ``lead`` is the beginning of the line in bold, if there is one, which is taken as the name.
    """
    text = without_closing(text)
    if lead and text.startswith(lead):
        name = split_person(lead)
        rest = text[len(lead) :].strip(_LEAD_EDGES)
        if name.detail is None and name.bracketed is None and _closes(rest):
            rest = rest.removeprefix("(").removesuffix(")")
            return Person(name.name, rest or None)
    separator = _separator(text)
    brackets = _BRACKETS.match(text)
    if brackets and not (separator and separator.start() < brackets.end("name")):
        return Person(brackets["name"], brackets["rest"], brackets["inside"])
    if separator is None or not text[: separator.start()]:
        return Person(text, None)
    return Person(text[: separator.start()], text[separator.end() :].lstrip(_LEAD_EDGES) or None)


_LEAD_EDGES = f" \t:|–—―-{COMMAS}"


def _closes(text: str) -> bool:
    """Return whether the text has no brackets, or only one pair around all of it."""
    return ("(" not in text and ")" not in text) or (
        text.startswith("(") and text.endswith(")") and text.count("(") == 1
    )


def describe_person(person: Person) -> Described:
    """Return the description of a person. Text in brackets is an affiliation, unless it is a title or a country."""
    if person.bracketed is None and (found := _TITLE_AT_END.match(person.detail or "")):
        before, inside = found["before"], found["inside"]
        if is_title(inside) and not is_title(before):
            person = Person(person.name, f"{inside}, {before}")
        elif is_title(before) and not (has_organisation_name(before) and inside.isupper()):
            person = Person(person.name, before, inside)
    detail, country = take_country(person.detail or "")
    place, other = take_country(person.bracketed or "")
    title, affiliation = split_description(detail) if detail else (None, None)
    is_loose = _is_loose(title, affiliation, detail)
    if place and title is None and _is_small_title(place):
        title, place = place, ""
    if place and title is None and is_title(place):
        title, place_of_title = split_description(place)
        place = place_of_title or ""
    affiliation = ", ".join(part for part in (affiliation, place) if part) or None
    return Described(title, affiliation, country or other, is_loose)


def _is_small_title(text: str) -> bool:
    """Return whether the text looks like a title in lower case, as "(nurse)" does; "(Lake Watch)" does not."""
    return starts_lowercase(text) and len(text.split()) <= 3 and not has_organisation_name(text)


_TITLE_AT_END = re.compile(r"^(?P<before>[^()]+?)\s*\((?P<inside>[^()]+)\)$")


def _is_loose(title: str | None, affiliation: str | None, detail: str) -> bool:
    """Return whether neither words nor capitals show if the text is a title or an affiliation."""
    if not detail or title is None or is_title(title) or starts_lowercase(title):
        return False
    return not (affiliation and has_organisation_name(affiliation))


def is_partly_title(title: str | None) -> bool:
    """Return whether only a part of the title is one, as in "maintainer, libpebble"."""
    parts = _COMMA.split(title) if title else []
    return len(parts) > 1 and is_title(parts[0]) and not all(map(is_title, parts))


def take_country(text: str) -> tuple[str, str | None]:
    """Return a description without a country at its end, and the ISO 3166 code of that country or None."""
    if not text:
        return text, None
    if code := country_code(without_closing(text)):
        return "", code
    brackets = re.search(r"\s*\(([^()]+)\)\s*$", text)
    if brackets and (code := country_code(brackets[1])):
        return text[: brackets.start()], code
    *_, last = [None, *_COMMA.finditer(text)]
    if last and (code := country_code(without_closing(text[last.end() :]))):
        return text[: last.start()], code
    return text, None


def _separator(text: str) -> re.Match[str] | None:
    """Return the first separator after the name and its suffixes, or None."""
    at = 0
    while separator := _NAME_SEPARATOR.search(text, at):
        suffix = _SUFFIX.match(text, separator.end())
        if suffix is None:
            return separator
        at = suffix.end()
    return None
