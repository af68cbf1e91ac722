"""What the web server hands to the app: whole requests, and no header that a visitor could pass off as a proxy's.

A real server in a process of its own, and raw sockets, for no client library sends what is sent here.
"""

import asyncio
import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server.web import gateway
from server.web.gateway import LONG_BODIES_AT_ONCE, LONG_BODY_BYTES, SHORT_BODY_BYTES
from tests.cli.shell import ask
from tests.drills.real_server import ORIGIN, ROOT, SLUG, RealInstance, make_real_instance, serving
from tests.processes import PATIENCE_S, Running, free_port
from tests.web.echo_server import CHUNK, CHUNKS, CLOSED, GO_ON, SENT, WAITING

pytestmark = pytest.mark.sqlite
TIMEOUT_S = 1
MANY = 40  # ten times the threads of a process
LIMIT = 3
DATA = f"/api/v1/statements/{SLUG}"
SIGN = f"{DATA}/signatures"


@pytest.fixture
def instance(tmp_path) -> RealInstance:
    return make_real_instance(tmp_path / "instance")


@pytest.fixture
def port(instance) -> Iterator[int]:
    with serving(instance, UNDERSIGNED_BODY_TIMEOUT_SECONDS=str(TIMEOUT_S)):
        yield instance.port


def send(port: int, head: str, body: bytes = b"") -> socket.socket:
    """Send a request, or the beginning of one."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + body)
    return connection


def answer(connection: socket.socket) -> tuple[int, str]:
    """Return status and everything else that comes until the server closes, or has said all."""
    with connection, connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        head = b"".join(iter(file.readline, b"\r\n")).decode("latin-1").lower()
        length = next((int(line[15:]) for line in head.splitlines() if line.startswith("content-length:")), 0)
        return status, head + file.read(length).decode()


def half_a_post(port: int, path: str = SIGN, length: int = 1000) -> socket.socket:
    head = f"POST {path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {length}\n\n"
    return send(port, head, b'{"na')


def get(port: int, path: str, *headers: str) -> tuple[int, str]:
    lines = "".join(f"{header}\n" for header in headers)
    return answer(send(port, f"GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n{lines}\n"))


@dataclass
class Asked:
    """A request as the web server describes it."""

    path: str
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "192.0.2.7:40000"
    scheme: str = "http"
    method: str = "GET"
    query_string: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Answered:
    """The other half of it: a visitor who stays; what is answered is of no interest."""

    async def client_disconnect(self) -> None:
        await asyncio.Event().wait()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        assert (status, body) == (200, b"done")


# Slow requests


def test_a_post_that_never_ends_is_refused_after_a_while(port):
    status, said = answer(half_a_post(port))

    assert status == 408
    assert json.loads(said[said.index("{") :])["code"] == "bad-request"


def test_many_half_sent_posts_keep_nobody_waiting(port):
    waiting = [half_a_post(port) for _ in range(MANY)]
    began = time.monotonic()

    seen = [ask(port, f"/s/{SLUG}").status for _ in range(3)]

    took_s = time.monotonic() - began
    assert seen == [200, 200, 200]
    assert {answer(connection)[0] for connection in waiting} == {408}
    assert took_s < MANY * TIMEOUT_S / 4, "four threads would have been held in turns"


def test_half_sent_headers_keep_nobody_waiting(port):
    waiting = [send(port, "GET / HTTP/1.1\nHost: local") for _ in range(MANY)]

    assert ask(port, f"/s/{SLUG}").status == 200
    for connection in waiting:
        connection.close()


def test_a_visitor_who_hangs_up_in_the_middle_of_a_post_leaves_nothing_behind(port):
    for _ in range(MANY):
        half_a_post(port).close()

    assert ask(port, f"/s/{SLUG}").status == 200


def test_a_post_that_arrives_in_pieces_is_whole(port, instance):
    body = sign_body(instance)
    head = f"POST {SIGN} HTTP/1.1\nHost: localhost\nOrigin: {ORIGIN}\nContent-Type: application/json\n"
    connection = send(port, f"{head}Content-Length: {len(body)}\n\n", body[:20])
    connection.sendall(body[20:])

    assert answer(connection)[0] == 202


def test_a_chunked_post_is_whole(port, instance):
    body = sign_body(instance)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:30], body[30:])) + b"0\r\n\r\n"
    head = f"POST {SIGN} HTTP/1.1\nHost: localhost\nOrigin: {ORIGIN}\nContent-Type: application/json\n"

    assert answer(send(port, f"{head}Transfer-Encoding: chunked\n\n", chunks))[0] == 202


def sign_body(instance: RealInstance) -> bytes:
    given = {"key": "k" * 20, "form_token": instance.form_token(), "kind": "individual", "locale": "en"}
    return json.dumps(given | {"name": "Ani", "email": "ani@rivers.example"}).encode()


# Slow answers


def ask_to_wait(echo: int, path: str, folder: Path, count: int) -> list[socket.socket]:
    """Send requests whose answers wait, and wait until two of them are at work."""
    asked = [send(echo, f"GET {path} HTTP/1.1\nHost: localhost\n\n") for _ in range(count)]
    wait_until(lambda: len(list(folder.glob(f"*.{WAITING}"))) >= 2)
    return asked


def test_slow_answers_of_the_desk_hold_no_thread_of_the_public_pages(echo, tmp_path):
    waiting = ask_to_wait(echo, "/admin/wait", tmp_path, 10)

    assert ask(echo, "/").text == "0"
    (tmp_path / GO_ON).touch()
    assert {answer(connection)[0] for connection in waiting} == {200}


@pytest.mark.parametrize("waits", [True, False])
def test_the_desk_lets_the_public_go_first(waits, monkeypatch):
    """With ``waits`` off, the twin: the desk works while a public request is at work."""
    monkeypatch.setattr(gateway, "DESK_THREADS", 1)
    monkeypatch.setattr(gateway, "DESK_WAITS_S", PATIENCE_S if waits else 0)
    happened, go_on = [], threading.Event()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/s/open-rivers":
            happened.append("public begins")
            assert go_on.wait(PATIENCE_S)
        happened.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"done"]

    async def serve() -> None:
        door = gateway.Gateway(app, threads=1, body_timeout_s=TIMEOUT_S)
        public = asyncio.create_task(door.__rsgi__(Asked("/s/open-rivers"), Answered()))
        while not happened:
            await asyncio.sleep(0)
        desk = asyncio.create_task(door.__rsgi__(Asked("/admin/login"), Answered()))
        while not door._desk_turns.locked():
            await asyncio.sleep(0)
        await asyncio.sleep(0)  # the desk's request is on its way now, unless it waits
        if not waits:
            await desk
        await door._desk_threads.run(lambda: None)
        go_on.set()
        await asyncio.gather(public, desk)

    asyncio.run(serve())

    first = ["public begins", "/s/open-rivers", "/admin/login"]
    assert happened == (first if waits else ["public begins", "/admin/login", "/s/open-rivers"])


def test_slow_answers_of_public_pages_would_hold_them(echo, tmp_path):
    """The twin: as many slow answers as there are threads, under another path, keep everybody waiting."""
    waiting = ask_to_wait(echo, "/wait", tmp_path, 2)
    kept = send(echo, "GET / HTTP/1.1\nHost: localhost\n\n")

    assert select.select([kept], [], [], 0.5)[0] == []
    (tmp_path / GO_ON).touch()
    assert [answer(connection)[0] for connection in (*waiting, kept)] == [200, 200, 200]


# Long requests


@pytest.mark.parametrize("path", [SIGN, f"/s/{SLUG}"])
def test_a_post_that_announces_too_much_is_refused_before_it_is_sent(port, path):
    assert answer(half_a_post(port, path, SHORT_BODY_BYTES + 1))[0] == 413


def test_a_chunked_post_without_an_end_is_refused(port):
    head = f"POST {SIGN} HTTP/1.1\nHost: localhost\nOrigin: {ORIGIN}\nContent-Type: application/json\n"
    chunk = b"%x\r\n%s\r\n" % (SHORT_BODY_BYTES + 1, b"x" * (SHORT_BODY_BYTES + 1))

    assert answer(send(port, f"{head}Transfer-Encoding: chunked\n\n", chunk))[0] == 413


@pytest.fixture
def echo(tmp_path) -> Iterator[int]:
    """A small app behind the gateway, in an empty folder."""
    port = free_port()
    command = (sys.executable, "-m", "tests.web.echo_server", str(port))
    with Running(command, printed=tmp_path / "echo.log", cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}) as running:
        running.wait_for("an answer", lambda: ask(port, "/"))
        yield port


def test_the_desk_takes_long_forms_and_only_some_at_a_time(echo):
    body = b"x" * (SHORT_BODY_BYTES * 3)
    assert ask(echo, "/admin/list", method="POST", body=body).text == str(len(body))

    waiting = [half_a_post(echo, "/admin/list", LONG_BODY_BYTES) for _ in range(LONG_BODIES_AT_ONCE)]
    assert ask(echo, "/admin/list", method="POST", body=body).status == 503
    assert ask(echo, "/admin/list", method="POST", body=b"short").text == "5"
    for connection in waiting:
        connection.close()


def test_a_long_form_of_a_stranger_is_not_taken_into_memory(echo):
    """The twin: under another path the same body reaches nobody."""
    assert ask(echo, "/list", method="POST", body=b"x" * (SHORT_BODY_BYTES * 3)).text == "0"


# Headers


@pytest.fixture
def limited_port(instance) -> Iterator[int]:
    """A server behind one proxy, whose visitors have three reads a minute."""
    settings = {"UNDERSIGNED_TRUSTED_PROXIES": "1", "UNDERSIGNED_LIMIT_DATA": f"{LIMIT} per minute"}
    with serving(instance, **settings):
        yield instance.port


FORGED = ["X_Forwarded_For", "x_forwarded_for", "X-Forwarded_For", "X_Forwarded-For"]


@pytest.mark.parametrize("spelling", FORGED)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_forged_header_with_an_underscore_opens_no_second_limit(limited_port, spelling, is_first):
    statuses = []
    for number in range(LIMIT + 2):
        headers = [f"{spelling}: 203.0.113.{number}", "X-Forwarded-For: 198.51.100.7"]
        statuses.append(get(limited_port, DATA, *(headers if is_first else headers[::-1]))[0])

    assert statuses == [200] * LIMIT + [429] * 2


def test_the_header_of_the_proxy_opens_a_limit_for_each_visitor(limited_port):
    """The twin: spelled as the proxy does, another address is another visitor."""
    statuses = [get(limited_port, DATA, f"X-Forwarded-For: 203.0.113.{number}")[0] for number in range(LIMIT + 2)]

    assert statuses == [200] * (LIMIT + 2)


def test_of_two_forwarded_headers_the_last_hop_counts(limited_port):
    statuses = [
        get(limited_port, DATA, f"X-Forwarded-For: 203.0.113.{number}", "X-Forwarded-For: 198.51.100.7")[0]
        for number in range(LIMIT + 1)
    ]

    assert statuses == [200] * LIMIT + [429]


@pytest.mark.parametrize("value", [b"\xff\xfe", "Անի".encode(), b"caf\xe9", b"a" * 5000])
def test_odd_bytes_in_a_header_break_nothing(port, value):
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(head + b"Accept-Language: " + value + b"\r\nUser-Agent: " + value + b"\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"


# Responses


def test_a_head_request_has_the_length_and_no_body(port):
    page = ask(port, f"/s/{SLUG}")
    status, said = answer(send(port, f"HEAD /s/{SLUG} HTTP/1.1\nHost: localhost\nConnection: close\n\n"))

    assert (status, page.status) == (200, 200)
    assert "<html" not in said


def test_what_is_known_already_is_not_sent_again(port):
    etag = ask(port, DATA).headers["etag"]
    status, said = get(port, DATA, f"If-None-Match: {etag}")

    assert (status, said.count("{")) == (304, 0)


def test_a_path_with_other_letters_is_read(port):
    assert get(port, "/s/%D5%A1")[0] == 404
    assert get(port, "/s/%ff%00")[0] == 404
    assert get(port, "/s/%2e%2e%2fetc")[0] == 308, "dots and a slash are cut off, and lead to /s/etc"


def test_a_long_response_comes_whole(echo):
    assert len(ask(echo, "/long").body) == len(CHUNK) * CHUNKS


def test_a_long_response_is_not_made_faster_than_it_is_read(echo, tmp_path):
    slow = send(echo, "GET /long HTTP/1.1\nHost: localhost\n\n")
    assert slow.recv(15) == b"HTTP/1.1 200 OK"
    assert len(ask(echo, "/long").body) == len(CHUNK) * CHUNKS
    wait_until((tmp_path / CLOSED).exists)
    (tmp_path / CLOSED).unlink()

    slow.close()

    wait_until((tmp_path / CLOSED).exists)
    assert len([*tmp_path.glob(f"*.{SENT}")]) == 1, "only one of the two was read to its end"


def test_a_long_response_that_nobody_reads_to_its_end_is_closed_and_holds_no_thread(echo, tmp_path):
    readers = [send(echo, "GET /long HTTP/1.1\nHost: localhost\n\n") for _ in range(MANY)]

    assert ask(echo, "/").status == 200
    for reader in readers:
        reader.close()

    wait_until((tmp_path / CLOSED).exists)
    assert ask(echo, "/").status == 200


def wait_until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < until
        threading.Event().wait(0.05)
