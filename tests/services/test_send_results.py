"""Conclude: the result goes once to each who asked for news, whoever is killed on the way."""

import threading

import pytest

from server.db import Store
from server.services import moderation, scheduled, statements
from server.services.scheduled import queue_results
from server.services.signers import unsubscribe_signer
from tests.scene import Scene

DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "RESULT_BATCH", 3)


def readers(scene: Scene, how_many: int) -> list[int]:
    return [scene.signed(email=f"reader{n}@rivers.example", newsletter=True) for n in range(how_many)]


def close(scene: Scene, slug: str = "open-rivers") -> None:
    statements.close_statement(scene.db, slug, actor="kate", now=scene.clock())


def told(scene: Scene) -> list[int]:
    """The signatures that a result was put for, in the order of the outbox."""
    return [row["signature_id"] for row in scene.emails() if row["kind"] == "result"]


@pytest.mark.parametrize("by_plan", [True, False])
@pytest.mark.parametrize(("later_s", "ended"), [(DAY_S - 1, False), (DAY_S, True)])
def test_a_day_after_the_end_every_reader_is_told_once(scene, clock, later_s, ended, by_plan):
    ids = readers(scene, 7)
    scene.signed(email="quiet@rivers.example")
    if by_plan:
        scene.run("UPDATE statements SET closes_at = :now", now=clock())
    else:
        close(scene)
    clock.forward(seconds=later_s)

    for _ in range(3):
        queue_results(scene.db, now=clock())

    assert told(scene) == (ids if ended else [])
    [row] = scene.rows("SELECT result_mailed_at FROM statements")
    assert row["result_mailed_at"] == (clock() if ended else None)


def test_an_open_statement_has_no_result(scene, clock):
    readers(scene, 1)
    clock.forward(days=400)

    queue_results(scene.db, now=clock())

    assert told(scene) == []


def test_only_who_stands_on_the_list_asked_for_news_and_can_be_reached_is_told(scene, clock):
    stands, held, stopped, gone = readers(scene, 4)
    scene.sign(email="pending@rivers.example", newsletter=True)
    moderation.hold_signature(scene.db, "open-rivers", held, actor="kate", reason=None, now=clock())
    unsubscribe_signer(scene.db, scene.ref(stopped), now=clock())
    scene.run("DELETE FROM contacts WHERE signature_id = :id", id=gone)
    close(scene)
    clock.forward(days=2)

    queue_results(scene.db, now=clock())

    assert told(scene) == [stands]


def test_several_statements_are_concluded_each_with_its_own_readers(scene, clock):
    other = scene.publish("clean-air", "newsletter = true")
    ids = [one.signed(email=f"{n}@rivers.example", newsletter=True) for n in range(4) for one in (scene, other)]
    close(scene)
    close(scene, "clean-air")
    clock.forward(days=2)

    queue_results(scene.db, now=clock())

    assert sorted(told(scene)) == ids
    rows = {(row["signature_id"], row["statement_id"]) for row in scene.emails() if row["kind"] == "result"}
    assert rows == {(one, scene.get(one).statement_id) for one in ids}


class Killed(Exception):
    """What ends a process between two transactions."""


class DyingStore:
    """A real store whose process dies after so many transactions."""

    def __init__(self, store: Store, lives: int) -> None:
        self.store, self.lives = store, lives

    def write(self):
        self.lives -= 1
        if self.lives < 0:
            raise Killed
        return self.store.write()

    def tidy(self) -> bool:
        return self.store.tidy()


def test_who_goes_on_after_a_kill_doubles_and_forgets_nobody(scene, clock):
    ids = readers(scene, 10)
    close(scene)
    clock.forward(days=2)
    with pytest.raises(Killed):
        queue_results(DyingStore(scene.db, lives=2), now=clock())
    assert told(scene) == ids[:6]

    queue_results(scene.db, now=clock())

    assert told(scene) == ids


def test_eight_at_once_share_the_work(scene, clock):
    ids = readers(scene, 30)
    close(scene)
    clock.forward(days=2)
    together = threading.Barrier(8)

    def run() -> None:
        together.wait()
        queue_results(scene.db, now=clock())

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told(scene) == ids
