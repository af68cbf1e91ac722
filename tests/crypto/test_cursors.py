"""The cursor of the public list: it is read by us alone, and made by nobody else."""

import base64
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.crypto.links import ListCursors
from server.errors import BadRequest
from server.tables import SIGNER_NUMBERS_FROM
from server.web.context import Context, init_context
from tests.scene import Scene
from tests.web.scene import LIST, PAGE

NUMBERS = st.integers(0, (1 << 63) - 1)
CURSORS = ListCursors(["an old key", "the key of now"])


class PlainCursors:
    """As they were: the number itself."""

    def write(self, list_number: int, *, statement_id: int) -> str:
        return base64.urlsafe_b64encode(list_number.to_bytes(8, "big")).rstrip(b"=").decode()

    def read(self, value: str | None, *, statement_id: int) -> int:
        return int.from_bytes(base64.urlsafe_b64decode(value + "="), "big") if value else 0


@given(NUMBERS)
def test_a_cursor_comes_back_as_its_number_and_fits_into_an_address(number):
    cursor = CURSORS.write(number, statement_id=1)

    assert CURSORS.read(cursor, statement_id=1) == number
    assert len(cursor) == 32
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(NUMBERS)
def test_the_same_place_is_the_same_cursor_and_one_of_that_statement_alone(number):
    cursor = CURSORS.write(number, statement_id=1)

    assert CURSORS.write(number, statement_id=1) == cursor
    assert CURSORS.write(number, statement_id=2) != cursor
    with pytest.raises(BadRequest):
        CURSORS.read(cursor, statement_id=2)


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_cursor_the_list_begins_at_its_beginning(nothing):
    assert CURSORS.read(nothing, statement_id=1) == 0


@given(
    st.text(max_size=40) | st.binary(min_size=24, max_size=24).map(lambda raw: base64.urlsafe_b64encode(raw).decode())
)
def test_whatever_somebody_else_makes_is_refused(value):
    if value:
        with pytest.raises(BadRequest):
            CURSORS.read(value, statement_id=1)


@given(NUMBERS, st.integers(0, 24 * 8 - 1))
def test_a_cursor_of_which_one_bit_was_changed_is_refused(number, bit):
    raw = int.from_bytes(base64.urlsafe_b64decode(CURSORS.write(number, statement_id=1)), "big") ^ (1 << bit)

    with pytest.raises(BadRequest):
        CURSORS.read(base64.urlsafe_b64encode(raw.to_bytes(24, "big")).decode(), statement_id=1)


def test_a_cursor_outlives_its_key_by_the_overlap_and_no_longer():
    cursor = ListCursors(["an old key"]).write(7, statement_id=1)

    assert CURSORS.read(cursor, statement_id=1) == 7
    with pytest.raises(BadRequest):
        ListCursors(["the key of now"]).read(cursor, statement_id=1)


@pytest.fixture
def gap(scene: Scene) -> Scene:
    """A list on which one stands between the second and the third who is only counted."""
    for name, visibility in (("Ani", "name"), ("Davit", "name"), ("Leyla", "counted"), ("Zaur", "name")):
        scene.signed(name=name, email=f"{name}@rivers.example".lower(), visibility=visibility)
    return scene


def numbers_found_out(client, page: str = LIST) -> list[int]:
    """The list numbers that somebody learns who tries out the place after each."""
    found, before = [], None
    for number in range(SIGNER_NUMBERS_FROM, SIGNER_NUMBERS_FROM + 6):
        answer = client.get(f"{page}?after={PlainCursors().write(number, statement_id=1)}")
        left = len(answer.json["signatories"]) if answer.status_code == 200 else None
        if before is not None and left is not None and left < before:
            found.append(number)
        before = left
    return found


def test_nobody_can_try_out_where_those_stand_who_are_not_shown(gap, client):
    assert [line["name"] for line in client.get(LIST).json["signatories"]] == ["Ani", "Davit", "Zaur"]
    assert numbers_found_out(client) == []
    assert client.get(f"{PAGE}?after={PlainCursors().write(SIGNER_NUMBERS_FROM, statement_id=1)}").location == PAGE


def test_with_plain_cursors_the_gap_is_found(gap, client, app: Flask, context: Context):
    """The twin."""
    init_context(app, replace(context, cursors=PlainCursors()))

    first, second, third = numbers_found_out(client)

    assert (second - first, third - second) == (1, 2)


@pytest.mark.parametrize("after", ["50", "%00", "Ա", "A" * 5000, "50&after=51", CURSORS.write(7, statement_id=1)])
@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("", ""),
        ("locale=fr&partner=river-watch", "?locale=fr&partner=river-watch"),
        ("locale=//evil.example&partner=nobody&next=//evil.example&_external=1&slug=a", ""),
    ],
)
def test_on_the_page_a_cursor_that_is_not_ours_leads_to_the_start_of_the_list(client, statement, after, asked, kept):
    answer = client.get(f"{PAGE}?{asked}&after={after}")

    assert (answer.status_code, answer.location) == (303, f"{PAGE}{kept}")
    assert client.get(answer.location).status_code == 200
    assert client.get(f"{LIST}?{asked}&after={after}").status_code == 400, "programs are told"


def test_what_was_typed_comes_back_whatever_cursor_the_post_names(client, statement):
    answer = client.post(f"{PAGE}?after=50", data={"name": "Ani Findable"}, headers={"Origin": "http://localhost:8000"})

    assert answer.status_code in (400, 422)
    assert "Ani Findable" in answer.text
