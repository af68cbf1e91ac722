"""Our emails: what stands in them, in two languages, and that no word of a signer's ever does."""

import email
import re
from dataclasses import replace
from email import policy
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.links import Links
from server.mail.compose import compose
from server.mail.letters import About, Rendered, already_signed, ask_to_confirm
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from tests.conftest import BASE_URL, NOW

LINKS = Links(["k" * 20 + "0123456789abcdef"], BASE_URL)
USER_FIELDS = ("name", "title", "affiliation", "organisation", "website", "city", "country", "comment")
TITLE = "Keep our rivers open"
DAY_S = 24 * 3600

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
    kinds=("individual", "organisation"),
    fields=(),
    required=(),
    moderation="none",
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
    state="pending",
)
ORGANISATION = replace(SIGNATURE, kind="organisation", organisation="Zw")


def about(
    locale: str = "en", *, signature: Signature = SIGNATURE, text: StatementText = TEXT, **statement: object
) -> About:
    return About(replace(STATEMENT, **statement), text, signature, locale)


def confirm_letter(subject: About) -> Rendered:
    return ask_to_confirm(subject, LINKS, now=NOW)


def already_letter(subject: About) -> Rendered:
    return already_signed(subject, LINKS)


LETTERS = [confirm_letter, already_letter]
BOTH = pytest.mark.parametrize("letter", LETTERS)


def dear(subject: About) -> Rendered:
    """The twin: a letter that greets the signer by name, as everybody's do."""
    plain = confirm_letter(subject)
    greeting = f"Dear {subject.signature.name or subject.signature.organisation},"
    return replace(plain, text=plain.text.replace("Hello,", greeting))


def on_the_wire(words: Rendered) -> bytes:
    message = compose(
        sender="Open Letters <sign@letters.example>",
        to="somebody@mailbox.example",
        subject=words.subject,
        text=words.text,
        html=words.html,
        message_id="<0123456789abcdef@letters.example>",
        reply_to=None,
        date=NOW,
        language=words.language,
    )
    return message.as_bytes()


def as_read(content: bytes) -> str:
    """Everything that anybody can read of an email: its raw bytes, its headers, its bodies decoded."""
    parsed = email.message_from_bytes(content, policy=policy.default)
    bodies = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    return "\n".join([content.decode(), *map(str, parsed.values()), *bodies])


def grams(text: str) -> set[str]:
    return {text[start : start + 4] for start in range(len(text) - 3)}


def leaked(letter, fields: dict[str, str], signature: Signature) -> set[str]:
    """The 4-grams of a signer's words in the email that would not be there without them."""
    theirs = set[str]().union(*(grams(value) for value in fields.values()))
    without = as_read(on_the_wire(letter(about(signature=signature))))
    with_them = as_read(on_the_wire(letter(about(signature=replace(signature, **fields)))))
    return (theirs & grams(with_them)) - grams(without)


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=4, max_size=60)
ADVERTISEMENTS = st.sampled_from(
    [
        "Win $$$ at https://casino.example/now",
        "<b>BUY</b> pills",
        "{{ t }}{% raw %}",
        "=?utf-8?q?evil?=",
        "a\r\nBcc: x@y.z",
    ]
)
FIELDS = st.fixed_dictionaries(dict.fromkeys(USER_FIELDS, st.one_of(WORDS, ADVERTISEMENTS)))


@BOTH
@pytest.mark.parametrize("signature", [SIGNATURE, ORGANISATION], ids=["individual", "organisation"])
@settings(deadline=None, max_examples=30)
@given(fields=FIELDS)
def test_no_word_of_the_signers_is_in_any_byte_of_an_email(letter, signature, fields):
    assert leaked(letter, fields, signature) == set()
    with_them = on_the_wire(letter(about(signature=replace(signature, **fields))))
    assert with_them == on_the_wire(letter(about(signature=signature)))


def test_a_letter_that_greets_by_name_is_caught_by_the_same_check():
    fields = {"name": "Win $$$ at https://casino.example/now"}

    assert "casi" in leaked(dear, fields, SIGNATURE)


@pytest.mark.parametrize(
    ("locale", "subject", "button", "until", "host"),
    [
        ("en", "Please confirm your signature", "Review and sign", "January 22, 2027", "This email was sent"),
        ("fr", "Veuillez confirmer votre signature", "Vérifier et signer", "22 janvier 2027", "Ce courriel"),
    ],
)
def test_a_signer_is_asked_in_their_language(locale, subject, button, until, host):
    words = confirm_letter(about(locale))

    assert (words.subject, words.language) == (subject, locale)
    assert f"“{TITLE}”" in words.text or f"{TITLE}" in words.text
    assert until in words.text
    assert until in words.html
    assert button in words.html
    assert f'<html lang="{locale}" dir="ltr">' in words.html
    assert host in words.text.partition("\n-- \n")[2]


def test_a_language_without_words_of_ours_is_served_in_english():
    words = confirm_letter(about("hy"))

    assert (words.subject, words.language) == ("Please confirm your signature", "en")


@pytest.mark.parametrize("locale", ["en", "fr"])
@BOTH
def test_text_and_html_say_the_same(letter, locale):
    words = letter(about(locale))
    shown = " ".join(text_of(words.html).split())

    for paragraph in words.text.partition("\n-- \n")[0].split("\n\n"):
        said = " ".join(paragraph.split())
        assert said in shown or said.startswith(BASE_URL)


@pytest.mark.parametrize("locale", ["en", "fr"])
@BOTH
def test_every_placeholder_is_filled_and_no_template_shows_through(letter, locale):
    for kind in (SIGNATURE, ORGANISATION):
        for discreet in (False, True):
            words = letter(about(locale, signature=kind, discreet=discreet))
            for part in (words.subject, words.text, re.sub(r'style="[^"]*"', "", words.html)):
                assert not re.search(r"[{}]|%[})]|None|mail\.", part)
            assert "\n\n\n" not in words.text
            assert words.subject == words.subject.strip() != ""
            assert "\n" not in words.subject


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


def urls(words: Rendered) -> list[str]:
    return re.findall(r"""[a-z]+://[^\s"'<>]+""", words.text + words.html)


@pytest.mark.parametrize("locale", ["en", "fr"])
@BOTH
def test_nothing_is_loaded_and_nothing_tracks(letter, locale):
    page = Page(letter(about(locale)).html)

    assert not {"img", "link", "script", "iframe", "object", "video", "form", "style", "base"} & set(page.tags)
    assert not {"src", "srcset", "background", "action", "onclick"} & set(page.attributes)
    assert all("url(" not in style for style in page.attributes["style"])


def test_the_only_link_is_the_signed_one_and_it_leads_to_us():
    words = confirm_letter(about())

    found = urls(words)
    assert len(found) == 2
    assert len(set(found)) == 1
    token = found[0].removeprefix(f"{BASE_URL}/confirm/")
    assert LINKS.read_confirm(token, now=NOW) == (7, b"n" * 16)
    assert Page(words.html).attributes["href"] == [found[0]]


def test_who_has_signed_already_gets_no_link():
    assert urls(already_letter(about())) == []


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_who_signs_for_an_organisation_is_asked_whether_they_may(locale):
    alone, together = confirm_letter(about(locale)), confirm_letter(about(locale, signature=ORGANISATION))

    word = {"en": "authorised", "fr": "habilité"}[locale]
    assert word not in alone.text + alone.html
    assert word in together.text
    assert word in together.html
    assert "organisation" in together.text


@pytest.mark.parametrize("signature", [SIGNATURE, ORGANISATION], ids=["individual", "organisation"])
@pytest.mark.parametrize("locale", ["en", "fr"])
@BOTH
def test_a_discreet_statement_is_not_told_by_its_email(letter, locale, signature):
    title = replace(TEXT, title="Xylophone Quartz Wumpus")
    told = letter(about(locale, signature=signature, text=title))
    kept = letter(about(locale, signature=signature, text=title, discreet=True))

    for word in ("Xylophone", "Quartz", "Wumpus", "open-rivers", "Kutaisi"):
        assert word not in as_read(on_the_wire(kept))
    assert "Xylophone Quartz Wumpus" in told.text
    assert "Xylophone Quartz Wumpus" in told.html


@pytest.mark.parametrize("locale", ["en", "fr"])
@BOTH
def test_the_subject_says_nothing_of_the_statement(letter, locale):
    title = replace(TEXT, title="Xylophone Quartz")

    assert letter(about(locale, text=title)).subject == letter(about(locale)).subject


@BOTH
def test_a_title_is_text_and_never_markup(letter):
    title = 'Fish & chips <img src="https://evil.example/x.png"> “now”'
    words = letter(about(text=replace(TEXT, title=title)))

    assert title in words.text
    assert title in text_of(words.html)
    assert "img" not in Page(words.html).tags


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ({}, "January 22, 2027, 12:00"),
        ({"closes_at": NOW + 30 * DAY_S}, "January 22, 2027, 12:00"),
        ({"closes_at": NOW + 2 * DAY_S}, "January 18, 2027, 12:00"),
        ({"closes_at": NOW + 30 * DAY_S, "closed_at": NOW}, "January 16, 2027, 12:00"),
    ],
)
def test_the_letter_says_how_long_its_link_really_works_by_the_statements_own_clock(ends, until):
    words = confirm_letter(about(**ends))

    assert until in words.text.replace("\u202f", " ")
    assert "Tbilisi" in words.text
