"""The founding list gets another order and other words, and nobody overlooks what somebody else has changed."""

import pytest

from server.db import Conflict
from server.errors import NotFound
from server.services import founding, moderation
from server.services.founding import ListChanged
from server.services.shared import LineChanged, line_fingerprint
from server.services.signers import affirm_signature, change_signature
from server.tables import signature_queries
from server.text.signatory_list.entries import Entry
from tests.scene import CONSENT, Scene

LIST = "Ani Marlowe, Poet\nTeodor Vance, Judge\nRiver Hands NGO\nCleo Day\n"
NAMES = ["Ani Marlowe", "Teodor Vance", "River Hands NGO", "Cleo Day"]


@pytest.fixture
def founded(scene: Scene) -> list[int]:
    """The ids of a founding list, and somebody has signed after it."""
    scene.found(LIST)
    scene.signed(name="Zara")
    return [row["id"] for row in scene.rows("SELECT id FROM signatures WHERE founding_place IS NOT NULL ORDER BY id")]


def arrange(scene: Scene, ids: list[int]) -> bool:
    return founding.reorder_founders(scene.db, "open-rivers", ids, actor="admin:kate", now=scene.clock())


def mark(scene: Scene, signature_id: int) -> str:
    """What a page about a line carries that is opened now; empty where there is no such line."""
    with scene.db.read() as tx:
        listed = {one.id: one for one in signature_queries.list_founders(tx, scene.statement.id)}
    return line_fingerprint(listed[signature_id]) if signature_id in listed else ""


def correct(
    scene: Scene, signature_id: int, name: str, kind: str = "individual", seen: str | None = None, **about: str
) -> bool:
    entry = Entry(1, kind, name, about.get("title"), about.get("affiliation"), last_line=1)
    seen = mark(scene, signature_id) if seen is None else seen
    return founding.edit_founder(
        scene.db, "open-rivers", signature_id, entry, seen=seen, actor="admin:kate", now=scene.clock()
    )


def stamp(scene: Scene) -> int:
    return scene.at("open-rivers").statement.stamp


def test_the_public_list_has_the_new_order_and_who_signed_later_stays_behind_it(scene, founded):
    before = stamp(scene)

    assert arrange(scene, founded[::-1])

    assert scene.listed() == [*NAMES[::-1], "Zara"]
    assert stamp(scene) == before + 1
    assert scene.journal()[-1][:2] == ("founding.arrange", "statement:open-rivers")
    with scene.db.read() as tx:
        assert [one.founding_place for one in signature_queries.list_founders(tx, scene.statement.id)] == [1, 2, 3, 4]


def test_every_order_can_be_had_from_every_other(scene, founded):
    first, second, third, fourth = founded
    for order in ([second, first, third, fourth], [fourth, first, third, second], [first, second, third, fourth]):
        assert arrange(scene, order)
        with scene.db.read() as tx:
            assert [one.id for one in signature_queries.list_founders(tx, scene.statement.id) if one.is_live] == order


def test_the_order_that_is_there_changes_nothing(scene, founded):
    before = stamp(scene), scene.journal()

    assert not arrange(scene, founded)
    assert (stamp(scene), scene.journal()) == before


@pytest.mark.parametrize("change", ["one too few", "one twice", "a stranger"])
def test_an_order_of_another_list_is_refused(scene, founded, change):
    ids = {"one too few": founded[1:], "one twice": [founded[0], *founded], "a stranger": [*founded, 999]}[change]
    before = scene.listed()

    with pytest.raises(ListChanged):
        arrange(scene, ids)
    assert scene.listed() == before


def test_who_was_removed_meanwhile_is_not_put_in_order(scene, founded):
    moderation.remove_signature(scene.db, "open-rivers", founded[1], actor="kate", reason=None, now=scene.clock())
    with pytest.raises(ListChanged):
        arrange(scene, founded[::-1])

    assert arrange(scene, [founded[3], founded[0], founded[2]])
    assert scene.listed() == ["Cleo Day", "Ani Marlowe", "River Hands NGO", "Zara"]


def test_what_comes_later_stands_behind_a_list_in_another_order(scene, founded):
    arrange(scene, founded[::-1])
    scene.found("Ruzanna Orme\n")

    assert scene.listed() == [*NAMES[::-1], "Ruzanna Orme", "Zara"]


# other words


def test_a_line_is_corrected_and_the_old_one_can_be_entered_again(scene, founded):
    before = stamp(scene)

    assert correct(scene, founded[0], "Ani Marlow", title="Writer")

    assert scene.listed()[0] == "Ani Marlow"
    [row] = scene.rows("SELECT title, name_key, founding_key FROM signatures WHERE id = :id", id=founded[0])
    assert row == {"title": "Writer", "name_key": "ani marlow", "founding_key": "individual/ani marlow/writer/"}
    assert stamp(scene) == before + 1
    scene.found("Ani Marlowe, Poet\n")
    assert scene.listed().count("Ani Marlowe") == 1


def test_an_organisation_is_corrected_by_its_own_name(scene, founded):
    assert correct(scene, founded[2], "River Hand NGO", "organisation")

    [row] = scene.rows("SELECT name, organisation, organisation_key FROM signatures WHERE id = :id", id=founded[2])
    assert row == {"name": None, "organisation": "River Hand NGO", "organisation_key": "river hand"}


def test_the_same_words_and_another_kind_change_nothing(scene, founded):
    before = stamp(scene), scene.journal()

    assert not correct(scene, founded[0], "Ani Marlowe", title="Poet")
    assert not correct(scene, founded[0], "Marlowe NGO", "organisation")
    assert (stamp(scene), scene.journal()) == before


def test_a_line_that_is_there_already_is_refused(scene, founded):
    with pytest.raises(Conflict):
        correct(scene, founded[0], "Teodor Vance", title="Judge")
    assert scene.listed()[:2] == NAMES[:2]


def test_a_yes_is_taken_back_with_the_line_that_it_was_said_of(scene, founded):
    affirm_signature(scene.db, scene.ref(founded[0]), now=scene.clock())
    correct(scene, founded[0], "Ani Marlow", title="Poet")

    assert scene.rows("SELECT id FROM signatures WHERE listed_confirmed_at IS NOT NULL") == []


def test_what_a_founder_has_taken_back_does_not_come_back(scene, founded):
    seen = mark(scene, founded[0])
    line = {"name": "A. M.", "title": None}
    change_signature(scene.db, scene.ref(founded[0]), line, consent=CONSENT, now=scene.clock())

    with pytest.raises(LineChanged) as refusal:
        correct(scene, founded[0], "Ani Marlowe", seen=seen, title="Poet", affiliation="Hill Club")

    assert refusal.value.differing == ["name", "title", "affiliation"]
    assert scene.listed()[0] == "A. M."


def test_it_would_come_back_from_a_page_that_carries_no_mark_of_its_own(scene, founded):
    line = {"name": "A. M.", "title": None}
    change_signature(scene.db, scene.ref(founded[0]), line, consent=CONSENT, now=scene.clock())

    assert correct(scene, founded[0], "Ani Marlowe", title="Poet", affiliation="Hill Club")
    assert scene.listed()[0] == "Ani Marlowe"


def test_an_answer_that_the_page_did_not_show_is_not_taken_back(scene, founded):
    seen = mark(scene, founded[0])
    affirm_signature(scene.db, scene.ref(founded[0]), now=scene.clock())

    with pytest.raises(LineChanged):
        correct(scene, founded[0], "Ani Marlow", seen=seen, title="Poet")


def test_only_a_live_founding_signature_of_this_statement_is_corrected(scene, founded):
    other = scene.publish("clean-air")
    other.found("Sea Watch NGO\n")
    [elsewhere] = scene.rows("SELECT max(id) AS id FROM signatures")
    [late] = scene.rows("SELECT id FROM signatures WHERE name = 'Zara'")
    moderation.remove_signature(scene.db, "open-rivers", founded[3], actor="kate", reason=None, now=scene.clock())

    for signature_id in (elsewhere["id"], late["id"], founded[3], 999):
        with pytest.raises(NotFound):
            correct(scene, signature_id, "Somebody")
