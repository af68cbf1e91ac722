"""The steps on SQLite, through sqlite-utils, which keeps the list of those that were taken."""

from collections.abc import Callable
from typing import Any

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3

from server.storage import sqlite
from server.storage.migrations import part_for, refuse_newer, scripts

# https://sqlite.org/fts5.html#the_secure_delete_configuration_option: since 3.42, and sound since 3.44.
_FORGETS = (3, 44, 0)


def _step(script: str, *, version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> Callable[[Database], None]:
    engine = "sqlite" if version >= _FORGETS else "sqlite without secure-delete"

    def run(db: Database) -> None:
        for statement in sqlite.statements_of(part_for(engine, script)):
            db.execute(statement)

    return run


def _steps() -> Migrations:
    steps = Migrations("undersigned")
    for name, script in scripts().items():
        steps(name=name)(_step(script))
    return steps


def apply(connection: Any, *, steps: Migrations | None = None) -> list[str]:
    """Take every step that is missing, all in one transaction, and return their names.

    Raises ``SettingsError`` when the file knows steps that this program does not: a newer program has been here.
    """
    steps = steps or _steps()
    db = sqlite.database(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        pending = [step.name for step in steps.pending(db)]
        refuse_newer([step.name for step in steps.applied(db)])
        steps.apply(db)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return pending
