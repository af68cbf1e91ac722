"""Send me my links: what an address has signed is told to its mailbox, and to nobody else."""

import re

from server.actions.ask_links import ask_links
from server.mail.delivery import Round
from tests.mail.rounds import HOUR_S, texts
from tests.scene import Scene


def ask(scene: Scene, email: str = "ani@rivers.example") -> None:
    here = scene.services
    ask_links(scene.db, scene.statement, email, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock())


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
    assert [scene.services.links.read_manage(token, now=clock()).id for token in found] == mine
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


def test_an_address_that_has_signed_nothing_gets_nothing(scene, sink, post):
    withdrawn = scene.signed()
    scene.run("DELETE FROM outbox")
    scene.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=withdrawn)
    for email in ("ani@rivers.example", "nobody@rivers.example"):
        ask(scene, email)

    assert post() == Round(kept_back=2)
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
