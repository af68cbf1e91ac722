"""kill -9 of the server and an immediate stop of its PostgreSQL, under load: what was acknowledged is there."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Cluster, programs
from tests.drills.books import faults, keys_in
from tests.drills.crowd import Crowd, Told
from tests.drills.real_server import RealInstance, make_real_instance, serving
from tests.drills.test_kill import CROWD, EARLIEST_S, LATEST_S, restart_and_retry


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server with its defaults: every commit is synced."""
    cluster = Cluster(programs())
    cluster.start()
    yield cluster
    cluster.close()


@pytest.fixture
def instance(tmp_path: Path, cluster: Cluster) -> RealInstance:
    cluster.execute("CREATE DATABASE letters")
    return make_real_instance(
        tmp_path / "instance",
        UNDERSIGNED_DATABASE=cluster.url("letters"),
        UNDERSIGNED_LIMIT_STORAGE=f"sqlite:///{tmp_path / 'limits'}",
        WEB_CONCURRENCY="2",
        UNDERSIGNED_THREADS="4",
    )


def stop_all_under_load(instance: RealInstance, cluster: Cluster) -> Told:
    """Let a crowd sign, stop the database as a power cut would, kill the server, and return what the crowd was told."""
    with (
        serving(instance) as server,
        Crowd(instance.port, instance.sign_path, instance.form_token(), size=CROWD) as crowd,
    ):
        assert crowd.has_begun.wait(timeout=20)
        server.wait(random.uniform(EARLIEST_S, LATEST_S))
        cluster.stop_at_once()
        server.kill()
    instance.opened.context.db.close()
    cluster.start()
    return crowd.told


def drill(instance: RealInstance, cluster: Cluster, rounds: int) -> int:
    """Run rounds on one database that grows, and return how many signatures were acknowledged in all."""
    acknowledged: set[str] = set()
    for number in range(rounds):
        told = stop_all_under_load(instance, cluster)
        acknowledged |= told.acknowledged.keys()
        assert faults(instance.database, acknowledged=acknowledged) == [], f"after stop {number}"

        retried = restart_and_retry(instance, told)
        acknowledged |= retried.acknowledged.keys()
        assert (retried.others, list(retried.unanswered)) == ([], []), f"retries after stop {number}"
        assert faults(instance.database, acknowledged=acknowledged) == [], f"after the retries of stop {number}"
        assert acknowledged <= keys_in(instance.database)
    return len(acknowledged)


def test_two_stops_under_load_lose_nothing_that_was_acknowledged(instance, cluster):
    assert drill(instance, cluster, rounds=2) > 2 * CROWD


@pytest.mark.drill
def test_twenty_stops_under_load_lose_nothing_that_was_acknowledged(instance, cluster):
    acknowledged = drill(instance, cluster, rounds=20)

    print(f"{acknowledged} acknowledged on PostgreSQL, none lost")
    assert acknowledged > 20 * CROWD
