"""Reads lines and tables from HTML: web pages, text pasted from them, and the output of ``office.py``."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from server.text.signatory_list.contacts import NOTHING, Contacts, contacts_of_link
from server.text.signatory_list.sources import CELL_BREAK, Part, Piece, Row, SourceLine, Table

_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|caption|center|d[dlt]|div|fieldset|figcaption|figure|footer|form|h[1-6r]"
    "|header|html|li|main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "select", "sup", "sub"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption", "summary", "dt"})
_TABLES: Final = frozenset({"table", "tr", "td", "th"})
_OPEN_MOST: Final = 20
"""How many open tags to search for the one that is closed; a hostile page may open a million."""
_WEIGHT = re.compile(r"font-weight\s*:\s*(?:(bold|bolder|[6-9]00)|normal|lighter|[1-5]00)", re.IGNORECASE)
_IS_HTML = re.compile(
    r"</(?:li|td|tr|table|ul|ol|div|html|p|h[1-6])>|<li\b|<(?:p|br)\b[^>]*>[^<]*<(?:p|br)\b", re.IGNORECASE
)


def is_html(text: str) -> bool:
    """Return whether a text is HTML, and not a text that only contains ``<`` or ``>``."""
    return _IS_HTML.search(text) is not None


def read_html(source: str) -> list[Part]:
    """Return the lines and tables of an HTML page or fragment, in order."""
    reader = _PageReader()
    reader.feed(source)
    reader.close()
    return reader.finished()


def read_inline(source: str) -> Piece:
    """Return the text, bold text and contacts of HTML that is all one line."""
    reader = _PageReader()
    reader.in_cell = True
    reader.feed(source)
    reader.close()
    parts = reader.text.parts
    bold = "".join(text for text, is_bold in parts if is_bold)
    return Piece("".join(text for text, _ in parts).strip(), bold.strip(), reader.text.contacts)


@dataclass
class _Text:
    """The text since the last break: (text, is bold) for each part, and the contacts in its links."""

    parts: list[tuple[str, bool]] = field(default_factory=list)
    contacts: Contacts = NOTHING

    def piece(self) -> Piece:
        text = " ".join("".join(part for part, _ in self.parts).split())
        bold = " ".join("".join(part for part, is_bold in self.parts if is_bold).split())
        return Piece(text, bold, self.contacts)


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Part] = []
        self.text = _Text()
        self.silent: list[str] = []
        self.bold: list[tuple[str, bool]] = []
        self.rank = ""
        self.rows: list[Row] | None = None
        self.cells: list[Piece] = []
        self.in_cell = False
        self.head = True
        self.depth = 0
        self.start = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self.silent.append(tag)
        if tag == "br" or _BLOCKS.fullmatch(tag):
            self._break(tag)
        self._begin_bold(tag, attributes.get("style", ""))
        if tag in _HEADINGS:
            self.rank = "heading"
        elif tag == "li":
            self.rank = "item"
        elif tag == "img":
            self._describe_picture(attributes.get("alt", ""))
        elif tag == "a":
            link = contacts_of_link(attributes.get("href", ""))
            self.text.contacts = self.text.contacts.and_those(link)
        elif tag in _TABLES:
            self._begin_table_part(tag)

    def _begin_bold(self, tag: str, style: str) -> None:
        weight = _WEIGHT.search(style)
        if weight or tag in ("b", "strong", "th"):
            self.bold.append((tag, weight is None or weight[1] is not None))

    def _begin_table_part(self, tag: str) -> None:
        if tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.rows = []
        elif tag == "tr":
            self._end_row()
        elif self.depth == 1:
            self._end_cell()
            self.in_cell = True
            self.head = self.head and tag == "th"

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            del self.silent[self.silent.index(tag) :]
        if _BLOCKS.fullmatch(tag):
            self._break(tag)
        for at in range(len(self.bold) - 1, max(-1, len(self.bold) - _OPEN_MOST), -1):
            if self.bold[at][0] == tag:
                del self.bold[at]
                break
        if tag in _HEADINGS or tag == "li":
            self.rank = ""
        elif tag in _TABLES:
            self._end_table_part(tag)

    def _end_table_part(self, tag: str) -> None:
        if tag == "tr":
            self._end_row()
        elif tag != "table":
            if self.depth == 1:
                self._end_cell()
        elif self.depth:
            self.depth -= 1
            if not self.depth:
                self._end_row()
                self.parts += [Table(self.rows)] if self.rows else []
                self.rows = None

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if not self.text.parts and data.strip():
            self.start = self.getpos()[0]
        self.text.parts.append((data, bool(self.bold) and self.bold[-1][1]))

    def finished(self) -> list[Part]:
        self._break("html")
        if self.rows is not None:
            self._end_row()
            self.parts.append(Table(self.rows))
        return [part for part in self.parts if not isinstance(part, Table) or part.rows]

    def _describe_picture(self, words: str) -> None:
        """Use the alt text of an image, such as a logo, if there is no other text."""
        if words.strip() and not any(part.strip() for part, _ in self.text.parts):
            self.handle_data(re.sub(r"\s+logo$|^logo\s+(?:of\s+)?", "", words.strip(), flags=re.IGNORECASE))

    def _break(self, tag: str) -> None:
        """End the line. Inside a table cell, add a comma instead, so that a cell is always one text."""
        if self.in_cell:
            if tag not in ("td", "th", "tr", "table", "tbody") and any(part.strip() for part, _ in self.text.parts):
                last = next(part for part, _ in reversed(self.text.parts) if part.strip())
                self.text.parts.append((CELL_BREAK if last.rstrip()[-1] not in ",;:" else " ", False))
            return
        piece = self.text.piece()
        self.text = _Text()
        lines = self.parts[-1] if self.parts and isinstance(self.parts[-1], list) else []
        if piece.text:
            self.parts += [] if lines else [lines]
            lines.append(SourceLine(self.start, piece.text, piece, self.rank))
        elif lines and lines[-1].raw and tag in ("p", "br", "hr", "div"):
            lines.append(SourceLine(self.getpos()[0], "", Piece("")))

    def _end_cell(self) -> None:
        if not self.in_cell:
            self.text = _Text()
            return
        piece = self.text.piece()
        self.cells.append(piece._replace(text=piece.text.strip(" ,")))
        self.text = _Text()
        self.in_cell = False

    def _end_row(self) -> None:
        if self.in_cell:
            self._end_cell()
        if self.rows is not None and self.cells:
            raw = " | ".join(cell.text for cell in self.cells)
            self.rows.append(Row(self.getpos()[0], tuple(self.cells), self.head, raw))
        self.cells, self.head = [], True
