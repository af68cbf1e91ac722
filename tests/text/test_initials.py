"""Initials: the first letter of every word as the name writes it, and never so much that they are the name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ValueRefused
from server.text.names import clean_name, initials, is_letter
from tests.real_names import REAL_NAMES

SHORTENED = [
    ("Ani Gevorgyan", "A. G."),
    ("Anna-Maria Gevorgyan", "A.-M. G."),
    ("Jean‑Luc Dubois", "J.‑L. D."),  # a hyphen that does not break
    ("Nino", "N."),
    ("Անի Գևորգյան", "Ա. Գ."),
    ("Ուրարտու Խաչատրյան", "Ու. Խ."),  # one letter of two characters
    ("ნინო ბერიძე", "ნ. ბ."),
    ("ᲜᲘᲜᲝ ᲑᲔᲠᲘᲫᲔ", "Ნ. Ბ."),  # capitals stay capitals
    ("أحمد الحسن", "أ. ا."),
    ("محمد", "م."),
    ("יעל כהן", "י. כ."),
    ("İlham Əliyev", "İ. Ə."),
    ("Оксана Їжак", "О. Ї."),
    ("नीरज क्षत्रिय", "नी. क्ष."),  # a vowel sign is a mark of its letter; a virama binds the next one
    ("김 민수", "김. 민."),
    ("vincent van gogh", "v. v. g."),
    ("bell hooks", "b. h."),
    ("Seán O’Neil", "S. O."),
    ("’t Hooft", "t. H."),
    ("“Ani” (Poet)", "A. P."),
    ("A\u030a\u0323sa Bo", "A\u0323\u030a. B."),  # no single character has both marks
    ("Ani 3", "A."),
    ("Ani - Gevorgyan", "A. G."),
    ("-Ani-", "A."),
]


@pytest.mark.parametrize(("name", "wanted"), SHORTENED)
def test_every_word_gives_its_first_letter_with_its_marks(name, wanted):
    assert initials(name) == unicodedata.normalize("NFC", wanted)


@pytest.mark.parametrize(("name", "wanted"), [("王 明", "王."), ("J. R.", "J."), ("A-B", "A.")])
def test_where_the_letters_would_be_the_whole_name_only_the_first_is_shown(name, wanted):
    assert initials(name) == wanted


def test_a_letter_cut_from_its_marks_is_another_letter():
    """The twin: the first code point."""
    name = clean_name("A\u0323\u030asa")

    assert initials(name) == "A\u0323\u030a.".replace("A\u0323", "\u1ea0")
    assert name[0] == "\u1ea0"


@pytest.mark.parametrize("name", REAL_NAMES)
def test_initials_of_real_names_are_letters_of_theirs_and_never_the_name(name):
    short = initials(clean_name(name))

    assert short == unicodedata.normalize("NFC", short)
    assert short.endswith(".")
    assert sum(map(is_letter, short)) < max(2, sum(map(is_letter, name)))
    assert set(short) <= {*clean_name(name), "."}


@given(st.text(min_size=1, max_size=40))
def test_whatever_may_be_a_name_has_initials_without_a_letter_that_is_not_in_it(name):
    try:
        clean = clean_name(name)
    except ValueRefused:
        return
    short = initials(clean)

    assert short
    assert set(unicodedata.normalize("NFD", short)) <= {*unicodedata.normalize("NFD", clean), ".", " "}
