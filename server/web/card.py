"""The picture that messengers and networks show beside a link to a statement: its title, and how many have signed."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from urllib.parse import urlsplit

from PIL import Image
from PIL.ImageDraw import Draw, ImageDraw

from server import messages
from server.records.statement_texts import StatementText
from server.web import showing
from server.web.lettering import Box, Direction, Face, is_writable, set_text
from server.web.showing import Shown

WIDTH, HEIGHT = 1200, 630
MARGIN, EDGE = 80, 20
# The light colours of base.css: a card has one look, whoever sees it.
PAPER, INK, QUIET, LINE, ACCENT = "#fbfaf7", "#1d1b18", "#5f5a52", "#ded8cd", "#1d4f7c"
_WITHIN = WIDTH - 2 * MARGIN
_TOP, _TITLE_TOP, _RULE_TOP, _FOOT_TOP = 60, 130, 486, 518
_DATELINE = Box(640, 44, 32)
_HOST = Box(_WITHIN - _DATELINE.width - 40, 44, 30)
_TITLE = Box(_WITHIN, _RULE_TOP - _TITLE_TOP - 30, 76)
_COUNT = Box(_WITHIN, 60, 44)
_DRAWING = 1  # one more when the same card is drawn otherwise
_KEPT = 32


@dataclass(frozen=True)
class Card:
    """What stands on a card; ``dir`` is the way the statement is written, ``words_dir`` that of our own words."""

    title: str | None
    dateline: str | None
    count: str
    host: str
    dir: Direction
    words_dir: Direction

    @property
    def etag(self) -> str:
        """A validator that changes with anything that can be seen."""
        return hashlib.sha256(f"{_DRAWING} {self!r}".encode()).hexdigest()[:32]


def card_of(shown: Shown, text: StatementText, *, base_url: str, now: int) -> Card:
    """Return the card of a statement in one of its languages; what our fonts cannot write is left out of it."""
    shape = showing.statement_shape(shown, text, base_url=base_url, now=now)
    words = messages.spoken(text.locale)
    counts = showing.counts_shape(shown, words, now=now)
    dateline = ", ".join(part for part in (shape["place"], shape["date"]) if part)
    return Card(
        title=text.title if is_writable(text.title, "title") else None,
        dateline=dateline if dateline and is_writable(dateline, "words") else None,
        count=" ".join(part for part in (counts["text"], counts["goal_text"]) if part),
        host=urlsplit(base_url).netloc,
        dir=shape["dir"],
        words_dir=messages.direction(words),
    )


@lru_cache(maxsize=_KEPT)
def draw(card: Card) -> bytes:
    """Return the card as a PNG; without a title its count is what one reads."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    drawing = Draw(image)
    start, end = ("l", "r") if card.dir == "ltr" else ("r", "l")
    edge = 0 if card.dir == "ltr" else WIDTH - EDGE
    drawing.rectangle((edge, 0, edge + EDGE - 1, HEIGHT - 1), fill=ACCENT)
    _write(drawing, card.host, "words", "ltr", _HOST, top=_TOP, side=end, fill=QUIET)
    if card.dateline:
        _write(drawing, card.dateline, "words", card.dir, _DATELINE, top=_TOP, side=start, fill=QUIET)
    if card.title:
        _write(drawing, card.title, "title", card.dir, _TITLE, top=_TITLE_TOP, side=start, fill=INK)
        drawing.rectangle((MARGIN, _RULE_TOP, WIDTH - MARGIN, _RULE_TOP + 1), fill=LINE)
        _write(drawing, card.count, "title", card.words_dir, _COUNT, top=_FOOT_TOP, side=start, fill=ACCENT)
    else:
        _write(drawing, card.count, "title", card.words_dir, _TITLE, top=_TITLE_TOP, side=start, fill=ACCENT)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _write(
    drawing: ImageDraw, text: str, face: Face, direction: Direction, box: Box, *, top: int, side: str, fill: str
) -> None:
    """Write text into a box below ``top``, in the middle of its height, from one side of the card."""
    setting = set_text(text, face, direction, box)
    x = MARGIN if side == "l" else WIDTH - MARGIN
    height = setting.leading * len(setting.lines)
    baseline = top + (box.height - height) // 2 + setting.size
    for number, line in enumerate(setting.lines):
        drawing.text((x, baseline + number * setting.leading), line, fill=fill, font=setting.font, anchor=f"{side}s")
