"""Tallies: whatever happens in whatever order, the kept counts are those of a recount."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from server.tables import counts as counts_table
from server.tables import signatures
from tests.tables.rows import NOW, add_pending, add_pending_organisation, confirm

HOUR = 3600


def move(tx, signature, *, becomes: str, now: int = NOW) -> None:
    subject = counts_table.Subject(
        signature.statement_id, signature.kind, signature.partner_id, signature.locale, signature.country
    )
    counts_table.move(tx, subject, was=signature.state, becomes=becomes, now=now)


def recount(tx, statement) -> counts_table.Counts:
    rows = tx.rows("SELECT kind, state FROM signatures WHERE statement_id = :id", {"id": statement.id})
    found = [(row["kind"], row["state"]) for row in rows]
    return counts_table.Counts(
        individuals=found.count(("individual", "confirmed")),
        organisations=found.count(("organisation", "confirmed")),
        awaiting_review=sum(state == "held" for _, state in found),
    )


class Walk:
    """Does to signatures, at random, what the verbs do."""

    def __init__(self, tx, statement, seed: int) -> None:
        self._tx, self._statement, self._random = tx, statement, random.Random(seed)
        self._ids: list[int] = []

    def step(self) -> None:
        if not self._ids or self._random.random() < 0.3:
            return self._sign()
        signature = signatures.get(self._tx, self._random.choice(self._ids))
        return self._random.choice([self._confirm, self._hold, self._approve, self._remove])(signature)

    def _sign(self) -> None:
        number = len(self._ids)
        mine = {"email_key": number.to_bytes(32, "big"), "country": self._random.choice([None, "AM", "GE"])}
        if self._random.random() < 0.5:
            signature = add_pending(self._tx, self._statement, **mine)
        else:
            signature = add_pending_organisation(self._tx, self._statement, f"Organisation {number}", **mine)
        self._ids.append(signature.id)

    def _confirm(self, signature) -> None:
        held = self._random.random() < 0.4
        if confirm(self._tx, signature, held=held):
            move(self._tx, signature, becomes="held" if held else "confirmed")

    def _hold(self, signature) -> None:
        if signatures.hold(self._tx, signature.id, now=NOW):
            move(self._tx, signature, becomes="held")

    def _approve(self, signature) -> None:
        if signatures.release(self._tx, signature.id, now=NOW):
            move(self._tx, signature, becomes="confirmed")

    def _remove(self, signature) -> None:
        if signatures.remove(self._tx, signature.id, now=NOW):
            move(self._tx, signature, becomes="removed")


@pytest.mark.parametrize("seed", range(6))
def test_the_kept_counts_are_those_of_a_recount_after_any_moves(db, statement, seed):
    with db.write() as tx:
        walk = Walk(tx, statement, seed)
        for _ in range(120):
            walk.step()

            assert counts_table.get_counts(tx, statement.id) == recount(tx, statement)
        assert counts_table.list_drift(tx) == []


def test_a_move_that_nobody_counted_shows_as_drift(db, statement):
    """The twin: the row changes and the tally does not."""
    with db.write() as tx:
        confirm(tx, add_pending(tx, statement))

        assert counts_table.list_drift(tx) == [
            drift(statement, what, value, counted=1)
            for what, value in (("confirmed", ""), ("hour", str(NOW // HOUR)), ("locale", "en"))
        ]


def drift(statement, what: str, value: str = "", *, counted: int = 0, kept: int = 0, kind: str = "individual"):
    """A row of what disagrees."""
    found = {"statement_id": statement.id, "partner_id": 0, "kind": kind, "what": what, "value": value}
    return found | {"counted": counted, "kept": kept}


def test_a_country_that_is_counted_and_not_taken_away_shows_as_drift(db, statement):
    """The twin of the walk: signatures went, and their country stayed behind."""
    with db.write() as tx:
        signature = add_pending(tx, statement, country="GE")
        confirm(tx, signature)
        move(tx, signature, becomes="confirmed")
        assert counts_table.list_drift(tx) == []
        signatures.remove(tx, signature.id, now=NOW)
        confirmed = replace(signature, state="confirmed", country=None)
        move(tx, confirmed, becomes="removed")

        assert counts_table.list_drift(tx) == [drift(statement, "country", "GE", kept=1)]


def test_a_count_of_signatures_that_are_not_there_shows_as_drift(db, statement):
    with db.write() as tx:
        counts_table.move(
            tx, counts_table.Subject(statement.id, "organisation"), was="pending", becomes="held", now=NOW
        )

        assert counts_table.list_drift(tx) == [
            drift(statement, "held", kept=1, kind="organisation"),
        ]


def test_nobody_has_signed_a_new_statement(db, statement):
    with db.read() as tx:
        counts = counts_table.get_counts(tx, statement.id)

    assert (counts, counts.confirmed) == (counts_table.Counts(0, 0, 0), 0)


def test_partners_are_counted_apart_and_told_together(db, statement):
    with db.write() as tx:
        for partner_id in (None, 1, 1):
            subject = counts_table.Subject(statement.id, "individual", partner_id)
            counts_table.move(tx, subject, was="pending", becomes="confirmed", now=NOW)

        rows = tx.rows(
            "SELECT partner_id, sum(confirmed) AS confirmed FROM tallies WHERE hour = 0 GROUP BY 1 ORDER BY 1", {}
        )
        assert counts_table.get_counts(tx, statement.id).confirmed == 3
    assert rows == [{"partner_id": 0, "confirmed": 1}, {"partner_id": 1, "confirmed": 2}]


def test_many_are_counted_in_one_move(db, statement):
    with db.write() as tx:
        subject = counts_table.Subject(statement.id, "organisation")
        counts_table.move(tx, subject, was="pending", becomes="confirmed", now=NOW, by=16)

        assert counts_table.get_counts(tx, statement.id) == counts_table.Counts(0, 16, 0)


def test_what_happened_is_kept_hour_by_hour(db, statement):
    with db.write() as tx:
        subject = counts_table.Subject(statement.id, "individual")
        for now in (NOW, NOW + 1, NOW + HOUR):
            counts_table.count_event(tx, subject, "submitted", now=now)

        rows = tx.rows("SELECT hour, sum(submitted) AS submitted FROM tallies GROUP BY hour ORDER BY hour", {})
    assert rows == [{"hour": NOW // HOUR, "submitted": 2}, {"hour": NOW // HOUR + 1, "submitted": 1}]


def test_languages_and_countries_of_the_confirmed_are_counted(db, statement):
    with db.write() as tx:
        subject = counts_table.Subject(statement.id, "individual", locale="hy", country="AM")
        for _ in range(4):
            counts_table.move(tx, subject, was="held", becomes="confirmed", now=NOW)
            assert under(tx) == [("country", "AM", 1), ("locale", "hy", 1)]
            counts_table.move(tx, subject, was="confirmed", becomes="held", now=NOW + HOUR)

            assert under(tx) == []


def under(tx) -> list[tuple[str, str, int]]:
    """Where those who are confirmed stand: (locale or country, which, how many)."""
    query = (
        "SELECT dimension, value, sum(confirmed) AS n FROM tallies WHERE dimension <> 'all' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    rows = tx.rows(query, {})
    return [(row["dimension"], row["value"], int(row["n"])) for row in rows]


def test_of_a_country_that_many_stand_under_nothing_is_forgotten_when_one_goes(db, statement):
    with db.write() as tx:
        subject = counts_table.Subject(statement.id, "individual", country="AM")
        counts_table.move(tx, subject, was="pending", becomes="confirmed", now=NOW, by=3)
        for left in (2, 1):
            counts_table.move_country(tx, replace(subject, country=None), was="AM")

            assert under(tx) == [("country", "AM", left)]


def test_the_hour_of_a_confirmation_counts_it_once_while_it_is_confirmed_whatever_is_decided_later(db, statement):
    hour = NOW // HOUR * HOUR
    with db.write() as tx:
        subject = counts_table.Subject(statement.id, "individual", 1, confirmed_at=NOW)
        steps = ("pending", "held", "confirmed", "held", "confirmed", "removed", "confirmed", "withdrawn")
        for number, (was, becomes) in enumerate(pairwise(steps)):
            counts_table.move(tx, subject, was=was, becomes=becomes, now=NOW + number * HOUR)

            found = counts_table.list_hours(tx, statement.id, 1, since=NOW)
            assert found == ([(hour, 1)] if becomes == "confirmed" else [])
            lately = counts_table.get_partner_counts(tx, statement.id, since=NOW)[1]
            assert lately.lately == lately.confirmed, "the twin: a figure of its own would contradict the total"


def test_what_came_through_each_partner_is_told_apart(db, statement):
    with db.write() as tx:
        for partner_id, kind, now in (
            (1, "individual", NOW),
            (1, "organisation", NOW + HOUR),
            (None, "individual", NOW),
        ):
            counts_table.move(
                tx, counts_table.Subject(statement.id, kind, partner_id), was="pending", becomes="confirmed", now=now
            )
        counts_table.move(
            tx, counts_table.Subject(statement.id, "individual", 1), was="pending", becomes="held", now=NOW
        )

        found = counts_table.get_partner_counts(tx, statement.id, since=NOW + HOUR)
    assert found == {0: counts_table.PartnerCounts(1, 0, 0, lately=0), 1: counts_table.PartnerCounts(1, 1, 1, lately=1)}


def test_the_hours_of_a_partner_are_its_own(db, statement):
    with db.write() as tx:
        for partner_id, now in ((1, NOW), (1, NOW + HOUR), (1, NOW + HOUR), (2, NOW), (None, NOW)):
            subject = counts_table.Subject(statement.id, "individual", partner_id)
            counts_table.move(tx, subject, was="pending", becomes="confirmed", now=now)
        counts_table.count_event(
            tx, counts_table.Subject(statement.id, "individual", 1), "submitted", now=NOW + 5 * HOUR
        )

        hour = NOW // HOUR * HOUR
        assert counts_table.list_hours(tx, statement.id, 1, since=NOW) == [(hour, 1), (hour + HOUR, 2)]
        assert counts_table.list_hours(tx, statement.id, 1, since=NOW + HOUR) == [(hour + HOUR, 2)]


def test_countries_of_few_are_left_out(db, statement):
    with db.write() as tx:
        for partner_id, country in ((1, "AM"), (1, "AM"), (1, "GE"), (2, "GE"), (1, None)):
            subject = counts_table.Subject(statement.id, "individual", partner_id, country=country)
            counts_table.move(tx, subject, was="pending", becomes="confirmed", now=NOW)

        assert counts_table.list_countries(tx, statement.id, 1, least=2) == [("AM", 2)]
        assert counts_table.list_countries(tx, statement.id, 1, least=1) == [("AM", 2), ("GE", 1)]
