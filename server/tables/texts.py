"""Texts of a statement, one row for each language and version, and the consent wordings of signers."""

import hashlib
from dataclasses import dataclass, fields
from typing import Any, Literal

from server.db import Row, Tx, found, queries_beside
from server.tables.outbox import Recipient

# Texts.


@dataclass(frozen=True)
class StatementText:
    """A row; ``body`` is Markdown, ``dated`` an ISO date, ``sha256`` covers title, eligibility and body.

    ``created_at`` is when this version was stored, in epoch seconds.
    """

    id: int
    statement_id: int
    locale: str
    version: int
    title: str
    place: str | None
    dated: str | None
    eligibility: str | None
    body: str
    sha256: str
    created_at: int


@dataclass(frozen=True)
class Version(StatementText):
    """A row with its origin: ``change`` is first, typo or substance; ``reason`` is None before anybody has signed."""

    change: str
    reason: str | None


_sql = queries_beside(__file__, text=[column.name for column in fields(StatementText)])


def add(tx: Tx, statement_id: int, values: dict[str, Any], *, change: str, reason: str | None, now: int) -> int:
    """Store the next version in the language of ``values`` (locale, title, place, dated, eligibility, body, sha256)."""
    return int(_sql.add(tx, statement_id=statement_id, change=change, reason=reason, now=now, **values))


@_sql.query
def get(tx: Tx, text_id: int) -> StatementText:
    """Return one version; raises ``NotFound``."""


@_sql.query
def find_latest(tx: Tx, statement_id: int, locale: str) -> StatementText | None:
    """Return the latest version in one language, or None."""


def replace_text(tx: Tx, text_id: int, values: dict[str, Any], *, now: int) -> bool:
    """Replace a text in place; ``values`` as for ``add``.

    False if that is not allowed: its statement was open once, or a signature refers to it.
    """
    kept = {name: value for name, value in values.items() if name != "locale"}
    return bool(_sql.replace_text(tx, id=text_id, now=now, **kept))


def get_latest(tx: Tx, statement_id: int, locale: str) -> StatementText:
    """Return the latest version in this language; raises ``NotFound``."""
    return found(find_latest(tx, statement_id, locale), f"there is no text in the language {locale}")


@_sql.query
def list_latest(tx: Tx, statement_id: int) -> list[StatementText]:
    """Return the latest version in each language, the statement's first language first."""


@_sql.query
def list_public(tx: Tx, statement_id: int, locale: str) -> list[Version]:
    """Return the public versions in this language, newest first.

    They start with the first one that has a confirmed signature, because earlier drafts are private. Without signatures
    only the latest is public.
    """


@_sql.query
def start_reconsent(tx: Tx, statement_id: int, locale: str, text_id: int) -> None:
    """Start asking signers of older editions to consent to this one; stops asking about earlier editions."""


@_sql.query
def find_text_to_ask_about(tx: Tx) -> Row | None:
    """Return a text whose signers are not all asked yet (id, statement_id, locale, version, asking_upto), or None."""


@_sql.query
def mark_asked(tx: Tx, text_id: int, *, was: int, upto: int | None) -> bool:
    """Record that signatures up to id ``upto`` (None: all) were asked; False if another process was faster."""


# Signers of an earlier edition, that is, of a text before a change of substance.


@dataclass(frozen=True)
class Superseded:
    """A version of an older edition: its number, and when it was stored (epoch seconds)."""

    version: int
    created_at: int


@dataclass(frozen=True)
class Reach:
    """How many active signatures an older edition has: with a stored address, and without one."""

    askable: int
    silent: int


@_sql.query
def list_superseded(tx: Tx, statement_id: int) -> dict[int, Superseded]:
    """Return the texts of a statement, by id, that belong to an older edition of their language."""


def count_to_ask(tx: Tx, statement_id: int, locale: str, *, below: int) -> Reach:
    """Return how many confirmed or held signatures refer to a version below ``below`` in this language."""
    asked = {"statement_id": statement_id, "locale": locale, "below": below}
    askable = int(_sql.count_askable(tx, **asked))
    return Reach(askable, int(_sql.count_standing(tx, **asked)) - askable)


@_sql.query
def list_to_ask(tx: Tx, statement_id: int, locale: str, *, below: int, after: int, most: int) -> list[Recipient]:
    """Return up to ``most`` signatures that ``count_to_ask`` counts, with ids above ``after`` and a stored address."""


# The organisers' own consent wordings, by language and kind of signer.


@_sql.query
def find_consent_wording(tx: Tx, statement_id: int, locale: str, which: str) -> str | None:
    """Return the organiser's wording in the language of a text; None if the built-in one is used."""


def list_consent_wordings(tx: Tx, statement_id: int) -> dict[tuple[str, str], str]:
    """Return all of the organiser's wordings for a statement by (locale, which)."""
    return {
        (row["locale"], row["which"]): row["body"] for row in _sql.list_consent_wordings(tx, statement_id=statement_id)
    }


@_sql.query
def set_consent_wording(tx: Tx, statement_id: int, locale: str, which: str, body: str) -> None:
    """Set the organiser's wording."""


@_sql.query
def remove_consent_wording(tx: Tx, statement_id: int, locale: str, which: str) -> None:
    """Remove the organiser's wording, so that the built-in one is used again."""


# All wordings that signers have agreed to.


def get_or_add_wording(
    tx: Tx,
    purpose: Literal["consent", "newsletter"],
    locale: str,
    body: str,
    *,
    partner_id: int | None = None,
    now: int,
) -> int:
    """Return the id of a wording (of a partner, or None: ours), storing it if it is new."""
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    known = {"purpose": purpose, "partner_id": partner_id, "locale": locale, "sha256": sha256}
    return int(_sql.find_wording(tx, **known) or _sql.add_wording(tx, **known, body=body, now=now))
