"""Walks the real app, each route and each command, and writes a recording of all that it answered.

``python -m tests.record_walk OUT`` writes it; ``python -m tests.record_walk --compare OLD NEW`` shows the first
differences of two recordings. A change of the code that changes no behaviour changes no byte of the recording.
"""

import difflib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from itertools import islice
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from tests.walk import commands, desk, public
from tests.walk.world import World, environment, freeze, write_tables

DIFFERENCES_SHOWN = 200
_HASH_SEED = "0"


def main(arguments: list[str]) -> int:
    """Record or compare; return the exit status."""
    if len(arguments) == 3 and arguments[0] == "--compare":
        return compare(Path(arguments[1]), Path(arguments[2]))
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m tests.record_walk OUT_FILE | --compare OLD NEW", file=sys.stderr)
        return 2
    if os.environ.get("PYTHONHASHSEED") != _HASH_SEED:  # sets have another order in each process otherwise
        os.environ["PYTHONHASHSEED"] = _HASH_SEED
        os.execv(sys.executable, [sys.executable, "-m", "tests.record_walk", *arguments])
    return record(Path(arguments[0]).absolute())


def record(out: Path) -> int:
    """Walk, write the recording, and say what was not visited or not as expected; return the exit status."""
    folder = Path(tempfile.mkdtemp(prefix="walk-")).resolve()
    here = Path.cwd()
    for name in [name for name in os.environ if name.startswith("UNDERSIGNED_") or name in ("DATABASE_URL", "DYNO")]:
        del os.environ[name]
    clock, randomness = freeze()
    world = World(folder, clock, randomness)
    try:
        os.chdir(folder)
        rules = walk(world)
    finally:  # where the walk breaks off, the end of the recording says where
        os.chdir(here)
        Finalize(None, shutil.rmtree, args=[folder], exitpriority=0)  # after the stores of the apps are closed
        out.write_text("\n".join(world.lines) + "\n", encoding="utf-8")
        for surprise in world.surprises:
            print(f"not as expected: {surprise}", file=sys.stderr)
    missing = unvisited(rules, world.visited)
    for method, rule in missing:
        print(f"never visited: {method} {rule}", file=sys.stderr)
    print(", ".join(f"{count} {kind}s" for kind, count in sorted(world.steps.items())) + f", {len(rules)} routes")
    return 1 if missing or world.surprises else 0


def walk(world: World) -> set[tuple[str, str]]:
    """Go all the way, and return every route of the app as (rule, method)."""
    commands.replace_web_server()
    os.environ.update(environment(world.folder))
    commands.run_help(world)
    commands.make_instances(world)
    commands.publish(world)
    report = commands.let_partners_in(world)
    commands.import_founders(world)
    commands.preview_emails(world)
    passwords = commands.add_admins(world)
    tokens = commands.add_tokens(world)
    app = _make_app(world)
    public.visit(world, app, report=report)
    desk.visit(world, app, passwords=passwords)
    commands.moderate(world)
    public.pull_dumps(world, app, tokens=tokens)
    commands.export(world)
    public.visit_limited(world, _make_app(world, **public.LOW_LIMITS))
    public.visit_https(world, _make_app(world, **public.HTTPS))
    commands.revise(world)
    public.return_later(world, app)
    commands.serve_nowhere(world)
    commands.look_after(world)
    commands.copy(world)
    write_tables(world, world.folder / "undersigned.db")
    return routes_of(app)


def _make_app(world: World, **more: str) -> Any:
    from server import create_app
    from server.config import read_settings

    world.begin("app", " ".join(more) or "as in the settings")
    return create_app(read_settings(environment(world.folder, **more)), clock=world.clock)


def routes_of(app: Any) -> set[tuple[str, str]]:
    """Return every (rule, method) of an app, without the methods that Flask adds by itself."""
    found = set()
    for rule in app.url_map.iter_rules():
        added = {"HEAD"} | ({"OPTIONS"} if rule.provide_automatic_options else set())
        found |= {(rule.rule, method) for method in rule.methods - added}
    return found


def unvisited(rules: Iterable[tuple[str, str]], visited: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what was never visited as (method, rule), in a stable order."""
    return sorted((method, rule) for rule, method in set(rules) - visited)


def compare(old: Path, new: Path) -> int:
    """Print the first differences of two recordings; return 0 when they are the same byte for byte, else 1."""
    before, after = old.read_bytes(), new.read_bytes()
    if before == after:
        return 0
    lines = (content.decode(errors="backslashreplace").splitlines() for content in (before, after))
    differences = list(islice(_differences(*lines, str(old), str(new)), DIFFERENCES_SHOWN))
    print("\n".join(differences) or "they differ in their line ends only")
    if len(differences) == DIFFERENCES_SHOWN:
        print("... and more")
    return 1


def _differences(before: list[str], after: list[str], old: str, new: str) -> Iterable[str]:
    """Compare step by step: to compare all at once would take minutes where much is different."""
    steps = _steps_of(before), _steps_of(after)
    for title in dict.fromkeys([*steps[0], *steps[1]]):
        left, right = steps[0].get(title, []), steps[1].get(title, [])
        if left != right:
            yield from difflib.unified_diff(left, right, f"{old} {title}", f"{new} {title}", lineterm="", n=2)


def _steps_of(lines: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    title = "(start)"
    for line in lines:
        if line.startswith("=== "):
            title = line
        found.setdefault(title, []).append(line)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
