"""A founding list is read by its shape: every shape, every script, and no line is lost."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.roster import Roster, read_roster

NAMES = [
    *(
        "Ani Marlowe",
        "Teodor Vance",
        "D. Okafor",
        "Jean-Luc d’Orme",
        "Sukarno",
        "María Núñez",
        "Łucja Żółć",
        "Ngọc Hạnh",
    ),
    *(
        "İlham Işıq",
        "Şəhla Dəniz",
        "Ёлкин",
        "Анна Щукина",
        "Мар'яна Їжак",
        "Հակոբ Գևորգյան",
        "Օֆելյա",
        "გიორგი",
        "ნინო მთა",
    ),
    *("Ελένη Ξένου", "شیرین بهاری", "علی‌رضا کوه", "نوال البحر", "נעמי הר", "कमला पर्वत", "শ্রেয়া নদী", "தமிழ்ச்செல்வி"),
    *("สมหญิง", "မြို့မ", "ደስታ", "山田花子", "김수현", "𠮷野家", "གངས་ཅན་མཚོ"),
]
ORGANISATIONS = [
    *(
        "“Lantern” youth NGO",
        "«Мост»",
        "„Hafen“ e.V.",
        '"Tide" Club',
        "‘Reed’ Society",
        "«Հույս» ՀԿ",
        "„მთა“",
        "《河》協會",
    ),
    *(
        "Harbour Press Club",
        "Center for Law, Rivers and Peace",
        "Hill Foundation – Northern office",
        "Orchard Watch (OW)",
    ),
    *(
        "Riverside.org",
        "Women’s Orchard Fund, Inc.",
        "Ümid İctimai Birliyi",
        "مركز النور",
        "Общество «Сад»",
        "Verein Weite",
    ),
]
TITLES = ["Chair", "Co-Director", "lawyer", "Présidente", "журналист", "նախագահ", "თავმჯდომარე", "sədr"]
PLACES = ["Hill Foundation", "Organization “Clear Rivers”", "Sky NGO", "Women's Union for the Orchards"]

names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=25)
organisations = st.lists(st.sampled_from(ORGANISATIONS), min_size=1, max_size=25)
people = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(TITLES), st.sampled_from(PLACES)), min_size=1, max_size=15
)
line_ends = st.sampled_from(["\n", "\r\n", "\r"])
ends = st.sampled_from(["", ";", ",", " ;", ".\u00a0", "\u200b", " \t"])
DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"]
NUMBERS = ["{}. ", "{}) ", "({}) ", "№ {} ", "№{}. ", "[{}] ", "{}.", "{} - ", "{}\t"]
BULLETS = ["- ", "* ", "• ", "– ", "· ", "▪ ", "•", "-", "\t— ", "✔\ufe0f ", "◦\u00a0"]


def rows(roster: Roster) -> list[tuple[str, str, str | None, str | None]]:
    return [(entry.kind, entry.name, entry.title, entry.affiliation) for entry in roster.entries]


def assert_no_line_is_lost(source: str, roster: Roster) -> None:
    written = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = {
        number
        for number, line in enumerate(written, start=1)
        if any(unicodedata.category(char)[0] not in "CZ" for char in line)
    }
    read = {line for entry in roster.entries for line in range(entry.line, entry.last_line + 1)}
    assert filled <= read | {unplaced.line for unplaced in roster.unplaced} | {roster.header}


@settings(deadline=None)
@given(organisations, line_ends, ends)
def test_one_organisation_a_line(listed: list[str], line_end: str, end: str) -> None:
    source = "\ufeff\n\n" + line_end.join(name + end for name in listed) + "\n\n"

    roster = read_roster(source)

    assert rows(roster) == [("organisation", name, None, None) for name in listed]
    assert roster.unplaced == ()
    assert_no_line_is_lost(source, roster)


@settings(deadline=None)
@given(names, line_ends, ends)
def test_one_name_a_line(listed: list[str], line_end: str, end: str) -> None:
    source = line_end.join(name + end for name in listed)

    roster = read_roster(source)

    assert rows(roster) == [("individual", name, None, None) for name in listed]
    assert roster.unplaced == ()


@settings(deadline=None)
@given(
    people,
    line_ends,
    st.sampled_from([",", " ,", ",\u00a0"]),
    st.sampled_from([";", ".", ""]),
    st.integers(0, 2),
    st.booleans(),
)
def test_blocks_of_a_name_and_below_it_the_title_of_the_affiliation(
    listed: list[tuple[str, str, str]], line_end: str, comma: str, end: str, blanks: int, the: bool
) -> None:
    between = line_end * (blanks + 1)
    article = "the " if the else ""
    source = between.join(f"{name}{comma}{between}{title} of {article}{place}{end}" for name, title, place in listed)

    roster = read_roster(source)

    assert rows(roster) == [("individual", name, title, place) for name, title, place in listed]
    assert [entry.line for entry in roster.entries] == [1 + at * 2 * (blanks + 1) for at in range(len(listed))]
    assert_no_line_is_lost(source, roster)


@settings(deadline=None)
@given(people, st.sampled_from(NUMBERS[:4]), st.integers(0, 1))
def test_numbered_names_with_their_titles_below(listed: list[tuple[str, str, str]], number: str, blanks: int) -> None:
    between = "\n" * (blanks + 1)
    source = between.join(
        f"{number.format(at)}{name}{between}{title}, {place};"
        for at, (name, title, place) in enumerate(listed, start=1)
    )

    assert rows(read_roster(source)) == [("individual", *person) for person in listed]


@settings(deadline=None)
@given(st.one_of(names, organisations), st.sampled_from(NUMBERS), st.sampled_from(DIGITS), st.sampled_from([1, 1, 14]))
def test_a_numbered_list(listed: list[str], number: str, digits: str, first: int) -> None:
    first = first if len(listed) > 1 and "\t" not in number else 1
    written = [str(at).translate(str.maketrans(DIGITS[0], digits)) for at in range(first, first + len(listed))]
    source = "\n".join(number.format(value) + name for value, name in zip(written, listed, strict=True))

    roster = read_roster(source)

    assert [entry.name for entry in roster.entries] == listed
    assert len({entry.kind for entry in roster.entries}) == 1


@settings(deadline=None)
@given(st.one_of(names, organisations), st.sampled_from(BULLETS))
def test_a_bulleted_list(listed: list[str], bullet: str) -> None:
    roster = read_roster("\n".join(bullet + name for name in listed))

    assert [entry.name for entry in roster.entries] == listed
    assert len({entry.kind for entry in roster.entries}) == 1


@settings(deadline=None)
@given(
    st.one_of(names, organisations), st.sampled_from(["; ", ";", " ; ", "； ", "؛ "]), st.sampled_from(["", ".", ";"])
)
def test_a_list_on_one_line(listed: list[str], semicolon: str, end: str) -> None:
    roster = read_roster(semicolon.join(listed) + end)

    assert [entry.name for entry in roster.entries] == listed
    assert {(entry.line, entry.last_line) for entry in roster.entries} == {(1, 1)}


@settings(deadline=None)
@given(
    people,
    st.sampled_from(
        [
            *(
                "{}, {}, {}",
                "{} – {}, {}",
                "{} - {} of the {}",
                "{} — {}, {}",
                "{}, {} of {};",
                "{}\t{}\t{}",
                "{} | {}, {}",
            ),
            *("• {}, {}, {}", "{} ({} of {})", "{}، {}، {}"),
        ]
    ),
    st.sampled_from(["\n", "\n\n"]),
)
def test_name_title_and_affiliation_on_one_line(listed: list[tuple[str, str, str]], shape: str, between: str) -> None:
    roster = read_roster(between.join(shape.format(*person) for person in listed))

    assert rows(roster) == [("individual", *person) for person in listed]


@settings(deadline=None)
@given(people)
def test_a_name_and_an_affiliation_in_brackets(listed: list[tuple[str, str, str]]) -> None:
    roster = read_roster("\n".join(f"{name} ({place})" for name, _, place in listed))

    assert rows(roster) == [("individual", name, None, place) for name, _, place in listed]


@settings(deadline=None)
@given(st.one_of(names, organisations), st.sampled_from(["individual", "organisation"]))
def test_the_kind_asked_for_is_the_kind_of_all(listed: list[str], kind: str) -> None:
    roster = read_roster("\n".join(listed), kind="individual" if kind == "individual" else "organisation")

    assert [entry.kind for entry in roster.entries] == [kind] * len(listed)
    if kind == "organisation":
        assert [entry.name for entry in roster.entries] == listed


PIECES = [
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
]
PIECES += [
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
]


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=40).map("".join))
def test_whatever_the_input_nothing_is_raised_and_no_line_is_lost(source: str) -> None:
    roster = read_roster(source)

    assert_no_line_is_lost(source, roster)
    assert [entry.line for entry in roster.entries] == sorted(entry.line for entry in roster.entries)
    for unplaced in roster.unplaced:
        assert unplaced.text.isprintable() or not any(char in unplaced.text for char in "\x00\x1b\u202e\ud800\n")


@pytest.mark.parametrize("source", ["", " ", "\n\r\n\t", "\ufeff", "\u00a0\n\u200b"])
def test_an_empty_list_is_an_empty_roster(source: str) -> None:
    assert read_roster(source) == Roster((), ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        *(("An\x07i", "control-characters"), ("Ani \u202eevoC", "control-characters"), ("1 9 9 4", "no-letters")),
        *(("https://spam.example", "link-in-name"), ("Z" + "\u0301" * 9, "too-many-marks"), ("a" * 400, "too-long")),
        *(("An\ufffdi", "not-text"), ("-----", "no-letters"), ("* * *", "no-letters"), ("Signatories:", "heading")),
        ("The undersigned", "heading"),
    ],
)
def test_a_line_that_is_no_name_is_unplaced_with_its_reason(line: str, reason: str) -> None:
    roster = read_roster(f"Ani Marlowe\n{line}\nTeodor Vance")

    assert [entry.name for entry in roster.entries] == ["Ani Marlowe", "Teodor Vance"]
    assert [(unplaced.line, unplaced.reason) for unplaced in roster.unplaced] == [(2, reason)]


def test_a_block_whose_title_is_refused_leaves_all_its_lines_unplaced() -> None:
    roster = read_roster("Ani Marlowe,\n\nChair\x1b[2J of the Hill Club;\n\nTeodor Vance,\n\nLawyer.")

    assert [entry.name for entry in roster.entries] == ["Teodor Vance"]
    assert [(unplaced.line, unplaced.text) for unplaced in roster.unplaced] == [
        (1, "Ani Marlowe,"),
        (3, "Chair\ufffd[2J of the Hill Club;"),
    ]


def test_headings_part_the_list_and_say_the_kind() -> None:
    roster = read_roster("Organisations:\nGreenlight\nHill Club\n\nIndividuals:\nAni Marlowe\nTeodor Vance")

    assert [(entry.kind, entry.name) for entry in roster.entries] == [
        ("organisation", "Greenlight"),
        ("organisation", "Hill Club"),
        ("individual", "Ani Marlowe"),
        ("individual", "Teodor Vance"),
    ]
    assert [unplaced.line for unplaced in roster.unplaced] == [1, 5]


def test_lines_between_the_numbered_ones_are_not_taken_for_names() -> None:
    roster = read_roster("1. Hill Club\n2. Sea Union\n3. Sky NGO\nSubscribe to our newsletter")

    assert [entry.name for entry in roster.entries] == ["Hill Club", "Sea Union", "Sky NGO"]
    assert [(unplaced.line, unplaced.reason) for unplaced in roster.unplaced] == [(4, "not-in-the-list")]


@pytest.mark.parametrize("name", ["350.org", "No. 5 School", "24/7 Press Club", "1. FC Weiler", "100 Mothers Fund"])
def test_a_number_that_belongs_to_the_name_stays_where_the_list_is_not_numbered(name: str) -> None:
    roster = read_roster(f"Hill Club\nSea Union\n{name}\nSky NGO")

    assert roster.entries[2].name == name


def test_two_names_that_begin_with_numbers_do_not_make_a_numbered_list() -> None:
    listed = ["Hill Club", "1. FC Weiler", "Sea Union", "Sky NGO", "2. Ward Society", "Oak Fund", "Elm Forum"]

    assert [entry.name for entry in read_roster("\n".join(listed)).entries] == listed


def test_a_number_that_belongs_to_the_name_stays_where_the_list_is_numbered_too() -> None:
    roster = read_roster("11. Hill Club\n350.org\n12. 5 Rivers Union\n15. Sky NGO")

    assert [entry.name for entry in roster.entries] == ["Hill Club", "5 Rivers Union", "Sky NGO"]
    assert [unplaced.text for unplaced in roster.unplaced] == ["350.org"]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("Hill Club\nSea Union\nGreenlight", "ooo"),
        ("Hill Club\nAni Marlowe\nTeodor Vance", "oii"),
        ("Hill Club\nSea Union\nRising Tide", "ooo"),
        ("Ani Marlowe, lawyer\nTeodor\nHill Club", "iio"),
        ("Law, Rivers and Peace\nHill Club\nSea Union", "ooo"),
        ("Dr. Ani Marlowe\nHill Club\nSea Union\nSky NGO", "iooo"),
    ],
)
def test_a_line_without_a_sign_follows_the_list(source: str, kinds: str) -> None:
    assert "".join(entry.kind[0] for entry in read_roster(source).entries) == kinds


def test_a_quoted_name_above_a_description_is_an_organisation_and_the_description_is_not_lost() -> None:
    roster = read_roster("“Lantern” circle,\n\nin the person of Ani;\n\nTeodor Vance,\n\nLawyer.")

    assert [(entry.kind, entry.name) for entry in roster.entries] == [
        ("organisation", "“Lantern” circle"),
        ("individual", "Teodor Vance"),
    ]
    assert [(unplaced.line, unplaced.reason) for unplaced in roster.unplaced] == [(3, "not-for-organisations")]


def test_ten_thousand_lines_take_seconds_not_minutes() -> None:
    source = "\n".join(f"{at}. {NAMES[at % len(NAMES)]}, Chair of the Hill Club No. {at};" for at in range(1, 10_001))

    before = time.process_time()
    roster = read_roster(source)

    assert len(roster.entries) == 10_000
    assert time.process_time() - before < 20
