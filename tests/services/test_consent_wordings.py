"""Word consent: of several who saw the same words one saves theirs, and the journal tells what was changed."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.db import Store, retried
from server.errors import NotFound
from server.services.statements import ConsentChanged, ConsentWordings, consent_fingerprint, set_consent_wordings
from server.tables import texts
from tests.scene import Scene

TOGETHER = 4
HERE, THERE = ("en", "individual"), ("fr", "individual")
AGREE = {HERE: "I agree with every word."}


def standing(scene: Scene) -> ConsentWordings:
    with scene.db.read() as tx:
        return texts.list_consent_wordings(tx, scene.statement.id)


def save(scene: Scene, wordings: ConsentWordings, *, seen: ConsentWordings) -> int:
    return set_consent_wordings(
        scene.db, "open-rivers", wordings, seen=consent_fingerprint(seen), actor="admin:kate", now=scene.clock()
    )


def stamp(scene: Scene) -> int:
    return int(scene.rows("SELECT stamp FROM statements WHERE slug = 'open-rivers'")[0]["stamp"])


def believing(scene: Scene, wordings: ConsentWordings, *, seen: ConsentWordings, looked: threading.Barrier) -> int:
    """What most do: look whether somebody was faster, and then save."""
    now = standing(scene)
    looked.wait()
    if consent_fingerprint(now) != consent_fingerprint(seen):
        raise ConsentChanged("someone else has changed this wording in the meantime")
    put(scene.db, scene.statement.id, wordings)
    return len(wordings)


@retried
def put(db: Store, statement_id: int, wordings: ConsentWordings) -> None:
    with db.write() as tx:
        for (locale, which), body in wordings.items():
            texts.set_consent_wording(tx, statement_id, locale, which, body)


def saved_together(save_one: Callable[[ConsentWordings], int]) -> int:
    """How many of several who press at the same time, each with other words, are told that theirs were saved."""

    def press(number: int) -> bool:
        try:
            return save_one({HERE: f"I agree, in words number {number}."}) > 0
        except ConsentChanged:
            return False

    with ThreadPoolExecutor(TOGETHER) as pool:
        return sum(pool.map(press, range(TOGETHER)))


def test_of_several_who_saw_the_same_words_one_saves(scene):
    assert saved_together(lambda wordings: save(scene, wordings, seen={})) == 1


def test_who_looks_before_the_transaction_loses_the_words_of_the_others(scene):
    """The twin: all are told that their words were saved."""
    looked = threading.Barrier(TOGETHER)

    assert saved_together(lambda wordings: believing(scene, wordings, seen={}, looked=looked)) == TOGETHER


def test_what_was_seen_is_known_by_the_words_and_not_by_their_order_or_empty_places():
    both = {HERE: "a", THERE: "b"}

    assert consent_fingerprint(both) == consent_fingerprint({THERE: "b", HERE: "a", ("en", "counted"): ""})
    assert len({consent_fingerprint(words) for words in (both, {HERE: "b", THERE: "a"}, {HERE: "a"}, {})}) == 4


def test_only_what_differs_is_counted_told_and_asked_for_again(scene):
    save(scene, AGREE, seen={})
    before = stamp(scene), len(scene.journal())

    assert save(scene, AGREE | {THERE: ""}, seen=AGREE) == 0
    assert (stamp(scene), len(scene.journal())) == before

    assert save(scene, {HERE: "", THERE: "J’accepte."}, seen=AGREE) == 2
    assert standing(scene) == {THERE: "J’accepte."}
    assert stamp(scene) == before[0] + 1
    [row] = scene.rows("""
        SELECT verb, actor, subject, statement_id, before, after
          FROM journal JOIN journal_details ON journal_id = id ORDER BY id DESC LIMIT 1
    """)
    told = (row["verb"], row["actor"], row["subject"], row["statement_id"])
    assert told == ("statement.consent", "admin:kate", "statement:open-rivers", scene.statement.id)
    assert json.loads(row["before"]) == {"en individual": AGREE[HERE], "fr individual": ""}
    assert json.loads(row["after"]) == {"en individual": "", "fr individual": "J’accepte."}


def test_a_statement_that_is_not_there_has_no_words(scene):
    with pytest.raises(NotFound):
        set_consent_wordings(scene.db, "no-such", AGREE, seen=consent_fingerprint({}), actor="kate", now=scene.clock())

    assert standing(scene) == {}
