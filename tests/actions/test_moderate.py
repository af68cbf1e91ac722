"""Hold, approve and remove: each moves a signature, the counts and the journal together, or nothing at all."""

import pytest

from server.actions import moderate
from server.actions.moderate import WrongState
from server.errors import NotFound
from server.records import contacts, holds, journal, signatories
from server.storage import Conflict
from tests.scene import NGO, UNPROVED, Desk

VERBS = {"hold": moderate.hold, "approve": moderate.approve, "remove": moderate.remove}


def decide(desk: Desk, verb: str, signature_id: int, reason: str | None = None) -> None:
    VERBS[verb](desk.db, desk.statement.slug, signature_id, actor="kate", reason=reason, now=desk.clock())


def listed(desk: Desk) -> list[str | None]:
    with desk.db.read() as tx:
        page = signatories.list_page(tx, desk.statement.id, kind=None, after=0, most=100)
    return [line.organisation or line.name for line in page]


def reasons(desk: Desk, signature_id: int) -> list[str]:
    with desk.db.read() as tx:
        return holds.list_live(tx, signature_id)


def has_address(desk: Desk, signature_id: int) -> bool:
    with desk.db.read() as tx:
        return contacts.find(tx, signature_id) is not None


def test_a_held_signature_is_off_the_list_and_awaits_review(desk):
    signature_id = desk.signed()

    decide(desk, "hold", signature_id, "looks like a joke")

    assert (desk.states(), listed(desk), desk.counts()) == (["held"], [], (0, 0, 1))
    assert reasons(desk, signature_id) == ["admin:kate"]
    assert desk.journal()[-1] == ("signature.hold", f"signature:{signature_id}", "looks like a joke")


def test_an_approved_signature_is_back_in_its_old_place(desk):
    first, _ = desk.signed(name="Ani"), desk.signed(name="Aram")
    decide(desk, "hold", first)

    decide(desk, "approve", first, "she wrote to us")

    assert (listed(desk), desk.counts()) == (["Ani", "Aram"], (2, 0, 0))
    assert reasons(desk, first) == []
    assert desk.journal()[-1] == ("signature.approve", f"signature:{first}", "she wrote to us")


def test_a_removed_signature_is_out_for_good(desk):
    signature_id = desk.signed()

    decide(desk, "remove", signature_id, "not a person")

    assert (desk.states(), listed(desk), desk.counts()) == (["removed"], [], (0, 0, 0))
    assert desk.journal()[-1] == ("signature.remove", f"signature:{signature_id}", "not a person")


def test_the_journal_tells_what_was_and_what_became_of_it(desk):
    signature_id = desk.signed()
    for verb in ("hold", "approve", "hold", "remove"):
        decide(desk, verb, signature_id)

    told = desk.rows("SELECT before, after FROM journal_details ORDER BY journal_id DESC LIMIT 4")
    steps = [(row["before"], row["after"]) for row in reversed(told)]
    assert steps == [
        ('"confirmed"', '"held"'),
        ('"held"', '"confirmed"'),
        ('"confirmed"', '"held"'),
        ('"held"', '"removed"'),
    ]
    with desk.db.read() as tx:
        assert journal.find_break(tx) is None


def test_a_hold_that_was_released_can_be_laid_again(desk):
    signature_id = desk.signed()
    decide(desk, "hold", signature_id)
    decide(desk, "approve", signature_id)

    decide(desk, "hold", signature_id)

    assert (desk.states(), reasons(desk, signature_id)) == (["held"], ["admin:kate"])


def test_an_approval_releases_what_a_rule_and_an_admin_held(desk):
    signature_id = desk.signed(**UNPROVED)
    with desk.db.write() as tx:
        holds.add(tx, signature_id, "admin:lena", now=desk.clock())
    assert reasons(desk, signature_id) == ["admin:lena", "rule:unproved-domain"]

    decide(desk, "approve", signature_id)

    assert (reasons(desk, signature_id), desk.counts(), listed(desk)) == ([], (0, 1, 0), ["River Watch NGO"])


def test_the_address_goes_with_the_decision(desk):
    approved, removed = desk.signed(**UNPROVED), desk.signed(**{**UNPROVED, "organisation": "Lake Watch"})
    assert has_address(desk, approved)
    assert has_address(desk, removed)

    decide(desk, "approve", approved)
    decide(desk, "remove", removed)

    assert not has_address(desk, approved)
    assert not has_address(desk, removed)


@pytest.mark.parametrize(
    ("front_matter", "fields"), [("newsletter = true", {"newsletter": True}), ("keep_contacts = true", {})]
)
def test_an_approval_keeps_the_address_while_a_reason_stands(desk, front_matter, fields):
    keeping = desk.publish("keeping", front_matter)
    signature_id = keeping.signed(**UNPROVED, **fields)

    decide(keeping, "approve", signature_id)
    assert has_address(keeping, signature_id)

    decide(keeping, "remove", signature_id)
    assert not has_address(keeping, signature_id)


def test_two_organisations_of_one_name_are_never_on_the_list_together(desk):
    desk.signed(**NGO)
    second = desk.signed(**{**UNPROVED, "organisation": "River Watch", "email": "second@gmail.com"})
    before = desk.journal()

    with pytest.raises(Conflict):
        decide(desk, "approve", second)

    assert (desk.get(second).state, desk.counts(), desk.journal()) == ("held", (0, 1, 1), before)
    assert reasons(desk, second) == ["rule:same-organisation"]
    assert has_address(desk, second)


def make(desk: Desk, state: str) -> int:
    """Return the id of a signature in the given state."""
    signature_id = desk.sign() if state == "pending" else desk.signed()
    if state == "withdrawn":
        desk.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=signature_id)
    elif state in ("held", "removed"):
        decide(desk, {"held": "hold", "removed": "remove"}[state], signature_id)
    return signature_id


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        *[("hold", state) for state in ("pending", "held", "removed", "withdrawn")],
        *[("approve", state) for state in ("pending", "confirmed", "removed", "withdrawn")],
        ("remove", "removed"),
    ],
)
def test_a_verb_that_does_not_fit_the_state_changes_nothing(desk, verb, state):
    signature_id = make(desk, state)
    before = desk.get(signature_id), desk.journal(), desk.rows("SELECT * FROM tallies")

    with pytest.raises(WrongState, match=state if verb != "remove" else "already"):
        decide(desk, verb, signature_id)

    assert (desk.get(signature_id), desk.journal(), desk.rows("SELECT * FROM tallies")) == before


@pytest.mark.parametrize("state", ["pending", "held", "confirmed"])
def test_whatever_is_not_removed_can_be(desk, state):
    signature_id = make(desk, state)

    decide(desk, "remove", signature_id)

    assert (desk.states(), desk.counts()) == (["removed"], (0, 0, 0))


@pytest.mark.parametrize("verb", VERBS)
def test_a_number_of_another_statement_is_refused(desk, verb):
    other = desk.publish("clean-air")
    signature_id = other.signed()

    with pytest.raises(WrongState, match="another statement"):
        decide(desk, verb, signature_id)

    assert other.counts() == (1, 0, 0)


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_signature_or_statement_is_not_found(desk, verb):
    with pytest.raises(NotFound):
        decide(desk, verb, 99)
    signature_id = desk.signed()
    with pytest.raises(NotFound):
        VERBS[verb](desk.db, "nowhere", signature_id, actor="kate", reason=None, now=desk.clock())
