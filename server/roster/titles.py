"""Parts what is said of a person into their title and their affiliation."""

import re
from collections.abc import Iterator

from server.roster.lines import COMMAS, without_closing
from server.roster.signs import has_organisation_name, starts_quoted
from server.roster.words import has_title_word
from server.text import name_key, organisation_key

_COMMA = re.compile(rf"\s*[{COMMAS}]\s*|\s*\t\s*|\s+[|–—-]\s+")
_CONNECTOR = re.compile(
    r"\s(?P<word>of|at|bei|beim|chez|au|aux|à\sla|à\sl['’]|du|des|de\sla|de\sl['’]|de\slos|de|d['’]|del|della|dell['’]|dei"
    r"|(?P<weak>for|from|pour|von|vom))(?:(?<=['’])|\s+)(?:the\s+)?"
)
# "Chairman of the Board of Directors of X": the title goes on to the second "of", or to its end.
_BOARD = re.compile(
    r"(?P<board>(?:[\w-]+\s+)?board(?:\s+of\s+(?:directors|trustees))?)(?:\s+(?:of|at)\s+(?:the\s+)?|$)", re.IGNORECASE
)
_DEGREES = frozenset(
    name_key(word)
    for word in [
        "professor",
        "doctor",
        "candidate",
        "master",
        "bachelor",
        "teacher",
        "student",
        "lecturer",
        "minister",
        "secretary",
        "phd",
        "historian",
        "scholar",
        "professeur",
        "professeure",
        "docteur",
        "étudiant",
        "étudiante",
        "enseignant",
        "enseignante",
        "ministre",
        "profesor",
        "profesora",
        "defender",
    ]
)

Description = tuple[str | None, str | None]


def split_description(text: str) -> Description:
    """Return (title, affiliation) of "Chair of the Society X", "Chair, Society X", "Jurist" or "Society X".

    The words stay as written, but for "the" (and the French article) after the connector and the closing punctuation.
    Where nothing parts them, the whole is the title, unless it is called like an organisation and says no title.
    """
    text = without_closing(text)
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


def _starts_small(text: str) -> bool:
    """Tell "human dignity" from "Human Dignity"; Georgian and all that has no capitals never start small."""
    return text[0].title() != text[0]


def is_title(text: str) -> bool:
    """Tell whether the text says what somebody is, in any of its parts between commas."""
    return any(map(has_title_word, _COMMA.split(text)))


def _is_organisation(text: str) -> bool:
    """Tell whether the text is called like an organisation, and says no title."""
    return has_organisation_name(text) and not has_title_word(text)


def _connectors(text: str) -> Iterator[re.Match[str]]:
    """Yield what joins a title to an organisation: nothing does in "Professor of law" or "Member of the Board"."""
    for match in _CONNECTOR.finditer(text):
        head, tail = text[: match.start()], _COMMA.split(text[match.end() :])[0]
        if _is_organisation(head) or _BOARD.fullmatch(tail):
            return
        studied = name_key(head).split()[-1:] and name_key(head).split()[-1] in _DEGREES
        named = tail and not _starts_small(tail) and not studied and not match["weak"]
        if has_organisation_name(tail) or named:
            yield match


def _comma_parts_better(text: str, comma: re.Match[str], connector: re.Match[str]) -> bool:
    """Tell "Director, Center of X" and "Director of Research, Center X" from "Director of the Center for X, Y"."""
    if comma.start() < connector.start():
        return True
    between, after = text[connector.end() : comma.start()], text[comma.end() :]
    return not has_organisation_name(between) and has_organisation_name(after)


def _split_at_comma(text: str, comma: re.Match[str]) -> Description:
    head, tail = text[: comma.start()], text[comma.end() :]
    between = ", " if "\t" in comma[0] else comma[0]
    if has_title_word(tail) and _is_organisation(head):
        return tail, head
    if is_title(tail):
        title, affiliation = split_description(tail)
        return f"{head}{between}{title}" if title else head, affiliation
    if _is_organisation(head) and _belongs_to_name(head, tail):
        return None, f"{head}{between}{tail}"
    if tail and (has_organisation_name(tail) or not _starts_small(tail)):
        return head, tail
    return f"{head}{between}{tail}" if tail else head, None


def _belongs_to_name(organisation: str, tail: str) -> bool:
    """Tell "Hill Club, Inc.", "Hill Club, Kutaisi" and "“Lantern”, Hill Club" from "Project lead, Hill Club"."""
    is_form = organisation_key(f"{organisation} {tail}") == organisation_key(organisation)
    return is_form or starts_quoted(organisation) or not has_organisation_name(tail)
