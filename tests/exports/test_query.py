"""What is asked of a dump, in words: whatever there is not is refused, and by its name."""

import re
from functools import partial

import pytest

from server.errors import BadRequest
from server.exports import query
from server.exports.query import ALL_SIGNATURES, PUBLIC_COLUMNS, ChoiceRefused, format_mark, read_mark
from server.tables.signature_queries import ChangeMark, DumpFilters

MIDNIGHT = 1_800_057_600  # of the 16th of January 2027, UTC
DAY_S = 86_400
SLUG = "open-rivers"
MARK = format_mark(ChangeMark(1_800_000_000, 17), SLUG)
read_choice = partial(query.read_choice, slug=SLUG)


def test_nothing_asked_is_everything():
    assert read_choice({}) == read_choice(dict.fromkeys(("columns", "kind", "from", "partner"), "")) == ALL_SIGNATURES


def test_columns_come_in_the_order_that_is_asked_for():
    assert read_choice({"columns": "state,name"}).columns == ("state", "name")
    assert read_choice({}, is_public=True).columns == PUBLIC_COLUMNS


def test_filters_are_read():
    asked = {"kind": "organisation", "state": "held", "partner": "river-watch", "locale": "hy"}

    assert read_choice(asked).filters == DumpFilters("organisation", "held", "river-watch", "hy")


def test_days_begin_and_end_where_the_statement_is():
    days = {"from": "2027-01-16", "until": "2027-01-16"}
    utc, tbilisi = read_choice(days).filters, read_choice(days, timezone="Asia/Tbilisi").filters

    assert (utc.since_at, utc.until_at) == (MIDNIGHT, MIDNIGHT + DAY_S)
    assert (tbilisi.since_at, tbilisi.until_at) == (MIDNIGHT - 4 * 3600, MIDNIGHT + DAY_S - 4 * 3600)


def test_a_day_may_have_another_length():
    spring = read_choice({"from": "2027-03-28", "until": "2027-03-28"}, timezone="Europe/Paris").filters

    assert spring.until_at - spring.since_at == DAY_S - 3600


@pytest.mark.parametrize("mark", [ChangeMark(0, 0), ChangeMark(1_800_000_000, 17)])
def test_a_mark_is_read_as_it_was_written(mark):
    assert read_mark(format_mark(mark, SLUG), SLUG) == mark
    assert read_choice({"since": format_mark(mark, SLUG)}).since == mark


def test_a_mark_of_another_statement_is_refused():
    with pytest.raises(ChoiceRefused, match="mark of this statement"):
        read_mark(MARK, "lakes")


@pytest.mark.parametrize("length", range(1, len(MARK)))
def test_a_mark_that_was_cut_short_at_either_end_is_refused(length):
    for part in (MARK[:length], MARK[length:]):
        with pytest.raises(ChoiceRefused, match="valid mark"):
            read_mark(part, SLUG)


def test_a_mark_that_was_reversed_or_altered_is_refused():
    at, number, checksum = MARK.split("-")
    altered = (f"{number}-{at}-{checksum}", f"{checksum}-{number}-{at}", MARK[::-1], f"{at}-18-{checksum}", f"0{MARK}")
    for word in (*altered, MARK.upper(), f"{MARK}0", f" {MARK}"):
        with pytest.raises(ChoiceRefused):
            read_mark(word, SLUG)


def test_a_mark_without_a_checksum_would_be_taken_when_it_was_cut_short_or_reversed():
    """The twin: a time and an id alone are still a time and an id."""
    careless = re.compile(r"(\d{1,12})-(\d{1,18})")
    at, number, _ = MARK.split("-")

    assert all(careless.fullmatch(word) for word in (f"{at}-{number[:1]}", f"{number}-{at}", f"{at[:9]}-{number}"))


@pytest.mark.parametrize(
    ("field", "word"),
    [
        *(("columns", word) for word in ("nonce", "name,name", "name,", ",", "name, state", "email_key", "NAME")),
        *(("kind", word) for word in ("person", "individual,organisation", "individual ")),
        *(("state", word) for word in ("pending", "founding", "removed\0")),
        *(("partner", word) for word in ("a b", "a\0", "é", "%", "a" * 81)),
        *(("locale", word) for word in ("fr;", "\0", "en fr")),
        *(
            ("from", word)
            for word in ("yesterday", "2027-02-30", "20270116", "2027-1-1", "0000-01-01", "２０２７-01-01")
        ),
        *(("until", word) for word in ("2027-13-01", "9999-12-31", "2027-01-16T00:00")),
        *(
            ("since", word)
            for word in ("-", "1", "1-", "-1", "1-2-3", "a-b", "1-٢", "1800000000-17", f"{MARK}\n", "1" * 13 + "-1")
        ),
    ],
)
def test_what_there_is_not_is_refused_by_its_name(field, word):
    with pytest.raises(ChoiceRefused) as refusal:
        read_choice({field: word})

    assert refusal.value.field == field
    assert isinstance(refusal.value, BadRequest)


@pytest.mark.parametrize("field", ["state", "partner", "locale", "from", "until", "since"])
def test_the_public_list_is_not_sorted_by_what_the_public_does_not_know(field):
    word = {"state": "held", "from": "2027-01-01", "until": "2027-01-01", "since": MARK}.get(field, "en")
    read_choice({field: word})

    with pytest.raises(ChoiceRefused):
        read_choice({field: word}, is_public=True)


@pytest.mark.parametrize("column", ["id", "email", "state", "partner", "locale", "signed_at", "newsletter"])
def test_the_public_list_has_no_column_of_the_organisers(column):
    with pytest.raises(ChoiceRefused):
        read_choice({"columns": column}, is_public=True)


def test_a_state_and_since_do_not_go_together():
    """Whoever left the state would stay for ever in the copy of who pulls."""
    with pytest.raises(ChoiceRefused, match="state"):
        read_choice({"since": "", "state": "confirmed"})
