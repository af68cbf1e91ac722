"""A founding list is read as it was published: what is no name is unplaced, what gives no sign follows the list."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.signatory_list import read_signatory_list
from server.text.signatory_list.entries import SignatoryList
from tests.text.signatory_list.names import names, organisations
from tests.text.signatory_list.published_lists import PROPERTY, assert_no_line_is_lost

NAMES = [
    *("Ani Marlowe", "Teodor Vance", "D. Okafor", "Jean-Luc d’Orme", "Sukarno", "María Núñez", "Łucja Żółć"),
    *("Ngọc Hạnh", "İlham Işıq", "Şəhla Dəniz", "Ёлкин", "Анна Щукина", "Мар'яна Їжак", "Հակոբ Գևորգյան", "Օֆելյա"),
    *("გიორგი", "ნინო მთა", "Ελένη Ξένου", "شیرین بهاری", "علی\u200cرضا کوه", "نوال البحر", "נעמי הר"),
    *("कमला पर्वत", "শ্রেয়া নদী", "தமிழ்ச்செல்வி", "สมหญิง", "မြို့မ", "ደስታ", "山田花子", "김수현", "𠮷野家", "གངས་ཅན་མཚོ"),
]
PIECES = [
    *(
        "Ani Marlowe",
        ",",
        ";",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "1. ",
        "- ",
        "(",
        ")",
        " – ",
        " of the ",
        "Chair",
        "Hill Club",
    ),
    *(
        "“",
        "”",
        '"',
        "\t",
        "Name",
        "Title",
        ":",
        "\x00",
        "\u202e",
        "\ud800",
        "\u2028",
        "http://x.y",
        "....",
        "№ 1",
        "\v",
    ),
]


@PROPERTY
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), names, organisations, st.text(max_size=5)), max_size=40).map("".join)
)
def test_whatever_the_input_nothing_is_raised_and_no_line_is_lost(source: str) -> None:
    parsed = read_signatory_list(source)

    assert_no_line_is_lost(source, parsed)
    assert [entry.line for entry in parsed.entries] == sorted(entry.line for entry in parsed.entries)
    for unplaced in parsed.unplaced:
        assert unplaced.text.isprintable() or not any(char in unplaced.text for char in "\x00\x1b\u202e\ud800\n")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_of_all_scripts_stand_as_they_are_written(form: str) -> None:
    parsed = read_signatory_list(unicodedata.normalize(form, "\n".join(NAMES)))

    assert [(entry.kind, entry.name) for entry in parsed.entries] == [
        ("individual", unicodedata.normalize("NFC", name)) for name in NAMES
    ]


@pytest.mark.parametrize("source", ["", " ", "\n\r\n\t", "\ufeff", "\u00a0\n\u200b"])
def test_an_empty_list_is_an_empty_roster(source: str) -> None:
    assert read_signatory_list(source) == SignatoryList((), ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        *(("An\x07i", "control-characters"), ("Ani \u202eevoC", "control-characters"), ("1 9 9 4", "no-letters")),
        *(("spam.example/list", "heading"), ("Z" + "\u0301" * 9, "too-many-marks"), ("A" * 400, "too-long")),
        *(("An\ufffdi", "not-text"), ("-----", "no-letters"), ("* * *", "no-letters"), ("Signatories:", "heading")),
        ("The undersigned", "heading"),
        ("Subscribe to our newsletter", "heading"),
        ("and 12 others", "heading"),
    ],
)
def test_a_line_that_is_no_name_is_unplaced_with_its_reason(line: str, reason: str) -> None:
    parsed = read_signatory_list(f"Ani Marlowe\n{line}\nTeodor Vance")

    assert [entry.name for entry in parsed.entries] == ["Ani Marlowe", "Teodor Vance"]
    assert [(unplaced.line, unplaced.reason) for unplaced in parsed.unplaced] == [(2, reason)]


@pytest.mark.parametrize(
    ("line", "title", "email", "note"),
    [
        ("Nana Tbeli (nana@lake.example)", None, "nana@lake.example", "address-moved"),
        ("Nana Tbeli — nana@lake.example", None, "nana@lake.example", "address-moved"),
        ("Nana Tbeli, Director, +374 10 12-34-56", "Director", None, "phone-left-out"),
    ],
)
def test_an_address_or_a_phone_number_is_in_no_field_that_is_published(
    line: str, title: str | None, email: str | None, note: str
) -> None:
    entry = read_signatory_list(f"Ani Marlowe\n{line}\nTeodor Vance").entries[1]

    assert (entry.name, entry.title, entry.affiliation, entry.email) == ("Nana Tbeli", title, None, email)
    assert entry.notes == (note,)


def test_a_link_on_a_line_of_its_own_is_the_website_of_the_line_above() -> None:
    parsed = read_signatory_list("Ani Marlowe\nhttps://hills.example\nTeodor Vance")

    assert [(entry.name, entry.website) for entry in parsed.entries] == [
        ("Ani Marlowe", "https://hills.example"),
        ("Teodor Vance", None),
    ]
    assert parsed.unplaced == ()


def test_a_block_whose_title_is_refused_leaves_all_its_lines_unplaced() -> None:
    parsed = read_signatory_list("Ani Marlowe,\n\nChair\x1b[2J of the Hill Club;\n\nTeodor Vance,\n\nLawyer.")

    assert [entry.name for entry in parsed.entries] == ["Teodor Vance"]
    assert [(unplaced.line, unplaced.text) for unplaced in parsed.unplaced] == [
        (1, "Ani Marlowe,"),
        (3, "Chair\ufffd[2J of the Hill Club;"),
    ]


def test_headings_part_the_list_and_say_the_kind() -> None:
    parsed = read_signatory_list("Organisations:\nGreenlight\nHill Club\n\nIndividuals:\nAni Marlowe\nTeodor Vance")

    assert [(entry.kind, entry.name) for entry in parsed.entries] == [
        ("organisation", "Greenlight"),
        ("organisation", "Hill Club"),
        ("individual", "Ani Marlowe"),
        ("individual", "Teodor Vance"),
    ]
    assert [unplaced.line for unplaced in parsed.unplaced] == [1, 5]


def test_lines_between_the_numbered_ones_are_not_taken_for_names() -> None:
    parsed = read_signatory_list("1. Hill Club\n2. Sea Union\n3. Sky NGO\nRiver Newsletter")

    assert [entry.name for entry in parsed.entries] == ["Hill Club", "Sea Union", "Sky NGO"]
    assert [(unplaced.line, unplaced.reason) for unplaced in parsed.unplaced] == [(4, "not-in-the-list")]


@pytest.mark.parametrize("name", ["350.org", "No. 5 School", "24/7 Press Club", "1. FC Weiler", "100 Mothers Fund"])
def test_a_number_that_belongs_to_the_name_stays_where_the_list_is_not_numbered(name: str) -> None:
    parsed = read_signatory_list(f"Hill Club\nSea Union\n{name}\nSky NGO")

    assert parsed.entries[2].name == name


def test_two_names_that_begin_with_numbers_do_not_make_a_numbered_list() -> None:
    listed = ["Hill Club", "1. FC Weiler", "Sea Union", "Sky NGO", "2. Ward Society", "Oak Fund", "Elm Forum"]

    assert [entry.name for entry in read_signatory_list("\n".join(listed)).entries] == listed


def test_a_number_that_belongs_to_the_name_stays_where_the_list_is_numbered_too() -> None:
    parsed = read_signatory_list("11. Hill Club\n350.org\n12. 5 Rivers Union\n15. Sky NGO")

    assert [entry.name for entry in parsed.entries] == ["Hill Club", "5 Rivers Union", "Sky NGO"]
    assert [unplaced.text for unplaced in parsed.unplaced] == ["350.org"]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("Hill Club\nSea Union\nGreenlight", "ooo"),
        ("Hill Club\nAni Marlowe\nTeodor Vance", "oii"),
        ("Hill Club\nSea Union\nRising Tide", "ooo"),
        ("Ani Marlowe, lawyer\nTeodor Vance\nHill Club", "iio"),
        ("Law, Rivers and Peace\nHill Club\nSea Union", "ooo"),
        ("Dr. Ani Marlowe\nHill Club\nSea Union\nSky NGO", "iooo"),
    ],
)
def test_a_line_without_a_sign_follows_the_list(source: str, kinds: str) -> None:
    assert "".join(entry.kind[0] for entry in read_signatory_list(source).entries) == kinds


def test_a_single_word_among_people_and_organisations_is_doubtful() -> None:
    parsed = read_signatory_list("Ani Marlowe, lawyer\nTeodor\nHill Club")

    assert [entry.doubts for entry in parsed.entries] == [(), ("kind",), ()]


@pytest.mark.parametrize(
    "name", ["'Reed'", "’Reed’", "‘Women’s Reed’", "‛Reed’", "｢河｣", "〝河〞", "״סוף״", "＂Reed＂", "‹Reed›", "›Reed‹"]
)
def test_quotation_marks_of_any_kind_are_an_organisation_s(name: str) -> None:
    assert [entry.kind for entry in read_signatory_list(f"Ani Marlowe, lawyer\n{name}").entries] == [
        "individual",
        "organisation",
    ]


@pytest.mark.parametrize("name", ["‘Abd al-Karim", "'t Hooft", "’t Hooft ‘Bo’ Vance", "Олена Рухло", "Ani Inca"])
def test_an_apostrophe_or_a_name_like_a_word_makes_no_organisation(name: str) -> None:
    assert [entry.kind for entry in read_signatory_list(f"Hill Club\n{name}\nTeodor Vance").entries][1:] == [
        "individual"
    ] * 2


@pytest.mark.parametrize("between", [",\n", ",\n\n"])
@pytest.mark.parametrize("other", ["Sea Union", "riverside.info"])
def test_two_organisations_with_a_comma_between_are_not_a_person_and_a_place(between: str, other: str) -> None:
    parsed = read_signatory_list(f"Hill Club{between}{other}.")

    assert [(entry.kind, entry.name) for entry in parsed.entries] == [
        ("organisation", "Hill Club"),
        ("organisation", other),
    ]


def test_a_quoted_name_above_a_description_is_an_organisation_and_the_description_is_not_lost() -> None:
    parsed = read_signatory_list("“Lantern” circle,\n\nin the person of Ani;\n\nTeodor Vance,\n\nLawyer.")

    assert [(entry.kind, entry.name) for entry in parsed.entries] == [
        ("organisation", "“Lantern” circle"),
        ("individual", "Teodor Vance"),
    ]
    assert [(unplaced.line, unplaced.reason) for unplaced in parsed.unplaced] == [(3, "not-for-organisations")]


def test_three_thousand_lines_take_seconds_not_minutes() -> None:
    source = "\n".join(f"{at}. {NAMES[at % len(NAMES)]}, Chair of the Hill Club No. {at};" for at in range(1, 3_001))

    before = time.process_time()
    parsed = read_signatory_list(source)

    assert len(parsed.entries) == 3_000
    assert time.process_time() - before < 10
