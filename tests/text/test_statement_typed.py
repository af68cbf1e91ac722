"""A statement as a form brings it: read by the checks of a file, and told by field what is wrong."""

from dataclasses import asdict

import pytest

from server.text.statement_file import BODY_LONGEST_BYTES, StatementFileError, read_statement, read_statement_form
from tests.text.statement_files import written

TYPED = {"slug": "lake-letter", "locale": "en", "title": "Keep the lake open", "body": "We ask for the lake."}


def test_what_is_typed_is_what_the_same_file_says():
    said = {"place": "Sevan", "date": "2026-11-20", "eligibility": "People who live by the lake may sign."}
    file = written(place='"Sevan"', date="2026-11-20", eligibility='"People who live by the lake may sign."')

    assert read_statement_form(TYPED | said) == read_statement(file)


def test_a_field_that_was_left_empty_says_nothing():
    assert read_statement_form(TYPED | {"place": " ", "date": "", "eligibility": ""}) == read_statement(written())


def test_lines_of_a_browser_are_lines():
    assert read_statement_form(TYPED | {"body": "One\r\n\r\nTwo\r\n"}).body == "One\n\nTwo"


@pytest.mark.parametrize(
    ("key", "typed", "code"),
    [
        ("slug", "", "required"),
        ("slug", "Lake letter", "not-a-slug"),
        ("locale", "xx", "not-a-choice"),
        ("title", "  ", "required"),
        ("title", "a" * 301, "too-long"),
        ("title", "a\u202eb", "control-characters"),
        ("date", "20 November", "not-a-date"),
        ("date", "2026-11-31", "not-a-date"),
        ("eligibility", "a" * 1001, "too-long"),
        ("body", "\r\n", "required"),
        ("body", "a\x07b", "control-characters"),
        ("body", "a" * (BODY_LONGEST_BYTES + 1), "too-many-bytes"),
    ],
)
def test_what_is_wrong_in_a_form_is_told_by_field_and_in_one_word(key, typed, code):
    with pytest.raises(StatementFileError) as caught:
        read_statement_form(TYPED | {key: typed})

    assert [(problem.key, problem.code) for problem in caught.value.problems] == [(key, code)]


def test_all_that_is_wrong_in_a_form_is_told_together():
    wrong = {"title": " ", "place": "\x07", "date": "31.1.2027", "eligibility": "x" * 1001, "body": ""}

    with pytest.raises(StatementFileError) as caught:
        read_statement_form(TYPED | wrong)
    assert caught.value.fields == {
        "title": ["required"],
        "place": ["control-characters"],
        "date": ["not-a-date"],
        "eligibility": ["too-long"],
        "body": ["required"],
    }


def test_a_form_says_nothing_of_what_all_languages_share():
    assert set(asdict(read_statement_form(TYPED | {"goal": "5"}).shared).values()) == {None}
