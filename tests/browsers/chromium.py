"""Debian's Chromium, driven by Playwright."""

from typing import Any

from playwright.sync_api import Browser, ElementHandle, Frame

from tests.browsers.visitor import HEIGHT, PATIENCE_S, WIDTH, Visitor


class ChromiumVisitor(Visitor):
    """A window that shares no data with others."""

    engine = "Chromium"

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(locale="en-GB", viewport={"width": WIDTH, "height": HEIGHT})
        self._context.set_default_timeout(PATIENCE_S * 1000)
        self._errors: list[str] = []
        self._context.on("console", lambda said: self._errors.append(said.text) if said.type == "error" else None)
        self._page = self._context.new_page()
        self._document: Frame = self._page.main_frame

    def open(self, url: str) -> None:
        self._page.goto(url)

    def run(self, function: str, *arguments: Any) -> Any:
        found = self._document.evaluate_handle(f"(all) => ({function})(...all)", list(arguments))
        return found.as_element() or found.json_value()

    def click(self, element: ElementHandle) -> None:
        element.click()

    def type(self, element: ElementHandle, words: str) -> None:
        element.click()
        element.type(words)

    def enter(self, frame: ElementHandle) -> None:
        document = frame.content_frame()
        assert document
        self._document = document

    def leave(self) -> None:
        self._document = self._page.main_frame

    def errors(self) -> list[str]:
        return self._errors

    def close(self) -> None:
        self._context.close()
