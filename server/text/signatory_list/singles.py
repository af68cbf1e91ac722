"""Reads lines that have one or several entries each. The separators are decided by looking at all lines."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

from server.text.names import Kind
from server.text.signatory_list.contacts import NOTHING, Contacts
from server.text.signatory_list.entries import Doubt, ListBuilder
from server.text.signatory_list.headings import Section
from server.text.signatory_list.kinds import decide_kinds, is_like_name, score
from server.text.signatory_list.lines import COMMAS, LAST_AND, Line, has_several, split_several, without_closing
from server.text.signatory_list.people import (
    Described,
    Person,
    describe_person,
    is_organisation_name,
    is_partly_title,
    is_plain_title,
    is_suffix,
    is_title,
    split_person,
)
from server.text.signatory_list.sources import trim
from server.text.signatory_list.words import (
    CONJUNCTIONS,
    count_sentence_words,
    country_code,
    is_given_name,
    is_honorific,
    is_particle,
    without_honorifics,
)


@dataclass(frozen=True)
class Item:
    """The text of one entry, and the line that contains it."""

    line: Line
    text: str
    contacts: Contacts = NOTHING
    doubts: tuple[Doubt, ...] = ()

    @property
    def lead(self) -> str:
        """The beginning of the text in bold."""
        return self.line.lead if self.text.startswith(self.line.lead) else ""


def read_singles(lines: Sequence[Line], section: Section, sheet: ListBuilder) -> None:
    """Add an entry for each line, or for each part of a line.

    If most lines have a bullet or a number, lines without one are not entries.
    """
    marks = sum(line.marked for line in lines) * 2 > len(lines)
    kept = []
    for line in _without_continuations(lines, sheet):
        if line.is_cut:
            sheet.leave([line.source], "too-long")
        elif marks and not line.marked and not _is_name_without_bullet(line, lines):
            sheet.leave([line.source], "not-in-the-list")
        else:
            kept.append(line)
    items = _split_lines(_commas_for_semicolons(kept), section, sheet)
    items = [_without_aside(item, sheet) for item in reorder_names(items, is_sure=section.is_surname_first)]
    people = [_part_small_words(split_person(item.text, item.lead)) for item in items]
    _place_items(items, people, section, sheet)


def _is_name_without_bullet(line: Line, lines: Sequence[Line]) -> bool:
    """Return whether a line without a bullet is a name, in a paragraph without any bullets."""
    name = split_person(line.text).name
    own = [one for one in lines if one.paragraph == line.paragraph]
    is_alone = not any(one.marked for one in own)
    return is_alone and is_like_name(without_honorifics(name)) and any(map(is_given_name, name.split()))


_FIELDS_SHARE: Final = 0.4


def _commas_for_semicolons(lines: Sequence[Line]) -> list[Line]:
    """Replace semicolons by commas if they separate name and title, as in "Ani Getuni; director"."""
    several = [split_several(line.text) for line in lines if has_several(line.text)]
    if len(several) < _PARTS_LEAST:
        return list(lines)
    titles = sum(is_title(parts[1]) for parts in several)
    if titles < _FIELDS_SHARE * len(several) or sum(map(len, several)) > 3.5 * len(several):
        return list(lines)
    return [replace(line, text=re.sub(r"\s*[;；؛]\s*", ", ", line.text)) for line in lines]


def _without_continuations(lines: Sequence[Line], sheet: ListBuilder) -> list[Line]:
    """In a list whose entries begin with capitals, leave out lines in lower case: continuations and remarks."""
    if sum(line.text[:1].isupper() for line in lines) * 5 < len(lines) * 4:
        return list(lines)
    kept = []
    for line in lines:
        first = line.text.split()[0]
        is_small = first[:1].islower() and not line.marked and not is_particle(first) and not is_honorific(first)
        if is_small and not line.is_cut:
            sheet.leave([line.source], "not-in-the-list")
        else:
            kept.append(line)
    return kept


_ASIDE = re.compile(r"\s*\((?P<remark>[^()]+)\)\s*$")
_IN_BRACKETS = re.compile(
    r"\s*\((?:he|she|they|er|sie|elle|il|iel|ella|él|lui|lei|on|ona)\s*/\s*[^\W\d_]+(?:\s*/\s*[^\W\d_]+)?\)",
    re.IGNORECASE,
)


def _without_aside(item: Item, sheet: ListBuilder) -> Item:
    """Return the entry without pronouns and remarks in brackets: "(she/her)", "(she will send her photo later)"."""
    if pronouns := _IN_BRACKETS.search(item.text):
        sheet.leave([(item.line.number, pronouns[0])], "not-in-the-list")
        item = replace(item, text=item.text.replace(pronouns[0], "", 1))
    found = _ASIDE.search(item.text)
    if not found or not found.start():
        return item
    remark = found["remark"]
    is_remark = (
        remark[0].islower() and not is_title(remark) and (count_sentence_words(remark) or remark.startswith("as "))
    )
    if not is_remark:
        return item
    sheet.leave([(item.line.number, remark)], "not-in-the-list")
    return replace(item, text=item.text[: found.start()], doubts=(*item.doubts, "details"))


def _part_small_words(person: Person) -> Person:
    """Split off a title in lower case before which the comma is missing, as in "Ani Getuni lawyer"."""
    words = person.name.split()
    small = next((at for at, word in enumerate(words) if at > 1 and word[:1].islower()), None)
    if small is None or not all(word[:1].islower() for word in words[small:]) or not is_title(" ".join(words[small:])):
        return person
    rest = " ".join(words[small:])
    return Person(" ".join(words[:small]), f"{rest}, {person.detail}" if person.detail else rest, person.bracketed)


def with_doubt(doubts: Iterable[Doubt], **more: bool) -> tuple[Doubt, ...]:
    """Return the doubts, and the names of the keyword arguments that are true."""
    return (*doubts, *(one for one in get_args(Doubt) if more.get(one)))


def _place_items(items: Sequence[Item], people: Sequence[Person], section: Section, sheet: ListBuilder) -> None:
    """Decide the kind of each item and add its entry. ``people`` are the items split into name and description."""
    described = settle_details([describe_person(person) for person in people])
    kinds = decide_kinds(people, described, wanted=section.wanted, announced=section.announced)
    for item, person, about, decided in zip(items, people, described, kinds, strict=True):
        lines, country = [item.line.source], section.country
        doubts = with_doubt(item.doubts, kind=decided.is_doubtful)
        if decided.kind == "organisation" or (_REPRESENTED.search(item.text) and not section.wanted):
            name = _without_representative(item, sheet)
            sheet.place(lines, "organisation", name, Described(), item.contacts, doubts, country=country)
        else:
            doubts = with_doubt(doubts, details=is_partly_title(about.title))
            sheet.place(lines, "individual", person.name, about, item.contacts, doubts, country=country)


_REPRESENTED = re.compile(
    r"\s*[,;–—(-]\s*(?:represented(?: by)?|représenté(?:e|s|es)? par|vertreten durch|representad[ao]s? por|adına"
    r"|reprezentowan[ae] przez|vertegenwoordigd door|rappresentat[aoie] da|в лице|в особі|ի դեմս|temsilen)"
    r"\s*:?\s*(?P<who>.+)$",
    re.IGNORECASE,
)


def _without_representative(item: Item, sheet: ListBuilder) -> str:
    """Return the name of an organisation without the person who represents it."""
    name = without_closing(item.text)
    if found := _REPRESENTED.search(name):
        sheet.leave([(item.line.number, found["who"].rstrip(")"))], "not-for-organisations")
        name = name[: found.start()]
    return name


_LOOSE_SHARE: Final = 0.7


def settle_details(described: Sequence[Described]) -> list[Described]:
    """Decide whether unclear descriptions are titles or affiliations: the same as most others in the list."""
    known = [
        about for about in described if not about.is_loose and (about.title is None) != (about.affiliation is None)
    ]
    titles = sum(about.title is not None for about in known)
    if len(known) >= 2 and titles >= _LOOSE_SHARE * len(known):
        return [about._replace(is_loose=about.is_loose and about.affiliation is not None) for about in described]
    if len(known) >= 2 and titles <= (1 - _LOOSE_SHARE) * len(known):
        return [_settled_as_affiliation(about) for about in described]
    return list(described)


def _settled_as_affiliation(about: Described) -> Described:
    """Return the description with its unclear text as the affiliation.

    A single word stays doubtful, because it may be a profession that we do not know, or a town.
    """
    if about.affiliation or not about.is_loose:
        return about
    return about._replace(title=None, affiliation=about.title, is_loose=" " not in (about.title or ""))


# Several people on one line.

_CONJUNCTION = re.compile(rf"\s+(?:{'|'.join(map(re.escape, CONJUNCTIONS))})\s+", re.IGNORECASE)
_ARABIC_AND = re.compile(r"\s+و\s*(?=[\u0621-\u064a]{3,})")
_SEPARATORS: Final = (
    ("·", re.compile(r"\s*[·•]\s*")),
    ("|", re.compile(r"\s+\|\s+")),
    (" / ", re.compile(r"\s+/\s+")),
    ("/", re.compile(r"\s*/\s*")),
    ("、", re.compile(r"\s*[、，]\s*")),
    (",", re.compile(rf"\s*(?:(?<!\d)[{COMMAS}]|[{COMMAS}](?!\d))(?![^()（）]*[)）])\s*")),
    ("–", re.compile(r"\s+[–—]\s+")),
)
_PARTS_LEAST: Final = 3


def _split_lines(lines: Sequence[Line], section: Section, sheet: ListBuilder) -> list[Item]:
    """Return the entries of all lines. Most lines have one entry, but some lists have all entries in one line."""
    several = sum(has_several(line.text) for line in lines) * 2 >= len(lines)
    items: list[Item] = []
    for line in lines:
        parts = _semicolon_parts(line, several=several, section=section)
        doubts: tuple[Doubt, ...] = ()
        if len(parts) == 1:
            parts, doubts = _name_parts(line, alone=len(lines) <= _PARTS_LEAST, section=section)
        contacts = _share(line, len(parts), sheet)
        items += [Item(line, part, own, doubts) for part, own in zip(parts, contacts, strict=True) if trim(part)]
    return items


def _semicolon_parts(line: Line, *, several: bool, section: Section) -> list[str]:
    """Split a line at semicolons if half of the lines have one, for organisations, or if its name part has one.

    A semicolon in the name part separates two names, because no name contains one. A description may contain one.
    """
    is_all = several or (section.wanted or section.announced) == "organisation"
    if is_all or has_several(split_person(line.text, line.lead).name):
        parts = split_several(line.text) or [line.text]
        return _without_and(parts)[0] if len(parts) > 1 else parts
    return [line.text]


def _name_parts(line: Line, *, alone: bool, section: Section) -> tuple[list[str], tuple[Doubt, ...]]:
    """Return the names that a line lists between commas or other separators, if all parts can be names, and doubts.

    Else returns the whole line as one part.
    """
    whole = ([line.text], ())
    if line.lead or _REPRESENTED.search(line.text) or (section.wanted == "organisation" and "," in line.text):
        return whole
    for sign, parts, has_and in _ways_to_split(without_closing(line.text)):
        needs_three = sign in ("–", "/", " / ") or (sign == "," and not has_and)
        if (sign == "," and section.is_surname_first) or (needs_three and len(parts) < _PARTS_LEAST):
            continue
        if _are_entries(parts, sign, section.announced):
            known = sum(is_given_name(part.split()[0].strip(".")) for part in parts)
            is_sure = has_and or sign not in (",", "–") or (known * 2 >= len(parts)) or (len(parts) >= 5 and alone)
            return parts, () if is_sure else ("several",)
    return whole


def _ways_to_split(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """Yield each separator that may be between names, the parts, and whether there is an "and" before the last."""
    for sign, separator in _SEPARATORS:
        parts = [trim(part) for part in separator.split(text) if trim(part)]
        if len(parts) > 1 or sign == ",":
            parts, has_and = _without_and(parts or [text])
            if len(parts) > 1:
                yield sign, parts, has_and


def _is_like_entry(part: str) -> bool:
    return is_like_name(part) or score(Person(part, None), Described()) < 0


def names_between_signs(text: str) -> list[str]:
    """Return the entries of a very long line, if a separator splits it into parts that can all be names; else []."""
    ways = _ways_to_split(re.sub(r"\s{2,}", " ", text))  # or the regexes would try each space of a long run
    return next((parts for sign, parts, _ in ways if len(parts) >= _PARTS_LEAST and _are_entries(parts, sign)), [])


def _without_and(parts: list[str]) -> tuple[list[str], bool]:
    """Return the parts, with the last one split at its "and" or without an "and" before it, and whether it had one."""
    last = without_closing(parts[-1])
    if LAST_AND.match(last):
        return [*parts[:-1], LAST_AND.sub("", last)], True
    pieces = _ARABIC_AND.split(last, maxsplit=1) if _ARABIC_AND.search(last) else _CONJUNCTION.split(last)
    test = _is_like_entry if len(parts) >= _PARTS_LEAST else is_like_name
    if len(pieces) == 2 and all(map(test, map(_bare, pieces))):
        return [*parts[:-1], *pieces], True
    return parts, False


def _bare(part: str) -> str:
    """Return a part without brackets at its end."""
    return re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", part)


_STRONG_SIGNS: Final = ("·", "|", "、", " / ")
_PART_LONGEST: Final = 120


def _are_entries(parts: Sequence[str], sign: str, announced: Kind | None = None) -> bool:
    """Return whether the parts are several names, and not one name with its description.

    Most parts must look like names, and none like a title. In a long line one part in eight may be something else.
    """
    is_strong = sign in _STRONG_SIGNS
    bare = [without_honorifics(split_person(part).name if is_strong else _bare(part)) for part in parts]
    if any(len(part) > _PART_LONGEST for part in parts):
        return False
    allowed = len(parts) // _ODD_EACH
    if len(parts) == 2 and is_title(parts[1]) and not is_title(parts[0]):  # Ani Getuni | human rights lawyer
        return False
    if sign == "、" and sum(map(is_title, parts)) > allowed:
        return False
    if sign == "|" and len(parts) <= _FIELDS_MOST and not _are_alike(bare):  # Ani Getuni | potter | Hill Club
        return False
    if not is_strong and sum(1 for part in bare if is_plain_title(part) or country_code(part)) > allowed:
        return False
    if sum(1 for part in bare if not is_like_name(part) or is_organisation_name(part)) <= allowed:
        return True
    if len(bare) < _PARTS_LEAST:
        return False
    if is_strong or announced == "organisation":
        return True
    scores = [score(Person(part, None), Described()) for part in bare]
    return scores[0] <= -_ORGANISATION_SCORE and all(
        own <= -_ORGANISATION_SCORE or is_like_name(part) for own, part in zip(scores, bare, strict=True)
    )


def _are_alike(parts: Sequence[str]) -> bool:
    """Return whether all parts are people or all are something else, and not one person with a description."""
    named = [is_like_name(part) and not is_organisation_name(part) for part in parts]
    return all(named) or not any(named)


_ODD_EACH: Final = 8
_FIELDS_MOST: Final = 4
_ORGANISATION_SCORE: Final = 1.5
"""An entry is an organisation if its score is ``-_ORGANISATION_SCORE`` or less; a single word does not reach that."""


def _share(line: Line, count: int, sheet: ListBuilder) -> list[Contacts]:
    """Return the contacts of each part of a line, if there are as many of them as parts. Else they are unplaced."""
    if count == 1:
        return [line.contacts]
    emails, sites = line.contacts.emails, line.contacts.websites
    if line.contacts.phones or (emails and len(emails) != count) or (sites and len(sites) != count):
        sheet.leave([line.source], "contact")
    own_emails, own_sites = (found if len(found) == count else () for found in (emails, sites))
    return [Contacts(own_emails[at : at + 1], 0, own_sites[at : at + 1]) for at in range(count)]


# Lists with "Surname, First" in every row.

_SURNAME_FIRST = re.compile(
    rf"^(?P<family>[^{COMMAS}():]+?)\s*[{COMMAS}]\s*(?P<given>[^{COMMAS}()–—:]+?)(?P<rest>\s*(?:[{COMMAS}(–—:]|\s-\s).*)?$"
)
_TURNED_LEAST: Final = 3
_TURNED_SHARE: Final = 0.85
_FAMILY_WORDS_MOST: Final = 3


def are_surname_first(texts: Sequence[str]) -> bool:
    """Return whether the texts of a list are in the form "Surname, First"."""
    found = [_SURNAME_FIRST.match(text) for text in texts]
    fitting = sum(1 for match in found if match and _is_turned(match["family"], match["given"]))
    written = sum(any(comma in text for comma in COMMAS) for text in texts)
    return fitting >= _TURNED_LEAST and fitting >= _TURNED_SHARE * written and written * 2 > len(texts)


def reorder_names(items: list[Item], *, is_sure: bool = False) -> list[Item]:
    """Change "Getuni, Ani" to "Ani Getuni" if the whole list is in this form."""
    found = [_SURNAME_FIRST.match(item.text) for item in items]
    fitting = [match for match in found if match and _is_turned(match["family"], match["given"])]
    if not is_sure and (len(fitting) < _TURNED_LEAST or len(fitting) < _TURNED_SHARE * len(items)):
        return items
    known = sum(is_given_name(without_honorifics(match["given"]).split()[0].strip(".")) for match in fitting)
    backwards = sum(is_given_name(match["family"].split()[0]) for match in fitting)
    if backwards > known:
        return items
    doubts: tuple[Doubt, ...] = () if known * 3 >= len(fitting) else ("order",)
    return [
        replace(item, text=_turned(match), doubts=(*item.doubts, *doubts))
        if match and _is_turned(match["family"], match["given"])
        else replace(item, doubts=(*item.doubts, "order"))
        if match
        else item
        for item, match in zip(items, found, strict=True)
    ]


def _is_turned(family: str, given: str) -> bool:
    """Return whether this is a surname and first names, as "van der Berg, Ani", but not "Ani Getuni, Director"."""
    words = [word for word in family.split() if word[:1].isupper() or not word[:1].islower()]
    if not words or (len(words) > 1 and not all(map(_is_part_of_surname, words))):
        return False
    given_words = given.split()
    if len(given_words) > _FAMILY_WORDS_MOST or len(family.split()) > _FAMILY_WORDS_MOST:
        return False
    return (
        not is_title(given)
        and not is_suffix(given)
        and not is_organisation_name(given)
        and not is_organisation_name(family)
        and all(word[:1].isalpha() for word in given_words)
        and not country_code(given)
    )


def _is_part_of_surname(word: str) -> bool:
    return not is_given_name(word)


def _turned(match: re.Match[str]) -> str:
    return f"{match['given'].strip()} {match['family'].strip()}{match['rest'] or ''}"
