"""People who get several lines of a list, whoever they are: blocks of every shape, of random names in many scripts."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tests.text.signatory_list.names import Person, known_titles, people_called, people_of_both, people_titled
from tests.text.signatory_list.published_lists import PROPERTY, assert_read

COMMAS = [",", " ,", ",\u00a0", "،", "，", "、", "፣"]
ENDS = [";", ".", "", "؛", "；", "։", "。", "።", "।"]
CONNECTORS = ["of", "of the", "at", "at the", "de la", "de l’", "du", "chez", "bei", "del"]

people = st.lists(people_called(known_titles), min_size=2, max_size=6)
people_of_known_titles = st.lists(people_titled(known_titles), min_size=1, max_size=6)
line_ends = st.sampled_from(["\n", "\r\n", "\r"])
forms = st.sampled_from(["NFC", "NFD"])


def said_of(person: Person, connector: str) -> str:
    return f" {connector} ".replace("’ ", "’").join(text for text in person[1:] if text)


@PROPERTY
@given(
    people,
    line_ends,
    st.sampled_from(COMMAS),
    st.sampled_from(ENDS),
    st.sampled_from([".", ""]),
    st.integers(0, 2),
    st.sampled_from(CONNECTORS),
    forms,
)
def test_blocks_of_a_name_and_below_it_the_title_of_the_affiliation(
    listed: list[Person], line_end: str, comma: str, end: str, last: str, blanks: int, connector: str, form: str
) -> None:
    between = line_end * (blanks + 1)
    blocks = [f"{person.name}{comma}{between}{said_of(person, connector)}" for person in listed]
    source = unicodedata.normalize(form, f"{end}{between}".join(blocks) + last)

    parsed = assert_read(source, listed)

    assert [entry.line for entry in parsed.entries] == [1 + at * 2 * (blanks + 1) for at in range(len(listed))]


@PROPERTY
@given(people, st.integers(0, 1), st.data())
def test_blocks_whose_affiliation_goes_on_in_the_next_line(listed: list[Person], blanks: int, data) -> None:
    between = "\n" * (blanks + 1)
    blocks = []
    for person in listed:
        said = said_of(person, "of the")
        behind = len(person.title or "") + 1 if person.affiliation and person.title else len(said)
        # A dash that begins a line is a bullet; a comma that ends one closes a name.
        breaks = [
            at
            for at, char in enumerate(said)
            if char == " " and at > behind and said[at - 1] not in "–," and said[at + 1] != "–"
        ]
        at = data.draw(st.sampled_from(breaks)) if breaks else 0
        blocks.append(f"{person.name},{between}" + (f"{said[:at]}\n{said[at + 1 :]}" if at else said))

    assert_read(f";{between}".join(blocks) + ";", listed)


@PROPERTY
@given(people, st.sampled_from([",\n", "\n"]))
def test_blocks_with_a_line_for_the_title_and_one_for_the_affiliation(listed: list[Person], title_end: str) -> None:
    blocks = [f"{person.name},\n\n" + title_end.join(text for text in person[1:] if text) for person in listed]

    assert_read(";\n\n".join(blocks) + ";", listed)


@PROPERTY
@given(
    st.lists(people_of_both(known_titles), min_size=2, max_size=6),
    people,
    st.sampled_from(["\n", "\n\n"]),
    st.sampled_from(["", ".", ";"]),
)
def test_lines_ended_by_commas_and_people_by_semicolons(
    said: list[Person], others: list[Person], between: str, end: str
) -> None:
    # Where few people have three lines, "Name," "Name," "Title;" may be two people.
    listed = [*said, *others[: len(said) - 1]]
    blocks = [",\n".join(text for text in person if text) for person in listed]

    assert_read(f";{between}".join(blocks) + end, listed)


@PROPERTY
@given(people_of_known_titles, st.sampled_from(["\n", " of the ", ", ", " of\n", ",\n"]), line_ends, forms)
def test_a_paragraph_for_each(listed: list[Person], between: str, line_end: str, form: str) -> None:
    blocks = [person.name + "\n" + between.join(text for text in person[1:] if text) for person in listed]
    source = unicodedata.normalize(form, "\n\n".join(blocks).replace("\n", line_end))

    assert_read(source, listed)


@PROPERTY
@given(people_of_known_titles, st.sampled_from([" of the ", ", ", " at "]), st.integers(0, 2))
def test_names_and_titles_by_turns(listed: list[Person], between: str, blanks: int) -> None:
    lines = [line for person in listed for line in (person.name, between.join(text for text in person[1:] if text))]

    assert_read(("\n" * (blanks + 1)).join(lines), listed)


@PROPERTY
@given(
    people,
    st.sampled_from(["{}. ", "{}) ", "({}) ", "№ {} ", "• ", "- ", "* "]),
    st.integers(0, 1),
    st.sampled_from(["", ","]),
    st.sampled_from([";", ""]),
    st.sampled_from([" of ", ", ", "\n"]),
)
def test_numbered_names_with_their_titles_below(
    listed: list[Person], mark: str, blanks: int, comma: str, end: str, connector: str
) -> None:
    # A last block that is longer than all the others may be the page's footer.
    listed = sorted(listed, key=lambda person: None in person)
    between = "\n" * (blanks + 1)
    source = between.join(
        f"{mark.format(at)}{person.name}{comma}{between}{connector.join(text for text in person[1:] if text)}{end}"
        for at, person in enumerate(listed, start=1)
    )

    assert_read(source, listed)


@PROPERTY
@given(people, st.sampled_from(["- ", "• ", "* "]))
def test_every_line_of_the_blocks_bulleted(listed: list[Person], bullet: str) -> None:
    source = "\n".join(f"{bullet}{person.name},\n{bullet}{said_of(person, 'of')};" for person in listed)

    assert_read(source, listed)


@PROPERTY
@given(people_called(known_titles), st.sampled_from(COMMAS), st.booleans())
def test_one_block_alone(person: Person, comma: str, apart: bool) -> None:
    # Below a name, without an empty line, a word that is not known for a title may as well be the next name.
    if person.affiliation is None:
        apart = True

    assert_read(f"{person.name}{comma}\n" + "\n" * apart + said_of(person, "of the") + ".", [person])
