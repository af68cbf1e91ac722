"""The email to whom the organisers have listed: it says who did it, and goes only while it can be answered."""

import re

import pytest

from server.mail.delivery import DeliveryRound
from server.mail.emails import render_email
from server.services import moderation
from server.services.founding import Asking, import_founders
from server.services.signers import affirm_signature
from server.text.signatory_list.entries import Entry
from tests.mail.rounds import GAP_S, read, subjects, texts
from tests.mail.writing import ORGANISATION, PEN, about, letter
from tests.scene import Scene

SUBJECT = "You are listed as a signatory"


def enter(scene: Scene, *names: str, email: str = "ani@hills.example") -> None:
    entries = [Entry(1, "individual", name, None, None, last_line=1, email=email) for name in names]
    asking = Asking(scene.context.keys, scene.context.sealer)
    import_founders(scene.db, scene.statement.slug, entries, asking=asking, actor="kate", now=scene.clock())


def test_it_goes_to_the_address_that_came_with_the_list_with_the_link_to_the_line(scene, sink, post):
    enter(scene, "Ani Marlowe")

    assert post() == DeliveryRound(sent=1)
    assert subjects(sink) == [SUBJECT]
    assert sink.received[0].recipients == ["ani@hills.example"]
    token = re.search(r"/signature/(\S+)", texts(sink)[0])[1]
    assert scene.context.links.read_manage(token, now=scene.clock()) == scene.ref(1)
    assert scene.emails()[0]["sealed_to"] is None


def test_who_has_confirmed_something_else_gets_theirs_first(scene, sink, post):
    enter(scene, "Ani Marlowe")
    scene.signed(email="aram@rivers.example")
    post()

    assert subjects(sink)[-1] == SUBJECT


@pytest.mark.parametrize("change", ["affirmed", "removed", "archived"])
def test_it_does_not_go_once_there_is_nothing_to_answer(scene, sink, post, change):
    enter(scene, "Ani Marlowe")
    if change == "affirmed":
        affirm_signature(scene.db, scene.ref(1), now=scene.clock())
    elif change == "removed":
        moderation.remove_signature(scene.db, "open-rivers", 1, actor="kate", reason=None, now=scene.clock())
    else:
        scene.run("UPDATE statements SET archived_at = 1")

    assert post() == DeliveryRound(kept_back=1)
    assert sink.received == []


def test_an_admin_cannot_flood_an_address(scene, sink, post, clock):
    scenes = [scene, *(scene.publish(f"letter-{number}") for number in range(12))]
    for one in scenes:
        enter(one, "Ani Marlowe")
    for _ in range(20):
        post()
        clock.forward(seconds=GAP_S)

    assert len(sink.received) == 3


@pytest.mark.parametrize("locale", ["en"])
def test_it_says_who_entered_the_line_where_they_can_be_reached(scene, sink, post, locale):
    reached, silent = (render_email("listed", about(locale, reply_to=to), PEN) for to in ("us@rivers.example", None))

    assert "us@rivers.example" in reached.text
    assert "us@rivers.example" in reached.html
    assert "Reply to this email" not in silent.text
    assert "organisers" in silent.text


def test_an_organisation_is_not_addressed_as_a_person():
    words = letter("listed-organisation")(about(signature=ORGANISATION))

    assert "You are listed" not in words.text
    assert "An organisation" in words.text


def test_answers_go_to_the_organisers(scene, sink, post):
    scene.run("UPDATE statements SET reply_to = 'us@rivers.example'")
    enter(scene, "Ani Marlowe")
    post()

    assert read(sink.received[0])["Reply-To"] == "us@rivers.example"
