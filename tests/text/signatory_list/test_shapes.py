"""A founding list is read by its shape, whoever stands in it: one a line, marked, on one line, with what people are."""

import random
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from server.text.signatory_list import read_signatory_list
from tests.text.signatory_list.names import (
    Listed,
    Person,
    affiliations,
    known_titles,
    names,
    organisations,
    people_called,
    people_named,
    people_of_both,
    silent_organisations,
    titles,
)
from tests.text.signatory_list.published_lists import PROPERTY, assert_read, cleaned, rows, rows_of

DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"]
NUMBERS = ["{}. ", "{}) ", "({}) ", "№ {} ", "№{}. ", "{}.", "{} - ", "{}\t"]
BULLETS = ["- ", "* ", "• ", "– ", "· ", "▪ ", "•", "-", "\t— ", "✔\ufe0f ", "◦\u00a0", "a) ", "(б) "]
ENDS = ["", ";", ",", " ;", ".\u00a0", "\u200b", " \t", "؛", "،", "。", "；", "፤", "።", "।"]
LINE_SHAPES = [
    *(("{}, {}, {}", "{}, {}"), ("{} – {}, {}", "{} – {}"), ("{} - {} of the {}", "{} - {}")),
    *(("{} — {}, {}", "{} — {}"), ("{}—{}, {}", "{}—{}"), ("{} -- {}, {}", "{} -- {}"), ("{} | {}, {}", "{} | {}")),
    *(("{}, {} of {};", "{}, {};"), ("{}، {}، {}", "{}، {}"), ("{}，{}，{}", "{}，{}"), ("{}፣ {}፣ {}", "{}፣ {}")),
]
HEADINGS = [
    *(("Organisations:", "Individuals:"), ("Организации：", "Граждане:"), ("კავშირები და ორგანიზაციები:", "People:")),
    *(("Հասարակական կազմակերպություններ:", "Անհատներ:"), ("المنظمات:", "الأفراد:"), ("Təşkilatlar:", "Şəxslər:")),
]


def several(one: st.SearchStrategy[Listed], least: int = 1) -> st.SearchStrategy[list[Listed]]:
    return st.lists(one, min_size=least, max_size=8)


of_one_kind = st.one_of(several(people_named), several(organisations))
line_ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\n \n\n", "\v", "\u2028", "\n\u200f", "\n\u3000\u3000"])
forms = st.sampled_from(["NFC", "NFD"])


def line_of(one: Listed, shapes: tuple[str, str] = ("", "")) -> str:
    """Whom the list names, and what it says of a person in the one of ``shapes`` that has as many places."""
    if isinstance(one, str):
        return one
    said = [text for text in one if text]
    return ["{}", *reversed(shapes)][len(said) - 1].format(*said)


@PROPERTY
@given(several(organisations), line_ends, st.sampled_from(ENDS), st.sampled_from(["", ".", ";"]), forms)
def test_one_organisation_a_line(listed: list[str], line_end: str, end: str, last: str, form: str) -> None:
    source = "\ufeff\n\n" + (end + line_end).join(listed) + last + "\n\n"

    assert_read(unicodedata.normalize(form, source), listed)


@PROPERTY
@given(several(organisations, least=4), st.tuples(silent_organisations, silent_organisations), st.integers())
def test_organisations_that_do_not_say_so_among_those_that_do(
    listed: list[str], silent: tuple[str, str], seed: int
) -> None:
    mixed = random.Random(seed).sample([*listed, *silent], len(listed) + len(silent))

    assert_read("\n".join(mixed), mixed)


@PROPERTY
@given(several(people_named), line_ends, st.sampled_from(ENDS), st.sampled_from(["", ".", ";"]), forms)
def test_one_name_a_line(listed: list[Person], line_end: str, end: str, last: str, form: str) -> None:
    # "Name," and below it the only other line: that may be what they are.
    last = end if len(listed) == 2 and end in (",", "،") else last
    source = (end + line_end).join(map(line_of, listed)) + last

    assert_read(unicodedata.normalize(form, source), listed)


@PROPERTY
@given(of_one_kind, st.sampled_from(NUMBERS), st.sampled_from(DIGITS), st.sampled_from([1, 1, 14]))
def test_a_numbered_list(listed: list[Listed], number: str, digits: str, first: int) -> None:
    first = first if len(listed) > 1 and "\t" not in number else 1
    written = [str(at).translate(str.maketrans(DIGITS[0], digits)) for at in range(first, first + len(listed))]

    assert_read(
        "\n".join(number.format(value) + line_of(one) for value, one in zip(written, listed, strict=True)), listed
    )


@PROPERTY
@given(of_one_kind, st.sampled_from(BULLETS), line_ends)
def test_a_bulleted_list(listed: list[Listed], bullet: str, line_end: str) -> None:
    assert_read(line_end.join(bullet + line_of(one) for one in listed), listed)


@PROPERTY
@given(
    of_one_kind,
    st.sampled_from(["; ", ";", " ; ", "； ", "؛ ", "፤ "]),
    st.sampled_from(["", "and ", "et ", "и ", "և ", "და ", "ve "]),
    st.sampled_from(["", ".", ";"]),
)
def test_a_list_on_one_line(listed: list[Listed], semicolon: str, last_and: str, end: str) -> None:
    *before, last = map(line_of, listed)
    source = semicolon.join([*before, (last_and if before else "") + last]) + end

    parsed = assert_read(source, listed)

    assert {(entry.line, entry.last_line) for entry in parsed.entries} == {(1, 1)}


@PROPERTY
@given(several(people_called(titles)), st.sampled_from(LINE_SHAPES), st.sampled_from(["; ", "； ", "؛ "]))
def test_people_with_what_they_are_all_on_one_line(
    listed: list[Person], shapes: tuple[str, str], semicolon: str
) -> None:
    assert_read(semicolon.join(line_of(person, shapes).rstrip(";") for person in listed), listed)


@PROPERTY
@given(
    several(people_called(titles)),
    st.sampled_from(LINE_SHAPES),
    st.sampled_from(["", "• ", "{}. "]),
    line_ends,
    forms,
)
def test_name_title_and_affiliation_on_one_line(
    listed: list[Person], shapes: tuple[str, str], mark: str, line_end: str, form: str
) -> None:
    lines = [mark.format(at) + line_of(person, shapes) for at, person in enumerate(listed, start=1)]

    assert_read(unicodedata.normalize(form, line_end.join(lines)), listed)


@PROPERTY
@given(several(st.builds(Person, names, st.none(), affiliations)))
def test_a_name_and_an_affiliation_in_brackets(listed: list[Person]) -> None:
    assert_read("\n".join(f"{person.name} ({person.affiliation})" for person in listed), listed)


@PROPERTY
@given(
    several(people_of_both(known_titles)),
    st.sampled_from(["{} ({} of {})", "{} ({}, {})", "{0} ({2}), {1}", "{0} ({2}) – {1}", "{} （{}, {}）"]),
)
def test_a_title_in_brackets_or_behind_them(listed: list[Person], shape: str) -> None:
    assert_read("\n".join(shape.format(*person) for person in listed), listed)


@PROPERTY
@given(several(st.one_of(organisations, people_of_both(known_titles))), st.sampled_from(LINE_SHAPES))
def test_people_and_organisations_in_one_list(listed: list[Listed], shapes: tuple[str, str]) -> None:
    assert_read("\n".join(line_of(one, shapes) for one in listed), listed)


@PROPERTY
@given(several(st.one_of(organisations, silent_organisations)), several(people_named), st.sampled_from(HEADINGS), forms)
def test_headings_say_what_stands_below_them(
    organised: list[str], listed: list[Person], headings: tuple[str, str], form: str
) -> None:
    lines = [headings[0], *organised, "", headings[1], *map(line_of, listed)]

    parsed = read_signatory_list(unicodedata.normalize(form, "\n".join(lines)))

    assert rows(parsed) == rows_of([*organised, *listed])
    assert [(unplaced.line, unplaced.reason) for unplaced in parsed.unplaced] == [
        (1, "heading"),
        (len(organised) + 3, "heading"),
    ]


@PROPERTY
@given(of_one_kind, st.sampled_from(["individual", "organisation"]))
def test_the_kind_asked_for_is_the_kind_of_all(listed: list[Listed], kind: str) -> None:
    parsed = read_signatory_list(
        "\n".join(map(line_of, listed)), kind="individual" if kind == "individual" else "organisation"
    )

    assert [entry.kind for entry in parsed.entries] == [kind] * len(listed)
    if kind == "organisation" or isinstance(listed[0], Person):
        assert [entry.name for entry in parsed.entries] == [cleaned(line_of(one)) for one in listed]


def test_numbers_in_square_brackets_are_the_lists_own() -> None:
    parsed = read_signatory_list(
        "[1] Ani Marlowe, Chair\n[2] Cleo Day, poet\n[3] Teodor Vance, Clerk\n[4] Nora Petrosyan"
    )

    assert [entry.name for entry in parsed.entries] == ["Ani Marlowe", "Cleo Day", "Teodor Vance", "Nora Petrosyan"]


def test_a_footnote_below_a_list_is_none_of_it() -> None:
    parsed = read_signatory_list("Ani Marlowe [1]\nCleo Day\nTeodor Vance\nNora Petrosyan\n[1] for identification only")

    assert [entry.name for entry in parsed.entries] == ["Ani Marlowe", "Cleo Day", "Teodor Vance", "Nora Petrosyan"]
