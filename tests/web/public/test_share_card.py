"""The card of a statement: what stands on it, in every script of ours, and that it stays within its edges."""

from datetime import date
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ImageDraw import Draw

from server.text import translations
from server.web.public import share_card
from server.web.public.share_card import (
    _FONTS,
    HEIGHT,
    MARGIN,
    PAPER,
    WIDTH,
    Card,
    TextBox,
    can_render,
    draw_card,
    layout_text,
)
from tests.browsing import PICTURES
from tests.web.native import NATIVE, add_rivers
from tests.web.scene import PAGE

CARD = f"{PAGE}/card.png"
LONG = {
    "words": "We ask the parliaments of all countries of the region to release everybody who is in prison for a word. "
    * 3,
    "one-word": "W" * 300,
    "armenian": "Մենք՝ ներքոստորագրյալներս, պահանջում ենք ազատ արձակել բոլոր քաղբանտարկյալներին " * 4,
    "georgian": "ჩვენ, ქვემოთ ხელის მომწერნი, მოვითხოვთ ყველა პოლიტპატიმრის გათავისუფლებას " * 4,
    "arabic": "نحن الموقعين أدناه نطالب البرلمانات بالإفراج عن كل من سُجن بسبب كلمة (UN 2027) " * 4,
    "arabic-word": "ش" * 300,
}
CMAPS = {face: set(TTFont(_FONTS / f"{face}.ttf").getBestCmap()) for face in ("title", "words")}


def card(title: str | None, *, count: str = "1,234 signatures (goal: 5,000)", direction: str = "ltr") -> Card:
    return Card(title, "Kutaisi, 10 January 2027", count, "sign.example.org", direction, "ltr")


def native_card(locale: str) -> Card:
    count = (
        f"{translations.text(locale, 'count.signed', count=1234)} {translations.text(locale, 'count.goal', goal=5000)}"
    )
    direction = translations.direction(locale)
    day = translations.format_date(locale, date(2027, 1, 10))
    return Card(NATIVE[locale][0], day, count, "sign.example.org", direction, direction)


def image_of(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def ink(image: Image.Image, left: int, top: int, right: int, bottom: int) -> tuple[int, int, int, int] | None:
    """The box around all that was drawn in this part of a card, in pixels of the card; None when nothing was."""
    part = image.crop((left, top, right, bottom)).convert("RGB")
    blank = Image.new("RGB", part.size, PAPER)
    found = Image.frombytes("L", part.size, bytes(a != b for a, b in zip(_pixels(part), _pixels(blank), strict=True)))
    box = found.getbbox()
    return (box[0] + left, box[1] + top, box[2] + left, box[3] + top) if box else None


def _pixels(image: Image.Image) -> list[bytes]:
    content = image.tobytes()
    return [content[start : start + 3] for start in range(0, len(content), 3)]


# The answer


def test_the_card_is_a_picture_of_the_size_that_others_ask_for(client, statement):
    answer = client.get(CARD)

    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    image = image_of(answer.data)
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Vary" not in answer.headers


def test_who_has_the_card_gets_it_again_once_somebody_has_signed(client, scene):
    first = client.get(CARD)
    known = client.get(CARD, headers={"If-None-Match": first.headers["ETag"]})
    scene.signed(name="Ani")
    after = client.get(CARD, headers={"If-None-Match": first.headers["ETag"]})

    assert (known.status_code, known.data) == (304, b"")
    assert after.status_code == 200
    assert after.data != first.data


def test_each_language_has_its_card_whatever_the_browser_says(client, statement):
    english, french = client.get(CARD), client.get(f"{CARD}?locale=fr")

    assert english.data != french.data
    assert client.get(CARD, headers={"Accept-Language": "fr"}).data == english.data
    assert client.get(f"{CARD}?locale=xx").data == english.data


def test_below_the_number_to_count_from_the_card_tells_none(client, scene):
    other = scene.publish("clean-air", "count_from = 3")
    first = client.get("/s/clean-air/card.png")
    other.signed(name="Ani")
    second = client.get("/s/clean-air/card.png")
    other.signed(name="Maro", email="maro@rivers.example")
    other.signed(name="Nino", email="nino@rivers.example")

    assert second.data == first.data
    assert client.get("/s/clean-air/card.png").data != first.data


def test_what_is_not_public_or_is_discreet_has_no_card(client, scene):
    scene.publish("clean-air", "discreet = true")

    assert client.get("/s/clean-air/card.png").status_code == 404
    assert client.get("/s/no-such/card.png").status_code == 404


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_a_statement_has_its_title_on_the_card_in_every_language(client, db, clock, locale):
    add_rivers(db, "http://partner.example:9000", now=clock())
    answer = client.get(f"/s/rivers/card.png?locale={locale}")
    direction = translations.direction(locale)
    count = translations.text(locale, "count.signed", count=0)
    wanted = Card(NATIVE[locale][0], None, count, "localhost:8000", direction, direction)

    assert answer.data == draw_card(wanted)


# Letters


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_every_letter_of_a_language_is_in_the_font(locale):
    shown = native_card(locale)
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"card-{locale}.png").write_bytes(draw_card(shown))

    for text, face in ((shown.title, "title"), (shown.count, "title"), (shown.dateline, "words")):
        set_lines = layout_text(text, face, shown.dir, TextBox(1000, 300, 60)).lines
        assert {letter for line in set_lines for letter in line if ord(letter) not in CMAPS[face]} == set()
        assert can_render(text, face)
    every_day = {translations.format_date(locale, date(2027, month, 28)) for month in range(1, 13)}
    assert [day for day in every_day if not can_render(day, "words")] == []


@pytest.mark.parametrize("face", ["title", "words"])
@pytest.mark.parametrize("text", ["山田花子", "Peace ☮ 字", "कमला", "שִׁירָה"])
def test_what_the_font_lacks_is_known(face, text):
    assert not can_render(text, face)
    assert {ord(letter) for letter in text} - CMAPS[face]


def test_a_title_in_another_script_leaves_the_count_and_no_boxes(client, scene):
    scene.publish("clean-air", 'place = "東京"', title="空気をきれいに")
    expected = Card(None, None, "0 signatures", "localhost:8000", "ltr", "ltr")

    assert client.get("/s/clean-air/card.png").data == draw_card(expected)


def test_arabic_letters_are_joined_and_run_from_right_to_left_with_brackets_the_right_way_round():
    [line] = layout_text("كلمة (UN 2027) أكبر", "title", "rtl", TextBox(1000, 100, 40)).lines

    assert line == "ﺮﺒﻛﺃ (UN 2027) ﺔﻤﻠﻛ"


def test_a_right_to_left_title_starts_at_the_right():
    image = image_of(draw_card(card(NATIVE["ar"][0], direction="rtl")))
    left, _, right, _ = ink(image, MARGIN, 130, WIDTH - 30, 480)

    assert abs(right - (WIDTH - MARGIN)) <= 12
    assert left > WIDTH / 2


def test_a_left_to_right_title_starts_at_the_left():
    left, _, right, _ = ink(image_of(draw_card(card("Open the rivers"))), 30, 130, WIDTH, 480)

    assert abs(left - MARGIN) <= 12
    assert right < WIDTH * 2 / 3


# Room


@pytest.mark.parametrize("name", LONG)
def test_a_huge_title_stays_within_its_room(name):
    shown = card(LONG[name], direction="rtl" if name.startswith("arabic") else "ltr")
    content = draw_card(shown)
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"card-long-{name}.png").write_bytes(content)

    box = ink(image_of(content), 30, 112, WIDTH - 30, 484)
    assert box is not None
    left, top, right, bottom = box
    assert left >= MARGIN - 4
    assert right <= WIDTH - MARGIN + 4
    assert top >= 118
    assert bottom <= 478


def test_a_huge_title_that_is_just_written_sticks_out():
    """The twin: the same measure of a title that was not set."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    Draw(image).text(
        (MARGIN, 200), LONG["words"], font=layout_text("x", "title", "ltr", TextBox(900, 99, 76)).font, fill="#000"
    )

    box = ink(image, 30, 112, WIDTH - 30, 484)
    assert box is not None
    assert box[2] > WIDTH - MARGIN + 4


def test_more_words_than_fit_end_in_an_ellipsis():
    setting = layout_text("word " * 99, "words", "ltr", TextBox(300, 70, 40))

    assert setting.lines[-1].endswith("…")
    assert setting.leading * len(setting.lines) <= 70
    assert max(map(setting.font.getlength, setting.lines)) <= 300


@given(
    text=st.text(st.sampled_from("Aə ა։ աՖшЇ()«»1٢ كلمةآ\u200c\u200f\u202b\u202c\u2067\u2069\u0301-،")),
    rtl=st.booleans(),
)
def test_whatever_an_organiser_writes_is_set(text, rtl):
    setting = layout_text(text, "title", "rtl" if rtl else "ltr", TextBox(200, 150, 60))

    assert can_render(text, "title")
    assert max(map(setting.font.getlength, setting.lines)) <= 200


# The house


def test_the_colours_are_those_of_the_pages():
    styles = (_FONTS.parent / "base.css").read_text("utf-8")

    for name in ("PAPER", "INK", "QUIET", "LINE", "ACCENT"):
        assert f"--{name.lower()}: {getattr(share_card, name)};" in styles


def test_the_fonts_are_small_and_have_their_licence_beside_them():
    assert sum(font.stat().st_size for font in _FONTS.glob("*.ttf")) < 1_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (_FONTS / "OFL.txt").read_text("utf-8")
