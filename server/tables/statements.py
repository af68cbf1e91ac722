"""Statements: their settings and lifecycle, without their texts."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Final, Literal

from server.db import Row, Tx, found, queries_beside
from server.errors import NotFound, StatementClosed, StatementNotOpen

DAY_S = 24 * 3600
CONFIRM_GRACE_S = DAY_S
UTC_ZONE: Final = "Etc/UTC"
"""The timezone of a statement that sets none."""
State = Literal["draft", "not-yet-open", "open", "closed", "archived"]


@dataclass(frozen=True)
class Statement:
    """A row. Times are epoch seconds; ``opens_at`` and ``closes_at`` are planned times, the others actual ones.

    ``opened_at`` is when it was first opened. For the end to show to people use ``ends_at`` or ``ended_at``.
    """

    id: int
    slug: str
    locale: str
    opened_at: int | None
    closed_at: int | None
    archived_at: int | None
    opens_at: int | None
    closes_at: int | None
    event_at: int | None
    timezone: str | None
    goal: int | None
    count_from: int | None
    names_from: int | None
    names_released_at: int | None
    list_from: int | None
    kinds: tuple[str, ...]
    fields: tuple[str, ...]
    required: tuple[str, ...]
    moderation: str
    confirm_by: str
    visibilities: tuple[str, ...]
    newsletter: bool
    mailbox_seats: int
    keep_contacts: bool
    anonymise_after_days: int | None
    discreet: bool
    indexed: bool
    short_form: bool
    reply_to: str | None
    stamp: int

    @property
    def zone(self) -> str:
        """The name of its timezone, UTC if it sets none."""
        return self.timezone or UTC_ZONE

    @property
    def is_found_by_search(self) -> bool:
        """Whether search engines may index its page."""
        return self.indexed and not self.discreet

    @property
    def ends_at(self) -> int | None:
        """When signing ended or will end: closed by an admin or as planned, whichever is first; None: open-ended."""
        ends = [moment for moment in (self.closed_at, self.closes_at) if moment is not None]
        return min(ends, default=None)

    def ended_at(self, now: int) -> int | None:
        """Return when signing ended; None if it has not, or the statement is a draft."""
        has_ended = self.opened_at is not None and self.ends_at is not None and self.ends_at <= now
        return self.ends_at if has_ended else None

    def state(self, now: int) -> State:
        """Return the state of the statement at ``now``."""
        if self.archived_at is not None:
            return "archived"
        if self.opened_at is None:
            return "draft"
        if self.ended_at(now) is not None:
            return "closed"
        return "not-yet-open" if self.opens_at is not None and now < self.opens_at else "open"

    def hidden_until(self, now: int) -> int | None:
        """Return when the public list will be shown; None if it is shown already."""
        return self.list_from if self.list_from is not None and now < self.list_from else None

    @property
    def anonymised_from(self) -> int | None:
        """When its signers' names are erased; None: never, or signing is open-ended."""
        if self.anonymise_after_days is None or self.ends_at is None:
            return None
        return self.ends_at + self.anonymise_after_days * DAY_S

    @property
    def keeps_names_back(self) -> bool:
        """Whether names, except those of founders, are hidden until enough people have signed."""
        return self.names_from is not None and self.names_released_at is None

    def hides_signers(self, now: int) -> bool:
        """Whether the signers, or all names including founders, are hidden from the public."""
        return self.keeps_names_back or self.hidden_until(now) is not None


_sql = queries_beside(__file__, statement=[column.name for column in dataclasses.fields(Statement)])


def add(tx: Tx, values: dict[str, Any]) -> int:
    """Store a draft and return its id; ``values`` has every column of the shared values of a statement file.

    Raises ``Conflict`` if the slug is taken.
    """
    return int(_sql.add(tx, **values))


def change_settings(tx: Tx, statement_id: int, values: dict[str, Any]) -> None:
    """Update every column of the shared values; the new ``stamp`` invalidates cached answers."""
    _sql.change_settings(tx, id=statement_id, **values)


@_sql.query
def find_to_anonymise(tx: Tx, *, now: int) -> int | None:
    """Return the id of a statement past its retention period that still has personal data, or None."""


def find(tx: Tx, slug: str) -> Statement | None:
    """Return the statement with this slug in any state, or None."""
    return None if "\0" in slug else _find(tx, slug)  # PostgreSQL refuses NUL characters in a query


@_sql.query
def _find(tx: Tx, slug: str) -> Statement | None: ...


def get(tx: Tx, slug: str) -> Statement:
    """Return the statement with this slug in any state; raises ``NotFound``."""
    return found(find(tx, slug), f"there is no statement {slug}")


def get_public(tx: Tx, slug: str, *, now: int) -> Statement:
    """Return a public statement; raises ``NotFound`` for drafts and archived ones too."""
    statement = get(tx, slug)
    if statement.state(now) in ("draft", "archived"):
        raise NotFound(f"there is no statement {slug}")
    return statement


@_sql.query
def get_by_id(tx: Tx, statement_id: int) -> Statement:
    """Return the statement with this id; raises ``NotFound``."""


def check_open(statement: Statement, *, now: int) -> None:
    """Raise ``StatementNotOpen`` or ``StatementClosed`` unless the statement accepts signatures at ``now``."""
    state = statement.state(now)
    if state == "not-yet-open":
        raise StatementNotOpen(f"{statement.slug} is not open yet")
    if state != "open":
        raise StatementClosed(f"{statement.slug} is closed for signatures")


def check_confirmable(statement: Statement, *, now: int) -> None:
    """Raise ``StatementClosed`` once confirm links have expired: a day after signing ended."""
    ended = statement.ends_at is not None and statement.ends_at + CONFIRM_GRACE_S <= now
    if ended or statement.state(now) in ("draft", "archived"):
        raise StatementClosed(f"{statement.slug} is closed for signatures")


@_sql.query
def list_all(tx: Tx) -> list[Statement]:
    """Return every statement, oldest first."""


@_sql.query
def open_(tx: Tx, statement_id: int, *, now: int) -> bool:
    """Open a draft, or reopen a closed statement; False if it is open or archived."""


@_sql.query
def close(tx: Tx, statement_id: int, *, now: int) -> bool:
    """Close a statement; False for a draft, and if an admin closed it before."""


@_sql.query
def archive(tx: Tx, statement_id: int, *, now: int) -> bool:
    """Archive a draft or a closed statement; False if it is open or archived."""


@_sql.query
def unarchive(tx: Tx, statement_id: int) -> bool:
    """Restore a statement from the archive; False if it is not archived."""


@_sql.query
def release_names(tx: Tx, statement_id: int, *, confirmed: int, now: int) -> bool:
    """Release all names permanently once ``confirmed`` reaches ``names_from``; False if not enough, or done before."""


@_sql.query
def find_result_to_send(tx: Tx, *, ended_before: int) -> Row | None:
    """Return a statement that ended by ``ended_before`` and whose result is not fully mailed (id, result_upto), or
    None.
    """


@_sql.query
def mark_result_sent(tx: Tx, statement_id: int, *, was: int, upto: int, mailed_at: int | None) -> bool:
    """Record that the result was sent for signatures up to id ``upto``, and if ``mailed_at`` is set, to all.

    False if another process was faster.
    """


@_sql.query
def touch_of_partner(tx: Tx, partner_id: int) -> None:
    """Record a public change of every statement that a partner embeds."""


@_sql.query
def touch(tx: Tx, statement_id: int) -> None:
    """Record a public change: the new ``stamp`` invalidates cached answers."""
