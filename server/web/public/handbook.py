"""The handbook: the Markdown pages of ``server/handbook``, which people also read on GitHub."""

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from server.errors import NotFound
from server.web.assets import HANDBOOK_CSS
from server.web.caching import cacheable, compressed
from server.web.context import page_context, visitor_locale
from server.web.limits import limited
from server.web.security import HANDBOOK_POLICY

# Pages.

FOLDER: Final = Path(__file__).parents[2] / "handbook"
INDEX: Final = "README"
"""The file that GitHub shows with the folder, and this server at ``/handbook``."""
PAGES: Final = ("partners", "admins", "operators", "api", "architecture")
PICTURES: Final = ("form.png", "desk.png")
_OPENAPI = "../static/openapi.yaml"
_PUNCTUATION = re.compile(r"[^\w\- ]")
_LIFETIME = "max-age=600"
_TOKENS_OF_TITLE = 3  # a page begins with its title: the heading opens, its words, it closes


@dataclass(frozen=True)
class Heading:
    """A heading of a page; ``anchor`` is the same on GitHub and here."""

    level: int
    anchor: str
    words: str


@dataclass(frozen=True)
class HandbookPage:
    """A page: its title, the headings below the title, and the HTML below the title."""

    title: str
    headings: tuple[Heading, ...]
    html: Markup

    @property
    def contents(self) -> list[Heading]:
        """The headings for the list of contents."""
        return [heading for heading in self.headings if heading.level == 2]


@cache
def read_page(name: str) -> HandbookPage:
    """Return a page of the handbook or its ``INDEX``; files are read once in each process."""
    return render_page((FOLDER / f"{name}.md").read_text("utf-8"))


def render_page(markdown: str) -> HandbookPage:
    """Return a Markdown page with an anchor on each heading, and links that work on this server."""
    tokens = _parser.parse(markdown)
    headings: list[Heading] = []
    for token, inside in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and inside is not None:
            words = _plain_words(inside)
            heading = _with_free_anchor(Heading(int(token.tag[1]), make_anchor(words), words), headings)
            token.attrSet("id", heading.anchor)
            headings.append(heading)
        if token.children:
            token.children = _rewrite_links(token.children)
    below_title = tokens[_TOKENS_OF_TITLE:]
    html = _parser.renderer.render(below_title, _parser.options, {})
    return HandbookPage(
        title=headings[0].words,
        headings=tuple(headings[1:]),
        html=Markup(html),  # noqa: S704 - the parser escapes HTML
    )


def make_anchor(words: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return _PUNCTUATION.sub("", words.lower()).replace(" ", "-")


def _with_free_anchor(heading: Heading, before: list[Heading]) -> Heading:
    """Number a heading that has the same words as one before it, as GitHub does."""
    same = sum(make_anchor(known.words) == heading.anchor for known in before)
    return replace(heading, anchor=f"{heading.anchor}-{same}") if same else heading


def _plain_words(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


def _rewrite_links(children: list[Token]) -> list[Token]:
    """Point links and pictures at this server. Links to files that only the source has become plain words."""
    kept: list[Token] = []
    is_dropped = False
    for child in children:
        if child.type == "link_open":
            address = _address_here(str(child.attrGet("href")))
            is_dropped = address is None
            child.attrSet("href", address or "")
        elif child.type == "image":
            child.attrSet("src", _address_here(str(child.attrGet("src"))) or "")
        if not (is_dropped and child.type in ("link_open", "link_close")):
            kept.append(child)
    return kept


def _address_here(href: str) -> str | None:
    """Return where a link of a page leads on this server, or None if the file is only in the source."""
    path, hash_sign, anchor = href.partition("#")
    if not path or href.startswith("https://"):
        return href
    name = path.removesuffix(".md")
    if name == INDEX:
        return url_for("handbook.show_index") + hash_sign + anchor
    if name in PAGES:
        return url_for("handbook.show_page", page=name) + hash_sign + anchor
    if path in PICTURES:
        return url_for("handbook.picture", picture=path)
    return url_for("assets.openapi") if path == _OPENAPI else None


def _make_parser() -> MarkdownIt:
    """Return a parser for tables and code. Wide tables and long lines scroll inside their own box, also by keyboard."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    rules = parser.renderer.rules  # type: ignore[attr-defined]
    rules["table_open"] = lambda *_: '<div class="wide" tabindex="0">\n<table>\n'
    rules["table_close"] = lambda *_: "</table>\n</div>\n"
    rules["fence"] = lambda tokens, at, *_: f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'
    # Long names break behind an underscore, not within a word.
    rules["code_inline"] = lambda tokens, at, *_: (
        f"<code>{str(escape(tokens[at].content)).replace('_', '_<wbr>')}</code>"
    )
    return parser


_parser = _make_parser()

# Routes.

bp = Blueprint("handbook", __name__)


@bp.get("/handbook", strict_slashes=False)
@limited("page")
@compressed
def show_index() -> ResponseReturnValue:
    """Show what the handbook has for each kind of reader."""
    return _page_response(INDEX)


@bp.get(f"/handbook/<any({', '.join(map(repr, PICTURES))}):picture>")
@limited("asset")
def picture(picture: str) -> ResponseReturnValue:
    """Send a picture of the handbook."""
    content = (FOLDER / picture).read_bytes()
    return cacheable(Response(content, mimetype="image/png"), _LIFETIME, _tag_of(content))


@bp.get("/handbook/<page>")
@limited("page")
@compressed
def show_page(page: str) -> ResponseReturnValue:
    """Show one page of the handbook. Its text is English; the links around it are in the visitor's language."""
    if page not in PAGES:
        raise NotFound("the handbook has no such page")
    return _page_response(page)


def _page_response(name: str) -> Response:
    html = render_template(
        "public/handbook.html",
        **page_context(visitor_locale()),
        page=read_page(name),
        pages=[(one, read_page(one).title) for one in PAGES],
        current=name,
        styles=HANDBOOK_CSS,
    )
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = HANDBOOK_POLICY
    response.vary.update(["Accept-Language", "Accept-Encoding"])
    return cacheable(response, _LIFETIME, _tag_of(html.encode()), weak=True)  # one ETag for all encodings


def _tag_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
