"""This tree beside an older commit: ``python tests/benchmarks/commits.py COMMIT`` measures the doors of both.

In turns, in one run, over the same load. The figure is the median of the ratios of the rounds, and a change that is not
about speed must keep it at 0.97 or more. Machines are noisy, so with ``--agree`` only a door that is too slow in every
round is an error; CI runs that with 0.85.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import doors  # noqa: E402 - a script knows its own folder only, until here
from tests.benchmarks.load import Burst, burst  # noqa: E402
from tests.benchmarks.pairs import Pair, Side, print_pair, rounds_of  # noqa: E402

NOT_SLOWER = 0.97


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """Give a work tree of another commit, and take it away again."""
    tree = folder / "tree"
    git("worktree", "add", "--detach", str(tree), commit)
    try:
        yield tree
    finally:
        git("worktree", "remove", "--force", str(tree))


def git(*words: str) -> None:
    """Run git in this repository, silently."""
    subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True)


@contextmanager
def served(tree: Path, folder: Path, *settings: str) -> Iterator[dict[str, Side]]:
    """Serve a tree in processes of its own, and give its doors by name."""
    command = [sys.executable, str(Path(__file__).with_name("served.py")), str(tree), str(folder), *settings]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        yield {name: door(known["port"], known["token"]) for name, door in doors.ALL.items()}
        process.communicate()


def main() -> None:
    """Measure, and end with status 1 if this tree is slower."""
    options = _options()

    def run(side: Side, seconds: float) -> Burst:
        return burst(side.port, side.requests(), clients=options.clients, seconds=seconds, status=side.status)

    settings = (
        "UNDERSIGNED_MAIL_DELIVERY=off",
        f"WEB_CONCURRENCY={options.processes}",
        f"UNDERSIGNED_THREADS={options.threads}",
    )
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as made, ExitStack() as open_now:
        folder = Path(made)
        older = open_now.enter_context(checked_out(options.commit, folder))
        ours = open_now.enter_context(served(ROOT, folder / "ours", *settings))
        theirs = open_now.enter_context(served(older, folder / "theirs", *settings))
        slower = []
        for name, side in ours.items():
            pair = Pair(f"{name}, this tree  /  {options.commit}", side, theirs[name], options.least)
            found = rounds_of(pair, run, rounds=options.rounds, seconds=options.seconds)
            is_reached = print_pair(pair, found)
            fastest = max(product.rate / bare.rate for product, bare in found)
            if fastest < options.least if options.agree else not is_reached:
                slower.append(name)
    raise SystemExit(f"slower: {', '.join(slower)}" if slower else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="the older one")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--least", type=float, default=NOT_SLOWER, help="the smallest ratio that is no error")
    parser.add_argument("--agree", action="store_true", help="an error only if every round is below it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
