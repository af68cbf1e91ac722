"""Addresses of every kind that the database can know."""

from server.services import moderation
from server.services.outbox import record_bounce
from server.tables import outbox
from tests.scene import Scene


def withdraw(scene: Scene, signature_id: int) -> None:
    scene.run("UPDATE signatures SET withdrawn_at = 1 WHERE id = :id", id=signature_id)


def block(scene: Scene, email: str, *, everywhere: bool = False) -> None:
    statement_id = 0 if everywhere else scene.statement.id
    with scene.db.write() as tx:
        outbox.add_suppression(
            tx,
            mail_key=scene.context.keys.mail_key(email),
            statement_id=statement_id,
            reason="asked",
            undo_nonce=b"undo",
            now=scene.clock(),
        )


def come_back(scene: Scene, signature_id: int) -> None:
    """Let the email to confirm a signature come back: its address does not work."""
    scene.run("UPDATE outbox SET attempts = 1 WHERE signature_id = :id", id=signature_id)
    [email] = scene.rows("SELECT id FROM outbox WHERE signature_id = :id", id=signature_id)
    assert record_bounce(
        scene.db, "bounced", "550 5.1.1 unknown", outbox_ids=[email["id"]], message_ids=[], now=scene.clock()
    )


def every_kind_of_address(scene: Scene) -> list[str]:
    """Make an address of each kind that the database can know."""
    scene.sign(email="pending@rivers.example")
    scene.signed(email="confirmed@rivers.example")
    for name in ("Ani", "Aram"):
        scene.signed(email="full@rivers.example", name=name)
    withdraw(scene, scene.signed(email="withdrawn@rivers.example"))
    out = scene.signed(email="removed@rivers.example")
    moderation.remove_signature(scene.db, "open-rivers", out, actor="kate", reason=None, now=scene.clock())
    away = scene.signed(email="held@rivers.example")
    moderation.hold_signature(scene.db, "open-rivers", away, actor="kate", reason=None, now=scene.clock())
    block(scene, "blocked@rivers.example")
    block(scene, "blocked-everywhere@rivers.example", everywhere=True)
    come_back(scene, scene.sign(email="bounced@rivers.example"))
    kinds = (
        *("new", "pending", "confirmed", "full", "withdrawn", "removed", "held", "blocked", "blocked-everywhere"),
        "bounced",
    )
    return [f"{kind}@rivers.example" for kind in kinds]
