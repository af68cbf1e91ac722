"""The database file is moved, deleted, replaced or spoiled under a real server, while a crowd signs."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.cli.shell import shell
from tests.db.file_faults import FAULTS, foreign_file, log_of
from tests.db.racing import raw
from tests.drills.books import faults as faults_in_books
from tests.drills.crowd import Crowd, Door, Told, submission
from tests.drills.real_server import RealInstance, RealServer, make_real_instance, serving
from tests.processes import COMMAND, PATIENCE_S

CROWD = 4
NOT_READY_WITHIN_S = 2.0
SIGNING_S = 1.0
SAID = "no signatures are accepted and no emails are sent: "
ROUNDS = 50
FAULTS_THAT_SQLITE_MISSES = [fault for fault in FAULTS if fault.startswith(("moved", "deleted", "replaced"))]

pytestmark = pytest.mark.sqlite


@pytest.fixture
def instance(tmp_path: Path) -> RealInstance:
    """An instance of two processes."""
    return make_real_instance(tmp_path / "instance", WEB_CONCURRENCY="2", UNDERSIGNED_THREADS="4")


def serving_unguarded(instance: RealInstance) -> RealServer:
    """Return the server that never looks at its file."""
    command = (sys.executable, "-m", "tests.drills.unguarded", str(instance.folder))
    return RealServer(command, port=instance.port, log=instance.folder / "server.log")


def status(instance: RealInstance, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", instance.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def sign_around(
    instance: RealInstance,
    fault: Callable[[Path], object],
    serving: Callable[[RealInstance], RealServer],
    *,
    wait_s: float = NOT_READY_WITHIN_S,
) -> tuple[Told, Told, float, str]:
    """Let a crowd sign when the fault comes, and another one come after it.

    Returns what both were told, after how many seconds a process was not ready, and what the server has printed.
    """
    token = instance.form_token()
    with serving(instance) as server:
        with Crowd(instance.port, instance.sign_path, token, size=CROWD) as first:
            server.wait_for("signatures", lambda: len(first.told.acknowledged) > CROWD)
            fault(Path(instance.database))
            began = time.monotonic()
            with Crowd(instance.port, instance.sign_path, token, size=CROWD) as second:
                while status(instance, "/readyz") == 200 and time.monotonic() < began + wait_s:
                    server.wait(0.02)
                took_s = time.monotonic() - began
                assert status(instance, "/healthz") == 200
                server.wait(SIGNING_S)  # each worker looks once a second
                at_last = Told()
                door = Door(instance.port, instance.sign_path)
                for _ in range(CROWD):
                    door.sign(submission(token), at_last)
                server.kill()
                door.close()
        second.told.acknowledged |= at_last.acknowledged
        assert {other[:3] for other in at_last.others} <= {"503"}
        return first.told, second.told, took_s, server.text


def assert_noticed(instance: RealInstance, fault: str, *, within_s: float = NOT_READY_WITHIN_S) -> None:
    first, second, took_s, printed = sign_around(instance, FAULTS[fault], serving, wait_s=within_s)

    print(f"{fault}: {len(first.acknowledged)} before, {len(second.acknowledged)} after, not ready in {took_s:.2f} s")
    assert first.acknowledged
    assert (len(second.acknowledged), took_s < within_s) == (0, True)
    assert second.others
    if "overwritten" not in fault and fault not in (
        "emptied",
        "truncated",
    ):  # the first queries find other tables, or none
        assert {other[:3] for other in second.others} == {"503"}
        assert "unavailable" not in printed
    lines = [line for line in printed.splitlines() if SAID in line]
    assert 1 <= len(lines) <= 2, "once in each process"
    assert any(way in lines[0] for way in ("undersigned restore", "Restart the server", "SIGTERM"))


def test_a_file_that_is_moved_while_people_sign_is_noticed(instance):
    assert_noticed(instance, "moved", within_s=PATIENCE_S)


@pytest.mark.drill
@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault != "log emptied"]
)  # SQLite may just have done that
def test_every_fault_is_noticed_at_once(instance, fault):
    assert_noticed(instance, fault)


@pytest.mark.drill
@pytest.mark.parametrize("fault", FAULTS_THAT_SQLITE_MISSES)
def test_the_same_fault_would_be_missed(instance, fault):
    """The twins: SQLite goes on. If other bytes are in the same file, queries fail sooner or later anyway."""
    _, second, took_s, _ = sign_around(instance, FAULTS[fault], serving_unguarded)

    print(f"{fault}: {len(second.acknowledged)} after, not ready in {took_s:.2f} s")
    assert second.acknowledged


# Starting


def refusal_of(instance: RealInstance, *words: str) -> str:
    """Return what a command prints that does not do what it should."""
    if words == ("run",):
        command = (COMMAND, "--instance", str(instance.folder), *words)
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert ran.returncode == 1
        return ran.stderr
    refused = shell("--instance", instance.folder, *words)
    assert refused.exit_code == 1
    return refused.stderr


def killed_while_signing(instance: RealInstance) -> Told:
    with (
        serving(instance) as server,
        Crowd(instance.port, instance.sign_path, instance.form_token(), size=CROWD) as crowd,
    ):
        assert crowd.has_begun.wait(timeout=PATIENCE_S)
        server.wait(random.uniform(0.05, 0.4))
        server.kill()
    return crowd.told


def test_a_log_that_was_lost_after_a_crash_is_missed_by_every_command(instance):
    instance.opened.close()
    told, path = killed_while_signing(instance), Path(instance.database)
    aside = log_of(path).rename(path.with_name("aside"))
    Path(f"{path}-shm").unlink()

    for words in (("run",), ("check",), ("migrate",), ("backup",), ("outbox",), ("statement", "list")):
        refused = refusal_of(instance, *words)
        assert f"{path}-wal is missing" in refused
        assert "undersigned restore FILE" in refused
    aside.rename(log_of(path))

    assert faults_in_books(instance.database, acknowledged=told.acknowledged) == []
    assert shell("--instance", instance.folder, "check").exit_code == 0


def test_an_empty_or_foreign_file_is_refused_by_every_command(instance):
    instance.opened.close()
    path = Path(instance.database)
    other = foreign_file(path)
    for spoil, words in ((lambda: path.write_bytes(b""), "is empty"), (lambda: other.replace(path), "another program")):
        spoil()
        before = path.read_bytes()
        for command in (("run",), ("check",), ("migrate",), ("backup",), ("deliver", "--once"), ("outbox",)):
            refused = refusal_of(instance, *command)
            assert words in refused
            assert "undersigned restore FILE" in refused
        assert path.read_bytes() == before


@pytest.mark.drill
def test_fifty_kills_at_any_moment_are_never_taken_for_a_loss(instance):
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        with serving(instance) as server:
            crowd = Crowd(instance.port, instance.sign_path, instance.form_token(), size=CROWD)
            with crowd:
                assert crowd.has_begun.wait(timeout=PATIENCE_S)
                server.wait(random.uniform(0, 0.3))
                if number % 3 == 0:  # in the middle of a clean stop
                    server.process.terminate()
                    server.wait(random.uniform(0, 0.5))
                server.kill()
        acknowledged |= crowd.told.acknowledged.keys()
        instance.opened.close()
        if number % 2:
            with raw(Path(instance.database)) as db:
                db.execute("SELECT count(*) FROM signatures").fetchall()
        else:
            assert shell("--instance", instance.folder, "outbox").exit_code == 0, number
        assert faults_in_books(instance.database, acknowledged=acknowledged) == [], number

    print(f"{ROUNDS} kills, {len(acknowledged)} acknowledged, none lost, no start refused")
