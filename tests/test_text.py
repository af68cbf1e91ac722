"""Names of the whole world stay as they are, what breaks other people's lines is refused, and one name has one key."""

import unicodedata
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.text import (
    BYTES_EACH,
    COMMENT_LONGEST,
    LINE_LONGEST,
    MARKS_MOST,
    NAME_LONGEST,
    TextRefused,
    clean_block,
    clean_line,
    clean_name,
    name_key,
    organisation_key,
)

REAL_NAMES = [
    *("Ani Petrosyan", "D. Aliyeva", "Jean-Luc d’Ormesson", "Nuala O'Faolain", "Sukarno", "María-José Núñez y Peña"),
    *("İlham Işıq", "Şəhla Məmmədova", "Gülçin Çağlar", "Łucja Żółć", "Đặng Thị Ngọc Hạnh", "Nguyễn Văn Hòa", "ʻAkahi"),
    *("Ёлкин", "Йосип Ґалаґан", "Мар'яна Їжакевич", "Ӱпымарий", "Ћирило Џомбић", "Әсел Қуанышқызы"),
    *("Հակոբ", "Գևորգյան", "ԳԵՎՈՐԳՅԱՆ", "Եվա Երևանցի", "Օֆելյա", "Մխիթար Ֆրանգուլյան"),
    *("გიორგი", "ნინო ჭავჭავაძე", "ᲜᲘᲜᲝ", "Ελένη Ξανθοπούλου", "Ἑλένη ᾨδή"),
    *("شیرین عبادی", "علی‌رضا می‌خواهم", "نَوال السَّعداوي", "ייִדיש לעבן", "שִׁירָה", "ܐܦܪܝܡ", "ދިވެހި"),
    *("कमला भट्टाचार्य", "श्री शर्मा", "শ্রেয়া বন্দ্যোপাধ্যায়", "ਗੁਰਮੀਤ", "தமிழ்ச்செல்வன்", "രാജന്‍", "ශ්‍රීමත්", "ಜ್ಞಾನೇಶ್ವರಿ"),
    *("สมหญิง", "ນ້ອຍ", "အောင်ဆန်း", "မြို့မ", "សុភា", "བསྟན་འཛིན", "ደስታ", "ⵜⵉⵣⵉⵔⵉ", "ᏣᎳᎩ", "ᠮᠣᠩᠭᠣᠯ"),
    *("山田花子", "髙橋", "葛󠄀城ゆき", "すずき・がく", "김수현", "王小明", "𠮷野家"),
]
REAL_ORGANISATIONS = [
    *("Avaaz.org", "openDemocracy.net", "“Pink” human rights NGO", "Women's Voice", "Women’s Voice", "Press 24/7"),
    *(
        "«Мемориал»",
        "ООО «Ромашка и Ко.»",
        "Amig@s de la Tierra",
        "„Sakharov“ ცენტრი",
        "«Հույս» ՀԿ",
        "A/B Club",
        "350.org",
    ),
    *(
        "جمعية «الأمل»",
        "No. 5 School",
        "Médecins du Monde / Belgique",
        "Ligue: droits & libertés",
        "Centre 2.0 + friends",
    ),
]


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
        *("Ani \u202enaysorteP", "\u2066Ani\u2069", "Ani\u200e", "\u200fAni", "Ani\u061c", "\u202aAni"),
        *("A\u200bni", "A\u00adni", "A\u2060ni", "A\ufeffni", "Ani\U000e0041", "\u180eAni", "Ani\ufff9"),
        *("A\u200d\u200dni", "Ani\u200d", "\u200cAni", "Ani \u200d Petrosyan", "Ani 5\u200d5"),
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
    with pytest.raises(TextRefused) as refusal:
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
    with pytest.raises(TextRefused, match="too-long"):
        clean_name("कि" * NAME_LONGEST + "क")


def test_marks_cannot_carry_more_bytes_than_the_line_allows() -> None:
    piled = "က\u1037\u1037\u1037\u1037" * 100

    with pytest.raises(TextRefused, match="too-long"):
        clean_line(piled, longest=100)


def test_four_marks_on_a_letter_pass_and_a_fifth_does_not() -> None:
    letter = "x" + "\u0323" * MARKS_MOST

    assert clean_line(letter, longest=9) == letter
    with pytest.raises(TextRefused, match="too-many-marks"):
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
    with pytest.raises(TextRefused, match="control-characters"):
        clean_block("one\n\u202etwo", longest=COMMENT_LONGEST)
    with pytest.raises(TextRefused, match="too-long"):
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
    except TextRefused:
        return

    assert clean(once) == once == unicodedata.normalize("NFC", once)
    assert len(once.encode()) <= 40 * BYTES_EACH


@pytest.mark.parametrize(
    "spellings",
    [
        ("İlham Işıq", "ilham isiq", "ILHAM ISIQ", "ılham İşiq"),
        ("Ёлкин", "Елкин", "ЁЛКИН", "ёлкин"),
        ("Şəhla Əliyeva", "Sehla Eliyeva", "ŞƏHLA ƏLİYEVA"),
        ("Գևորգյան", "ԳԵՎՈՐԳՅԱՆ", "ԳԵՒՈՐԳՅԱՆ", "Գեվորգյան", "Գեւորգյան"),
        ("ნინო ჭავჭავაძე", "ᲜᲘᲜᲝ ᲭᲐᲕᲭᲐᲕᲐᲫᲔ"),
        (
            "“Pink” NGO",
            "«Pink» NGO",
            "„Pink“ NGO",
            '"Pink" NGO',
            "‘Pink’ NGO",
            "Pink NGO",
            "『Pink』 NGO",
            "  pink   ngo ",
        ),
        ("Women’s Voice", "Women's Voice", "Women`s Voice", "Womenʼs  Voice", "WOMENS VOICE"),
        ("Jean-Luc", "Jean Luc", "Jean–Luc", "jean‑luc"),
        ("D. Aliyeva", "D.Aliyeva", "D Aliyeva"),
        ("Straße", "STRASSE", "strasse"),
        ("Søren Łukasz Đorđe", "Soren Lukasz Dorde"),
        ("شيرين عبادي", "شیرین عبادی"),
        ("נַעֲמִי", "נעמי"),
        ("علی‌رضا", "علیرضا"),
        ("Ελένη Ξένος", "ΕΛΕΝΗ ΞΕΝΟΣ"),
        ("Ａｎｉ", "Ani"),
        ("がく", "か\u3099く"),
    ],
)
def test_spellings_of_one_name_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len({name_key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("किरण", "करण"), ("कमल", "कमला"), ("สม", "สุม"), ("か", "が"), ("김수", "김서"), ("Ani", "Anna")),
        *(("Ani Maria", "Animaria"), ("Հակոբ", "Հակոբյան"), ("No. 5 School", "No. 6 School"), ("علی", "علا")),
    ],
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Գևորգյան", "գեվորգյան"),
        ("İlham", "ilham"),
        ("“Pink” human rights NGO", "pink human rights ngo"),
        ("Ёлкин", "елкин"),
    ],
)
def test_keys_are_stored_so_they_stay_what_they_were(name: str, key: str) -> None:
    assert name_key(name) == key


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.sampled_from(REAL_NAMES)))
def test_the_key_of_a_key_is_itself_and_a_name_with_a_letter_has_one(name: str) -> None:
    key = name_key(name)

    assert name_key(key) == key
    if any(unicodedata.category(char) in {"Lu", "Ll", "Lt"} for char in name):
        assert key
        assert organisation_key(name)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("“Pink” human rights NGO", "pink human rights"),
        ("NGO “Pink”", "pink"),
        ("Peace Dialogue N.G.O.", "peace dialogue"),
        ("Grüne Wege e. V.", "grune wege"),
        ("ООО «Ромашка»", "ромашка"),
        ("«Հույս» ՀԿ", "հույս"),
        ("ა(ა)იპ „სახლი“", "სახლი"),
        ("Ümid İB", "umid"),
        ("ONG Espoir SARL", "espoir"),
        ("Deniz Ltd. Şti.", "deniz"),
        ("ГО «Крила»", "крила"),
        ("NGO", "ngo"),
        ("NGO LLC", "ngo"),
        ("AS Roma", "as roma"),
        ("Sahara Forum", "sahara forum"),
    ],
)
def test_the_legal_form_does_not_make_another_organisation(name: str, key: str) -> None:
    assert organisation_key(name) == key
