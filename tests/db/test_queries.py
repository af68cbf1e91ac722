"""Named queries: the .sql file beside a module, called with a transaction and named parameters."""

from pathlib import Path

import pytest

from server.db import expand_lists, queries_beside
from tests.db.racing import store_with_a_counter

SQL = """
-- name: add(name, value)!
INSERT INTO counters (name, value) VALUES (:name, :value);

-- name: raise_(name)^
UPDATE counters SET value = value + 1 WHERE name = :name RETURNING name, value;

-- name: all()
SELECT name, value FROM counters ORDER BY name;

-- name: value_of(name)$
SELECT value FROM counters WHERE name = :name;
"""


@pytest.fixture
def queries(tmp_path: Path):
    (tmp_path / "counters.sql").write_text(SQL)
    return queries_beside(str(tmp_path / "counters.py"))


@pytest.fixture
def tx(tmp_path: Path):
    store = store_with_a_counter(tmp_path / "u.db")
    with store.write() as tx:
        yield tx
    store.close()


def test_rows_come_as_dicts(queries, tx):
    assert list(queries.all(tx)) == [{"name": "n", "value": 0}]


def test_one_row_or_none(queries, tx):
    assert queries.raise_(tx, name="n") == {"name": "n", "value": 1}
    assert queries.raise_(tx, name="nobody") is None


def test_one_value_or_none(queries, tx):
    assert queries.value_of(tx, name="n") == 0
    assert queries.value_of(tx, name="nobody") is None


def test_a_change_tells_how_many_rows_it_touched(queries, tx):
    assert queries.add(tx, name="m", value=5) == 1


def test_values_are_never_read_as_sql(queries, tx):
    queries.add(tx, name="'); DROP TABLE counters; --", value=1)

    assert [row["name"] for row in queries.all(tx)] == ["'); DROP TABLE counters; --", "n"]


def test_a_missing_parameter_is_an_error_and_not_a_null(queries, tx):
    with pytest.raises(Exception, match="value"):
        queries.add(tx, name="m")


def test_a_module_without_its_file_does_not_load(tmp_path):
    with pytest.raises(Exception, match=r"nothing\.sql"):
        queries_beside(str(tmp_path / "nothing.py"))


def test_a_list_in_braces_is_written_out_for_each_column():
    lists = {"line": ("name", "city"), "outline": ("shape",)}

    assert expand_lists("SELECT id, {line}, {a.line} FROM a", lists) == "SELECT id, name, city, a.name, a.city FROM a"
    assert expand_lists("SET {line = :line}, {outline = NULL}", lists) == "SET name = :name, city = :city, shape = NULL"


def test_braces_without_a_list_do_not_load(tmp_path):
    (tmp_path / "names.sql").write_text("-- name: all()\nSELECT {lien} FROM names;\n")

    with pytest.raises(LookupError, match="lien"):
        queries_beside(str(tmp_path / "names.py"), line=["name"])
