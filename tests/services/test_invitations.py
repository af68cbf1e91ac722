"""People who signed elsewhere are invited: pending until they confirm, nobody twice; what was not sent is stopped."""

import pytest

from server.errors import NotFound, StatementClosed
from server.services import invitations as service
from server.services.invitations import stop_invitations
from server.services.scheduled import anonymise_signatures
from server.services.signers import disown_signature, erase_signature
from server.services.statements import close_statement
from server.tables import outbox
from tests.inviting import ANI, ARAM, CLUB, SOURCE, invite, people, progress, prune
from tests.scene import JOURNAL, Scene


def stop(scene: Scene) -> int:
    return stop_invitations(scene.db, scene.statement.slug, actor="kate", now=scene.clock())


def mark_sent(scene: Scene, *ids: int) -> None:
    """As delivery does: a mailing, and the mark."""
    for signature_id in ids:
        scene.run(
            "INSERT INTO mailings (outbox_id, email_key, mail_key, statement_id, purse, sent_at)"
            " SELECT id, email_key, email_key, statement_id, 'confirm', :now FROM outbox WHERE signature_id = :id",
            id=signature_id,
            now=scene.clock(),
        )
        scene.run("UPDATE outbox SET sent_at = :now WHERE signature_id = :id", id=signature_id, now=scene.clock())
        scene.run("UPDATE invitees SET sent_at = :now WHERE signature_id = :id", id=signature_id, now=scene.clock())


def turns(scene: Scene) -> list[int]:
    """In how many seconds each invitation is due."""
    return [email["due_at"] - scene.clock() for email in scene.emails() if email["kind"] == "invited"]


def left(scene: Scene, table: str) -> int:
    [row] = scene.rows(f"SELECT count(*) AS rows FROM {table}")
    return int(row["rows"])


# Pending, then confirmed as everybody's.


def test_each_becomes_a_pending_signature_that_nobody_sees_or_counts(scene):
    done = invite(scene, ANI, CLUB)

    assert (done.invited, done.known, done.full, done.without_address) == (2, (), (), ())
    assert scene.states() == ["pending", "pending"]
    assert (scene.listed(), scene.counts()) == ([], (0, 0, 0))
    assert [(email["kind"], email["signature_id"], email["locale"]) for email in scene.emails()] == [
        ("invited", 1, "en"),
        ("invited", 2, "en"),
    ]
    one, club = scene.get(1), scene.get(2)
    assert (one.name, one.visibility, one.newsletter, one.partner_id) == ("Ani Marlowe", "name", False, None)
    assert (club.kind, club.organisation, club.name) == ("organisation", "Hill Club", None)
    assert left(scene, "contacts") == 2


def test_who_confirms_is_listed_and_counted_like_everybody_else(scene):
    invite(scene, ANI, ARAM)

    assert scene.confirm(1) == "confirmed"
    assert (scene.listed(), scene.counts()) == (["Ani Marlowe"], (1, 0, 0))
    assert (progress(scene).invited, progress(scene).confirmed, progress(scene).waiting) == (2, 1, 1)
    assert scene.rows("SELECT signature_id FROM contacts") == [{"signature_id": 2}]


def test_an_organisation_is_held_by_the_rule_that_holds_others(scene):
    there = scene.publish("clean-air", 'kinds = ["individual", "organisation"]\nmoderation = "organisations"')
    invite(there, CLUB)

    assert there.confirm(1) == "held"
    assert there.listed() == []


@pytest.mark.parametrize(
    ("offered", "person", "organisation"),
    [
        ('["name"]', "name", "name"),
        ('["initials", "name"]', "initials", "name"),
        ('["counted", "name"]', "counted", "counted"),
        ('["country", "name"]', "counted", "name"),  # a list has no countries
    ],
)
def test_everybody_is_shown_as_the_statement_offers_first_and_with_no_more(scene, offered, person, organisation):
    there = scene.publish("clean-air", f'kinds = ["individual", "organisation"]\nvisibilities = {offered}')
    invite(there, ANI, CLUB)

    assert (there.get(1).visibility, there.get(2).visibility) == (person, organisation)


def test_the_journal_says_who_invited_how_many_and_no_name(scene):
    invite(scene, ANI, ARAM)

    entry = scene.rows(f"{JOURNAL} ORDER BY id")[-1]
    assert (entry["verb"], entry["actor"], entry["subject"]) == ("founding.invite", "kate", "statement:open-rivers")
    assert entry["after"] == f'{{"invited": 2, "source": "{SOURCE}"}}'


def test_nobody_is_invited_while_the_statement_takes_no_signatures(scene):
    close_statement(scene.db, "open-rivers", actor="kate", now=scene.clock())

    with pytest.raises(StatementClosed):
        invite(scene, ANI)
    assert (scene.states(), left(scene, "invitations")) == ([], 0)


def test_without_a_text_in_the_language_nobody_is_invited(scene):
    with pytest.raises(NotFound):
        invite(scene, ANI, locale="ka")


# Each with a turn.


@pytest.mark.parametrize(("per_hour", "gap_s"), [(200, 18), (3600, 1), (1, 3600), (7, 515)])
def test_the_emails_are_spread_at_the_pace(scene, per_hour, gap_s):
    invite(scene, *people(4), per_hour=per_hour)

    assert turns(scene) == [0, gap_s, 2 * gap_s, 3 * gap_s]


def test_another_list_comes_after_the_first_whatever_statement_it_is_for(scene):
    elsewhere = scene.publish("clean-air")
    invite(scene, *people(3))
    done = invite(elsewhere, *people(2))

    assert turns(scene) == [0, 18, 36, 54, 72]
    assert done.last_due_at == scene.clock() + 72


# Nobody twice.


def confirmed(scene: Scene) -> None:
    scene.confirm(1)


def sent(scene: Scene) -> None:
    mark_sent(scene, 1)


def expired(scene: Scene) -> None:
    """Two weeks after the email, with the signature and the address gone."""
    mark_sent(scene, 1)
    scene.clock.forward(days=15)
    prune(scene)
    assert scene.states() == []


@pytest.mark.parametrize("meanwhile", [None, sent, confirmed, expired])
def test_the_same_list_again_invites_nobody_whatever_became_of_them(scene, meanwhile):
    invite(scene, ANI)
    if meanwhile:
        meanwhile(scene)
    rows = left(scene, "signatures")

    done = invite(scene, ANI, ("individual", "ani  MARLOWE", ANI[2]))

    assert (done.invited, len(done.known)) == (0, 2)
    assert (left(scene, "signatures"), left(scene, "invitations")) == (rows, 1)


@pytest.mark.parametrize("meanwhile", [None, sent, expired])
def test_without_looking_for_them_the_same_list_writes_to_everybody_again(scene, monkeypatch, meanwhile):
    """The twin of the test above."""
    scene.run("UPDATE statements SET mailbox_seats = 2")
    invite(scene, ANI)
    if meanwhile:
        meanwhile(scene)
    monkeypatch.setattr(service._InvitationContext, "is_known", lambda place, row: False)

    assert invite(scene, ANI).invited == 1


def test_who_said_that_it_was_not_they_is_not_invited_again(scene):
    invite(scene, ANI)
    mark_sent(scene, 1)
    keys, sealer = scene.context.keys, scene.context.sealer
    disown_signature(scene.db, scene.ref(1), everywhere=False, keys=keys, sealer=sealer, now=scene.clock())

    assert (invite(scene, ANI).invited, scene.states()) == (0, [])
    assert (progress(scene).disowned, progress(scene).expired) == (1, 0)


def test_who_stands_on_the_founding_list_or_whose_organisation_does_is_not_invited(scene):
    scene.found("1. Ani Marlowe\n2. Hill Club NGO\n")

    done = invite(scene, ANI, ("organisation", "Hill Club NGO", "office@club.example"), ARAM)

    assert (done.invited, len(done.known)) == (1, 2)


def test_a_mailbox_is_written_to_for_as_many_as_it_may_sign_for(scene):
    scene.run("UPDATE statements SET mailbox_seats = 2")
    named = [("individual", name, "office@club.example") for name in ("Ani", "Aram", "Cleo")]

    done = invite(scene, *named, ("individual", "Nobody", None))

    assert (done.invited, [entry.name for entry in done.full]) == (2, ["Cleo"])
    assert [entry.name for entry in done.without_address] == ["Nobody"]


def test_who_signs_by_themselves_before_they_open_the_invitation_counts_as_having_followed_it(scene):
    invite(scene, ANI)
    scene.signed(name="Ani Marlowe", email=ANI[2])

    assert scene.listed() == ["Ani Marlowe"]
    assert (progress(scene).confirmed, progress(scene).expired, progress(scene).waiting) == (1, 0, 0)


# Stopping.


def test_what_was_not_sent_is_taken_back_with_signature_and_address_and_the_rest_can_confirm(scene):
    invite(scene, *people(4))
    mark_sent(scene, 1)

    assert stop(scene) == 3
    assert (scene.states(), left(scene, "contacts"), left(scene, "outbox")) == (["pending"], 1, 1)
    assert (progress(scene).stopped, progress(scene).waiting, progress(scene).sent) == (3, 0, 1)
    assert scene.confirm(1) == "confirmed"
    [entry] = [row for row in scene.rows(JOURNAL) if row["verb"] == "founding.invite-stop"]
    assert (entry["actor"], entry["subject"], entry["after"]) == ("kate", "statement:open-rivers", "3")
    assert stop(scene) == 0


def test_the_same_list_goes_on_where_it_was_stopped(scene):
    invite(scene, *people(4))
    mark_sent(scene, 1)
    stop(scene)

    done = invite(scene, *people(4))

    assert (done.invited, len(done.known)) == (3, 1)


@pytest.mark.parametrize(("was_handed_over", "taken_back"), [(True, 0), (False, 1)])
def test_what_may_have_arrived_is_not_taken_back(scene, was_handed_over, taken_back):
    """A process died with the email in its hands, or before it came to it: the second is the twin."""
    invite(scene, ANI)
    with scene.db.write() as tx:
        [claim] = outbox.claim(tx, now=scene.clock(), lease_s=300, most=20)
    if was_handed_over:
        with scene.db.write() as tx:
            keyed = {"email_key": claim.email_key, "mail_key": claim.email_key}
            outbox.add_mailing(tx, outbox_id=claim.id, **keyed, statement_id=1, purse="confirm", now=scene.clock())

    assert stop(scene) == taken_back


def test_another_statements_invitations_go_on(scene):
    elsewhere = scene.publish("clean-air")
    invite(elsewhere, ANI)

    assert stop(scene) == 0
    assert progress(elsewhere).waiting == 1


# Erasing.


def test_of_who_erases_themselves_no_name_or_address_is_left(scene):
    invite(scene, ANI)
    scene.confirm(1)
    erase_signature(scene.db, scene.ref(1), now=scene.clock())

    [row] = scene.rows("SELECT * FROM signatures")
    assert (row["name"], row["email_key"], left(scene, "contacts")) == (None, None, 0)
    assert set(scene.rows("SELECT * FROM invitees")[0]) == {
        *("signature_id", "invitation_id", "sent_at", "dead_at", "suppressed_at", "stopped_at", "disowned_at")
    }


def test_after_the_retention_period_invitees_are_nobody(scene, clock):
    there = scene.publish("clean-air", "anonymise_after_days = 5")
    invite(there, ANI, ARAM)
    there.confirm(1)
    close_statement(there.db, "clean-air", actor="kate", now=clock())
    clock.forward(days=30)
    anonymise_signatures(there.db, now=clock())
    prune(there)

    assert {row["name"] for row in there.rows("SELECT name FROM signatures")} == {None}
    assert (left(there, "contacts"), left(there, "outbox")) == (0, 0)
    assert (progress(there).invited, progress(there).confirmed) == (2, 1)
