"""Disown: whoever did not sign deletes what waits for them, and is written to no more."""

import pytest

from server.crypto.links import SignatureRef, UndoRef
from server.errors import LinkInvalid
from server.services import moderation
from server.services.scheduled import queue_reminders
from server.services.sign import request_links
from server.services.signers import disown_signature, undo_disowning
from server.tables import outbox
from tests.scene import Scene

ADDRESS = "ani@rivers.example"


def not_me(scene: Scene, signature_id: int, *, everywhere: bool = False) -> UndoRef | None:
    return press(scene, scene.ref(signature_id), everywhere=everywhere)


def press(scene: Scene, ref: SignatureRef, *, everywhere: bool) -> UndoRef | None:
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

    for table in ("signatures", "contacts"):
        assert scene.rows(f"SELECT * FROM {table}") == []
    assert [row["kind"] for row in scene.emails()] == ["disowned"]
    assert scene.journal()[-1] == ("signature.disown", f"signature:{signature_id}", None)
    assert scene.counts() == (0, 0, 0)


@pytest.mark.parametrize(("everywhere", "elsewhere"), [(False, None), (True, "not me")])
def test_nobody_can_have_that_mailbox_written_to_any_more(scene, mails, everywhere, elsewhere):
    other = scene.publish("clean-air")
    not_me(scene, scene.sign(), everywhere=everywhere)
    mails.deliver()  # the last one

    scene.sign(name="Another Name")
    other.sign()
    mails.deliver()

    assert (stopped(scene), stopped(other)) == ("not me", elsewhere)
    assert len(mails) == 1 + (0 if everywhere else 1)


def test_who_signed_from_another_mailbox_is_not_touched(scene, mails):
    signed = scene.sign(email="aram@rivers.example", name="Aram")

    not_me(scene, scene.sign())
    mails.deliver()

    assert (scene.get(signed).state, stopped(scene, "aram@rivers.example"), len(mails)) == ("pending", None, 1 + 1)


def test_without_the_address_its_one_spelling_is_left_alone(scene):
    signature_id = scene.sign(email="ani+x@rivers.example")
    scene.run("DELETE FROM contacts")

    not_me(scene, signature_id)

    assert (stopped(scene, "ani+x@rivers.example"), stopped(scene)) == ("not me", None)


@pytest.mark.parametrize("name", ["Ani", "Another Name"])
def test_all_that_was_sent_with_the_address_and_not_confirmed_is_deleted_at_once(scene, name):
    scene.sign(name=name)

    not_me(scene, scene.sign())

    assert scene.states() == []


def test_what_this_mailbox_has_confirmed_stays(scene):
    """The twin: only what nobody confirmed is deleted."""
    scene.signed(name="Another Name")

    not_me(scene, scene.sign())

    assert scene.states() == ["confirmed"]


def test_what_a_moderator_removed_before_is_still_theirs_to_delete_with_all_that_was_said_of_it(scene):
    removed, again = scene.sign(), scene.sign()
    for one in (removed, again):
        moderation.remove_signature(
            scene.db, "open-rivers", one, actor="admin:kate", reason="a fake", now=scene.clock()
        )

    assert not_me(scene, removed)

    for table in ("signatures", "contacts"):
        assert scene.rows(f"SELECT * FROM {table}") == []
    assert {row["kind"] for row in scene.emails()} <= {"disowned"}
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


# The last email, and the undo.


def undo(scene: Scene, ref: UndoRef) -> None:
    undo_disowning(scene.db, ref, now=scene.clock())


def sign_and_deliver(scene: Scene, mails, **values: object) -> None:
    """Somebody signs with that address, day after day, in every way that has an email sent."""
    here = scene.context
    for number in range(4):
        scene.sign(name=f"Name {number}", **values)
        request_links(
            scene.db, scene.statement, ADDRESS, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock()
        )
        mails.deliver()
        queue_reminders(scene.db, after_s=3600, now=scene.clock())
        scene.clock.forward(days=1)


@pytest.mark.parametrize("email", [ADDRESS, "ani+x@rivers.example"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_after_one_last_email_none_comes_whoever_signs_with_that_address(scene, mails, email, everywhere):
    not_me(scene, scene.sign(), everywhere=everywhere)

    sign_and_deliver(scene, mails, email=email)

    assert [email["Subject"] for email in mails] == ["The request to sign has been deleted"]


def test_without_the_suppression_emails_would_come(scene, mails):
    """The twin: the same days, and nothing stops them."""
    not_me(scene, scene.sign())
    scene.run("DELETE FROM suppressions")

    sign_and_deliver(scene, mails)

    assert len(mails) > 1


def test_a_second_press_sends_no_second_last_email(scene, mails):
    first = not_me(scene, scene.sign())
    mails.deliver()
    again = not_me(scene, scene.sign(name="Another Name"), everywhere=True)
    mails.deliver()

    assert (len(mails), again) == (1, first)


def test_the_last_email_waits_for_no_gap_and_for_no_purse(scene, mails):
    signature_id = scene.sign()
    for number in range(4):
        scene.sign(name=f"Name {number}")
        mails.deliver()
        scene.clock.forward(minutes=10)
    not_me(scene, signature_id)
    mails.deliver()

    assert [email["Subject"] for email in mails][-1] == "The request to sign has been deleted"


@pytest.mark.parametrize("everywhere", [False, True])
def test_after_an_undo_signing_works_again(scene, mails, everywhere):
    ref = not_me(scene, scene.sign(), everywhere=everywhere)
    mails.deliver()
    undo(scene, ref)
    undo(scene, ref)

    again = scene.sign()
    mails.deliver()

    assert (stopped(scene), len(mails.links())) == (None, 1)
    assert scene.confirm(again) == "confirmed"
    assert [entry[0] for entry in scene.journal()].count("signature.undo-disown") == 1


def test_what_was_deleted_does_not_come_back_by_an_undo(scene, mails):
    ref = not_me(scene, scene.sign())
    mails.deliver()

    undo(scene, ref)
    mails.deliver()

    assert (scene.states(), scene.rows("SELECT * FROM contacts"), mails.links()) == ([], [], [])


def test_without_the_undo_it_does_not(scene, mails):
    """The twin: no email comes, so nobody can confirm."""
    not_me(scene, scene.sign())
    mails.deliver()
    scene.sign()
    mails.deliver()

    assert mails.links() == []


def test_an_undo_that_comes_first_takes_the_last_email_back(scene, mails):
    undo(scene, not_me(scene, scene.sign()))
    mails.deliver()

    assert len(mails) == 0


def test_after_an_undo_it_can_be_said_again(scene, mails):
    first = not_me(scene, scene.sign())
    undo(scene, first)
    second = not_me(scene, scene.sign())
    undo(scene, first)  # the old link undoes only what it was made for

    assert (stopped(scene), first == second) == ("not me", False)
