"""The steps from an empty file to today's tables: plain SQL files, applied once each, in the order of their names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from server.errors import SettingsError
from server.storage import sqlite

_FOLDER = Path(__file__).parent


def _step(script: str) -> Callable[[Database], None]:
    def run(db: Database) -> None:
        for statement in sqlite.statements_of(script):
            db.execute(statement)

    return run


def _steps() -> Migrations:
    steps = Migrations("undersigned")
    for file in sorted(_FOLDER.glob("*.sql")):
        steps(name=file.stem)(_step(file.read_text(encoding="utf-8")))
    return steps


def _refuse_newer(applied: list[str]) -> None:
    known = {file.stem for file in _FOLDER.glob("*.sql")}
    newer = [name for name in applied if name not in known]
    if newer:
        raise SettingsError(f"the database was made by a newer version (it knows {', '.join(newer)})")


def apply(connection: Any, *, steps: Migrations | None = None) -> list[str]:
    """Take every step that is missing, all in one transaction, and return their names.

    Raises ``SettingsError`` when the file knows steps that this program does not: a newer program has been here.
    """
    steps = steps or _steps()
    db = sqlite.database(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        pending = [step.name for step in steps.pending(db)]
        _refuse_newer([step.name for step in steps.applied(db)])
        steps.apply(db)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return pending
