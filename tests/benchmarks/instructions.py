"""The instructions of each door, counted by valgrind: ``python tests/benchmarks/instructions.py [--against COMMIT]``.

Times on a busy machine say little. The number of instructions repeats to about one part in a hundred, whatever else
runs, so it shows what a change costs. Beside an older commit, more than 5 % on top is an error.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.commits import checked_out  # noqa: E402 - a script knows its own folder only, until here

MOST = 1.05
ASKED = Path(__file__).with_name("counted.py")
_NAME = re.compile(r"^desc: Trigger: dump (.+)$", re.MULTILINE)
_TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)


def start(tree: Path, folder: Path, times: int) -> subprocess.Popen[bytes]:
    """Start to count the instructions of a tree; their numbers go into ``folder``."""
    folder.mkdir()
    command = [
        *("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counted", "--quiet"),
        *(sys.executable, str(ASKED), str(tree), str(times)),
    ]
    # With the same seed, sets and dicts of strings have the same order in every run.
    environ = os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(tree)}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, env=environ, cwd=tree, stdout=log, stderr=log)


def read(folder: Path, times: int) -> dict[str, float]:
    """Return the instructions of one request, in millions, by the name of the door."""
    found = {}
    for path in folder.glob("counted.*"):
        written = path.read_text(errors="replace")
        name, total = _NAME.search(written), _TOTAL.search(written)
        if name and total:
            found[name[1]] = int(total[1]) / times / 1e6
    found.pop("warm", None)
    return found


def main() -> None:
    """Count, print, and end with status 1 if a door has become more expensive than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", metavar="COMMIT", help="an older commit")
    parser.add_argument("--times", type=int, default=200, help="how often each door is asked (default: 200)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as made, ExitStack() as open_now:
        folder = Path(made)
        trees = {"ours": ROOT}
        if options.against:
            trees["theirs"] = open_now.enter_context(checked_out(options.against, folder))
        counting = {name: start(tree, folder / name, options.times) for name, tree in trees.items()}
        failed = [name for name, process in counting.items() if process.wait()]
        for name in failed:
            print((folder / name / "log").read_text(errors="replace"), file=sys.stderr)
        ours, theirs = (read(folder / name, options.times) for name in ("ours", "theirs"))
    if "ours" in failed:
        raise SystemExit("this tree could not be measured")
    if "theirs" in failed:
        print(f"{options.against} could not be measured, so nothing is compared")
    print(f"{'millions of instructions a request':<36}{'this tree':>12}{options.against or '':>14}{'ratio':>8}")
    for door, cost in ours.items():
        before = theirs.get(door)
        print(f"{door:<36}{cost:>12.2f}" + (f"{before:>14.2f}{cost / before:>8.2f}" if before else ""))
    dearer = [door for door, cost in ours.items() if door in theirs and cost > MOST * theirs[door]]
    raise SystemExit(f"more than {MOST - 1:.0%} dearer: {', '.join(dearer)}" if dearer else 0)


if __name__ == "__main__":
    main()
