"""What a hosting platform asks."""

import pytest

from server.web.context import _WORKER
from tests.web.scene import newest_link


@pytest.mark.sqlite
def test_a_process_that_answers_is_alive_without_its_database(client, db, tmp_path):
    db.close()
    (tmp_path / "undersigned.db").unlink()
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert client.get("/readyz").status_code >= 500


def test_a_process_that_can_work_is_ready(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.sqlite
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

    assert (answer.status_code, answer.json) == (503, {"status": "chores stopped"})
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_tells_nothing_about_the_instance(client, statement, settings, path):
    answer = client.get(path)

    assert settings.database.encode() not in answer.data
    assert len(answer.data) < 40


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
