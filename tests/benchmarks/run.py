"""The benchmark: ``python tests/benchmarks/run.py`` prints a table of ratios and stops by itself after two minutes.

What it compares runs on the same server program with as many processes and threads, in the same run, in turns; loads
and disks that come and go hit both. The figure is the median of the ratios of five rounds.
"""

import argparse
import itertools
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import brotli
from sqlite_utils.utils import sqlite3

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import floor  # noqa: E402 - a script knows its own folder only, until here
from tests.benchmarks.load import Burst, burst  # noqa: E402
from tests.drills.real_server import (  # noqa: E402
    ORIGIN,
    SLUG,
    RealInstance,
    RealServer,
    free_port,
    make_real_instance,
    serving,
)

WARM_UP_S = 1.0
BUNDLE = ROOT / "widget" / "dist"


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: where it listens, what it is asked, and what it must answer."""

    port: int
    requests: Callable[[], Iterator[bytes]]
    status: int


@dataclass(frozen=True)
class Pair:
    """The product beside its floor, and the ratio that must be reached."""

    name: str
    product: Side
    bare: Side
    target: float


def _post(path: str, body: bytes, origin: str = ORIGIN) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\nSec-Fetch-Site: cross-site\r\n"
        f"Content-Type: application/json\r\nAccept: */*\r\nAccept-Language: en\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _get(path: str, etag: str | None = None) -> bytes:
    condition = f"If-None-Match: {etag}\r\n" if etag else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {ORIGIN}\r\nAccept: */*\r\nAccept-Language: en\r\n"
        f"{condition}\r\n"
    ).encode()


def submissions(path: str, form_token: str) -> Iterator[bytes]:
    """Yield posts of different people, each with a key, a name and an address that never come again."""
    for number in itertools.count():
        body = {
            "key": secrets.token_urlsafe(18),
            "form_token": form_token,
            "kind": "individual",
            "name": f"Անի Գևորգյան {number}",
            "email": f"ani.{secrets.token_hex(6)}@rivers.example",
            "title": "Poet",
            "affiliation": "Union of Writers",
            "city": "Gyumri",
            "locale": "en",
        }
        yield _post(path, json.dumps(body).encode())


def rereads(port: int, path: str) -> Iterator[bytes]:
    """Yield what a browser asks that has the answer already; the answer changes with the minute of its form token."""
    while time.time() % 60 > 50:
        time.sleep(1)
    return itertools.repeat(_get(path, etag_of(port, path)))


def etag_of(port: int, path: str) -> str:
    """Return the validator of what stands at a path now."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Accept-Language": "en"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return str(response.headers["ETag"])


def count_rows(path: Path, table: str) -> int:
    """Return how many rows a table has."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


def rounds_of(pair: Pair, run: Callable[[Side, float], Burst], *, rounds: int, seconds: float) -> list[list[Burst]]:
    """Return a burst of the product and one of the floor for each round; the one that goes first takes turns."""
    for side in (pair.product, pair.bare):
        run(side, WARM_UP_S)
    found = []
    for number in range(rounds):
        sides = [pair.product, pair.bare]
        bursts = [run(side, seconds) for side in (sides if number % 2 else sides[::-1])]
        found.append(bursts if number % 2 else bursts[::-1])
    return found


def print_pair(pair: Pair, found: list[list[Burst]]) -> bool:
    """Print the rounds and their median; say whether the target is reached."""
    ratios = [product.rate / bare.rate for product, bare in found]
    median = statistics.median(ratios)
    print(
        f"\n{pair.name}\n{'round':>8}{'product/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'bare/s':>12}{'p50 ms':>9}"
        f"{'p99 ms':>9}{'ratio':>8}"
    )
    for number, (product, bare) in enumerate(found, 1):
        cells = [
            f"{side.rate:>12.0f}{side.percentile_ms(0.5):>9.1f}{side.percentile_ms(0.99):>9.1f}"
            for side in (product, bare)
        ]
        print(f"{number:>8}{''.join(cells)}{ratios[number - 1]:>8.2f}")
    print(
        f"{'median':>8}{'':60}{median:>8.2f}   target {pair.target:.2f}: "
        f"{'reached' if median >= pair.target else 'MISSED'}"
    )
    return median >= pair.target


def main() -> None:
    """Run everything, and end with status 1 if a target is missed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as folder, ExitStack() as servers:
        here = Path(folder) / "instance"
        instance = make_real_instance(
            here,
            UNDERSIGNED_MAIL_DELIVERY="off",
            WEB_CONCURRENCY=str(options.processes),
            THREADS=str(options.threads),
        )
        port = free_port()
        floor.make_table(here / "floor.db")
        command = (sys.executable, "-m", "tests.benchmarks.floor", str(here), str(port))
        servers.enter_context(serving(instance))
        servers.enter_context(RealServer(command, port=port, log=here / "floor.log"))
        print(
            f"{options.processes} process(es) of {options.threads} threads, {options.clients} connections, "
            f"{options.rounds} rounds of {options.seconds:g} s each"
        )
        reached = measure(instance, port, options)
    print_bundle()
    raise SystemExit(0 if reached else 1)


def measure(instance: RealInstance, floor_port: int, options: argparse.Namespace) -> bool:
    """Measure both pairs, and count the rows behind the answers; say whether the targets are reached."""
    data = f"/api/v1/statements/{SLUG}"
    token = instance.form_token()
    answers = {"product": 0, "bare": 0}

    def run(side: Side, seconds: float) -> Burst:
        done = burst(side.port, side.requests(), clients=options.clients, seconds=seconds, status=side.status)
        if side.status == 202:
            answers["product" if side.port == instance.port else "bare"] += done.answers
        return done

    signing = Pair(
        "sign POST, all defences, durable  /  bare Flask, one durable row",
        Side(instance.port, lambda: submissions(instance.sign_path, token), 202),
        Side(floor_port, lambda: submissions("/sign", token), 202),
        0.45,
    )
    reading = Pair(
        "data GET, If-None-Match, 304  /  bare Flask GET",
        Side(instance.port, lambda: rereads(instance.port, data), 304),
        Side(floor_port, lambda: itertools.repeat(_get("/data")), 200),
        0.6,
    )
    reached = print_pair(signing, rounds_of(signing, run, rounds=options.rounds, seconds=options.seconds))
    check_rows(instance.folder, answers)
    reached &= print_pair(reading, rounds_of(reading, run, rounds=options.rounds, seconds=options.seconds))
    return reached


def check_rows(folder: Path, answers: dict[str, int]) -> None:
    """Compare the rows with the answers that promised them."""
    for table in ("signatures", "contacts", "outbox", "submissions"):
        assert count_rows(folder / "undersigned.db", table) == answers["product"], f"rows missing in {table}"
    assert count_rows(folder / "floor.db", "rows") == answers["bare"], "rows missing on the floor"
    print(f"rows counted: {answers['product']} signatures, each with address, email and key; {answers['bare']} bare")


def print_bundle() -> None:
    """Print how much a visitor's browser fetches for the widget."""
    for bundle in sorted(BUNDLE.glob("*/undersigned.js")):
        plain = bundle.read_bytes()
        size = len(brotli.compress(plain, quality=11))
        print(f"\nwidget {bundle.parent.name}: {len(plain):,} bytes, {size:,} in brotli")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2, help="of each server (default: 2)")
    parser.add_argument("--threads", type=int, default=4, help="of each process (default: 4)")
    parser.add_argument("--clients", type=int, default=64, help="connections at a time (default: 64)")
    parser.add_argument("--rounds", type=int, default=5, help="of each pair (default: 5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each burst (default: 4)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
