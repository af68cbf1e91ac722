"""What a crowd asks for within a second is read once."""

import pytest

from server.services import partners
from server.web.caching import CACHE_SIZE, Cache
from tests.conftest import PARTNER
from tests.web.scene import SIGN


class Counting:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def test_it_is_found_once_for_a_question_and_a_moment():
    latest, find = Cache(), Counting()

    assert [latest.get("slug", 100, find), latest.get("slug", 100, find)] == [1, 1]
    assert latest.get("other slug", 100, find) == 2
    assert latest.get("slug", 101, find) == 3
    assert latest.get("slug", 101, find) == 3


def test_an_error_is_not_kept():
    latest = Cache()

    def fails() -> int:
        raise LookupError("not now")

    with pytest.raises(LookupError):
        latest.get("slug", 100, fails)

    assert latest.get("slug", 100, Counting()) == 1


def test_none_is_an_answer_too():
    latest = Cache()
    latest.get("slug", 100, lambda: None)

    assert latest.get("slug", 100, Counting()) is None


def test_made_up_questions_do_not_fill_the_memory():
    latest = Cache()
    for number in range(3 * CACHE_SIZE):
        latest.get(number, 100, Counting())

        assert len(latest._found) <= CACHE_SIZE


# What the door knows of a statement and its partners


def preflight(client, origin: str) -> int:
    return client.options(SIGN, headers={"Origin": origin}).status_code


def test_a_new_partner_may_post_within_a_second(client, db, clock, statement):
    assert (preflight(client, PARTNER), preflight(client, "https://new.example")) == (204, 403)

    partners.add_partner(
        db, "open-rivers", "new", name="New", origins=["https://new.example"], actor="test", now=clock()
    )
    clock.forward(seconds=1)

    assert preflight(client, "https://new.example") == 204


def test_a_crowd_in_one_second_reads_the_statement_once(client, context, statement, monkeypatch):
    reads = Counting()
    read = type(context.db).read
    monkeypatch.setattr(type(context.db), "read", lambda store: [reads(), read(store)][1])

    assert {preflight(client, PARTNER) for _ in range(20)} == {204}
    assert reads.times == 1
