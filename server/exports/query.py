"""What is asked of a dump: its columns, whose signatures, and since when; read from words, wherever they come from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from server.actions.dump_columns import COLUMNS, PUBLIC_COLUMNS
from server.days import NotADay, begin_of_day
from server.errors import BadRequest
from server.kinds import KINDS
from server.records import SETTLED
from server.records.dump import Filters, Mark
from server.records.statements import UTC_ZONE

_WORD = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MARK = re.compile(r"(\d{1,12})-(\d{1,18})", re.ASCII)
_BEGINNING = Mark(0, 0)

Known = TypeVar("Known", bound=str)


class ChoiceRefused(BadRequest):
    """Raised when a dump is asked for that there is not; ``field`` is what the refused word was given for."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field


@dataclass(frozen=True)
class Choice:
    """What a dump holds: all columns and everybody, unless it says otherwise.

    ``is_public``: what the public may read now, and no more. ``since``: what has changed behind this mark.
    """

    columns: tuple[str, ...] = COLUMNS
    filters: Filters = field(default_factory=Filters)
    is_public: bool = False
    since: Mark | None = None

    def told(self) -> dict[str, object]:
        """Return the choice in words, as the journal keeps it."""
        filters = {name: value for name, value in asdict(self.filters).items() if value is not None}
        since = {} if self.since is None else {"since": write_mark(self.since)}
        return {"public": self.is_public, "columns": list(self.columns), "filters": filters, **since}


EVERYTHING = Choice()


def read_choice(asked: Mapping[str, str], *, is_public: bool = False, timezone: str = UTC_ZONE) -> Choice:
    """Return what these words ask for; an empty one asks for nothing in particular.

    ``columns`` are parted by commas. ``from`` and ``until`` are days of confirming, both included, where ``timezone``
    (an IANA name) holds. ``since`` is what an answer before has said, or empty for the beginning.
    Raises ``ChoiceRefused``.
    """
    known = PUBLIC_COLUMNS if is_public else COLUMNS
    columns = _columns(asked.get("columns", ""), known)
    kind = _one_of("kind", asked, KINDS)
    if is_public:
        _refuse_beyond_public(asked)
        return Choice(columns, Filters(kind=kind), is_public=True)
    since = read_mark(asked["since"]) if "since" in asked else None
    state = _one_of("state", asked, SETTLED)
    if since is not None and state is not None:
        raise ChoiceRefused("state", "with since, who is in this state no more would never be told")
    filters = Filters(
        kind=kind,
        state=state,
        partner=_word("partner", asked),
        locale=_word("locale", asked),
        since_at=_day_begins("from", asked, timezone),
        until_at=_day_begins("until", asked, timezone, days_later=1),
    )
    return Choice(columns, filters, since=since)


def write_mark(mark: Mark) -> str:
    """Return a mark as the word that ``read_mark`` reads."""
    return f"{mark.changed_at}-{mark.id}"


def read_mark(word: str) -> Mark:
    """Return the mark that an answer has told, the beginning for an empty word; raises ``ChoiceRefused``."""
    if not word:
        return _BEGINNING
    found = _MARK.fullmatch(word)
    if not found:
        raise ChoiceRefused("since", "no answer of ours has said this")
    return Mark(int(found[1]), int(found[2]))


def _columns(word: str, known: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(word.split(",")) if word else tuple(known)
    if not set(columns) <= set(known) or len(set(columns)) < len(columns):
        raise ChoiceRefused("columns", f"each once, of {','.join(known)}")
    return columns


def _refuse_beyond_public(asked: Mapping[str, str]) -> None:
    """Refuse to sort the public list by what the public does not know of a line."""
    for name in ("state", "partner", "locale", "from", "until", "since"):
        if asked.get(name):
            raise ChoiceRefused(name, "the public list does not tell this")


def _one_of(name: str, asked: Mapping[str, str], known: Sequence[Known]) -> Known | None:
    if not asked.get(name):
        return None
    for word in known:
        if word == asked[name]:
            return word
    raise ChoiceRefused(name, f"one of {', '.join(known)}")


def _word(name: str, asked: Mapping[str, str]) -> str | None:
    value = asked.get(name) or None
    if value is not None and not _WORD.fullmatch(value):
        raise ChoiceRefused(name, "letters, digits and hyphens alone")
    return value


def _day_begins(name: str, asked: Mapping[str, str], timezone: str, *, days_later: int = 0) -> int | None:
    word = asked.get(name)
    try:
        return begin_of_day(word, timezone, days_later=days_later) if word else None
    except NotADay as refusal:
        raise ChoiceRefused(name, str(refusal)) from refusal
