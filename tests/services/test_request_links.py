"""Ask for links: the same work for every address, so that nobody learns at the door who has signed."""

from server.services.sign import request_links
from tests.scene import Scene, SpyStore
from tests.services.addressed import every_kind_of_address

NO_ID = {"signature_id": None, "kind": "links"}


def naive_ask(db, statement, email, *, keys, sealer, locale, now) -> None:
    """What most do: look first, and write nothing to an address that has signed nothing."""
    with db.read() as tx:
        known = tx.rows("SELECT id FROM signatures WHERE email_key = :key", {"key": keys.key(email)})
    if known:
        request_links(db, statement, email, keys=keys, sealer=sealer, locale=locale, now=now)


def work_for(scene: Scene, email: str, verb=request_links) -> list[str]:
    spy, here = SpyStore(scene.db), scene.context
    verb(spy, scene.statement, email, keys=here.keys, sealer=here.sealer, locale="en", now=scene.clock())
    return spy.said


def test_every_kind_of_address_makes_the_same_work(scene):
    emails = every_kind_of_address(scene)

    works = [work_for(scene, email) for email in emails]

    assert all(work == works[0] for work in works)
    assert sum("INSERT INTO outbox" in statement for statement in works[0]) == 1


def test_a_look_before_the_work_is_seen(scene):
    """The twin: who looks first works less for a stranger."""
    every_kind_of_address(scene)

    assert work_for(scene, "new@rivers.example", naive_ask) != work_for(scene, "pending@rivers.example", naive_ask)


def test_the_row_holds_a_sealed_address_and_nothing_of_a_signature(scene):
    scene.signed()
    work_for(scene, "ani@rivers.example")

    row = scene.emails()[-1]
    assert {name: row[name] for name in NO_ID} == NO_ID
    assert (row["statement_id"], row["locale"], row["due_at"]) == (scene.statement.id, "en", scene.clock())
    assert b"ani" not in bytes(row["sealed_to"])
