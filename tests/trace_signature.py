"""Names each module and function of ``server`` that runs while one signature goes its whole way.

``python -m tests.trace_signature`` signs in the real app and prints, step by step, what ran in the order of the first
call, and at last how many modules and functions that were.
"""

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.walk.world import Browser, World, command, environment, freeze, read_emails

SLUG, PARTNER = "open-rivers", "https://river.example"
HOURLY_JOBS = ("_run_hourly_jobs", "server.worker")
_STATEMENT = '+++\nslug = "open-rivers"\nlocale = "en"\ntitle = "Keep our rivers open"\n+++\nWe ask for open rivers.\n'
_INNER = ("<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>", "<lambda>")


class Trace:
    """The functions of ``server`` that ran, by step, each in the step of its first call."""

    def __init__(self, folder: Path) -> None:
        self._prefix = f"{folder}{os.sep}"
        self._names: dict[CodeType, tuple[str, str] | None] = {}
        self._seen: set[tuple[str, str]] = set()
        self.steps: dict[str, list[tuple[str, str]]] = {}
        self._step = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note what runs in this thread, and in those that are started, until the step ends."""
        self._step = name
        self.steps.setdefault(name, [])
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _note(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or self._is_hourly(frame):
            return
        code = frame.f_code
        if code not in self._names:
            self._names[code] = self._name(frame)
        name = self._names[code]
        if name is not None and name not in self._seen:
            self._seen.add(name)
            self.steps[self._step].append(name)

    def _is_hourly(self, frame: FrameType | None) -> bool:
        """Say whether this runs for the hourly jobs, which the worker begins with and no signature waits for."""
        while frame is not None:
            if (frame.f_code.co_name, frame.f_globals.get("__name__")) == HOURLY_JOBS:
                return True
            frame = frame.f_back
        return False

    def _name(self, frame: FrameType) -> tuple[str, str] | None:
        """Return module and function; None outside of the server, and for the bodies of modules and classes."""
        code = frame.f_code
        is_ours = code.co_filename.startswith(self._prefix) and code.co_filename.endswith(".py")  # and no template
        if not is_ours or not code.co_flags & CO_OPTIMIZED:
            return None
        parts = code.co_qualname.split(".")
        while len(parts) > 1 and parts[-1] in (*_INNER, "<locals>"):
            parts.pop()
        if parts[-1] in _INNER:
            return None
        return str(frame.f_globals["__name__"]), ".".join(part for part in parts if part not in _INNER)


def main() -> int:
    """Sign in a fresh instance, and print what ran."""
    folder = Path(tempfile.mkdtemp(prefix="trace-")).resolve()
    for name in [name for name in os.environ if name.startswith("UNDERSIGNED_") or name in ("DATABASE_URL", "DYNO")]:
        del os.environ[name]
    try:
        clock, randomness = freeze()
        os.environ.update(environment(folder))
        trace = sign(World(folder, clock, randomness))
    finally:
        shutil.rmtree(folder)
    for step, names in trace.steps.items():
        print(f"\n{step}: {len(names)} that had not run before")
        for module, function in names:
            print(f"  {module}  {function}")
    found = [name for names in trace.steps.values() for name in names]
    print(f"\n{len({module for module, _ in found})} modules, {len(found)} functions")
    return 0


def sign(world: World) -> Trace:
    """Set the scene without a look, then follow one signature from the form to the dump."""
    import server

    token = set_scene(world)
    browser = Browser(world, make_app(world))
    trace = Trace(Path(server.__file__).parent)
    with trace.step("form data"):
        data = browser.get(f"/api/v1/statements/{SLUG}?partner=river-watch")
    world.clock.forward(seconds=3)
    body = {"form_token": data.json["form_token"], "key": "key-of-a-form-000001", "kind": "individual"}
    body |= {"name": "Ani Example", "email": "ani@rivers.example"}
    with trace.step("post"):
        browser.post_json(f"/api/v1/statements/{SLUG}/signatures", 202, body, origin=PARTNER)
    with trace.step("email"):
        link = deliver(world, browser.app).link("confirm")
    with trace.step("confirm page"):
        browser.get(link)
    with trace.step("confirm"):
        browser.post(link, 303, {"consent": "yes"})
    with trace.step("dump"):
        dump = browser.get(f"/admin/statements/{SLUG}/signatures.csv", authorization=f"Bearer {token}")
    if "Ani Example" not in dump.text or world.surprises:
        raise SystemExit(f"the signature did not come through: {world.surprises}")
    return trace


def deliver(world: World, app: Any) -> Any:
    """Let the app's own worker deliver, and return the email once it is there."""
    from server.web.context import start_worker

    worker = start_worker(app)
    for _ in range(1200):
        if emails := read_emails(world):
            break
        threading.Event().wait(0.05)
    worker.stop()  # after the email is marked as sent
    [email] = emails
    return email


def set_scene(world: World) -> str:
    """Publish a statement that a partner embeds, and return the secret of a token for the dump."""
    file = world.folder / "rivers.md"
    file.write_text(_STATEMENT, encoding="utf-8")
    command(world, "migrate")
    command(world, "statement", "add", str(file))
    command(world, "statement", "open", SLUG)
    command(world, "partner", "add", SLUG, "--origin", PARTNER, "--as", "river-watch")
    return command(world, "token", "add", "trace", "--scope", "export").strip()


def make_app(world: World) -> Any:
    from server import create_app
    from server.config import read_settings

    return create_app(read_settings(environment(world.folder)), clock=world.clock)


if __name__ == "__main__":
    sys.exit(main())
