"""Makes HTML of a file of an office, from standard input to standard output; run as a program of its own.

A file may be made to cost gigabytes (a bomb of zeros, a sheet with one cell in its last corner), and the libraries that
read it are large: so all of it happens in a process with a limit on its memory and its time, that knows nothing else.
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
    """End with the word by which the other process knows why."""
    sys.stderr.write(f"{reason}\n")
    sys.exit(3)


def main() -> None:
    """Convert, within the limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MOST, CPU_SECONDS_MOST))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MOST, MEMORY_MOST))
    data = sys.stdin.buffer.read()
    try:
        for line in convert(data):
            sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    except MemoryError:
        refuse("too-much")
    except Exception:  # noqa: BLE001 - whatever these libraries raise, the file is broken
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
    """Return the names in the archive; all of it is unpacked once, because its own sizes may be lies."""
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
    """Yield every visible sheet as a table."""
    calamine = import_module("python_calamine")  # after the limits
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
    """Return a cell as a person reads it: whole numbers without a point, moments without a zone."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def document(data: bytes) -> Iterator[str]:
    """Yield a text document: its headings, paragraphs, lists and tables in their order."""
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
    """Return the element that a paragraph is: a heading, an item of a list, or a paragraph."""
    style = (paragraph.style.name or "").lower() if paragraph.style is not None else ""
    if style.startswith(("heading", "title", "subtitle")):
        return "h2"
    has_number = paragraph._p.pPr is not None and paragraph._p.pPr.numPr is not None  # noqa: SLF001 - no other way
    return "li" if has_number or style.startswith("list") else "p"


def runs(paragraph: Any) -> str:
    """Return the text of a paragraph, with what is bold, and its links."""
    return "".join(map(run_html, paragraph.iter_inner_content()))


def run_html(run: Any) -> str:
    """Return a run or a link."""
    inner: Iterable[Any] = getattr(run, "runs", ())
    if address := getattr(run, "address", ""):
        return f'<a href="{escape(address)}">{"".join(map(run_html, inner))}</a>'
    text = escape(run.text).replace("\n", "<br>")
    return f"<b>{text}</b>" if getattr(run, "bold", False) else text


if __name__ == "__main__":
    main()
