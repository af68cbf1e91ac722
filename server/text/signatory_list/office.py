"""Converts an office file on standard input to HTML on standard output. Runs as a separate program.

A malicious file may need gigabytes of memory (a zip bomb, or a sheet with one cell in its last row and column), and the
libraries that read it are large. So it is converted in a separate process with limits on memory and time.
"""

import io
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from html import escape
from importlib import import_module
from typing import Any, NoReturn

MEMORY_MOST = 400 * 1024 * 1024
CPU_SECONDS_MOST = 10
UNPACKED_MOST = 60 * 1024 * 1024
FILES_MOST = 2000
ROWS_MOST = 20_000
COLUMNS_MOST = 100


def refuse(reason: str) -> NoReturn:
    """Write the reason, which the parent process reads, to standard error and exit with status 3."""
    sys.stderr.write(f"{reason}\n")
    sys.exit(3)


def main() -> None:
    """Set the limits and convert."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MOST, CPU_SECONDS_MOST))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MOST, MEMORY_MOST))
    data = sys.stdin.buffer.read()
    try:
        for line in convert(data):
            sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    except MemoryError:
        refuse("too-much")
    except Exception:  # noqa: BLE001 - any other error of these libraries means a broken file
        refuse("broken")


def convert(data: bytes) -> Iterator[str]:
    """Yield the HTML of a workbook or of a text document."""
    if not data.startswith(b"PK"):
        yield from sheets(data)
        return
    names = inspect(data)
    if "word/document.xml" in names:
        yield from document(data)
    elif "xl/workbook.xml" in names or "content.xml" in names:
        yield from sheets(data)
    else:
        refuse("not-a-list")


def inspect(data: bytes) -> set[str]:
    """Return the file names in the archive. Unpacks all of it once, because the sizes that it declares may be false."""
    unpacked = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.infolist()) > FILES_MOST or sum(one.file_size for one in archive.infolist()) > UNPACKED_MOST:
            refuse("too-much")
        for one in archive.infolist():
            with archive.open(one) as file:
                while piece := file.read(1 << 20):
                    unpacked += len(piece)
                    if unpacked > UNPACKED_MOST:
                        refuse("too-much")
        return set(archive.namelist())


def sheets(data: bytes) -> Iterator[str]:
    """Yield each visible sheet as an HTML table."""
    calamine = import_module("python_calamine")  # imported here, so that the limits apply to it
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    for about in book.sheets_metadata:
        if about.visible != calamine.SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(about.name)
        if sheet.total_height > ROWS_MOST or sheet.total_width > COLUMNS_MOST:
            refuse("too-much")
        yield "<table>\n"
        for row in sheet.to_python(skip_empty_area=True):
            yield f"<tr>{''.join(f'<td>{escape(cell_text(cell))}</td>' for cell in row)}</tr>\n"
        yield "</table>\n"


def cell_text(cell: Any) -> str:
    """Return a cell as text: booleans as yes or no, whole numbers without a decimal point."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def document(data: bytes) -> Iterator[str]:
    """Yield the headings, paragraphs, list items and tables of a text document as HTML, in order."""
    for block in import_module("docx").Document(io.BytesIO(data)).iter_inner_content():
        if hasattr(block, "rows"):
            yield "<table>\n"
            for row in block.rows:
                cells = (" <br> ".join(map(runs, cell.paragraphs)) for cell in row.cells)
                yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"
            yield "</table>\n"
        else:
            tag = tag_of(block)
            yield f"<{tag}>{runs(block)}</{tag}>\n"


def tag_of(paragraph: Any) -> str:
    """Return the HTML tag for a paragraph: ``h2``, ``li`` or ``p``."""
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    if style.startswith(("heading", "title", "subtitle")):
        return "h2"
    has_number = paragraph._p.pPr is not None and paragraph._p.pPr.numPr is not None  # noqa: SLF001 - no other way
    return "li" if has_number or style.startswith("list") else "p"


def runs(paragraph: Any) -> str:
    """Return the content of a paragraph as HTML, with bold text and links."""
    return "".join(map(run_html, paragraph.iter_inner_content()))


def run_html(run: Any) -> str:
    """Return a run or a hyperlink as HTML."""
    inner: Iterable[Any] = getattr(run, "runs", ())
    if address := getattr(run, "address", ""):
        return f'<a href="{escape(address)}">{"".join(map(run_html, inner))}</a>'
    text = escape(run.text).replace("\n", "<br>")
    return f"<b>{text}</b>" if getattr(run, "bold", False) else text


if __name__ == "__main__":
    main()
