"""Whom the organisers list with an address is asked once; the address goes, and what they answer is kept."""

import pytest

from server.services import moderation
from server.services.founding import Asking, Imported, flag_known_entries, import_founders
from server.services.scheduled import prune_expired
from server.services.signers import affirm_signature, change_signature, erase_signature, withdraw_signature
from server.text.signatory_list.entries import Entry
from tests.scene import CONSENT, NGO, Scene

ANI = ("individual", "Ani Marlowe", "ani@hills.example")
HILLS = ("organisation", "Hill Club", "office@hills.example")


def entries(*lines: tuple[str, str, str | None]) -> list[Entry]:
    return [
        Entry(number, kind, name, None, None, last_line=number, email=email)
        for number, (kind, name, email) in enumerate(lines, start=1)
    ]


def enter(scene: Scene, *lines: tuple[str, str, str | None], ask: bool = True) -> Imported:
    asking = Asking(scene.context.keys, scene.context.sealer) if ask else None
    listed = entries(*lines)
    return import_founders(scene.db, scene.statement.slug, listed, asking=asking, actor="kate", now=scene.clock())


def known(scene: Scene, *lines: tuple[str, str, str | None]) -> list[bool]:
    return flag_known_entries(scene.db, scene.statement.slug, entries(*lines), keys=scene.context.keys)


def contacts(scene: Scene) -> list[int]:
    return [row["signature_id"] for row in scene.rows("SELECT signature_id FROM contacts ORDER BY signature_id")]


def answered(scene: Scene, signature_id: int) -> int | None:
    [row] = scene.rows("SELECT listed_confirmed_at AS at FROM signatures WHERE id = :id", id=signature_id)
    return row["at"]


def test_who_has_an_address_is_written_to_and_who_has_none_is_listed_all_the_same(scene):
    done = enter(scene, ANI, HILLS, ("individual", "Cleo Day", None))

    assert (done.added, done.asked, done.known, done.unasked) == (3, 2, (), ())
    assert scene.listed() == ["Ani Marlowe", "Hill Club", "Cleo Day"]
    assert [(mail["kind"], mail["signature_id"], mail["locale"]) for mail in scene.emails()] == [
        ("listed", 1, "en"),
        ("listed", 2, "en"),
    ]
    assert contacts(scene) == [1, 2]
    assert [verb for verb, *_ in scene.journal()][-2:] == ["founding.import", "founding.ask"]


def test_without_the_wish_to_write_no_address_is_kept(scene):
    enter(scene, ANI, ask=False)

    assert (contacts(scene), scene.emails()) == ([], [])
    assert scene.get(1).email_key is None


def test_the_address_goes_after_thirty_days_once_its_email_has_gone(scene, clock):
    enter(scene, ANI)
    scene.run("UPDATE outbox SET sent_at = 1, sealed_to = NULL")
    clock.forward(days=29)
    prune_expired(scene.db, now=clock())
    assert contacts(scene) == [1]
    clock.forward(days=1)
    prune_expired(scene.db, now=clock())

    assert contacts(scene) == []
    assert scene.listed() == ["Ani Marlowe"]


@pytest.mark.parametrize("verb", ["affirm", "correct", "hide", "leave"])
def test_who_did_not_answer_can_do_so_years_after_their_address_went(scene, clock, verb):
    enter(scene, ANI)
    ref = scene.ref(1)
    scene.run("UPDATE outbox SET sent_at = 1, sealed_to = NULL")
    clock.forward(days=4000)
    prune_expired(scene.db, now=clock())
    assert contacts(scene) == []

    if verb == "affirm":
        affirm_signature(scene.db, ref, now=clock())
    elif verb == "leave":
        withdraw_signature(scene.db, ref, shown=False, now=clock())
    else:
        line = {"name": "A. Marlowe"} if verb == "correct" else {"visibility": "counted"}
        change_signature(scene.db, ref, line, consent=CONSENT, now=clock())

    assert scene.listed() == {"affirm": ["Ani Marlowe"], "correct": ["A. Marlowe"]}.get(verb, [])
    assert (answered(scene, 1) == clock()) is (verb != "leave")


def test_a_yes_is_kept_and_the_address_goes(scene):
    enter(scene, ANI)
    for _ in range(2):
        affirm_signature(scene.db, scene.ref(1), now=scene.clock())

    assert answered(scene, 1) == scene.clock()
    assert contacts(scene) == []
    assert [verb for verb, *_ in scene.journal()].count("signature.affirm") == 1


def test_who_was_not_listed_has_nothing_to_affirm(scene):
    signature_id = scene.signed()
    before = scene.journal()
    affirm_signature(scene.db, scene.ref(signature_id), now=scene.clock())

    assert (answered(scene, signature_id), scene.journal()) == (None, before)


def test_who_corrects_the_line_has_answered(scene):
    enter(scene, ANI)
    change_signature(scene.db, scene.ref(1), {"name": "Ani M."}, consent=CONSENT, now=scene.clock())

    assert scene.listed() == ["Ani M."]
    assert answered(scene, 1) == scene.clock()
    assert contacts(scene) == []


@pytest.mark.parametrize("leave", ["withdraw", "forget"])
def test_who_leaves_is_off_the_list_and_their_address_is_gone(scene, leave):
    enter(scene, ANI, HILLS)
    if leave == "withdraw":
        withdraw_signature(scene.db, scene.ref(1), shown=False, now=scene.clock())
    else:
        erase_signature(scene.db, scene.ref(1), now=scene.clock())

    assert scene.listed() == ["Hill Club"]
    assert contacts(scene) == [2]
    assert scene.counts() == (0, 1, 0)


def test_who_has_withdrawn_is_not_listed_again_with_the_same_address(scene):
    enter(scene, ANI)
    withdraw_signature(scene.db, scene.ref(1), shown=False, now=scene.clock())
    scene.run("UPDATE signatures SET founding_key = 'as it was spelled then'")

    assert enter(scene, ANI).added == 0
    assert scene.listed() == []


# one mailbox, several lines


def test_the_same_mailbox_cannot_sign_a_second_time_under_the_same_name(scene):
    enter(scene, ("individual", "Ani", "ani@rivers.example"))

    assert scene.confirm(scene.sign(name="ani")) == "already"


def test_who_has_signed_already_is_not_listed_beside_and_not_written_to(scene):
    scene.signed(name="Ani Marlowe", email="ani@hills.example")
    emails = len(scene.emails())

    done = enter(scene, ANI, HILLS)

    assert ([entry.name for entry in done.known], done.added, done.asked) == (["Ani Marlowe"], 1, 1)
    assert len(scene.emails()) == emails + 1


def test_a_third_line_of_one_mailbox_is_listed_and_nobody_is_written_to_about_it(scene):
    scene.run("UPDATE statements SET mailbox_seats = 2")
    mailbox = "office@hills.example"

    done = enter(scene, HILLS, ("individual", "Ani", mailbox), ("individual", "Cleo", mailbox))

    assert (done.added, done.asked, [entry.name for entry in done.unasked]) == (3, 2, ["Cleo"])
    assert scene.listed() == ["Hill Club", "Ani", "Cleo"]
    assert len(scene.rows("SELECT id FROM signatures WHERE email_key IS NULL AND name = 'Cleo'")) == 1


def test_two_addresses_of_one_line_are_one_line(scene):
    done = enter(scene, ANI, ("individual", "Ani Marlowe", "marlowe@elsewhere.example"))

    assert (done.added, done.asked, len(done.known)) == (1, 1, 1)
    assert len(scene.emails()) == 1


def test_what_would_add_nothing_is_known_beforehand(scene):
    enter(scene, ANI)
    scene.signed(**NGO)
    scene.signed(name="Cleo", email="cleo@sea.example")

    new = ("individual", "Teodor", "teo@sea.example")
    asked = [ANI, ("organisation", "River-Watch", None), ("individual", "cleo", "cleo@sea.example"), new, new]
    assert known(scene, *asked) == [True, True, True, False, True]
    assert enter(scene, *asked).added == 1


def test_who_is_thrown_out_keeps_the_seat_and_loses_the_address(scene):
    enter(scene, ANI)
    moderation.remove_signature(scene.db, "open-rivers", 1, actor="kate", reason=None, now=scene.clock())

    assert contacts(scene) == []
    assert enter(scene, ("individual", "Ani Marlowe", "ani@hills.example")).added == 0
