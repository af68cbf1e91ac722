"""Somebody says what the columns of a table hold, and who is perhaps somebody else on the list is a doubt."""

import pytest

from server.text.signatory_list import find_columns, read_signatory_list
from server.text.signatory_list.columns import MEANINGS

_ROW = "<tr><td>{}<td>{}<td>{}</tr>"
_HEAD = _ROW.format("Surname", "First name", "Cc")  # which is not true
TABLE = f"<table>{_HEAD}{_ROW.format('Ani', 'Marlowe', '{}')}{_ROW.format('Cleo', 'Day', '{}')}</table>"
VALUES = {
    "title": ("Poet", "Fisher"),
    "affiliation": ("Poet", "Fisher"),  # what it is called like does not matter
    "organisation": ("Poet", "Fisher"),
    "country": ("Georgia", "FR"),
    "website": ("ani.example.org", "cleo.example.org"),
    "email": ("ani@hills.example", "cleo@hills.example"),
    "kind": ("organisation", "individual"),
    "ignore": ("12", "13"),
}
WHERE = {"organisation": "affiliation"}
READ = VALUES | {"country": ("GE", "FR"), "kind": ("organisation", "individual"), "ignore": None}


@pytest.mark.parametrize("meaning", VALUES)
def test_a_column_is_what_somebody_says(meaning):
    entries = read_signatory_list(TABLE.format(*VALUES[meaning]), "auto", ["given", "family", meaning]).entries[-2:]

    assert [entry.name for entry in entries] == ["Ani Marlowe", "Cleo Day"]
    if READ[meaning]:
        assert tuple(getattr(entry, WHERE.get(meaning, meaning)) for entry in entries) == READ[meaning]
    else:
        assert not any(entry.title or entry.affiliation for entry in entries)


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["family", "given", "ignore"], ["Marlowe Ani", "Day Cleo"]),
        (["name", "ignore", "ignore"], ["Ani", "Cleo"]),
        (["name", "name", "ignore"], ["Ani Marlowe", "Cleo Day"]),
        (["ignore", "organisation", "ignore"], ["Marlowe", "Day"]),
        (["title", "given", "ignore"], ["Marlowe", "Day"]),
    ],
)
def test_the_name_is_where_somebody_says(told, names):
    entries = read_signatory_list(TABLE.format("x", "y"), "auto", told).entries[-2:]

    assert [entry.name for entry in entries] == names


def test_every_meaning_is_tried():
    assert {*VALUES, "name", "given", "family"} == set(MEANINGS)


def test_the_columns_are_shown_with_heading_guess_and_samples():
    source = "Name;Role;Remark\nAni Marlowe;Poet;x\nCleo Day;Fisher;y;z\n"

    assert [tuple(column) for column in find_columns(source)][:2] == [
        ("Name", "name", ("Ani Marlowe", "Cleo Day")),
        ("Role", "title", ("Poet", "Fisher")),
    ]
    assert find_columns("Ani Marlowe\nCleo Day\n") == []


def test_what_nobody_has_said_is_as_it_was_read():
    source = TABLE.format("Poet", "Fisher")

    assert read_signatory_list(source, "auto", None) == read_signatory_list(source)


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        ("Ani Marlowe, poet\nMARLOWE Ani, writer\n", 1),
        ("Prof. Ani Marlowe, poet\nAni Rosa Marlowe, writer\n", 1),
        ("Ani Marlowe, poet\nAni Marlowe, poet\n", 0),
        ("Ani Rosa Marlowe, poet\nAni Maria Marlowe, poet\n", 0),
        ("Ani Marlowe, poet\nAni Day, poet\n", 0),
    ],
)
def test_who_is_perhaps_somebody_above_is_a_doubt(lines, asked):
    assert sum("same" in entry.doubts for entry in read_signatory_list(lines).entries) == asked
