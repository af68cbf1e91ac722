"""Debian's Firefox ESR, driven by WebDriver BiDi: JSON over a WebSocket that Firefox itself opens."""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browsers.visitor import HEIGHT, PATIENCE_S, WIDTH, Visitor
from tests.processes import Running

PROGRAM = Path("/usr/bin/firefox-esr")
# Nothing but this machine is asked: every other host has a proxy that does not listen. No icon of the website is asked
# for either, which a strict policy forbids with an error in the console.
_PREFERENCES = """
user_pref("browser.chrome.site_icons", false);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
"""


@contextmanager
def firefox(folder: Path) -> Iterator["Firefox"]:
    """Run Firefox with a profile of its own, without a window."""
    profile = folder / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(_PREFERENCES)
    command = (PROGRAM, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0")
    with Running(command, printed=folder / "printed", cwd=folder) as running:
        listening = re.compile(r"BiDi listening on (ws://\S+)")
        address = running.wait_for("Firefox", lambda: listening.search(running.text))[1]
        with connect(f"{address}/session", max_size=None) as socket:
            started = Firefox(socket)
            started.send("session.new", capabilities={})
            started.send("session.subscribe", events=["log.entryAdded"])
            yield started


class Firefox:
    """The conversation with a running Firefox; ``errors`` are those that its console has shown."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count()
        self.errors: list[str] = []

    def send(self, method: str, **parameters: Any) -> Any:
        """Send a command and return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self._socket.recv(PATIENCE_S))).get("id") != number:
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.errors.append(answer["params"]["text"])
        assert answer["type"] == "success", f"{method}: {answer}"
        return answer["result"]


class FirefoxVisitor(Visitor):
    """A tab that shares no data with others."""

    engine = "Firefox"

    def __init__(self, running: Firefox) -> None:
        self._firefox = running
        running.errors.clear()
        self._user = running.send("browser.createUserContext")["userContext"]
        self._page = running.send("browsingContext.create", type="tab", userContext=self._user)["context"]
        running.send("browsingContext.setViewport", context=self._page, viewport={"width": WIDTH, "height": HEIGHT})
        self._document = self._page

    def open(self, url: str) -> None:
        # Where the page before is still loading, Firefox at times never says that this one has loaded.
        self.wait_until("() => document.readyState === 'complete' || null")
        self._firefox.send("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def run(self, function: str, *arguments: Any) -> Any:
        answer = self._firefox.send(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[one if isinstance(one, dict) else {"type": "string", "value": one} for one in arguments],
            target={"context": self._document},
            awaitPromise=False,
        )
        assert answer["type"] == "success", answer
        found = answer["result"]
        return found if found["type"] in ("node", "window") else found.get("value")

    def click(self, element: dict[str, Any]) -> None:
        middle = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act("pointer", [{"type": "pointerMove", "x": 0, "y": 0, "origin": middle}, *press])

    def type(self, element: dict[str, Any], words: str) -> None:
        self.click(element)
        self._act("key", [{"type": kind, "value": key} for key in words for kind in ("keyDown", "keyUp")])

    def _act(self, device: str, actions: list[dict[str, Any]]) -> None:
        """Move, press and type as the devices would."""
        devices = [{"type": device, "id": device, "actions": actions}]
        self._firefox.send("input.performActions", context=self._document, actions=devices)

    def enter(self, frame: dict[str, Any]) -> None:
        self._document = self.run("(frame) => frame.contentWindow", frame)["value"]["context"]

    def leave(self) -> None:
        self._document = self._page

    def errors(self) -> list[str]:
        self._firefox.send("session.status")  # errors come in order: those from before are here when this is answered
        return self._firefox.errors

    def close(self) -> None:
        self._firefox.send("browser.removeUserContext", userContext=self._user)
