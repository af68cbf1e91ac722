"""The benchmark: ``python tests/benchmarks/run.py`` prints a table of ratios and stops by itself within three minutes.

What it compares runs on the same server program with as many processes and threads, in the same run, in turns; loads
and disks that come and go hit both. The figure is the median of the ratios of five rounds.
"""

import argparse
import itertools
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import brotli
from sqlite_utils.utils import sqlite3

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import floor  # noqa: E402 - a script knows its own folder only, until here
from tests.benchmarks.asking import get, read, rereads, submissions  # noqa: E402
from tests.benchmarks.load import Burst, burst  # noqa: E402
from tests.benchmarks.pairs import Pair, Side, print_pair, rounds_of  # noqa: E402
from tests.drills.real_server import SLUG, RealInstance, RealServer, make_real_instance, serving  # noqa: E402
from tests.processes import free_port  # noqa: E402

DATA_PATH = f"/api/v1/statements/{SLUG}"
BUNDLE = ROOT / "widget" / "dist"


def count_rows(path: Path, table: str) -> int:
    """Return how many rows a table has."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


def main() -> None:
    """Run everything, and end with status 1 if a target is missed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as folder, ExitStack() as servers:
        here = Path(folder) / "instance"
        instance = make_real_instance(
            here,
            UNDERSIGNED_MAIL_DELIVERY="off",
            WEB_CONCURRENCY=str(options.processes),
            UNDERSIGNED_THREADS=str(options.threads),
        )
        port = free_port()
        floor.make_table(here / floor.DATABASE)
        servers.enter_context(serving(instance))
        (here / floor.DATA).write_bytes(read(instance.port, DATA_PATH)[1])
        command = (sys.executable, "-m", "tests.benchmarks.floor", str(here), str(port))
        servers.enter_context(RealServer(command, port=port, log=here / "floor.log"))
        print(
            f"{options.processes} process(es) of {options.threads} threads, {options.clients} connections, "
            f"{options.rounds} rounds of {options.seconds:g} s each"
        )
        reached = measure(instance, port, options)
    print_bundle()
    raise SystemExit(0 if reached else 1)


def pairs_of(instance: RealInstance, floor_port: int) -> list[Pair]:
    """Return what is compared, in the order of the table."""
    token = instance.form_token()
    known = Side(instance.port, lambda: rereads(instance.port, DATA_PATH), 304)
    return [
        Pair(
            "sign POST, all defences, durable  /  bare Flask, one durable row",
            Side(instance.port, lambda: submissions(instance.sign_path, token), 202),
            Side(floor_port, lambda: submissions("/sign", token), 202),
            0.45,
        ),
        Pair(
            "data GET, If-None-Match, 304  /  bare Flask GET of one word",
            known,
            Side(floor_port, lambda: itertools.repeat(get("/data")), 200),
            0.6,
        ),
        Pair(
            "data GET, If-None-Match, 304  /  bare Flask GET of the same data",
            known,
            Side(floor_port, lambda: itertools.repeat(get("/same-data")), 200),
        ),
    ]


def measure(instance: RealInstance, floor_port: int, options: argparse.Namespace) -> bool:
    """Measure every pair, and count the rows behind the answers; say whether the targets are reached."""
    promised = {instance.port: 0, floor_port: 0}

    def run(side: Side, seconds: float) -> Burst:
        done = burst(side.port, side.requests(), clients=options.clients, seconds=seconds, status=side.status)
        promised[side.port] += done.answers if side.status == 202 else 0
        return done

    reached = [
        print_pair(pair, rounds_of(pair, run, rounds=options.rounds, seconds=options.seconds))
        for pair in pairs_of(instance, floor_port)
    ]
    check_rows(instance.folder, signed=promised[instance.port], bare=promised[floor_port])
    return all(reached)


def check_rows(folder: Path, *, signed: int, bare: int) -> None:
    """Compare the rows with the answers that promised them."""
    for table in ("signatures", "contacts", "outbox", "submissions"):
        assert count_rows(folder / "undersigned.db", table) == signed, f"rows missing in {table}"
    assert count_rows(folder / floor.DATABASE, "rows") == bare, "rows missing on the floor"
    print(f"\nrows counted: {signed} signatures, each with address, email and key; {bare} bare")


def print_bundle() -> None:
    """Print how much a visitor's browser fetches for the widget."""
    for bundle in sorted(BUNDLE.glob("*/undersigned.js")):
        plain = bundle.read_bytes()
        size = len(brotli.compress(plain, quality=11))
        print(f"\nwidget {bundle.parent.name}: {len(plain):,} bytes, {size:,} in brotli")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2, help="of each server (default: 2)")
    parser.add_argument(
        "--threads", type=int, default=4, help="of each process (default: 4, as the product is shipped)"
    )
    parser.add_argument("--clients", type=int, default=64, help="connections at a time (default: 64)")
    parser.add_argument("--rounds", type=int, default=5, help="of each pair (default: 5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each burst (default: 3)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
