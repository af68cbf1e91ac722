"""Export formats: CSV, JSON Lines, XLSX. Cells in CSV and XLSX can never become formulas."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from server.errors import SettingsError
from server.text.formulas import guard_formula, has_formula

# Cells and CSV.

BOM = "\ufeff"

Cell: TypeAlias = str | int | bool | None
"""A table cell; spreadsheets show booleans as ``yes`` and ``no``, and None as an empty cell."""


def cell_text(cell: Cell) -> str:
    """Return a cell as text that no spreadsheet interprets as a formula."""
    if isinstance(cell, str):
        return guard_formula(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def csv_lines(rows: Iterable[Sequence[Cell]], *, delimiter: str = ",") -> Iterator[bytes]:
    """Yield the rows as UTF-8 CSV: starts with a byte order mark, every cell quoted, lines end in CRLF.

    One search finds out whether any cell of a row has a formula, because a search in each cell takes longer.
    """
    line = io.StringIO()
    line.write(BOM)
    writer = csv.writer(line, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        texts = ["" if cell is None else cell if type(cell) is str else cell_text(cell) for cell in row]
        writer.writerow(map(cell_text, row) if has_formula(texts) else texts)
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


# XLSX, written to disk row by row.

SHEET_ROWS = 1_048_576
"""The most rows that a sheet can have, with its header; further rows go to another sheet."""
_CHUNK_BYTES = 64 * 1024
_NOTHING_IS_COMPUTED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def xlsx_chunks(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the bytes of a workbook; every sheet starts with the header row. Memory use is constant.

    Raises ``SettingsError`` without the extra, and ``OSError`` when the disk is full.
    """
    try:
        engine = import_module("xlsxwriter")
    except ImportError as missing:
        raise SettingsError("XLSX needs one more package: pip install 'undersigned[xlsx]'") from missing
    with TemporaryDirectory(prefix="undersigned-") as folder:
        file = Path(folder, "dump.xlsx")
        try:
            _write_workbook(engine, file, iter(rows))
        except engine.exceptions.XlsxFileError as refusal:
            raise OSError("the workbook could not be written") from refusal
        with file.open("rb") as finished:
            while piece := finished.read(_CHUNK_BYTES):
                yield piece


def _write_workbook(engine: Any, file: Path, rows: Iterator[Sequence[Cell]]) -> None:
    options = {"constant_memory": True, "tmpdir": str(file.parent), "use_zip64": True, **_NOTHING_IS_COMPUTED}
    workbook = engine.Workbook(str(file), options)
    # Without the text format, a spreadsheet evaluates the text when somebody edits the cell.
    text = workbook.add_format({"num_format": "@"})
    head, at = next(rows, ()), SHEET_ROWS
    try:
        for row in rows:
            if at == SHEET_ROWS:
                sheet, at = _add_sheet(workbook, head, text), 1
            _write_row(sheet, at, row, text)
            at += 1
        if not workbook.worksheets():
            _add_sheet(workbook, head, text)
    except BaseException:
        for sheet in workbook.worksheets():
            sheet.row_data_fh.close()
        raise
    workbook.close()


def _add_sheet(workbook: Any, head: Sequence[Cell], text: Any) -> Any:
    sheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 0)
    _write_row(sheet, 0, head, text)
    return sheet


def _write_row(sheet: Any, at: int, row: Sequence[Cell], text: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int) and not isinstance(cell, bool):
            sheet.write_number(at, column, cell)
        elif cell is not None:
            sheet.write_string(at, column, cell_text(cell), text)


# JSON Lines, and the list of formats.

Table: TypeAlias = Iterable[Sequence[Cell]]
"""Rows of cells; the first row has the column names."""

# Some programs treat these as line ends; JSON can escape them.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


@dataclass(frozen=True)
class Format:
    """A file format: ``name`` is its id in forms and commands, ``suffix`` the file extension."""

    name: str
    suffix: str
    mimetype: str
    pieces: Callable[[Table], Iterator[bytes]]


def json_lines(table: Table) -> Iterator[bytes]:
    """Yield each row as a JSON object on its own line, with real booleans and nulls; formulas need no guard here."""
    rows = iter(table)
    columns = next(rows, ())
    for row in rows:
        line = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)
        yield f"{line.translate(_LINE_ENDS)}\n".encode()


CSV = Format("csv", "csv", "text/csv", csv_lines)
JSONL = Format("jsonl", "jsonl", "application/jsonl", json_lines)
FORMATS = {
    one.name: one
    for one in (
        CSV,
        Format("csv-semicolon", "csv", "text/csv", partial(csv_lines, delimiter=";")),
        Format("xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_chunks),
        JSONL,
    )
}
"""All formats by name, in menu order."""


def available_formats() -> list[str]:
    """Return the names of the formats that this installation can write."""
    return [name for name in FORMATS if name != "xlsx" or find_spec("xlsxwriter")]
