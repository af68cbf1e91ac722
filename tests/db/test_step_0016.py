"""The steps that count languages, countries and hours anew: from the signatures themselves, once."""

from server.db import migration_scripts
from server.db.sqlite import statements_of
from server.services import moderation
from server.services.signers import erase_signature
from server.tables import counts as counts_table
from tests.scene import NGO, Scene


def take_the_step_again(scene: Scene, step: str) -> None:
    with scene.db.write() as tx:
        for statement in statements_of(migration_scripts()[step]):
            tx.run(statement, {})


def drift(scene: Scene) -> list[tuple[str, str, int, int]]:
    with scene.db.read() as tx:
        rows = counts_table.list_drift(tx)
    return [(row["what"], row["value"], int(row["counted"]), int(row["kept"])) for row in rows]


def count_as_an_older_version_did(scene: Scene, hour: int) -> None:
    """Each time that one was approved it was another event, by country too, and nothing was taken away."""
    scene.run("DELETE FROM tallies WHERE dimension <> 'all'")
    scene.run("UPDATE tallies SET confirmed = confirmed + 4 WHERE dimension = 'all' AND hour > 0")
    for dimension, value in (("country", "GE"), ("country", "AM"), ("locale", "en")):
        scene.run(
            "INSERT INTO tallies (statement_id, partner_id, kind, hour, dimension, value, confirmed)"
            " VALUES (:id, 1, 'individual', :hour, :dimension, :value, 5)",
            id=scene.statement.id,
            hour=hour,
            dimension=dimension,
            value=value,
        )


def test_what_was_counted_too_often_is_counted_once_from_the_signatures(scene, clock):
    there = scene.through_partner
    held, _, gone = (
        there.signed(name=name, email=f"{name}@rivers.example".lower(), country=country)
        for name, country in (("Ani", "AM"), ("Gia", "GE"), ("Nino", "GE"))
    )
    clock.forward(hours=2)
    scene.signed(**NGO)
    moderation.hold_signature(scene.db, "open-rivers", held, actor="kate", reason=None, now=clock())
    erase_signature(scene.db, scene.ref(gone), now=clock())
    assert drift(scene) == []
    counts = scene.counts()
    count_as_an_older_version_did(scene, clock() // 3600)
    assert ("country", "GE", 1, 5) in drift(scene)

    take_the_step_again(scene, "0016_inferring")
    hour = next(iter(scene.rows("SELECT confirmed_at / 3600 AS hour FROM signatures ORDER BY id LIMIT 1")))["hour"]
    assert drift(scene) == [("hour", str(hour), 1, 3)], "the twin: it counted what is held or erased as well"
    take_the_step_again(scene, "0019_confirmed_hours")

    assert drift(scene) == []
    with scene.db.read() as tx:
        assert counts_table.list_countries(tx, scene.statement.id, 1, least=1) == [("GE", 1)]
        assert [number for _, number in counts_table.list_hours(tx, scene.statement.id, 1, since=3600)] == [1]
    assert scene.counts() == counts
