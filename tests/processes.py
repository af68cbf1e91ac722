"""Real processes that end with their test, and free ports for them to listen on."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from server.config import SETTINGS

COMMAND = str(Path(sys.executable).with_name("undersigned"))
OURS = ("UNDERSIGNED_INSTANCE", *(setting.variable for setting in SETTINGS))
PATIENCE_S = 15.0
POLL_S = 0.02


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A command that runs as a process group of its own, out of reach of this machine's own settings.

    ``printed`` is the file that takes whatever it prints. As a context manager it leaves nothing of the group behind.
    """

    def __init__(
        self, command: Sequence[object], *, printed: Path, cwd: Path, env: Mapping[str, str] | None = None
    ) -> None:
        environ = {name: value for name, value in os.environ.items() if name not in OURS} | dict(env or {})
        with printed.open("ab") as out:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                env=environ,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.printed = printed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.printed.read_text("utf-8")

    def wait(self, seconds: float) -> bool:
        """Let it run for so long; True when it has ended by itself."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def wait_for(self, what: str, see: Callable[[], Any]) -> Any:
        """Return the first thing that ``see`` returns and that is true; kills the process if that never comes."""
        until = time.monotonic() + PATIENCE_S
        while not (seen := see()):
            if self.wait(POLL_S) or time.monotonic() > until:
                self.kill()
                raise AssertionError(f"{what} did not come:\n{self.text}")
        return seen

    def end(self) -> float:
        """Ask it to stop, as a platform does, and return the seconds that it took."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill every process of the group at once, without a word."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
