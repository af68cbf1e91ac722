"""The command line as tests use it: in this process, or as real processes that end with their test."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from server.cli import main
from server.config import SETTINGS

COMMAND = str(Path(sys.executable).with_name("undersigned"))
PATIENCE_S = 15.0
POLL_S = 0.02
OURS = ("UNDERSIGNED_INSTANCE", *(setting.variable for setting in SETTINGS))


def shell(*words: object, env: Mapping[str, str] | None = None, traces: bool = False) -> Result:
    """Run the command in this process, out of reach of this machine's own settings.

    What it does not answer for is raised here, or with ``traces`` kept in the result.
    """
    nothing: dict[str, str | None] = dict.fromkeys(OURS)
    environ = nothing | dict(env or {})
    return CliRunner().invoke(main, [str(word) for word in words], env=environ, catch_exceptions=traces)


@dataclass
class Running:
    """A real process, and the file that takes whatever it prints."""

    process: subprocess.Popen[bytes]
    printed: Path

    @property
    def text(self) -> str:
        return self.printed.read_text("utf-8")

    def has_ended(self, within_s: float = POLL_S) -> bool:
        try:
            self.process.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_for(self, what: str, see: Any) -> Any:
        """Return the first thing that ``see`` returns and that is true."""
        until = time.monotonic() + PATIENCE_S
        while not (seen := see()):
            assert not self.has_ended(), f"it ended before {what}:\n{self.text}"
            assert time.monotonic() < until, f"{what} has not come:\n{self.text}"
        return seen

    def end(self) -> float:
        """Ask it to stop, as a platform does, and return the seconds that it took."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)
        return time.monotonic() - began


@contextmanager
def started(*words: str, printed: Path, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Start the command as a process group of its own, and leave nothing of it behind."""
    environ = {name: value for name, value in os.environ.items() if name not in OURS} | dict(env or {})
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [COMMAND, *map(str, words)], cwd=cwd, env=environ, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield Running(process, printed)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True)
class Answer:
    """What a server says to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(port: int, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer | None:
    """Send one request to this machine; None where nobody listens yet."""
    connection = HTTPConnection("localhost", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    except ConnectionError:
        return None
    finally:
        connection.close()


def rows(table: str) -> list[list[str]]:
    """The cells of a printed table under its head; two spaces or more stand between two columns."""
    head, rule, *lines = table.splitlines()
    starts = [at for at, char in enumerate(rule) if char == "-" and (at == 0 or rule[at - 1] == " ")]
    cuts = list(zip(starts, [*starts[1:], None], strict=True))
    assert head
    return [[line[start:end].strip() for start, end in cuts] for line in lines if line]
