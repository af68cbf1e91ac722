"""Two and three processes confirm for one mailbox at one moment: one signature of each name, and never a third."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from server import create_app
from server.config import read_settings
from server.crypto.links import SignatureRef
from server.db import Conflict, Store, writing_alone
from server.db.engines import open_store
from server.errors import LinkInvalid
from server.services import texts
from server.services.confirm import confirm_signature
from server.services.statements import open_statement
from server.tables import statements
from server.text.statement_file import read_statement
from server.web.context import EXTENSION
from tests.conftest import NOW, RIVERS, environment
from tests.databases import databases
from tests.db.racing import in_lanes
from tests.scene import CONSENT, Scene, look, run

FEW, MANY = 25, 1_000
ALIASES = ("a.ni{}@gmail.com", "an.i{}+rivers@gmail.com", "ani{}+2@googlemail.com")
SAME = ("Ani Petrosyan", "ANI  Petrosyan")
DIFFERENT = ("Ani Petrosyan", "Aram Petrosyan", "Astghik Petrosyan")
Press = Callable[[SignatureRef], tuple[str, int, int]]


@pytest.fixture(params=["sqlite", "postgres"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A statement on either engine, whatever the suite runs on."""
    address = str(tmp_path / "u.db") if request.param == "sqlite" else databases.postgres(tmp_path)
    limits = f"sqlite:///{tmp_path / 'limits'}"
    settings = read_settings(environment(tmp_path, UNDERSIGNED_DATABASE=address, UNDERSIGNED_LIMIT_STORAGE=limits))
    context = create_app(settings).extensions[EXTENSION]
    context.db.migrate(create=True)
    texts.add_statement(context.db, read_statement(RIVERS), actor="test", now=NOW)
    open_statement(context.db, "open-rivers", actor="test", now=NOW)
    with context.db.read() as tx:
        opened = statements.get(tx, "open-rivers")
    yield Scene(context, opened, lambda: NOW)
    context.db.close()


def timed(press: Callable[[Store, SignatureRef], str], address: str) -> Press:
    """Return a press of the button in a process with a store of its own, and between which moments (ns) it was."""
    store = open_store(address)

    def press_once(ref: SignatureRef) -> tuple[str, int, int]:
        began = time.monotonic_ns()
        try:
            outcome = press(store, ref)
        except (LinkInvalid, Conflict) as refusal:
            outcome = type(refusal).__name__
        return outcome, began, time.monotonic_ns()

    return press_once


def ours(store: Store, ref: SignatureRef) -> str:
    return confirm_signature(store, ref, consent=CONSENT, now=NOW)


def naive(store: Store, ref: SignatureRef) -> str:
    """Look in Python, then write: what the indexes are there for."""
    [mine] = look(store, "SELECT email_key, name_key FROM signatures WHERE id = :id", id=ref.id)
    taken = look(
        store,
        "SELECT id FROM signatures WHERE email_key = :email_key AND name_key = :name_key AND confirmed_at IS NOT NULL",
        **mine,
    )
    if taken:
        return "already"
    with writing_alone():
        run(store, "UPDATE signatures SET confirmed_at = 1, mailbox_seat = 1 WHERE id = :id", id=ref.id)
    return "confirmed"


def race(
    scene: Scene, names: Sequence[str], races: int, press: Callable[[Store, SignatureRef], str] = ours
) -> Counter[int]:
    """Let one process for each name confirm at one moment, so many times; returns how often how many were confirmed."""
    lanes = [
        [scene.ref(scene.sign(email=alias.format(number), name=name)) for number in range(races)]
        for alias, name in zip(ALIASES, names, strict=False)
    ]
    answers = in_lanes(timed, press, scene.context.settings.database, lanes=lanes)
    assert all(isinstance(answer, list) for answer in answers), answers
    met = sum(_met(times) for times in zip(*answers, strict=True))
    assert met > races / 2, f"only {met} of {races} races were races"
    counts = scene.rows("SELECT count(confirmed_at) AS confirmed FROM signatures GROUP BY statement_id, email_key")
    assert len(counts) == races, "the aliases are of one mailbox"
    return Counter(row["confirmed"] for row in counts)


def _met(times: Sequence[tuple[str, int, int]]) -> bool:
    """Whether all presses of a race were under way at one moment."""
    return max(began for _, began, _ in times) < min(ended for _, _, ended in times)


def without_indexes(scene: Scene) -> Scene:
    scene.run("DROP INDEX one_seat")
    scene.run("DROP INDEX one_name")
    return scene


def test_of_two_processes_that_confirm_one_name_of_a_mailbox_one_does(scene):
    assert race(scene, SAME, FEW) == {1: FEW}
    assert scene.counts() == (FEW, 0, 0)


def test_of_three_processes_that_confirm_three_names_of_a_mailbox_two_do(scene):
    assert race(scene, DIFFERENT, FEW) == {2: FEW}
    assert scene.counts() == (2 * FEW, 0, 0)


@pytest.mark.drill
@pytest.mark.parametrize(("names", "confirmed"), [(SAME, 1), (DIFFERENT[:2], 2), (DIFFERENT, 2)])
def test_a_thousand_races_confirm_no_name_twice_and_no_third_name(scene, names, confirmed):
    assert race(scene, names, MANY) == {confirmed: MANY}
    assert scene.counts() == (confirmed * MANY, 0, 0)

    engine = scene.context.settings.database.partition(":")[0]
    print(f"{MANY:,} races of {len(names)} processes, {len({*names})} spellings, {engine[-8:]}: {confirmed} each time")


# The twins: the same races where nobody but Python decides


def test_without_the_indexes_a_third_name_is_confirmed(scene):
    assert race(without_indexes(scene), DIFFERENT, FEW)[3] == FEW


def test_a_confirm_that_looks_first_confirms_one_name_twice(scene):
    assert race(without_indexes(scene), SAME, 4 * FEW, naive)[2] > 0


def test_the_indexes_stop_even_a_confirm_that_looks_first(scene):
    assert race(scene, SAME, FEW, naive) == {1: FEW}
