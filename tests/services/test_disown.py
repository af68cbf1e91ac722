"""Disown: whoever did not sign deletes what waits for them, and is written to no more."""

import pytest

from server.crypto.links import SignatureRef
from server.errors import LinkInvalid
from server.services import moderation
from server.services.signers import disown_signature
from server.tables import outbox
from tests.scene import Scene

ADDRESS = "ani@rivers.example"


def not_me(scene: Scene, signature_id: int, *, everywhere: bool = False) -> bool:
    return press(scene, scene.ref(signature_id), everywhere=everywhere)


def press(scene: Scene, ref: SignatureRef, *, everywhere: bool) -> bool:
    here = scene.context
    return disown_signature(scene.db, ref, everywhere=everywhere, keys=here.keys, sealer=here.sealer, now=scene.clock())


def stopped(scene: Scene, email: str = ADDRESS) -> str | None:
    keys = scene.context.keys
    with scene.db.read() as tx:
        return outbox.find_suppression_reason(
            tx, email_key=keys.key(email), mail_key=keys.mail_key(email), statement_id=scene.statement.id
        )


def test_row_address_and_waiting_email_are_gone(scene):
    signature_id = scene.sign()

    assert not_me(scene, signature_id)

    for table in ("signatures", "contacts", "outbox"):
        assert scene.rows(f"SELECT * FROM {table}") == []
    assert scene.journal()[-1] == ("signature.disown", f"signature:{signature_id}", None)
    assert scene.counts() == (0, 0, 0)


@pytest.mark.parametrize(("everywhere", "elsewhere"), [(False, None), (True, "not me")])
def test_nobody_can_have_that_mailbox_written_to_any_more(scene, mails, everywhere, elsewhere):
    other = scene.publish("clean-air")
    not_me(scene, scene.sign(), everywhere=everywhere)

    scene.sign(name="Another Name")
    other.sign()
    mails.deliver()

    assert (stopped(scene), stopped(other)) == ("not me", elsewhere)
    assert len(mails) == (0 if everywhere else 1)


def test_who_signed_from_another_mailbox_is_not_touched(scene, mails):
    signed = scene.sign(email="aram@rivers.example", name="Aram")

    not_me(scene, scene.sign())
    mails.deliver()

    assert (scene.get(signed).state, stopped(scene, "aram@rivers.example"), len(mails)) == ("pending", None, 1)


def test_without_the_address_its_one_spelling_is_left_alone(scene):
    signature_id = scene.sign(email="ani+x@rivers.example")
    scene.run("DELETE FROM contacts")

    not_me(scene, signature_id)

    assert (stopped(scene, "ani+x@rivers.example"), stopped(scene)) == ("not me", None)


def test_what_was_sent_twice_is_deleted_at_once(scene):
    scene.sign()

    not_me(scene, scene.sign())

    assert scene.states() == []


def test_what_a_moderator_removed_before_is_still_theirs_to_delete_with_all_that_was_said_of_it(scene):
    removed, again = scene.sign(), scene.sign()
    for one in (removed, again):
        moderation.remove_signature(
            scene.db, "open-rivers", one, actor="admin:kate", reason="a fake", now=scene.clock()
        )

    assert not_me(scene, removed)

    for table in ("signatures", "contacts", "outbox"):
        assert scene.rows(f"SELECT * FROM {table}") == []
    assert scene.rows("SELECT reason FROM journal_details WHERE reason IS NOT NULL") == []
    assert stopped(scene) == "not me"


def test_what_was_removed_after_it_was_confirmed_is_not_deleted_by_its_old_link(scene):
    """The twin: it keeps the seat of its mailbox."""
    signature_id = scene.signed()
    moderation.remove_signature(
        scene.db, "open-rivers", signature_id, actor="admin:kate", reason=None, now=scene.clock()
    )

    with pytest.raises(LinkInvalid):
        not_me(scene, signature_id)

    assert (scene.states(), stopped(scene)) == (["removed"], None)


def test_a_signature_that_was_confirmed_is_not_undone_by_its_old_link(scene):
    signature_id = scene.signed()
    before = scene.get(signature_id), scene.journal()

    assert not not_me(scene, signature_id, everywhere=True)

    assert (scene.get(signature_id), scene.journal(), stopped(scene)) == (*before, None)


@pytest.mark.parametrize("forged", [True, False])
def test_a_link_to_nothing_stops_nothing(scene, forged):
    ref = scene.ref(scene.sign())
    if not forged:
        press(scene, ref, everywhere=False)
        scene.run("DELETE FROM suppressions")

    with pytest.raises(LinkInvalid):
        press(scene, SignatureRef(ref.id, bytes(16)) if forged else ref, everywhere=True)

    assert stopped(scene) is None
