"""An export over HTTP: ``python tests/benchmarks/export.py [ROWS]`` fetches the CSV, beside ``sqlite3 -csv``.

The peer is Debian's command, which writes the same rows without a check, a rule or a journal. Both write to a file, in
turns. The figure is the median of the ratios of three rounds. The server's memory may grow by 30 MB.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from server.cli.context import Instance  # noqa: E402 - a script knows its own folder only, until here
from server.services.tokens import add_token  # noqa: E402
from tests.benchmarks.dump import NOW, SLUG, make_rows  # noqa: E402
from tests.benchmarks.memory import peak_mb, processes_of, resident_mb  # noqa: E402
from tests.drills.real_server import RealServer  # noqa: E402
from tests.processes import COMMAND, free_port  # noqa: E402
from tests.web.scene import NO_LIMITS  # noqa: E402

ROUNDS, MOST_TIMES, MOST_GROWTH_MB = 3, 4.0, 30.0
PEER = """SELECT id, statement_id, kind, name, title, affiliation, organisation, website, city, country, comment,
 newsletter, visibility, state, founding_place, partner_id, locale, text_id, signed_at, confirmed_at, withdrawn_at
 FROM signatures ORDER BY list_number"""


def fetch(port: int, secret: str, out: Path) -> float:
    """Fetch the export into a file; return the seconds until its last byte."""
    asked = Request(f"http://127.0.0.1:{port}/admin/statements/{SLUG}/signatures.csv")
    asked.add_header("Authorization", f"Bearer {secret}")
    began = time.perf_counter()
    with urlopen(asked) as answer, out.open("wb") as file:
        shutil.copyfileobj(answer, file)
    return time.perf_counter() - began


def write_bare(database: Path, out: Path) -> float:
    """Let ``sqlite3`` write the rows; return the seconds."""
    began = time.perf_counter()
    with out.open("wb") as file:
        subprocess.run(["sqlite3", "-csv", "-header", str(database), PEER], stdout=file, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure both in turns, and end with status 1 if ours takes too long or too much memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as made:
        folder, port = Path(made), free_port()
        database = make_rows(folder / "instance", rows)
        opened = Instance(str(database.parent))
        secret = add_token(
            opened.context.db, "benchmark", scopes=["export"], slug=SLUG, expires_at=None, actor="test", now=NOW
        )
        settings = NO_LIMITS | {"UNDERSIGNED_MAIL_DELIVERY": "off", "WEB_CONCURRENCY": "1", "PORT": str(port)}
        command = (COMMAND, "--instance", str(database.parent), "run")
        with RealServer(command, port=port, log=folder / "log", **settings) as server:
            [worker] = processes_of(server.process.pid)
            before, ratios = resident_mb(worker), []
            print(f"{'round':>8}{'ours s':>10}{'sqlite3 s':>11}{'ratio':>8}")
            for number in range(1, ROUNDS + 1):
                ours, bare = fetch(port, secret, folder / "ours.csv"), write_bare(database, folder / "bare.csv")
                ratios.append(ours / bare)
                print(f"{number:>8}{ours:>10.1f}{bare:>11.1f}{ratios[-1]:>8.2f}", flush=True)
            growth = peak_mb(worker) - before
        with (folder / "ours.csv").open("rb") as file:
            assert sum(1 for _ in file) == rows + 1, "rows are missing"
    times = statistics.median(ratios)
    print(f"{'median':>8}{'':21}{times:>8.2f}   at most {MOST_TIMES:.0f}")
    print(f"memory grew by {growth:.1f} MB, at most {MOST_GROWTH_MB:.0f}")
    raise SystemExit(0 if times <= MOST_TIMES and growth <= MOST_GROWTH_MB else 1)


if __name__ == "__main__":
    main()
