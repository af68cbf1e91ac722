"""A founding list that is too long is refused before anybody tries to read it."""

import pytest

from server.text.signatory_list import read_signatory_list
from server.web.admin import founding_sheet
from server.web.admin.founding import PIECES_MOST
from server.web.admin.founding_sheet import PAGE_ROWS, ROWS_MOST
from tests.web.admin.test_founding import shown, upload

HOSTILE = ["a,", "a;", "a\n", "a\t", "ա،", "a\u2028"]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_list_that_would_keep_the_server_busy_is_refused_before_it_is_read(moderator, monkeypatch, unit):
    read: list[str] = []
    monkeypatch.setattr(
        founding_sheet,
        "read_signatory_list",
        lambda *what: read.append(what[0]) or read_signatory_list(*what),
    )
    answer = upload(moderator, (unit * (PIECES_MOST + 1)).encode())

    assert (answer.status_code, read) == (422, [])
    refusals = ("signatures at once. Paste the list in parts", "This file is too large for a list.")
    assert any(words in answer.get_data(as_text=True) for words in refusals)


def test_a_list_of_as_many_as_may_be_entered_is_read_with_all_that_is_said_of_them(moderator):
    """The twin."""
    line = "Ani Marlowe the {}., Professor, Department of Rivers, University of Kutaisi\n\n"
    answer = upload(moderator, "".join(line.format(number) for number in range(ROWS_MOST)).encode())

    assert (answer.status_code, len(shown(answer))) == (200, PAGE_ROWS)
    assert f"Rows 1 to {PAGE_ROWS} of {ROWS_MOST}." in answer.text.replace(",", "")
