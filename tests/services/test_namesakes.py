"""An organisation that is only counted, or on a list that nobody sees yet, is given away by no namesake's outcome."""

import pytest

from server.db import Conflict
from server.services import moderation
from server.services.signers import change_signature
from server.tables import signature_queries
from server.tables.statements import Statement
from tests.scene import CONSENT, NGO, Scene

HIDDEN = ["names_from = 5", 'list_from = 2100-03-01\ntimezone = "Asia/Tbilisi"']
ATTACKER = {**NGO, "website": "https://attacker.example", "email": "mallory@attacker.example"}
NAMES = ("River Watch NGO", "Nobody Knows Us")


def ask(scene: Scene) -> list[tuple[str, list[str]]]:
    """What becomes of somebody who signs as the organisation they are after, and as one that nobody knows."""
    told = []
    for number, name in enumerate(NAMES):
        signature_id = scene.sign(**{**ATTACKER, "organisation": name, "email": f"mallory{number}@attacker.example"})
        told.append((scene.confirm(signature_id), scene.reasons(signature_id)))
    return told


def approve(scene: Scene, signature_id: int) -> None:
    now = scene.clock()
    moderation.approve_signature(
        scene.db, scene.statement.slug, signature_id, seen=None, actor="kate", reason=None, now=now
    )


def be_shown(scene: Scene, signature_id: int, visibility: str = "name") -> str:
    return change_signature(
        scene.db, scene.ref(signature_id), {"visibility": visibility}, consent=CONSENT, now=scene.clock()
    )


def look_at_all_that_are_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule as it was: whoever is confirmed is in a namesake's way, listed or not."""

    def is_there(tx, _statement_id, organisation_key):
        sql = "SELECT id FROM signatures WHERE organisation_key = :key AND state = 'confirmed'"
        return bool(tx.rows(sql, {"key": organisation_key}))

    monkeypatch.setattr(signature_queries, "is_organisation_listed", is_there)


def test_who_is_only_counted_is_in_no_namesakes_way(scene):
    scene.signed(**NGO, visibility="counted")

    assert ask(scene) == [("confirmed", []), ("confirmed", [])]
    assert scene.listed() == list(NAMES)


def test_a_rule_that_sees_who_is_only_counted_tells_them_apart(scene, monkeypatch):
    """The twin."""
    scene.signed(**NGO, visibility="counted")
    look_at_all_that_are_confirmed(monkeypatch)

    assert ask(scene) == [("held", ["rule:same-organisation"]), ("confirmed", [])]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("moderation", ["none", "organisations"])
def test_while_nobody_sees_the_list_every_organisation_is_held_by_one_rule(scene, hidden, moderation):
    scene = scene.publish("hidden", f'{hidden}\nmoderation = "{moderation}"')
    approve(scene, scene.signed(**NGO))

    assert ask(scene) == [("held", ["rule:hidden-list"])] * 2
    assert scene.confirm(scene.sign()) == "confirmed"  # people are told apart by nobody


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_rule_that_looks_at_a_hidden_list_tells_them_apart(scene, hidden, monkeypatch):
    """The twin: as if everybody could see the list."""
    scene = scene.publish("hidden", hidden)
    approve(scene, scene.signed(**NGO))
    monkeypatch.setattr(Statement, "hides_signers", lambda *_: False)

    assert ask(scene) == [("held", ["rule:same-organisation"]), ("confirmed", [])]


def test_once_names_are_shown_a_namesake_is_held_as_anywhere(scene):
    scene = scene.publish("two", "names_from = 2")
    for name in ("Ani", "Davit"):
        scene.signed(name=name, email=f"{name}@rivers.example".lower())
    scene.signed(**NGO)

    assert ask(scene) == [("held", ["rule:same-organisation"]), ("confirmed", [])]


def test_who_was_only_counted_and_would_be_listed_waits_beside_a_namesake(scene):
    counted = scene.signed(**NGO, visibility="counted")
    scene.signed(**ATTACKER)

    assert be_shown(scene, counted) == "held"

    assert (scene.reasons(counted), scene.get(counted).visibility) == (["rule:same-organisation"], "name")
    assert (scene.listed(), scene.counts()) == ([NGO["organisation"]], (0, 1, 1))
    with pytest.raises(Conflict):
        approve(scene, counted)


def test_who_was_only_counted_is_listed_at_once_where_the_name_is_free(scene):
    counted = scene.signed(**NGO, visibility="counted")

    assert be_shown(scene, counted) == "confirmed"

    assert scene.listed() == [NGO["organisation"]]


def test_who_would_be_listed_learns_nothing_of_a_hidden_list(scene):
    scene = scene.publish("hidden", "names_from = 5")
    for name in NAMES:
        signature_id = scene.signed(**{**ATTACKER, "organisation": name}, visibility="counted")
        approve(scene, signature_id)
        if name == NGO["organisation"]:
            approve(scene, scene.signed(**NGO))

        assert be_shown(scene, signature_id) == "held"
        assert scene.reasons(signature_id) == ["rule:hidden-list"]


def test_who_leaves_the_list_leaves_the_name_to_others_and_comes_back_by_a_decision(scene):
    first = scene.signed(**NGO)
    assert be_shown(scene, first, "counted") == "confirmed"

    scene.signed(**ATTACKER)

    assert scene.listed() == [NGO["organisation"]]
    assert be_shown(scene, first) == "held"


@pytest.mark.parametrize("verb", [moderation.approve_signature, moderation.restore_signature])
def test_an_admin_brings_back_who_is_only_counted_beside_a_namesake(scene, verb):
    counted = scene.signed(**NGO, visibility="counted")
    undone = moderation.hold_signature if verb is moderation.approve_signature else moderation.remove_signature
    undone(scene.db, scene.statement.slug, counted, actor="kate", reason=None, now=scene.clock())
    scene.signed(**ATTACKER)

    verb(scene.db, scene.statement.slug, counted, seen=None, actor="kate", reason=None, now=scene.clock())

    assert (scene.listed(), scene.counts()) == ([NGO["organisation"]], (0, 2, 0))


def test_a_founding_list_takes_in_an_organisation_of_which_one_was_only_counted(scene):
    scene.signed(**NGO, visibility="counted")

    scene.found("1. River Watch NGO\n2. Lake Watch NGO\n")

    assert scene.listed() == ["River Watch NGO", "Lake Watch NGO"]
