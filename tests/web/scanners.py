"""What mail scanners do to a link, from a look to a press on all there is; they know nothing of the pages they walk."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Locator, Page

Act = Literal["click", "submit", "requestSubmit"]
PRESSABLE = "a[href], button, input[type=submit], input[type=image], input[type=button], [role=button], summary"
PRESSES: tuple[tuple[Act, str], ...] = (("click", PRESSABLE),)
SENDINGS: tuple[tuple[Act, str], ...] = (("submit", "form"), ("requestSubmit", "form"))
DEEPEST = 2  # what a press leads to is pressed on too
_NUMBER = re.compile(r"\d+")
# Whether an act leads to another page: a browser sends no form in which a box that must be ticked is not.
_LEADS_ON = """(thing, act) => {
  const form = thing.tagName === "FORM" ? thing : thing.form;
  thing.removeAttribute("target");
  if (form && ["FORM", "BUTTON", "INPUT"].includes(thing.tagName) && !["button", "reset"].includes(thing.type))
    return act === "submit" || form.noValidate || thing.formNoValidate === true || form.checkValidity();
  return thing.tagName === "A" && thing.href.split("#")[0] !== location.href.split("#")[0];
}"""
_DO = """(thing, act) => {
  if (act === "submit") HTMLFormElement.prototype.submit.call(thing);
  else thing[act]();
}"""


@dataclass
class Scanner:
    """Walks what a link opens in a real browser, ``deepest`` pages deep.

    What each link opens is pressed on whole. Of the pages behind it, it leaves those whose like it knows (of another
    link: they differ by its token and number alone), other people's, and the ``public`` ones, whose addresses hold
    nothing of the link.
    """

    page: Page
    ours: str
    public: str = "/s/"
    known: set[tuple[str, ...]] = field(default_factory=set)
    deepest: int = DEEPEST

    def __post_init__(self) -> None:
        self.page.context.route(lambda url: not url.startswith(self.ours), lambda route: route.fulfill(body="theirs"))

    def ask(self, link: str, method: str) -> None:
        """Levels 1 and 2: HEAD and GET, without a browser."""
        self.page.request.fetch(link, method=method)

    def open(self, link: str) -> None:
        """Level 3: let all scripts of the page run until the network is silent."""
        self.page.goto(link, wait_until="networkidle")

    def press_all(self, link: str) -> None:
        """Level 4: click each button and each link, and tick nothing."""
        self._walk(link, PRESSES)

    def send_all(self, link: str) -> None:
        """Level 5: send each form, past the browser's own checks and with them; then press what came back."""
        self._walk(link, SENDINGS + PRESSES)

    def tick_and_press(self, link: str) -> None:
        """Level 6: tick every box that can be seen, then press the button below."""
        self.page.goto(link)
        for box in self.page.get_by_role("checkbox").all():
            box.check()
        self._do(self.page.get_by_role("button").first, "click")

    def _walk(self, link: str, acts: Sequence[tuple[Act, str]], steps: tuple[tuple[Act, str, int], ...] = ()) -> None:
        self.page.goto(link)
        for act, things, number in steps:
            if self.page.locator(things).count() <= number:
                return  # an act before has changed the page
            self._do(self.page.locator(things).nth(number), act)
        path = urlsplit(self.page.url).path
        here = (*acts[0], path.split("/")[1], _NUMBER.sub("", self.page.locator("body").inner_text()))
        is_elsewhere = not self.page.url.startswith(self.ours) or path.startswith(self.public)
        if is_elsewhere or (steps and here in self.known) or len(steps) == self.deepest:
            return
        self.known.add(here)
        found = [(act, things, self.page.locator(things).count()) for act, things in acts]
        for act, things, count in found:
            for number in range(count):
                self._walk(link, acts, (*steps, (act, things, number)))

    def _do(self, thing: Locator, act: Act) -> None:
        if thing.evaluate(_LEADS_ON, act):
            with self.page.expect_navigation():
                thing.evaluate(_DO, act)
        else:
            thing.evaluate(_DO, act)


def naive_app() -> tuple[Flask, list[str]]:
    """Confirm pages as the neighbours of this project have them, and what confirmed there."""
    app, pressed = Flask("naive"), []
    page = '<h1>One press</h1><form method="post" action="/on-press"><button>Sign</button></form>'

    @app.get("/on-get")
    def on_get():
        pressed.append("GET")
        return page

    @app.get("/on-script")
    def on_script():
        return "<script>fetch('/on-press', {method: 'POST'})</script>"

    @app.get("/on-press")
    def look_at_it():
        return page

    @app.get("/on-second-press")
    def look_first():
        return '<a href="/on-press">Is this you?</a>'

    @app.post("/on-press")
    def on_press():
        pressed.append("POST")
        return "Thank you"

    return app, pressed
