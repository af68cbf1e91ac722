"""What a hosting platform asks."""

import pytest

from server.web.context import _WORKER


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
