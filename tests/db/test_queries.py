"""Named queries: the .sql file beside a module, called with a transaction and named parameters."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from server.db import expand_lists, queries_beside
from server.errors import NotFound
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


@dataclass(frozen=True)
class Counter:
    name: str
    value: bool


@dataclass(frozen=True)
class Step:
    name: str
    by: int


DECLARED = """
-- name: add(name, value)!
INSERT INTO counters (name, value) VALUES (:name, :value);

-- name: find(name)^
SELECT name, value FROM counters WHERE name = :name;

-- name: get(name)^
SELECT name, value FROM counters WHERE name = :name;

-- name: has(name)^
SELECT 1 FROM counters WHERE name = :name;

-- name: names()
SELECT name FROM counters ORDER BY name;

-- name: values()
SELECT name, value FROM counters ORDER BY name;

-- name: count()$
SELECT count(*) FROM counters;

-- name: raise_by(step)!
UPDATE counters SET value = value + :step.by WHERE name = :step.name;
"""


@pytest.fixture
def declared(tmp_path: Path) -> SimpleNamespace:
    (tmp_path / "counters.sql").write_text(DECLARED)
    sql = queries_beside(str(tmp_path / "counters.py"))

    def add(tx, name: str, *, value: bool = False) -> int: ...
    def find(tx, name: str) -> Counter | None: ...
    def get(tx, name: str) -> Counter: ...
    def has(tx, name: str) -> bool: ...
    def names(tx) -> list[str]: ...
    def values(tx) -> dict[str, int]: ...
    def count(tx) -> int: ...
    def _raise_by(tx, step: Step) -> bool: ...

    every = (add, find, get, has, names, values, count, _raise_by)
    return SimpleNamespace(sql=sql, **{one.__name__: sql.query(one) for one in every})


def test_a_declared_query_gives_what_its_return_type_says(declared, tx):
    assert declared.add(tx, "m", value=True) == 1

    assert declared.find(tx, "m") == Counter("m", True)
    assert declared.find(tx, "nobody") is None
    assert [declared.has(tx, "m"), declared.has(tx, "nobody")] == [True, False]
    assert declared.names(tx) == ["m", "n"]
    assert declared.values(tx) == {"m": 1, "n": 0}
    assert declared.count(tx) == 2


def test_a_declared_query_that_must_find_a_row_raises_without_one(declared, tx):
    assert declared.get(tx, name="n") == Counter("n", False)
    with pytest.raises(NotFound, match="there is no such counter"):
        declared.get(tx, "nobody")


def test_a_declared_query_takes_the_attributes_of_an_argument(declared, tx):
    assert declared._raise_by(tx, Step("n", 5))
    assert not declared._raise_by(tx, Step("nobody", 5))
    assert declared.values(tx) == {"n": 5}


def test_a_declaration_with_other_parameters_than_its_query_does_not_load(declared):
    def find(tx, nam: str) -> Counter | None: ...

    with pytest.raises(TypeError, match="different parameters"):
        declared.sql.query(find)


def test_a_declaration_without_its_query_does_not_load(declared):
    def lose(tx, name: str) -> None: ...

    with pytest.raises(AttributeError, match="lose"):
        declared.sql.query(lose)
