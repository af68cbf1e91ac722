"""The result of reading a list: entries, and lines that could not be placed."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Literal

from server.errors import Invalid, ValueRefused
from server.text.addresses import check_address, check_website
from server.text.names import KINDS, LINE_LONGEST, Kind, clean_name, clean_public_line
from server.text.signatory_list.contacts import NOTHING, Contacts
from server.text.signatory_list.lines import without_closing
from server.text.signatory_list.namesakes import Named, find_namesakes
from server.text.signatory_list.people import Described, has_organisation_name, starts_lowercase, take_country
from server.text.signatory_list.words import (
    count_sentence_words,
    country_code,
    has_organisation_word,
    has_title_word,
    is_particle,
)
from server.text.translations import country_names

UNPLACED_LONGEST: Final = 300
"""Maximum characters of an unplaced line that are kept to show it."""

SOURCE_LONGEST: Final = 2000
"""Maximum characters that are kept of the source of an entry."""

Doubt = Literal["kind", "columns", "order", "several", "details", "encoding", "consent", "odd", "same"]
"""What the reader is not sure of: person or organisation ("kind"), the meaning of the columns, which part of a name is
the surname ("order"), whether a line names several people, title or affiliation ("details"), the encoding of the file,
whether the person agreed to be named ("consent"), whether the texts are well-formed ("odd"), or whether another entry
is the same person."""
SourceText = tuple[int, str]
"""The number of a line and its text as written."""
Note = Literal["address-moved", "phone-left-out", "website-left-out"]
"""What the reader changed in an entry, to be reported."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One founding signature. For an organisation ``name`` is its name, and it has no title or affiliation.

    ``line`` and ``last_line`` are the first and last line of its source, counted from 1, and ``source`` is their text.
    ``email`` is as written in the source and is never published. ``country`` is an ISO 3166 code. ``doubts`` is empty
    if the reader is sure.
    """

    line: int
    kind: Kind
    name: str
    title: str | None
    affiliation: str | None
    last_line: int
    email: str | None = None
    country: str | None = None
    website: str | None = None
    source: str = ""
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A line, or a part of it, that is in no entry, with the reason; ``text`` is safe to print.

    ``reason`` is a code of ``ValueRefused``, or "heading", "not-in-the-list", "not-for-organisations", and
    in tables "unknown-column", "unknown-kind", "no-name", "too-many-cells" or "not-public".
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class SignatoryList:
    """A founding list in its own order. Every line that is not empty is in an entry, unplaced, or the header."""

    entries: tuple[Entry, ...]
    unplaced: tuple[Unplaced, ...]
    header: int | None = None

    @property
    def unsure(self) -> tuple[Entry, ...]:
        """The entries that a person has to check."""
        return tuple(entry for entry in self.entries if entry.doubts)


@dataclass(slots=True)
class ListBuilder:
    """Collects entries and unplaced lines from the readers of the different layouts, in any order."""

    entries: list[Entry] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    header: int | None = None

    def place(
        self,
        lines: Sequence[SourceText],
        kind: Kind,
        name: str,
        about: Described,
        contacts: Contacts = NOTHING,
        doubts: Iterable[Doubt] = (),
        *,
        country: str | None = None,
        own_email: str | None = None,
    ) -> None:
        """Add an entry that was read from ``lines``. If its texts are invalid, the lines are unplaced.

        ``country`` is that of the heading, ``own_email`` is from a column for email addresses, and ``contacts`` were
        found in other texts.
        """
        if kind == "organisation":
            shorter, found = take_country(name)
            name, about = without_closing(shorter or name), Described(country=about.country or (shorter and found))
        website = next(filter(_is_website, contacts.websites), None)
        notes: dict[Note, object] = {
            "website-left-out": contacts.websites and not website,
            "address-moved": contacts.emails,
            "phone-left-out": contacts.phones,
        }
        unsure: dict[Doubt, bool] = {"details": about.is_loose, "odd": _is_odd(kind, name, about)}
        try:
            entry = Entry(
                lines[0][0],
                kind,
                clean_name(name),
                _detail(about.title),
                _detail(about.affiliation),
                last_line=lines[-1][0],
                email=next(filter(None, (own_email, *contacts.emails)), None),
                country=about.country or country,
                website=website,
                source=printable(" / ".join(dict.fromkeys(text.strip() for _, text in lines)), longest=SOURCE_LONGEST),
                doubts=tuple(dict.fromkeys((*doubts, *filter(unsure.get, unsure)))),
                notes=tuple(filter(notes.get, notes)),
            )
        except ValueRefused as refusal:
            self.leave(lines, refusal.reason)
        else:
            self.entries.append(entry)

    def leave(self, lines: Iterable[SourceText], reason: str) -> None:
        """Add lines that are in no entry."""
        self.unplaced += [Unplaced(number, printable(text), reason) for number, text in lines]

    def finished(self) -> SignatoryList:
        """Return everything in the order of the list. Entries that may be the same person get the doubt "same"."""
        entries = sorted(self.entries, key=lambda entry: entry.line)
        named = (Named(one.kind, one.name, one.title or "", one.affiliation or "", one.email or "") for one in entries)
        return SignatoryList(
            tuple(
                entry if same is None else replace(entry, doubts=(*entry.doubts, "same"))
                for entry, same in zip(entries, find_namesakes(named), strict=True)
            ),
            tuple(sorted(self.unplaced, key=lambda unplaced: unplaced.line)),
            self.header,
        )


_ODD_SIGNS = re.compile(r"[*@|<>{}\[\]_=#~^\\!?]|\s{2}|\s[–—-]\s|[^\W\d_]- [^\W\d_]|:\s|[^\W\d_]{2}: ?\d")
_PAGE = re.compile(
    r"\b(?:page|seite|página|pagina|strona|страница|сторінка|էջ|გვერდი|sayfa|səhifə|صفحة)\s*\d", re.IGNORECASE
)
_DATED = re.compile(r"(?<![\d-])(?:19|20)\d\d(?!\d)")
_LEADS_ON = re.compile(r"\s(?:for|at|@|no|na|do|da|pour|para|presso|bei|bij)\s+[^\W\d_a-zà-ÿ]")
_JOINED = re.compile(r"\s(?:at|@|presso|bei|bij)\s")
_COMMA = re.compile(r"\s*[,،]\s*")
_ACRONYM_BEHIND = re.compile(r"\s*\((?:[^\W\d_]{0,3}[A-ZÀ-ÞА-ЯԱ-Ֆ][^()]{0,8})\)$")
_CUT_BEGINNINGS: Final = (")", "-", "–", "—", ",", ";", ":")
_NAME_WORDS_MOST: Final = 5
_TITLE_WORDS_MOST: Final = 9


def _is_odd(kind: Kind, name: str, about: Described) -> bool:
    """Return whether a person should check the texts: signs in a name, a very long name, an unclosed bracket."""
    title, affiliation = about.title or "", about.affiliation or ""
    if any(map(_looks_broken, (name, title, affiliation))) or "/" in name:
        return True
    if kind == "organisation":
        return starts_lowercase(name) or _is_odd_organisation(name)
    words = name.split()
    small = [word for word in words[1:] if starts_lowercase(word) and not is_particle(word) and not word.endswith(".")]
    if len(words) > _NAME_WORDS_MOST or len(words) == 1 or small or any(map(str.isdigit, name)):
        return True
    return _are_odd_details(title, affiliation)


def _looks_broken(text: str) -> bool:
    """Return whether a text has characters that no name has, an unclosed bracket, or a page number."""
    is_cut = text.count("(") != text.count(")") or text.startswith(_CUT_BEGINNINGS)
    return is_cut or any(found.search(text) for found in (_ODD_SIGNS, _PAGE))


def _is_odd_organisation(name: str) -> bool:
    """Return whether the name of an organisation looks like a remark, a heading, or a person with a title."""
    is_person = any(comma in name for comma in ",:،") and has_title_word(name)
    return is_person or _DATED.search(name) is not None or count_sentence_words(name) > 0


def _are_odd_details(title: str, affiliation: str) -> bool:
    """Return whether title and affiliation were perhaps separated at the wrong place."""
    belongs = _ACRONYM_BEHIND.sub("", affiliation)
    if "(" in belongs or _JOINED.search(belongs):
        return True
    if belongs and starts_lowercase(belongs) and not has_organisation_word(belongs.split()[0]):
        return True
    _, *more = _COMMA.split(title)
    if any(map(has_organisation_name, more)):
        return True
    return len(title.split()) > _TITLE_WORDS_MOST or _LEADS_ON.search(title) is not None


def _is_website(address: str) -> bool:
    try:
        check_website(address)
    except ValueRefused:
        return False
    return True


def _detail(text: str | None) -> str | None:
    return (clean_public_line(text, longest=LINE_LONGEST) or None) if text else None


def printable(text: str, *, longest: int = UNPLACED_LONGEST) -> str:
    """Return the text safe for a terminal: control and bidi characters are replaced, and long texts shortened."""
    shown = "".join("\ufffd" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


# One row that was entered or corrected by hand.


def read_row(
    number: int,
    kind: str,
    name: str,
    title: str,
    affiliation: str,
    *,
    country: str = "",
    website: str = "",
    email: str = "",
) -> Entry:
    """Return the founding signature of a row that was entered by hand; ``number`` counts from 1.

    Raises ``Invalid`` with error codes by column, also for an organisation with a title or an affiliation.
    """
    line = partial(clean_public_line, longest=LINE_LONGEST)
    checks: list[tuple[str, str, Callable[[str], str]]] = [
        ("name", name, clean_name),
        ("title", title, line),
        ("affiliation", affiliation, line),
        ("website", website, check_website),
        ("email", email, check_address),
    ]
    refused: dict[str, list[str]] = {}
    texts: dict[str, Any] = {}
    for column, text, check in checks:
        try:
            texts[column] = (check(text) or None) if text.strip() else None
        except ValueRefused as refusal:
            refused[column] = [refusal.reason]
    code = country_code(country.strip()) or country.strip()
    kinds = [known for known in KINDS if known == kind]
    if not name.strip():
        refused["name"] = ["required"]
    if kind == "organisation":
        refused |= {column: ["not-for-organisations"] for column in ("title", "affiliation") if texts.get(column)}
    if code and code not in country_names("en"):
        refused["country"] = ["not-a-choice"]
    if not kinds:
        refused["kind"] = ["not-a-choice"]
    if refused:
        raise Invalid(refused)
    return Entry(number, kinds[0], **texts, last_line=number, country=code or None)
