"""kill -9 of the whole server at any moment under load: what was acknowledged is there, and a retry signs once."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drills.books import faults, keys_in
from tests.drills.crowd import Crowd, Door, Told, sign_again
from tests.drills.real_server import RealInstance, RealServer, make_real_instance, serving

CROWD = 8
EARLIEST_S, LATEST_S = 0.05, 0.4  # after the first answer
Serving = Callable[[RealInstance], RealServer]


@pytest.fixture
def instance(tmp_path: Path) -> RealInstance:
    """An instance of two processes that send their emails into a folder."""
    return make_real_instance(tmp_path / "instance", WEB_CONCURRENCY="2", UNDERSIGNED_THREADS="4")


def serving_lossily(instance: RealInstance) -> RealServer:
    """Return the server that answers before it writes."""
    command = (sys.executable, "-m", "tests.drills.lossy", str(instance.folder))
    return RealServer(command, port=instance.port, log=instance.folder / "server.log")


def kill_under_load(instance: RealInstance, serving: Serving) -> Told:
    """Let a crowd sign, kill every process of the server in the middle, and return what the crowd was told."""
    with (
        serving(instance) as server,
        Crowd(instance.port, instance.sign_path, instance.form_token(), size=CROWD) as crowd,
    ):
        assert crowd.has_begun.wait(timeout=20)
        server.wait(random.uniform(EARLIEST_S, LATEST_S))
        server.kill()
    return crowd.told


def restart_and_retry(instance: RealInstance, told: Told) -> Told:
    """Start the real server again, and let everybody who got no answer send the same once more."""
    with serving(instance):
        door = Door(instance.port, instance.sign_path)
        retried = sign_again(told.unanswered, door)
        door.close()
    return retried


def drill(instance: RealInstance, rounds: int) -> int:
    """Run rounds on one database that grows, and return how many signatures were acknowledged in all."""
    database, acknowledged = instance.database, set()
    for number in range(rounds):
        told = kill_under_load(instance, serving)
        acknowledged |= told.acknowledged.keys()
        assert (told.others, faults(database, acknowledged=acknowledged)) == ([], []), f"after kill {number}"

        retried = restart_and_retry(instance, told)
        acknowledged |= retried.acknowledged.keys()
        assert (retried.others, list(retried.unanswered)) == ([], []), f"retries after kill {number}"
        assert faults(database, acknowledged=acknowledged) == [], f"after the retries of kill {number}"
        assert keys_in(database) == acknowledged, f"a row that nobody sent, after kill {number}"
    return len(acknowledged)


def test_three_kills_under_load_lose_nothing_that_was_acknowledged(instance):
    assert drill(instance, rounds=3) > 3 * CROWD


@pytest.mark.drill
def test_thirty_kills_under_load_lose_nothing_that_was_acknowledged(instance):
    acknowledged = drill(instance, rounds=30)

    print(f"{acknowledged} acknowledged, none lost")
    assert acknowledged > 30 * CROWD


def test_a_server_that_answers_before_it_writes_is_caught(instance):
    """The twin: the same crowd, the same kill, the same look into the books."""
    told = kill_under_load(instance, serving_lossily)

    found = faults(instance.database, acknowledged=told.acknowledged)

    assert told.others == []
    assert any(fault.startswith("lost: ") for fault in found)
