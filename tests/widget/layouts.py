"""Websites with our elements among their text, and how far that text is moved while the elements load."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from tests.browsing import Served
from tests.web.reading import Page as ReadPage

LATENCY_MS = 150  # of a server in another country
GOOD = 0.05  # Google calls 0.1 good
TEXT = "<p>The river runs through the town, and the town lives by the river.</p>" * 30
WIDTHS = (360, 1280)
LAYOUTS = ("plain frame", "two frames", "inline", "two inline", "count, form and list", "inserted late")
_NOTE_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifts.push(value);
}).observe({ type: "layout-shift", buffered: true });
"""
_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
_GROWN = """() => [...document.querySelectorAll("undersigned-form")].every(({ shadowRoot }) =>
  !shadowRoot.querySelector("[part=skeleton]"))"""


def without_place(snippet: str) -> str:
    """The snippet as it would be if nothing kept the place of what is loading."""
    return re.sub(r' height="[\d: ]*:[\d: ]*"|\s*<svg[^>]*></svg>', "", snippet)


@dataclass
class Layouts:
    """Six pages of a listed partner with the server's own snippets."""

    server: Served
    website: Served
    client: FlaskClient
    visit: Callable[..., Page]

    def snippet(self, mode: str = "") -> str:
        answer = self.client.get(f"/s/open-rivers/embed?partner=lake-watch&mode={mode}")
        return str(ReadPage(answer).values["script"])

    def element(self, mode: str = "") -> str:
        return self.snippet(mode).partition("<script")[0]

    def body(self, layout: str) -> str:
        more = {tag: self._small(tag, px) for tag, px in (("count", 64), ("signatories", 400))}
        within = {
            "plain frame": self.element(),
            "two frames": self.element() * 2,
            "inline": self.element("inline"),
            "two inline": self.element("inline") * 2,
            "count, form and list": more["count"] + self.element() + more["signatories"],
            "inserted late": f"<template>{self.element()}</template><button>Sign now</button>",
        }[layout]
        script = self.snippet().partition("</undersigned-form>")[2]
        return (
            f'<meta name="viewport" content="width=device-width"><main style="max-width: 700px; margin: auto">'
            f"<h1>A page</h1><p>We ask for open rivers.</p>{within}{TEXT}</main>{script}"
        )

    def _small(self, tag: str, px: int) -> str:
        address = self.server.url
        place = f'<svg display="block" width="1" height="{px}" aria-hidden="true"></svg>'
        return f'<undersigned-{tag} server="{address}" statement="open-rivers">{place}</undersigned-{tag}>'

    def shift(self, layout: str, width: int, *, change: Callable[[str], str] = str) -> float:
        """Load the page slowly and return how far its text was moved (CLS, all of it rather than the worst second)."""
        self.website.app.put("/", change(self.body(layout)))
        page = self.visit("about:blank", viewport={"width": width, "height": 800})
        page.add_init_script(_NOTE_SHIFTS)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        slowness = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
        session.send("Network.emulateNetworkConditions", slowness)
        page.goto(self.website.url)
        if layout == "inserted late":
            page.get_by_role("button", name="Sign now").evaluate(
                "(button) => button.addEventListener('click', () => button.after(button.previousSibling.content))"
            )
            page.get_by_role("button", name="Sign now").click()
        form: Any = page.locator("undersigned-form").first
        form = form if "inline" in layout else form.frame_locator("iframe")
        expect(form.get_by_role("button", name="Sign", exact=True)).to_be_visible()
        page.wait_for_function("told.length >= document.querySelectorAll('[server]').length")
        page.wait_for_function(_GROWN)
        page.evaluate(_TWO_FRAMES)
        moved: list[Any] = page.evaluate("shifts")
        page.context.close()
        return float(sum(moved))


@pytest.fixture
def layouts(
    server: Served, website: Served, client: FlaskClient, embed: Callable[..., Page], visit: Callable[..., Page]
) -> Layouts:
    return Layouts(server, website, client, visit)
