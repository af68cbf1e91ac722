"""Founding signatures: a published list enters in its own order, and never twice."""

from collections.abc import Sequence

import pytest

from server.errors import NotFound
from server.services import moderation
from server.services.founding import import_founders
from server.text.signatory_list import read_signatory_list
from server.text.signatory_list.entries import Entry
from tests.conftest import RIVERS
from tests.scene import NGO, Scene

LIST = """1. “Free Lake” human rights NGO
2. Մաքուր օդ ՀԿ
3. River Watch, NGO
4. მდინარე
"""


def enter(scene: Scene, source: str, kind: str = "organisation") -> tuple[int, int]:
    parsed = read_signatory_list(source, kind)
    assert parsed.unplaced == ()
    return enter_entries(scene, parsed.entries)


def enter_entries(scene: Scene, entries: Sequence[Entry]) -> tuple[int, int]:
    """How many were added, and how many stood on the list before."""
    done = import_founders(scene.db, scene.statement.slug, entries, actor="kate", now=scene.clock())
    assert set(done.known) <= set(entries)
    return done.added, len(done.known)


def person(name: str, title: str | None = None, affiliation: str | None = None) -> Entry:
    return Entry(1, "individual", name, title, affiliation, last_line=1)


def test_the_list_keeps_its_order_and_its_spelling(scene):
    assert enter(scene, LIST) == (4, 0)

    names = ["“Free Lake” human rights NGO", "Մաքուր օդ ՀԿ", "River Watch, NGO", "მდინარე"]
    assert scene.listed() == names
    assert scene.counts() == (0, 4, 0)
    assert [row["founding_place"] for row in scene.rows("SELECT founding_place FROM signatures ORDER BY id")] == [
        1,
        2,
        3,
        4,
    ]


def test_the_same_list_twice_adds_nothing(scene):
    enter(scene, LIST)
    before = scene.rows("SELECT * FROM signatures"), scene.journal(), scene.at("open-rivers").statement.stamp

    assert enter(scene, LIST) == (0, 4)

    assert (scene.rows("SELECT * FROM signatures"), scene.journal(), scene.at("open-rivers").statement.stamp) == before
    assert scene.counts() == (0, 4, 0)


def test_a_longer_list_adds_what_is_new_at_the_end(scene):
    enter(scene, LIST)

    assert enter(scene, "1. Sea Watch\n" + LIST + "6. Pond Watch\n") == (2, 4)

    assert scene.listed()[-2:] == ["Sea Watch", "Pond Watch"]


def test_other_quotes_and_legal_forms_are_the_same_organisation(scene):
    enter(scene, "“River Watch” NGO\n")

    assert enter(scene, "River-Watch LLC\n") == (0, 1)


def test_founding_signatures_stand_first_however_late_they_come(scene):
    scene.signed(name="Ani")

    enter(scene, LIST)

    assert scene.listed()[-1] == "Ani"
    assert len(scene.listed()) == 5


def test_an_organisation_that_signed_by_itself_is_not_entered_beside(scene):
    scene.signed(**NGO)

    assert enter(scene, LIST) == (3, 1)
    assert scene.counts() == (0, 4, 0)


def test_two_people_of_one_name_are_told_apart_by_what_they_do(scene):
    entries = [
        person("Ani Petrosyan", "Poet"),
        person("Ani Petrosyan", "Judge", "City Court"),
        person("ani petrosyan", "Poet"),
        person("Ani Petrosyan"),
    ]

    added = enter_entries(scene, entries)

    assert added == (3, 1)
    assert scene.counts() == (3, 0, 0)
    assert enter_entries(scene, entries) == (0, 4)


def test_a_person_and_an_organisation_of_one_name_are_two(scene):
    entries = [person("Aurora"), Entry(2, "organisation", "Aurora", None, None, last_line=2)]

    assert enter_entries(scene, entries) == (2, 0)
    assert scene.counts() == (1, 1, 0)


def test_the_people_keep_title_and_affiliation(scene):
    import_founders(scene.db, "open-rivers", [person("Ani", "Judge", "City Court")], actor="kate", now=scene.clock())

    [row] = scene.rows("SELECT name, title, affiliation, organisation, email_key, visibility, state FROM signatures")
    assert row == {
        "name": "Ani",
        "title": "Judge",
        "affiliation": "City Court",
        "organisation": None,
        "email_key": None,
        "visibility": "name",
        "state": "confirmed",
    }


def test_they_are_bound_to_the_newest_text_in_the_first_language(scene):
    scene.publish("open-rivers", 'place = "Batumi"', title="Keep our rivers open")
    [newest] = scene.rows("SELECT max(id) AS id FROM statement_texts WHERE locale = 'en'")

    enter(scene, LIST)

    assert {row["text_id"] for row in scene.rows("SELECT text_id FROM signatures")} == {newest["id"]}
    assert RIVERS not in scene.listed()


def test_what_was_thrown_out_does_not_come_back_with_the_list(scene):
    enter(scene, LIST)
    [first, *_] = scene.rows("SELECT id FROM signatures ORDER BY id")
    moderation.remove_signature(scene.db, "open-rivers", first["id"], actor="kate", reason="left", now=scene.clock())

    assert enter(scene, LIST) == (0, 4)
    assert scene.counts() == (0, 3, 0)


def test_the_journal_says_how_many_were_entered(scene):
    enter(scene, LIST)

    assert scene.journal()[-1][:2] == ("founding.import", "statement:open-rivers")
    assert scene.rows("SELECT after FROM journal_details ORDER BY journal_id DESC LIMIT 1") == [{"after": "4"}]


def test_an_unknown_statement_gets_nothing(scene):
    with pytest.raises(NotFound):
        import_founders(scene.db, "nowhere", [person("Ani")], actor="kate", now=scene.clock())
