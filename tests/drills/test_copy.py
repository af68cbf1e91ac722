"""A million signatures from SQLite to PostgreSQL by the command, as an operator moves house."""

import time
from pathlib import Path

import pytest

from server.db.engines import open_store
from tests.databases import Cluster, programs
from tests.drills.real_server import make_real_instance
from tests.processes import COMMAND, Running

LONGEST_S = 300
FILL = """
INSERT INTO signatures (statement_id, text_id, partner_id, nonce, kind, name, title, city, locale, visibility, name_key,
                        email_key, key_version, list_number, signed_at, confirmed_at, changed_at)
  WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many)
SELECT 1, 1, 1, randomblob(16), 'individual', 'Անի Գևորգյան ' || n, 'Poet', 'Gyumri', 'en', 'name',
       'անի գեւորգյան ' || n,
       randomblob(32), 1, 1000000000 + n, 1800000000 + n, 1800000060 + n, 1800000060 + n
  FROM numbers
"""


@pytest.mark.drill
def test_a_million_signatures_move_within_five_minutes(tmp_path: Path) -> None:
    many = 1_000_000
    instance = make_real_instance(tmp_path / "instance")
    with instance.opened.context.db.write() as tx:
        assert tx.run(FILL, {"many": many}) == many
    instance.opened.context.db.close()
    cluster = Cluster(programs())
    cluster.start()
    began = time.monotonic()
    command = (COMMAND, "copy", "--from", instance.database, "--to", cluster.url("postgres"))
    with Running(command, printed=tmp_path / "printed", cwd=tmp_path) as copying:
        assert copying.wait(LONGEST_S), "it takes too long"
        took = time.monotonic() - began
        assert copying.process.returncode == 0, copying.text
    store = open_store(cluster.url("postgres"))
    with store.read() as tx:
        assert tx.rows("SELECT count(*) AS n, max(id) AS last FROM signatures", {}) == [{"n": many, "last": many}]
    store.close()
    cluster.close()

    print(f"{many:,} signatures copied and compared in {took:.0f} s")
    assert "Both databases have the same" in copying.text
