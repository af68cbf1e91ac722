"""This tree beside an older commit: ``python tests/benchmarks/commits.py COMMIT`` measures sign POST and data GET.

In turns, in one run, over the same load; the figure is the median of the ratios of five rounds, and a change that is
not about speed must keep it at 0.97 or more.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.asking import get, submissions  # noqa: E402 - a script knows its own folder only, until here
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
def served(tree: Path, folder: Path, *settings: str) -> Iterator[tuple[Side, Side]]:
    """Serve a tree in processes of its own, and give the posts of new signers and the reads of the form's data."""
    command = [sys.executable, str(Path(__file__).with_name("served.py")), str(tree), str(folder), *settings]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        read = get(known["path"].removesuffix("/signatures"))
        yield (
            Side(known["port"], lambda: submissions(known["path"], known["token"]), 202),
            Side(known["port"], lambda: itertools.repeat(read), 200),
        )
        process.communicate()


def main() -> None:
    """Measure, and end with status 1 if this tree is slower."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="the older one")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()

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
        reached = []
        for name, our_side, their_side in zip(("sign POST", "data GET"), ours, theirs, strict=True):
            pair = Pair(f"{name}, this tree  /  {options.commit}", our_side, their_side, NOT_SLOWER)
            reached.append(print_pair(pair, rounds_of(pair, run, rounds=5, seconds=options.seconds)))
    raise SystemExit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
