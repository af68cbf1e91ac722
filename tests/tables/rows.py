"""Rows as the actions would write them, each a plain one unless the test says otherwise."""

from typing import Any

import psycopg
from sqlite_utils.utils import sqlite3

from server.db import Store, Tx
from server.tables import signatures, statements, texts
from server.tables.journal import Act
from server.tables.signatures import Signature
from server.tables.statements import Statement
from tests.scene import look

NOW = 1_800_000_000
REFUSED_BY_A_TABLE = (sqlite3.IntegrityError, psycopg.errors.IntegrityError)
ANI_KEY, LUSINE_KEY = b"a" * 32, b"l" * 32


def text_id_of(tx: Tx, statement: Statement) -> int:
    return texts.list_latest(tx, statement.id)[0].id


def add_pending(tx: Tx, statement: Statement, *, now: int = NOW, **values: Any) -> Signature:
    """A signature of Ani's that waits for her; ``values`` say what is different."""
    row = {
        "statement_id": statement.id,
        "text_id": text_id_of(tx, statement),
        "partner_id": None,
        "kind": "individual",
        "name": "Ani",
        **dict.fromkeys(("title", "affiliation", "organisation", "website", "city", "country", "comment")),
        "locale": "en",
        "visibility": "name",
        "newsletter": 0,
        "domain_proved": 0,
        "name_key": (values.get("name") or "Ani").casefold(),
        "organisation_key": None,
        "email_key": ANI_KEY,
        "key_version": 1,
        "mail_domain": None,
        **values,
    }
    return signatures.get(tx, signatures.add_pending(tx, row, now=now))


def add_pending_organisation(
    tx: Tx, statement: Statement, organisation: str = "River Watch", **values: Any
) -> Signature:
    key = organisation.casefold()
    return add_pending(
        tx,
        statement,
        **{"kind": "organisation", "organisation": organisation, "organisation_key": key, "name_key": key, **values},
    )


def confirm(tx: Tx, signature: Signature, *, seat: int = 1, held: bool = False, now: int = NOW) -> bool:
    consent_id = texts.get_or_add_wording(tx, "consent", "en", "I sign", now=now)
    return signatures.confirm(tx, signature, seat=seat, consent_id=consent_id, held=held, now=now)


def add_confirmed(
    tx: Tx, statement: Statement, number: int, *, held: bool = False, now: int = NOW, **values: Any
) -> Signature:
    """A confirmed signature of its own mailbox, told apart by its number."""
    mine = {"name": f"Signer {number}", "email_key": number.to_bytes(32, "big")} | values
    signature = add_pending(tx, statement, now=now, **mine)
    assert confirm(tx, signature, held=held, now=now)
    return signatures.get(tx, signature.id)


def add_founding(tx: Tx, statement: Statement, name: str, *, now: int = NOW, **values: Any) -> int | None:
    row = {
        "text_id": text_id_of(tx, statement),
        "kind": "individual",
        "name": name,
        "title": None,
        "affiliation": None,
        "organisation": None,
        "website": None,
        "country": None,
        "locale": "en",
        "name_key": name.casefold(),
        "organisation_key": None,
        "founding_key": f"individual/{name.casefold()}",
        "email_key": None,
        "key_version": None,
        "mailbox_seat": 1,
        **values,
    }
    return signatures.add_founding(tx, row, statement_id=statement.id, now=now)


def add_statement(tx: Tx, slug: str, **values: Any) -> int:
    """A draft that asks for as little as can be."""
    nothing = (
        "opens_at",
        "closes_at",
        "event_at",
        "timezone",
        "goal",
        "count_from",
        "names_from",
        "list_from",
        "reply_to",
    )
    row = {
        "slug": slug,
        "locale": "en",
        **dict.fromkeys(nothing),
        "kinds": ("individual",),
        "fields": (),
        "required": (),
        "moderation": "none",
        "confirm_by": "link",
        "visibilities": ("name",),
        "newsletter": False,
        "mailbox_seats": 2,
        "keep_contacts": False,
        "anonymise_after_days": None,
        "discreet": False,
        "indexed": False,
        "short_form": True,
        **values,
    }
    return statements.add(tx, row)


def one(store: Store, sql: str, **values: Any) -> Any:
    """The first value of the first row, read past the records."""
    [row, *_] = look(store, sql, **values)
    return next(iter(row.values()))


def state(tx: Tx, signature: Signature) -> str:
    return signatures.get(tx, signature.id).state


def write_journal(tx, verb: str, *, actor: str, subject: str, now: int, statement_id: int | None = None, **told) -> int:
    return Act(tx, actor, now).journal(verb, statement_id, subject=subject, **told)
