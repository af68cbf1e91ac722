"""Names of the whole world stay as they are, and what breaks other people's lines is refused."""

import unicodedata
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.errors import Invalid, ValueRefused
from server.text.names import (
    BYTES_EACH,
    COMMENT_LONGEST,
    LINE_LONGEST,
    MARKS_MOST,
    NAME_LONGEST,
    clean_block,
    clean_line,
    clean_name,
    clean_public_line,
    clean_reason,
    has_contact,
)
from tests.real_names import REAL_NAMES, REAL_ORGANISATIONS


@pytest.mark.parametrize("name", REAL_NAMES + REAL_ORGANISATIONS)
def test_a_real_name_passes_unchanged_to_the_byte(name: str) -> None:
    assert clean_name(name).encode() == name.encode()


def test_the_table_of_real_names_has_at_least_ten_scripts() -> None:
    scripts = {unicodedata.name(char).split()[0] for name in REAL_NAMES for char in name if char.isalpha()}

    assert len(scripts) >= 20


@pytest.mark.parametrize("name", ["Գևորգյան", "ﬁnn", "№ 5 გუნდი", "ᲜᲘᲜᲝ"])
def test_composing_by_compatibility_would_have_respelt_the_name(name: str) -> None:
    naive = unicodedata.normalize("NFKC", name).casefold()

    assert naive != name
    assert clean_name(name) == name


def test_a_name_typed_in_parts_is_stored_composed() -> None:
    assert clean_name("Jose\u0301 A\u030angstro\u0308m") == "José Ångström"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Ani\u00a0 Petrosyan\t", "Ani Petrosyan"),
        ("\ufeffAni\ufeff", "Ani"),
        ("Ani\r\nPetrosyan", "Ani Petrosyan"),
        ("Ani\u2028\u3000\u2009Petrosyan", "Ani Petrosyan"),
        ("\ufeff \u00a0", ""),
        ("", ""),
    ],
)
def test_white_space_is_one_space_and_none_at_the_ends(written: str, kept: str) -> None:
    assert clean_line(written, longest=50) == kept


ATTACKS = {
    "control-characters": [
        *("Ani\x00", "Ani\x07", "Ani\x1b[31m", "Ani\x1fPetrosyan", "Ani\x7f", "Ani\x9b"),
        *("Ani \u202enaysorteP", "A\u2066n\u2069i", "A\u200eni", "A\u200fni", "A\u061cni", "A\u202ani"),
        *("A\u200bni", "A\u00adni", "A\u2060ni", "A\ufeffni", "Ani\U000e0041", "\u180eAni", "Ani\ufff9"),
        *("A\u200d\u200dni", "Ani \u200d Petrosyan", "Ani 5\u200d5"),
        *("\u3164", "Ani\u3164\u3164\u3164", "\u115f", "\u2800", "Ani\uffa0"),
    ],
    "too-many-marks": ["Z\u0351\u0352\u0353\u0354\u0355algo", "e" + "\u0301" * 60, "a\u20dd\u20dd\u20dd\u20dd\u20dd"],
    "not-text": [
        "\ud83d",
        "Ani\udc00",
        "An\ufffd",
        "Ani\uffff",
        "Ani\ufdd0",
        "Ani\U0010ffff",
        "Ani\uf8ff",
        "\ud83d\x00",
    ],
    "no-letters": ["", " ", "...", "123", "😀😀", "—", "!!!", "\u0301", "№ 5", "ʼ"],
    "link-in-name": [
        *(
            "http://evil.example",
            "Buy https://evil.example/x now",
            "HTTPS://EVIL.EXAMPLE",
            "ｈｔｔｐ：／／evil.example",
        ),
        *("www.evil.example", "Ani www2.evil.example", "WWW.evil", "evil.example/pills", "evil.example/", "t.me/spam"),
        *("evil.example:8080/x", "evil.example?ref=1", "evil.example#x", "ani@evil.example", "a b.c+d@evil.example x"),
        *("javascript:alert(1)", "mailto:x", "//evil.example", "http:\\\\evil.example", "ftp:x", "сайт.рф/деньги"),
        "evil\u3002example\uff0fx".replace("\u3002", "\uff0e"),
    ],
    "too-long": ["я" * (NAME_LONGEST + 1), "Ani" * 5000, "𠮷" * 199 + "한" * 2, "\U0001f600" * 301 + "a"],
}


@pytest.mark.parametrize(("reason", "name"), [(reason, name) for reason, names in ATTACKS.items() for name in names])
def test_an_attack_is_refused_with_its_reason(reason: str, name: str) -> None:
    with pytest.raises(ValueRefused) as refusal:
        clean_name(name)

    assert (refusal.value.reason, refusal.value.code, refusal.value.status) == (reason, "invalid", 422)


@pytest.mark.parametrize("name", ["Ani \u202enaysorteP", "e" + "\u0301" * 60, "\u3164", "A\u200bni"])
def test_without_the_rules_the_attack_would_have_gone_through(name: str) -> None:
    naive = " ".join(unicodedata.normalize("NFC", name).split())[:NAME_LONGEST]

    assert naive
    assert naive == unicodedata.normalize("NFC", name)


def test_the_longest_name_is_counted_in_what_people_see_not_in_code_points() -> None:
    assert clean_name("कि" * NAME_LONGEST) == "कि" * NAME_LONGEST
    assert clean_name("a" * NAME_LONGEST) == "a" * NAME_LONGEST
    with pytest.raises(ValueRefused, match="too-long"):
        clean_name("कि" * NAME_LONGEST + "क")


def test_marks_cannot_carry_more_bytes_than_the_line_allows() -> None:
    piled = "က\u1037\u1037\u1037\u1037" * 100

    with pytest.raises(ValueRefused, match="too-long"):
        clean_line(piled, longest=100)


def test_four_marks_on_a_letter_pass_and_a_fifth_does_not() -> None:
    letter = "x" + "\u0323" * MARKS_MOST

    assert clean_line(letter, longest=9) == letter
    with pytest.raises(ValueRefused, match="too-many-marks"):
        clean_line(letter + "\u0323", longest=9)


def test_an_emoji_family_may_stand_in_a_comment() -> None:
    assert clean_block("❤️ 👩‍👩‍👧 🏳️‍🌈 👩🏽‍⚕️", longest=99) == "❤️ 👩‍👩‍👧 🏳️‍🌈 👩🏽‍⚕️"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("one \t  word\n  two  ", "one word\ntwo"),
        ("\n\n\none\n\n\n \n\ntwo\n\n", "one\n\ntwo"),
        ("see https://example.org/a?b=c", "see https://example.org/a?b=c"),
        (" \ufeff\n", ""),
    ],
)
def test_a_block_keeps_its_lines_and_one_empty_line_between(written: str, kept: str) -> None:
    assert clean_block(written, longest=COMMENT_LONGEST) == kept


def test_a_block_is_held_to_the_same_rules_as_a_line() -> None:
    with pytest.raises(ValueRefused, match="control-characters"):
        clean_block("one\nt\u202ewo", longest=COMMENT_LONGEST)
    with pytest.raises(ValueRefused, match="too-long"):
        clean_block("ok\n" * COMMENT_LONGEST, longest=COMMENT_LONGEST)


def test_a_title_needs_no_letter_and_may_name_an_address() -> None:
    assert clean_line("24/7", longest=LINE_LONGEST) == "24/7"
    assert clean_line("press@example.org", longest=LINE_LONGEST) == "press@example.org"


CLEANERS: list[Callable[[str], str]] = [
    partial(clean_line, longest=40),
    partial(clean_block, longest=40),
    partial(clean_name, longest=40),
]
ANY_TEXT = st.one_of(
    st.text(alphabet=st.characters(), max_size=60),
    st.text(alphabet="ab\u0301\u200d\u200c\u0958\U0001d160\u0344 \n\r\t\ufeff\u00a0.:/@wեւև한ᄒ", max_size=60),
    st.lists(st.sampled_from(REAL_NAMES)).map(" ".join),
)


@pytest.mark.parametrize("clean", CLEANERS)
@settings(deadline=None)
@given(value=ANY_TEXT)
def test_cleaning_twice_is_cleaning_once_and_only_a_refusal_is_raised(clean: Callable[[str], str], value: str) -> None:
    try:
        once = clean(value)
    except ValueRefused:
        return

    assert clean(once) == once == unicodedata.normalize("NFC", once)
    assert len(once.encode()) <= 40 * BYTES_EACH


def test_a_reason_is_one_line_and_says_something():
    assert clean_reason(" He\n wrote  to us ", longest=20) == "He wrote to us"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "required"), (" \n", "required"), ("x" * 21, "too-long"), ("a\u202eb", "control-characters")],
)
def test_what_is_no_reason_is_refused_beside_its_field(typed, code):
    with pytest.raises(Invalid) as refusal:
        clean_reason(typed, longest=20)

    assert refusal.value.fields == {"reason": [code]}


CONTACTS = [
    *(
        "ani@lake.example",
        "Editor (ani.getuni+x@lake.co.example)",
        "mailto:ani",
        "TEL: 5",
        "ani＠lake.example",
        "ани@озеро.рф",
    ),
    *(
        "+374 10 123456",
        "030/1234-5678",
        "(020) 7946 0958",
        "+49.30.12345678",
        "tel 12345678",
        "٠١٢٣٤٥٦٧٨٩",
        "＋３７４１０１２３４５６",
    ),
    "1999 Ave 1, 02079460958",
]
NO_CONTACTS = [
    *("AT&T", "Article 19", "2014-2020", "Radio 101.5", "Room 4.12, 10117 Berlin", "@lakewatch", "Lake @ Night", "C++"),
    *("2014–2020 and 2021–2022", "2014-2020/21", "2026-11-29", "29.11.2026 - 30.11.2026", "1915, 1937", "4 × 4 = 16"),
    *("0000-0002-1825-0097", "5.000.000 people", "Sport-Verein 1860 e.V.", "lake.example", "hotel: none"),
]


@pytest.mark.parametrize("text", CONTACTS)
def test_an_address_or_a_phone_number_is_seen_in_whatever_it_is_written(text: str) -> None:
    assert has_contact(text)


@pytest.mark.parametrize("text", NO_CONTACTS)
def test_years_and_numbers_and_what_only_looks_like_an_address_may_be_public(text: str) -> None:
    assert not has_contact(text)
    assert clean_public_line(text, longest=50) == text
