"""Resend: a new link for a pending signature, to the address that it came from."""

import pytest

from server.crypto.links import SignatureRef
from server.errors import LinkInvalid, StatementClosed
from server.services import moderation, statements
from server.services.scheduled import prune_expired
from server.services.sign import resend_confirm_email
from server.tables import signatures


def test_a_pending_signature_gets_its_email_once_more(scene, clock):
    signature_id = scene.sign(locale="fr")
    clock.forward(days=8)

    resend_confirm_email(scene.db, scene.ref(signature_id), now=clock())

    first, second = scene.emails()
    for column in ("kind", "signature_id", "statement_id", "locale", "email_key"):
        assert second[column] == first[column]
    assert second["due_at"] == clock()
    assert second["message_id"] != first["message_id"]
    sealed = bytes(second["sealed_to"])
    assert scene.context.sealer.unseal(sealed, purpose=signatures.ADDRESS_SEAL_PURPOSE) == "ani@rivers.example"
    assert scene.states() == ["pending"]


def test_the_link_of_the_new_email_confirms(scene, client, clock, mails):
    signature_id = scene.sign()
    mails.deliver()
    [old] = mails.links()
    clock.forward(days=8)
    resend_confirm_email(scene.db, scene.ref(signature_id), now=clock())
    mails.deliver()

    assert client.get(old).status_code == 410
    assert client.post(mails.links()[-1], data={"consent": "yes"}).status_code == 303
    assert scene.states() == ["confirmed"]


def test_who_has_confirmed_meanwhile_gets_no_email(scene):
    signature_id = scene.signed()

    resend_confirm_email(scene.db, scene.ref(signature_id), now=scene.clock())

    assert [row["kind"] for row in scene.emails()] == ["confirm", "thanks"]


def test_a_forged_link_mails_nobody(scene):
    signature_id = scene.sign()

    with pytest.raises(LinkInvalid):
        resend_confirm_email(scene.db, SignatureRef(signature_id, bytes(16)), now=scene.clock())

    assert len(scene.emails()) == 1


def test_who_comes_after_two_weeks_has_to_sign_again(scene, clock, mails):
    ref = scene.ref(scene.sign())
    mails.deliver()
    clock.forward(days=14, seconds=1)
    prune_expired(scene.db, now=clock())

    with pytest.raises(LinkInvalid):
        resend_confirm_email(scene.db, ref, now=clock())


def test_an_erased_address_cannot_be_mailed(scene, clock):
    signature_id = scene.sign()
    scene.run("DELETE FROM contacts")

    with pytest.raises(LinkInvalid):
        resend_confirm_email(scene.db, scene.ref(signature_id), now=clock())


def test_a_removed_pending_signature_gets_no_email(scene, clock):
    signature_id = scene.sign()
    moderation.remove_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=clock())

    with pytest.raises(LinkInvalid):
        resend_confirm_email(scene.db, scene.ref(signature_id), now=clock())

    assert len(scene.emails()) == 1


def test_nothing_is_mailed_when_there_is_nothing_to_sign_any_more(scene, clock):
    signature_id = scene.sign()
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    clock.forward(days=1)

    with pytest.raises(StatementClosed):
        resend_confirm_email(scene.db, scene.ref(signature_id), now=clock())

    assert len(scene.emails()) == 1
