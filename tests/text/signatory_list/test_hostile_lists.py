"""Lists that are written to keep the server busy: what is too long to be an entry is left unplaced, by its line."""

import sys

import pytest

from server.text.signatory_list import people, read_signatory_list
from server.text.signatory_list.lines import READ_LONGEST

LONG_LINES = {
    "spaces": "Ani" + " " * 20_000 + "Petrosyan",
    "invisible": "Ani" + "\u200b" * 20_000 + "Petrosyan",
    "titles": "chair," * 3_000,
    "connectors": "Ani, " + "chair of " * 2_000,
    "points": "Ani" + ". " * 10_000 + "x",
    "one sign that is eighteen letters": "ﷺ" * READ_LONGEST,
}


@pytest.mark.parametrize("line", LONG_LINES.values(), ids=LONG_LINES)
def test_a_line_too_long_for_an_entry_is_left_unplaced_and_the_others_are_read(line):
    read = read_signatory_list(f"Ani Petrosyan\n{line}\nNino Beridze")

    assert [entry.name for entry in read.entries] == ["Ani Petrosyan", "Nino Beridze"]
    assert [(spare.line, spare.reason) for spare in read.unplaced] == [(2, "too-long")]


@pytest.mark.parametrize("cell", LONG_LINES.values(), ids=LONG_LINES)
def test_a_cell_too_long_for_an_entry_leaves_its_row_unplaced(cell):
    read = read_signatory_list(f"name\ttitle\nAni Petrosyan\tJurist\nNino Beridze\t{cell}\nLevan\tJurist")

    assert [entry.name for entry in read.entries] == ["Ani Petrosyan", "Levan"]
    assert [(spare.line, spare.reason) for spare in read.unplaced] == [(3, "too-long")]


def test_a_whole_list_in_one_line_is_read_however_long_it_is():
    names = [f"Ani Petrosyan {chr(0x561 + number % 30)}{chr(0x561 + number // 30)}" for number in range(500)]

    read = read_signatory_list("; ".join(names))

    assert [entry.name for entry in read.entries] == names
    assert not read.unplaced


def letters_compared(source):
    """Return how many letters are made ready for comparing while a list is read: most of its work, and no clock."""
    letters = 0

    def count(frame, event, _argument):
        nonlocal letters
        if event == "call" and frame.f_code.co_name == "name_key":
            letters += len(frame.f_locals["name"])

    sys.setprofile(count)
    try:
        read_signatory_list(source)
    finally:
        sys.setprofile(None)
    return letters


UNITS = ["chair,", "chair of ", "Ani of A ", " – Ani"]


@pytest.mark.parametrize("unit", UNITS)
def test_a_longer_line_takes_no_more_work_for_each_letter(unit):
    short, long = f"Ani, {unit * 30}", f"Ani, {unit * 100}"

    assert letters_compared(long) / len(long) < 1.5 * letters_compared(short) / len(short) + 10


def test_without_the_bounds_it_does(monkeypatch):
    for bound in ("COMMAS_MOST", "CONNECTORS_MOST"):
        monkeypatch.setattr(people, bound, 10**9)
    short, long = "Ani, " + "chair," * 30, "Ani, " + "chair," * 100

    assert letters_compared(long) / len(long) > 1.5 * letters_compared(short) / len(short) + 10


@pytest.mark.parametrize("rows", [2, 20])
def test_an_open_quotation_mark_is_looked_after_once(rows):
    read = read_signatory_list("name,title\n" + '"Ani,Jurist\n' * rows)

    assert len(read.entries) + len({spare.line for spare in read.unplaced}) == rows
