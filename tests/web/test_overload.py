"""A server with more to do than it can: late requests are told so, and what was accepted is never lost.

Some tests have the gateway in this process, with an app whose first answer waits for the test.
"""

import asyncio
import json
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from server.db.sqlite_store import WriterLock
from server.web import gateway, overload
from tests.drills.real_server import ORIGIN, SLUG, RealInstance, make_real_instance, serving
from tests.processes import PATIENCE_S
from tests.scene import look
from tests.web.scene import PAGE
from tests.web.test_gateway import Asked

SIGN = f"/api/v1/statements/{SLUG}/signatures"
CROWD = 12


class Visitor:
    """One who asks, and may go away; ``status`` is what came back."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.left = asyncio.Event()

    async def client_disconnect(self) -> None:
        await self.left.wait()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status


class Slow:
    """An app whose answer to the first request waits until ``go_on`` is set; it remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, environ, start_response):
        self.seen.append(environ["PATH_INFO"])
        if len(self.seen) == 1:
            assert self.go_on.wait(PATIENCE_S)
        start_response("200 OK", [])
        return [b"done"]


@pytest.fixture
def slow(monkeypatch) -> Slow:
    """The app, with a gateway that has one thread for each queue and looks at its queue often."""
    monkeypatch.setattr(gateway, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(gateway, "DESK_THREADS", 1)
    monkeypatch.setattr(gateway, "DESK_WAITS_S", 0)
    return Slow()


async def begin(door: gateway.Gateway, app: Slow, path: str) -> asyncio.Task[None]:
    """Send the request that holds the thread, and wait until it is at work."""
    first = asyncio.create_task(door.__rsgi__(Asked(path), Visitor()))
    while not app.seen:
        await asyncio.sleep(0)
    return first


@pytest.mark.parametrize("is_limited", [True, False])
@pytest.mark.parametrize("path", ["/s/open-rivers", "/admin/login"])
def test_a_request_that_has_waited_too_long_is_refused_before_the_app_sees_it(slow, monkeypatch, path, is_limited):
    """With ``is_limited`` off, the twin: it waits until the thread is free."""

    async def serve() -> Visitor:
        door = gateway.Gateway(slow, threads=1, body_timeout_s=1)
        first, late = await begin(door, slow, path), Visitor()
        monkeypatch.setattr(gateway, "SERVED_WITHIN_S", 0 if is_limited else PATIENCE_S)
        monkeypatch.setattr(gateway, "LEAST_WAIT_S", 0)
        waiting = asyncio.create_task(door.__rsgi__(Asked(path), late))
        if is_limited:
            await waiting
        slow.go_on.set()
        await asyncio.gather(first, waiting)
        return late

    late = asyncio.run(serve())

    assert (late.status, slow.seen) == ((503, [path]) if is_limited else (200, [path, path]))


@pytest.mark.parametrize("leaves", [True, False])
@pytest.mark.parametrize("path", ["/s/open-rivers", "/admin/login"])
def test_nobody_works_for_a_visitor_who_has_gone(slow, path, leaves):
    """With ``leaves`` off, the twin: the same request of a visitor who stays is answered."""

    async def serve() -> None:
        door = gateway.Gateway(slow, threads=1, body_timeout_s=1)
        first, visitor = await begin(door, slow, path), Visitor()
        waiting = asyncio.create_task(door.__rsgi__(Asked(path), visitor))
        if leaves:
            visitor.left.set()
            await waiting
        slow.go_on.set()
        await asyncio.gather(first, waiting)

    asyncio.run(serve())

    assert slow.seen == ([path] if leaves else [path, path])


def test_each_request_is_either_answered_by_the_app_or_refused(monkeypatch):
    """Threads take requests while the queue is being cleared."""
    for name, seconds in (("SERVED_WITHIN_S", 0.1), ("LEAST_WAIT_S", 0.1), ("LOOK_EVERY_S", 0)):
        monkeypatch.setattr(gateway, name, seconds)
    seen: list[str] = []

    def app(environ, start_response):
        seen.append(environ["PATH_INFO"])
        threading.Event().wait(0.0005)
        start_response("200 OK", [])
        return [b"done"]

    async def serve() -> list[int | None]:
        door = gateway.Gateway(app, threads=4, body_timeout_s=1)
        visitors = [Visitor() for _ in range(3000)]
        await asyncio.gather(*(door.__rsgi__(Asked("/s/open-rivers"), visitor) for visitor in visitors))
        return [visitor.status for visitor in visitors]

    statuses = asyncio.run(serve())

    assert set(statuses) <= {200, 503}
    assert statuses.count(200) == len(seen)


@pytest.mark.parametrize("is_claimed_once", [True, False])
def test_what_was_refused_is_not_begun_when_a_thread_is_free_again(slow, monkeypatch, is_claimed_once):
    """With ``is_claimed_once`` off, the twin: the app works on a request that has got its 503."""
    if not is_claimed_once:
        monkeypatch.setattr(gateway._Job, "claim", lambda self: True)

    async def serve() -> Visitor:
        door = gateway.Gateway(slow, threads=1, body_timeout_s=1)
        first, late = await begin(door, slow, PAGE), Visitor()
        monkeypatch.setattr(gateway, "SERVED_WITHIN_S", 0)
        monkeypatch.setattr(gateway, "LEAST_WAIT_S", 0)
        await door.__rsgi__(Asked(PAGE), late)
        monkeypatch.setattr(gateway, "SERVED_WITHIN_S", 2 * PATIENCE_S)
        slow.go_on.set()
        await first
        await door._public_threads.run(dict)  # the queue is empty now
        return late

    assert asyncio.run(serve()).status == 503
    assert slow.seen == ([PAGE] if is_claimed_once else [PAGE, PAGE])


def test_a_long_download_that_has_begun_is_never_refused(slow, monkeypatch):
    monkeypatch.setattr(gateway, "SERVED_WITHIN_S", 0)
    monkeypatch.setattr(gateway, "LEAST_WAIT_S", 0)

    async def serve() -> object:
        pool = gateway.Threads(1, "test")
        held = pool.run(slow.go_on.wait, PATIENCE_S)
        piece = pool.run(next, iter([b"a piece"]))
        late = pool.run_in_time(dict, gone=Visitor().client_disconnect)
        with pytest.raises(gateway.Overloaded):
            await late
        slow.go_on.set()
        await held
        return await piece

    assert asyncio.run(serve()) == b"a piece"


def test_the_slower_the_app_the_sooner_a_waiting_request_is_refused():
    async def serve() -> tuple[float, float]:
        pool = gateway.Threads(1, "test")
        before = pool.patience_s
        for _ in range(20):
            await pool.run_in_time(threading.Event().wait, 0.01, gone=Visitor().client_disconnect)
        return before, pool.patience_s

    before, after = asyncio.run(serve())

    assert gateway.LEAST_WAIT_S < after < before == gateway.SERVED_WITHIN_S


# A real server


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[RealInstance]:
    made = make_real_instance(tmp_path / "instance", UNDERSIGNED_THREADS="1")
    with serving(made):
        yield made


def ask(instance: RealInstance, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict, str]:
    connection = HTTPConnection("127.0.0.1", instance.port, timeout=2 * PATIENCE_S)
    try:
        sent = {"Content-Type": "application/json", "Origin": ORIGIN} | headers
        connection.request(method, path, json.dumps(body) if body else None, sent if method != "GET" else {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def names(instance: RealInstance) -> list[str]:
    return [row["name"] for row in look(instance.opened.context.db, "SELECT name FROM signatures ORDER BY name")]


@pytest.mark.sqlite
def test_a_crowd_at_a_locked_database_is_told_to_come_back_and_nothing_is_lost_or_doubled(instance):
    token = instance.form_token()
    bodies = [
        {"key": secrets.token_urlsafe(18), "form_token": token, "kind": "individual", "locale": "en"}
        | {"name": f"Ani {letter}", "email": f"ani.{letter}@rivers.example"}
        for letter in "abcdefghijkl"
    ]
    lock = WriterLock(Path(f"{instance.database}.lock"), timeout_s=PATIENCE_S)
    with ThreadPoolExecutor(CROWD + 2) as crowd:
        with lock.held():
            posts = [crowd.submit(ask, instance, "POST", SIGN, body) for body in bodies]
            refused = [post.result() for post in posts]
            assert names(instance) == []
        again = [answer[0] for answer in crowd.map(lambda body: ask(instance, "POST", SIGN, body), bodies * 2)]

    assert {status for status, _, _ in refused} == {503}
    for _, headers, body in refused:
        problem = json.loads(body)
        assert (problem["status"], problem["code"]) == (503, "unavailable")
        assert overload.EARLIEST_RETRY_S <= int(headers["retry-after"]) <= overload.LATEST_RETRY_S
        assert headers["cache-control"] == "no-store"
        assert headers["access-control-allow-origin"] in ("*", ORIGIN)
        assert headers["access-control-expose-headers"] == "Retry-After"
    assert "the server is busy" in {json.loads(body).get("detail") for _, _, body in refused}
    assert "overloaded" in (instance.folder / "server.log").read_text()
    assert set(again) == {202}
    assert names(instance) == [body["name"] for body in bodies]


# What is said


@pytest.mark.parametrize(
    ("path", "headers", "kind"),
    [
        ("/s/open-rivers", {}, "text/html; charset=utf-8"),
        ("/admin/login", {"content-type": "application/x-www-form-urlencoded"}, "text/html; charset=utf-8"),
        ("/api/v1/statements/open-rivers", {}, "application/problem+json"),
        (
            "/embed/open-rivers/signatures",
            {"content-type": "application/json; charset=utf-8"},
            "application/problem+json",
        ),
        ("/admin/statements/open-rivers/signatures.csv", {}, "application/problem+json"),
    ],
)
def test_programs_and_people_are_told_in_their_own_way(path, headers, kind):
    status, sent, body = overload.refuse("POST", path, headers)
    said = dict(sent)

    assert (status, said["content-type"], said["content-length"]) == (503, kind, str(len(body)))
    assert said["cache-control"] == "no-store"
    assert "default-src 'none'" in said["content-security-policy"]
    assert (b"Reload this page to send it again" in body) is kind.startswith("text/html")
    assert overload.refuse("HEAD", path, headers).body == b""


def test_a_crowd_is_not_asked_back_in_the_same_second():
    waits = {dict(overload.refuse("GET", "/s/open-rivers", {}).headers)["retry-after"] for _ in range(200)}

    assert len(waits) == overload.LATEST_RETRY_S - overload.EARLIEST_RETRY_S + 1


def test_a_preflight_is_let_through_so_that_the_form_can_read_that_the_server_is_busy():
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    status, headers, body = overload.refuse("OPTIONS", SIGN, asked)

    assert (status, body, dict(headers)["access-control-allow-origin"]) == (204, b"", "*")
    assert overload.refuse("OPTIONS", SIGN, {}).status == 503
