"""What a signer erases, or takes back, stands in no file any more when the verb has returned."""

from pathlib import Path

import pytest

from server.services import statements
from server.services.scheduled import anonymise_signatures
from server.services.signers import change_pending_signature, change_signature, disown_signature, erase_signature
from tests.databases import databases
from tests.scene import CONSENT, Scene

NAME = "Qanahit Findable"
DAY_S = 24 * 3600

pytestmark = pytest.mark.sqlite


def stands(folder: Path) -> bool:
    kept = databases.all_bytes(folder)
    return any(form.encode() in kept for form in (NAME, NAME.lower()))


def by_forgetting(scene: Scene) -> None:
    erase_signature(scene.db, scene.ref(scene.signed(name=NAME)), now=scene.clock())


def by_forgetting_another_of_the_mailbox(scene: Scene) -> None:
    first = scene.signed(name="Ani")
    scene.sign(name=NAME)
    erase_signature(scene.db, scene.ref(first), now=scene.clock())


def by_disowning(scene: Scene) -> None:
    here, ref = scene.context, scene.ref(scene.sign(name=NAME))
    disown_signature(scene.db, ref, everywhere=False, keys=here.keys, sealer=here.sealer, now=scene.clock())


def by_another_name(scene: Scene) -> None:
    change_signature(scene.db, scene.ref(scene.signed(name=NAME)), {"name": "Ani"}, consent=CONSENT, now=scene.clock())


def by_another_name_before_confirming(scene: Scene) -> None:
    change_pending_signature(scene.db, scene.ref(scene.sign(name=NAME)), {"name": "Ani"}, now=scene.clock())


def by_the_end_of_its_time(scene: Scene) -> None:
    scene.signed(name=NAME)
    scene.run("UPDATE statements SET anonymise_after_days = 1")
    statements.close_statement(scene.db, "open-rivers", actor="kate", now=scene.clock())
    anonymise_signatures(scene.db, now=scene.clock() + DAY_S)


ERASING = [
    by_forgetting,
    by_forgetting_another_of_the_mailbox,
    by_disowning,
    by_another_name,
    by_another_name_before_confirming,
    by_the_end_of_its_time,
]


@pytest.mark.parametrize("erase", ERASING)
def test_it_is_in_no_file_when_the_verb_returns(scene, tmp_path, erase):
    erase(scene)

    assert not stands(tmp_path)


@pytest.mark.parametrize("erase", ERASING)
def test_in_a_log_that_nobody_empties_it_would_stand(scene, tmp_path, monkeypatch, erase):
    """The twin: to overwrite it in the tables is not enough, and later writes do not help."""
    monkeypatch.setattr(scene.db, "tidy", lambda: True)

    erase(scene)
    for number in range(8):
        scene.sign(email=f"signer{number}@rivers.example")

    assert stands(tmp_path)


def test_a_reader_keeps_it_for_as_long_as_it_reads(scene, tmp_path):
    ref = scene.ref(scene.signed(name=NAME))
    with scene.db.read() as tx:
        tx.rows("SELECT id FROM signatures", {})
        erase_signature(scene.db, ref, now=scene.clock())
        assert stands(tmp_path)

    assert scene.db.tidy()
    assert not stands(tmp_path)
