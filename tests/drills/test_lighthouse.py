"""Lighthouse, as a partner's web editor runs it, at the demo's pages: what it finds on each, and how quick they are.

npm installs Lighthouse for this drill alone; it asks nobody but the demo.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from server.cli.context import Instance
from server.cli.demo import SLUG
from tests.browsing import CHROMIUM
from tests.cli.shell import ask, started
from tests.processes import free_port
from tests.scene import run

pytestmark = [pytest.mark.drill, pytest.mark.browser]
LIGHTHOUSE = "lighthouse@13.5.0"
SWITCHES = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
FLAWLESS, QUICK = 100, 99
TRIES = 5  # a page cannot look quicker than it is, only slower, where the machine is busy with something else
# Lighthouse slows a quick desktop down to a phone: four times, for one whose benchmark says this much. One that is slow
# or busy is slowed down by as much less.
SLOWDOWN, QUICK_DESKTOP = 4.0, 1300


@dataclass(frozen=True)
class Examined:
    """What Lighthouse says of a page: its scores out of 100, the audits that cost points, the machine's benchmark."""

    scores: dict[str, int]
    failed: list[str]
    benchmark: float


@pytest.fixture(scope="module")
def lighthouse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Examined]:
    """Return what examines a page."""
    folder = tmp_path_factory.mktemp("lighthouse")
    if not shutil.which("npm"):
        pytest.skip("npm is missing")
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), LIGHTHOUSE]
    subprocess.run(install, check=True, capture_output=True, timeout=600)

    def examine(url: str, *, slowdown: float) -> Examined:
        report = folder / "report.json"
        command = [
            *(folder / "node_modules" / ".bin" / "lighthouse", url, "--quiet", "--no-enable-error-reporting"),
            *("--output=json", f"--output-path={report}", f"--chrome-flags={SWITCHES}"),
            f"--throttling.cpuSlowdownMultiplier={slowdown:.1f}",
            "--only-categories=performance,accessibility,best-practices,seo",
        ]
        subprocess.run(command, check=True, timeout=300, env={**os.environ, "CHROME_PATH": str(CHROMIUM)})
        found = json.loads(report.read_text("utf-8"))
        categories, audits = found["categories"], found["audits"]
        counted = {ref["id"] for one in categories.values() for ref in one["auditRefs"] if ref["weight"]}
        return Examined(
            {name: round(category["score"] * 100) for name, category in categories.items()},
            [name for name in counted if audits[name]["score"] is not None and audits[name]["score"] < 1],
            found["environment"]["benchmarkIndex"],
        )

    return examine


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The demo's pages, of a statement that search engines may show."""
    here = tmp_path_factory.mktemp("demo")
    folder, port, partner_port = here / "demo", free_port(), free_port()
    words = ("demo", "--folder", folder, "--port", port, "--partner-port", partner_port)
    with started(*words, printed=here / "said", cwd=here) as running:
        running.wait_for("the demo", lambda: ask(port, "/healthz"))
        run(Instance(str(folder)).context.db, "UPDATE statements SET indexed = 1, stamp = stamp + 1")
        server = f"http://localhost:{port}"
        yield {
            "statement": f"{server}/s/{SLUG}",
            "frame": f"{server}/embed/{SLUG}?partner=harbour-street",
            "partner's page": f"http://localhost:{partner_port}/",
            "front page": f"{server}/",
        }


@pytest.mark.parametrize("name", ["statement", "frame", "partner's page", "front page"])
def test_lighthouse_finds_nothing_to_mend(demo, lighthouse, name):
    is_indexed = name in ("statement", "partner's page")
    wanted = {"accessibility": FLAWLESS, "best-practices": FLAWLESS, "performance": QUICK}
    wanted |= {"seo": FLAWLESS} if is_indexed else {}
    best: dict[str, int] = {}
    slowdown = SLOWDOWN
    for _ in range(TRIES):
        seen = lighthouse(demo[name], slowdown=slowdown)
        best = {category: max(score, best.get(category, 0)) for category, score in seen.scores.items()}
        print(f"Lighthouse, {name}, CPU slowed down {slowdown:.1f} times: {seen.scores}")
        if all(best[category] >= score for category, score in wanted.items()):
            break
        slowdown = min(SLOWDOWN, max(1.0, SLOWDOWN * seen.benchmark / QUICK_DESKTOP))

    assert {category: best[category] for category, score in wanted.items() if best[category] < score} == {}, seen.failed
