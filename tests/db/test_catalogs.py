"""The same steps give the same tables on both engines: columns, nulls, keys, uniqueness, checks and indexes."""

from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlite_utils.utils import sqlite3

from server.db.engines import open_store
from tests.databases import databases

OWN = {"_sqlite_migrations", "applied_steps", "sqlite_sequence"}
SEARCHING = ("search", "search_data", "search_idx", "search_config")
ONE_ENGINES_INDEXES = {"by_letters"}  # what finds letters: tables of its own there, an index here
TYPES = {"bigint": "INTEGER", "text": "TEXT", "bytea": "BLOB", "double precision": "REAL"}
Catalog = dict[str, dict[str, Any]]


def sqlite_catalog(path: Path) -> Catalog:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    catalog: Catalog = {}
    for table in tables:
        if table["name"] in OWN or table["name"] in SEARCHING:
            continue
        columns = connection.execute(f"PRAGMA table_xinfo({table['name']})").fetchall()
        keys = {row["name"]: row["pk"] for row in columns if row["pk"]}
        catalog[table["name"]] = {
            "columns": {row["name"]: row["type"] for row in columns},
            "required": {row["name"] for row in columns if row["notnull"] or row["pk"]},
            "key": sorted(keys, key=lambda name: keys[name]),
            "checks": table["sql"].count("CHECK ("),
            "references": Counter(
                row["table"] for row in connection.execute(f"PRAGMA foreign_key_list({table['name']})")
            ),
            "unique columns": {
                tuple(column["name"] for column in connection.execute(f"PRAGMA index_info({row['name']})"))
                for row in connection.execute(f"PRAGMA index_list({table['name']})")
                if row["origin"] == "u"
            },
            "indexes": {
                row["name"]: (bool(row["unique"]), bool(row["partial"]))
                for row in connection.execute(f"PRAGMA index_list({table['name']})")
                if row["origin"] == "c"
            },
        }
    connection.close()
    return catalog


COLUMNS = """
SELECT column_name, data_type, is_nullable FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name = %(table)s
"""
INDEXES = """
SELECT relname AS name, indisunique, indpred IS NOT NULL AS partial
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE indrelid = %(table)s::regclass
   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""
CONSTRAINTS = """
SELECT contype, confrelid::regclass::text AS target,
       (SELECT array_agg(attname::text ORDER BY place)
          FROM unnest(conkey) WITH ORDINALITY AS used (number, place)
          JOIN pg_attribute ON attrelid = conrelid AND attnum = number) AS columns
  FROM pg_constraint WHERE conrelid = %(table)s::regclass
"""


def postgres_catalog(url: str) -> Catalog:
    catalog: Catalog = {}
    with psycopg.connect(url, row_factory=dict_row) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for table in (row["tablename"] for row in names if row["tablename"] not in OWN):
            columns = connection.execute(COLUMNS, {"table": table}).fetchall()
            constraints = connection.execute(CONSTRAINTS, {"table": table}).fetchall()
            of = {kind: [row for row in constraints if row["contype"] == kind] for kind in "pufc"}
            catalog[table] = {
                "columns": {row["column_name"]: TYPES[row["data_type"]] for row in columns},
                "required": {row["column_name"] for row in columns if row["is_nullable"] == "NO"},
                "key": of["p"][0]["columns"] if of["p"] else [],
                "checks": len(of["c"]),
                "references": Counter(row["target"] for row in of["f"]),
                "unique columns": {tuple(row["columns"]) for row in of["u"]},
                "indexes": {
                    row["name"]: (row["indisunique"], row["partial"])
                    for row in connection.execute(INDEXES, {"table": table})
                    if row["name"] not in ONE_ENGINES_INDEXES
                },
            }
    return catalog


@pytest.fixture
def both(tmp_path: Path) -> tuple[Catalog, Catalog]:
    path = tmp_path / "u.db"
    store = open_store(str(path))
    store.migrate(create=True)
    store.close()
    return sqlite_catalog(path), postgres_catalog(databases.postgres(tmp_path))


@pytest.fixture
def changeable() -> str:
    """A database of its own, with today's tables."""
    url = databases.without_tables()
    store = open_store(url)
    store.migrate(create=True)
    store.close()
    return url


def test_both_engines_have_the_same_tables(both):
    of_sqlite, of_postgres = both

    assert set(of_sqlite) == set(of_postgres)
    assert len(of_sqlite) > 20
    for table, facts in of_sqlite.items():
        assert of_postgres[table] == facts, table


def test_a_difference_would_be_seen(changeable):
    """The twin: one column may be empty, one index is gone, one check is gone."""
    before = postgres_catalog(changeable)["signatures"]
    with psycopg.connect(changeable) as connection:
        connection.execute("ALTER TABLE signatures ALTER COLUMN locale DROP NOT NULL")
        connection.execute("DROP INDEX one_seat")
        connection.execute("ALTER TABLE signatures DROP CONSTRAINT signatures_kind_check")
    changed = postgres_catalog(changeable)["signatures"]

    assert {name for name in before if before[name] != changed[name]} == {"required", "indexes", "checks"}
