"""Compares what signers were told with what the database holds, from outside and without the product's own queries."""

from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

KEPT = """
SELECT submissions.key,
       count(signatures.id) AS signatures,
       count(contacts.signature_id) AS contacts,
       count(outbox.id) AS emails
  FROM submissions
  LEFT JOIN signatures ON signatures.id = submissions.signature_id AND signatures.state = 'pending'
  LEFT JOIN contacts ON contacts.signature_id = signatures.id AND length(contacts.sealed) > 0
  LEFT JOIN outbox ON outbox.signature_id = signatures.id AND outbox.kind = 'confirm'
 GROUP BY submissions.key
"""
WHOLE = (1, 1, 1)
COUNTS = """
SELECT (SELECT count(*) FROM submissions) AS keys,
       (SELECT count(*) FROM signatures) AS signatures,
       (SELECT count(DISTINCT email_key) FROM signatures) AS addresses,
       (SELECT count(*) FROM contacts) AS contacts,
       (SELECT count(*) FROM outbox) AS emails,
       (SELECT total(submitted) FROM tallies WHERE dimension = 'all') AS counted
"""


def faults(database: Path, *, acknowledged: Collection[str]) -> list[str]:
    """Return in words everything that is not as it was promised; an empty list when all is well.

    A key that was acknowledged has exactly one pending signature, one sealed address and one email; a row that was
    never acknowledged may be there, but whole; nothing is there twice; the file is sound, and the counts agree.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        kept = {key: tuple(row) for key, *row in db.execute(KEPT)}
        found = [f"lost: {key}" for key in acknowledged if key not in kept]
        found += [
            f"not whole (signatures, addresses, emails): {key} {row}" for key, row in kept.items() if row != WHOLE
        ]
        counts = _named_row(db, COUNTS)
        found += [] if len(set(counts.values())) == 1 else [f"the counts disagree: {counts}"]
        found += [f"integrity: {row[0]}" for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
        found += [f"foreign key: {row}" for row in db.execute("PRAGMA foreign_key_check")]
    return found


def keys_in(database: Path) -> set[str]:
    """Return the keys that the database knows."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return {key for (key,) in db.execute("SELECT key FROM submissions")}


def _named_row(db: Any, query: str) -> dict[str, int]:
    cursor = db.execute(query)
    return dict(zip([column[0] for column in cursor.description], map(int, cursor.fetchone()), strict=True))
