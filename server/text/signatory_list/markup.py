"""Reads the parts of Markdown that lists use: headings, list items, tables, bold text and links."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt

from server.text.signatory_list.page import read_inline
from server.text.signatory_list.sources import CELL_BREAK, Part, Piece, Row, SourceLine, Table

_MARKED = re.compile(r"[*_`\[\]<>&\\~|#]")
# No alternative may scan the rest of a line repeatedly (quadratic time): a line may be a megabyte of brackets.
_IS_MARKDOWN = re.compile(
    r"^[ \t]{0,3}#{1,6}\s|\*\*[^*\n]+\*\*|__[^_\n]+__|\[[^\[\]\n]+\]\([^()\n]+\)|<br\s*/?>|^[ \t]*\|.*\|[ \t]*$"
    r"|\\[\[*_.|&]|\[[^\[\]\n]+\]\[[^\[\]\n]*\]|^[ \t]*(?:\|[ \t]*)?:?-{3,}:?[ \t]*\|",
    re.MULTILINE,
)
_PREFIX = re.compile(r"^\s*(?:>\s?)*(?P<mark>(?:[-*+•‣·・]|\(?\d{1,5}[.)])\s+(?:\[[ xX]\]\s+)?)?")
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"^\s*(?:[-=_*]\s*){3,}$")
_TABLE_RULE = re.compile(r"^\s*\|?(?:\s*:?-{2,}:?\s*\|)*\s*:?-{2,}:?\s*\|?\s*$")
_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def is_markdown(text: str) -> bool:
    """Return whether a text contains Markdown."""
    return _IS_MARKDOWN.search(text) is not None


def read_markdown(lines: Sequence[str]) -> list[Part]:
    """Return the lines and tables of a Markdown text, with their line numbers."""
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
    """Return (line number, is header) for each row of the table at ``at``, without its line of dashes."""
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
    cells = [inline_piece(_LINE_BREAK.sub(CELL_BREAK, cell.strip())) for cell in _UNESCAPED_PIPE.split(inner)]
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
    """Return the text, bold text and contacts of one line of Markdown."""
    return read_inline(_inline().renderInline(text.strip())) if _MARKED.search(text) else Piece(text)
