"""Workbooks (XLSX) of harmless texts and whole numbers, written onto the disk row by row."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from server.errors import SettingsError
from server.spreadsheet import Cell, written

SHEET_ROWS = 1_048_576
"""What a sheet can hold, its head included; what is more goes on on another one."""
_PIECE_BYTES = 64 * 1024
_TEXT = {"num_format": "@"}  # else a spreadsheet computes what somebody only clicks into
_NOTHING_IS_COMPUTED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def is_installed() -> bool:
    """Say whether the extra that writes workbooks is there."""
    return find_spec("xlsxwriter") is not None


def workbook_pieces(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the bytes of a workbook whose sheets are each headed by the first row; memory stays constant.

    Raises ``SettingsError`` without the extra, and ``OSError`` when the disk is full.
    """
    engine = _engine()
    with TemporaryDirectory(prefix="undersigned-") as folder:
        file = Path(folder, "dump.xlsx")
        try:
            _write(engine, file, iter(rows))
        except engine.exceptions.XlsxFileError as refusal:
            raise OSError("the workbook could not be written") from refusal
        with file.open("rb") as finished:
            while piece := finished.read(_PIECE_BYTES):
                yield piece


def _engine() -> Any:
    try:
        return import_module("xlsxwriter")
    except ImportError as missing:
        raise SettingsError("XLSX needs a package more: pip install 'undersigned[xlsx]'") from missing


def _write(engine: Any, file: Path, rows: Iterator[Sequence[Cell]]) -> None:
    options = {"constant_memory": True, "tmpdir": str(file.parent), "use_zip64": True, **_NOTHING_IS_COMPUTED}
    workbook = engine.Workbook(str(file), options)
    text = workbook.add_format(_TEXT)
    head, at = next(rows, ()), SHEET_ROWS
    try:
        for row in rows:
            if at == SHEET_ROWS:
                sheet, at = _begin_sheet(workbook, head, text), 1
            _write_row(sheet, at, row, text)
            at += 1
        if not workbook.worksheets():
            _begin_sheet(workbook, head, text)
    except BaseException:
        for sheet in workbook.worksheets():
            sheet.row_data_fh.close()
        raise
    workbook.close()


def _begin_sheet(workbook: Any, head: Sequence[Cell], text: Any) -> Any:
    sheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 0)
    _write_row(sheet, 0, head, text)
    return sheet


def _write_row(sheet: Any, at: int, row: Sequence[Cell], text: Any) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int) and not isinstance(cell, bool):
            sheet.write_number(at, column, cell)
        elif cell is not None:
            sheet.write_string(at, column, written(cell), text)
