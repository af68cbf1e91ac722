"""How soon a visitor can type: our inline form beside Isso's, cold, at 150 ms and 1.6 Mbit/s, in Chromium, in turns.

``python tests/benchmarks/embed.py`` makes an environment for Isso 0.14 in a temporary folder, and ends with status 1
where ours takes too long. The figure is the median of the ratios of seven visits each. Ours is visited with both
snippets of the page for editors: one names the form's language, so that its data is preloaded; one does not.
"""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from server.services import partners  # noqa: E402 - a script knows its own folder only, until here
from tests.browsing import CHROMIUM, SWITCHES  # noqa: E402
from tests.drills.real_server import SLUG, RealServer, make_real_instance, serving  # noqa: E402
from tests.processes import free_port  # noqa: E402

VISITS = 7
LATENCY_MS, BITS_PER_S = 150, 1_600_000
TARGET = 0.9  # with the language named
ARTICLE = "<p>We have signed an open letter for the rivers. Read it, and sign it too.</p>" * 20
PEER = "isso==0.14.*"
OUR_FIELD = 'document.querySelector("undersigned-form")?.shadowRoot?.querySelector("#name")'
THEIR_FIELD = 'document.querySelector("#isso-thread .isso-textarea")'


@contextmanager
def website(pages: dict[str, str]) -> Iterator[int]:
    """Serve pages by path on a loopback port."""

    class Visit(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Visit) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def peer_server(folder: Path, port: int, site: str) -> RealServer:
    """Install the peer into an environment of its own and serve it."""
    venv.create(folder / "peer", with_pip=True)
    python = str(folder / "peer" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", PEER, "setuptools<81"], check=True, capture_output=True)
    script = str(Path(__file__).with_name("isso_server.py"))
    return RealServer((python, script, str(port), str(folder / "peer.db"), site), port=port, log=folder / "peer.log")


def usable_after(browser: Browser, url: str, field: str) -> float:
    """Return the milliseconds from asking for a page until a new visitor can type into a field on it.

    The page itself looks for the field at every frame that it paints: Playwright's own waiting looks twice a second.
    """
    context = browser.new_context()
    page = context.new_page()
    throttle = context.new_cdp_session(page)
    throttle.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BITS_PER_S / 8,
            "uploadThroughput": BITS_PER_S / 8,
        },
    )
    page.goto(url, wait_until="commit")
    seen = f"() => {field}?.checkVisibility() && performance.now()"
    took: float = page.wait_for_function(seen, polling="raf", timeout=30_000).json_value()
    context.close()
    return took


def main() -> None:
    """Measure both in turns and print every visit."""
    with tempfile.TemporaryDirectory(prefix="undersigned-benchmark-") as made, ExitStack() as open_now:
        folder = Path(made)
        pages: dict[str, str] = {}
        site = f"http://localhost:{open_now.enter_context(website(pages))}"
        instance = make_real_instance(folder / "instance", UNDERSIGNED_MAIL_DELIVERY="off")
        partners.add_partner(
            instance.opened.context.db, SLUG, "site", name="Site", origins=[site], actor="test", now=int(time.time())
        )
        open_now.enter_context(serving(instance, UNDERSIGNED_BASE_URL=f"http://localhost:{instance.port}"))
        peer_port = free_port()
        open_now.enter_context(peer_server(folder, peer_port, site))
        ours, theirs = f"http://localhost:{instance.port}", f"http://localhost:{peer_port}"
        pages["/theirs"] = (
            f'<!doctype html><title>A page</title>{ARTICLE}<section id="isso-thread"></section>'
            f'<script data-isso="{theirs}/" src="{theirs}/js/embed.min.js" async></script>'
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*SWITCHES])
            page = browser.new_page()
            for path, choice in (("/named", "&form_locale=en"), ("/ours", "")):
                page.goto(f"{ours}/s/{SLUG}/embed?partner=site&mode=inline{choice}")
                snippet = page.locator("#script").input_value()
                pages[path] = f"<!doctype html><title>A page</title>{ARTICLE}{snippet}"
            page.close()
            reached = compare(browser, site)
            browser.close()
    raise SystemExit(0 if reached else 1)


def compare(browser: Browser, site: str) -> bool:
    """Visit the pages in turns; say whether ours is usable as soon as it should be."""
    print(f"{'visit':>8}{'named ms':>10}{'ours ms':>10}{'Isso ms':>10}{'named':>8}{'ours':>8}")
    ratios = []
    for number in range(VISITS + 1):
        named, ours = (usable_after(browser, f"{site}{path}", OUR_FIELD) for path in ("/named", "/ours"))
        theirs = usable_after(browser, f"{site}/theirs", THEIR_FIELD)
        if number:  # the first visit warms both servers and the browser up
            ratios.append((named / theirs, ours / theirs))
            print(f"{number:>8}{named:>10.0f}{ours:>10.0f}{theirs:>10.0f}{named / theirs:>8.2f}{ours / theirs:>8.2f}")
    named, ours = (statistics.median(column) for column in zip(*ratios, strict=True))
    reached = named <= TARGET
    print(f"{'median':>8}{'':30}{named:>8.2f}{ours:>8.2f}   target {TARGET:.2f}: {'reached' if reached else 'MISSED'}")
    return reached


if __name__ == "__main__":
    main()
