"""A delivery of its own outlives a restart of the database; what it was to send goes out afterwards."""

from pathlib import Path

import pytest

from server.cli.context import Instance
from server.config import Settings
from tests.cli.shell import started
from tests.databases import Cluster
from tests.engines import DATABASE

AWAY = "the database is unavailable: "


@pytest.fixture
def settings(cluster: Cluster, letters: Path) -> Settings:
    file = letters / "undersigned.env"
    text = "".join(line for line in file.read_text().splitlines(True) if not line.startswith("UNDERSIGNED_DATABASE="))
    file.write_text(f"{text}UNDERSIGNED_DATABASE='{cluster.url(DATABASE)}'\n")
    return Instance(str(letters)).settings


def test_a_delivery_waits_for_a_database_that_is_away(letters, cluster, signer, mails, undersigned):
    with started("--instance", letters, "deliver", printed=letters / "deliver.log", cwd=letters) as delivery:
        signer.post()
        delivery.wait_for("the first email", lambda: len(mails.texts()) == 1)

        cluster.stop_at_once()
        delivery.wait_for("its complaint", lambda: AWAY in delivery.text)
        once = undersigned("deliver", "--once")
        cluster.start()

        assert signer.post(name="Aram", email="aram@rivers.example").status_code in (202, 503)
        assert signer.post(name="Aida", email="aida@rivers.example").status_code == 202
        delivery.wait_for("the emails after it", lambda: len(mails.texts()) >= 2)
    assert (once.exit_code, once.stdout) == (1, "")
