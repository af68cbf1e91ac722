"""One table in every format: what people read in a spreadsheet, and what programs read as it was written."""

import csv
import io
import json
import zipfile
from xml.etree import ElementTree

import pytest

from server.errors import SettingsError
from server.exports import formats
from server.exports.formats import FORMATS, available_formats

HEAD = ["id", "name", "comment", "founding"]
TABLE = [HEAD, [1, "Անի", "=1+1", True], [2, "O'Neil; Maro", None, False]]


def made(name: str, table: object = TABLE) -> bytes:
    return b"".join(FORMATS[name].pieces(table))


def sheets_of(book: bytes) -> list[list[list[tuple[str, str | None]]]]:
    """Each sheet's rows of cells, as (type, text); ``f`` is the type of a formula."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found = []
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        for name in sorted(part for part in parts.namelist() if part.startswith("xl/worksheets/sheet")):
            rows = ElementTree.fromstring(parts.read(name)).iter(f"{space}row")
            found.append([[_cell(cell, space) for cell in row] for row in rows])
    return found


def _cell(cell: ElementTree.Element, space: str) -> tuple[str, str | None]:
    if cell.find(f"{space}f") is not None:
        return "f", cell.findtext(f"{space}f")
    text = cell.findtext(f"{space}is/{space}t")
    return ("text", text) if text is not None else ("number", cell.findtext(f"{space}v"))


@pytest.mark.parametrize(("name", "delimiter"), [("csv", ","), ("csv-semicolon", ";")])
def test_people_read_words_and_no_formula_in_csv(name, delimiter):
    read = list(csv.reader(io.StringIO(made(name).decode("utf-8-sig"), newline=""), delimiter=delimiter))

    assert read == [HEAD, ["1", "Անի", "'=1+1", "yes"], ["2", "O'Neil; Maro", "", "no"]]
    assert made(name).startswith(b"\xef\xbb\xbf")


def test_programs_read_every_value_as_it_is():
    assert [json.loads(line) for line in made("jsonl").splitlines()] == [
        {"id": 1, "name": "Անի", "comment": "=1+1", "founding": True},
        {"id": 2, "name": "O'Neil; Maro", "comment": None, "founding": False},
    ]
    assert "Անի" in made("jsonl").decode()


def test_each_object_is_one_line_for_whoever_splits_lines():
    sent = made("jsonl", [["comment"], ["a\nb\r\x85c\u2028d\u2029e"]]).decode()

    assert len(sent.splitlines()) == 1
    assert json.loads(sent) == {"comment": "a\nb\r\x85c\u2028d\u2029e"}


def test_a_workbook_holds_texts_and_numbers():
    [sheet] = sheets_of(made("xlsx"))

    assert sheet == [
        [("text", name) for name in HEAD],
        [("number", "1"), ("text", "Անի"), ("text", "'=1+1"), ("text", "yes")],
        [("number", "2"), ("text", "O'Neil; Maro"), ("text", "no")],
    ]


@pytest.mark.parametrize("rows", [0, 2, 3, 7])
def test_what_no_sheet_can_hold_goes_on_on_another_one_with_the_same_head(rows, monkeypatch):
    monkeypatch.setattr(formats, "SHEET_ROWS", 3)

    sheets = sheets_of(made("xlsx", [["id"], *([number] for number in range(rows))]))

    assert [sheet[0] for sheet in sheets] == [[("text", "id")]] * max(1, -(-rows // 2))
    assert [cell[1] for sheet in sheets for [cell] in sheet[1:]] == [str(number) for number in range(rows)]


def test_a_workbook_that_cannot_be_finished_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows():
        yield HEAD
        yield [1, "Ani", None, False]
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        made("xlsx", rows())

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_table_is_its_head(name):
    assert (b"founding" in made(name, [HEAD])) == (name.startswith("csv"))
    assert made(name, [HEAD]) or name == "jsonl"


def test_without_the_extra_workbooks_are_not_offered_and_refused_in_words(monkeypatch):
    assert available_formats() == list(FORMATS)
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    monkeypatch.setattr(formats, "find_spec", lambda _name: None)

    assert "xlsx" not in available_formats()
    with pytest.raises(SettingsError, match=r"pip install 'undersigned\[xlsx\]'"):
        made("xlsx")
