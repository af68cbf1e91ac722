"""What a hosting platform asks."""

import pytest
from sqlite_utils.utils import sqlite3

from server.errors import Unavailable
from server.web import health
from server.web.context import _WORKER
from tests.web.scene import newest_link

LONG_S = 20


@pytest.fixture
def _without_memory(monkeypatch):
    """Each question is answered by a try of its own."""
    monkeypatch.setattr(health, "KEPT_S", 0)


@pytest.mark.sqlite
def test_a_process_that_answers_is_alive_without_its_database(client, db, tmp_path):
    db.close()
    (tmp_path / "undersigned.db").unlink()
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not-ready", "reasons": ["database-unavailable"]})


def test_a_process_that_can_work_is_ready(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.sqlite
@pytest.mark.usefixtures("_without_memory")
def test_a_process_whose_database_was_moved_is_not_ready_until_it_is_back(client, db, tmp_path, signer, caplog):
    database, moved = tmp_path / "undersigned.db", tmp_path / "moved.db"
    token = signer.form_token()
    assert client.get("/readyz").status_code == 200
    database.rename(moved)

    assert [client.get("/readyz").status_code, signer.post(form_token=token).status_code] == [503, 503]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    moved.rename(database)

    assert [client.get("/readyz").status_code, signer.post(form_token=token).status_code] == [200, 202]


def test_a_process_whose_chores_have_stopped_is_not_ready(app, client):
    class Stopped:
        def is_running(self):
            return False

    app.extensions[_WORKER] = Stopped()
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json) == (503, {"status": "not-ready", "reasons": ["worker-stopped"]})
    assert client.get("/healthz").status_code == 200


def reasons(client) -> list[str]:
    return client.get("/readyz").json.get("reasons", [])


@pytest.mark.usefixtures("_without_memory")
def test_a_process_is_ready_only_while_it_can_write(app, client, db, monkeypatch):
    assert reasons(client) == []

    def refuse(tx, *, now):
        raise Unavailable("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("server.tables.probes.write", refuse)
        assert reasons(client) == ["database-unavailable"]
    assert reasons(client) == []


@pytest.mark.sqlite
@pytest.mark.usefixtures("_without_memory")
def test_a_held_write_lock_is_told_within_a_second_and_is_tried_once(client, db, tmp_path, monkeypatch):
    monkeypatch.setattr(health, "WAIT_S", 0.05)
    client.get("/readyz")
    other = sqlite3.connect(tmp_path / "undersigned.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert [reasons(client), reasons(client)] == [["database-busy"]] * 2
    other.execute("ROLLBACK")
    other.close()
    monkeypatch.setattr(health, "WAIT_S", LONG_S)
    assert reasons(client) == [], "the first try ended"


def test_many_questions_are_one_write(client, db):
    for _ in range(5):
        client.get("/readyz")

    assert db.writes == 1


@pytest.mark.usefixtures("_without_memory")
def test_what_does_not_stop_signing_is_a_warning(client, signer, clock, settings, monkeypatch):
    signer.post()
    clock.forward(minutes=31)
    place = settings.nightly_backups
    if place is not None:
        place.folder.mkdir(exist_ok=True)
        (place.folder / "undersigned-2025-01-01T030000Z.db").write_bytes(b"")
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 10**18)
    on_file = ["backup-late", "disk-nearly-full"] if place is not None else []
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok", "warnings": ["emails-late", *on_file]})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_tells_nothing_about_the_instance(client, statement, settings, path):
    answer = client.get(path)

    assert settings.database.encode() not in answer.data
    assert len(answer.data) < 120


def test_a_probe_says_which_network_it_comes_from(client, context, clock):
    answer = client.get(context.links.probe_path(now=clock()), environ_base={"REMOTE_ADDR": "2001:db8::7"})

    assert (answer.status_code, answer.json) == (200, {"network": "2001:db8::/64", "scheme": "http"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_else_is_told_what_the_server_sees(client, context, clock):
    path = context.links.probe_path(now=clock())
    clock.forward(minutes=11)

    strangers = [path, "/probe/x", path[:-1], path.replace("/probe/", "/probe/W10.")]
    assert {client.get(other).status_code for other in strangers} == {404}


def test_the_token_of_another_link_opens_no_probe(client, signer, context, clock):
    signer.post()

    assert client.get(newest_link(context, now=clock()).replace("/confirm/", "/probe/")).status_code == 404
