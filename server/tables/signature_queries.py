"""Read-only queries on signatures: public list, founding list, desk search, mailings, exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from server.db import Row, Tx, queries_beside
from server.tables import LIST_NUMBERS_END, SIGNER_NUMBERS_FROM, Settled, State
from server.tables.outbox import Recipient
from server.text.fields import EXPORTED, FIELDS, FOUNDER_CHANGES, LINE, MODERATED, PUBLISHED, Line, published_fields
from server.text.names import Kind, initials

# The public list, founding signatures first; its pages stay stable while the list grows.


@dataclass(frozen=True, kw_only=True)
class Signatory(Line):
    """A line of the public list, without what its signer hides, so readers need not check ``visibility``.

    ``name`` may be initials. An organisation's representative is never included.
    """

    list_number: int
    kind: Kind
    founding: bool
    visibility: str
    withdrawn_at: int | None
    text_id: int


_LINE_OF_DESK = ("id", "kind", *MODERATED, "visibility", "locale", "partner_id", "domain_proved", "founding_place")
_FOUNDER_STATE = ("state", "visibility", "founding_place", "list_number", "listed_confirmed_at")
_sql = queries_beside(
    __file__,
    line=LINE,
    texts=[name for name in PUBLISHED if FIELDS[name].type in ("text", "textarea")],
    signatory=("list_number", "kind", *PUBLISHED, "visibility", "founding_place", "withdrawn_at", "text_id"),
    desk=(*_LINE_OF_DESK, "signed_at", "confirmed_at", "held_at", "state"),
    founder=("id", "kind", *(column for column in FOUNDER_CHANGES if column != "name"), *_FOUNDER_STATE),
    exported=[name for name in EXPORTED if name in LINE],
)


def read_signatory(row: Mapping[str, Any]) -> Signatory:
    """Return the public line of a row; ``list_number`` and ``text_id`` are 0 if it is not on the list."""
    kind, visibility = row["kind"], row["visibility"]
    told = {column: row[column] for column in published_fields(kind, visibility)}
    if visibility == "initials" and told.get("name"):
        told["name"] = initials(told["name"])
    return Signatory(
        list_number=row.get("list_number", 0),
        kind=kind,
        founding=row.get("founding_place") is not None,
        visibility=visibility,
        withdrawn_at=row.get("withdrawn_at"),
        text_id=row.get("text_id", 0),
        **told,
    )


def list_signatories(
    tx: Tx, statement_id: int, *, now: int, kind: str | None, after: int, most: int, sought: str = ""
) -> list[Signatory]:
    """Return up to ``most`` lines after the list number ``after`` (0: from the beginning).

    There are none before the statement's ``list_from``, and only founding ones until its names are released. ``sought``
    is part of a ``name_key`` (letters, digits and spaces); empty for no search. The search finds only names that are
    shown in full: otherwise hidden names could be guessed letter by letter.
    """
    until, like = _list_number_end(tx, statement_id, now=now), f"%{sought}%" if sought else "%"
    if until is None:
        return []
    asked = {"statement_id": statement_id, "after": after, "until": until, "like": like, "most": most}
    rows = _sql.page(tx, **asked) if kind is None else _sql.page_of_kind(tx, **asked, kind=kind)
    return [read_signatory(row) for row in rows]


def list_latest_names(tx: Tx, statement_id: int, *, now: int, most: int) -> list[str]:
    """Return the names in the latest ``most`` lines, newest first; lines that show no name are left out.

    Founders are not included.
    """
    until = _list_number_end(tx, statement_id, now=now) or 0
    asked = {"statement_id": statement_id, "others_from": SIGNER_NUMBERS_FROM, "until": until, "most": most}
    rows = _sql.list_latest_names(tx, **asked)
    return [shown for line in map(read_signatory, rows) if (shown := line.organisation or line.name)]


@_sql.query
def count_anonymised(tx: Tx, statement_id: int) -> int:
    """Return how many counted signatures had their names erased at the end of the retention period."""


@_sql.query
def count_signatories_without_founders(tx: Tx, statement_id: int, *, others_from: int = SIGNER_NUMBERS_FROM) -> int:
    """Return how many lines besides the founding ones will be shown once names are released."""


@_sql.query
def _list_number_end(
    tx: Tx, statement_id: int, *, now: int, others_from: int = SIGNER_NUMBERS_FROM, no_end: int = LIST_NUMBERS_END
) -> int | None:
    """Return the list number below which lines are public now; None if none are."""


# The founding list for admins.

_LIVE_STATES = ("confirmed", "held")


@dataclass(frozen=True)
class Founder:
    """A founding signature; ``name`` is the organisation's for organisations, and None once it is erased.

    ``is_known``: its address key is stored. ``listed_confirmed_at``: when the founder confirmed the line (epoch
    seconds).
    """

    id: int
    kind: Kind
    name: str | None
    title: str | None
    affiliation: str | None
    state: State
    visibility: str
    founding_place: int
    list_number: int
    is_known: bool
    listed_confirmed_at: int | None

    @property
    def is_live(self) -> bool:
        """Whether it is on the list, or held."""
        return self.state in _LIVE_STATES


@_sql.query
def list_founders(tx: Tx, statement_id: int) -> list[Founder]:
    """Return every founding signature in list order, including withdrawn and removed ones."""


@_sql.query
def get_founder(tx: Tx, statement_id: int, signature_id: int) -> Founder:
    """Return a confirmed or held founding signature of this statement; raises ``NotFound``."""


@_sql.query
def count_live_founders(tx: Tx, statement_id: int) -> int:
    """Return how many founding signatures are confirmed or held."""


@_sql.query
def count_confirmed_founders(tx: Tx, statement_id: int) -> int:
    """Return how many founding signatures are confirmed."""


def list_taken_keys(tx: Tx, statement_id: int) -> tuple[set[str], set[str]]:
    """Return the founding keys and organisation keys that are taken."""
    lines = _sql.list_lines(tx, statement_id=statement_id)
    organisations = _sql.list_organisations(tx, statement_id=statement_id)
    return {row["founding_key"] for row in lines}, {row["organisation_key"] for row in organisations}


# The desk's search, newest first.

LARGE_STATEMENT = 20_000
"""A statement with more signatures is too large to scan all of them for one page."""

IDS_AT_ONCE = 250_000
"""How many ids a page scans if the covering index can answer the search."""

_IDS_OF_INDEX = 1_000_000  # the same for an index that skips most rows

FOUND_AT_ONCE = 2_000
"""How many text matches are checked against the other filters."""

_ROWS_AT_ONCE = LARGE_STATEMENT
_LOWEST, _HIGHEST = 0, 2**62
_SLACK_S = 60  # ids and times of concurrent signatures may be in a different order
_UNCONFIRMED = "pending"


@dataclass(frozen=True)
class SignatureSearch:
    """The filters of a search. None means no filter, except for ``state``: there it means every state but ``pending``.

    ``like`` is part of a ``search_key``. ``since`` and ``until`` (epoch seconds, ``until`` excluded) filter
    by the time of signing.
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
        """Whether the filters match every row, so that a page is full after reading as many rows as it has lines."""
        state = self.state if self.state == _UNCONFIRMED else None
        return self == SignatureSearch(state=state, since=self.since, until=self.until)


@dataclass(frozen=True)
class SignaturePage:
    """Lines, newest first; ``before`` is the cursor of the next page, None on the last one.

    ``is_cut``: the page is short because the scan limit was reached, not because there are no further matches.
    """

    lines: list[Row]
    before: int | None = None
    is_cut: bool = False


def search_signatures(
    tx: Tx, statement_id: int, sought: SignatureSearch, *, before: int | None, is_large: bool, most: int
) -> SignaturePage:
    """Return up to ``most`` lines with ids below ``before`` (None: the newest).

    ``is_large``: the statement has more than ``LARGE_STATEMENT`` signatures, so a page scans only some of them.
    """
    lowest = _first_since(tx, sought.since - _SLACK_S) if sought.since is not None else 0
    end = _first_since(tx, sought.until + _SLACK_S) if sought.until is not None else _first_since(tx, _HIGHEST)
    start = min(before or end, end)
    asked = vars(sought) | {
        "statement_id": statement_id,
        "since": _LOWEST if sought.since is None else sought.since,
        "until": _HIGHEST if sought.until is None else sought.until,
        "before": start,
        "most": most + 1,
        "like": None if sought.like is None else f"%{sought.like}%",
    }
    if sought.like and is_large and sought.state != _UNCONFIRMED:
        return _search_by_text(tx, asked, lowest, most)
    floor = max(lowest, start - _scan_limit(sought, is_large=is_large))
    return _make_page(
        _search_by_index(tx, sought, asked | {"floor": floor}), most, cut_at=floor if floor > lowest else None
    )


@_sql.query
def list_signatures_of_address(tx: Tx, statement_id: int, email_key: bytes, *, most: int) -> list[Row]:
    """Return up to ``most`` signatures of this mailbox, in any state, newest first."""


def list_held_signatures(tx: Tx, statement_id: int, kind: str, *, after: tuple[int, ...], most: int) -> list[Row]:
    """Return up to ``most`` held signatures after the cursor (``held_at``, id), those held longest first."""
    held_at, id_ = after
    return list(
        _sql.list_held_signatures(tx, statement_id=statement_id, kind=kind, held_at=held_at, after=id_, most=most)
    )


def _scan_limit(sought: SignatureSearch, *, is_large: bool) -> int:
    """Return how many ids a page may scan."""
    if sought.is_everything:
        return _HIGHEST
    if sought.state == _UNCONFIRMED:  # pending signatures have no counter, so the statement may have any number of them
        return _ROWS_AT_ONCE
    has_index = sought.domain or sought.partner_id or sought.state not in (None, "confirmed")
    return (_IDS_OF_INDEX if has_index else IDS_AT_ONCE) if is_large else _HIGHEST


def _search_by_index(tx: Tx, sought: SignatureSearch, asked: dict[str, Any]) -> list[Row]:
    """Run the query whose index skips the most rows."""
    query = _sql.list_by_age
    if sought.state == _UNCONFIRMED:
        query = _sql.list_unconfirmed
    elif sought.like is None and sought.domain is not None:
        query = _sql.list_of_domain
    elif sought.like is None and sought.partner_id is not None:
        query = _sql.list_of_partner
    elif sought.like is None and sought.state not in (None, "confirmed"):
        query = _sql.list_not_listed
    return list(query(tx, **asked))


def _search_by_text(tx: Tx, asked: dict[str, Any], lowest: int, most: int) -> SignaturePage:
    found = list(_sql.list_found(tx, **asked, floor=lowest, window=FOUND_AT_ONCE))
    if len(found) > most:
        return _make_page(found, most, cut_at=None)
    window = _sql.find_window(tx, like=asked["like"], floor=lowest, before=asked["before"], window=FOUND_AT_ONCE)
    return _make_page(found, most, cut_at=window["lowest"] if window["many"] == FOUND_AT_ONCE else None)


def _make_page(rows: list[Row], most: int, *, cut_at: int | None) -> SignaturePage:
    if len(rows) > most:
        return SignaturePage(rows[:most], before=rows[most - 1]["id"])
    return SignaturePage(rows, before=cut_at, is_cut=cut_at is not None)


def _first_since(tx: Tx, moment: int) -> int:
    """Return the lowest id from which on every row was signed at ``moment`` or later: ids grow with time.

    A binary search replaces an index on ``signed_at``, which would slow down every signature.
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


# Signers: for mailings, for signers themselves, for retention.


@_sql.query
def was_confirmed_before(tx: Tx, statement_id: int, *, email_key: bytes, name_key: str) -> bool:
    """Return whether a signature of this name from this mailbox was ever confirmed.

    Withdrawn and removed signatures count, erased ones do not.
    """


@_sql.query
def is_organisation_listed(tx: Tx, statement_id: int, organisation_key: str | None) -> bool:
    """Return whether an organisation of this name is on the list."""


@_sql.query
def is_text_signed(tx: Tx, statement_id: int, text_id: int) -> bool:
    """Say whether anybody but founders ever confirmed a signature under a version in this text's language."""


@_sql.query
def list_news_recipients(tx: Tx, statement_id: int, *, after: int, most: int) -> list[Recipient]:
    """Return up to ``most`` subscribers to the organiser's news whose address is stored, with ids above ``after``."""


@_sql.query
def find_signature_record(tx: Tx, signature_id: int) -> Row:
    """Return every stored column about a person under readable names, with the wording they agreed to."""


@_sql.query
def list_own_signature_ids(tx: Tx, statement_id: int, email_key: bytes, *, most: int) -> list[int]:
    """Return the ids of up to ``most`` signatures of this mailbox, ever confirmed and not erased, oldest first.

    If there are more than ``most``: the confirmed and held ones first, then the latest. The others follow once these
    are erased.
    """


@_sql.query
def list_with_personal_data(tx: Tx, statement_id: int, *, most: int) -> list[tuple[int, bytes | None]]:
    """Return id and address key of up to ``most`` signatures, in any state, that still have personal data.

    The key is None for founders without an address; they are included if their line is off the list or shows no name.
    """


@_sql.query
def list_signatures_by_state(tx: Tx, statement_id: int, state: str | None, *, after: int, most: int) -> list[Row]:
    """Return up to ``most`` rows with ids above ``after``, for admins; state None: in any state."""


@_sql.query
def list_public_lines(tx: Tx, *, after: int, most: int) -> list[Row]:
    """Return up to ``most`` rows of all statements with ids above ``after``, without removed and withdrawn ones."""


# Exports, batch by batch.


@dataclass(frozen=True)
class DumpFilters:
    """The filters of an export; None: no filter. Times are epoch seconds, ``until_at`` is excluded."""

    kind: Kind | None = None
    state: Settled | None = None
    partner: str | None = None
    locale: str | None = None
    since_at: int | None = None
    until_at: int | None = None


class ChangeMark(NamedTuple):
    """A position in the order of changes: time (epoch seconds), then id."""

    changed_at: int
    id: int


@_sql.query
def get_highest_id(tx: Tx, statement_id: int) -> int:
    """Return the current highest id; later signatures belong to the next export."""


@_sql.query
def list_dump_batch(tx: Tx, statement_id: int, filters: DumpFilters, *, after: int, fence: int, most: int) -> list[Row]:
    """Return up to ``most`` rows that were ever confirmed, with ids above ``after`` and at most ``fence``."""


@_sql.query
def find_last_change(tx: Tx, statement_id: int, *, until: int) -> ChangeMark | None:
    """Return the mark of the latest change not later than ``until``, or None."""


@_sql.query
def list_changed_signatures(
    tx: Tx, statement_id: int, filters: DumpFilters, *, after: ChangeMark, upto: ChangeMark, most: int
) -> list[Row]:
    """Return up to ``most`` rows that were ever confirmed, in the order of their changes: after ``after``, up to
    ``upto``.

    Each row also has its ``changed_at``.
    """
