"""The memory of a dump: ``python tests/benchmarks/dump.py [ROWS]`` writes each format, in a process each.

Beside it stands a floor: Python's own sqlite3 that reads the same rows one by one, and writes them nowhere. What
counts is the peak of resident memory, which must stay below 100 MB with a million signatures.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from sqlite_utils.utils import sqlite3

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from server.cli.context import Instance  # noqa: E402 - a script knows its own folder only, until here
from server.cli.instance import make_instance  # noqa: E402
from server.services import statements, texts  # noqa: E402
from server.text.statement_file import read_statement  # noqa: E402

MOST_MB = 100
SLUG = "million"
STATEMENT = f'+++\nslug = "{SLUG}"\nlocale = "en"\ntitle = "A million"\nkinds = ["individual"]\n+++\nWe ask for it.\n'
NOW = int(time.time()) - 3600
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO signatures (statement_id, text_id, nonce, kind, name, title, city, country, comment, locale, visibility,
                        name_key, list_number, signed_at, confirmed_at, changed_at)
SELECT 1, 1, randomblob(16), 'individual', 'Անի Գևորգյան ' || i, 'Poet', 'Kutaisi', 'GE',
       CASE WHEN i % 5 = 0 THEN 'Rivers belong to those who live by them, and to nobody else. ' END, 'hy', 'name',
       'անի գևորգյան ' || i, 1000000000 + i, ?, ?, ? + i / 10
  FROM n
"""
COMMAND = "from server.cli import main; main()"
FLOOR = """
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM signatures ORDER BY id"): pass
"""
CHILD = """
import resource, subprocess, sys
with open(sys.argv[1], "wb") as out: done = subprocess.run(sys.argv[2:], stdout=out, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)
"""


class Run(NamedTuple):
    """What a process took."""

    seconds: float
    peak_mb: float
    bytes: int


def make_rows(folder: Path, rows: int) -> Path:
    """Make an instance with one statement and so many confirmed signatures, and return its database."""
    make_instance(folder)
    here = Instance(str(folder))
    texts.add_statement(here.context.db, read_statement(STATEMENT), actor="benchmark", now=NOW)
    statements.open_statement(here.context.db, SLUG, actor="benchmark", now=NOW)
    here.close()
    file = folder / "undersigned.db"
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(FILL, (rows, NOW, NOW, NOW - rows))
    connection.close()
    return file


def run(folder: Path, *command: object) -> Run:
    """Run a command, and return what it took; its output goes to the disk, as a shell would have it."""
    out = folder / "out"
    begun = time.perf_counter()
    words = [sys.executable, "-c", CHILD, str(out), *map(str, command)]
    printed = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    assert printed[1] == "0", f"{command} failed"
    return Run(time.perf_counter() - begun, int(printed[0]) / 1024, out.stat().st_size)


def main() -> None:
    """Print the table, and end with status 1 where a format needs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as made:
        folder = Path(made)
        database = make_rows(folder / "instance", rows)
        export = (sys.executable, "-c", COMMAND, "--instance", database.parent, "signatories", "export", SLUG)
        commands = {
            "floor: sqlite3 alone": (sys.executable, "-c", FLOOR, database),
            "csv": export,
            "jsonl": (*export, "--format", "jsonl"),
            "xlsx": (*export, "--format", "xlsx"),
            "csv, public": (*export, "--public"),
            "csv, since": (*export, "--since", ""),
        }
        print(f"{'':<24}{'rows':>12}{'seconds':>10}{'MB written':>12}{'peak MB':>10}")
        worst = 0.0
        for name, command in commands.items():
            took = run(folder, *command)
            print(
                f"{name:<24}{rows:>12,}{took.seconds:>10.1f}{took.bytes / 1e6:>12.1f}{took.peak_mb:>10.1f}", flush=True
            )
            worst = max(worst, took.peak_mb)
    raise SystemExit(0 if worst < MOST_MB else 1)


if __name__ == "__main__":
    main()
