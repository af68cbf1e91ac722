"""The command line as tests use it: in this process, or as real processes that end with their test."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from click.testing import CliRunner, Result

from server.cli import main
from tests.processes import COMMAND, OURS, PATIENCE_S, Running


def shell(*words: object, env: Mapping[str, str] | None = None, traces: bool = False) -> Result:
    """Run the command in this process, out of reach of this machine's own settings.

    What it does not answer for is raised here, or with ``traces`` kept in the result.
    """
    nothing: dict[str, str | None] = dict.fromkeys(OURS)
    environ = nothing | dict(env or {})
    return CliRunner().invoke(main, [str(word) for word in words], env=environ, catch_exceptions=traces)


def started(*words: object, printed: Path, cwd: Path, env: Mapping[str, str] | None = None) -> Running:
    """Start the command as a real process, for a ``with`` block."""
    return Running((COMMAND, *words), printed=printed, cwd=cwd, env=env)


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
