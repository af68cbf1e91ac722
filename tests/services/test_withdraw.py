"""Withdraw: a signature that its signer takes back counts nowhere, and its place is free again."""

import pytest

from server.crypto.links import SignatureRef
from server.errors import LinkInvalid
from server.services import moderation, statements
from server.services.signers import withdraw_signature
from server.tables import signatures
from tests.scene import NGO, UNPROVED, Scene


def take_back(scene: Scene, signature_id: int, *, shown: bool = False) -> None:
    withdraw_signature(scene.db, scene.ref(signature_id), shown=shown, now=scene.clock())


def has_address(scene: Scene, signature_id: int) -> bool:
    with scene.db.read() as tx:
        return signatures.find_contact(tx, signature_id) is not None


def moments(scene: Scene, signature_id: int) -> tuple[int | None, int | None]:
    [row] = scene.rows("SELECT withdrawn_at, withdrawal_shown FROM signatures WHERE id = :id", id=signature_id)
    return row["withdrawn_at"], row["withdrawal_shown"]


@pytest.mark.parametrize("shown", [True, False])
def test_a_withdrawn_signature_is_uncounted_and_on_the_list_only_where_its_signer_wants_that(scene, clock, shown):
    signature_id = scene.signed()
    stamp = scene.at("open-rivers").statement.stamp
    clock.forward(days=400)

    take_back(scene, signature_id, shown=shown)

    assert (scene.states(), scene.counts()) == (["withdrawn"], (0, 0, 0))
    assert scene.listed() == (["Ani"] if shown else [])
    assert moments(scene, signature_id) == (clock(), int(shown))
    assert scene.at("open-rivers").statement.stamp > stamp
    assert scene.journal()[-1] == ("signature.withdraw", f"signature:{signature_id}", None)
    [event] = scene.rows("SELECT sum(withdrawn) AS n FROM tallies WHERE hour = :hour", hour=clock() // 3600)
    assert event["n"] == 1


def test_a_second_time_is_harmless(scene, clock):
    signature_id = scene.signed()
    take_back(scene, signature_id)
    before = moments(scene, signature_id), scene.journal(), scene.rows("SELECT * FROM tallies")
    clock.forward(days=1)

    take_back(scene, signature_id, shown=True)

    assert (moments(scene, signature_id), scene.journal(), scene.rows("SELECT * FROM tallies")) == before


def test_its_mailbox_may_sign_again_under_the_same_name(scene):
    one_seat = scene.publish("one-seat", "mailbox_seats = 1")
    take_back(one_seat, one_seat.signed(name="Ani"))

    assert one_seat.confirm(one_seat.sign(name="Ani")) == "confirmed"

    assert (one_seat.listed(), one_seat.counts()) == (["Ani"], (1, 0, 0))


def test_an_organisation_that_withdrew_stands_in_no_others_way(scene):
    take_back(scene, scene.signed(**NGO))

    assert scene.confirm(scene.sign(**{**NGO, "email": "other@riverwatch.example"})) == "confirmed"


@pytest.mark.parametrize(
    ("front_matter", "fields"),
    [("newsletter = true", {"newsletter": True}), ('moderation = "all"', {}), ("keep_contacts = true", {})],
)
def test_whatever_the_address_was_kept_for_it_goes(scene, front_matter, fields):
    keeping = scene.publish("keeping", front_matter)
    signature_id = keeping.signed(**fields)
    assert has_address(keeping, signature_id)

    take_back(keeping, signature_id)

    assert (has_address(keeping, signature_id), keeping.get(signature_id).newsletter) == (False, False)


def test_a_name_that_nobody_has_looked_at_does_not_come_onto_the_list_by_being_withdrawn(scene):
    signature_id = scene.signed(**UNPROVED)
    assert scene.reasons(signature_id) == ["rule:unproved-domain"]

    take_back(scene, signature_id, shown=True)

    assert (scene.states(), scene.counts(), scene.reasons(signature_id)) == (["withdrawn"], (0, 0, 0), [])
    assert moments(scene, signature_id) == (scene.clock(), 0)


def test_a_name_that_was_only_counted_does_not_either(scene):
    signature_id = scene.signed(visibility="counted")

    take_back(scene, signature_id, shown=True)

    assert moments(scene, signature_id) == (scene.clock(), 0)


def test_a_withdrawn_signature_can_still_be_removed(scene):
    signature_id = scene.signed()
    take_back(scene, signature_id, shown=True)

    moderation.remove_signature(scene.db, "open-rivers", signature_id, actor="kate", reason=None, now=scene.clock())

    assert (scene.states(), scene.counts()) == (["removed"], (0, 0, 0))


def test_a_signature_that_was_never_confirmed_is_nobodys_to_take_back(scene):
    pending = scene.sign()

    with pytest.raises(LinkInvalid):
        take_back(scene, pending)

    assert scene.states() == ["pending"]


def test_there_is_nothing_to_take_back_of_a_removed_one(scene):
    removed = scene.signed(newsletter=True)
    moderation.remove_signature(scene.db, "open-rivers", removed, actor="kate", reason=None, now=scene.clock())
    before = scene.journal()

    take_back(scene, removed)

    assert (scene.states(), scene.journal()) == (["removed"], before)


def test_a_forged_link_takes_nothing_back(scene):
    with pytest.raises(LinkInvalid):
        withdraw_signature(scene.db, SignatureRef(scene.signed(), bytes(16)), shown=False, now=scene.clock())

    assert scene.states() == ["confirmed"]


def test_it_works_when_the_statement_has_long_been_closed(scene, clock):
    signature_id = scene.signed()
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    clock.forward(days=1000)

    take_back(scene, signature_id)

    assert scene.states() == ["withdrawn"]
