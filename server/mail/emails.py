"""Our emails: one function and one trio (subject, text, HTML) for each; no word of a signer's stands in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from server import messages
from server.codes import Codes, spaced
from server.links import CONFIRM_LIFETIME, Links
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import CONFIRM_GRACE_S, Statement

Value = str | int | bool | None | Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Rendered:
    """An email's words in one language, and the headers of its own, ready to be composed."""

    subject: str
    text: str
    html: str
    language: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class About:
    """What an email is about: a signature, the text that was signed, and the statement.

    ``own``: every signature of this mailbox that the email speaks of. ``is_listed``: an organisation of the same name
    is on the public list. ``count``: how many have signed, None where that is not told.
    """

    statement: Statement
    text: StatementText
    signature: Signature
    locale: str
    own: tuple[Signature, ...] = ()
    is_listed: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Pen:
    """What makes links and codes while a letter is written; ``now`` in epoch seconds."""

    links: Links
    codes: Codes
    now: int

    def confirm(self, signature: Signature) -> str:
        """Return a fresh confirm link."""
        return self.links.confirm(signature.id, signature.nonce, now=self.now)

    def manage(self, signature: Signature) -> str:
        """Return the link by which a signature is corrected, hidden or withdrawn."""
        return self.links.manage(signature.id, signature.nonce, now=self.now)

    def unsubscribe(self, signature: Signature) -> str:
        """Return the link that stops the news."""
        return self.links.unsubscribe(signature.id, signature.nonce, now=self.now)


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates" / "mail"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def ask_to_confirm(about: About, pen: Pen) -> Rendered:
    """Ask the owner of a mailbox whether it was they who signed.

    The link is made now and works for seven days, or until a day after its statement ends; the code for half an hour,
    in the form that asked for it, and where the statement demands it with the link as well. Who signs for an
    organisation that is on the list learns it, and where one signs as a person.
    """
    personally = about.is_listed and "individual" in about.statement.kinds and not about.statement.discreet
    page = pen.links.page(about.statement.slug) if personally else None
    return _render("confirm", about, pen, **_to_confirm(about, pen), is_listed=about.is_listed, page=page)


def remind(about: About, pen: Pen) -> Rendered:
    """Ask once more, with a fresh link and the code."""
    return _render("reminder", about, pen, **_to_confirm(about, pen))


def already_signed(about: About, pen: Pen) -> Rendered:
    """Tell the owner of a mailbox, and nobody else, that it has signed before, and by which links it is changed."""
    return _render("already", about, pen, signed=_links(about, pen, about.own))


def send_links(about: About, pen: Pen) -> Rendered:
    """Send the links of everything that a mailbox has signed under a statement, and of what it may still confirm.

    Of what counts no more there is less to do: it can be looked at, and erased.
    """
    [pending, *_] = [*(one for one in about.own if one.state == "pending"), None]
    asked = {"link": pen.confirm(pending), "until": _until(about, pen)} if pending else {"link": None, "until": ""}
    signed = [one for one in about.own if one.confirmed_at is not None]
    standing = [one for one in signed if one.state in ("confirmed", "held")]
    ended = [one for one in signed if one not in standing]
    return _render("links", about, pen, signed=_links(about, pen, standing), ended=_links(about, pen, ended), **asked)


def thank(about: About, pen: Pen) -> Rendered:
    """Say that the signature stands, and by which link it is changed."""
    return _render("thanks", about, pen, manage=pen.manage(about.signature))


def tell_held(about: About, pen: Pen) -> Rendered:
    """Say that the signature is confirmed and waits for the organisers."""
    return _render("held", about, pen, manage=pen.manage(about.signature))


def tell_approved(about: About, pen: Pen) -> Rendered:
    """Say that the organisers let the signature stand."""
    return _render("approved", about, pen, manage=pen.manage(about.signature))


def tell_refused(about: About, pen: Pen) -> Rendered:
    """Say that the organisers do not want the signature; why is theirs to tell."""
    return _render("refused", about, pen, replies=about.statement.reply_to is not None)


def tell_listed(about: About, pen: Pen) -> Rendered:
    """Tell somebody that the organisers have listed them, who these are, and where that is confirmed or undone."""
    return _render("listed", about, pen, manage=pen.manage(about.signature), organiser=about.statement.reply_to)


def tell_result(about: About, pen: Pen) -> Rendered:
    """Tell who asked for news how the signing ended; mail programs show a button that stops them (RFC 8058)."""
    unsubscribe = pen.unsubscribe(about.signature)
    one_click = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    words = _render(
        "result",
        about,
        pen,
        count=about.count,
        page=None if about.statement.discreet else pen.links.page(about.statement.slug),
        manage=pen.manage(about.signature),
        unsubscribe=unsubscribe,
    )
    return replace(words, headers=one_click) if unsubscribe.startswith("https://") else words


def tell_changed(about: About, pen: Pen) -> Rendered:
    """Say that the text is another one now, where everybody sees what was changed, and ask to keep or to withdraw."""
    is_told = not about.statement.discreet
    return _render(
        "changed",
        about,
        pen,
        versions=pen.links.versions(about.statement.slug, about.text.locale) if is_told else None,
        manage=pen.manage(about.signature),
    )


def _to_confirm(about: About, pen: Pen) -> dict[str, Value]:
    return {
        "link": pen.confirm(about.signature),
        "until": _until(about, pen),
        "code": spaced(pen.codes.of(about.signature.id, about.signature.nonce)),
        "demands_code": about.statement.confirm_by == "code",
    }


def _until(about: About, pen: Pen) -> str:
    """Return how long a link that is made now works, by the statement's own clock."""
    until = pen.now + int(CONFIRM_LIFETIME.total_seconds())
    if about.statement.ends_at is not None:
        until = min(until, about.statement.ends_at + CONFIRM_GRACE_S)
    return _moment(about, until)


def _links(about: About, pen: Pen, signed: Sequence[Signature]) -> list[dict[str, str]]:
    """Return when each signature was confirmed, by which two of one mailbox are told apart, and its link."""
    return [{"date": _moment(about, one.confirmed_at or 0), "link": pen.manage(one)} for one in signed]


def _moment(about: About, epoch: int) -> str:
    return messages.format_moment(about.locale, epoch, about.statement.zone)


def _render(name: str, about: About, pen: Pen, **values: Value) -> Rendered:
    """Render a trio; a discreet statement's title stays out of it."""
    words = messages.spoken(about.locale)
    context = {
        "t": lambda key, **placeholders: messages.text(words, f"mail.{key}", **placeholders),
        "locale": words,
        "dir": messages.direction(words),
        "title": None if about.statement.discreet else about.text.title,
        "for_organisation": about.signature.kind == "organisation",
        "host": pen.links.host,
        **values,
    }
    subject, text, html = (
        _templates.get_template(f"{name}.{part}").render(context) for part in ("subject.txt", "txt", "html")
    )
    return Rendered(subject.strip(), text, html, words)
