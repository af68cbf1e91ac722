"""Our emails: one function and one trio (subject, text, HTML) for each; no word of a signer's stands in them."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from server import messages
from server.codes import Codes, spaced
from server.links import CONFIRM_LIFETIME, Links
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import CONFIRM_GRACE_S, Statement


@dataclass(frozen=True)
class Rendered:
    """An email's words in one language, ready to be composed."""

    subject: str
    text: str
    html: str
    language: str


@dataclass(frozen=True)
class About:
    """What an email is about: the signature, the text that was signed, and the statement."""

    statement: Statement
    text: StatementText
    signature: Signature
    locale: str


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates" / "mail"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def ask_to_confirm(about: About, links: Links, codes: Codes, *, now: int) -> Rendered:
    """Ask the owner of a mailbox whether it was they who signed.

    The link is made now and works for seven days, or until a day after its statement ends; the code for half an hour,
    in the form that asked for it, and where the statement demands it with the link as well.
    """
    until = now + int(CONFIRM_LIFETIME.total_seconds())
    if about.statement.ends_at is not None:
        until = min(until, about.statement.ends_at + CONFIRM_GRACE_S)
    return _render(
        "confirm",
        about,
        links,
        link=links.confirm(about.signature.id, about.signature.nonce, now=now),
        until=messages.format_moment(about.locale, until, about.statement.timezone or "Etc/UTC"),
        code=spaced(codes.of(about.signature.id, about.signature.nonce)),
        demands_code=about.statement.confirm_by == "code",
    )


def already_signed(about: About, links: Links) -> Rendered:
    """Tell the owner of a mailbox, and nobody else, that it has signed before."""
    return _render("already", about, links)


def _render(name: str, about: About, links: Links, **values: str | bool) -> Rendered:
    """Render a trio; a discreet statement's title stays out of it."""
    words = messages.spoken(about.locale)
    context = {
        "t": lambda key, **placeholders: messages.text(words, f"mail.{key}", **placeholders),
        "locale": words,
        "dir": messages.direction(words),
        "title": None if about.statement.discreet else about.text.title,
        "for_organisation": about.signature.kind == "organisation",
        "host": links.host,
        **values,
    }
    subject, text, html = (
        _templates.get_template(f"{name}.{part}").render(context) for part in ("subject.txt", "txt", "html")
    )
    return Rendered(subject.strip(), text, html, words)
