"""Letters as they are written to a signer, and as one reads them."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from server.codes import Codes
from server.links import Links
from server.mail import letters
from server.mail.letters import About, Pen, Rendered
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from tests.conftest import BASE_URL, NOW

LINKS = Links(["k" * 20 + "0123456789abcdef"], BASE_URL)
CODES = Codes(["k" * 20 + "0123456789abcdef"])
TITLE = "Keep our rivers open"
STATEMENT = Statement(
    id=1,
    slug="open-rivers",
    locale="en",
    opened_at=NOW,
    closed_at=None,
    archived_at=None,
    opens_at=None,
    closes_at=None,
    event_at=None,
    timezone="Asia/Tbilisi",
    goal=None,
    count_from=None,
    names_from=None,
    names_released_at=None,
    list_from=None,
    kinds=("individual", "organisation"),
    fields=(),
    required=(),
    moderation="none",
    confirm_by="link",
    visibilities=("name",),
    newsletter=False,
    mailbox_seats=2,
    keep_contacts=False,
    discreet=False,
    reply_to=None,
    stamp=1,
)
TEXT = StatementText(1, 1, "en", 1, TITLE, "Kutaisi", None, "Anybody who lives by a river", "We ask.", "0" * 64)
SIGNATURE = Signature(
    id=7,
    statement_id=1,
    text_id=1,
    partner_id=None,
    nonce=b"n" * 16,
    kind="individual",
    name="Xq",
    title=None,
    affiliation=None,
    organisation=None,
    website=None,
    city=None,
    country=None,
    comment=None,
    locale="en",
    visibility="name",
    newsletter=False,
    domain_proved=False,
    name_key="xq",
    organisation_key=None,
    email_key=b"e" * 32,
    founding_place=None,
    signed_at=NOW,
    confirmed_at=None,
    code_until=None,
    state="pending",
)
ORGANISATION = replace(SIGNATURE, kind="organisation", organisation="Zw")


def about(
    locale: str = "en", *, signature: Signature = SIGNATURE, text: StatementText = TEXT, **statement: object
) -> About:
    return About(replace(STATEMENT, **statement), text, signature, locale)


PEN = Pen(LINKS, CODES, NOW)


def confirm_letter(subject: About) -> Rendered:
    return letters.ask_to_confirm(subject, PEN)


def listed_letter(subject: About) -> Rendered:
    """Asks who signs for an organisation that is on the list."""
    return letters.ask_to_confirm(replace(subject, is_listed=True), PEN)


def reminder_letter(subject: About) -> Rendered:
    return letters.remind(subject, PEN)


def already_letter(subject: About) -> Rendered:
    return letters.already_signed(replace(subject, own=_confirmed(subject, 7, 8)), PEN)


def links_letter(subject: About) -> Rendered:
    pending = replace(subject.signature, id=9)
    return letters.send_links(replace(subject, own=(*_confirmed(subject, 7, 8), pending)), PEN)


def thanks_letter(subject: About) -> Rendered:
    return letters.thank(subject, PEN)


def held_letter(subject: About) -> Rendered:
    return letters.tell_held(subject, PEN)


def approved_letter(subject: About) -> Rendered:
    return letters.tell_approved(subject, PEN)


def refused_letter(subject: About) -> Rendered:
    return letters.tell_refused(subject, PEN)


def result_letter(subject: About) -> Rendered:
    return letters.tell_result(replace(subject, count=1234), PEN)


def _confirmed(subject: About, *ids: int) -> tuple[Signature, ...]:
    """Further signatures of the same mailbox, a day apart, which say what the first one says."""
    moments = ((one, NOW + number * 86_400) for number, one in enumerate(ids))
    return tuple(replace(subject.signature, id=one, confirmed_at=moment, state="confirmed") for one, moment in moments)


FOR_ANYBODY = [confirm_letter, listed_letter, reminder_letter, already_letter, links_letter]
LETTERS = [*FOR_ANYBODY, thanks_letter, held_letter, approved_letter, refused_letter, result_letter]
EACH = pytest.mark.parametrize("letter", LETTERS)


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
