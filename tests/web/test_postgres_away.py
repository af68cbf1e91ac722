"""A PostgreSQL that goes away and comes back: answered as a busy file is, and nobody has to restart us."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.config import Settings, read_settings
from server.db import postgres
from server.db.postgres import PostgresStore
from server.web import health
from tests.conftest import environment
from tests.databases import Cluster
from tests.db.racing import in_threads
from tests.engines import DATABASE
from tests.web.scene import NO_LIMITS, PAGE


@pytest.fixture
def settings(cluster: Cluster, tmp_path: Path) -> Settings:
    limits = NO_LIMITS | {"UNDERSIGNED_LIMIT_STORAGE": "memory://"}
    return read_settings(environment(tmp_path, **limits, UNDERSIGNED_DATABASE=cluster.url(DATABASE)))


@contextmanager
def away(cluster: Cluster) -> Iterator[None]:
    cluster.stop_at_once()
    yield
    cluster.start()


def test_without_its_database_a_process_lives_but_is_not_ready(client, statement, cluster, monkeypatch):
    monkeypatch.setattr(health, "KEPT_S", 0)
    assert client.get("/readyz").status_code == 200

    with away(cluster):
        assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


def test_a_signature_that_cannot_be_kept_is_refused_and_the_same_request_works_later(signer, cluster, monkeypatch):
    monkeypatch.setattr(postgres, "IDLE_CHECK_S", 0)  # who restarts a database takes longer than this cluster here
    request = {"key": "0123456789abcdef", "form_token": signer.form_token()}

    with away(cluster):
        refused = signer.post(**request)
    again = signer.post(**request)

    assert (refused.status_code, refused.json["code"], refused.headers["Retry-After"]) == (503, "unavailable", "5")
    assert (again.status_code, signer.post(**request).status_code) == (202, 202)


def test_where_the_database_stands_is_for_the_log_alone(client, statement, cluster, caplog):
    with away(cluster):
        answers = [client.get("/api/v1/statements/open-rivers/signatories"), client.get(PAGE)]

    assert str(cluster.port) in caplog.text
    for answer in answers:
        assert answer.status_code == 503
        assert b"127.0.0.1" not in answer.data
        assert str(cluster.port).encode() not in answer.data


def ask(store: PostgresStore) -> None:
    with store.read() as tx:
        tx.rows("SELECT pg_sleep(0.05)", {})


@pytest.fixture
def store(cluster: Cluster) -> Iterator[PostgresStore]:
    """A store whose pool is full of connections."""
    store = PostgresStore(cluster.url(DATABASE))
    assert in_threads(lambda: ask(store), threads=6) == []
    yield store
    store.close()


def test_connections_that_died_in_the_pool_are_replaced_unseen(store, cluster, monkeypatch):
    monkeypatch.setattr(postgres, "IDLE_CHECK_S", 0)
    with away(cluster):
        pass

    assert in_threads(lambda: ask(store), threads=6) == []


def test_without_the_check_the_dead_ones_are_handed_out(store, cluster, monkeypatch):
    """The twin."""
    monkeypatch.setattr(postgres, "IDLE_CHECK_S", 3600)
    with away(cluster):
        pass

    assert in_threads(lambda: ask(store), threads=6) != []
