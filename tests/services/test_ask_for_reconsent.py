"""Ask signers: the question goes once to each whose address we have, whoever is killed on the way."""

import threading

import pytest

from server.services import moderation, scheduled
from server.services.scheduled import ask_for_reconsent
from server.services.signers import reconsent_signature, withdraw_signature
from tests.editing import asked, mend, rewrite
from tests.scene import CONSENT, UNPROVED
from tests.services.test_send_results import DyingStore, Killed, readers


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "RECONSENT_BATCH", 3)


def ask(scene) -> None:
    ask_for_reconsent(scene.db, now=scene.clock())


@pytest.mark.parametrize("how_many", [0, 2, 3, 7])
def test_everybody_of_the_older_edition_is_asked_once(scene, how_many):
    ids = readers(scene, how_many)
    rewrite(scene, "We demand dams.")

    for _ in range(3):
        ask(scene)

    assert asked(scene) == ids


def test_a_mended_typo_asks_nobody(scene):
    """The twin: the same signers, and a change that is none of their business."""
    readers(scene, 2)
    mend(scene, "We ask for open rivers.")

    ask(scene)

    assert asked(scene) == []


def test_only_who_stands_and_can_be_reached_is_asked(scene, clock):
    stands, held, withdrawn, gone = readers(scene, 4)
    waiting = scene.signed(**UNPROVED)
    scene.sign(email="pending@rivers.example", newsletter=True)
    moderation.hold_signature(scene.db, "open-rivers", held, actor="kate", reason=None, now=clock())
    withdraw_signature(scene.db, scene.ref(withdrawn), shown=False, now=clock())
    scene.run("DELETE FROM contacts WHERE signature_id = :id", id=gone)
    rewrite(scene, "We demand dams.")

    ask(scene)

    assert scene.get(waiting).state == "held"
    assert asked(scene) == [stands, held, waiting]


def test_who_keeps_their_name_is_asked_again_only_about_a_newer_edition(scene, clock):
    first, second = readers(scene, 2)
    text = rewrite(scene, "We demand dams.").text
    ask(scene)
    reconsent_signature(scene.db, scene.ref(first), seen=text.sha256, consent=CONSENT, now=clock())
    mend(scene, "We demand a dam.")
    ask(scene)
    assert asked(scene) == [first, second]

    rewrite(scene, "We demand no dam.")
    ask(scene)

    assert asked(scene) == [first, second, first, second]


def test_a_second_change_before_the_question_is_out_asks_each_but_once(scene):
    ids = readers(scene, 7)
    rewrite(scene, "We demand dams.")
    rewrite(scene, "We demand no dams.")

    ask(scene)

    assert asked(scene) == ids


def test_two_languages_ask_each_their_own(scene):
    ids = readers(scene, 4)
    french = scene.rows("SELECT id FROM statement_texts WHERE locale = 'fr'")[0]["id"]
    scene.run("UPDATE signatures SET text_id = :text WHERE id IN (2, 4)", text=french)
    rewrite(scene, "We demand dams.")
    ask(scene)
    assert asked(scene) == [ids[0], ids[2]]

    rewrite(scene, "Nous demandons des barrages.", locale="fr")
    ask(scene)

    assert asked(scene) == [ids[0], ids[2], ids[1], ids[3]]


def test_who_goes_on_after_a_kill_doubles_and_forgets_nobody(scene, clock):
    ids = readers(scene, 10)
    rewrite(scene, "We demand dams.")
    with pytest.raises(Killed):
        ask_for_reconsent(DyingStore(scene.db, lives=2), now=clock())
    assert asked(scene) == ids[:6]

    ask(scene)

    assert asked(scene) == ids


def test_eight_at_once_share_the_work(scene):
    ids = readers(scene, 20)
    rewrite(scene, "We demand dams.")
    together = threading.Barrier(8)

    def run() -> None:
        together.wait()
        ask(scene)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert asked(scene) == ids
