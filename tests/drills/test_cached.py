"""nginx keeps answers, with the sample of ``server/deploy``: only public ones, never mixed up, never for long.

nginx is Debian's own. Run with ``pytest -m drill -s tests/drills/test_cached.py``.
"""

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import brotli
import pytest

from server import create_app
from server.crypto.links import SignatureRef
from server.services.signers import withdraw_signature
from server.services.texts import add_statement
from server.text.statement_file import read_statement
from tests.drills.real_server import ORIGIN, SLUG, STATEMENT, RealInstance, make_real_instance, serving
from tests.drills.test_proxies import DEPLOY, nginx
from tests.processes import PATIENCE_S, Running, free_port
from tests.scene import look
from tests.web.scene import addresses, newest_link, own_link

pytestmark = pytest.mark.drill
PAGE, FRAME = f"/s/{SLUG}", f"/embed/{SLUG}"
DATA = f"/api/v1/statements/{SLUG}"
LIST = f"{DATA}/signatories"
GONE_WITHIN_S = 15
BROWSERS = ("gzip, deflate, br, zstd", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1")


class Seen(NamedTuple):
    """An answer, and what nginx did for it: HIT, MISS or nothing."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cached(self) -> str:
        return self.headers.get("x-cache-status", "")

    @property
    def text(self) -> str:
        return (brotli.decompress(self.body) if self.headers.get("content-encoding") == "br" else self.body).decode()


@pytest.fixture
def instance(tmp_path: Path) -> RealInstance:
    made = make_real_instance(tmp_path / "instance")
    french = STATEMENT.replace('locale = "en"', 'locale = "fr"').replace("Clean air for every street", "De l’air pur")
    add_statement(made.opened.context.db, read_statement(french), actor="test", now=int(time.time()))
    return made


@contextmanager
def cached(instance: RealInstance, folder: Path, change: Callable[[str], str] = lambda text: text) -> Iterator[int]:
    """Serve the instance behind nginx, which also says what it did; give nginx's port."""
    folder.mkdir()
    port = free_port()
    sample = change((DEPLOY / "nginx.conf").read_text())
    status = "    add_header X-Cache-Status $upstream_cache_status always;\n"
    sample = re.sub(r"^( *client_header_timeout)", rf"{status}\1", sample, flags=re.MULTILINE)
    text, command = nginx(sample, port, instance.port, folder)
    file = folder / "proxy.conf"
    file.write_text(text)
    with (
        serving(instance, UNDERSIGNED_TRUSTED_PROXIES="1"),
        Running((*command, str(file)), printed=folder / "nginx.log", cwd=folder) as proxy,
    ):
        proxy.wait_for("an answer", lambda: _answers(port))
        yield port


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthz").status == 200
    except OSError:
        return False


def ask(port: int, path: str, method: str = "GET", body: object = None, **headers: str) -> Seen:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent |= {"Content-Type": "application/json", "Origin": ORIGIN}
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer = connection.getresponse()
        return Seen(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def sign(instance: RealInstance, port: int, name: str) -> int:
    """Sign through nginx, confirm in the database, and return the id."""
    body = {"key": secrets.token_urlsafe(18), "form_token": instance.form_token(), "kind": "individual", "locale": "en"}
    body |= {"name": name, "email": f"{secrets.token_hex(6)}@rivers.example"}
    assert ask(port, f"{DATA}/signatures", "POST", body).status == 202
    return look(instance.opened.context.db, "SELECT max(id) AS id FROM signatures")[0]["id"]


def confirmed(instance: RealInstance, port: int, name: str) -> SignatureRef:
    signature_id = sign(instance, port, name)
    context, now = instance.opened.context, int(time.time())
    link = newest_link(context, now=now)
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request(
        "POST",
        link,
        "consent=yes",
        {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
    )
    assert connection.getresponse().status == 303
    connection.close()
    [row] = look(context.db, "SELECT nonce FROM signatures WHERE id = :id", id=signature_id)
    return SignatureRef(signature_id, bytes(row["nonce"]))


def test_only_public_answers_are_kept(instance, tmp_path):
    with cached(instance, tmp_path / "nginx") as port:
        first, kept = walk(instance, port)

    print(*kept, sep="\n")
    assert {PAGE, f"{PAGE}/versions", f"{PAGE}/card.png", FRAME, f"{FRAME}/text", DATA, LIST} <= kept
    assert {"/widget/v1/undersigned.js", "/api/v1/openapi.yaml", "/robots.txt", "/handbook"} <= kept
    assert kept == {path for path, seen in first.items() if "public" in seen.headers["cache-control"]}
    assert not [path for path in kept if "set-cookie" in first[path].headers]


def test_a_careless_cache_would_keep_pages_of_one_signer(instance, tmp_path):
    """The twin: a cache on all paths that ignores what the application says."""

    def careless(text: str) -> str:
        text = text.replace("proxy_ignore_headers Vary;", "proxy_ignore_headers Vary Cache-Control Set-Cookie;")
        return text.replace("location / {", "location / { proxy_cache undersigned; proxy_cache_valid any 1m;")

    with cached(instance, tmp_path / "nginx", careless) as port:
        _, kept = walk(instance, port)

    assert [path for path in kept if path.startswith("/signature/")]


def walk(instance: RealInstance, port: int) -> tuple[dict[str, Seen], set[str]]:
    """Ask for every address twice: the first answers, and the addresses whose second answer came from the cache."""
    confirmed(instance, port, "Ani")
    context, now = instance.opened.context, int(time.time())
    values = {"slug": SLUG, "version": "v1", "locale": "en", "partner": "river-watch", "signature_id": "1"}
    values |= {"token_id": "1", "token": own_link(context, now=now).rpartition("/")[2]}
    paths = [*addresses(create_app(instance.opened.settings), "GET", **values), newest_link(context, now=now)]
    paths += [f"/oembed?url={instance.opened.settings.base_url}{PAGE}", f"{PAGE}?locale=fr", f"{FRAME}?sandboxed=yes"]
    paths += ["/s/no-such", f"{LIST}?after=x"]
    first = {path: ask(port, path) for path in paths}
    return first, {path for path in paths if ask(port, path).cached == "HIT"}


@pytest.mark.parametrize("is_keyed", [True, False])
def test_languages_and_encodings_are_not_mixed_up(instance, tmp_path, is_keyed):
    """With ``is_keyed`` off, the twin: a key without the language."""

    def change(text: str) -> str:
        return text if is_keyed else text.replace("|$http_accept_language|", "|")

    right, hits = [], 0
    with cached(instance, tmp_path / "nginx", change) as port:
        for path in (PAGE, FRAME, DATA):
            for accepted in (*BROWSERS, "", "br;q=0"):
                for language, title in (("fr-FR,fr;q=0.9", "De l’air pur"), ("en", "Clean air for every street")) * 2:
                    seen = ask(port, path, Accept_Language=language, Accept_Encoding=accepted)
                    assert seen.headers.get("content-encoding", "") == ("br" if accepted in BROWSERS else "")
                    right.append(title in seen.text)
                    hits += seen.cached == "HIT"

    assert all(right) is is_keyed
    print(f"{hits} of {len(right)} from the cache")
    assert hits >= len(right) - 3 * 2 * 2 - 6, "browsers with other spellings share an answer"


def test_frames_of_two_websites_are_not_mixed_up(instance, tmp_path):
    with cached(instance, tmp_path / "nginx") as port:
        seen = [ask(port, FRAME, Referer=around) for around in (f"{ORIGIN}/", "https://other.example/") * 2]

    assert [answer.status for answer in seen] == [303, 200, 303, 200]
    assert [answer.cached for answer in seen] == ["MISS", "MISS", "HIT", "HIT"]


def test_a_withdrawn_name_is_gone_everywhere_in_time(instance, tmp_path):
    """Where a browser or a network in front of nginx has kept the name, it may keep it as long as the headers say."""
    with cached(instance, tmp_path / "nginx") as port:
        ref = confirmed(instance, port, "Astghik Sevunts")
        paths = (PAGE, LIST, DATA)
        for path in paths:
            while "Astghik" not in ask(port, path).text:
                pass
        withdraw_signature(instance.opened.context.db, ref, shown=False, now=int(time.time()))
        began, kept_until = time.time(), 0.0
        left = set(paths)
        while left:
            for path in sorted(left):
                answer = ask(port, path)
                if "Astghik" not in answer.text:
                    left.discard(path)
                    continue
                lifetime = int(re.search(r"max-age=(\d+)", answer.headers["cache-control"])[1])
                kept_until = max(kept_until, time.time() + lifetime)
                made = parsedate_to_datetime(answer.headers["date"]).timestamp()
                assert made <= began + 1, "the age of the answer is told"
        took = time.time() - began

    print(f"gone from nginx after {took:.1f} s, from browsers that ignore its age after {kept_until - began:.1f} s")
    assert took < GONE_WITHIN_S
    assert kept_until - began < GONE_WITHIN_S


def test_posts_pass_through(instance, tmp_path):
    with cached(instance, tmp_path / "nginx") as port:
        names = [f"Ani {number}" for number in range(5)]
        for name in names:
            sign(instance, port, name)
        answer = ask(port, f"{DATA}/signatures", "POST", {})

    assert answer.status in (400, 422)
    assert [row["name"] for row in look(instance.opened.context.db, "SELECT name FROM signatures ORDER BY id")] == names


def test_a_crowd_at_a_cold_page_asks_the_application_once(instance, tmp_path):
    with cached(instance, tmp_path / "nginx") as port, ThreadPoolExecutor(40) as crowd:
        seen = [*crowd.map(lambda _: ask(port, PAGE).cached, range(40))]

    assert seen.count("MISS") == 1
    assert set(seen) == {"MISS", "HIT"}
