"""Rounds of delivery: who signs before them, how they go, and what came out of them."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from server.mail.delivery import DeliveryRound, deliver_due_emails
from server.mail.transports import open_transport
from server.tables import outbox, signatures
from server.tables.outbox import Recipient
from tests.mail.sink import Received, Sink
from tests.processes import free_port
from tests.scene import Scene

GAP_S, HOUR_S, DAY_S = 600, 3600, 24 * 3600


def deliver_to(scene: Scene, url: str, **changes) -> DeliveryRound:
    with open_transport(url) as transport:
        return deliver_due_emails(replace(scene.context.delivery_context, **changes), transport, clock=scene.clock)


def nobody_listens() -> str:
    return f"smtp://127.0.0.1:{free_port()}?starttls=never"


def read(received: Received) -> EmailMessage:
    return message_from_bytes(received.content, policy=policy.default)


def subjects(sink: Sink) -> list[str]:
    return [read(one)["Subject"] for one in sink.received]


def signers(scene: Scene, how_many: int, *, domain: str = "rivers.example") -> list[int]:
    return [scene.sign(email=f"signer{number}@{domain}") for number in range(how_many)]


def waiting(scene: Scene) -> list[tuple[int, int]]:
    """The attempts of each email that waits, and in how many seconds it is due."""
    rows = scene.rows(
        "SELECT attempts, due_at FROM outbox"
        " WHERE sent_at IS NULL AND dead_at IS NULL AND suppressed_at IS NULL ORDER BY id"
    )
    return [(row["attempts"], row["due_at"] - scene.clock()) for row in rows]


def texts(sink: Sink) -> list[str]:
    return [read(one).get_body(("plain",)).get_content() for one in sink.received]


def put(scene: Scene, kind: str, signature_id: int) -> None:
    """Put an email of a kind into the outbox, past the verbs."""
    signature = scene.get(signature_id)
    sealed = scene.context.sealer.seal("ani@rivers.example", purpose=signatures.ADDRESS_SEAL_PURPOSE)
    with scene.db.write() as tx:
        about = None if kind == "links" else signature_id
        to = Recipient(signature.statement_id, about, "en", signature.email_key or b"", sealed.blob)
        outbox.put(tx, kind, to, now=scene.clock())
