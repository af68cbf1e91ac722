"""Send me my links: what an address has signed is told to its mailbox, and to nobody else."""

import re

import pytest

from server.mail.delivery import DeliveryRound
from server.mail.email_kinds import LINKS_MOST
from server.services import moderation
from server.services.sign import request_links
from server.services.signers import erase_signature, withdraw_signature
from tests.mail.rounds import HOUR_S, texts
from tests.scene import Scene


def ask(scene: Scene, email: str = "ani@rivers.example") -> None:
    here = scene.context
    request_links(scene.db, scene.statement, email, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock())


def test_a_mailbox_gets_a_link_for_each_of_its_signatures_under_that_statement_however_it_is_spelled(
    scene, sink, post, clock
):
    mine = [scene.signed(email="a.n.i@gmail.com", name=name) for name in ("Ani", "Aram")]
    others = [scene.signed(email="other@gmail.com"), scene.publish("clean-air").signed(email="ani@gmail.com")]
    scene.run("DELETE FROM outbox")
    ask(scene, "ani+lost@gmail.com")
    post()

    [text] = texts(sink)
    found = re.findall(r"/signature/(\S+)", text)
    assert [scene.context.links.read_manage(token, now=clock()).id for token in found] == mine
    assert not set(mine) & set(others)
    assert "/confirm/" not in text


def test_what_is_not_confirmed_yet_gets_a_fresh_confirm_link(scene, sink, post, clock, client):
    signature_id = scene.sign()
    scene.run("DELETE FROM outbox")
    clock.forward(days=10)
    ask(scene)
    post()

    answer = client.post(re.search(r"/confirm/\S+", texts(sink)[0])[0], data={"consent": "yes"})
    assert (answer.status_code, scene.get(signature_id).state) == (303, "confirmed")


@pytest.mark.parametrize("end", ["withdrawn", "withdrawn and shown", "removed"])
def test_what_was_withdrawn_or_removed_can_be_found_again_and_erased(scene, sink, post, clock, end):
    signature_id = scene.signed()
    if end == "removed":
        moderation.remove_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=clock())
    else:
        withdraw_signature(scene.db, scene.ref(signature_id), shown="shown" in end, now=clock())
    scene.run("DELETE FROM outbox")
    ask(scene)
    post()

    [text] = texts(sink)
    assert "This signature no longer counts." in text
    [token] = re.findall(r"/signature/(\S+)", text)
    erase_signature(scene.db, scene.context.links.read_manage(token, now=clock()), now=clock())
    assert scene.rows("SELECT name FROM signatures") == [{"name": None}]


def test_an_email_holds_few_links_those_that_stand_first_and_then_the_latest(scene, sink, post, clock):
    stands, ended = scene.signed(name="Stands"), []
    for number in range(LINKS_MOST + 3):
        ended.append(scene.signed(name=f"Ended {number}"))
        withdraw_signature(scene.db, scene.ref(ended[-1]), shown=False, now=clock())
    scene.run("DELETE FROM outbox")
    ask(scene)
    post()

    [text] = texts(sink)
    found = [scene.context.links.read_manage(token, now=clock()).id for token in re.findall(r"/signature/(\S+)", text)]
    assert found == [stands, *ended[-(LINKS_MOST - 1) :]]


def test_who_signs_once_more_is_told_of_nothing_that_ended(scene, sink, post, clock):
    """What a stranger can have sent by signing anew is about what stands, as before."""
    for name in ("Ani", "Aram"):
        withdraw_signature(scene.db, scene.ref(scene.signed(name=name)), shown=False, now=clock())
    stands = scene.signed()
    scene.sign()
    scene.run("DELETE FROM outbox WHERE kind <> 'confirm'")
    post()

    tokens = [token for text in texts(sink) for token in re.findall(r"/signature/(\S+)", text)]
    assert {scene.context.links.read_manage(token, now=clock()).id for token in tokens} == {stands}


def test_an_address_that_has_signed_nothing_or_erased_it_gets_nothing(scene, sink, post, clock):
    erase_signature(scene.db, scene.ref(scene.signed()), now=clock())
    removed = scene.signed()
    moderation.remove_signature(scene.db, "open-rivers", removed, actor="kate", reason=None, now=clock())
    erase_signature(scene.db, scene.ref(removed), now=clock())
    scene.run("DELETE FROM outbox")
    for email in ("ani@rivers.example", "nobody@rivers.example"):
        ask(scene, email)

    assert post() == DeliveryRound(kept_back=2)
    assert sink.received == []
    assert {row["sealed_to"] for row in scene.emails()} == {None}


def test_asking_again_and_again_is_no_flood(scene, sink, post, clock):
    scene.signed()
    scene.run("DELETE FROM outbox")
    for _ in range(100):
        ask(scene)
        post()
        clock.forward(seconds=HOUR_S)

    assert len(sink.received) == 5
