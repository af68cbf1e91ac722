"""The steps from an empty database to today's tables: SQL files, taken once each, in the order of their names."""

import re
from collections.abc import Iterable
from pathlib import Path

from server.errors import SettingsError

_FOLDER = Path(__file__).parent
_SECTION = re.compile(r"^-- \[([a-z -]+)\]$", re.MULTILINE)


def scripts() -> dict[str, str]:
    """Return the steps by name, in their order, as SQLite reads them."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(_FOLDER.glob("*.sql"))}


def part_for(engine: str, script: str) -> str:
    """Return what stands in a script for all engines, and in the sections ``-- [engine]`` of this one."""
    shared, *sections = _SECTION.split(script)
    named = zip(sections[::2], sections[1::2], strict=True)
    return shared + "".join(text for name, text in named if name == engine)


def refuse_newer(taken: Iterable[str]) -> None:
    """Raise ``SettingsError`` when a step was taken that this program does not know: a newer one has been here."""
    newer = sorted(set(taken) - set(scripts()))
    if newer:
        raise SettingsError(f"the database was made by a newer version (it knows {', '.join(newer)})")
