"""Reads a page as a visitor does, by words, links and labels, and a snippet as the browser it is pasted for."""

from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "link", "input", "br", "hr", "img"}


class Page(HTMLParser):
    """A page as somebody reads it.

    ``values`` is what the forms would send; ``links`` are (text, href); ``labels`` lead from words to fields.
    ``actions`` are where the forms post to, in their order, and ``action`` is the first.
    """

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.fields: dict[str, dict[str, str | None]] = {}
        self.links: list[tuple[str, str]] = []
        self.labels: dict[str, str] = {}
        self.options: dict[str, dict[str, str]] = {}
        self.actions: list[str | None] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._open: list[tuple[str, dict[str, str | None], int]] = []
        self._select = ""
        self.status: int = answer.status_code
        self.html = answer.get_data(as_text=True)
        self.feed(self.html)
        self.close()

    @property
    def action(self) -> str | None:
        return self.actions[0] if self.actions else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "form":
            self.actions.append(found.get("action"))
        if tag in ("input", "select", "textarea"):
            self.fields[str(found["name"])] = found
        if tag == "input" and (found.get("type") not in ("checkbox", "radio") or "checked" in found):
            self.values[str(found["name"])] = found.get("value") or ""
        if tag == "datalist":  # what may be typed, and no choice
            self._select = ""
        if tag == "select":
            self._select = str(found["name"])
            self.options[self._select] = {}
        if tag == "option" and self._select and ("selected" in found or not self.options[self._select]):
            self.values[self._select] = found.get("value") or ""
        if tag not in _VOID:
            self._open.append((tag, found, len(self.words)))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            opened, found, start = self._open.pop()
            words = self.words[start:].strip()
            if opened == "a":
                self.links.append((" ".join(words.split()), str(found["href"])))
            elif opened == "label" and "for" in found:
                self.labels[words.partition("(")[0].strip()] = str(found["for"])
            elif opened == "textarea":
                self.values[str(found["name"])] = self.words[start:].removeprefix("\n")
            elif opened == "option" and self._select:
                self.options[self._select][str(found["value"])] = words
            if opened == tag:
                return

    def handle_data(self, data: str) -> None:
        self.words += data

    def link(self, text: str) -> str:
        return next(href for words, href in self.links if words == text)

    def filled(self, **typed: str) -> dict[str, str]:
        """What the browser would send once these labels were filled in; ``Your_name`` stands for “Your name”."""
        return self.values | {self.labels[label.replace("_", " ")]: value for label, value in typed.items()}


class Tags(HTMLParser):
    """What a browser makes of a snippet: its tags with their attributes, and its words."""

    def __init__(self, snippet: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.words = ""
        self.feed(snippet)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in self.found
        self.found[tag] = dict(attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


class Anatomy(HTMLParser):
    """What a page is made of, whoever is named in it: ``tags`` with their attributes, and where its texts stand.

    ``isolated`` are the texts that cannot turn the direction of what is around them, ``outside`` is all other text.
    What stands in a field is neither: nothing of it is read as a part of the page.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.isolated: list[str] = []
        self.outside = ""
        self._depth = 0
        self._in_field = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(f"{name}={value}" for name, value in attrs if (tag, name) != ("input", "value"))))
        self._in_field = tag == "textarea"
        if tag == "bdi":
            self._depth += 1
            self.isolated.append("")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))
        self._in_field = False
        self._depth = max(self._depth - (tag == "bdi"), 0)

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.isolated[-1] += data
        elif not self._in_field:
            self.outside += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(("!", data))
