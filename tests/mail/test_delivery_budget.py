"""Delivery to one address: so many emails, so far apart, whoever asks for them and however it is spelled."""

import pytest

from server.mail.delivery import DeliveryRound
from server.services.sign import request_links
from tests.mail.rounds import DAY_S, GAP_S, HOUR_S, subjects, waiting
from tests.mail.sink import Sink
from tests.scene import Scene

ADDRESS = "ani@rivers.example"


def ask_every(scene: Scene, clock, sink: Sink, post, *, step_s: int, times: int, emails: list[str]) -> list[int]:
    """Sign again and again, deliver after each, and return after how many seconds an email came."""
    begun, moments = clock(), []
    for turn in range(times):
        scene.sign(email=emails[turn % len(emails)], name=f"Name {turn}")
        before = len(sink.received)
        post()
        moments += [clock() - begun] * (len(sink.received) - before)
        clock.forward(seconds=step_s)
    return moments


def test_two_emails_to_one_address_are_ten_minutes_apart(scene, sink, post, clock):
    for name in ("Ani", "Aram"):
        scene.sign(name=name)

    assert post() == DeliveryRound(sent=1, postponed=1)
    assert waiting(scene) == [(0, GAP_S)]

    clock.forward(seconds=GAP_S - 1)
    assert post() == DeliveryRound()
    clock.forward(seconds=1)
    assert post() == DeliveryRound(sent=1)


def test_an_address_gets_three_a_day_and_the_rest_is_kept_back(scene, sink, post, clock):
    moments = ask_every(scene, clock, sink, post, step_s=GAP_S, times=10, emails=["ani@rivers.example"])

    assert moments == [0, GAP_S, 2 * GAP_S]
    assert scene.fates().suppressed == 7
    assert {row["reply"] for row in scene.emails()[3:]} == {"the address has had enough emails"}


def test_a_day_is_the_last_24_hours_and_five_are_the_end_for_one_statement(scene, sink, post, clock):
    moments = ask_every(scene, clock, sink, post, step_s=HOUR_S, times=100, emails=["ani@rivers.example"])

    assert moments == [0, HOUR_S, 2 * HOUR_S, DAY_S, DAY_S + HOUR_S]


def ask_for_links(scene: Scene) -> None:
    here = scene.context
    request_links(
        scene.db, scene.statement, ADDRESS, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock()
    )


@pytest.fixture
def attacked(scene, sink, post, clock) -> Scene:
    """Ani has signed; the next day a stranger uses up all emails that ask to confirm, under several statements."""
    scene.signed(email=ADDRESS)
    post()
    clock.forward(days=1)
    scenes = [scene, *(scene.publish(f"letter-{number}") for number in range(3))]
    for turn in range(12):
        scenes[turn % 4].sign(name=f"Name {turn}", email=ADDRESS)
        post()
        clock.forward(seconds=GAP_S)
    assert len(sink.received) == 1 + 3, "the first one says thanks; all statements together ask three times"
    return scene


def test_a_stranger_who_uses_up_the_confirm_emails_keeps_nobody_from_their_own_links(attacked, sink, post):
    ask_for_links(attacked)

    assert post() == DeliveryRound(sent=1)
    assert subjects(sink)[-1] == "Your links"


def test_counted_in_one_purse_they_would(attacked, post):
    """The twin: what asked to confirm is counted as if it had been links."""
    attacked.run("UPDATE mailings SET purse = 'links' WHERE purse = 'confirm'")
    ask_for_links(attacked)

    assert post() == DeliveryRound(kept_back=1)


def test_strangers_can_have_four_emails_a_day_sent_in_all(attacked, sink, post, clock):
    for _ in range(10):
        ask_for_links(attacked)
        attacked.sign(email=ADDRESS, name="One more")
        post()
        clock.forward(seconds=GAP_S)

    assert len(sink.received) == 1 + 3 + 1


def test_the_links_come_once_a_day(attacked, sink, post, clock):
    before = len(sink.received)
    for _ in range(3):
        ask_for_links(attacked)
        post()
        ask_for_links(attacked)
        post()
        clock.forward(days=1)

    assert len(sink.received) == before + 3


def test_who_has_confirmed_nothing_is_not_written_to_every_day_for_ever(scene, sink, post, clock):
    """To a mailbox that never confirmed, the links are one more email that asks to confirm."""
    for turn in range(30):
        scene.sign(email=ADDRESS, name=f"Name {turn}")
        ask_for_links(scene)
        post()
        clock.forward(days=1)

    assert len(sink.received) == 5


def test_what_follows_a_signers_own_press_uses_up_no_purse(scene, sink, post):
    for number in range(5):
        scene.publish(f"letter-{number}").signed(email=ADDRESS)
        post()
    assert subjects(sink) == ["You have signed"] * 5

    scene.sign(email=ADDRESS)
    assert post() == DeliveryRound(sent=1)
    ask_for_links(scene.at("letter-0"))
    assert post() == DeliveryRound(sent=1)


def test_a_thousand_aliases_are_one_address(scene, sink, post, clock):
    aliases = [f"a{'.' * (n % 2)}ni+{n}@{('gmail', 'googlemail')[n % 2]}.com" for n in range(150)]
    for alias in aliases:
        scene.sign(email=alias)
    for _ in range(40):
        post()
        clock.forward(seconds=GAP_S)

    assert len(sink.received) == 3
    assert scene.fates().waiting == 0


def test_a_retry_is_the_same_email_to_the_budget(scene, sink, post, clock):
    sink.plan("RCPT", *["450 4.2.0 later"] * 5)
    scene.sign()
    for _ in range(6):
        post()
        clock.forward(hours=2)

    assert len(sink.received) == 1
    assert len(scene.rows("SELECT * FROM mailings")) == 1
