"""A statement's body as HTML: Markdown without raw HTML, sanitised once more."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False})
_TAGS = {
    *("p", "br", "hr", "em", "strong", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "h5", "h6", "code", "pre"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


@lru_cache(maxsize=128)
def render_cached(body: str) -> Markup:
    """Return the HTML of ``render``, kept for the next who reads the same."""
    return render(body)


def render(body: str) -> Markup:
    """Return the sanitised HTML of a Markdown text; headings begin at the second level, the title is the first."""
    tokens = _parser.parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https", "http", "mailto"}, link_rel="noopener nofollow"
    )
    return Markup(clean)  # noqa: S704 - cleaned one line above
