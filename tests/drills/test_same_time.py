"""From outside nobody learns which addresses we know: the answers are the same to the byte, and take the same time."""

import json
import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import pytest

from server.services import moderation
from server.tables import outbox, statements
from tests.drills.real_server import ORIGIN, SLUG, RealInstance, RealServer, make_real_instance, serving
from tests.scene import Scene
from tests.services.addressed import block, withdraw

FEW, MANY = 3, 200
SHUFFLES = 2_000
TELLING_MS, LUCK = 2.0, 0.001
CODE_PATH = f"/api/v1/statements/{SLUG}/confirmations"
Times = dict[str, list[float]]


def hold(scene: Scene, email: str) -> None:
    moderation.hold_signature(scene.db, SLUG, scene.signed(email=email), actor="test", reason=None, now=scene.clock())


def remove(scene: Scene, email: str) -> None:
    moderation.remove_signature(scene.db, SLUG, scene.signed(email=email), actor="test", reason=None, now=scene.clock())


def fill_seats(scene: Scene, email: str) -> None:
    for name in ("Ani", "Aram"):
        scene.signed(email=email, name=name)


def spend_budget(scene: Scene, email: str) -> None:
    here = scene.context
    with scene.db.write() as tx:
        for _ in range(here.settings.mail_budget.per_statement):
            outbox.add_mailing(
                tx,
                outbox_id=1_000_000 + secrets.randbelow(10**12),
                email_key=here.keys.key(email),
                mail_key=here.keys.mail_key(email),
                statement_id=scene.statement.id,
                purse="confirm",
                now=scene.clock(),
            )


KINDS: dict[str, Callable[[Scene, str], object]] = {
    "new": lambda scene, email: None,
    "pending": lambda scene, email: scene.sign(email=email),
    "confirmed": lambda scene, email: scene.signed(email=email),
    "no seat left": fill_seats,
    "withdrawn": lambda scene, email: withdraw(scene, scene.signed(email=email)),
    "held": hold,
    "removed": remove,
    "blocked here": block,
    "blocked everywhere": lambda scene, email: block(scene, email, everywhere=True),
    "budget spent": spend_budget,
}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[RealInstance]:
    """An instance that syncs each commit, as every one of ours does, and sends nothing meanwhile."""
    made = make_real_instance(tmp_path / "instance", UNDERSIGNED_MAIL_DELIVERY="off")
    yield made
    made.opened.context.db.close()


def make_addresses(instance: RealInstance, each: int) -> list[list[tuple[str, str]]]:
    """Make so many addresses of each kind; returns rounds of one of each kind, every round in another order."""
    here = instance.opened.context
    with here.db.read() as tx:
        scene = Scene(here, statements.get(tx, SLUG), lambda: int(time.time()))
    rounds = []
    for number in range(each):
        one_of_each = [(kind, f"ani.{number:04}@{kind.replace(' ', '-'):x>20}.example") for kind in KINDS]
        for kind, email in one_of_each:
            KINDS[kind](scene, email)
        rounds.append(random.sample(one_of_each, len(one_of_each)))
    return rounds


def serving_sparingly(instance: RealInstance) -> RealServer:
    """Return the server that does nothing for an address that has signed."""
    command = (sys.executable, "-m", "tests.drills.sparing", str(instance.folder))
    return RealServer(command, port=instance.port, log=instance.folder / "server.log")


def ask(instance: RealInstance, rounds: list[list[tuple[str, str]]]) -> tuple[Times, Times, set[object], set[object]]:
    """Sign with each address, then try a wrong code; returns both doors' milliseconds by kind, and their answers."""
    signing: Times = {kind: [] for kind in KINDS}
    trying: Times = {kind: [] for kind in KINDS}
    signed, tried = set(), set()
    connection, token = HTTPConnection("127.0.0.1", instance.port), instance.form_token()
    for kind, email in (one for one_of_each in rounds for one in one_of_each):
        key = secrets.token_urlsafe(18)
        form = {"key": key, "form_token": token, "kind": "individual", "name": "Ani", "email": email, "locale": "en"}
        for path, body, times, answers in (
            (instance.sign_path, form, signing, signed),
            (CODE_PATH, {"key": key, "code": "00000000", "consent": "individual"}, trying, tried),
        ):
            began = time.perf_counter()
            answers.add(post(connection, path, body))
            times[kind].append(1000 * (time.perf_counter() - began))
    connection.close()
    return signing, trying, signed, tried


def post(connection: HTTPConnection, path: str, body: dict[str, str]) -> tuple[object, ...]:
    """Return all of an answer but the hour."""
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", "Origin": ORIGIN})
    answer = connection.getresponse()
    headers = sorted((name.lower(), value) for name, value in answer.getheaders() if name.lower() != "date")
    return answer.status, *headers, answer.read()


def spread(times: Times) -> float:
    """Return how far apart the medians of two kinds are at most, in milliseconds."""
    medians = [median(each) for each in times.values()]
    return max(medians) - min(medians)


def luck(times: Times) -> float:
    """Return how often the medians are as far apart where chance deals out the kinds, in each round anew."""
    rounds, seen = list(zip(*times.values(), strict=True)), spread(times)
    shuffled = (
        dict(zip(times, zip(*(random.sample(one, len(one)) for one in rounds), strict=True), strict=True))
        for _ in range(SHUFFLES)
    )
    return sum(spread(each) >= seen for each in shuffled) / SHUFFLES


def tell_apart(times: Times) -> bool:
    """Whether the time that an answer takes tells the kinds of addresses apart.

    On a quick disk what is spared is less than a millisecond, and shows all the same: chance hardly ever does that.
    """
    return spread(times) >= TELLING_MS or luck(times) <= LUCK


def table(door: str, times: Times) -> str:
    lines = [f"  {kind:20}{median(each):8.2f} ms" for kind, each in times.items()]
    least = f"  at most apart {spread(times):.2f} ms; by chance in {luck(times):.4f} of all cases"
    return "\n".join([f"{door}: medians of {len(next(iter(times.values())))}", *lines, least])


def test_a_server_answers_the_same_to_the_byte_whatever_it_knows_of_an_address(instance):
    rounds = make_addresses(instance, FEW)
    with serving(instance):
        _, _, signed, tried = ask(instance, rounds)

    assert [answer[0] for answer in signed] == [202]
    assert [answer[0] for answer in tried] == [422]


@pytest.mark.drill
def test_the_time_of_two_hundred_answers_tells_no_kind_of_address_apart(instance):
    rounds = make_addresses(instance, MANY)
    with serving(instance):
        signing, trying, signed, tried = ask(instance, rounds)

    print(table("signing", signing), table("a wrong code", trying), sep="\n")
    assert (len(signed), len(tried)) == (1, 1)
    assert not tell_apart(signing)
    assert not tell_apart(trying)


@pytest.mark.drill
def test_a_server_that_spares_work_for_known_addresses_is_told_apart(instance):
    """The twin: the same addresses, the same clock."""
    rounds = make_addresses(instance, MANY)
    with serving_sparingly(instance):
        signing, _, _, _ = ask(instance, rounds)

    print(table("signing, where known addresses are spared", signing))
    assert tell_apart(signing)
