"""Hold, approve, remove and restore: each moves a signature, the counts and the journal together, or nothing at all."""

from functools import partial

import pytest

from server.db import Conflict
from server.errors import NotFound
from server.services import moderation
from server.services.moderation import WrongState
from server.tables import journal, signatures
from tests.scene import NGO, UNPROVED, Scene

VERBS = {
    "hold": moderation.hold_signature,
    "approve": partial(moderation.approve_signature, seen=None),
    "remove": moderation.remove_signature,
    "restore": partial(moderation.restore_signature, seen=None),
}


def decide(scene: Scene, verb: str, signature_id: int, reason: str | None = None) -> None:
    VERBS[verb](scene.db, scene.statement.slug, signature_id, actor="admin:kate", reason=reason, now=scene.clock())


def has_address(scene: Scene, signature_id: int) -> bool:
    with scene.db.read() as tx:
        return signatures.find_contact(tx, signature_id) is not None


def test_a_held_signature_is_off_the_list_and_awaits_review(scene):
    signature_id = scene.signed()

    decide(scene, "hold", signature_id, "looks like a joke")

    assert (scene.states(), scene.listed(), scene.counts()) == (["held"], [], (0, 0, 1))
    assert scene.reasons(signature_id) == ["admin:kate"]
    assert scene.journal()[-1] == ("signature.hold", f"signature:{signature_id}", "looks like a joke")


def test_an_approved_signature_is_back_in_its_old_place(scene):
    first, _ = scene.signed(name="Ani"), scene.signed(name="Aram")
    decide(scene, "hold", first)

    decide(scene, "approve", first, "she wrote to us")

    assert (scene.listed(), scene.counts()) == (["Ani", "Aram"], (2, 0, 0))
    assert scene.reasons(first) == []
    assert scene.journal()[-1] == ("signature.approve", f"signature:{first}", "she wrote to us")


def test_a_removed_signature_is_out_for_good(scene):
    signature_id = scene.signed()

    decide(scene, "remove", signature_id, "not a person")

    assert (scene.states(), scene.listed(), scene.counts()) == (["removed"], [], (0, 0, 0))
    assert scene.journal()[-1] == ("signature.remove", f"signature:{signature_id}", "not a person")


def test_the_journal_tells_what_was_and_what_became_of_it(scene):
    signature_id = scene.signed()
    for verb in ("hold", "approve", "hold", "remove"):
        decide(scene, verb, signature_id)

    told = scene.rows("SELECT before, after FROM journal_details ORDER BY journal_id DESC LIMIT 4")
    steps = [(row["before"], row["after"]) for row in reversed(told)]
    assert steps == [
        ('"confirmed"', '"held"'),
        ('"held"', '"confirmed"'),
        ('"confirmed"', '"held"'),
        ('"held"', '"removed"'),
    ]
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


def test_a_hold_that_was_released_can_be_laid_again(scene):
    signature_id = scene.signed()
    decide(scene, "hold", signature_id)
    decide(scene, "approve", signature_id)

    decide(scene, "hold", signature_id)

    assert (scene.states(), scene.reasons(signature_id)) == (["held"], ["admin:kate"])


def test_an_approval_releases_what_a_rule_and_an_admin_held(scene):
    signature_id = scene.signed(**UNPROVED)
    with scene.db.write() as tx:
        signatures.add_hold(tx, signature_id, "admin:lena", now=scene.clock())
    assert scene.reasons(signature_id) == ["admin:lena", "rule:unproved-domain"]

    decide(scene, "approve", signature_id)

    assert (scene.reasons(signature_id), scene.counts(), scene.listed()) == ([], (0, 1, 0), ["River Watch NGO"])


def test_the_address_goes_with_the_decision(scene):
    approved, removed = scene.signed(**UNPROVED), scene.signed(**{**UNPROVED, "organisation": "Lake Watch"})
    assert has_address(scene, approved)
    assert has_address(scene, removed)

    decide(scene, "approve", approved)
    decide(scene, "remove", removed)

    assert not has_address(scene, approved)
    assert not has_address(scene, removed)


@pytest.mark.parametrize(
    ("front_matter", "fields"), [("newsletter = true", {"newsletter": True}), ("keep_contacts = true", {})]
)
def test_an_approval_keeps_the_address_while_a_reason_stands(scene, front_matter, fields):
    keeping = scene.publish("keeping", front_matter)
    signature_id = keeping.signed(**UNPROVED, **fields)

    decide(keeping, "approve", signature_id)
    assert has_address(keeping, signature_id)

    decide(keeping, "remove", signature_id)
    assert not has_address(keeping, signature_id)


def test_two_organisations_of_one_name_are_never_on_the_list_together(scene):
    scene.signed(**NGO)
    second = scene.signed(**{**UNPROVED, "organisation": "River Watch", "email": "second@gmail.com"})
    before = scene.journal()

    with pytest.raises(Conflict):
        decide(scene, "approve", second)

    assert (scene.get(second).state, scene.counts(), scene.journal()) == ("held", (0, 1, 1), before)
    assert scene.reasons(second) == ["rule:same-organisation"]
    assert has_address(scene, second)


@pytest.mark.parametrize(
    ("verbs", "kinds"),
    [(["approve"], ["approved"]), (["remove"], ["refused"]), (["approve", "remove"], ["approved"])],
)
def test_who_waits_for_a_decision_is_told_it(scene, verbs, kinds):
    signature_id = scene.signed(**UNPROVED)
    for verb in verbs:
        decide(scene, verb, signature_id, "they wrote to us")

    assert [row["kind"] for row in scene.emails()] == ["confirm", "held", *kinds]
    assert not has_address(scene, signature_id)


def test_whose_address_is_gone_is_told_nothing(scene):
    signature_id = scene.signed()
    decide(scene, "hold", signature_id)
    decide(scene, "approve", signature_id)

    assert [row["kind"] for row in scene.emails()] == ["confirm", "thanks"]


@pytest.mark.parametrize(("fields", "state"), [({}, "confirmed"), (UNPROVED, "held")])
def test_a_removed_signature_comes_back_to_what_it_was(scene, fields, state):
    signature_id = scene.signed(**fields)
    before = scene.listed(), scene.counts(), scene.reasons(signature_id)
    decide(scene, "remove", signature_id)

    decide(scene, "restore", signature_id, "it was a mistake")

    assert (scene.listed(), scene.counts(), scene.reasons(signature_id)) == before
    assert scene.get(signature_id).state == state
    assert scene.journal()[-1] == ("signature.restore", f"signature:{signature_id}", "it was a mistake")
    assert [row["kind"] for row in scene.emails()][2:] == (["refused"] if state == "held" else [])


def test_an_organisation_does_not_come_back_beside_its_namesake(scene):
    removed = scene.signed(**NGO)
    decide(scene, "remove", removed)
    scene.signed(**{**NGO, "email": "second@riverwatch.example"})
    before = scene.journal()

    with pytest.raises(Conflict):
        decide(scene, "restore", removed)

    assert (scene.get(removed).state, scene.counts(), scene.journal()) == ("removed", (0, 1, 0), before)


def test_what_was_removed_before_it_was_confirmed_does_not_come_back(scene):
    signature_id = scene.sign()
    decide(scene, "remove", signature_id)

    with pytest.raises(WrongState, match="confirmed and then removed"):
        decide(scene, "restore", signature_id)


def test_the_domain_of_a_removed_signature_goes_at_once(scene):
    signature_id = scene.signed()
    key = scene.context.keys.domain_key("Rivers.Example")
    assert scene.rows("SELECT mail_domain FROM signatures") == [{"mail_domain": key}]

    decide(scene, "remove", signature_id)

    assert scene.rows("SELECT mail_domain FROM signatures") == [{"mail_domain": None}]


def make(scene: Scene, state: str) -> int:
    """Return the id of a signature in the given state."""
    signature_id = scene.sign() if state == "pending" else scene.signed()
    if state == "withdrawn":
        scene.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=signature_id)
    elif state in ("held", "removed"):
        decide(scene, {"held": "hold", "removed": "remove"}[state], signature_id)
    return signature_id


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        *[("hold", state) for state in ("pending", "held", "removed", "withdrawn")],
        *[("approve", state) for state in ("pending", "confirmed", "removed", "withdrawn")],
        ("remove", "removed"),
        *[("restore", state) for state in ("pending", "confirmed", "held", "withdrawn")],
    ],
)
def test_a_verb_that_does_not_fit_the_state_changes_nothing(scene, verb, state):
    signature_id = make(scene, state)
    before = scene.get(signature_id), scene.journal(), scene.rows("SELECT * FROM tallies")

    with pytest.raises(WrongState, match={"remove": "already", "restore": "restored"}.get(verb, state)):
        decide(scene, verb, signature_id)

    assert (scene.get(signature_id), scene.journal(), scene.rows("SELECT * FROM tallies")) == before


@pytest.mark.parametrize("state", ["pending", "held", "confirmed"])
def test_whatever_is_not_removed_can_be(scene, state):
    signature_id = make(scene, state)

    decide(scene, "remove", signature_id)

    assert (scene.states(), scene.counts()) == (["removed"], (0, 0, 0))


@pytest.mark.parametrize("verb", VERBS)
def test_a_signature_of_another_statement_is_not_found(scene, verb):
    other = scene.publish("clean-air")
    signature_id = other.signed()

    with pytest.raises(NotFound):
        decide(scene, verb, signature_id)

    assert other.counts() == (1, 0, 0)


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_signature_or_statement_is_not_found(scene, verb):
    with pytest.raises(NotFound):
        decide(scene, verb, 99)
    signature_id = scene.signed()
    with pytest.raises(NotFound):
        VERBS[verb](scene.db, "nowhere", signature_id, actor="admin:kate", reason=None, now=scene.clock())
