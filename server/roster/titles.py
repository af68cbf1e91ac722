"""Parts what is said of a person into their title and their affiliation."""

import re
from collections.abc import Iterator

from server.roster.lines import without_closing
from server.roster.words import has_organisation_word, has_title_word
from server.text import name_key

_COMMA = re.compile(r"\s*[,،，、]\s*|\s*\t\s*|\s+[|–—-]\s+")
_CONNECTOR = re.compile(
    r"\s(?P<word>of|at|bei|beim|chez|au|aux|à\sla|à\sl['’]|du|des|de\sla|de\sl['’]|de\slos|de|d['’]|del|della|dell['’]|dei"
    r"|(?P<weak>for|from|pour|von|vom))(?:(?<=['’])|\s+)(?:the\s+)?"
)
# "Chairman of the Board of Directors of X": the title goes on to the second "of".
_BOARD = re.compile(
    r"(?P<board>(?:[\w-]+\s+)?board(?:\s+of\s+(?:directors|trustees))?)\s+of\s+(?:the\s+)?", re.IGNORECASE
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
_QUOTES = re.compile('[“”«»„‟"‹›『「]')

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
        return _split_at_comma(text[: comma.start()], text[comma.end() :])
    if not text:
        return None, None
    return (None, text) if _is_organisation(text) and not has_title_word(text) else (text, None)


def _starts_small(text: str) -> bool:
    """Tell "human dignity" from "Human Dignity"; Georgian and all that has no capitals never start small."""
    return text[0].title() != text[0]


def is_title(text: str) -> bool:
    """Tell whether the text says what somebody is, in any of its parts between commas."""
    return any(map(has_title_word, _COMMA.split(text)))


def _is_organisation(text: str) -> bool:
    return has_organisation_word(text) or _QUOTES.search(text) is not None


def _connectors(text: str) -> Iterator[re.Match[str]]:
    """Yield the connectors that stand between a title and an organisation: "Professor of law" has none."""
    for match in _CONNECTOR.finditer(text):
        head, tail = text[: match.start()], _COMMA.split(text[match.end() :])[0]
        if _is_organisation(head) and not has_title_word(head):
            return
        studied = name_key(head).split()[-1:] and name_key(head).split()[-1] in _DEGREES
        named = tail and not _starts_small(tail) and not studied and not match["weak"]
        if _is_organisation(tail) or named:
            yield match


def _comma_parts_better(text: str, comma: re.Match[str], connector: re.Match[str]) -> bool:
    """Tell "Director, Center of X" and "Director of Research, Center X" from "Director of the Center for X, Y"."""
    if comma.start() < connector.start():
        return True
    between, after = text[connector.end() : comma.start()], text[comma.end() :]
    return not _is_organisation(between) and _is_organisation(after)


def _split_at_comma(head: str, tail: str) -> Description:
    if has_title_word(tail) and not has_title_word(head) and _is_organisation(head):
        return tail, head
    if is_title(tail):
        title, affiliation = split_description(tail)
        return f"{head}, {title}" if title else head, affiliation
    if tail and (_is_organisation(tail) or not _starts_small(tail)):
        return head, tail
    return f"{head}, {tail}" if tail else head, None
