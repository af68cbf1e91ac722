"""Our letters tell no word of a signer's, nothing of a discreet statement, and nobody that they were opened."""

import email
import re
from dataclasses import replace
from email import policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.mail.emails import EmailContext
from server.mail.message import RenderedEmail, compose
from server.mail.previews import PREVIEW_TEXT
from server.tables.signatures import Signature
from tests.conftest import NOW
from tests.mail.writing import EACH, LETTERS, ORGANISATION, SIGNATURE, Page, about, confirm_letter, letter

STYLE_TAG = re.compile(r"<style>(.*?)</style>", re.DOTALL)
USER_FIELDS = ("name", "title", "affiliation", "organisation", "website", "city", "country", "comment")


def dear(subject: EmailContext) -> RenderedEmail:
    """The twin: a letter that greets the signer by name, as everybody's do."""
    plain = confirm_letter(subject)
    greeting = f"Dear {subject.signature.name or subject.signature.organisation},"
    return plain._replace(text=plain.text.replace("Hello,", greeting))


def on_the_wire(words: RenderedEmail) -> bytes:
    message = compose(
        words,
        sender="Open Letters <sign@letters.example>",
        to="somebody@mailbox.example",
        message_id="<0123456789abcdef@letters.example>",
        reply_to=None,
        date=NOW,
    )
    return message.as_bytes()


def as_read(content: bytes) -> str:
    """Everything that anybody can read of an email: its raw bytes, its headers, its bodies decoded."""
    parsed = email.message_from_bytes(content, policy=policy.default)
    bodies = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    return "\n".join([content.decode(), *map(str, parsed.values()), *bodies])


def tells(letter, fields: dict[str, str], signature: Signature) -> bool:
    """Say whether any byte of the email is another one with these words of the signer's."""
    without, with_them = (
        on_the_wire(letter(about(signature=one))) for one in (signature, replace(signature, **fields))
    )
    return with_them != without


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


INVITED = ("invited", "invited-organisation", "invited-reminder")  # an admin wrote the words, nobody else can send them
OTHERS = [one for one in LETTERS if one.__name__ not in INVITED]


@pytest.mark.parametrize("letter", OTHERS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("signature", [SIGNATURE, ORGANISATION], ids=["individual", "organisation"])
@settings(deadline=None, max_examples=15)
@given(fields=FIELDS)
def test_no_word_of_the_signers_is_in_any_byte_of_an_email(letter, signature, fields):
    assert not tells(letter, fields, signature)


def test_a_letter_that_greets_by_name_is_caught_by_the_same_check():
    fields = {"name": "Win $$$ at https://casino.example/now"}

    assert tells(dear, fields, SIGNATURE)


@pytest.mark.parametrize("signature", [SIGNATURE, ORGANISATION], ids=["individual", "organisation"])
@pytest.mark.parametrize("visibility", ["name", "counted"])
def test_an_invitation_shows_the_line_that_would_be_published_and_no_other_word(signature, visibility):
    line = {"name", "title", "affiliation"} if signature.kind == "individual" else {"organisation"}
    shown = {
        name
        for name in USER_FIELDS
        if tells(letter("invited"), {name: "<b>Word</b>"}, replace(signature, visibility=visibility))
    }

    assert shown == (line if visibility == "name" else set())
    assert "<b>Word" not in letter("invited")(about(signature=replace(signature, name="<b>Word</b>"))).html


@pytest.mark.parametrize("locale", ["en", "fr"])
@EACH
def test_nothing_is_loaded_and_nothing_tracks(letter, locale):
    page = Page(letter(about(locale)).html)

    assert not {"img", "link", "script", "iframe", "object", "video", "form", "base"} & set(page.tags)
    assert not {"src", "srcset", "background", "action", "onclick"} & set(page.attributes)
    assert not re.search(r"url\(|@import|image", STYLE_TAG.search(letter(about(locale)).html)[1])
    assert all("url(" not in style for style in page.attributes["style"])


@pytest.mark.parametrize("signature", [SIGNATURE, ORGANISATION], ids=["individual", "organisation"])
@pytest.mark.parametrize("locale", ["en", "fr"])
@EACH
def test_a_discreet_statement_is_not_told_by_its_email(letter, locale, signature):
    title = replace(PREVIEW_TEXT, title="Xylophone Quartz Wumpus")
    told = letter(about(locale, signature=signature, text=title))
    kept = letter(about(locale, signature=signature, text=title, discreet=True))

    for word in ("Xylophone", "Quartz", "Wumpus", "open-rivers", "Kutaisi"):
        assert word not in as_read(on_the_wire(kept))
    assert "Xylophone Quartz Wumpus" in told.text
    assert "Xylophone Quartz Wumpus" in told.html


@pytest.mark.parametrize("locale", ["en", "fr"])
@EACH
def test_a_subject_says_nothing_of_the_statement_unless_it_asks_to_confirm(letter, locale):
    """Who glances at a locked phone must not read what somebody has signed."""
    title = replace(PREVIEW_TEXT, title="Xylophone Quartz")
    asks = letter.__name__ in ("confirm", "organisation", "organisation-listed", "reminder", *INVITED)

    assert ("Xylophone Quartz" in letter(about(locale, text=title)).subject) == asks
    assert "Xylophone" not in letter(about(locale, text=title, discreet=True)).subject
