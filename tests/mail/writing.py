"""Letters as they are written to a signer, and as one reads them."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from server.codes import Codes
from server.links import Links
from server.mail import specimens
from server.mail.letters import About, Pen, Rendered
from server.mail.specimens import SPECIMENS, STATEMENT, TEXT
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from tests.conftest import BASE_URL, NOW

LINKS = Links(["k" * 20 + "0123456789abcdef"], BASE_URL)
CODES = Codes(["k" * 20 + "0123456789abcdef"])
TITLE = TEXT.title
SIGNATURE = replace(specimens.SIGNATURE, name="Xq", name_key="xq")
ORGANISATION = replace(SIGNATURE, kind="organisation", organisation="Zw")


def about(
    locale: str = "en", *, signature: Signature = SIGNATURE, text: StatementText = TEXT, **statement: object
) -> About:
    return About(replace(STATEMENT, **statement), text, signature, locale)


PEN = Pen(LINKS, CODES, NOW)


def letter(name: str) -> Callable[[About], Rendered]:
    """A specimen's letter, for any subject."""

    def write(subject: About) -> Rendered:
        return SPECIMENS[name](subject, PEN)

    write.__name__ = name
    return write


confirm_letter, already_letter, listed_letter = (letter(name) for name in ("confirm", "already", "organisation-listed"))
LETTERS = [letter(name) for name in SPECIMENS]
EACH = pytest.mark.parametrize("letter", LETTERS, ids=lambda one: one.__name__)


class Page(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data):
        self.words.append(data)


def text_of(source: str) -> str:
    return " ".join(Page(source).words)
