"""Nightly pulls: each brings what has changed since the one before, nothing twice, and nothing is lost between two."""

import csv
import io

import pytest

from server.exports import SETTLED_S, export_signatures
from server.exports.query import format_mark, read_choice
from server.services import moderation
from server.services.signers import change_signature, erase_signature, withdraw_signature
from server.tables.signature_queries import ChangeMark
from tests.scene import CONSENT, Scene

BEGINNING = format_mark(ChangeMark(0, 0), "open-rivers")


class Puller:
    """A machine that keeps a copy of the list, and what the last answer told it."""

    def __init__(self, scene: Scene, **asked: str) -> None:
        self.scene, self.asked, self.since = scene, asked, ""
        self.copy: dict[str, dict[str, str]] = {}

    def pull(self) -> list[tuple[str, str]]:
        """What this pull brings: id and state."""
        choice = read_choice({**self.asked, "since": self.since}, "open-rivers")
        export = export_signatures(self.scene.db, "open-rivers", choice, actor="machine", clock=self.scene.clock)
        sent = b"".join(export.sent()).decode("utf-8-sig")
        assert export.next_since
        self.since = export.next_since
        brought = list(csv.DictReader(io.StringIO(sent, newline="")))
        self.copy |= {row["id"]: row for row in brought}
        return [(row["id"], row["state"]) for row in brought]


@pytest.fixture
def puller(scene) -> Puller:
    return Puller(scene)


def sign(scene: Scene, number: int) -> str:
    return str(scene.signed(email=f"a{number}@rivers.example", name=f"Ani {number}"))


def settle(clock) -> None:
    clock.forward(seconds=SETTLED_S)


def test_a_pull_brings_what_came_since_the_one_before_and_the_next_nothing(scene, puller, clock):
    first = sign(scene, 1)
    settle(clock)
    assert puller.pull() == [(first, "confirmed")]
    second = sign(scene, 2)
    settle(clock)

    assert puller.pull() == [(second, "confirmed")]
    assert puller.pull() == []
    assert puller.pull() == []


def test_rows_of_one_second_come_once_each_over_batches_and_pulls(scene, puller, clock, monkeypatch):
    monkeypatch.setattr("server.exports.EXPORT_BATCH", 2)
    expected = [sign(scene, number) for number in range(5)]
    settle(clock)
    brought = puller.pull()
    expected += [sign(scene, number) for number in range(5, 10)]
    settle(clock)
    brought += puller.pull()

    assert [id_ for id_, _ in brought] == expected


def test_a_pull_without_a_fence_would_lose_who_is_confirmed_in_the_same_second(scene, clock, monkeypatch):
    """The twin: the one with the lower id confirms in the second of the pull, behind its mark."""

    def brought() -> set[str]:
        puller = Puller(scene)
        slow = scene.sign(email=f"slow{clock()}@rivers.example")
        quick = scene.sign(email=f"quick{clock()}@rivers.example")
        scene.confirm(quick)
        puller.pull()
        scene.confirm(slow)
        settle(clock)
        puller.pull()
        return {str(slow), str(quick)} & puller.copy.keys()

    assert len(brought()) == 2
    monkeypatch.setattr("server.exports.SETTLED_S", 0)
    assert len(brought()) == 1


def test_what_is_committed_late_is_not_lost(scene, puller, clock):
    """A writer read its clock, then waited for its place while others overtook it and a machine pulled."""
    late = scene.sign(email="late@rivers.example")
    read_by_the_writer = clock()
    clock.forward(seconds=20)
    overtaking = sign(scene, 1)
    clock.forward(seconds=20)
    assert puller.pull() == []
    scene.run(
        "UPDATE signatures SET confirmed_at = :at, changed_at = :at WHERE id = :id", at=read_by_the_writer, id=late
    )
    settle(clock)

    assert {id_ for id_, _ in puller.pull()} == {str(late), overtaking}


def test_whoever_changes_between_two_pulls_comes_again_with_the_new_state(scene, puller, clock):
    ids = [sign(scene, number) for number in range(6)]
    settle(clock)
    puller.pull()
    held, removed, withdrawn, erased, amended, _ = map(int, ids)
    moderation.hold_signature(scene.db, "open-rivers", held, actor="kate", reason=None, now=clock())
    moderation.remove_signature(scene.db, "open-rivers", removed, actor="kate", reason=None, now=clock())
    withdraw_signature(scene.db, scene.ref(withdrawn), shown=False, now=clock())
    erase_signature(scene.db, scene.ref(erased), now=clock())
    change_signature(scene.db, scene.ref(amended), {"name": "Ani Gevorgyan"}, consent=CONSENT, now=clock())
    settle(clock)

    assert set(puller.pull()) == {
        (ids[0], "held"),
        (ids[1], "removed"),
        (ids[2], "withdrawn"),
        (ids[3], "withdrawn"),
        (ids[4], "confirmed"),
    }
    assert puller.copy[ids[3]]["name"] == ""
    assert puller.copy[ids[4]]["name"] == "Ani Gevorgyan"


def test_a_copy_that_is_pulled_is_the_list(scene, puller, clock):
    """Whatever happens when: after the last pull the copy is what a whole dump says."""
    for number in range(12):
        sign(scene, number)
        clock.forward(seconds=17)
        if number % 3 == 2:
            moderation.hold_signature(scene.db, "open-rivers", number, actor="kate", reason=None, now=clock())
        if number % 2:
            puller.pull()
    settle(clock)
    puller.pull()

    whole = b"".join(export_signatures(scene.db, "open-rivers", actor="kate", clock=clock).sent())
    rows = list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline="")))
    assert sorted(puller.copy.values(), key=lambda row: int(row["id"])) == rows


def test_a_pull_that_nobody_changes_under_moves_on_even_where_its_filter_finds_nobody(scene, clock):
    puller = Puller(scene, kind="organisation")
    sign(scene, 1)
    settle(clock)

    assert puller.pull() == []
    assert puller.since != BEGINNING


def test_pendings_are_in_no_pull_and_a_mark_ahead_of_all_brings_nothing(scene, puller, clock):
    scene.sign()
    settle(clock)
    assert puller.pull() == []
    assert puller.since == BEGINNING

    puller.since = ahead = format_mark(ChangeMark(clock() + 5, 1), "open-rivers")
    sign(scene, 1)
    assert puller.pull() == []
    assert puller.since == ahead


def test_a_whole_dump_has_no_mark(scene):
    assert export_signatures(scene.db, "open-rivers", actor="kate", clock=scene.clock).next_since is None
