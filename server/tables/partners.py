"""Partners: websites that embed the form, their origins, and the statements they embed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server.crypto.passwords import hash_secret
from server.db import Conflict, Row, Tx, found, queries_beside, row_reader

_sql = queries_beside(__file__, partner=("id", "slug", "name", "locale", "theme", "newsletters", "revoked_at"))


@dataclass(frozen=True)
class Partner:
    """A partner; ``origins`` are exact, as browsers send them.

    ``newsletters`` has the label of its newsletter checkbox by language; languages without a label have no checkbox.
    ``locale`` and ``theme`` are the defaults of its pages. ``revoked_at`` None: its origins may embed.
    """

    id: int
    slug: str
    name: str
    origins: frozenset[str]
    newsletters: dict[str, str] = field(default_factory=dict)
    locale: str | None = None
    theme: str | None = None
    has_report: bool = False
    revoked_at: int | None = None


_read_one = row_reader(Partner)


def _read(rows: Iterable[Row]) -> list[Partner]:
    """Return the partners of joined rows with one origin (or none) each."""
    by_id: dict[int, Row] = {}
    for row in rows:
        origin = row.pop("origin") or ""
        by_id.setdefault(row["id"], row | {"origins": ""})["origins"] += f" {origin}"
    return list(map(_read_one, by_id.values()))


def add(tx: Tx, slug: str, *, name: str) -> int:
    """Store a partner unless its slug exists, and return its id; raises ``Conflict`` if that one was revoked."""
    added = _sql.add(tx, slug=slug, name=name)
    if added is not None:
        return int(added)
    known = get(tx, slug)
    if known.revoked_at is not None:
        raise Conflict(f"the partner {slug} was revoked")
    return known.id


def find(tx: Tx, slug: str) -> Partner | None:
    """Return the partner with this slug, even if revoked, or None."""
    return next(iter(_read(_sql.find(tx, slug=slug) if "\0" not in slug else ())), None)


def get(tx: Tx, slug: str) -> Partner:
    """Return the partner with this slug, even if revoked; raises ``NotFound``."""
    return found(find(tx, slug), f"there is no partner {slug}")


def list_all(tx: Tx) -> list[Partner]:
    """Return every partner, including revoked ones."""
    return _read(_sql.list_all(tx))


def list_all_of_statement(tx: Tx, statement_id: int) -> list[Partner]:
    """Return the partners of a statement, including revoked ones."""
    return _read(_sql.list_all_of_statement(tx, statement_id=statement_id))


def list_live_of_statement(tx: Tx, statement_id: int) -> list[Partner]:
    """Return the partners of a statement that are not revoked."""
    return [partner for partner in list_all_of_statement(tx, statement_id) if partner.revoked_at is None]


def get_of(tx: Tx, statement_id: int, slug: str) -> Partner:
    """Return the partner with this slug if it may embed the statement; raises ``NotFound``."""
    live = {partner.slug: partner for partner in list_live_of_statement(tx, statement_id)}
    return found(live.get(slug), f"there is no partner {slug} that embeds this statement")


@_sql.query
def add_origin(tx: Tx, partner_id: int, origin: str) -> bool:
    """Allow an origin; False if it was allowed already."""


@_sql.query
def remove_origin(tx: Tx, partner_id: int, origin: str) -> None:
    """Disallow an origin."""


@_sql.query
def add_to_statement(tx: Tx, partner_id: int, statement_id: int) -> bool:
    """Allow a partner to embed a statement; False if it was allowed already."""


@_sql.query
def remove_from_statement(tx: Tx, partner_id: int, statement_id: int) -> bool:
    """Stop a partner from embedding a statement; False if it was not allowed."""


@_sql.query
def list_statement_ids(tx: Tx, partner_id: int) -> list[int]:
    """Return the ids of the statements that a partner may embed."""


@_sql.query
def change(tx: Tx, partner_id: int, *, name: str, locale: str | None, theme: str | None) -> None:
    """Store a partner's name, and the default language and theme of its pages."""


@_sql.query
def set_newsletter_wordings(tx: Tx, partner_id: int, newsletters: Mapping[str, str]) -> None:
    """Store the labels of a partner's newsletter checkbox, by language."""


@_sql.query
def set_report_hash(tx: Tx, partner_id: int, report_hash: bytes) -> None:
    """Store the hash of a new report secret; the old secret stops working."""


def find_by_report_secret(tx: Tx, secret: str) -> Partner | None:
    """Return the live partner with this report secret, or None."""
    return next(iter(_read(_sql.find_by_report_secret(tx, report_hash=hash_secret(secret)))), None)


@_sql.query
def clear_report_secret(tx: Tx, partner_id: int) -> bool:
    """Remove a partner's report secret; False if there was none."""


@_sql.query
def revoke(tx: Tx, partner_id: int, *, now: int) -> bool:
    """Stop a partner from embedding anything on this server; False if it was revoked already."""


@_sql.query
def restore(tx: Tx, partner_id: int) -> bool:
    """Allow a revoked partner to embed its statements again; False if it was not revoked."""
