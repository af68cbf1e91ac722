"""The benchmark: ``python tests/benchmarks/run.py`` prints a table of ratios and stops by itself within some minutes.

What it compares runs on the same server program with as many processes and threads, in the same run, in turns; loads
and disks that come and go hit both. The figure is the median of the ratios of five rounds.

``--rows 1000000`` fills the statement with signatures first, ``--engine postgres`` keeps the records in a PostgreSQL of
its own, ``--peer`` installs Isso into a temporary folder and compares with it, ``--json FILE`` writes the medians.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import brotli
from sqlite_utils.utils import sqlite3

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import doors, floor  # noqa: E402 - a script knows its own folder only, until here
from tests.benchmarks.asking import get, submissions  # noqa: E402
from tests.benchmarks.asking import read as read_answer  # noqa: E402
from tests.benchmarks.dump import FILL  # noqa: E402
from tests.benchmarks.load import Burst, burst  # noqa: E402
from tests.benchmarks.memory import shares_mb  # noqa: E402
from tests.benchmarks.pairs import Pair, Side, print_pair, rounds_of, summary  # noqa: E402
from tests.databases import Databases  # noqa: E402
from tests.drills.real_server import RealInstance, RealServer, make_real_instance, serving  # noqa: E402
from tests.processes import free_port  # noqa: E402

BUNDLE = ROOT / "widget" / "dist"
PEER = ("isso==0.14.*", "gunicorn<24", "setuptools<81")
PEER_SETTINGS = """[general]
dbpath = {folder}/isso.db
host = http://localhost:1
[guard]
enabled = false
"""
LISTED = 100


def main() -> None:
    """Run everything, and end with status 1 if a target is missed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as made, ExitStack() as open_now:
        folder = Path(made)
        instance = open_now.enter_context(instance_of(folder / "instance", options))
        fill(instance, options.rows)
        server = open_now.enter_context(serving(instance))
        served = Served(instance, open_now.enter_context(floor_of(instance)))
        if options.rows:
            empty = open_now.enter_context(instance_of(folder / "empty", options))
            open_now.enter_context(serving(empty))
            served = served._replace(empty=empty)
        if options.peer:
            served = served._replace(peer_port=open_now.enter_context(peer_of(folder)))
        print(
            f"{options.engine}, {options.rows:,} signatures; {options.processes} process(es) of {options.threads} "
            f"threads, {options.clients} connections, {options.rounds} rounds of {options.seconds:g} s each"
        )
        pairs = [pair for pair in pairs_of(served, options.rows) if options.only in pair.name]
        done = measure(pairs, served, options)
        shares = ", ".join(f"{share:.0f}" for share in shares_mb(server.process.pid))
        print(f"memory of the product's processes afterwards (PSS): {shares} MB")
    if options.json:
        options.json.write_text(json.dumps([summary(pair, found) for pair, found in done], indent=1) + "\n")
    print_bundle()
    raise SystemExit(0 if all(is_reached(pair, found) for pair, found in done) else 1)


# What is served.


class Served(NamedTuple):
    """What listens in one run; ``empty`` is the product without signatures, beside the one that has many."""

    instance: RealInstance
    floor_port: int
    empty: RealInstance | None = None
    peer_port: int | None = None


@contextmanager
def instance_of(folder: Path, options: argparse.Namespace) -> Iterator[RealInstance]:
    """Make an instance of the product; a PostgreSQL is started for this run and ended with it."""
    databases = Databases()
    databases.on_postgres = options.engine == "postgres"
    settings = databases.settings(folder) if databases.on_postgres else {}
    try:
        yield make_real_instance(
            folder,
            UNDERSIGNED_MAIL_DELIVERY="off",
            WEB_CONCURRENCY=str(options.processes),
            UNDERSIGNED_THREADS=str(options.threads),
            **settings,
        )
    finally:
        databases.close()


def fill(instance: RealInstance, rows: int) -> None:
    """Add so many confirmed signatures to the statement, without emails."""
    if not rows:
        return
    now = int(time.time()) - 3600
    connection = sqlite3.connect(instance.database)
    with connection:
        connection.execute(FILL, (rows, now, now, now - rows))
        connection.execute("UPDATE signatures SET list_number = id, search_key = name_key")
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@contextmanager
def floor_of(instance: RealInstance) -> Iterator[int]:
    """Serve the floor, which sends the same bytes as the product; give its port."""
    here, port = instance.folder, free_port()
    floor.make_table(here / floor.DATABASE)
    (here / floor.BYTES).mkdir()
    for name, path in (("page", doors.PAGE), ("frame", doors.FRAME), ("data", doors.DATA)):
        (here / floor.BYTES / name).write_bytes(read_answer(instance.port, path)[2])
    command = (sys.executable, "-m", "tests.benchmarks.floor", str(here), str(port))
    with RealServer(command, port=port, log=here / "floor.log"):
        yield port


@contextmanager
def peer_of(folder: Path) -> Iterator[int]:
    """Install the peer into an environment of its own, serve it with two processes, and give its port.

    It has ``LISTED`` comments below one page.
    """
    port, home = free_port(), folder / "peer"
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PEER], check=True, capture_output=True)
    (home / "isso.cfg").write_text(PEER_SETTINGS.format(folder=home))
    script = home / "serve.py"
    script.write_text(PEER_APP)
    command = (
        python,
        "-m",
        "gunicorn",
        "-w",
        "2",
        "-k",
        "gthread",
        "--threads",
        "4",
        "--preload",
        "-b",
        f"127.0.0.1:{port}",
        "--chdir",
        home,
        "serve",
    )
    with RealServer(command, port=port, log=home / "log"):
        for number in range(LISTED):
            leave_comment(port, number)
        yield port


def leave_comment(port: int, number: int) -> None:
    """Leave a comment on the peer's page ``/list``."""
    said = {"author": f"Ani {number}", "text": "Rivers!", "title": "A list"}
    asked = Request(f"http://127.0.0.1:{port}/new?uri=%2Flist", json.dumps(said).encode())
    asked.add_header("Content-Type", "application/json")
    urlopen(asked).close()


PEER_APP = """
from isso import config, make_app

settings = config.load(config.default_file(), "isso.cfg")
isso = make_app(settings, threading=False, multiprocessing=True)


def application(environ, start_response):
    if environ["PATH_INFO"] == "/healthz":
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]
    return isso(environ, start_response)
"""


# What is measured.


def pairs_of(served: Served, rows: int) -> list[Pair]:
    """Return what is compared, in the order of the table."""
    instance, port = served.instance, served.instance.port

    def bare(path: str) -> Side:
        return Side(served.floor_port, lambda: itertools.repeat(get(path)), 200)

    def read(path: str) -> Side:
        return doors.reading(port, path)

    token, listed = instance.form_token(), read(doors.LIST)
    sign = doors.signing(port, token)
    bare_sign = Side(served.floor_port, lambda: submissions("/sign", token), 202)
    same, row = "bare Flask GET of the same bytes", "bare Flask, one durable row"
    pairs = [
        Pair(f"sign POST, all defences, durable  /  {row}", sign, bare_sign, 0.60),
        Pair(f"confirm POST  /  {row}", doors.confirming(instance), bare_sign, 0.50),
        Pair(f"hosted page  /  {same}", read(doors.PAGE), bare("/bytes/page"), 0.70),
        Pair(f"frame page  /  {same}", read(doors.FRAME), bare("/bytes/frame"), 0.70),
        Pair(f"data GET  /  {same}", read(doors.DATA), bare("/bytes/data"), 0.80),
        Pair("data GET, 304  /  bare Flask GET of one word", doors.rereading(port, doors.DATA), bare("/word"), 0.80),
    ]
    if served.empty is not None:
        cursor = instance.opened.context.cursors.write(rows - 2 * LISTED, statement_id=1)
        on_empty = doors.signing(served.empty.port, served.empty.form_token())
        pairs += [
            Pair(f"sign POST on {rows:,} signatures  /  on none", sign, on_empty, 0.95),
            Pair(f"list at depth {rows:,}  /  at its start", read(f"{doors.LIST}?after={cursor}"), listed, 0.83),
        ]
    if served.peer_port is not None:
        their_list = Side(served.peer_port, lambda: itertools.repeat(get("/?uri=%2Flist&limit=100")), 200)
        pairs += [
            Pair("sign POST  /  Isso: a comment", sign, doors.commenting(served.peer_port), 4.0),
            Pair(f"list of {LISTED}  /  Isso: list of {LISTED}", listed, their_list, 10.0),
        ]
    return pairs


def measure(pairs: list[Pair], served: Served, options: argparse.Namespace) -> list[tuple[Pair, list[list[Burst]]]]:
    """Measure every pair, and count the rows behind the answers."""
    promised = Counter[int]()

    def run(side: Side, seconds: float) -> Burst:
        done = burst(side.port, side.requests(), clients=options.clients, seconds=seconds, status=side.status)
        if side.status == 202:
            promised[side.port] += done.answers
        return done

    done = []
    for pair in pairs:
        found = rounds_of(pair, run, rounds=options.rounds, seconds=options.seconds)
        print_pair(pair, found)
        done.append((pair, found))
    check_rows(served.instance, options.rows + promised[served.instance.port], bare=promised[served.floor_port])
    return done


def is_reached(pair: Pair, found: list[list[Burst]]) -> bool:
    """Say whether a pair reaches its target."""
    ratio = summary(pair, found)["ratio"]
    return pair.target is None or (isinstance(ratio, float) and ratio >= pair.target)


def check_rows(instance: RealInstance, signed: int, *, bare: int) -> None:
    """Compare the rows with the answers that promised them."""
    with instance.opened.context.db.read() as tx:
        [row] = tx.rows("SELECT count(*) AS n FROM signatures", {})
    assert row["n"] == signed, f"rows missing: {row['n']} of {signed}"
    connection = sqlite3.connect(instance.folder / floor.DATABASE)
    assert connection.execute("SELECT count(*) FROM rows").fetchone()[0] == bare, "rows missing on the floor"
    connection.close()
    print(f"\nrows counted: {signed} signatures; {bare} bare")


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
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rows", type=int, default=0, help="signatures that are there before (SQLite; default: 0)")
    parser.add_argument("--peer", action="store_true", help="install Isso and compare with it")
    parser.add_argument("--only", default="", help="a part of the names of the pairs to measure")
    parser.add_argument("--json", type=Path, help="write the medians to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
