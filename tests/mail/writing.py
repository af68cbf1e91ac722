"""Letters as they are written to a signer, and as one reads them."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from server.crypto.links import ConfirmationCodes, Links
from server.mail import previews
from server.mail.emails import EmailContext, EmailLinks
from server.mail.message import RenderedEmail
from server.mail.previews import PREVIEW_STATEMENT, PREVIEW_TEXT, PREVIEWS
from server.tables.signatures import Signature
from server.tables.texts import StatementText
from tests.conftest import BASE_URL, NOW

LINKS = Links(["k" * 20 + "0123456789abcdef"], BASE_URL)
CODES = ConfirmationCodes(["k" * 20 + "0123456789abcdef"])
TITLE = PREVIEW_TEXT.title
SIGNATURE = replace(previews.PREVIEW_SIGNATURE, name="Xq", name_key="xq")
ORGANISATION = replace(SIGNATURE, kind="organisation", organisation="Zw")


def about(
    locale: str = "en", *, signature: Signature = SIGNATURE, text: StatementText = PREVIEW_TEXT, **statement: object
) -> EmailContext:
    return EmailContext(replace(PREVIEW_STATEMENT, **{"reply_to": None} | statement), text, signature, locale)


PEN = EmailLinks(LINKS, CODES, NOW)


def letter(name: str) -> Callable[[EmailContext], RenderedEmail]:
    """A specimen's letter, for any subject."""

    def write(subject: EmailContext) -> RenderedEmail:
        return PREVIEWS[name](subject, PEN)

    write.__name__ = name
    return write


confirm_letter, already_letter, listed_letter = (letter(name) for name in ("confirm", "already", "organisation-listed"))
LETTERS = [letter(name) for name in PREVIEWS]
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
