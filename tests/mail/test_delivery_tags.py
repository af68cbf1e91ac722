"""Delivery to one mailbox under many tags that no table knows to be one: one budget for a day, and one "never"."""

from collections.abc import Callable

import pytest

from server.services.sign import request_links, resend_confirm_email
from server.services.signers import disown_signature
from server.text.addresses import AddressKeys
from tests.mail.rounds import GAP_S, deliver_to
from tests.mail.sink import Sink
from tests.scene import Scene

ENOUGH = "the address has had enough emails"
VICTIM = "victim@ngo.example"
TAGGED = [f"victim+{number}@ngo.example" for number in range(8)]


class OneKey(AddressKeys):
    """The twin: emails are counted and stopped by the key that seats have, for which every tag is somebody else."""

    def mail_key(self, address: str) -> bytes:
        return self.key(address)


Ask = Callable[[Scene], None]


def by_signing(scene: Scene) -> None:
    for email in TAGGED:
        scene.sign(email=email)


def by_links(scene: Scene) -> None:
    by_signing(scene)
    scene.run("DELETE FROM outbox")
    here = scene.context
    for email in TAGGED:
        request_links(
            scene.db, scene.statement, email, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock()
        )


def by_resending(scene: Scene) -> None:
    ids = [scene.sign(email=email) for email in TAGGED]
    scene.run("DELETE FROM outbox")
    for signature_id in ids:
        resend_confirm_email(scene.db, scene.ref(signature_id), now=scene.clock())


@pytest.fixture(params=[by_signing, by_links, by_resending])
def ask(request: pytest.FixtureRequest) -> Ask:
    """One of the ways in which a stranger has an email sent to each tag."""
    found: Ask = request.param
    return found


@pytest.fixture
def come(scene: Scene, sink: Sink, clock) -> Callable[[AddressKeys], int]:
    """Deliver until nothing waits, and return how many emails came."""

    def deliver_all(keys: AddressKeys) -> int:
        before = len(sink.received)
        while scene.fates().waiting:
            deliver_to(scene, sink.url(), keys=keys)
            clock.forward(seconds=GAP_S)
        return len(sink.received) - before

    return deliver_all


def never(scene: Scene, keys: AddressKeys, *, email: str = VICTIM) -> None:
    """Somebody presses "not me, and nowhere else"."""
    ref = scene.ref(scene.sign(email=email))
    assert disown_signature(scene.db, ref, everywhere=True, keys=keys, sealer=scene.context.sealer, now=scene.clock())
    scene.run("DELETE FROM outbox WHERE kind = 'disowned'")  # the last email has come


def one_key(scene: Scene) -> AddressKeys:
    return OneKey(scene.context.settings.pepper)


def test_eight_tags_of_a_mailbox_have_the_budget_of_one(scene, ask, come):
    ask(scene)

    assert come(scene.context.keys) == 3
    assert scene.fates().suppressed == 5


def test_with_the_key_of_the_seats_each_tag_has_a_budget_of_its_own(scene, ask, come):
    ask(scene)

    assert come(one_key(scene)) == 8


@pytest.mark.parametrize("pressed_by", [VICTIM, "victim+list@ngo.example"])
def test_who_wants_no_email_gets_none_under_any_tag(scene, ask, come, pressed_by):
    never(scene, scene.context.keys, email=pressed_by)
    ask(scene)

    assert come(scene.context.keys) == 0


def test_with_the_key_of_the_seats_never_is_said_to_one_spelling_alone(scene, ask, come):
    never(scene, one_key(scene))
    ask(scene)

    assert come(one_key(scene)) == 8


def test_what_a_tag_refused_before_tags_were_one_still_holds_for_it(scene, come):
    never(scene, one_key(scene), email=TAGGED[0])
    by_signing(scene)

    assert come(scene.context.keys) == 3
    assert scene.emails()[0]["reply"] == "the address gets no email: not me"


@pytest.fixture
def flooded(scene: Scene, come, clock) -> Scene:
    """A month ago a stranger has used up for five invented tags what one address may get for a statement, ever."""
    for tags in (TAGGED[:3], TAGGED[3:5]):
        for email in tags:
            scene.sign(email=email)
        assert come(scene.context.keys) == len(tags)
        clock.forward(days=1)
    clock.forward(days=30)
    return scene


def sign_oneself(scene: Scene) -> None:
    scene.sign(email=VICTIM)


def ask_oneself(scene: Scene) -> None:
    here = scene.context
    scene.signed(email=VICTIM)
    scene.run("DELETE FROM outbox")
    request_links(scene.db, scene.statement, VICTIM, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock())


@pytest.mark.parametrize("come_oneself", [sign_oneself, ask_oneself])
def test_invented_tags_lock_nobody_out_for_good(flooded, come, come_oneself):
    come_oneself(flooded)

    assert come(flooded.context.keys) == 1


def test_counted_for_ever_over_all_tags_they_would(flooded, come):
    """The twin: what an address has had, ever, is counted by the key that its tags share."""
    flooded.run("UPDATE mailings SET email_key = mail_key")
    sign_oneself(flooded)

    assert come(flooded.context.keys) == 0
    assert flooded.emails()[-1]["reply"] == ENOUGH


def test_a_tag_that_has_had_enough_gets_nothing_more_ever(flooded, come, clock):
    for _ in range(4):
        flooded.sign(email=TAGGED[0])
        assert come(flooded.context.keys) == 1
        clock.forward(days=1)
    clock.forward(days=30)
    flooded.sign(email=TAGGED[0])

    assert come(flooded.context.keys) == 0
    assert flooded.emails()[-1]["reply"] == ENOUGH


def test_a_tag_at_another_domain_is_another_mailbox(scene, come):
    never(scene, scene.context.keys)
    scene.sign(email="victim+0@other.example")

    assert come(scene.context.keys) == 1
