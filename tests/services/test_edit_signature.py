"""Edit: an admin's version of a line, with a reason, and both versions in the journal until its signer erases all."""

import json

import pytest

from server.errors import Invalid
from server.services import moderation
from server.services.moderation import WrongState, edit_signature
from server.services.shared import LineChanged, line_fingerprint
from server.services.signers import change_signature, erase_signature
from server.tables import counts, journal
from tests.scene import CONSENT, Scene


def change(scene: Scene, signature_id: int, *, seen: str | None = None, **line: str | None) -> bool:
    """Edit what was looked at a moment ago, or on the page that carries ``seen``."""
    seen = line_fingerprint(scene.get(signature_id)) if seen is None else seen
    by = {"actor": "kate", "reason": "a typo", "now": scene.clock()}
    return edit_signature(scene.db, scene.statement.slug, signature_id, line, seen=seen, **by)


def told(scene: Scene) -> list[tuple[object, object]]:
    rows = scene.rows("SELECT before, after FROM journal_details ORDER BY journal_id")
    return [(row["before"] and json.loads(row["before"]), row["after"] and json.loads(row["after"])) for row in rows]


def test_the_line_is_changed_and_the_journal_has_both(scene):
    signature_id = scene.signed(title="Poett", country="AM")

    assert change(scene, signature_id, name="Ani G.", title="Poet", country="GE")

    assert (scene.listed(), scene.get(signature_id).state, scene.counts()) == (["Ani G."], "confirmed", (1, 0, 0))
    assert scene.journal()[-1] == ("signature.edit", f"signature:{signature_id}", "a typo")
    assert told(scene)[-1] == (
        {"name": "Ani", "title": "Poett", "country": "AM"},
        {"name": "Ani G.", "title": "Poet", "country": "GE"},
    )
    assert len(scene.emails()) == 2
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None
        assert counts.list_drift(tx) == []


def test_what_is_the_same_leaves_no_trace(scene):
    signature_id = scene.signed()
    before = scene.journal()

    assert not change(scene, signature_id, name="Ani")
    assert scene.journal() == before


def test_a_held_line_stays_held(scene):
    signature_id = scene.signed()
    moderation.hold_signature(
        scene.db, scene.statement.slug, signature_id, actor="kate", reason=None, now=scene.clock()
    )

    change(scene, signature_id, name="Ani G.")

    assert (scene.get(signature_id).state, scene.counts()) == ("held", (0, 0, 1))


@pytest.mark.parametrize("state", ["pending", "removed", "withdrawn"])
def test_no_other_line_is_edited(scene, state):
    signature_id = scene.sign() if state == "pending" else scene.signed()
    if state != "pending":
        scene.run(f"UPDATE signatures SET {state}_at = 1")

    with pytest.raises(WrongState, match=state):
        change(scene, signature_id, name="Else")

    assert scene.get(signature_id).name == "Ani"


def test_one_mailbox_does_not_get_the_same_name_twice(scene):
    first, second = scene.signed(), scene.signed(name="Aram")

    with pytest.raises(Invalid):
        change(scene, second, name="Ani")

    assert [scene.get(id_).name for id_ in (first, second)] == ["Ani", "Aram"]


def test_what_an_admin_wrote_goes_with_everything_else(scene):
    signature_id = scene.signed()
    change(scene, signature_id, name="Qanahit Findable")
    assert "Qanahit" in json.dumps(told(scene))

    erase_signature(scene.db, scene.ref(signature_id), now=scene.clock())

    assert "Qanahit" not in json.dumps(told(scene))
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None


# a page that was opened before

ANNA = {"name": "Anna Petrova", "affiliation": "Radio", "city": "Minsk"}


@pytest.fixture
def stale(scene: Scene) -> tuple[int, str]:
    """Anna has taken back who she is since a moderator opened the page about her: the id, and what the page carries."""
    signature_id = scene.signed(**ANNA)
    seen = line_fingerprint(scene.get(signature_id))
    line = {"name": "A. P.", "affiliation": None, "city": None}
    change_signature(scene.db, scene.ref(signature_id), line, consent=CONSENT, now=scene.clock())
    return signature_id, seen


def test_what_a_signer_has_taken_back_does_not_come_back(scene, stale):
    signature_id, seen = stale
    before = scene.journal()

    with pytest.raises(LineChanged) as refusal:
        change(scene, signature_id, seen=seen, title="Editor", **ANNA)

    assert refusal.value.differing == ["title", "name", "affiliation", "city"]
    assert (scene.listed(), scene.get(signature_id).city, scene.journal()) == (["A. P."], None, before)


def test_it_would_come_back_from_a_page_that_carries_no_mark_of_its_own(scene, stale):
    signature_id, _ = stale

    assert change(scene, signature_id, title="Editor", **ANNA)

    assert (scene.listed(), scene.get(signature_id).city) == (["Anna Petrova"], "Minsk")


def test_a_page_without_any_mark_writes_nothing(scene):
    signature_id = scene.signed()

    with pytest.raises(LineChanged):
        change(scene, signature_id, seen="", title="Editor")


def test_the_same_words_sent_twice_are_no_conflict(scene):
    signature_id = scene.signed()
    seen = line_fingerprint(scene.get(signature_id))
    change(scene, signature_id, seen=seen, title="Editor")

    assert not change(scene, signature_id, seen=seen, title="Editor")


@pytest.mark.parametrize("column", ["name", "title", "affiliation", "city", "country", "comment", "visibility"])
def test_whatever_a_signer_can_change_makes_an_older_page_stale(scene, column):
    signature_id = scene.signed(comment="For the rivers")
    seen = line_fingerprint(scene.get(signature_id))
    line = {column: {"country": "GE", "visibility": "initials"}.get(column, "Other")}
    change_signature(scene.db, scene.ref(signature_id), line, consent=CONSENT, now=scene.clock())

    with pytest.raises(LineChanged):
        change(scene, signature_id, seen=seen, title="Editor")
