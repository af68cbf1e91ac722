"""The content of each email: its messages, and what is shown with each message. One template renders all emails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from server.crypto.links import CONFIRM_LIFETIME, ConfirmationCodes, Links, UndoRef, format_code
from server.mail.message import RenderedEmail, title_for_subject
from server.tables.signature_queries import read_signatory
from server.tables.signatures import PENDING_LIFETIME, Signature
from server.tables.statements import CONFIRM_GRACE_S, Statement
from server.tables.texts import StatementText
from server.text import translations
from server.text.addresses import is_local_host

# The messages of each email.


def _keys(*lines: str) -> tuple[str, ...]:
    return tuple(f"mail.{key}" for line in lines for key in line.split())


# The subject, then the paragraphs in their order: keys of server/messages without "mail.". _SHOWN_WITH says what is
# shown with a message or leaves it out, _variant chooses the words for organisations and for discreet statements.
EMAILS: Mapping[str, tuple[str, ...]] = {
    "confirm": _keys(
        "confirm.subject confirm.greeting confirm.asked confirm.who",
        "confirm.authorised confirm.listed confirm.personally confirm.not-yet",
        "confirm.button confirm.code confirm.code-demanded confirm.until confirm.not-you",
    ),
    "reminder": _keys(
        "reminder.subject confirm.greeting reminder.told confirm.who confirm.authorised confirm.not-yet",
        "confirm.button confirm.code confirm.code-demanded confirm.until reminder.last confirm.not-you",
    ),
    # Invited people have no form open to type a code into, so they get a code only if the page of the link demands one.
    "invited": _keys(
        "confirm.subject confirm.greeting invited.told confirm.who",
        "confirm.authorised confirm.listed invited.line invited.not-yet",
        "confirm.button confirm.code-demanded confirm.until invited.ends invited.not-you",
    ),
    "invited-reminder": _keys(
        "reminder.subject confirm.greeting invited.again invited.told confirm.who",
        "confirm.authorised confirm.listed invited.line invited.not-yet",
        "confirm.button confirm.code-demanded confirm.until reminder.last invited.not-you",
    ),
    "already": _keys("already.subject already.greeting already.asked already.signed links.signed already.not-you"),
    "links": _keys(
        "links.subject confirm.greeting links.told links.signed links.ended",
        "links.pending confirm.until already.not-you",
    ),
    "thanks": _keys("thanks.subject confirm.greeting thanks.told thanks.manage thanks.keep"),
    "held": _keys("held.subject confirm.greeting held.told held.waits thanks.manage thanks.keep"),
    "approved": _keys("approved.subject confirm.greeting approved.told thanks.manage thanks.keep"),
    "refused": _keys("refused.subject confirm.greeting refused.told refused.gone refused.questions"),
    "disowned": _keys(
        "disowned.subject confirm.greeting disowned.told disowned.last disowned.last-everywhere disowned.undo"
    ),
    "listed": _keys(
        "listed.subject confirm.greeting listed.told listed.by listed.by-organisers",
        "listed.page listed.silence thanks.keep",
    ),
    "result": _keys(
        "result.subject confirm.greeting result.told result.count result.page thanks.manage result.unsubscribe"
    ),
    "changed": _keys(
        "changed.subject confirm.greeting changed.told changed.versions changed.ask changed.otherwise thanks.keep"
    ),
}
_UNSUBSCRIBE = (
    "mail.result.unsubscribe"  # the link of this message is also in the headers, for the button in mail programs
)


# What an email is about, and the links that it makes.


@dataclass(frozen=True)
class EmailContext:
    """What an email is about: a signature, the text that was signed, and the statement.

    ``signed`` is None if the signature was deleted. Then ``undo`` is the content of the undo link, and ``everywhere``
    is whether the owner of the mailbox refused emails about all statements. ``own``: all signatures from this mailbox
    that the email lists. ``is_listed``: an organisation of the same name is on the public list. ``count``: how many
    have signed, None if the email does not show it. ``source``: where the signer signed before they were invited to
    confirm here.
    """

    statement: Statement
    text: StatementText
    signed: Signature | None
    locale: str
    own: tuple[Signature, ...] = ()
    is_listed: bool = False
    count: int | None = None
    undo: UndoRef | None = None
    everywhere: bool = False
    source: str | None = None

    @property
    def signature(self) -> Signature:
        """The signature; raises ``LookupError`` if it was deleted."""
        if self.signed is None:
            raise LookupError("the signature of this email is deleted")
        return self.signed

    @property
    def language(self) -> str:
        """The supported language in which the email is written."""
        return translations.supported_locale(self.locale)

    @property
    def title(self) -> str | None:
        """The title of the statement; None if the statement is discreet.

        Emails about a discreet statement have no link to its public pages either.
        """
        return None if self.statement.discreet else self.text.title

    @property
    def is_for_organisation(self) -> bool:
        """Whether the signer signs for an organisation."""
        return self.signed is not None and self.signed.kind == "organisation"

    @property
    def line(self) -> str:
        """The line as the list would show it; empty if the signature is only counted."""
        shown = read_signatory(vars(self.signature))
        return ", ".join(part for part in (shown.organisation or shown.name, shown.title, shown.affiliation) if part)

    @property
    def pending(self) -> Signature | None:
        """A signature of the mailbox that can still be confirmed, or None."""
        return next((one for one in self.own or (self.signature,) if one.state == "pending"), None)

    def format_moment(self, epoch: int) -> str:
        """Return date and time in the language of the email and the timezone of the statement."""
        return translations.format_moment(self.locale, epoch, self.statement.zone)


@dataclass(frozen=True)
class EmailLinks:
    """Makes the links and codes of an email; ``now`` in epoch seconds.

    ``sender`` is the name that is shown before the sender's address, or empty.
    """

    links: Links
    codes: ConfirmationCodes
    now: int
    sender: str = ""

    @property
    def host(self) -> str:
        """The host name of the server; empty for localhost, which would mean nothing to a signer."""
        return "" if is_local_host(self.links.host) else self.links.host

    def confirm(self, signature: Signature) -> str:
        """Return a new confirm link: it works for seven days, or until a day after its statement ends."""
        return self.links.confirm(signature.id, signature.nonce, now=self.now)

    def code(self, signature: Signature) -> str:
        """Return the code that confirms the signature, in the open form or on the page behind the confirm link."""
        return format_code(self.codes.of(signature.id, signature.nonce))

    def manage(self, signature: Signature) -> str:
        """Return the link with which a signer corrects, hides or withdraws the signature."""
        return self.links.manage(signature.id, signature.nonce, now=self.now)

    def undo(self, ref: UndoRef | None) -> str:
        """Return the link that undoes "It was not me"; raises ``LookupError`` if there is nothing to undo."""
        if ref is None:
            raise LookupError("this email has nothing to undo, so there is no undo link")
        return self.links.undo(ref, now=self.now)


# What is shown with a message, and when a message is left out.


class Part(NamedTuple):
    """A paragraph of an email as the templates show it.

    ``name`` follows the text on the same line, ``quote`` on a separate line: words that somebody typed, kept apart from
    our text. ``link`` and ``code`` come below. If ``button`` is a URL, the text is on a button that leads there; the
    plain text shows only the URL. ``date`` is the value of a placeholder in the message. ``key`` is the message, if
    that is not the usual one of this paragraph.
    """

    key: str = ""
    text: str = ""
    name: str = ""
    quote: str = ""
    link: str = ""
    button: str = ""
    code: str = ""
    date: str = ""


def _if(condition: object, **shown: str) -> list[Part]:
    """Return one paragraph if the condition is true, and otherwise none."""
    return [Part(**shown)] if condition else []


def _dated(about: EmailContext, pen: EmailLinks, *states: str) -> list[Part]:
    """Return one paragraph for each signature in these states: its manage link, and when it was confirmed."""
    return [
        Part(date=about.format_moment(one.confirmed_at or 0), link=pen.manage(one))
        for one in about.own
        if one.state in states
    ]


def _manage(about: EmailContext, pen: EmailLinks) -> list[Part]:
    """Return the link by which a signature is corrected, hidden or withdrawn."""
    return [Part(link=pen.manage(about.signature))]


# Each function returns the paragraphs that a message makes: none where it is left out, several for several signatures.
_SHOWN_WITH: Mapping[str, Callable[[EmailContext, EmailLinks], list[Part]]] = {
    "mail.confirm.who": lambda _, pen: _if(pen.sender or pen.host, name=pen.sender or pen.host),
    "mail.confirm.authorised": lambda about, _: _if(about.is_for_organisation),
    "mail.confirm.listed": lambda about, _: _if(about.is_listed),
    "mail.confirm.personally": lambda about, pen: _if(
        about.is_listed and "individual" in about.statement.kinds and about.title,
        link=pen.links.page(about.statement.slug),
    ),
    "mail.confirm.button": lambda about, pen: [Part(button=pen.confirm(about.signature))],
    "mail.confirm.code": lambda about, pen: _if(about.statement.confirm_by != "code", code=pen.code(about.signature)),
    "mail.confirm.code-demanded": lambda about, pen: _if(
        about.statement.confirm_by == "code", code=pen.code(about.signature)
    ),
    "mail.confirm.until": lambda about, _: _if(about.pending),
    "mail.invited.told": lambda about, _: [Part(quote=about.source or "")],
    "mail.invited.line": lambda about, _: [Part(quote=about.line) if about.line else Part(key="confirm.counted")],
    "mail.links.signed": lambda about, pen: _dated(about, pen, "confirmed", "held"),
    "mail.links.ended": lambda about, pen: _dated(about, pen, "withdrawn", "removed"),
    "mail.links.pending": lambda about, pen: [Part(link=pen.confirm(about.pending))] if about.pending else [],
    "mail.thanks.manage": _manage,
    "mail.refused.questions": lambda about, _: _if(about.statement.reply_to),
    "mail.disowned.last": lambda about, _: _if(not about.everywhere),
    "mail.disowned.last-everywhere": lambda about, _: _if(about.everywhere),
    "mail.disowned.undo": lambda about, pen: [Part(link=pen.undo(about.undo))],
    "mail.listed.by": lambda about, _: _if(about.statement.reply_to),
    "mail.listed.by-organisers": lambda about, _: _if(not about.statement.reply_to),
    "mail.listed.page": _manage,
    "mail.result.count": lambda about, _: _if(about.count is not None),
    "mail.result.page": lambda about, pen: _if(about.title, link=pen.links.page(about.statement.slug)),
    _UNSUBSCRIBE: lambda about, pen: [
        Part(link=pen.links.unsubscribe(about.signature.id, about.signature.nonce, now=pen.now))
    ],
    "mail.changed.versions": lambda about, pen: _if(
        about.title, link=pen.links.versions(about.statement.slug, about.text.locale)
    ),
    "mail.changed.ask": _manage,
}


def _variant(about: EmailContext, key: str) -> str:
    """Return the key of the variant of a message for this signer and statement, if the message has one."""
    for fits, ending in (
        (about.is_for_organisation, "-organisation"),
        (about.title is None, "-discreet"),
        (about.title is not None, "-titled"),
    ):
        if fits and translations.find_text(about.language, key + ending):
            key += ending
    return key


def _values(about: EmailContext, pen: EmailLinks) -> dict[str, str | int]:
    """Return the values for the placeholders of all messages.

    The title of a discreet statement is missing, so that a message with the title raises ``KeyError``.
    """
    until = pen.now + int(CONFIRM_LIFETIME.total_seconds())
    if about.statement.ends_at is not None:
        until = min(until, about.statement.ends_at + CONFIRM_GRACE_S)
    values = {
        "title": about.title,
        "organiser": about.statement.reply_to,
        "count": about.count,
        "until": about.format_moment(until),
        "ends": about.format_moment(pen.now + int(PENDING_LIFETIME.total_seconds())),
        "button": translations.text(about.language, "confirm.not-me"),
        "host": pen.host,
    }
    return {name: value for name, value in values.items() if value is not None}


# Rendering.

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates" / "mail"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_email(name: str, about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Render an email of ``EMAILS`` in the language of its recipient."""
    subject_key, *paragraphs = EMAILS[name]
    language, values = about.language, _values(about, pen)
    direction = translations.direction(language)

    def say(key: str, **more: str) -> str:  # all text of an email goes through this function
        return translations.text(language, _variant(about, key), **values | more)

    parts = [
        part._replace(key=key, text=say(part.key or key, date=part.date))
        for key in paragraphs
        for part in (_SHOWN_WITH[key](about, pen) if key in _SHOWN_WITH else [Part()])
    ]
    subject = say(subject_key, title=title_for_subject(about.title or "", direction=direction))
    context = {
        "subject": subject,
        "parts": parts,
        "closing": paragraphs[-1],
        "copy": say("mail.confirm.copy"),
        "footer": say("mail.footer" if pen.host else "mail.footer.local"),
        # If the sender has no name, and the server no public host name, the statement's title is the signature.
        "signed_by": pen.sender or (None if pen.host else about.title),
        "language": language,
        "direction": direction,
    }
    text, html = (_templates.get_template(f"email.{suffix}").render(context) for suffix in ("txt", "html"))
    headers: dict[str, str] = {}
    for part in parts:
        if part.key == _UNSUBSCRIBE and part.link.startswith("https://"):  # RFC 8058 demands https
            headers = {"List-Unsubscribe": f"<{part.link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return RenderedEmail(subject, text, html, language, headers)
