"""A visitor in some browser: the few things that a scenario does, whatever engine shows the page.

Each engine has a driver in a module beside this one. Things are found by the words that a visitor reads.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 60.0  # a busy machine takes its time; what is there sooner is seen sooner
POLL_S = 0.05
WIDTH, HEIGHT = 1280, 3000  # so high that nothing must be scrolled to

# Finds the first visible thing of a kind whose title, text or label begins with these words, in shadow roots too.
_FIND = """(kind, words) => {
  const selectors = {
    field: "input, textarea", button: "button", link: "a[href]", heading: "h1, h2, h3", frame: "iframe",
  };
  const under = (root) =>
    [...root.querySelectorAll("*")].flatMap((node) => [node, ...(node.shadowRoot ? under(node.shadowRoot) : [])]);
  const fits = (node) =>
    [node.title, node.textContent, ...[...(node.labels ?? [])].map((label) => label.textContent)]
      .some((said) => said.trim().replace(/\\s+/g, " ").startsWith(words));
  const isSeen = (node) => node.checkVisibility() && node.offsetHeight > 0;
  return under(document).find((node) => node.matches(selectors[kind]) && fits(node) && isSeen(node)) ?? null;
}"""
# Returns the text of the document, that in shadow roots too.
READ = """() => {
  const own = (root) => [...root.querySelectorAll("*")].flatMap((node) => node.shadowRoot ?? []);
  const shadows = (root) => own(root).flatMap((shadow) => [shadow, ...shadows(shadow)]);
  const parts = [document.body, ...shadows(document).flatMap((root) => [...root.children])];
  return parts.map((part) => part.innerText ?? "").join("\\n");
}"""


class Visitor(ABC):
    """Somebody who looks at one page, or with ``inside`` into a frame of it."""

    engine: str

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address, and wait until the page has loaded."""

    @abstractmethod
    def run(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function in the document and return its answer: a word, None or an element."""

    @abstractmethod
    def click(self, element: Any) -> None:
        """Click in the middle of an element."""

    @abstractmethod
    def type(self, element: Any, words: str) -> None:
        """Click into a field and press these keys."""

    @abstractmethod
    def enter(self, frame: Any) -> None:
        """Look at the document in a frame."""

    @abstractmethod
    def leave(self) -> None:
        """Look at the page again."""

    @abstractmethod
    def errors(self) -> list[str]:
        """Return the errors in the browser's console, where its driver passes them on."""

    @abstractmethod
    def close(self) -> None:
        """Close the window and forget what it has stored."""

    def find(self, kind: str, words: str) -> Any:
        """Return the visible field, button, link, heading or frame that begins with these words, or None."""
        return self.run(_FIND, kind, words)

    def wait_until(self, function: str, *arguments: str) -> Any:
        """Return what a function in the document returns as soon as that is neither null nor undefined."""
        until = time.monotonic() + PATIENCE_S
        while (found := self.run(function, *arguments)) is None:
            assert time.monotonic() < until, f"{self.engine} shows no {arguments}, but: {self.read()}"
            time.sleep(POLL_S)
        return found

    def wait_for(self, kind: str, words: str) -> Any:
        """Return what ``find`` finds, as soon as it is there."""
        return self.wait_until(_FIND, kind, words)

    def wait_to_read(self, words: str) -> None:
        """Wait until the document says this somewhere."""
        self.wait_until(f"(words) => ({READ})().includes(words) || null", words)

    def read(self) -> str:
        """Return the text of the document, that in shadow roots too."""
        text: str = self.run(READ)
        return text

    def fill(self, label: str, words: str) -> None:
        field = self.wait_for("field", label)
        self.type(field, words)
        typed = self.run("(field) => field.value", field)
        assert typed == words, f"{self.engine} typed {typed!r} as {label}"

    def tick(self, label: str) -> None:
        box = self.wait_for("field", label)
        self.click(box)
        assert self.run("(box) => String(box.checked)", box) == "true", f"{self.engine} did not tick {label!r}"

    def press(self, words: str) -> None:
        self.click(self.wait_for("button", words))

    @contextmanager
    def inside(self, frame: Any) -> Iterator[None]:
        """Look into a frame for as long as the block takes."""
        self.enter(frame)
        yield
        self.leave()
