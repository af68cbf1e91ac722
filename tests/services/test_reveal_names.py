"""Release: names are shown together from the signature on that a statement waits for, once and for good."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.db import writing_alone
from server.services import moderation
from server.services.confirm import confirm_signature
from server.services.statements import change_settings, get_settings, settings_fingerprint
from server.tables import signature_queries
from server.text.statement_file import SharedValues
from tests.scene import CONSENT, Scene

FOUNDING = "Nino Beridze,\n\nBiologist;\n\nAram Petrosyan,\n\nEngineer;\n"
FOUNDERS = ["Nino Beridze", "Aram Petrosyan"]
THREADS = 8


@pytest.fixture
def three(scene: Scene) -> Scene:
    """A statement that shows names from three signatures on."""
    return scene.publish("three", "names_from = 3")


def released_at(scene: Scene) -> int | None:
    return scene.at(scene.statement.slug).statement.names_released_at


def signed(scene: Scene, *names: str) -> list[int]:
    return [scene.signed(name=name, email=f"{name}@rivers.example".lower()) for name in names]


def test_all_names_are_shown_with_the_very_confirmation_that_makes_them_enough(three, clock):
    signed(three, "Ani", "Davit")
    assert (three.listed(), released_at(three)) == ([], None)
    pending = three.sign(name="Leyla", email="leyla@rivers.example")
    assert three.listed() == []
    stamp = three.at("three").statement.stamp
    clock.forward(days=2)

    three.confirm(pending)

    assert three.listed() == ["Ani", "Davit", "Leyla"]
    assert released_at(three) == clock()
    assert three.at("three").statement.stamp > stamp


def test_who_is_only_counted_makes_the_others_less_alone(three):
    three.signed(visibility="counted")
    signed(three, "Davit", "Leyla")

    assert three.listed() == ["Davit", "Leyla"]


def test_founding_signatures_are_shown_all_the_time_and_bring_nobody_elses_name_out(three):
    three.found(FOUNDING)
    signed(three, "Ani", "Davit")
    assert (three.listed(), released_at(three)) == (FOUNDERS, None)

    signed(three, "Leyla")

    assert three.listed() == [*FOUNDERS, "Ani", "Davit", "Leyla"]


def invent_founders(scene: Scene) -> None:
    """As many as a moderator likes; then a signer comes, one is thrown out and brought back, and settings are saved."""
    scene.found("\n".join(f"{number}. Invented {number}" for number in range(9)))
    invented = scene.rows("SELECT id FROM signatures WHERE founding_place IS NOT NULL")[0]["id"]
    by = {"actor": "mallory", "reason": None, "now": scene.clock()}
    for undone, done in (
        (moderation.remove_signature, moderation.restore_signature),
        (moderation.hold_signature, moderation.approve_signature),
    ):
        undone(scene.db, scene.statement.slug, invented, **by)
        done(scene.db, scene.statement.slug, invented, seen=None, **by)
    signed(scene, "Davit")
    statement = scene.at(scene.statement.slug).statement
    values = SharedValues(**get_settings(statement) | {"goal": 7})
    seen = settings_fingerprint(statement)
    change_settings(scene.db, statement.slug, values, seen=seen, knows_who_waits=False, actor="test", now=scene.clock())


def test_no_number_of_invented_founders_releases_a_name(three):
    signed(three, "Ani")

    invent_founders(three)

    assert released_at(three) is None
    assert {"Ani", "Davit"}.isdisjoint(three.listed())


def test_if_founders_counted_invented_ones_would_release_every_name_for_good(three, monkeypatch):
    """The twin: nobody knows of founders."""
    signed(three, "Ani")
    monkeypatch.setattr(signature_queries, "count_confirmed_founders", lambda *_: 0)

    invent_founders(three)

    assert released_at(three) is not None
    assert {"Ani", "Davit"} <= set(three.listed())


def test_a_founder_who_has_left_the_list_is_not_subtracted_from_the_others(three):
    three.found(FOUNDING)
    first = three.rows("SELECT min(id) AS id FROM signatures")[0]["id"]
    moderation.remove_signature(three.db, "three", first, actor="kate", reason=None, now=three.clock())
    signed(three, "Ani", "Davit")
    assert released_at(three) is None

    signed(three, "Leyla")

    assert three.listed() == ["Aram Petrosyan", "Ani", "Davit", "Leyla"]


def test_a_held_signature_does_not_count_until_it_is_approved(scene, clock):
    moderated = scene.publish("moderated", 'names_from = 2\nmoderation = "all"')
    first, second = signed(moderated, "Ani", "Davit")
    assert released_at(moderated) is None

    for signature_id in (first, second):
        assert moderated.listed() == []
        moderation.approve_signature(
            scene.db, "moderated", signature_id, seen=None, actor="kate", reason=None, now=clock()
        )

    assert moderated.listed() == ["Ani", "Davit"]
    assert released_at(moderated) == clock()


def test_names_stay_when_somebody_goes(three, clock):
    first, *_ = signed(three, "Ani", "Davit", "Leyla")
    released = released_at(three)
    clock.forward(days=1)
    moderation.remove_signature(three.db, "three", first, actor="kate", reason=None, now=clock())

    assert three.listed() == ["Davit", "Leyla"]
    signed(three, "Zaur", "Nino")
    assert released_at(three) == released


def test_a_statement_that_waits_for_nobody_has_nothing_to_release(scene):
    signed(scene, "Ani")

    assert (scene.listed(), released_at(scene)) == (["Ani"], None)


# Races: the last two may come at the same moment.


def test_two_last_confirmations_at_once_release_names_exactly_once(scene):
    for number in range(10):
        both = scene.publish(f"race-{number}", f"names_from = {THREADS}")
        refs = [both.ref(both.sign(name=f"A{one}", email=f"a{one}@rivers.example")) for one in range(THREADS)]
        stamp, start = both.at(both.statement.slug).statement.stamp, threading.Barrier(THREADS)

        def press(turn: int, scene: Scene = both, refs: list = refs, start: threading.Barrier = start) -> None:
            start.wait(timeout=30)
            confirm_signature(scene.db, refs[turn], consent=CONSENT, now=scene.clock())

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(press, range(THREADS)))

        assert len(both.listed()) == THREADS
        # Once for each confirmation, and once more for the release.
        assert both.at(both.statement.slug).statement.stamp == stamp + THREADS + 1


def naive_release(scene: Scene, signature_id: int, both_have_counted: threading.Barrier) -> None:
    """Count first and write later, as if nobody else confirmed meanwhile."""
    confirmed = sum(scene.counts())
    both_have_counted.wait(timeout=30)
    with writing_alone():
        scene.run("UPDATE signatures SET confirmed_at = 1, list_number = :id WHERE id = :id", id=signature_id)
        if confirmed + 1 >= 2:
            scene.run("UPDATE statements SET names_released_at = 1 WHERE slug = 'two'")


def test_who_counts_before_the_transaction_leaves_names_hidden_for_ever(scene):
    """The twin: both see that one is missing, and neither is the last."""
    two = scene.publish("two", "names_from = 2")
    rows = [two.sign(name=name, email=f"{name}@rivers.example".lower()) for name in ("Ani", "Davit")]
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda row: naive_release(two, row, barrier), rows))

    assert two.states() == ["confirmed", "confirmed"]
    assert released_at(two) is None
