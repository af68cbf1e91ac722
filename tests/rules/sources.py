"""The house as its rules read it: modules by their dotted names, and the files that are no Python."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server"
TESTS = ROOT / "tests"
RECORDS = SERVER / "records"
WIDGET = ROOT / "widget" / "src"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def modules() -> dict[str, str]:
    """The source of each of the server's modules, by its dotted name."""
    return _python_in(SERVER)


def suite() -> dict[str, str]:
    """The source of each of the tests' modules, by its dotted name."""
    return _python_in(TESTS)


def _python_in(folder: Path) -> dict[str, str]:
    found = {}
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file.read_text()
    return found


def scripts() -> dict[str, str]:
    """The source of each of the widget's modules, by its file's name."""
    return {file.name: file.read_text() for file in sorted(WIDGET.glob("*.js"))}


def queries() -> dict[str, str]:
    """The text of each .sql file of the records, by the module that it stands beside."""
    return {file.stem: file.read_text() for file in sorted(RECORDS.glob("*.sql"))}


def definitions(source: str) -> Iterator[Definition]:
    """Every function and class, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Definition):
            yield node
