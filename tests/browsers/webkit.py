"""Debian's WebKitGTK, driven by its own WebDriver on a display in memory."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.browsers.visitor import HEIGHT, PATIENCE_S, WIDTH, Visitor
from tests.processes import Running, free_port

DRIVER, DISPLAY = Path("/usr/bin/WebKitWebDriver"), Path("/usr/bin/Xvfb")
_MIDDLE = "(node) => ((box) => [box.x + box.width / 2, box.y + box.height / 2])(node.getBoundingClientRect())"
_CORNER = "(frame) => ((box) => [box.x + frame.clientLeft, box.y + frame.clientTop])(frame.getBoundingClientRect())"

Element = dict[str, str]


@contextmanager
def webkit(folder: Path) -> Iterator[int]:
    """Run the driver on a display of its own, and give the port on which it listens."""
    screen = ("-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp")
    with Running((DISPLAY, "-displayfd", "1", *screen), printed=folder / "display", cwd=folder) as display:
        number = display.wait_for("the display", lambda: _display_number(display.text))
        port = free_port()
        env = {"DISPLAY": f":{number}", "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1"}
        with Running((DRIVER, f"--port={port}"), printed=folder / "driver", cwd=folder, env=env) as driver:
            driver.wait_for("WebKitWebDriver", lambda: _answers(port))
            yield port


def _display_number(printed: str) -> str | None:
    """Return the number that Xvfb chose; it also complains about each number that somebody else has."""
    return next((word for word in printed.split() if word.isdigit()), None)


def _answers(port: int) -> bool:
    try:
        _ask(port, "GET", "/status")
    except ConnectionError:
        return False
    return True


def _ask(port: int, method: str, path: str, **parameters: Any) -> Any:
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request(method, path, json.dumps(parameters) if method == "POST" else None)
        answer = connection.getresponse()
        value = json.loads(answer.read())["value"]
    assert answer.status == 200, f"{path}: {value}"
    return value


class WebKitVisitor(Visitor):
    """A window that shares no data with others."""

    engine = "WebKit"

    def __init__(self, port: int) -> None:
        self._port = port
        self._frame: Element | None = None
        self._session = _ask(port, "POST", "/session", capabilities={})["sessionId"]
        self._ask("/window/rect", x=0, y=0, width=WIDTH, height=HEIGHT)

    def _ask(self, path: str, *, method: str = "POST", **parameters: Any) -> Any:
        return _ask(self._port, method, f"/session/{self._session}{path}", **parameters)

    def open(self, url: str) -> None:
        self._ask("/url", url=url)

    def run(self, function: str, *arguments: Any) -> Any:
        return self._ask("/execute/sync", script=f"return ({function})(...arguments)", args=list(arguments))

    def click(self, element: Element) -> None:
        # The driver's own click and typing refuse what is in a frame ("intercepted", "not focusable"). The mouse and
        # the keys do not, but the mouse counts from the corner of the page around the frame.
        x, y = self.run(_MIDDLE, element)
        if frame := self._frame:
            self.leave()
            left, top = self.run(_CORNER, frame)
            self.enter(frame)
            x, y = x + left, y + top
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act("pointer", [{"type": "pointerMove", "x": round(x), "y": round(y), "origin": "viewport"}, *press])

    def type(self, element: Element, words: str) -> None:
        self.click(element)
        self._act("key", [{"type": kind, "value": key} for key in words for kind in ("keyDown", "keyUp")])

    def _act(self, device: str, actions: list[dict[str, Any]]) -> None:
        """Move, press and type as the devices would."""
        self._ask("/actions", actions=[{"type": device, "id": device, "actions": actions}])

    def enter(self, frame: Element) -> None:
        self._ask("/frame", id=frame)
        self._frame = frame

    def leave(self) -> None:
        self._ask("/frame", id=None)
        self._frame = None

    def errors(self) -> list[str]:
        """Return nothing: WebKit writes nothing of a private window's console, and a driver's windows are private."""
        return []

    def close(self) -> None:
        self._ask("", method="DELETE")
