"""What the tests of exports share: the bytes, the rows that a program reads in them, and what the journal knows."""

import csv
import io

from server.exports import ExportStream, export_signatures
from server.tables import signatures
from tests.scene import Scene


def unseal(scene: Scene):
    return lambda sealed: scene.context.sealer.unseal(sealed, purpose=signatures.ADDRESS_SEAL_PURPOSE)


def begin(scene: Scene, *choice, **values) -> ExportStream:
    """The bytes on their way."""
    given = {"actor": "kate", "clock": scene.clock, **values}
    return export_signatures(scene.db, scene.statement.slug, *choice, **given).sent()


def dump(scene: Scene, *choice, **values) -> bytes:
    return b"".join(begin(scene, *choice, **values))


def rows(dumped: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(dumped.decode("utf-8-sig"), newline="")))


def export_lines(scene: Scene) -> list[tuple[str, str, str | None]]:
    told = scene.rows(
        "SELECT verb, actor, after FROM journal JOIN journal_details ON journal_id = id"
        " WHERE verb LIKE 'export.%' ORDER BY id"
    )
    return [(row["verb"], row["actor"], row["after"]) for row in told]


def fill(scene: Scene, how_many: int) -> None:
    """Many confirmed signatures, copied from one."""
    scene.signed(comment="c" * 200)
    scene.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
        "INSERT INTO signatures (statement_id, text_id, nonce, kind, name, comment, locale, visibility, signed_at,"
        " confirmed_at, changed_at) SELECT statement_id, text_id, nonce, kind, name, comment, locale, visibility,"
        " signed_at, confirmed_at, changed_at FROM signatures, n WHERE id = 1",
        last=how_many - 1,
    )
