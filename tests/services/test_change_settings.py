"""Settle: what all languages share is changed as it was typed, and nobody is shown sooner or kept longer than told."""

import json
from dataclasses import replace
from typing import Any

import pytest

from server.errors import Invalid
from server.services.scheduled import prune_expired
from server.services.statements import SettingsChanged, change_settings, get_settings, settings_fingerprint
from server.tables import statements
from server.tables.statements import Statement
from server.text.statement_file import SharedValues
from tests.scene import Scene

DAY_S = 24 * 3600


@pytest.fixture(params=["list_from", "names_from"])
def embargo(request, scene, clock) -> tuple[Scene, str, int]:
    """A statement whose names are shown later, the key that says so, and a value that shows them sooner."""
    written = "2027-03-01T00:00:00Z" if request.param == "list_from" else "50"
    sooner = clock() + DAY_S if request.param == "list_from" else 49
    return scene.publish("clean-air", f"{request.param} = {written}"), request.param, sooner


def stands(scene: Scene) -> Statement:
    with scene.db.read() as tx:
        return statements.get(tx, scene.statement.slug)


def change(scene: Scene, *, seen: str = "", knows: bool = False, **values: Any) -> list[str]:
    now_it_is = stands(scene)
    shared = replace(SharedValues(**get_settings(now_it_is)), **values)
    seen = seen or settings_fingerprint(now_it_is)
    return change_settings(
        scene.db,
        scene.statement.slug,
        shared,
        seen=seen,
        knows_who_waits=knows,
        actor="admin:olga",
        now=scene.clock(),
    )


def test_what_changed_is_written_and_told_and_nothing_else(scene):
    before = stands(scene)

    changed = change(scene, goal=900, kinds=("individual",), reply_to=None, newsletter=False, confirm="code")

    assert sorted(changed) == ["confirm", "goal", "kinds", "newsletter"]
    assert stands(scene) == replace(
        before, goal=900, kinds=("individual",), newsletter=False, confirm_by="code", stamp=before.stamp + 1
    )
    assert scene.journal()[-1] == ("statement.settings", "statement:open-rivers", None)
    [row] = scene.rows("SELECT before, after FROM journal_details ORDER BY journal_id DESC LIMIT 1")
    assert json.loads(row["before"]) == {
        "goal": 500,
        "kinds": ["individual", "organisation"],
        "newsletter": True,
        "confirm": "link",
    }
    assert json.loads(row["after"])["goal"] == 900


def test_every_setting_can_be_changed(scene):
    moments = {"opens": 1, "closes": 4_000_000_000, "event": 3, "list_from": 4}
    values = {
        **moments,
        "timezone": "Asia/Tbilisi",
        "goal": 5,
        "count_from": 6,
        "names_from": 7,
        "kinds": ("organisation",),
        "fields": ("city",),
        "required": ("city",),
        "moderation": "all",
        "confirm": "code",
        "visibilities": ("counted", "initials"),
        "newsletter": False,
        "discreet": True,
        "indexed": True,
        "short_form": False,
        "reply_to": "olga@rivers.example",
        "mailbox_seats": 1,
        "keep_contacts": True,
        "anonymise_after_days": 90,
    }

    changed = change(scene, **values)

    assert set(changed) == set(values) == set(get_settings(scene.statement))
    assert get_settings(stands(scene)) == values


def test_saving_what_stands_changes_nothing(scene):
    before = stands(scene), scene.journal()

    assert change(scene) == []
    assert (stands(scene), scene.journal()) == before


def test_who_saves_over_what_they_never_saw_is_refused(scene):
    seen = settings_fingerprint(stands(scene))
    change(scene, goal=900)

    with pytest.raises(SettingsChanged) as refusal:
        change(scene, seen=seen, goal=800)

    assert (refusal.value.stands.goal, stands(scene).goal) == (900, 900)


def test_a_signature_in_between_makes_no_page_stale(scene):
    seen = settings_fingerprint(stands(scene))
    scene.signed()

    assert change(scene, seen=seen, goal=800) == ["goal"]


def test_names_that_were_to_wait_are_shown_sooner_only_by_who_knows_how_many_wait(embargo):
    scene, key, sooner = embargo
    scene.signed()
    for value in (sooner, None):
        with pytest.raises(Invalid) as refusal:
            change(scene, **{key: value})
        assert refusal.value.fields == {key: ["sooner"]}
    assert scene.listed() == []

    assert change(scene, knows=True, **{key: None}) == [key]
    assert scene.listed() == ["Ani"]


def test_where_nobody_has_signed_nobody_was_told_anything(embargo):
    scene, key, sooner = embargo
    scene.sign()
    scene.found("Founding Rivers Union\n")

    assert change(scene, **{key: sooner}) == [key]


def test_names_may_always_be_shown_later(embargo):
    scene, key, sooner = embargo
    scene.signed()

    assert change(scene, **{key: sooner + 100 * DAY_S}) == [key]
    assert scene.listed() == []


def test_names_are_released_at_once_where_enough_have_signed(scene):
    scene = scene.publish("clean-air", "names_from = 50")
    for one in ("Ani", "Aram"):
        scene.signed(name=one, email=f"{one}@rivers.example")

    change(scene, knows=True, names_from=2)

    assert scene.listed() == ["Ani", "Aram"]
    assert stands(scene).names_released_at is not None


@pytest.mark.parametrize("names_from", [None, 1, 100])
def test_names_that_were_released_never_wait_again(scene, names_from):
    scene = scene.publish("clean-air", "names_from = 2")
    for one in ("Ani", "Aram"):
        scene.signed(name=one, email=f"{one}@rivers.example")

    with pytest.raises(Invalid) as refusal:
        change(scene, knows=True, names_from=names_from)

    assert refusal.value.fields == {"names_from": ["released"]}


@pytest.mark.parametrize(("days", "allowed"), [(30, True), (91, False), (None, False)])
def test_nobody_is_kept_longer_than_they_were_told(scene, days, allowed):
    scene = scene.publish("clean-air", "anonymise_after_days = 90")
    scene.signed()

    if allowed:
        assert change(scene, anonymise_after_days=days) == ["anonymise_after_days"]
        return
    with pytest.raises(Invalid) as refusal:
        change(scene, knows=True, anonymise_after_days=days)
    assert refusal.value.fields == {"anonymise_after_days": ["kept-longer"]}


def test_addresses_that_are_kept_for_no_reason_any_more_are_erased(scene, clock):
    scene = scene.publish("clean-air", 'keep_contacts = true\nnewsletter = true\nmoderation = "organisations"')
    scene.signed()
    reader = scene.signed(email="reader@rivers.example", newsletter=True)
    held = scene.signed(kind="organisation", organisation="NGO", email="ngo@gmail.com", website="https://ngo.example")
    elsewhere = scene.at("open-rivers").signed(email="else@rivers.example", newsletter=True)

    change(scene, keep_contacts=False)
    scene.run("DELETE FROM outbox")
    prune_expired(scene.db, now=clock())

    kept = [row["signature_id"] for row in scene.rows("SELECT signature_id FROM contacts ORDER BY 1")]
    assert kept == [reader, held, elsewhere]


def test_what_is_offered_no_more_stays_with_who_chose_it(scene):
    one = scene.signed(visibility="counted")

    change(scene, visibilities=("name",))

    assert scene.get(one).visibility == "counted"
    assert scene.listed() == []
