"""Renders the body of a statement: Markdown without raw HTML, sanitised, with limits on the work for the parser."""

import html as entities
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock, code, fence
from markdown_it.rules_inline import StateInline, autolink, emphasis, image, link, text
from markdown_it.token import Token
from markdown_it.utils import EnvType
from markupsafe import Markup, escape

from server.errors import ValueRefused

WORK_MOST: Final = 150_000
"""Maximum work for the parser, in units of about a microsecond. Twenty pages with a hundred links take 25,000 units.

The length limit alone is not enough: some marks make the parser scan to the end of the paragraph each time, so a short
text that consists of such marks could take seconds.
"""

LINK_BYTES_MOST: Final = 500_000
"""Maximum length of all link URLs together: a URL that is defined once can be used in a thousand links."""

NESTING_MOST: Final = 20
"""Maximum levels of quotes and lists; a list counts as two. The parser silently drops anything deeper."""

_TAGS = {
    *("p", "br", "hr", "em", "strong", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "h5", "h6", "code", "pre"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_WORK = "work"
_PARAGRAPHS = re.compile(r"\n{2,}")


def measure_work(body: str) -> int:
    """Return the parser's work for a text, in the units of ``WORK_MOST``; raises ``ValueRefused``."""
    env: EnvType = {}
    _parse(body, env)
    return int(env.get(_WORK, 0))


def check_markdown(body: str) -> None:
    """Raise ``ValueRefused`` for a text that ``render`` would not parse but show as its source."""
    refusal = _rendered(body)[1]
    if refusal is not None:
        raise ValueRefused(refusal)


def render_cached(body: str) -> Markup:
    """Return ``render(body)`` from a cache."""
    return _rendered(body)[0]


def render(body: str) -> Markup:
    """Return the sanitised HTML of a Markdown text. Headings begin at ``h2``, because the title of the page is ``h1``.

    A text that takes too much work, which an older version may have stored, is returned as its escaped source, so that
    none of it is lost.
    """
    return _render(body)[0]


def plain_text(body: str) -> str:
    """Return a Markdown text as plain text on one line.

    Does not use ``Markup.striptags``, which is slow because it copies the whole text for every tag.
    """
    words = nh3.clean(render_cached(body), tags=set(), attributes={}, link_rel=None)
    return " ".join(entities.unescape(words).split())


def _render(body: str) -> tuple[Markup, str | None]:
    """Return the HTML, and None or the reason why it is only the escaped source."""
    try:
        tokens = _parse(body, {})
    except ValueRefused as refusal:
        return _as_typed(body), refusal.reason
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https", "http", "mailto"}, link_rel="noopener nofollow"
    )
    return Markup(clean), None  # noqa: S704 - cleaned one line above


_rendered = lru_cache(maxsize=128)(_render)


def _parse(body: str, env: EnvType) -> list[Token]:
    """Return the tokens of a text; raises ``ValueRefused``."""
    tokens = _parser.parse(body, env)
    inline = (child for token in tokens for child in token.children or ())
    if sum(len(str(value)) for token in inline for value in token.attrs.values()) > LINK_BYTES_MOST:
        raise ValueRefused("too-much-markup")
    return tokens


def _as_typed(body: str) -> Markup:
    paragraphs = _PARAGRAPHS.sub("</p><p>", str(escape(body)))
    return Markup(f"<p>{paragraphs}</p>".replace("\n", "<br>\n"))  # noqa: S704 - escaped one line above


# The parser, with counters for its work. Everything that makes the parser scan ahead calls at least one of these rules.

_InlineRule = Callable[[StateInline, bool], bool]
_SKIPPED, _LINE, _MARK, _BLOCK, _LINK, _NO_LINK = 1, 4, 5, 12, 50, 10


def _count(env: EnvType, units: int) -> None:
    env[_WORK] = env.get(_WORK, 0) + units
    if env[_WORK] > WORK_MOST:
        raise ValueRefused("too-much-markup")


class _CountedBlocks(ParserBlock):
    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - markdown-it's names
        if state.level >= NESTING_MOST:
            raise ValueRefused("too-deep")
        _count(state.env, _BLOCK)
        super().tokenize(state, startLine, endLine)


class _CountedInline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        _count(env, _BLOCK)
        return super().parse(src, md, env, tokens)

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 - markdown-it's name
        _count(state.env, _SKIPPED)
        super().skipToken(state)


def _counted_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Run the rule ``fence``, and count a line.

    The parser tries this rule first on each line, also within rules that search for their own end.
    """
    _count(state.env, _LINE)
    return fence(state, start, end, silent)


def _counted_code(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Run the rule ``code``, and count a block: the parser tries this rule first wherever a block begins."""
    _count(state.env, _BLOCK)
    return code(state, start, end, silent)


def _counted_text(state: StateInline, silent: bool) -> bool:
    """Run the rule ``text``, and count one step of the inline parser.

    The parser tries this rule first wherever text or a formatting character may begin.
    """
    _count(state.env, _MARK)
    return text(state, silent)


def _counted_emphasis(state: StateInline, silent: bool) -> bool:
    """Run the rule ``emphasis``, and count each asterisk or underscore that it reads: each becomes a token."""
    start = state.pos
    found = emphasis.tokenize(state, silent)
    _count(state.env, _MARK * (state.pos - start))
    return found


def _counted_link(rule: _InlineRule) -> _InlineRule:
    """Return the rule with a counter for each link that it parses, and for each failed attempt.

    Links cost more than other marks, because non-ASCII URLs are encoded character by character.
    """

    def counted(state: StateInline, silent: bool) -> bool:
        may_be_one = state.src[state.pos] in "[!<"
        found = rule(state, silent)
        if may_be_one:
            _count(state.env, _LINK if found else _NO_LINK)
        return found

    return counted


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt()
    parser.block, parser.inline = _CountedBlocks(), _CountedInline()
    parser.block.ruler.at("fence", _counted_fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.block.ruler.at("code", _counted_code)
    for name, rule in (("text", _counted_text), ("emphasis", _counted_emphasis)):
        parser.inline.ruler.at(name, rule)
    for name, rule in (("link", link), ("image", image), ("autolink", autolink)):
        parser.inline.ruler.at(name, _counted_link(rule))
    return parser.configure("commonmark", {"html": False, "linkify": False, "maxNesting": NESTING_MOST})


_parser = _make_parser()
