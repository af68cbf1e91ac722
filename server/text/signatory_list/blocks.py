"""Finds the people in a list with several lines for each person: the name, and below it title and affiliation."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from server.text.signatory_list.lines import COMMAS, SEMICOLONS, STOPS, Line, has_several, without_closing
from server.text.signatory_list.people import (
    Described,
    Person,
    describe_person,
    is_organisation_name,
    is_title,
    split_description,
    split_person,
    starts_lowercase,
    take_country,
)
from server.text.signatory_list.words import country_code

Group = list[Line]
"""The lines of one person, the name first. A group of one line is a name without description."""

_COMMA_ENDS = tuple(COMMAS)
_ENDS = tuple(f".{SEMICOLONS}{STOPS}")
DETAIL_LINES_MOST = 4


def find_groups(lines: Sequence[Line]) -> list[Group] | None:
    """Return the groups if the list has several lines for each person, else None: then every line is an entry."""
    if len(lines) < 2:
        return None
    marked = sum(line.marked for line in lines)
    if marked < len(lines) <= marked * (DETAIL_LINES_MOST + 1):
        return _by_marks(lines)
    return _by_semicolons(lines) or _by_commas(lines) or _by_turns(lines) or _by_paragraphs(lines)


def describe_group(group: Group) -> Described:
    """Return the description in the lines below a name: one wrapped text, or a title line and affiliation lines."""
    details = [without_closing(line.text) for line in group[1:]]
    if not details:
        return Described()
    if len(details) > 1 and (country := country_code(details[-1])):
        return describe_group(group[:-1])._replace(country=country)
    first = describe_person(Person("", details[0]))
    if len(details) > 1 and first.affiliation is None and first.title == details[0] and not _runs_over(group[1]):
        rest, country = take_country(" ".join(details[1:]))
        return Described(first.title, rest or None, country)
    return describe_person(Person("", " ".join(line.text for line in group[1:])))


def _runs_over(line: Line) -> bool:
    return line.text.endswith((" of", " of the", " for", " and", " de", " du", "-"))


def _by_marks(lines: Sequence[Line]) -> list[Group] | None:
    """Return groups of a numbered or bulleted name and the unmarked lines below, None if few names have such lines."""
    groups: list[Group] = []
    for line in lines:
        if line.marked or not groups:
            groups.append([line])
        else:
            groups[-1].append(line)
    groups = [group for group in groups if group[0].marked]
    below = [len(group) - 1 for group in groups]
    if sum(map(bool, below)) * 2 < len(groups) or _is_organisation(groups[0][0]):
        return None
    usual = max(below[:-1]) if len(below) > 1 else DETAIL_LINES_MOST
    return [group[: usual + 1] for group in groups]


def _by_semicolons(lines: Sequence[Line]) -> list[Group] | None:
    """Return groups such as ``Name,`` ``Title,`` ``Affiliation;``, None for a list of another form.

    All lines of a person except the last end with a comma, and most people have at least three lines.
    """
    ends = [at for at, line in enumerate(lines, start=1) if at == len(lines) or not line.text.endswith(_COMMA_ENDS)]
    groups = [list(lines[start:end]) for start, end in pairwise([0, *ends])]
    open_ended = [group for group in groups[:-1] if not group[-1].text.endswith(tuple(SEMICOLONS))]
    if len(groups) < 2 or open_ended or any(group[0].paragraph != group[-1].paragraph for group in groups):
        return None
    long = [group for group in groups if len(group) > 2]
    return groups if len(long) * 2 > len(groups) and max(map(len, long)) <= DETAIL_LINES_MOST + 1 else None


def _by_commas(lines: Sequence[Line]) -> list[Group] | None:
    """Return groups of a line ``Name,`` and the description below, with or without an empty line between, or None."""
    sizes = Counter(line.paragraph for line in lines)
    groups: list[Group] = []
    at = 0
    while at < len(lines):
        size = _comma_group(lines, at, sizes) if lines[at].text.endswith(_COMMA_ENDS) else 0
        if size:
            groups.append(list(lines[at : at + size]))
        at += max(size, 1)
    pairs = [group for group in groups if len(group) > 1]
    below = sum(line.text.endswith(_COMMA_ENDS) for group in pairs for line in group[1:])
    names = sum(line.text.endswith(_COMMA_ENDS) for line in lines) - below
    if not pairs or len(pairs) * 10 < names * 7 or sum(map(len, pairs)) * 10 < len(lines) * 6:
        return None
    if sum(is_title(group[0].text) for group in pairs) * 2 > len(pairs):
        return None
    return groups if len(pairs) > 1 or _is_pair(*pairs[0][:2]) else None


def _comma_group(lines: Sequence[Line], at: int, sizes: Counter[int]) -> int:
    """Return how many lines belong to the name at ``at``, including it: 1 if it has no description."""
    rest = lines[at + 1 : at + 1 + DETAIL_LINES_MOST]
    if not rest:
        return 1
    apart = rest[0].paragraph != lines[at].paragraph
    if rest[0].text.endswith(_COMMA_ENDS) and not (apart and sizes[rest[0].paragraph] > 1):
        return 1
    size = 1
    for line in rest:
        if line.paragraph != rest[0].paragraph or (line.text.endswith(_COMMA_ENDS) and not apart):
            break
        size += 1
    return size


def _is_pair(name: Line, detail: Line) -> bool:
    """Return whether two lines are a name and its title, and not two names, when they are the only pair."""
    if _is_organisation(name) and _is_organisation(detail):
        return False
    if name.paragraph != detail.paragraph:
        return True
    return split_person(name.text).detail is None and (
        _says_title(detail) or split_description(detail.text)[1] is not None
    )


def _says_title(line: Line) -> bool:
    """Return whether a line is only a title, as "Director – Center X", and not a person: "Ani Petrosyan – Director"."""
    name = split_person(line.text).name
    return (is_title(name) or starts_lowercase(name)) and not has_several(line.text)


def _by_paragraphs(lines: Sequence[Line]) -> list[Group] | None:
    """Return one group for each paragraph, or None unless most paragraphs are a name with a title below it."""
    groups = [list(group) for _, group in groupby(lines, key=lambda line: line.paragraph)]
    blocks = [group for group in groups if 2 <= len(group) <= DETAIL_LINES_MOST + 1]
    if len(blocks) * 10 < len(groups) * 8 or _are_organisations([group[0] for group in groups], share=2):
        return None
    titled = [group for group in blocks if _says_title(group[1]) and not is_title(group[0].text)]
    return groups if len(titled) * 2 > len(blocks) else None


def _by_turns(lines: Sequence[Line]) -> list[Group] | None:
    """Return pairs of lines if names and titles alternate, else None. Only the words show which line is which."""
    names, details = lines[::2], lines[1::2]
    if len(names) != len(details) or _are_organisations(names, share=1) or any(is_title(line.text) for line in names):
        return None
    titles = sum(map(_says_title, details))
    return [list(pair) for pair in zip(names, details, strict=True)] if titles * 10 >= len(details) * 8 else None


def _are_organisations(names: Sequence[Line], *, share: int) -> bool:
    """Return whether more than ``share`` out of ten names are those of organisations."""
    return sum(map(_is_organisation, names)) * 10 > len(names) * share


def _is_organisation(line: Line) -> bool:
    return is_organisation_name(without_closing(line.text))
