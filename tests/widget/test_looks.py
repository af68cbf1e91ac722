"""Looks that change: the form follows the page around it, is always readable, and loses nothing that was typed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from server.db import Store
from tests.browsing import Served
from tests.widget.conftest import fill_in, list_partner

pytestmark = pytest.mark.browser
LEAST_CONTRAST = 4.5
# What each text has in contrast to what is behind it, and what is behind the element itself. Written for this test:
# colours are drawn and read back, and grounds laid over each other, from the page's own canvas to the text.
MEASURE = """(given) => {
  const pen = document.createElement("canvas").getContext("2d");
  const read = (colour) => {
    pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, at) => part * a + under[at] * (1 - a));
  const canvas = document.createElement("i");
  canvas.style.color = "Canvas";
  document.body.append(canvas);
  const base = given ?? read(getComputedStyle(canvas).color).slice(0, 3);
  canvas.remove();
  const around = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
  const ground = (node) => node ? over(read(getComputedStyle(node).backgroundColor), ground(around(node))) : base;
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const measure = (element) => {
    const texts = {};
    for (const node of element.shadowRoot.querySelectorAll("*")) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (!(own || node.matches("input, select")) || !node.checkVisibility() || node.matches("option")) continue;
      const under = ground(node);
      const ratio = contrast(over(read(getComputedStyle(node).color), under), under);
      texts[`${node.localName}.${node.className || node.id}: ${node.textContent.slice(0, 30)}`] = ratio;
    }
    return { texts, under: ground(element) };
  };
  return [...document.querySelectorAll("undersigned-form, undersigned-count")].map(measure);
}"""


@dataclass(frozen=True)
class Scheme:
    """How a page looks; ``switch`` is a script that changes it after everything has loaded."""

    css: str
    html: str = ""
    switch: str = ""
    options: dict[str, Any] = field(default_factory=dict)


BOOTSTRAP = """
:root, [data-bs-theme=light] { color-scheme: light; --bs-body-bg: #fff; --bs-body-color: #212529; --bs-card-bg: #fff; }
[data-bs-theme=dark] { color-scheme: dark; --bs-body-bg: #212529; --bs-body-color: #dee2e6; --bs-card-bg: #212529; }
body { background-color: var(--bs-body-bg); color: var(--bs-body-color); --undersigned-accent: #0d6efd; }
main { background-color: var(--bs-card-bg); border: 1px solid rgba(128, 128, 128, .3); }
"""
TAILWIND = """
body { background-color: rgb(248 250 252 / var(--tw-bg-opacity, 1)); color: rgb(100 116 139 / 1); }
.dark body { background-color: rgb(15 23 42 / var(--tw-bg-opacity, 1)); color: rgb(148 163 184 / 1); }
body { transition: background-color .2s, color .2s; --undersigned-accent: #3b82f6; }
"""
BY_OS = """
body { background: white; color: #222; }
@media (prefers-color-scheme: dark) { body { background: #101014; color: #d8d8e0; } }
"""
SCHEMES = {
    "light": Scheme("body { background: #fff; color: #222; }"),
    "dark": Scheme("body { background: #161512; color: #ece7de; }"),
    "toggled late": Scheme(
        "body { background: #fff; color: #111; } .night body { background: #000; color: #ddd; }",
        switch="document.documentElement.classList.add('night')",
    ),
    "switched by the OS": Scheme(BY_OS, switch="OS"),
    "oklch": Scheme(
        "body { background: oklch(0.2 0.03 260); color: oklch(0.9 0.02 260);"
        " --undersigned-accent: oklch(0.45 0.15 30); }"
    ),
    "lab": Scheme(
        "body { background: lab(95 0 12); color: lab(18 20 10); --undersigned-accent: color(display-p3 1 0.6 0.2); }"
    ),
    "color-mix": Scheme(
        "body { background: color-mix(in oklab, #123 80%, white); color: color-mix(in srgb, white 85%, blue);"
        " --undersigned-accent: color-mix(in srgb, navy 70%, white); }"
    ),
    "alpha over dark": Scheme(
        "body { background: #0b0b10; color: #eee; } main { background: rgb(255 255 255 / 0.12); }"
        " main > div { background: hsl(220 40% 50% / 0.2); }"
    ),
    "Bootstrap light": Scheme(BOOTSTRAP, 'data-bs-theme="light"'),
    "Bootstrap dark": Scheme(BOOTSTRAP, switch="document.documentElement.dataset.bsTheme = 'dark'"),
    "Tailwind-like": Scheme(TAILWIND, switch="document.documentElement.classList.add('dark')"),
    "high contrast": Scheme("body { background: #000; color: #ff0; --undersigned-accent: #0ff; }"),
}


@pytest.fixture
def open_scheme(
    server: Served,
    website: Served,
    statement: Any,
    db: Store,
    clock: Callable[[], int],
    visit: Callable[..., Page],
) -> Callable[..., Page]:
    """Open a partner's page in a scheme, with a framed form, an inline one and a count."""
    list_partner(db, "lake-watch", website.url, now=clock())

    def open_scheme(scheme: Scheme, *, before: Callable[[Page], Any] = lambda _: None) -> Page:
        tag = f'<undersigned-form server="{server.url}" statement="open-rivers"'
        count = f'<undersigned-count server="{server.url}" statement="open-rivers"></undersigned-count>'
        body = f"<div>{tag} id='framed'></undersigned-form>{tag} inline></undersigned-form>{count}</div>"
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        html = f"<style>{scheme.css}</style><body><main>{body}</main>{script}"
        website.app.put("/", html, lang=f'en" {scheme.html} data-x="')
        page = visit("about:blank")
        before(page)
        page.goto(website.url)
        expect(page.locator("undersigned-form[inline] form [part=button]")).to_be_visible()
        expect(page.frame_locator("#framed iframe").locator("form [part=button]")).to_be_visible()
        return page

    return open_scheme


def frame_of(page: Page) -> Frame:
    [frame] = [frame for frame in page.frames if "/embed/" in frame.url]
    return frame


def ask_in_vain(page: Page) -> None:
    """Press both buttons with nothing typed, so that there are errors to read as well."""
    for form in (page.locator("undersigned-form[inline]"), page.frame_locator("#framed iframe")):
        form.locator("form [part=button]").click()
        expect(form.get_by_role("alert")).to_be_visible()


def switch(page: Page, scheme: Scheme) -> None:
    if scheme.switch == "OS":
        page.emulate_media(color_scheme="dark")
    elif scheme.switch:
        page.evaluate(scheme.switch)


def contrasts(page: Page) -> dict[str, float]:
    """Measure each text of the framed form, of the inline one and of the count."""
    framed, *others = page.evaluate(MEASURE, None)
    [inside] = frame_of(page).evaluate(MEASURE, framed["under"])
    found = {f"framed {text}": ratio for text, ratio in inside["texts"].items()}
    for place, measured in zip(("inline", "count"), others, strict=True):
        found |= {f"{place} {text}": ratio for text, ratio in measured["texts"].items()}
    assert len(found) > 30, found
    return found


def unreadable(page: Page) -> dict[str, float]:
    return {text: ratio for text, ratio in contrasts(page).items() if round(ratio, 2) < LEAST_CONTRAST}


FADED = """() => Promise.allSettled(
  document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)
)"""


def wait_until_readable(page: Page) -> None:
    """Wait until the page has faded, if it does, and both forms have followed; what cannot be read then is shown."""
    page.evaluate(FADED)
    for _ in range(100):
        if not unreadable(page):
            return
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert unreadable(page) == {}


@pytest.mark.parametrize("name", ["toggled late", "Bootstrap dark"])
def test_a_page_that_turns_dark_takes_the_form_with_it_and_loses_nothing(open_scheme, server, name):
    scheme = SCHEMES[name]
    page = open_scheme(scheme)
    inline, framed = page.locator("undersigned-form[inline]"), page.frame_locator("#framed iframe")
    for form in (inline, framed):
        fill_in(form)
        form.locator("#newsletter").check()
    assert unreadable(page) == {}

    switch(page, scheme)

    expect(framed.locator("html")).to_have_class("framed dark")
    wait_until_readable(page)
    for form in (inline, framed):
        expect(form.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
        expect(form.locator("#newsletter")).to_be_checked()
    assert len([asked for asked in server.log if asked.path == "/embed/open-rivers"]) == 1


DEAF = """
const stop = (event) => event.data?.type === "undersigned:looks" && event.stopImmediatePropagation();
addEventListener("message", stop, true);
MutationObserver.prototype.observe = () => {};
"""


def test_a_form_that_does_not_follow_the_page_cannot_be_read(open_scheme):
    """The twin: a frame that hears no looks, and an element that sees no change, write dark ink on black."""
    page = open_scheme(SCHEMES["toggled late"], before=lambda page: page.add_init_script(DEAF))
    page.evaluate(SCHEMES["toggled late"].switch)
    page.evaluate("new Promise((resume) => setTimeout(resume, 200))")  # longer than a form waits that follows

    assert {text.split()[0] for text in unreadable(page)} == {"framed", "inline", "count"}


def test_new_looks_change_the_form_at_once_and_lose_nothing(open_scheme, server):
    """Attributes of looks reload nothing, and colours may have any form that CSS knows."""
    page = open_scheme(SCHEMES["light"])
    for form in (page.locator("undersigned-form[inline]"), page.frame_locator("#framed iframe")):
        fill_in(form)
        form.get_by_label("Your name").evaluate("node => { node.isTheSame = true; }")
    page.evaluate(
        """() => { for (const form of document.querySelectorAll("undersigned-form")) {
             form.theme = "dark";
             for (const [name, value] of Object.entries({ accent: "oklch(0.8 0.1 200)", radius: "12px", text: "#eee" }))
               form.setAttribute(name, value);
        } }"""
    )

    for form in (page.locator("undersigned-form[inline]"), page.frame_locator("#framed iframe")):
        button = form.locator("form [part=button]")
        expect(button).to_have_css("border-radius", "12px")
        expect(button).to_have_css("background-color", "rgb(100, 209, 215)")
        expect(form.get_by_label("Your name")).to_have_value("Անի Գևորգյան")
        assert form.get_by_label("Your name").evaluate("node => node.isTheSame")
    wait_until_readable(page)
    assert len([asked for asked in server.log if asked.path == "/embed/open-rivers"]) == 1

    page.evaluate("document.querySelector('#framed').removeAttribute('radius')")
    expect(page.frame_locator("#framed iframe").locator("form [part=button]")).to_have_css("border-radius", "6px")


HOSTILE = """(many) => {
  let seed = 7;
  const next = (most) => { seed = (seed * 48271) % 2147483647; return seed % most; };
  const pick = (list) => list[next(list.length)];
  const colour = () => "#" + (0x100000 + next(0xefffff)).toString(16);
  const good = () => ({ theme: pick(["light", "dark"]), accent: colour(), radius: "9px" });
  const words = [
    "url(https://evil.example/x)", "var(--x)", "red;background:url(x)", "expression(alert(1))", "#fff", "#ggg000",
    "#1234567", "#ff00ff\\n", " #ff00ff", "#FF00FF ", "rgb(1,2,3)", "oklch(0.5 0.1 20)", "calc(1px + 2px)", "999px",
    "-1px", "1e3px", "10vw", "100%", "auto", "inherit", "javascript:alert(1)", "<img src=x>", "transparent url(x)",
    "env(x)", "attr(x)", "", "\\u0000", "image-set('x')", "px", "1.2345px", "light dark", "x".repeat(5000), 0, 1, -1,
    NaN, true, false, null, undefined, [], {}, ["#ff00ff"], [["dark"]], { toString: "#ff00ff" }, new Date(0), new Map(),
    new Uint8Array(4), 10n, new Error("x"),
  ];
  const names = ["theme", "accent", "on-accent", "text", "background", "ground", "radius", "gap", "padding", "size"];
  const strange = ["style", "class", "onclick", "server", "statement", "partner", "locale", "framed", "inline", "kind",
    "constructor", "toString", "hasOwnProperty", "Accent", "accent ", "", "0", "font", "type", "looks", "debug"];
  const wrong = [
    () => ({ ...good(), [pick(names)]: pick(words) }),
    () => ({ ...good(), [pick(strange)]: pick(["#ff00ff", "9px", "dark"]) }),
    () => ({ ...good(), theme: pick(words) }),
    () => ({ accent: "#ff00ff", radius: "9px" }),
    () => ({ ...good(), accent: "9px" }), () => ({ ...good(), radius: "#ff00ff" }),
    () => ({ ...good(), theme: "#ff00ff" }),
    () => JSON.parse(`{"theme": "dark", "__proto__": {"accent": "#ff00ff"}}`),
    () => [good()], () => [["theme", "dark"]], () => JSON.stringify(good()), () => pick(words), () => null,
    () => ({ looks: good() }), () => ({ ...good(), more: good() }), () => new Map(Object.entries(good())),
  ];
  const types = ["undersigned:look", "looks", "undersigned:Looks", "undersigned:theme", ["undersigned:looks"], "", 7];
  const shapes = [
    ...Array(8).fill(() => ({ type: "undersigned:looks", looks: pick(wrong)() })),
    () => ({ type: pick(types), looks: good() }), () => ({ type: "undersigned:looks", ...good() }),
    () => [{ type: "undersigned:looks", looks: good() }],
    () => JSON.stringify({ type: "undersigned:looks", looks: good() }),
    () => pick(words),
  ];
  const frame = document.querySelector("#framed").shadowRoot.querySelector("iframe").contentWindow;
  for (let sent = 0; sent < many; sent++) frame.postMessage(pick(shapes)(), "*");
}"""
# Everything that a message could change in the frame; what is due later is older than the timer that this ends with.
COUNT_CHANGES = """() => {
  window.changes = [];
  const words = ({ target, attributeName }) => `${target.localName} ${attributeName}`;
  const observer = new MutationObserver((all) => window.changes.push(...all.map(words)));
  for (const node of [document.documentElement, document.body, document.querySelector("undersigned-form")])
    observer.observe(node, { attributes: true });
}"""
POST_GOOD = """(many) => {
  const frame = document.querySelector("#framed").shadowRoot.querySelector("iframe").contentWindow;
  for (let sent = 1; sent <= many; sent++) {
    const looks = { theme: sent % 2 ? "light" : "dark", radius: "7px", ground: "#000000" };
    frame.postMessage({ type: "undersigned:looks", looks }, "*");
  }
}"""


def test_of_ten_thousand_hostile_messages_about_looks_none_is_taken(open_scheme):
    page = open_scheme(SCHEMES["light"])
    frame = frame_of(page)
    frame.get_by_label("Your name").fill("Ani")
    frame.evaluate("new Promise((resume) => setTimeout(resume, 100))")  # behind the looks that the element itself sends
    frame.evaluate(COUNT_CHANGES)

    page.evaluate(HOSTILE, 10_000)
    frame.evaluate(
        "postMessage({ type: 'undersigned:looks', looks: { theme: 'dark' } }, '*')"
    )  # not from the page around
    page.evaluate("document.querySelector('#framed').focusForm()")  # this message comes behind the others
    expect(frame.get_by_label("Your name")).to_be_focused()
    frame.evaluate("new Promise((resume) => setTimeout(resume, 100))")

    assert frame.evaluate("window.changes") == []

    # The twin: a good one is taken; of a flood, 20 in a second at the most, and always the last.
    page.evaluate(POST_GOOD, 500)
    expect(frame.locator("html")).to_have_class("framed dark")
    expect(frame.locator("form [part=button]")).to_have_css("border-radius", "7px")
    assert frame.evaluate("window.changes").count("html class") <= 20
