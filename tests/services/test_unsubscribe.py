"""Unsubscribe: the news stop, the signature stays, and the address goes unless there is another reason to have it."""

import pytest

from server.crypto.links import SignatureRef
from server.services import moderation, statements
from server.services.scheduled import queue_results
from server.services.signers import unsubscribe_signer
from server.tables import signatures
from tests.scene import UNPROVED, Scene


def stop(scene: Scene, signature_id: int, ref: SignatureRef | None = None) -> None:
    unsubscribe_signer(scene.db, ref or scene.ref(signature_id), now=scene.clock())


def has_address(scene: Scene, signature_id: int) -> bool:
    with scene.db.read() as tx:
        return signatures.find_contact(tx, signature_id) is not None


def test_the_news_stop_and_the_address_goes_and_the_signature_stays(scene, clock):
    signature_id = scene.signed(newsletter=True)
    clock.forward(hours=1)
    assert has_address(scene, signature_id)

    stop(scene, signature_id)

    assert (scene.get(signature_id).newsletter, scene.get(signature_id).state) == (False, "confirmed")
    assert not has_address(scene, signature_id)
    assert scene.rows("SELECT changed_at FROM signatures") == [{"changed_at": clock()}]
    assert scene.journal()[-1] == ("signature.stop-news", f"signature:{signature_id}", None)


def test_a_second_time_changes_nothing(scene, clock):
    signature_id = scene.signed(newsletter=True)
    stop(scene, signature_id)
    before = scene.rows("SELECT * FROM signatures")
    clock.forward(hours=1)

    stop(scene, signature_id)

    assert scene.rows("SELECT * FROM signatures") == before


@pytest.mark.parametrize("stopped", [True, False])
def test_who_stops_the_news_gets_none_about_what_else_the_mailbox_has_signed(scene, clock, stopped):
    first, second, pending = (scene.sign(name=name, newsletter=True) for name in ("Ani", "Aram", "Astghik"))
    other = scene.signed(name="Leyla", email="leyla@rivers.example", newsletter=True)
    for one in (first, second):
        scene.confirm(one)
    if stopped:  # else the twin
        stop(scene, first)
    statements.close_statement(scene.db, "open-rivers", actor="test", now=clock())
    clock.forward(days=2)

    queue_results(scene.db, now=clock())

    told = [email["signature_id"] for email in scene.emails() if email["kind"] == "result"]
    assert sorted(told) == ([other] if stopped else [first, second, other])
    assert scene.get(pending).newsletter is not stopped
    assert has_address(scene, pending), "it can be confirmed still"


@pytest.mark.parametrize("reason", ["keep_contacts", "held", "pending"])
def test_the_address_stays_where_another_reason_stands(scene, reason):
    there = scene.publish("keeping", f"newsletter = true\nkeep_contacts = {str(reason == 'keep_contacts').lower()}")
    signature_id = there.sign(newsletter=True)
    if reason != "pending":
        there.confirm(signature_id)
    if reason == "held":
        moderation.hold_signature(there.db, "keeping", signature_id, actor="kate", reason=None, now=there.clock())

    stop(there, signature_id)

    assert not there.get(signature_id).newsletter
    assert has_address(there, signature_id)


def test_an_address_that_was_kept_for_a_decision_goes_with_it_after_that(scene):
    there = scene.publish("keeping", "newsletter = true")
    signature_id = there.signed(**UNPROVED, newsletter=True)
    stop(there, signature_id)

    moderation.approve_signature(
        there.db, "keeping", signature_id, seen=None, actor="kate", reason=None, now=there.clock()
    )

    assert not has_address(there, signature_id)


@pytest.mark.parametrize("gone", [True, False])
def test_a_signature_that_is_gone_or_another_one_is_left_alone(scene, gone):
    signature_id = scene.signed(newsletter=True)
    ref = SignatureRef(signature_id + 1, bytes(16)) if gone else SignatureRef(signature_id, bytes(16))

    stop(scene, signature_id, ref)

    assert scene.get(signature_id).newsletter
