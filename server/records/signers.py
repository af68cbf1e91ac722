"""Reads who has signed, and never writes: for mailings, for the signers themselves, for what is kept or erased."""

from typing import Any

from server.storage import Row, Tx, queries_beside

_sql: Any = queries_beside(__file__)


def has_stood(tx: Tx, statement_id: int, *, email_key: bytes, name_key: str) -> bool:
    """Say whether this mailbox has ever confirmed this name, and it is still told: withdrawn and removed ones count."""
    return bool(_sql.find_stood(tx, statement_id=statement_id, email_key=email_key, name_key=name_key))


def is_organisation_listed(tx: Tx, statement_id: int, organisation_key: str | None) -> bool:
    """Say whether an organisation of this name is confirmed, and not only counted."""
    return bool(_sql.find_organisation(tx, statement_id=statement_id, organisation_key=organisation_key))


def is_text_signed(tx: Tx, statement_id: int, text_id: int) -> bool:
    """Say whether anybody has confirmed a version of the text in this one's language; founders go with the text."""
    return bool(_sql.find_signed(tx, statement_id=statement_id, text_id=text_id))


def list_readers(tx: Tx, statement_id: int, *, after: int, most: int) -> list[Row]:
    """Return the next, by id, who asked for news and can be written to: id, locale, email_key, sealed."""
    return list(_sql.list_readers(tx, statement_id=statement_id, after=after, most=most))


def get_record(tx: Tx, signature_id: int) -> Row:
    """Return every column about a person, under names that they can read, with the words that they agreed to."""
    row: Row = _sql.find_record(tx, id=signature_id)
    return row


def list_own(tx: Tx, statement_id: int, email_key: bytes, *, most: int) -> list[int]:
    """Return the ids of what this mailbox has ever confirmed under this statement and not erased, oldest first.

    Of more than ``most`` those that stand come first, then the latest: once these are erased, it is the others' turn.
    """
    rows = _sql.list_own(tx, statement_id=statement_id, email_key=email_key, most=most)
    return sorted(row["id"] for row in rows)


def list_personal(tx: Tx, statement_id: int, *, most: int) -> list[tuple[int, bytes | None]]:
    """Return id and address key of up to ``most`` signatures, in whatever state, whose signers can still be told.

    The key is None for founders who gave no address; their line is here once it is off the list, or shows no name.
    """
    rows = _sql.list_personal(tx, statement_id=statement_id, most=most)
    return [(row["id"], None if row["email_key"] is None else bytes(row["email_key"])) for row in rows]


def list_by_state(tx: Tx, statement_id: int, state: str | None, *, after: int, most: int) -> list[Row]:
    """Return the next rows by id (None: in every state), for an admin's eyes."""
    return list(_sql.list_by_state(tx, statement_id=statement_id, state=state, after=after, most=most))
