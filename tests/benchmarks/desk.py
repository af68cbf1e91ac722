"""The desk before a million signatures: ``python tests/benchmarks/desk.py [DATABASE]`` prints how long each page takes.

A database that is named is made once and kept; making it takes some minutes. Wall is what somebody waits for, busy
what the thread computes: on a machine with other work the two differ. Ends with status 1 if a page takes 300 ms.
"""

import base64
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from server import create_app  # noqa: E402 - a script knows its own folder only, until here
from server.config import read_settings  # noqa: E402
from server.web.context import EXTENSION  # noqa: E402
from tests.benchmarks import crowded  # noqa: E402
from tests.conftest import environment  # noqa: E402
from tests.web.admin.desk import Browser, logged_in  # noqa: E402
from tests.web.scene import NO_LIMITS  # noqa: E402

PEPPER = base64.urlsafe_b64encode(hashlib.sha256(b"a pepper of no worth").digest()).decode()
ROUNDS = 5
MOST_MS = 300
LARGE = "/admin/statements/open-rivers"
SMALL = "/admin/statements/clean-lakes"
PLACES = (
    *("", "/texts", "/texts/en", "/texts/en/revise", "/settings", "/consent", "/emails", "/founding/"),
    *("/partners", "/partners/p3", "/dump", "/tokens", "/journal", "/people"),
)
LETTERS = ("ani", "an", "petros", "гиорг", "გიორგი", "rəşad", "王芳", "芳", "sargsyan poet yerevan", "nobody at all")
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"before": 500_000},
    {"locale": "ka"},
    {"kind": "organisation"},
    {"partner": f"p{crowded.PARTNERS}"},
    {"partner": "p3", "locale": "ka", "kind": "organisation"},
    {"state": "held"},
    {"state": "removed", "locale": "ka"},
    {"state": "pending"},
    {"state": "pending", "locale": "ka"},
    {"domain": "mail.ru"},
    {"domain": "mail.ru", "locale": "ka"},
    {"domain": "nobody.example"},
    {"from": "2026-12-20", "until": "2026-12-21"},
    {"until": "2026-12-21", "locale": "ka"},
    {"q": "ani", "locale": "ka"},
    {"q": "petros", "partner": f"p{crowded.PARTNERS}", "state": "held"},
)


def pages() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every page by GET that this measures: its path and its query."""
    for query in (*FILTERS, *({"q": letters} for letters in LETTERS)):
        yield f"{LARGE}/signatures", query
    for query in ({}, {"q": "ani"}, {"locale": "ka"}, {"state": "pending"}):
        yield f"{SMALL}/signatures", query
    yield f"{LARGE}/signatures/{crowded.SIGNERS // 2 + 1}", {}
    for kind in ("organisation", "individual"):
        yield f"{LARGE}/queue", {"kind": kind}
    for place in PLACES:
        yield f"{LARGE}{place}", {}
    for place in ("/admin/", "/admin/journal", "/admin/people", "/admin/tokens"):
        yield place, {}


def timed(browser: Browser, path: str, query: dict[str, Any]) -> tuple[float, float, float]:
    """Return the first, the median and the median busy time of a page, in milliseconds."""
    waits, computed = [], []
    for _ in range(ROUNDS):
        began, busy = time.perf_counter(), time.thread_time()
        answer = browser.open(path, query_string=query)
        waits.append((time.perf_counter() - began) * 1000)
        computed.append((time.thread_time() - busy) * 1000)
        assert answer.status_code == 200, (path, query, answer.status_code)
    return waits[0], statistics.median(waits), statistics.median(computed)


def main() -> None:
    """Measure every page, and end with status 1 where one is too slow."""
    with tempfile.TemporaryDirectory(prefix="undersigned-desk-") as folder:
        database = Path(sys.argv[1]) if sys.argv[1:] else Path(folder) / "crowded.db"
        # A database that is kept knows mail domains by the pepper of the run that made it.
        kept = {"UNDERSIGNED_DATABASE": str(database), "UNDERSIGNED_PEPPER": PEPPER}
        settings = read_settings(environment(Path(folder), **kept, **NO_LIMITS))
        app = create_app(settings, clock=lambda: crowded.NOW)
        here = app.extensions[EXTENSION]
        store = here.db
        if not database.exists():
            store.migrate(create=True)
            crowded.fill(store, here.keys)
        store.migrate()
        browser = logged_in(app, f"bench-{time.time_ns()}", "owner", slug=None, now=crowded.NOW)
        browser.open("/admin/")
        slow = 0
        print(f"{'page':<86} {'first ms':>9} {'median':>9} {'busy':>9}")
        for path, query in pages():
            first, median, busy = timed(browser, path, query)
            slow += median >= MOST_MS
            told = path.removeprefix("/admin/statements/") + "".join(f" {name}={query[name]}" for name in query)
            print(f"{told:<86} {first:>9.1f} {median:>9.1f} {busy:>9.1f}")
        store.close()
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
