"""A row that somebody has typed is checked as a line of a list is."""

import pytest

from server.errors import Invalid
from server.text.signatory_list.entries import Entry, read_row


def test_a_row_is_cleaned_as_a_line_is() -> None:
    row = read_row(3, "individual", "  Ani\u00a0 Marlowe ", " Chair ", "")

    assert row == Entry(3, "individual", "Ani Marlowe", "Chair", None, last_line=3)


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        (("individual", " ", "", ""), {"name": ["required"]}),
        (("individual", "1234", "", ""), {"name": ["no-letters"]}),
        (("individual", "ani@hills.example", "", ""), {"name": ["link-in-name"]}),
        (
            ("individual", "Ani", "x" * 301, "a\u202eb"),
            {"title": ["too-long"], "affiliation": ["control-characters"]},
        ),
        (("organisation", "Hill Club", "Chair", ""), {"title": ["not-for-organisations"]}),
        (("", "Ani", "", ""), {"kind": ["not-a-choice"]}),
    ],
)
def test_what_is_wrong_is_said_column_by_column(row: tuple[str, str, str, str], refused: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid) as caught:
        read_row(1, *row)

    assert caught.value.fields == refused
