"""Behind real proxies, with the samples of ``server/deploy``: forged addresses, and visitors who send slowly.

nginx, HAProxy and Caddy are Debian's own. Run with ``pytest -m drill tests/drills/test_proxies.py``.
"""

import json
import re
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from getpass import getuser
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.drills.real_server import ORIGIN, ROOT, RealInstance, make_real_instance, serving
from tests.processes import PATIENCE_S, Running, free_port

pytestmark = pytest.mark.drill
DEPLOY = ROOT / "server" / "deploy"
POSTS = 60
LIMIT = 6  # a minute, as by default
SPELLINGS = ("X-Forwarded-For", "X_Forwarded_For", "x_forwarded_for", "X-Forwarded_For", "X_Forwarded-For")
SLOW = 200
HONEST = 100
ANSWERED_WITHIN_S = 2.0


def nginx(text: str, port: int, app_port: int, folder: Path) -> tuple[str, list[str]]:
    """The sample without its certificate, at a port of this machine."""
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace(
        "listen [::]:443 ssl", f"listen [::1]:{port}"
    )
    text = re.sub(r"^ *ssl_.*\n", "", text, flags=re.MULTILINE).replace("127.0.0.1:8000", f"127.0.0.1:{app_port}")
    text = text.replace("/var/lib/nginx", str(folder))
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    around = f"worker_processes auto; daemon off; user {getuser()}; pid {folder}/pid; error_log {folder}/error.log;\n"
    around += "events { worker_connections 2048; }\n"
    return f"{around}http {{ access_log off; sendfile on; tcp_nopush on;\n{paths}{text}}}\n", [
        "nginx",
        "-p",
        str(folder),
        "-c",
    ]


def haproxy(text: str, port: int, app_port: int, _folder: Path) -> tuple[str, list[str]]:
    bind = f"bind 127.0.0.1:{port}\n    bind ::1:{port}"
    text = re.sub(r"bind :::443.*", bind, text).replace("127.0.0.1:8000", f"127.0.0.1:{app_port}")
    return text, ["haproxy", "-db", "-f"]


def careless_haproxy(text: str, port: int, app_port: int, folder: Path) -> tuple[str, list[str]]:
    """As many write it: with ``option forwardfor``, and nothing against other spellings."""
    return haproxy(re.sub(r".*del-header.*\n", "", text), port, app_port, folder)


def caddy(text: str, port: int, app_port: int, _folder: Path) -> tuple[str, list[str]]:
    text = text.replace("sign.example.org {", f"http://:{port} {{\n\tbind 127.0.0.1 ::1")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{app_port}").replace(
        "{\n\tservers", "{\n\tadmin off\n\tservers", 1
    )
    return text, ["caddy", "run", "--adapter", "caddyfile", "--config"]


PROXIES: dict[str, Callable[..., tuple[str, list[str]]]] = {
    "nginx.conf": nginx,
    "haproxy.cfg": haproxy,
    "haproxy.cfg, carelessly": careless_haproxy,
    "Caddyfile": caddy,
}


@pytest.fixture
def instance(tmp_path) -> RealInstance:
    return make_real_instance(tmp_path / "instance")


@contextmanager
def behind(sample: str, instance: RealInstance, folder: Path, **settings: str) -> Iterator[int]:
    """The product's server behind a proxy; gives the proxy's port."""
    with (
        serving(instance, UNDERSIGNED_TRUSTED_PROXIES="1", **settings),
        proxying(sample, instance, folder) as (port, _),
    ):
        yield port


@contextmanager
def proxying(sample: str, instance: RealInstance, folder: Path) -> Iterator[tuple[int, Running]]:
    """A proxy in front of the product's server, which is running; gives the proxy's port and its processes."""
    folder.mkdir()
    port = free_port()
    text, command = PROXIES[sample]((DEPLOY / sample.partition(",")[0]).read_text(), port, instance.port, folder)
    file = folder / "proxy.conf"
    file.write_text(text)
    printed = folder / "proxy.log"
    with Running((*command, str(file)), printed=printed, cwd=folder, env={"HOME": str(folder)}) as proxy:
        proxy.wait_for("an answer", lambda: status_of(port, "127.0.0.1") == 200)
        yield port, proxy


def status_of(port: int, host: str, path: str = "/healthz") -> int | None:
    connection = HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def post(port: int, host: str, instance: RealInstance, token: str, **headers: str) -> int:
    body = {"key": secrets.token_urlsafe(18), "form_token": token, "kind": "individual", "name": "Ani", "locale": "en"}
    body["email"] = f"{secrets.token_hex(6)}@rivers.example"
    connection = HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        sent = {"Content-Type": "application/json", "Origin": ORIGIN, **headers}
        connection.request("POST", instance.sign_path, json.dumps(body), sent)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("sample", PROXIES)
def test_nobody_walks_around_the_limit_however_they_spell_the_header(sample, host, instance, tmp_path):
    limits = {"UNDERSIGNED_LIMIT_SIGN": f"{LIMIT} per hour"}
    with behind(sample, instance, tmp_path / "proxy", **limits) as port:
        token = instance.form_token()
        statuses = []
        for number in range(POSTS):
            name = SPELLINGS[number % len(SPELLINGS)]
            statuses.append(post(port, host, instance, token, **{name: f"203.0.113.{number}"}))

    assert statuses.count(202) <= LIMIT
    assert set(statuses) == {202, 429}


@pytest.mark.parametrize("place", ["direct", *PROXIES])
def test_slow_visitors_keep_nobody_waiting(place, instance, tmp_path):
    """200 half-sent bodies and 200 half-sent headers are held open, while honest visitors come one after the other."""
    with served(place, instance, tmp_path / "proxy") as port, slow_visitors(port, instance.sign_path):
        token, took = instance.form_token(), []
        for number in range(HONEST):
            began = time.monotonic()
            status = (
                post(port, "127.0.0.1", instance, token) if number % 2 else status_of(port, "127.0.0.1", "/s/clean-air")
            )
            took.append(time.monotonic() - began)
            assert status in (200, 202)

    print(f"{place}: {HONEST} of {HONEST} answered, the slowest within {max(took):.2f} s")
    assert max(took) < ANSWERED_WITHIN_S


@contextmanager
def served(place: str, instance: RealInstance, folder: Path) -> Iterator[int]:
    if place == "direct":
        with serving(instance):
            yield instance.port
    else:
        with behind(place, instance, folder) as port:
            yield port


@contextmanager
def slow_visitors(port: int, path: str) -> Iterator[None]:
    """Keep half-sent requests open, each with one byte more now and then; who is thrown out comes again."""
    done = threading.Event()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    begins = [head.encode() + b"{", b"GET / HTTP/1.1\r\nHost: loc"] * SLOW
    with ThreadPoolExecutor(len(begins)) as visitors:
        for begin in begins:
            visitors.submit(_send_slowly, port, begin, done)
        try:
            yield
        finally:
            done.set()


def _send_slowly(port: int, begin: bytes, done: threading.Event) -> None:
    while not done.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
                connection.sendall(begin)
                while not done.wait(1):
                    connection.sendall(b"x")
        except OSError:
            done.wait(0.2)


def test_the_samples_are_what_the_proxies_themselves_accept(tmp_path):
    """The twin of the drills: a sample with a mistake is refused by its own proxy."""
    text, _ = haproxy((DEPLOY / "haproxy.cfg").read_text(), free_port(), free_port(), tmp_path)
    (tmp_path / "good.cfg").write_text(text)
    (tmp_path / "bad.cfg").write_text(text.replace("option forwardfor", "option forwardfro"))

    checked = [
        subprocess.run(["haproxy", "-c", "-f", tmp_path / name], capture_output=True)
        for name in ("good.cfg", "bad.cfg")
    ]

    assert [check.returncode for check in checked] == [0, 1]
