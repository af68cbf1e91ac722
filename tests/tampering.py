"""Changes the journal as somebody with an SQL shell can, who lifts what the database itself puts in the way."""

from typing import Any

from server.db import Store
from tests.databases import databases

_TRIGGERS = {
    "journal": ("journal_is_not_changed", "journal_is_not_cut"),
    "journal_details": ("journal_details_are_not_changed",),
}


def tamper(db: Store, *statements: str, **values: Any) -> None:
    """Run statements on the journal in one transaction, past its triggers."""
    with db.write() as tx:
        for table, triggers in _TRIGGERS.items():
            if databases.on_postgres:
                tx.run(f"ALTER TABLE {table} DISABLE TRIGGER USER", {})
            else:
                for trigger in triggers:
                    tx.run(f"DROP TRIGGER IF EXISTS {trigger}", {})
        for sql in statements:
            tx.run(sql, values)
        if databases.on_postgres:
            for table in _TRIGGERS:
                tx.run(f"ALTER TABLE {table} ENABLE TRIGGER USER", {})
