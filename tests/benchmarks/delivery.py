"""How fast emails leave: ``python tests/benchmarks/delivery.py`` delivers the outbox, beside raw smtplib.

Both send as many emails of the same size over one kept connection to the same SMTP server, a process of its own, in
turns. The figure is the median of the ratios of five rounds. The product also decides about each email, writes it and
records it durably.
"""

import itertools
import smtplib
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from server.crypto.links import FormClaim  # noqa: E402
from server.mail.delivery import deliver_due_emails  # noqa: E402 - a script knows its own folder only, until here
from server.mail.smtp import Transport  # noqa: E402
from server.mail.transports import open_transport  # noqa: E402
from server.services.sign import Submission, sign  # noqa: E402
from server.tables import statements, texts  # noqa: E402
from tests.drills.real_server import SLUG, RealInstance, make_real_instance  # noqa: E402
from tests.processes import Running, free_port  # noqa: E402

EMAILS, ROUNDS, TARGET = 300, 5, 0.8
MESSAGE = "From: sign@rivers.example\r\nTo: {to}\r\nSubject: A letter\r\n\r\n{body}\r\n"
BODY = "Rivers belong to those who live by them.\r\n" * 200  # about as long as a confirm email
PATIENCE_S = 15


@contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """Serve SMTP in a process of its own, which takes every email and keeps none; give its port."""
    port = free_port()
    command = (sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}")
    with Running(command, printed=folder / "smtp.log", cwd=folder):
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < until, "the mail server does not listen"
        yield port


def sign_many(instance: RealInstance, numbers: Iterator[int]) -> None:
    """Let so many people sign, each with an address of their own, so that each gets an email."""
    here = instance.opened.context
    with here.db.read() as tx:
        statement = statements.get(tx, SLUG)
        [text] = texts.list_latest(tx, statement.id)
    for number in itertools.islice(numbers, EMAILS):
        said = Submission(
            key=f"0123456789abcdef{number}",
            kind="individual",
            name=f"Ani {number}",
            email=f"ani@rivers-{number}.example",
            locale="en",
        )
        claim = FormClaim(statement.id, text.id)
        sign(here.db, statement, claim, said, keys=here.keys, sealer=here.sealer, now=int(time.time()))


def deliver(instance: RealInstance, transport: Transport) -> float:
    """Deliver all that is due; return the emails a second."""
    box, sent, began = instance.opened.context.delivery_context, 0, time.perf_counter()
    while done := deliver_due_emails(box, transport, clock=lambda: int(time.time())).sent:
        sent += done
    assert sent == EMAILS, f"{sent} of {EMAILS} emails were sent"
    return sent / (time.perf_counter() - began)


def send_raw(connection: smtplib.SMTP) -> float:
    """Send as many emails with smtplib alone; return the emails a second."""
    began = time.perf_counter()
    for number in range(EMAILS):
        to = f"ani@rivers-{number}.example"
        connection.sendmail("sign@rivers.example", [to], MESSAGE.format(to=to, body=BODY))
    return EMAILS / (time.perf_counter() - began)


def main() -> None:
    """Measure both in turns, and end with status 1 if ours is slower than it may be."""
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as made, mail_server(Path(made)) as port:
        instance = make_real_instance(Path(made) / "instance", UNDERSIGNED_MAIL_DELIVERY="off")
        numbers, ratios = itertools.count(), []
        with (
            smtplib.SMTP("127.0.0.1", port) as connection,
            open_transport(f"smtp://127.0.0.1:{port}?starttls=never") as transport,
        ):
            print(f"{'round':>8}{'ours/s':>10}{'raw/s':>10}{'ratio':>8}")
            for number in range(1, ROUNDS + 1):
                sign_many(instance, numbers)
                ours, raw = deliver(instance, transport), send_raw(connection)
                ratios.append(ours / raw)
                print(f"{number:>8}{ours:>10.0f}{raw:>10.0f}{ratios[-1]:>8.2f}")
    median = statistics.median(ratios)
    reached = median >= TARGET
    print(f"{'median':>8}{'':20}{median:>8.2f}   target {TARGET:.2f}: {'reached' if reached else 'MISSED'}")
    raise SystemExit(0 if reached else 1)


if __name__ == "__main__":
    main()
