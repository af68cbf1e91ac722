"""Asks the doors of one tree inside one process, for ``instructions.py``: ``python counted.py TREE TIMES``.

The clock stands still, so that no answer is made again because a minute has passed.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WARM_UP = 12
SLUG = "clean-air"
DATA = f"/api/v1/statements/{SLUG}"
PAGES = {
    "data GET": DATA,
    "hosted page": f"/s/{SLUG}",
    "frame page": f"/embed/{SLUG}",
    "list": f"{DATA}/signatories",
}


def main() -> None:
    """Ask each door so many times, and write down the instructions after each."""
    tree, times = sys.argv[1], int(sys.argv[2])
    sys.path.insert(0, tree)
    from server import create_app
    from tests.drills import real_server

    assert real_server.__file__.startswith(tree), "this is another tree's"
    now = int(time.time())
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as folder:
        instance = real_server.make_real_instance(Path(folder) / "instance", UNDERSIGNED_MAIL_DELIVERY="off")
        asking = Asking(create_app(instance.opened.settings, clock=lambda: now))
        doors = doors_of(asking, instance, now)
        for name, ask in doors.items():
            for _ in range(WARM_UP):
                ask()
            write_down("warm")
            for _ in range(times):
                ask()
            write_down(name)


def write_down(name: str) -> None:
    """Let callgrind write the instructions since the last time, under this name."""
    subprocess.run(["callgrind_control", "-d", name, str(os.getpid())], check=True, capture_output=True)


class Asking:
    """A client of the app's WSGI, without anything of a server in between."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def ask(self, method: str, path: str, status: str, body: bytes = b"", **more: str) -> dict[str, str]:
        """Send one request and return the headers of the answer, whose status must begin with ``status``."""
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT_LANGUAGE": "en",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **more,
        }
        started: list[Any] = []
        chunks = self._app(environ, lambda *said: started.extend(said))
        b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        assert started[0].startswith(status), started
        return dict(started[1])


def doors_of(asking: Asking, instance: Any, now: int) -> dict[str, Callable[[], Any]]:
    """Return what asks each door once, by its name."""
    signers, links = count_up(), confirm_paths(instance, now)
    token = instance.form_token()
    of_partner = {"HTTP_ORIGIN": "https://partner.example", "CONTENT_TYPE": "application/json"}
    of_form = {"HTTP_SEC_FETCH_SITE": "same-origin", "CONTENT_TYPE": "application/x-www-form-urlencoded"}

    def sign() -> None:
        body = json.dumps(submission(next(signers), token)).encode()
        asking.ask("POST", f"{DATA}/signatures", "202", body, **of_partner)

    def confirm() -> None:
        asking.ask("POST", next(links), "303", b"consent=yes", **of_form)

    def reread() -> None:
        if not known:
            known.append(asking.ask("GET", DATA, "200")["ETag"])
        asking.ask("GET", DATA, "304", HTTP_IF_NONE_MATCH=known[0])

    def reader(path: str) -> Callable[[], Any]:
        return lambda: asking.ask("GET", path, "200")

    known: list[str] = []
    doors = {name: reader(path) for name, path in PAGES.items()}
    # All sign before anybody confirms; what is read afterwards does not change any more.
    return {"sign POST": sign, "confirm POST": confirm, "data GET, 304": reread} | doors


def count_up() -> Iterator[int]:
    """Yield the numbers of the signers."""
    number = 0
    while True:
        number += 1
        yield number


def submission(number: int, token: str) -> dict[str, str]:
    """Return what one of the signers sends; the same in every run."""
    return {
        "key": f"0123456789abcdef{number}",
        "form_token": token,
        "kind": "individual",
        "name": f"Անի Գևորգյան {number}",
        "email": f"ani.{number}@rivers.example",
        "title": "Poet",
        "affiliation": "Union of Writers",
        "city": "Gyumri",
        "locale": "en",
    }


def confirm_paths(instance: Any, now: int) -> Iterator[str]:
    """Yield the confirm links of those who have signed, oldest first."""
    here, last = instance.opened.context, 0
    while True:
        with here.db.read() as tx:
            asked = "SELECT id, nonce FROM signatures WHERE confirmed_at IS NULL AND id > :last ORDER BY id LIMIT 500"
            rows = tx.rows(asked, {"last": last})
        for row in rows:
            last = row["id"]
            yield "/confirm/" + here.links.confirm_token(last, row["nonce"], now=now)


if __name__ == "__main__":
    main()
