"""What browser tests share: Debian's Chromium, servers that go down and come back, and other people's websites."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from server.config import Settings, read_settings
from server.text import translations
from server.web.overload import refuse
from tests.conftest import environment
from tests.processes import free_port
from tests.web.scene import NO_LIMITS

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
)
PATIENCE_MS = 30_000  # a busy machine takes its time; what is there sooner is seen sooner
PICTURES = Path(__file__).parent / "screenshots"
WIDTHS = (320, 1280)
MOST_TABS = 60
AXE = Path(__file__).parents[1] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What the widget tells the page around it, from before its script runs.
_NOTE_EVENTS = """
window.told = [];
for (const what of ["ready", "submitted", "confirmed", "failed"])
  document.addEventListener(`undersigned:${what}`, ({ detail }) => window.told.push([what, detail]));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put browser tests last: Playwright keeps an event loop in this thread, where other tests run their own."""
    items.sort(key=_drives_a_browser)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, and say so in one line for all; where nothing may be skipped, fail."""
    if _drives_a_browser(item) and not CHROMIUM.exists():
        reason = "Chromium is missing: apt-get install chromium"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def _drives_a_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each visitor is a fresh profile in it."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*SWITCHES])
        yield browser
        browser.close()


LOCALES = [
    locale if locale in ("de", "hy", "ar") else pytest.param(locale, marks=pytest.mark.drill)
    for locale in translations.LOCALES
]
"""Three languages for each run of the suite: long words, letters of its own, right to left; all in a drill."""

SCHEMES = pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.drill)])
"""Light in each run of the suite, dark in a drill; ``test_every_page_in_browser`` looks at all pages in the dark."""


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address as a new visitor; a script that throws or breaks the page's policy fails the test."""
    errors: list[str] = []
    with ExitStack() as leaving:

        def visit_as_new(url: str, *, expecting: str = "", **options: Any) -> Page:
            """``expecting`` is a word of the console error that belongs to the scene."""
            context = chromium.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 900}, **options})
            leaving.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            context.add_init_script(_NOTE_EVENTS)
            context.on("weberror", lambda told: errors.append(str(told.error)))
            context.on("console", lambda told: errors.append(told.text) if _is_refusal(told.text, expecting) else None)
            page = context.new_page()
            page.goto(url)
            return page

        yield visit_as_new
    assert errors == []


def _is_refusal(said: str, expected: str) -> bool:
    """Whether the console speaks of a policy that was broken, and not of the one that the test breaks on purpose."""
    broken = "Content Security Policy" in said or "Trusted" in said
    return broken and not (expected and expected in said)


def browsable(folder: Path, **more: str) -> Settings:
    """The settings of an instance that a browser on this machine reaches, and that neither counts nor waits."""
    url = f"http://localhost:{free_port()}"
    return read_settings(
        environment(folder, UNDERSIGNED_BASE_URL=url, UNDERSIGNED_MIN_FILL_SECONDS="0", **(NO_LIMITS | more))
    )


@dataclass(frozen=True)
class Request:
    """One request as a server saw and answered it; ``query`` as it was sent, without its ``?``."""

    method: str
    path: str
    query: str
    status: int
    headers: dict[str, str]


@dataclass
class Served:
    """A WSGI app on a loopback port, with a log of all requests; ``stop`` and ``start`` are an outage."""

    app: Any
    port: int = field(default_factory=free_port)
    log: list[Request] = field(default_factory=list)
    _losing: list[str] = field(default_factory=list)
    _busy: list[str] = field(default_factory=list)
    _answered: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", self.port, self._noting, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, *methods: str) -> list[Request]:
        """Wait until a request of one of these methods was answered, and return all that were."""

        def found() -> list[Request]:
            return [request for request in self.log if request.method in methods]

        with self._answered:
            assert self._answered.wait_for(found, PATIENCE_MS / 1000), f"no {' or '.join(methods)} came"
        return found()

    def lose_next_answer_to(self, method: str) -> None:
        """Do what the next request of this method asks for, then hang up instead of answering."""
        self._losing.append(method)

    def be_busy_for(self, *methods: str) -> None:
        """Refuse the next requests of these methods as the gateway does, and ask for another try after a second."""
        self._busy += methods

    def posts(self) -> list[Request]:
        return [request for request in self.log if request.method == "POST"]

    def _noting(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        headers = {
            name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name[:5] == "HTTP_"
        }
        headers["content-type"] = environ.get("CONTENT_TYPE", "")

        def noting(status: str, *rest: Any) -> Any:
            asked = (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"])
            with self._answered:
                self.log.append(Request(*asked, int(status[:3]), headers))
                self._answered.notify_all()
            return start_response(status, *rest)

        if environ["REQUEST_METHOD"] in self._busy:
            self._busy.remove(environ["REQUEST_METHOD"])
            _, refused, body = refuse(environ["REQUEST_METHOD"], environ["PATH_INFO"], headers)
            noting("503 SERVICE UNAVAILABLE", list((dict(refused) | {"retry-after": "1"}).items()))
            return [body]
        answer = self.app(environ, noting)
        if environ["REQUEST_METHOD"] in self._losing:
            self._losing.remove(environ["REQUEST_METHOD"])
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return answer


class _Quiet(WSGIRequestHandler):
    def log(self, *_details: object) -> None:
        """Keep the report of the tests for the tests."""


@dataclass
class Website:
    """Somebody else's website: HTML by path, each with the Content-Security-Policy that its owner chose."""

    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def put(self, path: str, body: str, *, policy: str = "", lang: str = "en") -> None:
        self.pages[path] = (
            f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>A page</title>{body}',
            policy,
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] == "/favicon.ico":  # Chromium's console would call a missing one an error
            start_response("204 No Content", [])
            return []
        html, policy = self.pages.get(environ["PATH_INFO"], ("", ""))
        headers = [("Content-Type", "text/html; charset=utf-8")]
        start_response(
            "200 OK" if html else "404 Not Found",
            [*headers, ("Content-Security-Policy", policy)] if policy else headers,
        )
        return [html.encode()]


@pytest.fixture
def server(app: Flask, settings: Settings) -> Iterator[Served]:
    """The app of the scene on the port that its settings name; the module's ``settings`` must be ``browsable``."""
    with Served(app, port=int(settings.base_url.rpartition(":")[2])) as served:
        yield served


@pytest.fixture
def website() -> Iterator[Served]:
    """A website of another origin, empty; ``website.app.put`` adds a page to it."""
    with Served(Website()) as served:
        yield served


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like on a small and on a large screen; nothing may stick out of either."""
    PICTURES.mkdir(exist_ok=True)
    seen = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        let_frames_grow(page)
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True, animations="disabled")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} pixels"
    if seen:
        page.set_viewport_size(seen)


@pytest.fixture
def violations() -> Callable[[Page], list[str]]:
    """Return what axe-core finds on a page: rule and places, frames and shadow roots included."""
    if not AXE.exists():
        reason = "axe-core is missing: run npm ci in widget/"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason)
        pytest.skip(reason)
    source = AXE.read_text("utf-8")

    def violations(page: Page) -> list[str]:
        for frame in page.frames:
            frame.evaluate(source)
        found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", AXE_RULES)["violations"]
        return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]

    return violations


def let_frames_grow(page: Page) -> None:
    """Wait until each frame that says how high it is has that height in the page around it."""
    for frame in page.frames[1:]:
        around = frame.frame_element()
        is_there = "node => node.style.blockSize && !node.getRootNode().querySelector('[part=skeleton]')"
        if around.evaluate(is_there):
            height = frame.evaluate("document.body.offsetHeight")
            page.wait_for_function(
                "([node, height]) => Math.abs(node.clientHeight - height) <= 1", arg=[around, height]
            )


def tab_to(page: Page, place: Locator) -> None:
    """Press the Tab key until the focus is there, as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        if place.evaluate("node => node.getRootNode().activeElement === node"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never comes to {place}")
