"""Each table is written by one module of ``tables``, and every query is used."""

import ast
import re
from collections.abc import Mapping

import pytest

from server.db.sqlite_store import SqliteStore
from tests.rules.sources import TABLES, modules, queries, sql_in

WRITES = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?!SET\b)(\w+)")
BARE_INSERT = re.compile(r"\bINSERT\s+INTO\s+\w+\b(?!\s*\()")
NAMED = re.compile(r"^-- name: (\w+)", re.MULTILINE)


def without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)


def writers(files: Mapping[str, str]) -> dict[str, set[str]]:
    """The modules whose queries write a table, by table."""
    found: dict[str, set[str]] = {}
    for module, sql in files.items():
        for table in WRITES.findall(without_comments(sql)):
            found.setdefault(table, set()).add(module)
    return found


def shared_tables(files: Mapping[str, str]) -> list[str]:
    return sorted(table for table, names in writers(files).items() if len(names) > 1)


def unnamed_columns(files: Mapping[str, str]) -> list[str]:
    """INSERTs that trust the order of the columns, and SELECTs that take whatever there is."""
    return [
        module
        for module, sql in files.items()
        if BARE_INSERT.search(without_comments(sql)) or re.search(r"SELECT\s+(\w+\.)?\*", sql)
    ]


def differing_names(sql: str, source: str) -> tuple[set[str], set[str]]:
    """The queries that nobody declares or calls, and the declarations and calls that find no query."""
    named, called = set(NAMED.findall(sql)), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and "_sql.query" in map(ast.unparse, node.decorator_list):
            called.add(node.name.lstrip("_"))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "_sql":
            called |= {node.attr} - {"query"}
    return named - called, called - named


def unused_functions(sources: Mapping[str, str]) -> list[str]:
    """Public functions of ``tables`` that nothing uses."""
    found = []
    for name, source in sources.items():
        if not name.startswith("server.tables."):
            continue
        module = name.rsplit(".", 1)[-1]
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                used = re.compile(rf"\b{module}(_table)?\.{node.name}\b|\b{node.name}\(")
                if not any(used.search(other) for elsewhere, other in sources.items() if elsewhere != name) and not (
                    len(re.findall(rf"\b{node.name}\(", source)) > 1
                ):
                    found.append(f"{name}.{node.name}")
    return found


def test_each_table_is_written_by_one_module():
    assert shared_tables(queries()) == []


def test_a_table_with_two_writers_is_seen():
    bad = {
        "outbox": "INSERT INTO outbox (id) VALUES (1);\n-- DELETE FROM signatures is somebody else's",
        "signatures": "INSERT INTO signatures (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2;",
        "sneaky": "DELETE  FROM outbox;\nUPDATE signatures\n   SET id = 3;",
    }

    assert shared_tables(bad) == ["outbox", "signatures"]
    assert set(writers(bad)) == {"outbox", "signatures"}


def test_every_written_table_exists(tmp_path):
    store = SqliteStore(tmp_path / "u.db")
    store.migrate(create=True)
    with store.read() as tx:
        tables = {row["name"] for row in tx.rows("SELECT name FROM sqlite_schema WHERE type = 'table'", {})}
    store.close()

    assert set(writers(queries())) <= tables


def test_every_sql_file_has_its_module():
    assert {file.stem for file in TABLES.glob("*.sql")} <= {file.stem for file in TABLES.glob("*.py")}


@pytest.mark.parametrize("file", sorted(TABLES.glob("*.sql")), ids=lambda file: file.stem)
def test_every_query_is_called_and_every_call_finds_its_query(file):
    assert differing_names(file.read_text(), file.with_suffix(".py").read_text()) == (set(), set())


def test_a_query_without_a_call_and_a_call_without_a_query_are_seen():
    sql = "-- name: add(id)!\nINSERT INTO a (id) VALUES (:id);\n-- name: forgotten()\nSELECT id FROM a;"

    assert differing_names(sql, "_sql.add(tx, id=1)\n_sql.missing(tx)") == ({"forgotten"}, {"missing"})
    assert differing_names(sql, "@_sql.query\ndef _add(tx, id): ...") == ({"forgotten"}, set())


def test_every_column_is_named():
    assert unnamed_columns(queries()) == []


def test_an_insert_or_a_select_without_columns_is_seen():
    bad = {
        "a": "INSERT INTO a VALUES (1);",
        "b": "SELECT * FROM b;",
        "c": "INSERT INTO c SELECT id FROM b;",
        "d": "SELECT b.* FROM b;",
        "good": "INSERT INTO d\n  (id)\nSELECT id FROM b;\nSELECT count(*) FROM d;",
    }

    assert unnamed_columns(bad) == ["a", "b", "c", "d"]


def test_only_tables_and_db_hold_sql():
    above = {n: s for n, s in modules().items() if not n.startswith(("server.tables.", "server.db"))}

    assert {name: found for name, source in above.items() if (found := sql_in(source))} == {}


def test_sql_in_python_is_found():
    source = 'x = 1\ny = "SELECT id FROM a"\nz = f"DELETE FROM a WHERE id = {x}"\nw = "select one"'

    assert [line for line, _ in sql_in(source)] == [2, 3]


def test_every_function_of_tables_is_used():
    assert unused_functions(modules()) == []


def test_an_unused_function_is_found():
    bad = {
        "server.tables.outbox": "def put(tx): ...\ndef forgotten(tx): ...\ndef _own(tx): ...",
        "server.services.sign": "from server.tables import outbox\noutbox.put(tx)",
    }

    assert unused_functions(bad) == ["server.tables.outbox.forgotten"]
