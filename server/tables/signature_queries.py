"""The desk's way into the signatures: newest first, by what is looked for, and never all of them at once."""

from dataclasses import dataclass
from typing import Any

from server.kinds import Kind
from server.records import State
from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)

MANY = 20_000
"""From how many signatures on a statement is too large to be read through for one page."""

IDS_AT_ONCE = 250_000
"""How many ids a page looks at, where an index holds what is asked."""

_IDS_OF_INDEX = 1_000_000  # the same where an index leads past most of them

FOUND_AT_ONCE = 2_000
"""How many of those that a text was found in are compared with what else is asked."""

_ROWS_AT_ONCE = MANY
_EARLY, _LATE = 0, 2**62
_SLACK_S = 60  # two that sign at once may get their ids the other way round
_UNCONFIRMED = "pending"


@dataclass(frozen=True)
class Sought:
    """What is looked for; None: whatever it is. ``like`` is a part of a ``search_key``.

    ``state`` None is every state that comes after confirming. ``since`` and ``until`` (epoch seconds, the latter not
    included) are about when it was signed.
    """

    like: str | None = None
    domain: str | None = None
    partner_id: int | None = None
    locale: str | None = None
    kind: Kind | None = None
    state: State | None = None
    since: int | None = None
    until: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is passed by, so that a page is full at once."""
        state = self.state if self.state == _UNCONFIRMED else None
        return self == Sought(state=state, since=self.since, until=self.until)


@dataclass(frozen=True)
class Page:
    """Lines, newest first; ``before`` is where the next page begins, None at the end.

    ``is_cut``: it is short because enough was looked at, not because there is no more.
    """

    lines: list[Row]
    before: int | None = None
    is_cut: bool = False


def find_page(tx: Tx, statement_id: int, sought: Sought, *, before: int | None, is_large: bool, most: int) -> Page:
    """Return up to ``most`` lines with an id below ``before`` (None: the newest).

    ``is_large``: the statement has more than ``MANY`` signatures, and a page looks at some of them only.
    """
    lowest = _first_since(tx, sought.since - _SLACK_S) if sought.since is not None else 0
    end = _first_since(tx, sought.until + _SLACK_S) if sought.until is not None else _first_since(tx, _LATE)
    start = min(before or end, end)
    asked = vars(sought) | {
        "statement_id": statement_id,
        "since": _EARLY if sought.since is None else sought.since,
        "until": _LATE if sought.until is None else sought.until,
        "before": start,
        "most": most + 1,
        "like": None if sought.like is None else f"%{sought.like}%",
    }
    if sought.like and is_large and sought.state != _UNCONFIRMED:
        return _found(tx, asked, lowest, most)
    floor = max(lowest, start - _reach(sought, is_large=is_large))
    return _page(_list(tx, sought, asked | {"floor": floor}), most, cut_at=floor if floor > lowest else None)


def list_of_address(tx: Tx, statement_id: int, email_key: bytes, *, most: int) -> list[Row]:
    """Return what this mailbox has signed, in whatever state, newest first."""
    return list(_sql.list_of_address(tx, statement_id=statement_id, email_key=email_key, most=most))


def list_held(tx: Tx, statement_id: int, kind: str, *, after: tuple[int, int], most: int) -> list[Row]:
    """Return who waits for a decision, who was held first before the others, behind (``held_at``, id)."""
    held_at, id_ = after
    return list(_sql.list_held(tx, statement_id=statement_id, kind=kind, held_at=held_at, after=id_, most=most))


def _reach(sought: Sought, *, is_large: bool) -> int:
    """Return how many ids a page may look back over."""
    if sought.is_everything:
        return _LATE
    if sought.state == _UNCONFIRMED:  # of these nobody keeps a count
        return _ROWS_AT_ONCE
    has_index = sought.domain or sought.partner_id or sought.state not in (None, "confirmed")
    return (_IDS_OF_INDEX if has_index else IDS_AT_ONCE) if is_large else _LATE


def _list(tx: Tx, sought: Sought, asked: dict[str, Any]) -> list[Row]:
    """Take the index that passes by most."""

    def run(query: Any, *but: str) -> list[Row]:
        return list(query(tx, **{name: value for name, value in asked.items() if name not in but}))

    if sought.state == _UNCONFIRMED:
        return run(_sql.list_unconfirmed, "like", "state")
    if sought.like is None and sought.domain is not None:
        return run(_sql.list_of_domain, "like")
    if sought.like is None and sought.partner_id is not None:
        return run(_sql.list_of_partner, "like", "domain")
    if sought.like is None and sought.state not in (None, "confirmed"):
        return run(_sql.list_off_the_list, "like", "domain", "partner_id")
    return run(_sql.list_by_age)


def _found(tx: Tx, asked: dict[str, Any], lowest: int, most: int) -> Page:
    found = list(_sql.list_found(tx, **asked, floor=lowest, window=FOUND_AT_ONCE))
    if len(found) > most:
        return _page(found, most, cut_at=None)
    window = _sql.find_window(tx, like=asked["like"], floor=lowest, before=asked["before"], window=FOUND_AT_ONCE)
    return _page(found, most, cut_at=window["lowest"] if window["many"] == FOUND_AT_ONCE else None)


def _page(rows: list[Row], most: int, *, cut_at: int | None) -> Page:
    if len(rows) > most:
        return Page(rows[:most], before=rows[most - 1]["id"])
    return Page(rows, before=cut_at, is_cut=cut_at is not None)


def _first_since(tx: Tx, moment: int) -> int:
    """Return the lowest id from which on all was signed at ``moment`` or later: ids grow with time.

    A handful of looks take the place of an index that everybody who signs would have to wait for.
    """
    low, high = 0, int(_sql.find_highest(tx)) + 1
    while low < high:
        middle = (low + high) // 2
        row = _sql.find_at(tx, id=middle)
        if row is None or row["signed_at"] >= moment:
            high = middle
        else:
            low = row["id"] + 1
    return low
