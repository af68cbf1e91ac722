"""People who get several lines of a list: told from lists of names by commas, paragraphs, numbers or words."""

import pytest

from server.text.signatory_list import read_signatory_list

Row = tuple[str, str | None, str | None]

ANI: Row = ("Ani Marlowe", "Chair", "Hill Club")
TEODOR: Row = ("Teodor Vance", "Lawyer", None)
CLEO: Row = ("Cleo Day", "Director", "Centre for Rivers")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "Ani Marlowe,\n\nChair of the Hill Club;\n\nTeodor Vance,\n\nLawyer.", [ANI, TEODOR], id="commas apart"
        ),
        pytest.param("Ani Marlowe,\nChair of Hill Club;\nTeodor Vance,\nLawyer.", [ANI, TEODOR], id="commas together"),
        pytest.param(
            "Ani Marlowe,\n\nChair of the Hill\nClub;\n\nTeodor Vance,\n\nLawyer.", [ANI, TEODOR], id="wrapped"
        ),
        pytest.param(
            "Ani Marlowe,\nChair of the\nHill Club;\nTeodor Vance,\nLawyer.", [ANI, TEODOR], id="wrapped together"
        ),
        pytest.param(
            "Ani Marlowe,\n\nChair,\nHill Club;\n\nTeodor Vance,\n\nLawyer.", [ANI, TEODOR], id="two lines below"
        ),
        pytest.param("Ani Marlowe\nChair\nHill Club\n\nTeodor Vance\nLawyer", [ANI, TEODOR], id="paragraphs"),
        pytest.param(
            "Ani Marlowe\nChair\nHill Club\n\nCleo Day\nDirector of the Centre\nfor Rivers", [ANI, CLEO], id="uneven"
        ),
        pytest.param("Ani Marlowe\n\nChair of the Hill Club\n\nTeodor Vance\n\nLawyer", [ANI, TEODOR], id="by turns"),
        pytest.param("1. Ani Marlowe\nChair, Hill Club\n2. Teodor Vance\nLawyer", [ANI, TEODOR], id="numbered"),
        pytest.param("• Ani Marlowe,\n  Chair of Hill Club\n• Teodor Vance,\n  Lawyer", [ANI, TEODOR], id="bulleted"),
        pytest.param(
            "- Ani Marlowe,\n- Chair of Hill Club;\n- Teodor Vance,\n- Lawyer.", [ANI, TEODOR], id="all bulleted"
        ),
        pytest.param(
            "Ani Marlowe,\nChair,\nHill Club;\nTeodor Vance,\nLawyer;\nCleo Day,\nDirector,\nCentre for Rivers.",
            [ANI, TEODOR, CLEO],
            id="semicolons between",
        ),
        pytest.param(
            "Ani Marlowe\nChair,\nHill Club\n\nCleo Day\nDirector,\nCentre for Rivers", [ANI, CLEO], id="comma below"
        ),
        pytest.param("Ani Marlowe\nChair of Hill Club\nTeodor Vance\nLawyer", [ANI, TEODOR], id="by turns together"),
        pytest.param("1. Ani Marlowe, Chair,\nHill Club\n2. Teodor Vance,\nLawyer", [ANI, TEODOR], id="wrapped name"),
        pytest.param("Ani Marlowe,\nChair of the Hill Club", [ANI], id="one pair"),
        pytest.param("Ani Marlowe, Jr.,\n“Lantern”", [("Ani Marlowe, Jr.", None, "“Lantern”")], id="one pair, Jr."),
        pytest.param("Teodor Vance,\n\nLawyer.", [TEODOR], id="one occupation"),
        pytest.param("Ani Marlowe,\vChair of Hill Club;\vTeodor Vance,\vLawyer.", [ANI, TEODOR], id="soft breaks"),
        pytest.param("Нино Мтаева،\n\nChair of Hill Club;", [("Нино Мтаева", "Chair", "Hill Club")], id="arabic comma"),
    ],
)
def test_a_block_is_one_person(source: str, expected: list[Row]) -> None:
    parsed = read_signatory_list(source)

    assert [(entry.name, entry.title, entry.affiliation) for entry in parsed.entries] == expected
    assert parsed.unplaced == ()


@pytest.mark.parametrize(
    "source",
    [
        "Ani Marlowe,\nTeodor Vance,\nCleo Day.",
        "Ani Marlowe,\n\nTeodor Vance,\n\nCleo Day",
        "Ani Marlowe,\nTeodor Vance.",
        "Ani Marlowe, chair,\nTeodor Vance, lawyer of the sea,",
        "Ani Marlowe – chair\nTeodor Vance – lawyer\nCleo Day – judge",
        "- Ani Marlowe, lawyer\n- Teodor Vance – chair\n- Cleo Day",
        "Hill Club\nUnion of Editors\n\nSea Society\nFund of the Chair",
    ],
)
def test_lines_that_are_names_are_not_made_into_blocks(source: str) -> None:
    lines = [line for line in source.split("\n") if line]

    assert [entry.line for entry in read_signatory_list(source).entries] == [
        at for at, line in enumerate(source.split("\n"), start=1) if line
    ]
    assert len(read_signatory_list(source).entries) == len(lines)


def test_every_second_line_for_itself_would_have_made_titles_sign() -> None:
    source = "Ani Marlowe,\n\nChair of the Hill Club;\n\nTeodor Vance,\n\nLawyer."
    naive = [line.rstrip(",;.") for line in source.split("\n") if line]

    assert "Lawyer" in naive
    assert "Lawyer" not in [entry.name for entry in read_signatory_list(source).entries]


def test_a_name_without_a_title_among_blocks_stands_alone() -> None:
    parsed = read_signatory_list(
        "Ani Marlowe,\n\nChair of Hill Club;\n\nSukarno,\n\nTeodor Vance,\n\nLawyer;\n\nCleo Day,\n\nJudge."
    )

    assert [(entry.name, entry.title) for entry in parsed.entries] == [
        ("Ani Marlowe", "Chair"),
        ("Sukarno", None),
        ("Teodor Vance", "Lawyer"),
        ("Cleo Day", "Judge"),
    ]


def test_the_page_s_footer_below_blocks_is_unplaced() -> None:
    parsed = read_signatory_list(
        "Ani Marlowe,\n\nChair of Hill Club;\n\nTeodor Vance,\n\nLawyer.\n\nRivers and Roads\n\n\n2 0 0 1"
    )

    assert len(parsed.entries) == 2
    assert [(unplaced.line, unplaced.reason) for unplaced in parsed.unplaced] == [
        (9, "not-in-the-list"),
        (12, "not-in-the-list"),
    ]


def test_a_block_s_entry_says_its_first_and_last_line() -> None:
    parsed = read_signatory_list("\nAni Marlowe,\n\nChair of the Hill\nClub;\n\nTeodor Vance,\n\nLawyer.")

    assert [(entry.line, entry.last_line) for entry in parsed.entries] == [(2, 5), (7, 9)]


def test_a_numbered_block_goes_on_no_longer_than_the_others() -> None:
    parsed = read_signatory_list(
        "1. Ani Marlowe\nChair, Hill Club\n2. Teodor Vance\nLawyer\nShare via\nSend this to a friend"
    )

    assert [(entry.name, entry.title) for entry in parsed.entries] == [
        ("Ani Marlowe", "Chair"),
        ("Teodor Vance", "Lawyer"),
    ]
    assert [unplaced.text for unplaced in parsed.unplaced] == ["Share via", "Send this to a friend"]
