"""The project's files as the rules read them: modules by their dotted names, SQL files, widget scripts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server"
TESTS = ROOT / "tests"
TABLES = SERVER / "tables"
WIDGET = ROOT / "widget" / "src"

SQL_IN_PYTHON = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA)\b")

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
    """The SQL of each module of ``tables`` that has any: its ``.sql`` file and the statements in its functions."""
    found = {}
    for file in sorted(TABLES.glob("*.py")):
        beside = file.with_suffix(".sql")
        parts = [beside.read_text()] if beside.exists() else []
        found[file.stem] = "\n".join(parts + [sql for _, sql in sql_in(file.read_text())])
    return {module: sql for module, sql in found.items() if sql}


def sql_in(source: str) -> list[tuple[int, str]]:
    """The SQL statements in Python, each with its line."""
    return [
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_IN_PYTHON.match(node.value)
    ]


def definitions(source: str) -> Iterator[Definition]:
    """Every function and class, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Definition):
            yield node
