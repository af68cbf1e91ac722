"""A founding list that is a table: headers in a few forms, three delimiters, quotation marks as people leave them."""

import csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.signatory_list import read_signatory_list
from tests.text.signatory_list.names import Listed, Person, given_names, organisations, people_called, titles
from tests.text.signatory_list.published_lists import PROPERTY, Row, assert_read, rows

ANI: Row = ("individual", "Ani Marlowe", "Chair", "Hill Club")


@pytest.mark.parametrize(
    "source",
    [
        "name,title,affiliation\nAni Marlowe,Chair,Hill Club",
        "\ufeffName;Title;Affiliation\r\nAni Marlowe;Chair;Hill Club\r\n",
        "NAME\tPosition\tEmployer\nAni Marlowe\tChair\tHill Club",
        "Nom complet;Fonction;Organisme\nAni Marlowe;Chair;Hill Club",
        "Prénom;Nom;Titre;Structure\nAni;Marlowe;Chair;Hill Club",
        "Last name,First name,Role,Organization\nMarlowe,Ani,Chair,Hill Club",
        "kind,name,title,affiliation\nindividual,Ani Marlowe,Chair,Hill Club",
        "Type;Nom;Qualité;ONG\nPersonne;Ani Marlowe;Chair;Hill Club",
        "sep=;\nname;title;affiliation\nAni Marlowe;Chair;Hill Club",
        '"Name","Title","Affiliation"\n"Ani Marlowe","Chair","Hill Club"',
        "\n\nname,title,affiliation\n\n\nAni Marlowe,Chair,Hill Club\n\n",
        "name,title\nAni Marlowe,Chair of the Hill Club",
        "Name , Title , Affiliation\n Ani Marlowe , Chair , Hill Club ",
    ],
)
def test_a_header_says_what_the_columns_are(source: str) -> None:
    parsed = read_signatory_list(source)

    assert rows(parsed) == [ANI]
    assert [unplaced.text for unplaced in parsed.unplaced if unplaced.reason != "heading"] == []
    assert parsed.header is not None


def written(cells: Iterable[Iterable[str | None]], delimiter: str, line_end: str, quoting: int) -> str:
    """What a spreadsheet saves."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows(cells)
    return out.getvalue()


delimiters = st.sampled_from(",;\t")
line_ends = st.sampled_from(["\n", "\r\n", "\r"])
quotings = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
people = st.lists(people_called(titles), min_size=1, max_size=6)


@PROPERTY
@given(
    people,
    st.sampled_from(["Name,Title,Affiliation", "nom complet,fonction,rattachement", "\ufeffSigner,ROLE,Organisation"]),
    delimiters,
    line_ends,
    quotings,
)
def test_what_a_spreadsheet_writes_is_read_back(
    listed: list[Person], header: str, delimiter: str, line_end: str, quoting: int
) -> None:
    source = written([header.split(","), *listed], delimiter, line_end, quoting)

    parsed = assert_read(source, listed)

    assert [entry.line for entry in parsed.entries] == list(range(2, len(listed) + 2))
    assert parsed.header == 1


@PROPERTY
@given(
    st.lists(st.one_of(people_called(titles), organisations), min_size=1, max_size=6),
    st.sampled_from([("person", "NGO"), ("Individual", "Organization"), ("particulier", "association")]),
    delimiters,
)
def test_people_and_organisations_of_a_table_are_what_their_row_says(
    listed: list[Listed], kinds: tuple[str, str], delimiter: str
) -> None:
    cells = [[kinds[1], one, None, None] if isinstance(one, str) else [kinds[0], *one] for one in listed]
    source = written([["kind", "name", "title", "affiliation"], *cells], delimiter, "\r\n", csv.QUOTE_MINIMAL)

    assert_read(source, listed)


@PROPERTY
@given(st.lists(st.tuples(given_names, given_names), min_size=1, max_size=6), delimiters)
def test_given_and_family_names_of_a_table_are_one_name(listed: list[tuple[str, str]], delimiter: str) -> None:
    source = written([["Nom", "Prénom"], *((family, given) for given, family in listed)], delimiter, "\n", 0)

    assert_read(source, [Person(f"{given} {family}", None, None) for given, family in listed])


@PROPERTY
@given(organisations, delimiters, quotings)
def test_organisations_of_a_table_without_a_kind(name: str, delimiter: str, quoting: int) -> None:
    source = written([["Organisation", "Title"], [name, None]], delimiter, "\n", quoting)

    assert_read(source, [name])


def test_a_cell_may_hold_a_line_break() -> None:
    parsed = read_signatory_list('name,title\nTeodor Vance,"Judge,\nformer"\nAni Marlowe,Chair')

    assert rows(parsed) == [
        ("individual", "Teodor Vance", "Judge, former", None),
        ("individual", "Ani Marlowe", "Chair", None),
    ]
    assert [(entry.line, entry.last_line) for entry in parsed.entries] == [(2, 3), (4, 4)]


def test_a_quotation_mark_that_nobody_closed_swallows_no_line() -> None:
    source = 'name,title\n"Ani Marlowe,Chair\nTeodor Vance,Lawyer\n'
    naive = list(csv.reader(io.StringIO(source)))

    assert len(naive) == 2
    assert [entry.line for entry in read_signatory_list(source).entries] == [2, 3]


def test_quotation_marks_of_a_name_stay() -> None:
    assert rows(read_signatory_list('name,title\n"Tide" Club,\nAni Marlowe,Chair')) == [
        ("organisation", '"Tide" Club', None, None),
        ("individual", "Ani Marlowe", "Chair", None),
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("organisation,Sea Union,,", ("organisation", "Sea Union", None, None)),
        ("ONG,,,Sea Union", ("organisation", "Sea Union", None, None)),
        ("person,Sea Union,,", ("individual", "Sea Union", None, None)),
        (",Sea Union,,", ("organisation", "Sea Union", None, None)),
        (",,,Greenlight", ("organisation", "Greenlight", None, None)),
        (",Ani Marlowe,Chair,Sea Union", ("individual", "Ani Marlowe", "Chair", "Sea Union")),
        (",Ani Marlowe,,", ("individual", "Ani Marlowe", None, None)),
    ],
)
def test_the_kind_is_the_cell_s_or_the_row_s(row: str, expected: Row) -> None:
    assert rows(read_signatory_list(f"kind,name,title,organisation\n{row}")) == [expected]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("person,,Chair,", "no-name"),
        ("choir,Ani Marlowe,,", "unknown-kind"),
        ("person,Ani Marlowe,Chair,Hill Club,more", "too-many-cells"),
        ("person,www.spam.example,,", "no-name"),
        ("person,12345,,", "no-letters"),
    ],
)
def test_a_row_that_says_no_signature_is_unplaced_with_its_reason(row: str, reason: str) -> None:
    parsed = read_signatory_list(f"kind,name,title,affiliation\n{row}\nperson,Ani Marlowe,Chair,Hill Club")

    assert rows(parsed) == [ANI]
    assert [(unplaced.line, unplaced.reason) for unplaced in parsed.unplaced] == [(2, reason)]


def test_a_column_that_we_have_no_place_for_is_named() -> None:
    parsed = read_signatory_list("name,title,shoe size\nAni Marlowe,Chair,39")

    assert [(unplaced.line, unplaced.text, unplaced.reason) for unplaced in parsed.unplaced] == [
        (1, "shoe size", "unknown-column")
    ]


def test_who_represents_an_organisation_is_named_as_left_out() -> None:
    parsed = read_signatory_list("kind,organisation,name,title\norganisation,Hill Club,Ani Marlowe,Chair")

    assert rows(parsed) == [("organisation", "Hill Club", None, None)]
    assert [(unplaced.text, unplaced.reason) for unplaced in parsed.unplaced] == [
        ("Ani Marlowe", "not-for-organisations"),
        ("Chair", "not-for-organisations"),
    ]


@pytest.mark.parametrize(
    "source", ["Ani Marlowe, Chair, Hill Club", "Rivers Association, NGO\nHill Club", "Title,Hill\nAni,Bo"]
)
def test_a_list_with_commas_is_not_a_table(source: str) -> None:
    assert read_signatory_list(source).header is None


@pytest.mark.parametrize("heading", ["Email", "e-mail", "Courriel", "Adresse électronique"])
def test_an_address_comes_with_its_row_as_it_is_written(heading: str) -> None:
    parsed = read_signatory_list(f"Name;{heading}\nAni Marlowe;Ani@Hills.example\n“Hill” Club;\nCleo Day; x\n")

    assert [entry.email for entry in parsed.entries] == ["Ani@Hills.example", None, "x"]
    assert parsed.unplaced == ()


@pytest.mark.parametrize("answer", ["No", "no, only count me", "Nein", "Não", "Нет"])
def test_who_did_not_agree_to_be_named_is_refused_in_words(answer: str) -> None:
    parsed = read_signatory_list(
        f'Name,Job title,I agree that my name is published\nAni Marlowe,Chair,Yes\nCleo Day,Clerk,"{answer}"'
    )

    assert [entry.name for entry in parsed.entries] == ["Ani Marlowe"]
    assert [(one.line, one.reason) for one in parsed.unplaced if one.reason != "unknown-column"] == [(3, "not-public")]


def test_one_no_among_several_questions_is_a_no() -> None:
    parsed = read_signatory_list("Name,Privacy,May we publish\nAni Marlowe,Yes,No\nCleo Day,Yes,Yes\nTeo Vance,No,Yes")

    assert [entry.name for entry in parsed.entries] == ["Cleo Day"]


def test_no_to_the_newsletter_keeps_nobody_from_the_list() -> None:
    parsed = read_signatory_list("Nome,Aceito,Newsletter\nAni Marlowe,Sim,Não\nCleo Day,Sim,Sim")

    assert [(entry.name, entry.doubts) for entry in parsed.entries] == [("Ani Marlowe", ()), ("Cleo Day", ())]


def test_who_gave_no_answer_is_asked_about() -> None:
    parsed = read_signatory_list("Name,I agree\nAni Marlowe,Yes\nCleo Day,")

    assert [(entry.name, entry.doubts) for entry in parsed.entries] == [("Ani Marlowe", ()), ("Cleo Day", ("consent",))]


SPACED = """\
An open letter about the river

Name                Role              Place of work
Ani Marlowe         Chair             Hill Club
Cleo Day                              Lake Watch
Teodor Vance        Poet
Nora Petrosyan      Clerk             River Union

A letter                              Page 1 of 1
"""


def test_columns_that_are_made_with_spaces_are_columns() -> None:
    parsed = read_signatory_list(SPACED)

    assert rows(parsed)[:4] == [
        ANI,
        ("individual", "Cleo Day", None, "Lake Watch"),
        ("individual", "Teodor Vance", "Poet", None),
        ("individual", "Nora Petrosyan", "Clerk", "River Union"),
    ]
    assert all("odd" in entry.doubts for entry in parsed.entries[4:])


def test_names_that_were_set_in_columns_are_a_list() -> None:
    parsed = read_signatory_list("Ani Marlowe      Cleo Day\nTeodor Vance     Nora Petrosyan\nJan Vance      Ida Day\n")

    assert [entry.name for entry in parsed.entries] == [
        *("Ani Marlowe", "Cleo Day", "Teodor Vance", "Nora Petrosyan", "Jan Vance", "Ida Day")
    ]
