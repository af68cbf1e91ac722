"""Amend: what signers change in their own line, before they confirm and after, and what follows from it."""

from typing import Any

import pytest

from server.crypto.links import SignatureRef
from server.errors import Invalid, LinkInvalid, StatementClosed
from server.services import moderation, statements
from server.services.confirm import Consent
from server.services.scheduled import prune_expired
from server.services.signers import change_pending_signature, change_signature, withdraw_signature
from server.tables import journal
from server.tables.counts import Subject, move
from tests.scene import NGO, Scene

PUBLISHED = Consent("en", "My name is published.")


def change(scene: Scene, signature_id: int, **line: str | None) -> str:
    return change_signature(scene.db, scene.ref(signature_id), line, consent=PUBLISHED, now=scene.clock())


def seen(scene: Scene, signature_id: int) -> list[Any]:
    """All that an amendment could touch."""
    return [scene.get(signature_id), scene.journal(), scene.counts(), scene.reasons(signature_id)]


# before it is confirmed


def test_a_line_is_mended_before_it_is_signed_and_the_mended_one_is(scene):
    signature_id, journal_before = scene.sign(name="Anni", title="Pet"), scene.journal()

    change_pending_signature(scene.db, scene.ref(signature_id), {"name": "Ani", "title": "Poet"}, now=scene.clock())
    assert (scene.states(), scene.listed(), scene.journal()) == (["pending"], [], journal_before)
    scene.confirm(signature_id)

    signature = scene.get(signature_id)
    assert (scene.listed(), signature.title, signature.name_key) == (["Ani"], "Poet", "ani")


def test_the_mended_name_is_the_one_that_a_mailbox_can_sign_once(scene):
    scene.signed(name="Ani")
    again = scene.sign(name="Aram")

    change_pending_signature(scene.db, scene.ref(again), {"name": "ANI"}, now=scene.clock())

    assert scene.confirm(again) == "already"
    assert scene.counts() == (1, 0, 0)


def test_a_line_that_was_confirmed_meanwhile_stays_as_it_was_agreed_to(scene):
    signature_id = scene.signed()
    before = seen(scene, signature_id)

    change_pending_signature(scene.db, scene.ref(signature_id), {"name": "Aram"}, now=scene.clock())

    assert seen(scene, signature_id) == before


def test_what_can_be_signed_no_more_is_not_mended_either(scene, clock):
    signature_id = scene.sign()
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    clock.forward(days=1)

    with pytest.raises(StatementClosed):
        change_pending_signature(scene.db, scene.ref(signature_id), {"name": "Aram"}, now=clock())

    assert scene.get(signature_id).name == "Ani"


# after


def test_a_changed_line_stands_at_once_in_its_old_place(scene, clock):
    first, _ = scene.signed(name="Anni"), scene.signed(name="Aram")
    stamp = scene.at("open-rivers").statement.stamp
    clock.forward(days=100)

    assert change(scene, first, name="Ani", city="Gyumri") == "confirmed"

    assert (scene.listed(), scene.counts(), scene.get(first).city) == (["Ani", "Aram"], (2, 0, 0), "Gyumri")
    assert scene.at("open-rivers").statement.stamp > stamp
    [row] = scene.rows("SELECT changed_at FROM signatures WHERE id = :id", id=first)
    assert row["changed_at"] == clock()


def test_the_journal_learns_which_fields_were_changed_and_no_word_of_them(scene):
    signature_id = scene.signed(name="Anahit Secret")

    change(scene, signature_id, name="Ani Hidden", title=None)

    assert scene.journal()[-1] == ("signature.amend", f"signature:{signature_id}", None)
    [row] = scene.rows("SELECT actor, before, after FROM journal JOIN journal_details ON journal_id = id ORDER BY id")[
        -1:
    ]
    assert (row["actor"], row["before"], row["after"]) == (
        "signer",
        '"confirmed"',
        '{"state": "confirmed", "changed": ["name"]}',
    )
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


def test_what_is_the_same_changes_nothing(scene):
    signature_id = scene.signed(title="Poet")
    before = seen(scene, signature_id), scene.at("open-rivers").statement.stamp

    assert change(scene, signature_id, name="Ani", title="Poet") == "confirmed"

    assert (seen(scene, signature_id), scene.at("open-rivers").statement.stamp) == before


def test_a_name_that_the_mailbox_has_signed_under_is_told_at_the_field(scene):
    scene.signed(name="Aram")
    signature_id = scene.signed(name="Ani")
    before = seen(scene, signature_id)

    with pytest.raises(Invalid) as refusal:
        change(scene, signature_id, name="ARAM", city="Gyumri")

    assert refusal.value.fields == {"name": ["signed-already"]}
    assert seen(scene, signature_id) == before


def test_another_mailbox_may_have_signed_under_that_name(scene):
    scene.signed(name="Aram", email="aram@rivers.example")

    assert change(scene, scene.signed(), name="Aram") == "confirmed"

    assert scene.listed() == ["Aram", "Aram"]


def test_the_representative_of_an_organisation_changes_and_it_stays_who_it_is(scene):
    signature_id = scene.signed(**NGO)

    change(scene, signature_id, name="Lusine", title="Director")

    signature = scene.get(signature_id)
    assert (signature.name, signature.name_key, signature.organisation_key) == (
        "Lusine",
        "river watch ngo",
        "river watch",
    )
    assert (scene.listed(), scene.counts()) == (["River Watch NGO"], (0, 1, 0))


def test_a_country_is_counted_where_the_signer_is_now(scene):
    signature_id = scene.signed(country="AM")

    change(scene, signature_id, country="GE")
    change(scene, signature_id, title="Poet")

    assert countries(scene) == {"GE": 1}
    change(scene, signature_id, country=None)
    assert countries(scene) == {}


def countries(scene: Scene) -> dict[str, int]:
    rows = scene.rows("SELECT value, sum(confirmed) AS n FROM tallies WHERE dimension = 'country' GROUP BY value")
    return {row["value"]: int(row["n"]) for row in rows}


def test_to_move_a_signature_from_a_state_into_the_same_one_would_let_the_counts_drift(scene):
    """The twin: why an amendment that changes no state moves nothing."""
    scene.signed()
    with scene.db.write() as tx:
        move(tx, Subject(scene.statement.id, "individual"), was="confirmed", becomes="confirmed", now=scene.clock())

    with pytest.raises(AssertionError):
        scene.counts()


# what is published, and who looks at it first


def test_who_hides_their_name_is_counted_on_and_who_shows_it_agrees_to_that(scene):
    signature_id = scene.signed()
    [counted] = scene.rows("SELECT consent_id FROM signatures")

    change(scene, signature_id, visibility="counted")
    assert (scene.listed(), scene.counts()) == ([], (1, 0, 0))
    assert scene.rows("SELECT consent_id FROM signatures") == [counted]

    change(scene, signature_id, visibility="name")
    assert scene.listed() == ["Ani"]
    [wording] = scene.rows("SELECT body FROM wordings JOIN signatures ON wordings.id = consent_id")
    assert wording["body"] == PUBLISHED.body


def approved(scene: Scene, **fields: Any) -> int:
    """A signature that the organisers have looked at, under a statement of which they look at everything."""
    signature_id = scene.signed(**fields)
    moderation.approve_signature(
        scene.db, scene.statement.slug, signature_id, seen=None, actor="kate", reason=None, now=scene.clock()
    )
    return signature_id


@pytest.fixture
def moderated(scene) -> Scene:
    return scene.publish("moderated", 'moderation = "all"\nvisibilities = ["name", "counted"]')


@pytest.mark.parametrize(
    "line", [{"name": "Rude"}, {"comment": "Rude"}, {"title": "Rude"}, {"name": "Rude", "visibility": "counted"}]
)
def test_where_the_organisers_look_at_everything_a_changed_line_waits_for_them(moderated, line):
    signature_id = approved(moderated)

    assert change(moderated, signature_id, **line) == "held"

    assert (moderated.listed(), moderated.counts()) == ([], (0, 0, 1))
    assert moderated.reasons(signature_id) == ["rule:amended"]
    moderation.approve_signature(
        moderated.db, "moderated", signature_id, seen=None, actor="kate", reason=None, now=moderated.clock()
    )
    assert (moderated.counts(), moderated.reasons(signature_id)) == ((1, 0, 0), [])


def test_to_hide_a_name_needs_nobodys_leave_and_to_show_it_again_does(moderated):
    signature_id = approved(moderated)

    assert change(moderated, signature_id, name="Ani", visibility="counted") == "confirmed"
    assert (moderated.listed(), moderated.counts()) == ([], (1, 0, 0))

    assert change(moderated, signature_id, name="Ani", visibility="name") == "held"
    assert (moderated.listed(), moderated.counts()) == ([], (0, 0, 1))


@pytest.mark.parametrize("front_matter", ["", 'moderation = "all"'])
def test_a_held_line_stays_held_and_for_its_old_reason(scene, front_matter):
    scene = scene.publish("watched", front_matter)
    signature_id = scene.signed()
    if scene.get(signature_id).state != "held":
        moderation.hold_signature(scene.db, "watched", signature_id, actor="kate", reason=None, now=scene.clock())
    reasons = scene.reasons(signature_id)

    assert change(scene, signature_id, name="Aram") == "held"

    assert (scene.get(signature_id).name, scene.listed(), scene.counts()) == ("Aram", [], (0, 0, 1))
    assert scene.reasons(signature_id) == reasons


# links


def test_a_withdrawn_line_is_not_changed(scene):
    signature_id = scene.signed()
    withdraw_signature(scene.db, scene.ref(signature_id), shown=True, now=scene.clock())
    before = seen(scene, signature_id)

    assert change(scene, signature_id, name="Aram") == "withdrawn"

    assert seen(scene, signature_id) == before


def test_the_signers_own_link_is_no_second_way_to_confirm(scene):
    signature_id = scene.sign()

    with pytest.raises(LinkInvalid):
        change(scene, signature_id, name="Aram")

    assert (scene.states(), scene.get(signature_id).name) == (["pending"], "Ani")


def test_a_forged_link_changes_nothing(scene):
    signature_id = scene.signed()

    for verb in (lambda ref: change_signature(scene.db, ref, {"name": "X"}, consent=PUBLISHED, now=1),
                 lambda ref: change_pending_signature(scene.db, ref, {"name": "X"}, now=1)):  # fmt: skip
        with pytest.raises(LinkInvalid):
            verb(SignatureRef(signature_id, bytes(16)))

    assert scene.get(signature_id).name == "Ani"


def test_a_change_works_when_the_statement_has_long_been_closed(scene, clock):
    signature_id = scene.signed()
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=clock())
    clock.forward(days=1000)
    prune_expired(scene.db, now=clock())

    assert change(scene, signature_id, name="Aram") == "confirmed"

    assert scene.listed() == ["Aram"]
