"""Share links, and the preview image (card) for shared links."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from flask import url_for
from PIL import Image
from PIL.ImageDraw import Draw, ImageDraw
from PIL.ImageFont import FreeTypeFont, Layout, truetype

from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text import translations
from server.text.markdown import plain_text
from server.web.context import get_context
from server.web.public import views
from server.web.public.views import PublicStatement

# Text layout: shaping, measuring, line breaking.

Face = Literal["title", "words"]
Direction = Literal["ltr", "rtl"]

LEADING = 1.32
_REORDER_MARGIN_PX = 4  # reordered letters get other neighbours, which can make a line this much wider
SMALLEST, STEP = 24, 2
_FONTS = Path(__file__).parent.parent.parent / "static" / "fonts"
_CHAR_WITHOUT_GLYPH = "\uffff"
_ELLIPSIS = "…"
_BREAKS = re.compile(r"[^\S\u00a0\u202f]+")  # not at the no-break spaces within "1 234"
# The faster algorithm of python-bidi does not mirror brackets; this one does not support isolates, so they are removed.
_ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
# Keep these ligatures off: they would replace whole words by one glyph.
_reshaper = ArabicReshaper({"ARABIC LIGATURE ALLAH": False, "ARABIC LIGATURE AKBAR": False})


@dataclass(frozen=True)
class TextBox:
    """The space for a text: ``width`` and ``height`` in pixels, and its ``largest`` font size in pixels."""

    width: int
    height: int
    largest: int


@dataclass(frozen=True)
class TextLayout:
    """Laid-out text: lines in visual order (left to right), and the font size in pixels."""

    lines: tuple[str, ...]
    face: Face
    size: int

    @property
    def font(self) -> FreeTypeFont:
        """The font to draw the lines with."""
        return _font(self.face, self.size)

    @property
    def leading(self) -> int:
        """The line height in pixels."""
        return round(self.size * LEADING)


def can_render(text: str, face: Face) -> bool:
    """Say whether the font has a glyph for every letter of a text."""
    return all(_has_glyph(letter, face) for letter in _visual_order(_join_letters(text), "ltr"))


def layout_text(text: str, face: Face, direction: Direction, box: TextBox) -> TextLayout:
    """Lay text out as large as its box allows; if it does not fit at the smallest size, it ends with an ellipsis."""
    words = _BREAKS.split(_join_letters(text).strip())
    for size in range(box.largest, SMALLEST, -STEP):
        font = _font(face, size)
        lines = [_visual_order(line, direction) for line in _break_lines(words, font, box.width)]
        if len(lines) <= _count_fitting_lines(box, size) and all(font.getlength(line) <= box.width for line in lines):
            break
    else:
        size = SMALLEST
        narrower = replace(box, width=box.width - _REORDER_MARGIN_PX)
        lines = [_visual_order(line, direction) for line in _ellipsise(words, _font(face, size), narrower)]
    return TextLayout(tuple(lines), face, size)


def _ellipsise(words: list[str], font: FreeTypeFont, box: TextBox) -> list[str]:
    """Return lines at the smallest size, with long words split, and an ellipsis if the box is too small."""
    pieces = [piece for word in words for piece in _break_word(word, font, box.width)]
    lines, most = list(_break_lines(pieces, font, box.width)), _count_fitting_lines(box, SMALLEST)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while font.getlength(last + _ELLIPSIS) > box.width:
        last = last[:-1]
    return [*lines[: most - 1], last + _ELLIPSIS]


def _break_lines(words: list[str], font: FreeTypeFont, width: int) -> Iterator[str]:
    """Yield the words in lines of up to ``width`` pixels, in reading order; a longer word is a line of its own."""
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and font.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line


def _break_word(word: str, font: FreeTypeFont, width: int) -> Iterator[str]:
    """Yield a word in pieces of up to ``width`` pixels."""
    piece = ""
    for letter in word:
        if piece and font.getlength(piece + letter) > width:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _count_fitting_lines(box: TextBox, size: int) -> int:
    return max(1, int(box.height / (size * LEADING)))


def _join_letters(text: str) -> str:
    """Return a text with Arabic letters in their joined forms, still in reading order."""
    joined: str = _reshaper.reshape(unicodedata.normalize("NFC", text.translate(_ISOLATES)))
    return joined


def _visual_order(line: str, direction: Direction) -> str:
    """Return a line in visual order, with brackets mirrored and invisible characters removed."""
    turned: str = get_display(line, base_dir=direction[0].upper())
    return "".join(letter for letter in turned if unicodedata.category(letter) != "Cf")


@lru_cache(maxsize=4096)
def _has_glyph(letter: str, face: Face) -> bool:
    """Say whether a font draws this letter as anything but its box for missing glyphs."""
    font = _font(face, SMALLEST)
    drawn, box = font.getmask(letter), font.getmask(_CHAR_WITHOUT_GLYPH)
    return drawn.size != box.size or bytes(drawn) != bytes(box)


@lru_cache(maxsize=128)
def _font(face: Face, size: int) -> FreeTypeFont:
    return truetype(_FONTS / f"{face}.ttf", size, layout_engine=Layout.BASIC)


# The image.

WIDTH, HEIGHT = 1200, 630
MARGIN, EDGE = 80, 20
# The light colours of base.css; a card has no dark version.
PAPER, INK, QUIET, LINE, ACCENT = "#fbfaf7", "#1d1b18", "#5f5a52", "#ded8cd", "#1d4f7c"
_INNER_WIDTH = WIDTH - 2 * MARGIN
_TOP, _TITLE_TOP, _RULE_TOP, _FOOT_TOP = 60, 130, 486, 518
_DATELINE = TextBox(640, 44, 32)
_HOST = TextBox(_INNER_WIDTH - _DATELINE.width - 40, 44, 30)
_TITLE = TextBox(_INNER_WIDTH, _RULE_TOP - _TITLE_TOP - 30, 76)
_COUNT = TextBox(_INNER_WIDTH, 60, 44)
_DRAWING_VERSION = 1  # increase it when the drawing of the same card changes
_CARDS_CACHED = 32


@dataclass(frozen=True)
class Card:
    """The content of a card; ``dir`` is the statement's writing direction, ``words_dir`` that of our own messages."""

    title: str | None
    dateline: str | None
    count: str
    host: str
    dir: Direction
    words_dir: Direction

    @property
    def etag(self) -> str:
        """An ETag that changes with anything visible."""
        return hashlib.sha256(f"{_DRAWING_VERSION} {self!r}".encode()).hexdigest()[:32]


def make_card(shown: PublicStatement, text: StatementText) -> Card:
    """Return the card of a statement in one language; text that our fonts cannot render is left out."""
    shape = views.statement_shape(shown, text)
    words = translations.supported_locale(text.locale)
    counts = views.counts_shape(shown, words)
    dateline = shape["dateline"]
    return Card(
        title=text.title if can_render(text.title, "title") else None,
        dateline=dateline if dateline and can_render(dateline, "words") else None,
        count=" ".join(part for part in (counts["text"], counts["goal_text"]) if part),
        host=urlsplit(get_context().settings.base_url).netloc,
        dir=shape["dir"],
        words_dir=translations.direction(words),
    )


@lru_cache(maxsize=_CARDS_CACHED)
def draw_card(card: Card) -> bytes:
    """Return the card as a PNG; without a title, the count is drawn large."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    drawing = Draw(image)
    start, end = ("l", "r") if card.dir == "ltr" else ("r", "l")
    edge = 0 if card.dir == "ltr" else WIDTH - EDGE
    drawing.rectangle((edge, 0, edge + EDGE - 1, HEIGHT - 1), fill=ACCENT)
    _draw_text(drawing, card.host, "words", "ltr", _HOST, top=_TOP, side=end, fill=QUIET)
    if card.dateline:
        _draw_text(drawing, card.dateline, "words", card.dir, _DATELINE, top=_TOP, side=start, fill=QUIET)
    if card.title:
        _draw_text(drawing, card.title, "title", card.dir, _TITLE, top=_TITLE_TOP, side=start, fill=INK)
        drawing.rectangle((MARGIN, _RULE_TOP, WIDTH - MARGIN, _RULE_TOP + 1), fill=LINE)
        _draw_text(drawing, card.count, "title", card.words_dir, _COUNT, top=_FOOT_TOP, side=start, fill=ACCENT)
    else:
        _draw_text(drawing, card.count, "title", card.words_dir, _TITLE, top=_TITLE_TOP, side=start, fill=ACCENT)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _draw_text(
    drawing: ImageDraw, text: str, face: Face, direction: Direction, box: TextBox, *, top: int, side: str, fill: str
) -> None:
    """Draw text in a box below ``top``, vertically centred, aligned to one side of the card."""
    setting = layout_text(text, face, direction, box)
    x = MARGIN if side == "l" else WIDTH - MARGIN
    height = setting.leading * len(setting.lines)
    baseline = top + (box.height - height) // 2 + setting.size
    for number, line in enumerate(setting.lines):
        drawing.text((x, baseline + number * setting.leading), line, fill=fill, font=setting.font, anchor=f"{side}s")


# Share links.

_DESCRIPTION_CHARS = 200
_BLUESKY_CHARS = 300


def sharing_shape(statement: Statement, text: StatementText) -> dict[str, Any]:
    """Return the ways to share a statement: ``title``, ``text``, ``url``, and ``links`` with ``name`` and ``href``.

    The URL is the plain page, so it does not reveal who shares it, and the text does not say that they have signed. A
    discreet statement's title is left out everywhere. Signal has no share URL: for Signal there is a message to copy
    and the device's own share menu.
    """
    words = translations.supported_locale(text.locale)
    url = get_context().settings.base_url + url_for("pages.show_statement", slug=statement.slug)
    if statement.discreet:
        title, said = translations.text(words, "share.subject"), translations.text(words, "share.invitation-discreet")
    else:
        title, said = text.title, translations.text(words, "share.invitation", title=text.title)
    message = f"{said}\n{url}"
    post = message if len(message) <= _BLUESKY_CHARS else url
    links = (
        (translations.text(words, "share.email"), _mailto_link(title, message)),
        ("WhatsApp", _service_link("https://wa.me/", text=message)),
        ("Telegram", _service_link("https://t.me/share/url", url=url, text=said)),
        # Mastodon's share page for all servers reads the text from the fragment, which browsers do not send to any
        # server.
        ("Mastodon", f"https://share.joinmastodon.org/#text={quote(message, safe='')}"),
        # Bluesky refuses longer posts; the URL alone still shows the title by its card.
        ("Bluesky", _service_link("https://bsky.app/intent/compose", text=post)),
        ("X", _service_link("https://x.com/intent/post", text=said, url=url)),
        ("Facebook", _service_link("https://www.facebook.com/sharer/sharer.php", u=url)),
        ("LinkedIn", _service_link("https://www.linkedin.com/sharing/share-offsite/", url=url)),
    )
    return {"title": title, "text": said, "url": url, "links": [{"name": name, "href": href} for name, href in links]}


def preview_shape(statement: Statement, text: StatementText, *, count: str) -> dict[str, Any] | None:
    """Return the Open Graph data of a statement, with its card; ``count`` is a sentence.

    None for a discreet statement.
    """
    if statement.discreet:
        return None
    return {
        "title": text.title,
        "description": text.eligibility or _describe_body(text.body),
        "locale": translations.with_territory(text.locale),
        "image": get_context().settings.base_url + url_for("pages.show_card", slug=statement.slug, locale=text.locale),
        "width": WIDTH,
        "height": HEIGHT,
        "alt": f"{text.title}. {count}",
    }


def _mailto_link(subject: str, body: str) -> str:
    """Return a mailto link (RFC 6068): spaces are %20, because a plus stays a plus, and lines end in CRLF."""
    lines = body.replace("\n", "\r\n")
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(lines, safe='')}"


def _service_link(service: str, **values: str) -> str:
    return f"{service}?{urlencode(values, quote_via=quote, safe='')}"


def _describe_body(body: str) -> str:
    """Return the beginning of a text as plain text, cut at the end of a word."""
    plain = plain_text(body)
    if len(plain) <= _DESCRIPTION_CHARS:
        return plain
    return plain[: _DESCRIPTION_CHARS + 1].rpartition(" ")[0][:_DESCRIPTION_CHARS] + "…"
