"""Edit: an admin's version of a line, with a reason, and both versions in the journal until its signer erases all."""

import json

import pytest

from server.actions import moderate
from server.actions.edit import edit
from server.actions.forget import forget
from server.actions.moderate import WrongState
from server.errors import Invalid
from server.records import journal, tallies
from tests.scene import Scene


def change(scene: Scene, signature_id: int, **line: str | None) -> bool:
    return edit(scene.db, scene.statement.slug, signature_id, line, actor="kate", reason="a typo", now=scene.clock())


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
        assert tallies.list_drift(tx) == []


def test_what_is_the_same_leaves_no_trace(scene):
    signature_id = scene.signed()
    before = scene.journal()

    assert not change(scene, signature_id, name="Ani")
    assert scene.journal() == before


def test_a_held_line_stays_held(scene):
    signature_id = scene.signed()
    moderate.hold(scene.db, scene.statement.slug, signature_id, actor="kate", reason=None, now=scene.clock())

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

    forget(scene.db, scene.ref(signature_id), now=scene.clock())

    assert "Qanahit" not in json.dumps(told(scene))
    with scene.db.read() as tx:
        assert journal.find_break(tx) is None
