"""A flood of logins with made-up names: the public page stays quick, and an honest admin gets in.

Run with ``pytest -m drill tests/drills/test_login_flood.py``.
"""

import re
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from server.config import SETTINGS
from server.services.accounts import add_admin
from tests.drills.real_server import SLUG, make_real_instance, serving
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.drill
CLIENTS = 60
SECONDS = 60
PAGES = 100
SLOWER_AT_MOST = 3.0
ADMIN_WITHIN_S = 5.0
DEFAULTS = {
    setting.variable: str(setting.default)
    for setting in SETTINGS
    if setting.name in ("LIMIT_LOGIN", "LIMIT_ACCOUNT", "LIMIT_DESK")
}


class Visitor:
    """A browser at an address of its own; a redirect is an answer."""

    def __init__(self, port: int, address: str, *, origin: str) -> None:
        self._base, self._address, self._origin = f"http://127.0.0.1:{port}", address, origin
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        return self._open(Request(self._base + path))[1]

    def log_in(self, name: str, password: str) -> tuple[int, str]:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/admin/login"))
        assert token, "the login page has no form"
        form = urlencode({"csrf_token": token[1], "name": name, "password": password, "code": ""}).encode()
        return self._open(Request(f"{self._base}/admin/login", form, {"Origin": self._origin}))

    def _open(self, request: Request) -> tuple[int, str]:
        request.add_header("X-Forwarded-For", self._address)
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refusal:
            return refusal.code, refusal.read().decode()


@contextmanager
def flood(port: int, origin: str) -> Iterator[list[int]]:
    """Let clients from networks of their own try made-up names, one after the other, until the block ends."""
    done, statuses = threading.Event(), []

    def client(number: int) -> None:
        visitor, tries = Visitor(port, f"2001:db8:{number:x}::1", origin=origin), 0
        while not done.is_set():
            tries += 1
            statuses.append(visitor.log_in(f"nobody{number}x{tries}", "an invented password")[0])

    with ThreadPoolExecutor(CLIENTS) as clients:
        working = [clients.submit(client, number) for number in range(CLIENTS)]
        try:
            yield statuses
        finally:
            done.set()
            for one in working:
                one.result()


def median_of_pages(visitor: Visitor, *, until: float) -> float:
    """Return how long the public page takes, in seconds: looked at again and again, at least so often."""
    took: list[float] = []
    while len(took) < PAGES or time.monotonic() < until:
        began = time.monotonic()
        assert "Clean air" in visitor.get(f"/s/{SLUG}")
        took.append(time.monotonic() - began)
        threading.Event().wait(0.02)
    return statistics.median(took)


def test_a_flood_of_logins_neither_silences_the_public_page_nor_locks_the_admin_out(tmp_path):
    instance = make_real_instance(tmp_path / "instance")
    here, now = instance.opened.context, int(time.time())
    password = add_admin(here.db, "ani", role="owner", slug=None, sealer=here.sealer, actor="test", now=now)
    origin = instance.opened.settings.own_origin
    visitor, admin = (Visitor(instance.port, f"198.51.100.{host}", origin=origin) for host in (7, 8))

    with serving(instance, UNDERSIGNED_TRUSTED_PROXIES="1", **DEFAULTS):
        idle_s = median_of_pages(visitor, until=0)
        with flood(instance.port, origin) as statuses:
            until = time.monotonic() + SECONDS
            threading.Event().wait(5)
            began = time.monotonic()
            while (answer := admin.log_in("ani", password))[0] == 503:
                pass
            login_s = time.monotonic() - began
            flooded_s = median_of_pages(visitor, until=until)

    print(
        f"page: idle {idle_s * 1000:.1f} ms, in the flood {flooded_s * 1000:.1f} ms; the admin waited {login_s:.1f} s"
    )
    print(f"tries: {len(statuses)}, of them hashed or refused: { {s: statuses.count(s) for s in set(statuses)} }")
    assert "otpauth" in answer[1] or "setup" in answer[1].lower()
    assert login_s < ADMIN_WITHIN_S
    assert flooded_s <= SLOWER_AT_MOST * idle_s
