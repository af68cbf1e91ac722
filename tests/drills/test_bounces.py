"""A mail server that refuses an email after ours has accepted it: real Postfix, its report, and the pipe.

Run with ``pytest -m drill tests/drills/test_bounces.py``. It needs Debian's package ``postfix``, and root, because
Postfix runs its parts as different users.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.mail.delivery import deliver_due_emails
from server.mail.transports import open_transport
from server.services.sign import sign
from server.tables import statements
from server.web.context import Context
from tests.drills.real_server import SLUG, RealInstance, make_real_instance
from tests.mail.sink import Sink
from tests.processes import Running, free_port
from tests.scene import Scene, look, submission

MASTER = Path("/usr/lib/postfix/sbin/master")
REFUSED = "550 5.1.1 <ani@rivers.example>: no such mailbox"
WITHIN_S = 60
QUEUE = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "maildrop"),
    *("public", "pid", "saved", "trace"),
)
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.letters.example
mydestination =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
smtp_tls_security_level = none
smtp_host_lookup = native
smtp_dns_support_level = disabled
transport_maps = inline:{{ {{ letters.example = undersigned: }}, {{ rivers.example = smtp:[127.0.0.1]:{remote} }} }}
"""
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
undersigned unix - n n - - pipe
  flags=R user=nobody null_sender= argv={command} --instance {instance} bounce --recipient ${{recipient}}
"""
pytestmark = [
    pytest.mark.drill,
    pytest.mark.sqlite,  # the pipe opens the database as another user
    pytest.mark.skipif(not MASTER.exists(), reason="Debian's package postfix is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix is started by root alone"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the users of Postfix can enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="undersigned-postfix-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def write_command(folder: Path) -> Path:
    """Write ``undersigned`` as a script that the user of the pipe can run: root's own Python may be out of reach."""
    script = folder / "undersigned"
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        path = ":".join(filter(None, sys.path))
        script.write_text(
            f"#!/bin/sh\nPYTHONPATH={path} exec {python} -c 'from server.cli import main; main()' \"$@\"\n"
        )
        script.chmod(0o755)
        if subprocess.run([script, "--version"], user="nobody", capture_output=True).returncode == 0:
            return script
    pytest.skip("the user nobody cannot run any Python here")


@contextmanager
def postfix(folder: Path, *, port: int, remote: int, instance: Path) -> Iterator[Running]:
    """Run Postfix with settings and a queue of its own."""
    (folder / "etc").mkdir()
    (folder / "data").mkdir()
    for name in QUEUE:
        (folder / "queue" / name).mkdir(parents=True)
        shutil.chown(folder / "queue" / name, user="root" if name == "pid" else "postfix")
    for name in ("public", "maildrop"):
        shutil.chown(folder / "queue" / name, group="postdrop")
    shutil.chown(folder / "data", user="postfix")
    (folder / "etc/main.cf").write_text(MAIN.format(folder=folder, remote=remote))
    services = SERVICES.format(port=port, command=write_command(folder), instance=instance)
    (folder / "etc/master.cf").write_text(services)
    with Running((MASTER, "-c", folder / "etc", "-d"), printed=folder / "master", cwd=folder) as running:
        try:
            yield running
        finally:
            print((folder / "log").read_text())


@pytest.fixture
def instance(folder: Path) -> RealInstance:
    """An instance that sends through that Postfix, and belongs to the user of the pipe."""
    port = free_port()
    home = folder / "instance"
    home.mkdir()
    made = make_real_instance(
        home,
        UNDERSIGNED_MAIL_URL=f"smtp://127.0.0.1:{port}?starttls=never",
        UNDERSIGNED_MAIL_FROM="Open Letters <sign@letters.example>",
        UNDERSIGNED_BOUNCE_ADDRESS="bounces@letters.example",
    )
    for path in (home, *home.iterdir()):
        shutil.chown(path, user="nobody")
    return made


def deliver(context: Context) -> int:
    with open_transport(context.settings.mail_url) as transport:
        return deliver_due_emails(context.delivery_context, transport, clock=lambda: int(time.time())).sent


def test_a_refusal_after_acceptance_stops_emails_to_the_address_within_a_minute(folder, instance):
    context = instance.opened.context
    with context.db.read() as tx:
        scene = Scene(context, statements.get(tx, SLUG), lambda: int(time.time()))
    port = int(context.settings.mail_url.partition("?")[0].rpartition(":")[2])
    with Sink() as remote, postfix(folder, port=port, remote=remote.port, instance=instance.folder) as running:
        remote.plan("RCPT", REFUSED)
        running.wait_for("a mail server", lambda: _listens(port))
        scene.submit(submission(), verb=sign)
        scene.submit(submission(name="Bo", email="bo@rivers.example"), verb=sign)

        assert deliver(context) == 2  # Postfix has taken both
        began = time.monotonic()
        stopped = running.wait_for("the report", lambda: look(context.db, "SELECT reason FROM suppressions"))
        took_s = time.monotonic() - began
        running.wait_for("the other email", lambda: remote.received)

    print(f"stopped after {took_s:.1f} s")
    assert took_s < WITHIN_S
    assert [row["reason"] for row in stopped] == ["bounced"]
    assert len(remote.received) == 1
    assert context.bounces.find_ids(remote.received[0].sender)
    assert (scene.fates().sent, scene.fates().dead, scene.fates().bounced) == (1, 1, 1)
    assert [row["reply"] for row in scene.emails() if row["dead_at"]] == ["550 5.1.1 <…>: no such mailbox"]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
