"""Lists of many languages and shapes, read as the command reads them: few rows are wrong, and hardly one unnoticed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from server.text.names import has_contact
from server.text.signatory_list import read_signatory_list
from server.text.signatory_list.entries import SignatoryList
from tests.text.signatory_list.corpus import Outcome, compare, lists, read

RIGHT_LEAST = 0.965
SILENT_MOST = 0.005


@cache
def parsed_lists() -> dict[str, SignatoryList]:
    """Read every list once; some are files of an office, which take a process each."""
    return {source.name: read(source) for source, _ in lists()}


def outcomes() -> Iterator[Outcome]:
    for source, answer in lists():
        yield compare(source.name, parsed_lists()[source.name], answer["rows"])


def test_the_corpus_is_large_and_of_many_languages() -> None:
    languages = Counter(answer["language"] for _, answer in lists())

    assert sum(languages.values()) >= 60
    assert len(languages) >= 15


def test_nearly_all_rows_come_out_right_and_hardly_one_is_wrong_without_a_doubt() -> None:
    read_lists = list(outcomes())
    rows = sum(one.rows for one in read_lists)

    assert sum(one.right for one in read_lists) >= RIGHT_LEAST * rows
    assert sum(len(one.silent) for one in read_lists) <= SILENT_MOST * rows, [one.silent for one in read_lists]


def test_no_field_that_is_published_holds_an_address_or_a_phone_number() -> None:
    shown = [
        text
        for parsed in parsed_lists().values()
        for entry in parsed.entries
        for text in (entry.name, entry.title, entry.affiliation)
        if text
    ]

    assert len(shown) > 1000
    assert [text for text in shown if has_contact(text)] == []


ROWS = [
    {"kind": "individual", "name": "Ani Marlowe", "title": "Chair", "affiliation": "Hill Club"},
    {"kind": "individual", "name": "Teodor Vance", "title": "lawyer"},
]


def test_a_list_that_is_read_as_its_answer_says_is_all_right() -> None:
    outcome = compare("", read_signatory_list("Ani Marlowe, Chair of Hill Club\nTeodor Vance, lawyer"), ROWS)

    assert (outcome.right, outcome.said, outcome.silent) == (2, [], [])


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "organisation"},
        {"name": "Ani Marlow"},
        {"title": "Chair of Hill Club", "affiliation": None},
        {"country": "NO"},
        {"email": "ani@hills.example"},
    ],
)
def test_a_wrong_row_is_counted_as_silent_unless_it_has_a_doubt(change: dict[str, str | None]) -> None:
    parsed = read_signatory_list("Ani Marlowe, Chair of Hill Club\nTeodor Vance, lawyer")
    wrong = replace(parsed.entries[0], **change)  # type: ignore[arg-type]

    silent = compare("", replace(parsed, entries=(wrong, parsed.entries[1])), ROWS)
    doubtful = replace(wrong, doubts=("details",))
    said = compare("", replace(parsed, entries=(doubtful, parsed.entries[1])), ROWS)

    assert (silent.right, len(silent.said), len(silent.silent)) == (1, 0, 1)
    assert (said.right, len(said.said), len(said.silent)) == (1, 1, 0)


def test_a_row_that_was_lost_and_one_that_was_made_up_are_wrong_silently() -> None:
    parsed = read_signatory_list("Ani Marlowe, Chair of Hill Club\nCleo Day, lawyer")

    outcome = compare("", parsed, ROWS)

    assert (outcome.right, len(outcome.silent)) == (1, 2)
