"""Remind: who has not confirmed is asked once more, one email a mailbox, however many processes do it."""

import threading

import pytest

from server.db import retried
from server.services import moderation, scheduled, statements
from server.services.scheduled import NO_REMINDER_BEFORE_END_S, queue_reminders
from server.services.shared import queue_email
from server.tables import signatures
from tests.scene import Scene

HOUR_S = 3600
AFTER_S = 48 * HOUR_S


def remind_now(scene: Scene, after_s: int = AFTER_S) -> None:
    queue_reminders(scene.db, after_s=after_s, now=scene.clock())


def reminded(scene: Scene) -> list[int]:
    """The ids of the signatures that reminders were put for."""
    return [row["signature_id"] for row in scene.emails() if row["kind"] == "reminder"]


@pytest.mark.parametrize(("waited_s", "is_reminded"), [(AFTER_S, False), (AFTER_S + 1, True)])
def test_who_has_waited_long_enough_is_reminded_once(scene, clock, waited_s, is_reminded):
    signature_id = scene.sign()
    clock.forward(seconds=waited_s)

    remind_now(scene)
    remind_now(scene)

    assert reminded(scene) == ([signature_id] if is_reminded else [])
    clock.forward(days=3)
    remind_now(scene)
    assert reminded(scene) == [signature_id]


def test_nobody_is_reminded_where_the_setting_says_never(scene, clock):
    scene.sign()
    clock.forward(days=5)

    remind_now(scene, after_s=0)

    assert reminded(scene) == []


def forget_address(scene: Scene) -> None:
    scene.run("DELETE FROM contacts")


def confirm(scene: Scene) -> None:
    scene.confirm(1)


def throw_out(scene: Scene) -> None:
    moderation.remove_signature(scene.db, "open-rivers", 1, actor="kate", reason=None, now=scene.clock())


def close(scene: Scene) -> None:
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=scene.clock())


@pytest.mark.parametrize("change", [forget_address, confirm, throw_out, close])
def test_who_waits_for_nothing_or_cannot_be_reached_is_not_reminded(scene, clock, change):
    scene.sign()
    change(scene)
    clock.forward(days=3)

    remind_now(scene)

    assert reminded(scene) == []


@pytest.mark.parametrize(("left_s", "emails"), [(NO_REMINDER_BEFORE_END_S - 1, 0), (NO_REMINDER_BEFORE_END_S, 1)])
def test_nobody_is_reminded_in_the_last_hours(scene, clock, left_s, emails):
    scene.sign()
    clock.forward(days=3)
    scene.run("UPDATE statements SET closes_at = :ends", ends=clock() + left_s)

    remind_now(scene)

    assert len(reminded(scene)) == emails


def test_a_mailbox_that_was_given_a_hundred_times_is_reminded_once(scene, clock):
    for number in range(100):
        scene.sign(name=f"Name {number}")
    clock.forward(days=3)
    remind_now(scene)
    newest = scene.sign(name="Somebody else")
    clock.forward(days=3)
    remind_now(scene)

    assert reminded(scene) == [100]
    assert newest == 101


def test_who_signs_again_is_reminded_of_the_last_one_when_its_own_time_has_come(scene, clock):
    scene.sign(name="Ani")
    clock.forward(days=1)
    last = scene.sign(name="Aram")
    clock.forward(days=1, seconds=1)
    remind_now(scene)
    assert reminded(scene) == []

    clock.forward(days=1)
    remind_now(scene)

    assert reminded(scene) == [last]


def test_other_statements_of_the_same_mailbox_are_reminded_of_too(scene, clock):
    elsewhere = scene.publish("clean-air")
    ids = [scene.sign(), elsewhere.sign()]
    clock.forward(days=3)

    remind_now(scene)

    assert sorted(reminded(scene)) == ids


def test_all_are_reminded_batch_by_batch(scene, clock, monkeypatch):
    monkeypatch.setattr(scheduled, "REMINDER_BATCH", 3)
    ids = [scene.sign(email=f"signer{number}@rivers.example") for number in range(7)]
    clock.forward(days=3)

    remind_now(scene)

    assert sorted(reminded(scene)) == ids


def at_once(scene: Scene, verb) -> list[int]:
    """Let eight threads remind at the same moment, and return how often each signature was reminded of."""
    together = threading.Barrier(8)

    def run() -> None:
        together.wait()
        verb(scene)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(reminded(scene))


def naively(scene: Scene) -> None:
    """Look first, write afterwards, as most do."""
    with scene.db.read() as tx:
        waiting = tx.rows("SELECT id FROM signatures WHERE reminded_at IS NULL ORDER BY id", {})
    for row in waiting:
        _remind_unasked(scene, row["id"])


@retried
def _remind_unasked(scene: Scene, signature_id: int) -> None:
    with scene.db.write() as tx:
        queue_email(tx, "reminder", signatures.get(tx, signature_id), now=scene.clock())
        tx.run("UPDATE signatures SET reminded_at = 1 WHERE id = :id", {"id": signature_id})


def test_eight_at_once_remind_each_signer_once(scene, clock):
    ids = [scene.sign(email=f"signer{number}@rivers.example") for number in range(20)]
    clock.forward(days=3)

    assert at_once(scene, remind_now) == ids


def test_who_looks_first_reminds_twice(scene, clock):
    """The twin: the same race catches a look that is not part of the change."""
    ids = [scene.sign(email=f"signer{number}@rivers.example") for number in range(20)]
    clock.forward(days=3)

    assert len(at_once(scene, naively)) > len(ids)
