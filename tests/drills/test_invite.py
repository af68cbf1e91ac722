"""300 people invited through a real SMTP server, the delivering process killed again and again: one email each.

What SMTP allows: a process that dies after the server took an email and before it has written that down leaves a row
that nobody can tell from an unsent one (RFC 1047). It is sent again under the same Message-ID, by which mailboxes know
it. So the drill counts Message-IDs for each person, and copies apart: at most one for each kill.
"""

import re
import sys
import time
from collections import Counter
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.client import HTTPConnection
from json import loads
from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from server.mail.delivery import LEASE_S
from tests.drills.real_server import ROOT, SLUG, RealInstance, make_real_instance, serving
from tests.processes import COMMAND, Running, free_port

PEOPLE, PER_HOUR = 300, 3600
KILL_AT = range(8, 290, 10)  # emails that have arrived
STEP = 8  # emails that are waited for at a time: they come one a second

pytestmark = pytest.mark.drill


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """A Maildir that a mail server process of its own writes to."""
    return tmp_path / "letters"


@pytest.fixture
def instance(tmp_path: Path, letters: Path):
    port = free_port()
    handler = ("-c", "aiosmtpd.handlers.Mailbox", letters)
    command = (sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", *handler)
    with Running(command, printed=tmp_path / "smtp.log", cwd=tmp_path) as smtp:
        smtp.wait_for("the mail server's folder", letters.is_dir)
        yield make_real_instance(
            tmp_path / "instance",
            UNDERSIGNED_MAIL_URL=f"smtp://127.0.0.1:{port}?starttls=never",
            UNDERSIGNED_MAIL_DELIVERY="off",
            UNDERSIGNED_MAIL_PER_DOMAIN="0",
            UNDERSIGNED_MAIL_INVITATIONS_PER_HOUR=str(PER_HOUR),
        )


def arrived(letters: Path) -> list[EmailMessage]:
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in (letters / "new").iterdir()]


def count(letters: Path) -> int:
    return sum(1 for _ in (letters / "new").iterdir())


def rows(instance: RealInstance, sql: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(instance.folder / "undersigned.db")) as db:
        return db.execute(sql).fetchall()


def published(instance: RealInstance) -> tuple[int, int]:
    """What the public API says: how many have signed, and how many are named."""
    connection = HTTPConnection("127.0.0.1", instance.port, timeout=15)
    found = []
    for path in ("", "/signatories"):
        connection.request("GET", f"/api/v1/statements/{SLUG}{path}")
        found.append(loads(connection.getresponse().read()))
    connection.close()
    return int(found[0]["counts"]["confirmed"]), len(found[1]["signatories"])


def invite(instance: RealInstance, tmp_path: Path) -> str:
    """Invite everybody from a file, and return the last line that was printed."""
    file = tmp_path / "form.csv"
    lines = [f"Person {number},person{number}@mailbox{number % 40}.example" for number in range(PEOPLE)]
    file.write_text("\n".join(["Name,Email", *lines, ""]))
    words = ("signatories", "invite", SLUG, file, "--source", "the form at rivers.example")
    printed = tmp_path / f"invite-{time.monotonic_ns()}"
    with Running((COMMAND, "--instance", instance.folder, *words), printed=printed, cwd=ROOT) as command:
        assert command.wait(60)
        return command.text.splitlines()[-1]


def delivering(instance: RealInstance, tmp_path: Path) -> Running:
    command = (COMMAND, "--instance", instance.folder, "deliver")
    return Running(command, printed=tmp_path / "deliver.log", cwd=ROOT)


def wait_until(process: Running, letters: Path, emails: int) -> None:
    """Wait for so many emails, a few at a time, as long as more of them come."""
    for wanted in (*range(count(letters), emails, STEP), emails):
        process.wait_for(f"email {wanted} of {emails}", lambda wanted=wanted: count(letters) >= wanted)


def test_300_invited_and_killed_again_and_again_get_one_email_each_and_none_is_published(instance, letters, tmp_path):
    assert invite(instance, tmp_path).startswith(f"invited {PEOPLE}, already known 0, not invited 0, lines left out 0")
    began = time.monotonic()
    with serving(instance) as server:
        for stage in KILL_AT:
            with delivering(instance, tmp_path) as delivery:
                wait_until(delivery, letters, stage)
                delivery.kill()
            assert published(instance) == (0, 0)
        assert invite(instance, tmp_path).startswith(f"invited 0, known already {PEOPLE}")
        with delivering(instance, tmp_path) as delivery:
            # What a killed process had in its hands waits until its lease is over.
            until = time.monotonic() + PEOPLE * 3600 / PER_HOUR + 2 * LEASE_S
            while rows(instance, "SELECT 1 FROM outbox WHERE sent_at IS NULL") and time.monotonic() < until:
                assert not delivery.wait(1), delivery.text
        took_s = time.monotonic() - began
        assert published(instance) == (0, 0)
        report(instance, letters, took_s)
        confirm(instance, arrived(letters)[0])
        assert published(instance) == (1, 1)
        server.end()


def report(instance: RealInstance, letters: Path, took_s: float) -> None:
    """Check and print who got what, and how fast."""
    emails = arrived(letters)
    ids = {str(email["To"]): set() for email in emails}
    for email in emails:
        ids[str(email["To"])].add(str(email["Message-ID"]))
    copies = len(emails) - len({str(email["Message-ID"]) for email in emails})
    sent = sorted(at for (at,) in rows(instance, "SELECT sent_at FROM outbox"))
    busiest = max(Counter(later // 60 for later in sent).values())
    print(
        f"\n{len(ids)} people, {len(emails)} emails, {copies} of them copies after {len(KILL_AT)} kills; "
        f"{took_s:.0f} s, {busiest} in the busiest minute; "
        f"pending {rows(instance, 'SELECT count(*) FROM signatures WHERE confirmed_at IS NULL')[0][0]}"
    )
    assert len(ids) == PEOPLE
    assert {len(own) for own in ids.values()} == {1}
    assert copies <= len(KILL_AT)
    assert len(sent) == PEOPLE
    assert sent[-1] - sent[0] >= PEOPLE * 3600 / PER_HOUR - 60
    assert busiest <= PER_HOUR / 60 * 1.5, "a restart may catch up with what was due meanwhile"


def confirm(instance: RealInstance, email: EmailMessage) -> None:
    """Follow the link of one email and press the button."""
    [path] = re.findall(r"(/confirm/\S+)", email.get_body(("plain",)).get_content())
    connection = HTTPConnection("127.0.0.1", instance.port, timeout=15)
    connection.request("GET", path)
    page = connection.getresponse().read().decode()
    wording = re.search(r'name="wording" value="([^"]+)"', page)[1]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, body=f"consent=yes&wording={wording}", headers=headers)
    assert connection.getresponse().status == 303
    connection.close()
