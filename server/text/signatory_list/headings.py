"""Finds the headings of a list and the other lines between its entries."""

import re
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from server.text.names import Kind
from server.text.signatory_list.kinds import is_like_name
from server.text.signatory_list.lines import COMMAS, SEMICOLONS, Line
from server.text.signatory_list.people import (
    ends_quoted,
    is_organisation_name,
    is_title,
    split_person,
    starts_lowercase,
    starts_quoted,
)
from server.text.signatory_list.words import (
    count_sentence_words,
    country_code,
    counts_signatures,
    is_elsewhere,
    is_incomplete_note,
    is_known_heading,
    is_statement_title,
    kind_of_heading,
)


@dataclass(frozen=True)
class Section:
    """What is known about the lines below a heading.

    ``wanted`` is the kind that the user chose for all entries. ``announced`` is the kind in the heading, which is only
    a hint. ``country`` is an ISO 3166 code from the heading.
    """

    wanted: Kind | None = None
    announced: Kind | None = None
    country: str | None = None
    is_surname_first: bool = False
    """Whether the whole list is in the form "Surname, First"."""

    def below(self, heading: str) -> "Section":
        """Return what is known about the lines below a further heading."""
        text = heading_text(heading)
        country = country_code(text)
        is_about_place = country or is_elsewhere(text)
        return replace(self, announced=self.announced if is_about_place else kind_of_heading(text), country=country)


HEADING_WORDS_MOST: Final = 6
_SENTENCE_WORDS: Final = 4
_COUNT = re.compile(r"\s*[(\[]?\s*\d+\s*[)\]]?\s*$|^\s*\d+\s+")
_HEADING_EDGES = " \t*_=#:：՝.–—-~•"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?[. /-]+(?:(?:de|of)\s+)?[^\W\d_]{3,12}\.?|[^\W\d_]{3,12}\s+\d{1,2}|\d{1,2}[./-]\d{1,2}"
_DATE = re.compile(
    rf"^\W*(?:[^\d,]{{2,30}},\s*)?(?:{_DAY})[.,/ -]+(?:de\s+)?(?:19|20)\d\d\W*(?:г|р|թ|წ)?\W*$"
    r"|^\W*(?:19|20)\d\d-\d\d-\d\d\W*$"
)
_HAS_DATE = re.compile(r"(?<!\d)\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d")


def heading_text(text: str) -> str:
    """Return a heading without the number of its entries and without punctuation around it."""
    return _COUNT.sub("", text.strip(_HEADING_EDGES)).strip(_HEADING_EDGES)


def mark_headings(lines: list[Line]) -> list[Line]:
    """Set ``is_heading`` on each line: True for headings and for other lines without an entry."""
    marked = [line for line in lines if line.is_heading and not line.is_cut]
    named = sum(is_like_name(line.text) and not says_heading(line.text) for line in marked)
    if named * 2 > len(marked) and len(marked) > 2:  # entries are bold, or their names are headings
        lines = [
            replace(line, marked=line.marked or line.is_heading, is_heading=line.is_heading and says_heading(line.text))
            for line in lines
        ]
    else:
        lines = [replace(line, is_heading=line.is_heading and not _is_entry(line)) for line in lines]
    style = _Style(
        few_capitals=sum(line.text.isupper() for line in lines) * 5 < len(lines),
        headings_in_capitals=any(_is_in_capitals(line.text) and says_heading(line.text) for line in lines),
    )
    settled: list[Line] = []
    for at, line in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else None
        is_title_of_letter = at < _TITLES_WITHIN and is_statement_title(line.text) and not is_title(line.text)
        is_heading = not line.is_cut and (
            line.is_heading
            or (is_title_of_letter and not line.marked)
            or _is_heading(line, settled[-1] if settled else None, after, style)
        )
        settled.append(replace(line, is_heading=is_heading))
    return settled


class _Style(NamedTuple):
    """How a list uses capitals: whether few lines are all in capitals, and whether known headings are."""

    few_capitals: bool
    headings_in_capitals: bool


_TITLES_WITHIN: Final = 3


def _is_in_capitals(text: str) -> bool:
    if not all(char.isupper() for char in text if char.isalpha()):  # letters without case do not count as capitals
        return False
    return text.isupper() and len(text.split()) <= HEADING_WORDS_MOST and not any(map(str.isdigit, text))


def _is_entry(line: Line) -> bool:
    """Return whether a line that is marked up as a heading is in fact a name with a title."""
    person = split_person(line.text)
    return is_like_name(person.name) and person.detail is not None and is_title(person.detail)


def says_heading(text: str) -> bool:
    """Return whether the whole text is a common heading or a place."""
    plain = heading_text(text)
    return is_known_heading(plain) or country_code(plain) is not None or is_elsewhere(plain)


def _is_heading(line: Line, before: Line | None, after: Line | None, style: _Style) -> bool:
    text, plain = line.text, heading_text(line.text)
    if line.contacts.emails:
        return False
    if not line.marked and (len(text) == 1 or _stands_out(text, style)):
        return True
    return (
        line.is_footnote
        or (_HAS_DATE.search(text) is not None and len(text.split()) <= HEADING_WORDS_MOST)
        or text.endswith((":", "：", "՝"))
        or is_known_heading(plain)
        or is_incomplete_note(text)
        or _DATE.match(text) is not None
        or counts_signatures(line.raw)
        or _is_country_heading(line, before, after)
        or _is_kind_heading(line, before, after)
        or _is_sentence(text)
    )


def _stands_out(text: str, style: _Style) -> bool:
    """Return whether a line is all in capitals, and the list has only headings in capitals."""
    is_no_name = is_elsewhere(heading_text(text)) or not is_like_name(text)
    has_words = len(text.split()) > 1
    return _is_in_capitals(text) and ((style.few_capitals and has_words) or (style.headings_in_capitals and is_no_name))


def _is_kind_heading(line: Line, before: Line | None, after: Line | None) -> bool:
    """Return whether a line is a heading such as "Organisations that have joined", and not an organisation."""
    if line.marked or after is None or re.search(rf"[{COMMAS}{SEMICOLONS}(]", line.text):
        return False
    if before is not None and before.text.endswith(tuple(COMMAS)):  # this line continues the one above
        return False
    if is_title(line.text) or starts_quoted(line.text) or ends_quoted(line.text):
        return False
    return len(line.text.split()) <= HEADING_WORDS_MOST and kind_of_heading(heading_text(line.text)) is not None


def _is_country_heading(line: Line, before: Line | None, after: Line | None) -> bool:
    if line.marked or after is None or country_code(heading_text(line.text)) is None:
        return False
    return before is None or before.paragraph != line.paragraph or before.marked or before.is_heading


def _is_sentence(text: str) -> bool:
    """Return whether a text is a sentence above or below the list, and not an entry with a long description."""
    if text.startswith(("(", "[", "（")) and text.endswith((")", "]", "）")):
        return True
    words = text.split()
    first = re.split(rf"[{COMMAS}:(–—]|\s-\s", text)[0].split()
    if len(words) < _SENTENCE_WORDS or is_like_name(" ".join(first)):
        return False
    small = sum(map(starts_lowercase, words))
    spoken = count_sentence_words(text)
    if spoken * 6 >= len(words) and (spoken > 1 or small * 2 >= len(words)):
        return True
    if small * 5 < len(words) * 3 or is_organisation_name(" ".join(first)) or is_title(" ".join(first)):
        return False
    return len(words) >= 2 * _SENTENCE_WORDS or text.rstrip("»”\"')").endswith((".", "!", "?", "…", "։", "。"))
