"""An email that comes back later, or is reported as spam, stops emails to its address, and nothing else."""

from email import message_from_bytes, policy

import pytest

from server.crypto.links import BounceAddresses
from server.errors import CodeRefused, LinkInvalid
from server.mail.bounces import read_bounce
from server.services.confirm import confirm_signature
from server.services.outbox import allow_emails, record_bounce
from server.services.scheduled import queue_reminders
from server.services.sign import check_code, request_links
from server.tables import outbox
from tests.conftest import environment
from tests.mail.reported import BOUNCES_TO, REPLIES, make
from tests.mail.rounds import deliver_to
from tests.mail.sink import Sink
from tests.scene import CONSENT, submission
from tests.services.test_disown import not_me, stopped

HARD = "bounced-postfix"


@pytest.fixture
def environ(tmp_path):
    return environment(tmp_path, UNDERSIGNED_BOUNCE_ADDRESS=BOUNCES_TO)


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def come_back(scene, sink):
    """Send what is due, and let a report about the newest email come back."""

    def come_back(name=HARD):
        deliver_to(scene, sink.url())
        return report(scene, sink, name)

    return come_back


def report(scene, sink, name):
    sent = sink.received[-1]
    message_id = message_from_bytes(sent.content, policy=policy.default)["Message-ID"].strip("<>").partition("@")[0]
    found = read_bounce(make(name, return_path=sent.sender, message_id=message_id), scene.context.bounces)
    return found is not None and record_bounce(
        scene.db, found.kind, found.reply, outbox_ids=found.outbox_ids, message_ids=found.message_ids, now=scene.clock()
    )


def test_each_email_has_an_envelope_sender_of_its_own_and_one_from(scene, sink):
    scene.sign()
    scene.sign(email="bo@rivers.example")
    deliver_to(scene, sink.url())

    senders = [one.sender for one in sink.received]
    assert [scene.context.bounces.find_ids(one) for one in senders] == [[1], [2]]
    assert {message_from_bytes(one.content)["From"] for one in sink.received} == {scene.context.settings.mail_from}


def test_a_hard_bounce_stops_emails_to_the_address_everywhere(scene, come_back, clock, sink):
    other = scene.publish("clean-air")
    signature_id = scene.sign()

    assert come_back()

    [email] = scene.emails()
    assert (email["bounced"], email["sent_at"], email["dead_at"]) == ("bounced", None, clock())
    assert email["reply"] == "550 5.1.1 <…>: Recipient address rejected: User unknown in virtual mailbox table"
    assert (stopped(scene), stopped(other)) == ("bounced", "bounced")
    assert scene.states() == ["pending"]
    [entry] = [row for row in scene.rows("SELECT * FROM journal ORDER BY id") if row["actor"] == "rule:bounce"]
    assert (entry["verb"], entry["subject"], entry["statement_id"]) == (
        "outbox.bounced",
        "signature:1",
        scene.statement.id,
    )
    clock.forward(hours=49)
    queue_reminders(scene.db, after_s=48 * 3600, now=clock())
    other.sign()
    deliver_to(scene, sink.url())
    assert len(sink.received) == 1
    assert {row["reply"] for row in scene.emails()[1:]} == {"the address gets no email: bounced"}
    assert scene.get(signature_id).state == "pending"


def test_no_table_has_the_address(scene, come_back):
    scene.sign(email="ani.petrosyan@rivers.example")
    come_back()

    for table in ("outbox", "journal", "journal_details", "suppressions"):
        assert "petrosyan" not in str(scene.rows(f"SELECT * FROM {table}"))


def test_link_and_code_of_an_email_that_came_back_do_not_confirm(scene, come_back):
    sent = submission()
    scene.submit(sent)
    ref = scene.ref(1)
    code = scene.context.codes.of(*ref)
    come_back()

    with pytest.raises(LinkInvalid):
        confirm_signature(scene.db, ref, consent=CONSENT, now=scene.clock())
    with pytest.raises(CodeRefused):
        check_code(scene.db, scene.statement.id, sent.key, code, codes=scene.context.codes, now=scene.clock())
    assert scene.states() == ["pending"]


def test_a_signer_signs_again_with_the_right_address(scene, come_back, sink):
    scene.sign(email="ani@rivres.example")
    come_back()

    second = scene.sign(email="ani@rivers.example")
    deliver_to(scene, sink.url())
    assert sink.received[-1].recipients == ["ani@rivers.example"]
    assert scene.confirm(second) == "confirmed"
    assert scene.listed() == ["Ani"]


def test_a_confirmed_signature_stays(scene, come_back, sink, clock):
    signature_id = scene.sign()
    deliver_to(scene, sink.url())
    scene.confirm(signature_id)
    nonce = scene.get(signature_id).nonce

    assert report(scene, sink, HARD)  # about the email that asked to confirm
    clock.forward(minutes=11)

    assert scene.states() == ["confirmed"]
    assert scene.get(signature_id).nonce == nonce
    assert scene.listed() == ["Ani"]
    assert scene.counts() == (1, 0, 0)
    assert stopped(scene) == "bounced"


def test_another_signature_of_the_mailbox_keeps_its_link(scene, come_back, sink, clock):
    first = scene.sign()
    deliver_to(scene, sink.url())
    clock.forward(minutes=11)
    scene.sign(name="Bo")
    come_back()

    assert scene.confirm(first) == "confirmed"


def test_a_newer_signature_of_the_mailbox_keeps_its_link(scene, sink):
    scene.sign()
    deliver_to(scene, sink.url())
    second = scene.sign(name="Bo")
    nonce = scene.get(second).nonce
    assert report(scene, sink, HARD)

    assert scene.get(second).nonce == nonce


def test_a_bounce_stops_the_exact_address_and_a_complaint_all_its_tags(scene, come_back):
    scene.sign(email="ani+nobody@rivers.example")
    come_back()
    assert (stopped(scene, "ani+nobody@rivers.example"), stopped(scene)) == ("bounced", None)

    scene.sign(email="bo+letters@rivers.example")
    come_back("complaint-yahoo")
    assert stopped(scene, "bo@rivers.example") == "complaint"
    assert scene.emails()[-1]["sent_at"] is not None
    assert (scene.fates().bounced, scene.fates().complaints) == (1, 1)


@pytest.mark.parametrize("name", ["refused-blocklisted", "refused-postfix-expired"])
def test_an_email_that_was_refused_for_another_reason_stops_no_address(scene, come_back, name):
    signature_id = scene.sign()

    assert come_back(name)

    assert stopped(scene) is None
    assert scene.fates().dead == 1
    assert scene.fates().recipient_refused == 0
    assert scene.confirm(signature_id) == "confirmed"


def test_a_delay_is_counted_and_nothing_else(scene, come_back, sink):
    scene.sign()
    come_back("delayed-postfix")
    report(scene, sink, "delayed-postfix")

    assert stopped(scene) is None
    assert (scene.fates().sent, scene.fates().dead, scene.fates().delayed) == (1, 0, 1)
    assert [entry for entry in scene.journal() if entry[0].startswith("outbox.")] == []


@pytest.mark.parametrize("name", REPLIES)
def test_other_messages_change_nothing(scene, come_back, name):
    scene.sign()

    assert not come_back(name)
    assert scene.rows("SELECT * FROM suppressions") == []
    assert scene.fates().sent == 1


def test_a_second_report_changes_nothing(scene, come_back, sink):
    scene.sign()
    come_back()
    before = scene.emails(), scene.journal()

    for name in (HARD, "complaint-yahoo", "refused-blocklisted"):
        assert report(scene, sink, name)

    assert (scene.emails(), scene.journal()) == before


def test_without_envelope_senders_the_message_id_finds_the_email(scene, sink):
    scene.sign()
    deliver_to(scene, sink.url(), bounces=BounceAddresses(scene.context.settings.secret_keys, ""))

    assert sink.received[0].sender in scene.context.settings.mail_from
    assert report(scene, sink, "bounced-gmail")
    assert stopped(scene) == "bounced"


@pytest.mark.parametrize("known_by", ["envelope sender", "Message-ID"])
def test_a_report_before_the_delivery_has_recorded_the_sending_is_kept(scene, known_by):
    """The mail server may accept, refuse and report before our next transaction."""
    scene.sign()
    with scene.db.write() as tx:
        [claim] = outbox.claim(tx, now=scene.clock(), lease_s=300, most=1)
    ids = {"outbox_ids": [claim.id], "message_ids": []}
    if known_by == "Message-ID":
        ids = {"outbox_ids": [], "message_ids": [claim.message_id]}

    assert record_bounce(scene.db, "bounced", "550 gone", **ids, now=scene.clock())
    with scene.db.write() as tx:
        outbox.mark_sent(tx, claim.id, now=scene.clock())

    assert (scene.fates().sent, scene.fates().dead) == (0, 1)
    assert stopped(scene) == "bounced"


def test_an_email_that_was_never_sent_cannot_come_back(scene):
    scene.sign()

    assert not record_bounce(scene.db, "bounced", "", outbox_ids=[1, 99], message_ids=["0" * 32], now=scene.clock())
    assert stopped(scene) is None


def test_links_by_email_replace_the_link_of_the_pending_signature(scene, come_back, clock):
    signature_id = scene.sign()
    nonce = scene.get(signature_id).nonce
    scene.run("DELETE FROM outbox")
    context = scene.context
    request_links(
        scene.db,
        scene.statement,
        "ani@rivers.example",
        keys=context.keys,
        sealer=context.sealer,
        locale="en",
        now=clock(),
    )

    assert come_back()
    assert scene.get(signature_id).nonce != nonce


def test_an_admin_may_allow_emails_again_but_not_against_it_was_not_me(scene, come_back, sink, clock):
    signature_id = scene.sign()
    come_back()
    keys = {"keys": scene.context.keys, "actor": "test", "now": clock()}

    assert allow_emails(scene.db, "ani@rivers.example", **keys)
    assert not allow_emails(scene.db, "ani@rivers.example", **keys)
    assert stopped(scene) is None
    assert scene.journal()[-1][0] == "outbox.allow"

    not_me(scene, signature_id, everywhere=True)
    assert not allow_emails(scene.db, "ani@rivers.example", **keys)
    assert stopped(scene) == "not me"
