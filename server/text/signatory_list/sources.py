"""Makes lines and tables of whatever a list comes in: plain text, Markdown, HTML, JSON Lines, files of an office."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from server.text.signatory_list.contacts import NOTHING, Contacts


class Piece(NamedTuple):
    """A line or a cell as it is read, without markup: which part is bold, and what its links lead to."""

    text: str
    bold: str = ""
    contacts: Contacts = NOTHING

    @property
    def is_bold(self) -> bool:
        """All of it is bold, but for punctuation."""
        return bool(self.bold) and self.bold.strip(" :.") == self.text.strip(" :.")


class SourceLine(NamedTuple):
    """One line with its number, from 1; ``rank`` is "heading" or "item" where the source says so."""

    number: int
    raw: str
    piece: Piece
    rank: str = ""


class Row(NamedTuple):
    """One row of a table; ``is_head``: the source says that it is the header; ``size``: the lines that it takes."""

    number: int
    cells: tuple[Piece, ...]
    is_head: bool = False
    raw: str = ""
    size: int = 1


@dataclass(frozen=True)
class Table:
    """Rows as they stand in the source; ``is_guarded``: a spreadsheet's formulas may have been made harmless."""

    rows: Sequence[Row]
    is_guarded: bool = True


Part = list[SourceLine] | Table


# HTML: of a page, of the clipboard, of our own converter for office files.

_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
        "option",
    ]
)
_SILENT: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "select"})
_NOTES: Final = frozenset({"sup", "sub"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption", "summary", "dt"})
_BOLD = re.compile(r"font-weight\s*:\s*(bold|bolder|[6-9]00)", re.IGNORECASE)
_NOT_BOLD = re.compile(r"font-weight\s*:\s*(normal|lighter|[1-5]00)", re.IGNORECASE)
_IS_HTML = re.compile(
    r"</(?:li|td|tr|table|ul|ol|div|html|p|h[1-6])>|<li\b|<(?:p|br)\b[^>]*>[^<]*<(?:p|br)\b", re.IGNORECASE
)
_CELL_BREAK: Final = ", "


def is_html(text: str) -> bool:
    """Tell whether a text is markup, not a text with a sign or two."""
    return _IS_HTML.search(text) is not None


def read_html(source: str) -> list[Part]:
    """Return the lines and tables of a page, or of a part of one, in their order."""
    reader = _PageReader()
    reader.feed(source)
    reader.close()
    return reader.finished()


@dataclass
class _Text:
    """Text that is still being read."""

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
        self.link: str | None = None
        self.rank = ""
        self.rows: list[Row] | None = None
        self.cells: list[Piece] = []
        self.in_cell = False
        self.head = True
        self.depth = 0
        self.start = 1
        self.pictured = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        style = next((value or "" for name, value in attrs if name == "style"), "")
        if tag in _SILENT or tag in _NOTES:
            self.silent.append(tag)
        if tag in _BLOCKS or tag == "br":
            self._break(tag)
        if tag in ("b", "strong", "th") or _BOLD.search(style):
            self.bold.append((tag, not _NOT_BOLD.search(style)))
        elif _NOT_BOLD.search(style):
            self.bold.append((tag, False))
        if tag in _HEADINGS:
            self.rank = "heading"
        elif tag == "li":
            self.rank = "item"
        elif tag == "img":
            self._describe_picture(next((value for name, value in attrs if name == "alt"), None) or "")
        elif tag == "a":
            self._follow(next((value for name, value in attrs if name == "href"), None) or "")
        elif tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.rows = []
        elif tag == "tr":
            self._end_row()
        elif tag in ("td", "th") and self.depth == 1:
            self._end_cell()
            self.in_cell = True
            self.head = self.head and tag == "th"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "hr"):
            self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            del self.silent[self.silent.index(tag) :]
        if tag in _BLOCKS:
            self._break(tag)
        for at in range(len(self.bold) - 1, max(-1, len(self.bold) - 20), -1):
            if self.bold[at][0] == tag:
                del self.bold[at]
                break
        if tag in _HEADINGS or tag == "li":
            self.rank = ""
        elif tag in ("td", "th") and self.depth == 1:
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table" and self.depth:
            self.depth -= 1
            if not self.depth:
                self._end_row()
                if self.rows:
                    self.parts.append(Table(self.rows))
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
        """Take what stands for a logo, where nothing else says whose it is."""
        if words.strip() and not any(part.strip() for part, _ in self.text.parts):
            self.handle_data(re.sub(r"\s+logo$|^logo\s+(?:of\s+)?", "", words.strip(), flags=re.IGNORECASE))
            self.pictured = True

    def _follow(self, address: str) -> None:
        self.text.contacts = self.text.contacts.and_those(contacts_of_link(address))

    def _break(self, tag: str) -> None:
        """End the line; in a cell, what a break parts is one text with commas."""
        if self.in_cell:
            if tag not in ("td", "th", "tr", "table", "tbody") and any(part.strip() for part, _ in self.text.parts):
                last = next(part for part, _ in reversed(self.text.parts) if part.strip())
                self.text.parts.append((_CELL_BREAK if last.rstrip()[-1] not in ",;:" else " ", False))
            return
        piece = self.text.piece()
        self.text = _Text()
        if piece.text:
            self._line(piece)
        elif tag in ("p", "br", "hr", "div"):
            self._blank()

    def _line(self, piece: Piece) -> None:
        line = SourceLine(self.start, piece.text, piece, self.rank)
        if self.parts and isinstance(self.parts[-1], list):
            self.parts[-1].append(line)
        else:
            self.parts.append([line])

    def _blank(self) -> None:
        if self.parts and isinstance(self.parts[-1], list) and self.parts[-1][-1].raw:
            self.parts[-1].append(SourceLine(self.getpos()[0], "", Piece("")))

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


def contacts_of_link(address: str) -> Contacts:
    """Return what a link leads to: an address, a phone, a website; nothing for one within the page."""
    address = html.unescape(address).strip()
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "mailto":
        return Contacts(emails=(rest.partition("?")[0],)) if "@" in rest else NOTHING
    if scheme.lower() in ("tel", "sms"):
        return Contacts(phones=1)
    return Contacts(websites=(address,)) if scheme.lower() in ("http", "https") else NOTHING


# Markdown, as far as it marks what stands in a line.

_MARKED = re.compile(r"[*_`\[\]<>&\\~|#]")
_IS_MARKDOWN = re.compile(
    r"^\s{0,3}#{1,6}\s|\*\*[^*\n]+\*\*|__[^_\n]+__|\[[^\]\n]+\]\([^)\n]+\)|<br\s*/?>|^\s*\|.*\|\s*$|\\[\[*_.|&]|\[[^\]\n]+\]\[[^\]\n]*\]"
    r"|^\s*\|?\s*:?-{3,}:?\s*\|",
    re.MULTILINE,
)
_PREFIX = re.compile(r"^\s*(?:>\s?)*(?P<mark>(?:[-*+•‣·・]|\(?\d{1,5}[.)])\s+(?:\[[ xX]\]\s+)?)?")
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"^\s*(?:[-=_*]\s*){3,}$")
_TABLE_RULE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)*\s*:?-{2,}:?\s*\|?\s*$")
_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def is_markdown(text: str) -> bool:
    """Tell whether a text has marks of Markdown."""
    return _IS_MARKDOWN.search(text) is not None


def read_markdown(lines: Sequence[str]) -> list[Part]:
    """Return the lines and tables of a text with marks of Markdown; every line keeps its number."""
    parts: list[Part] = []
    at = 0
    while at < len(lines):
        rows = _table_rows(lines, at)
        if rows:
            parts.append(
                Table([_markdown_row(number, lines[number - 1], first) for number, first in rows], is_guarded=False)
            )
            at = max(number for number, _ in rows)
            continue
        into = parts[-1] if parts and isinstance(parts[-1], list) else []
        if not parts or into is not parts[-1]:
            parts.append(into)
        into += _markdown_lines(at + 1, lines[at])
        at += 1
    return parts


def _table_rows(lines: Sequence[str], at: int) -> list[tuple[int, bool]]:
    """Return the numbers of a table's rows, and whether each is the header; the line of dashes is none."""
    end = at
    while end < len(lines) and "|" in lines[end] and len(_UNESCAPED_PIPE.findall(lines[end])) >= 1:
        end += 1
    rules = [place for place in range(at, end) if _TABLE_RULE.match(lines[place]) and "-" in lines[place]]
    if end - at < 2 or not rules:
        return []
    return [(place + 1, place + 1 == rules[0]) for place in range(at, end) if place not in rules]


def _markdown_row(number: int, raw: str, is_head: bool) -> Row:
    inner = raw.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    cells = [inline_piece(_LINE_BREAK.sub(_CELL_BREAK, cell.strip())) for cell in _UNESCAPED_PIPE.split(inner)]
    return Row(number, tuple(cells), is_head, raw)


def _markdown_lines(number: int, raw: str) -> Iterator[SourceLine]:
    if not raw.strip() or _RULE.match(raw):
        yield SourceLine(number, "", Piece(""))
        return
    if heading := _HEADING.match(raw):
        yield SourceLine(number, raw, inline_piece(heading[2]), "heading")
        return
    prefix = _PREFIX.match(raw)
    mark = (prefix["mark"] or "") if prefix else ""
    body = raw[prefix.end() :] if prefix else raw
    for place, part in enumerate(_LINE_BREAK.split(body)):
        piece = inline_piece(part)
        if piece.text.strip():
            yield SourceLine(number, raw, piece._replace(text=(mark if not place else "") + piece.text))


@cache
def _inline() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("strikethrough")


def inline_piece(text: str) -> Piece:
    """Return what is read of a line of Markdown."""
    if not _MARKED.search(text):
        return Piece(text)
    tokens = _inline().parseInline(text.strip())
    return _piece_of(tokens[0].children or []) if tokens else Piece("")


def _piece_of(tokens: Iterable[Token]) -> Piece:
    text, bold, contacts, depth, silent = [], [], NOTHING, 0, False
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            depth += 1 if token.nesting > 0 else -1
        elif token.type == "link_open":
            contacts = contacts.and_those(contacts_of_link(str(token.attrs.get("href", ""))))
        elif token.type == "html_inline":
            tag = token.content.lower()
            silent = tag.startswith(("<sup", "<sub")) or (silent and not tag.startswith(("</sup", "</sub")))
            if tag.startswith("<a"):
                found = re.search(r"href\s*=\s*[\"']?([^\"'\s>]+)", token.content, re.IGNORECASE)
                contacts = contacts.and_those(contacts_of_link(found[1] if found else ""))
            depth += 1 if tag in ("<b>", "<strong>") else -1 if tag in ("</b>", "</strong>") else 0
        elif token.type in ("text", "code_inline", "softbreak", "hardbreak") and not silent:
            said = token.content or " "
            text.append(said)
            if depth > 0:
                bold.append(said)
    return Piece("".join(text).strip(), "".join(bold).strip(), contacts)


# Plain text and JSON Lines.


def read_plain(lines: Sequence[str]) -> list[Part]:
    """Return the lines of a plain text; what markup calls &amp; is a sign."""
    return [
        [
            SourceLine(number, raw, Piece(html.unescape(raw) if "&" in raw else raw))
            for number, raw in enumerate(lines, 1)
        ]
    ]


def read_json(lines: Sequence[str]) -> list[Part] | None:
    """Return the table of JSON Lines or of a JSON array of objects; None for any other text."""
    first = next((line.strip() for line in lines if line.strip()), "")
    if not first.startswith(("{", "[")):
        return None
    try:
        if first.startswith("["):
            records = list(enumerate(json.loads("\n".join(lines)), 1))
        else:
            records = [(number, json.loads(line)) for number, line in enumerate(lines, 1) if line.strip()]
    except (ValueError, RecursionError):
        return None
    if not records or not all(isinstance(record, dict) for _, record in records):
        return None
    flat = [(number, _flattened(record)) for number, record in records]
    keys = list(dict.fromkeys(key for _, record in flat for key in record))
    head = Row(flat[0][0], tuple(Piece(key) for key in keys), is_head=True)
    rows = [
        Row(number, tuple(Piece(record.get(key, "")) for key in keys), raw=", ".join(filter(None, record.values())))
        for number, record in flat
    ]
    return [Table([head, *rows], is_guarded=False)]


def _flattened(record: dict[str, Any]) -> dict[str, str]:
    """Texts and numbers by key, those of objects inside by their own keys, or by both where that is taken."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            for inner, said in value.items():
                flat[inner if inner not in record else f"{key} {inner}"] = _said(said)
        else:
            flat[key] = _said(value)
    return flat


def _said(value: Any) -> str:
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_said, value)) if isinstance(value, list) else str(value)
