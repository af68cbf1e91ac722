"""The fixture ``visitor``: a test that takes it runs once in each of the three engines, those that are installed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browsers import firefox, webkit
from tests.browsers.chromium import ChromiumVisitor
from tests.browsers.visitor import Visitor

ENGINES = ("chromium", "firefox", "webkit")
_NEEDED = {  # program: its Debian package
    "firefox": {firefox.PROGRAM: "firefox-esr"},
    "webkit": {webkit.DRIVER: "webkit2gtk-driver", webkit.DISPLAY: "xvfb"},
}


def missing_packages(engine: str, is_there: Callable[[Path], bool] = Path.exists) -> list[str]:
    """Return the Debian packages that a test in this engine lacks; Chromium is looked for in ``tests.browsing``."""
    return [package for program, package in _NEEDED.get(engine, {}).items() if not is_there(program)]


@pytest.fixture(scope="session", params=ENGINES)
def _new_visitor(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Visitor]]:
    """Start the engine once for all its tests; skip them where it is missing, or fail where nothing may be skipped."""
    if missing := missing_packages(request.param):
        reason = f"{request.param} is missing: apt-get install {' '.join(missing)}"
        if os.environ.get("REQUIRE_ALL_TESTS"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "firefox":
        with firefox.firefox(folder) as running:
            yield lambda: firefox.FirefoxVisitor(running)
    elif request.param == "webkit":
        with webkit.webkit(folder) as port:
            yield lambda: webkit.WebKitVisitor(port)
    else:
        browser = request.getfixturevalue("chromium")
        yield lambda: ChromiumVisitor(browser)


@pytest.fixture
def visitor(_new_visitor: Callable[[], Visitor]) -> Iterator[Visitor]:
    """Somebody who comes with nothing stored, in one engine after the other."""
    came = _new_visitor()
    yield came
    came.close()
