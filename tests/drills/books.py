"""Compares what signers were told with what the database holds, from outside and without the product's own queries."""

from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlite_utils.utils import sqlite3

Row = dict[str, Any]

KEPT = """
SELECT submissions.key,
       count(signatures.id) AS signatures,
       count(contacts.signature_id) AS contacts,
       count(outbox.id) AS emails
  FROM submissions
  LEFT JOIN signatures ON signatures.name = 'Անի ' || submissions.key AND signatures.state = 'pending'
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
       (SELECT coalesce(sum(submitted), 0) FROM tallies WHERE dimension = 'all') AS counted
"""


@contextmanager
def looking_into(address: str) -> Iterator[Callable[[str], list[Row]]]:
    """Give a function that runs a query on the database at this address and returns its rows as dicts."""
    if address.startswith("postgresql://"):
        with psycopg.connect(address, row_factory=dict_row) as connection:
            yield lambda query: connection.execute(query.encode()).fetchall()
        return
    with closing(sqlite3.connect(f"file:{address}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield lambda query: [dict(row) for row in connection.execute(query)]


def faults(address: str, *, acknowledged: Collection[str]) -> list[str]:
    """Return in words everything that is not as it was promised; an empty list when all is well.

    A key that was acknowledged has exactly one pending signature, one sealed address and one email; a row that was
    never acknowledged may be there, but whole; nothing is there twice; the file is sound, and the counts agree.
    """
    with looking_into(address) as rows:
        kept = {row["key"]: (row["signatures"], row["contacts"], row["emails"]) for row in rows(KEPT)}
        [counts] = rows(COUNTS)
        broken = [] if "://" in address else rows("PRAGMA integrity_check") + rows("PRAGMA foreign_key_check")
    found = [f"lost: {key}" for key in acknowledged if key not in kept]
    found += [f"not whole (signatures, addresses, emails): {key} {row}" for key, row in kept.items() if row != WHOLE]
    found += [] if len({int(count) for count in counts.values()}) == 1 else [f"the counts disagree: {counts}"]
    return found + [f"the file: {row}" for row in broken if row != {"integrity_check": "ok"}]


def keys_in(address: str) -> set[str]:
    """Return the keys that the database knows."""
    with looking_into(address) as rows:
        return {row["key"] for row in rows("SELECT key FROM submissions")}
