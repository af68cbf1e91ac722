"""Reporting: one link at a time opens a partner's figures, its secret is stored nowhere, and each step is told."""

import pytest

from server.services.partners import add_partner, create_report_link, end_report_link, restore_partner, revoke_partner
from server.tables import partners
from server.tables.partners import Partner
from tests.scene import Scene

WATCH = "river-watch"


def make(scene: Scene) -> str:
    return create_report_link(scene.db, "open-rivers", WATCH, actor="kate", now=scene.clock())


def end(scene: Scene) -> bool:
    return end_report_link(scene.db, "open-rivers", WATCH, actor="kate", now=scene.clock())


def opened(scene: Scene, secret: str) -> Partner | None:
    with scene.db.read() as tx:
        return partners.find_by_report_secret(tx, secret)


def watch(scene: Scene) -> Partner:
    with scene.db.read() as tx:
        return partners.get(tx, WATCH)


def told(scene: Scene) -> list[tuple[str, str, str, int]]:
    rows = scene.rows(
        "SELECT actor, verb, subject, statement_id FROM journal WHERE verb LIKE 'partner.report%' ORDER BY id"
    )
    return [(row["actor"], row["verb"], row["subject"], row["statement_id"]) for row in rows]


def test_a_fresh_link_ends_the_one_of_before(scene):
    first = make(scene)
    assert opened(scene, first) == watch(scene)
    second = make(scene)

    assert (opened(scene, first), opened(scene, second)) == (None, watch(scene))


def test_its_secret_is_long_and_stored_nowhere(scene):
    secret = make(scene)

    assert len(secret) >= 43
    tables = scene.rows("SELECT * FROM partners") + scene.rows("SELECT * FROM journal_details")
    assert not [row for row in tables for value in row.values() if secret.encode() in str(value).encode()]


def test_an_ended_link_opens_nothing(scene):
    secret = make(scene)

    assert [end(scene), end(scene)] == [True, False]
    assert opened(scene, secret) is None


def test_the_journal_says_when_a_link_was_made_and_ended_and_nothing_of_an_end_that_was_none(scene):
    end(scene)
    make(scene)
    end(scene)
    end(scene)

    about = (f"partner:{WATCH}", scene.statement.id)
    assert told(scene) == [("kate", "partner.report", *about), ("kate", "partner.report-end", *about)]


@pytest.mark.parametrize("reported", [True, False])
def test_another_partners_link_is_not_touched(scene, reported):
    add_partner(scene.db, "open-rivers", "lake-watch", name="Lake", origins=[], actor="kate", now=scene.clock())
    theirs = create_report_link(scene.db, "open-rivers", "lake-watch", actor="kate", now=scene.clock())
    if reported:
        make(scene)

    end(scene)

    assert opened(scene, theirs) is not None


def test_the_link_of_a_revoked_partner_does_not_come_back_with_it(scene):
    secret, args = make(scene), {"actor": "kate", "now": scene.clock()}
    revoke_partner(scene.db, WATCH, **args)
    assert opened(scene, secret) is None
    restore_partner(scene.db, WATCH, **args)

    assert opened(scene, secret) is None
