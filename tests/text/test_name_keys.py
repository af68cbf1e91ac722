"""One name has one key however it is written, and a legal form makes no other organisation."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.text.names import name_key, organisation_key
from tests.real_names import REAL_NAMES


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
