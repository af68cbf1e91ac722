"""Resend: a new link for a pending signature, to the address that it came from."""

import pytest

from server.actions import moderate, publish
from server.actions.prune import prune
from server.actions.resend import resend
from server.errors import LinkInvalid, StatementClosed
from server.links import SignatureRef
from server.records import contacts


def test_a_pending_signature_gets_its_email_once_more(desk, clock):
    signature_id = desk.sign(locale="fr")
    clock.forward(days=8)

    resend(desk.db, desk.ref(signature_id), now=clock())

    first, second = desk.emails()
    for column in ("kind", "signature_id", "statement_id", "locale", "email_key"):
        assert second[column] == first[column]
    assert second["due_at"] == clock()
    assert second["message_id"] != first["message_id"]
    sealed = bytes(second["sealed_to"])
    assert desk.services.sealer.unseal(sealed, purpose=contacts.SEALED_FOR) == "ani@rivers.example"
    assert desk.states() == ["pending"]


def test_the_link_of_the_new_email_confirms(desk, client, clock, mails):
    signature_id = desk.sign()
    mails.deliver()
    [old] = mails.links()
    clock.forward(days=8)
    resend(desk.db, desk.ref(signature_id), now=clock())
    mails.deliver()

    assert client.get(old).status_code == 410
    assert client.post(mails.links()[-1], data={"consent": "yes"}).status_code == 303
    assert desk.states() == ["confirmed"]


def test_who_has_confirmed_meanwhile_gets_no_email(desk):
    signature_id = desk.signed()

    resend(desk.db, desk.ref(signature_id), now=desk.clock())

    assert len(desk.emails()) == 1


def test_a_forged_link_mails_nobody(desk):
    signature_id = desk.sign()

    with pytest.raises(LinkInvalid):
        resend(desk.db, SignatureRef(signature_id, bytes(16)), now=desk.clock())

    assert len(desk.emails()) == 1


def test_who_comes_after_two_weeks_has_to_sign_again(desk, clock, mails):
    ref = desk.ref(desk.sign())
    mails.deliver()
    clock.forward(days=14, seconds=1)
    prune(desk.db, now=clock())

    with pytest.raises(LinkInvalid):
        resend(desk.db, ref, now=clock())


def test_an_erased_address_cannot_be_mailed(desk, clock):
    signature_id = desk.sign()
    desk.run("DELETE FROM contacts")

    with pytest.raises(LinkInvalid):
        resend(desk.db, desk.ref(signature_id), now=clock())


def test_a_removed_pending_signature_gets_no_email(desk, clock):
    signature_id = desk.sign()
    moderate.remove(desk.db, "open-rivers", signature_id, actor="kate", reason=None, now=clock())

    with pytest.raises(LinkInvalid):
        resend(desk.db, desk.ref(signature_id), now=clock())

    assert len(desk.emails()) == 1


def test_nothing_is_mailed_when_there_is_nothing_to_sign_any_more(desk, clock):
    signature_id = desk.sign()
    publish.close_statement(desk.db, "open-rivers", actor="kate", now=clock())
    clock.forward(days=1)

    with pytest.raises(StatementClosed):
        resend(desk.db, desk.ref(signature_id), now=clock())

    assert len(desk.emails()) == 1
