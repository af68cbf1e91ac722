"""Reads through nginx's cache: ``python tests/benchmarks/cached.py`` prints how many more nginx serves.

The sample of ``server/deploy`` is in front of the product on the same machine, and ``wrk`` asks both in turns, because
a load in Python would be slower than nginx. At nginx's rates ``wrk`` needs as much of the processors as nginx does. So
the target is for answers a second of processor time, which ``wrk`` and other programs do not change.

Needs Debian's packages ``nginx-light`` and ``wrk``.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import doors  # noqa: E402 - a script knows its own folder only, until here
from tests.benchmarks.run import fill  # noqa: E402
from tests.drills.real_server import make_real_instance, serving  # noqa: E402
from tests.drills.test_proxies import proxying  # noqa: E402

TARGET = 10.0
HEADERS = ("Accept-Language: en", "Accept-Encoding: gzip, deflate, br")
DOORS = {"hosted page": doors.PAGE, "frame page": doors.FRAME, "list of 100": doors.LIST, "data GET": doors.DATA}
SIGNED = 100


class Rate(NamedTuple):
    """Answers a second, and answers a second of the servers' processor time."""

    wall: float
    cpu: float


def main() -> None:
    """Measure every door, and end with status 1 if a target is missed."""
    options = _options()
    missed = False
    settings = {"UNDERSIGNED_MAIL_DELIVERY": "off", "WEB_CONCURRENCY": str(options.processes)}
    with tempfile.TemporaryDirectory(prefix="undersigned-cached-") as made:
        instance = make_real_instance(Path(made) / "instance", **settings)
        fill(instance, SIGNED)
        with (
            serving(instance, UNDERSIGNED_TRUSTED_PROXIES="1") as server,
            proxying("nginx.conf", instance, Path(made) / "nginx") as (port, proxy),
        ):
            print(f"{options.processes} processes, {options.clients} connections, {options.rounds} rounds")
            groups = [server.process.pid, proxy.process.pid]
            for name, path in DOORS.items():
                rounds = [
                    (ask(instance.port, path, groups, options), ask(port, path, groups, options))
                    for _ in range(options.rounds)
                ]
                missed |= not print_door(name, rounds)
    raise SystemExit(missed)


def print_door(name: str, rounds: list[tuple[Rate, Rate]]) -> bool:
    """Print the medians of a door; say whether the target is reached."""
    alone, cached = (statistics.median(side.wall for side in sides) for sides in zip(*rounds, strict=True))
    wall = statistics.median(cached.wall / alone.wall for alone, cached in rounds)
    cpu = statistics.median(cached.cpu / alone.cpu for alone, cached in rounds)
    print(
        f"{name:<12} {alone:>7,.0f}/s alone, {cached:>7,.0f}/s from nginx: {wall:5.1f} x; for the same processor time "
        f"{cpu:5.1f} x   target {TARGET:g}: {'reached' if cpu >= TARGET else 'MISSED'}",
        flush=True,
    )
    return cpu >= TARGET


def ask(port: int, path: str, groups: list[int], options: argparse.Namespace) -> Rate:
    """Let wrk ask for some seconds; raises ``AssertionError`` if an answer was not good."""
    headers = [word for header in HEADERS for word in ("-H", header)]
    command = [
        "wrk",
        "-t1",
        f"-c{options.clients}",
        f"-d{options.seconds}s",
        *headers,
        f"http://127.0.0.1:{port}{path}",
    ]
    before = processor_s(groups)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    used = processor_s(groups) - before
    assert "Non-2xx" not in said, said
    rate, answers = re.search(r"Requests/sec: +([0-9.]+)", said), re.search(r"(\d+) requests in", said)
    assert rate, said
    assert answers, said
    return Rate(float(rate[1]), int(answers[1]) / used)


def processor_s(groups: list[int]) -> float:
    """Return the seconds of processor time that all processes of these groups have used."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            cells = file.read_text().rpartition(")")[2].split()
            if int(cells[2]) in groups:
                ticks += int(cells[11]) + int(cells[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2, help="of the product (default: 2)")
    parser.add_argument("--clients", type=int, default=64, help="connections at a time (default: 64)")
    parser.add_argument("--rounds", type=int, default=3, help="of each door (default: 3)")
    parser.add_argument("--seconds", type=int, default=3, help="of each burst (default: 3)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
