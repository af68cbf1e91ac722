"""The emails: when each kind is still wanted, what it says, and how it is rendered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from server.crypto.links import CONFIRM_LIFETIME, ConfirmationCodes, Links, UndoRef, format_code
from server.db import Tx
from server.errors import StatementClosed
from server.mail.message import title_for_subject
from server.tables import counts, invitations, outbox, signature_queries, signatures, statements, texts
from server.tables.outbox import Claim, Purse
from server.tables.signature_queries import read_signatory
from server.tables.signatures import Signature
from server.tables.statements import CONFIRM_GRACE_S, Statement
from server.tables.texts import StatementText
from server.text import translations
from server.text.addresses import is_local_host

# Rendering: one function and three templates (subject, text, HTML) for each email.

TemplateValue = str | int | bool | None | Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class RenderedEmail:
    """An email's words in one language, and the headers of its own, ready to be composed."""

    subject: str
    text: str
    html: str
    language: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class EmailContext:
    """What an email is about: a signature, the text that was signed, and the statement.

    ``signed`` is None where the signature is deleted: then ``undo`` is what its owner can undo, and ``everywhere`` says
    whether they wanted no email about any statement. ``own``: every signature of this mailbox that the email speaks of.
    ``is_listed``: an organisation of the same name is on the public list. ``count``: how many have signed, None where
    that is not told. ``source``: where they signed, of somebody who is invited to confirm that here.
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
        """The signature; raises ``LookupError`` in an email about one that is deleted."""
        if self.signed is None:
            raise LookupError("this email is about a signature that is deleted")
        return self.signed

    @property
    def is_invited(self) -> bool:
        """Whether its signer was invited to confirm what they signed elsewhere."""
        return self.source is not None


@dataclass(frozen=True)
class EmailLinks:
    """What makes links and codes while a letter is written; ``now`` in epoch seconds.

    ``sender`` is the name that stands before the sender's address, empty where there is none.
    """

    links: Links
    codes: ConfirmationCodes
    now: int
    sender: str = ""

    def confirm(self, signature: Signature) -> str:
        """Return a fresh confirm link."""
        return self.links.confirm(signature.id, signature.nonce, now=self.now)

    def manage(self, signature: Signature) -> str:
        """Return the link by which a signature is corrected, hidden or withdrawn."""
        return self.links.manage(signature.id, signature.nonce, now=self.now)

    def undo(self, ref: UndoRef) -> str:
        """Return the link that undoes "It was not me"."""
        return self.links.undo(ref, now=self.now)

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


def render_confirm(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Ask the owner of a mailbox whether it was they who signed.

    The link is made now and works for seven days, or until a day after its statement ends; the code for half an hour,
    in the form that asked for it, and where the statement demands it with the link as well. Who signs for an
    organisation that is on the list learns it, and where one signs as a person.
    """
    personally = about.is_listed and "individual" in about.statement.kinds and not about.statement.discreet
    page = pen.links.page(about.statement.slug) if personally else None
    return _render("confirm", about, pen, **_confirm_values(about, pen), is_listed=about.is_listed, page=page)


def render_reminder(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Ask once more, with a fresh link and the code."""
    return _render("reminder", about, pen, **_confirm_values(about, pen))


def render_invited(about: EmailContext, pen: EmailLinks, *, again: bool = False) -> RenderedEmail:
    """Ask somebody who signed elsewhere to confirm that here: where it was, what would be published, until when.

    ``again``: for the second and last time. There is no code: nobody has a form open.
    """
    words = translations.supported_locale(about.locale)
    shown = read_signatory(vars(about.signature))
    line = ", ".join(part for part in (shown.organisation or shown.name, shown.title, shown.affiliation) if part)
    ends = pen.now + int(signatures.PENDING_LIFETIME.total_seconds())
    return _render(
        "invited",
        about,
        pen,
        **_confirm_values(about, pen),
        again=again,
        source=about.source,
        line=None if about.signature.visibility == "counted" else line,
        counted=translations.text(words, "confirm.counted"),
        is_listed=about.is_listed,
        ends=None if again else _format_moment(about, ends),
        not_me=translations.text(words, "confirm.not-me"),
    )


def render_already_signed(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Tell the owner of a mailbox, and nobody else, that it has signed before, and by which links it is changed."""
    return _render("already", about, pen, signed=_links(about, pen, about.own))


def render_links(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Send the links of everything that a mailbox has signed under a statement, and of what it may still confirm.

    Of what counts no more there is less to do: it can be looked at, and erased.
    """
    [pending, *_] = [*(one for one in about.own if one.state == "pending"), None]
    asked = (
        {"link": pen.confirm(pending), "until": _confirm_deadline(about, pen)}
        if pending
        else {"link": None, "until": ""}
    )
    signed = [one for one in about.own if one.confirmed_at is not None]
    standing = [one for one in signed if one.state in ("confirmed", "held")]
    ended = [one for one in signed if one not in standing]
    return _render("links", about, pen, signed=_links(about, pen, standing), ended=_links(about, pen, ended), **asked)


def render_thanks(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Say that the signature stands, and by which link it is changed."""
    return _render("thanks", about, pen, manage=pen.manage(about.signature))


def render_held(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Say that the signature is confirmed and waits for the organisers."""
    return _render("held", about, pen, manage=pen.manage(about.signature))


def render_approved(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Say that the organisers let the signature stand."""
    return _render("approved", about, pen, manage=pen.manage(about.signature))


def render_refused(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Say that the organisers do not want the signature; why is theirs to tell."""
    return _render("refused", about, pen, replies=about.statement.reply_to is not None)


def render_disowned(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Say for the last time that what was sent with this address is deleted, and where that can be undone."""
    if about.undo is None:
        raise LookupError("this email is about something that can be undone")
    return _render("disowned", about, pen, undo=pen.undo(about.undo), everywhere=about.everywhere)


def render_listed(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Tell somebody that the organisers have listed them, who these are, and where that is confirmed or undone."""
    return _render("listed", about, pen, manage=pen.manage(about.signature), organiser=about.statement.reply_to)


def render_result(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
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


def render_changed(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    """Say that the text is another one now, where everybody sees what was changed, and ask to keep or to withdraw."""
    is_told = not about.statement.discreet
    return _render(
        "changed",
        about,
        pen,
        versions=pen.links.versions(about.statement.slug, about.text.locale) if is_told else None,
        manage=pen.manage(about.signature),
    )


def _confirm_values(about: EmailContext, pen: EmailLinks) -> dict[str, TemplateValue]:
    return {
        "link": pen.confirm(about.signature),
        "until": _confirm_deadline(about, pen),
        "code": format_code(pen.codes.of(about.signature.id, about.signature.nonce)),
        "demands_code": about.statement.confirm_by == "code",
    }


def _confirm_deadline(about: EmailContext, pen: EmailLinks) -> str:
    """Return how long a link that is made now works, by the statement's own clock."""
    until = pen.now + int(CONFIRM_LIFETIME.total_seconds())
    if about.statement.ends_at is not None:
        until = min(until, about.statement.ends_at + CONFIRM_GRACE_S)
    return _format_moment(about, until)


def _links(about: EmailContext, pen: EmailLinks, signed: Sequence[Signature]) -> list[dict[str, str]]:
    """Return when each signature was confirmed, by which two of one mailbox are told apart, and its link."""
    return [{"date": _format_moment(about, one.confirmed_at or 0), "link": pen.manage(one)} for one in signed]


def _format_moment(about: EmailContext, epoch: int) -> str:
    return translations.format_moment(about.locale, epoch, about.statement.zone)


def _render(name: str, about: EmailContext, pen: EmailLinks, **values: TemplateValue) -> RenderedEmail:
    """Render a trio; a discreet statement's title stays out of it."""
    words = translations.supported_locale(about.locale)
    title = None if about.statement.discreet else about.text.title
    host = None if is_local_host(pen.links.host) else pen.links.host
    context = {
        "t": lambda key, **placeholders: translations.text(words, f"mail.{key}", **placeholders),
        "locale": words,
        "dir": translations.direction(words),
        "title": title,
        "subject_title": title and title_for_subject(title, direction=translations.direction(words)),
        "for_organisation": about.signed is not None and about.signed.kind == "organisation",
        "host": host,
        "asked_by": pen.sender or host,
        "signed_by": pen.sender or (None if host else title),
        **values,
    }
    subject, text, html = (
        _templates.get_template(f"{name}.{part}").render(context) for part in ("subject.txt", "txt", "html")
    )
    return RenderedEmail(subject.strip(), text, html, words)


# Kinds of emails: when each still makes sense, and what it says then.

Render = Callable[[EmailContext, EmailLinks], RenderedEmail]
LINKS_MOST = 10
_NO_LONGER_WANTED = "this email is no longer needed"


class Obsolete(Exception):
    """Raised when an email makes no sense any more; says why."""


@dataclass(frozen=True)
class Draft:
    """An email that makes sense now; ``opens`` are the pending signatures that its links and its code confirm.

    ``purse``: the one that it counts in, where that is not the one of its kind.
    """

    about: EmailContext
    write: Render
    opens: tuple[Signature, ...] = ()
    purse: Purse | None = None


@dataclass(frozen=True)
class EmailKind:
    """``draft`` raises ``Obsolete``; ``purse`` is where it counts, if anybody who knows an address can have it sent.

    The other kinds count nowhere, so none of them is lost because somebody else has used up a purse.
    ``counts_for_domain``: any stranger can have it sent, so it counts for the hourly limit of its mail domain.
    ``is_invitation``: an admin has it sent to many people at once, so it goes at a pace of its own.
    ``is_last``: it goes to an address that wants no email any more, to tell it so.
    """

    draft: Callable[[Tx, Claim, int], Draft]
    purse: Purse | None = None
    counts_for_domain: bool = False
    is_invitation: bool = False
    is_last: bool = False


def _draft_confirm(tx: Tx, claim: Claim, now: int) -> Draft:
    """Ask; or, where this mailbox has nothing left to confirm, tell it what it has signed."""
    about = _get_pending_context(tx, claim, now)
    if _is_taken(tx, about):
        return Draft(replace(about, own=_standing(tx, about.signature)), render_already_signed)
    return _draft_question(tx, about, now)


def _draft_question(tx: Tx, about: EmailContext, now: int) -> Draft:
    """Ask in the words for people who came by themselves, or for those who were invited."""
    is_listed = about.signature.kind == "organisation" and _is_shown(tx, about, now)
    ask = render_invited if about.is_invited else render_confirm
    return Draft(replace(about, is_listed=is_listed), ask, opens=(about.signature,))


def _draft_invited(tx: Tx, claim: Claim, now: int) -> Draft:
    """Ask while signing is open; an address that has signed meanwhile has nothing left to confirm."""
    about = _get_pending_context(tx, claim, now)
    if about.statement.state(now) != "open" or _is_taken(tx, about):
        raise Obsolete(_NO_LONGER_WANTED)
    return _draft_question(tx, about, now)


def _draft_reminder(tx: Tx, claim: Claim, now: int) -> Draft:
    about = _get_pending_context(tx, claim, now)
    if about.statement.state(now) != "open" or _is_taken(tx, about):
        raise Obsolete(_NO_LONGER_WANTED)
    ask: Render = partial(render_invited, again=True) if about.is_invited else render_reminder
    return Draft(about, ask, opens=(about.signature,))


def _draft_links(tx: Tx, claim: Claim, now: int) -> Draft:
    """Only the mailbox itself learns here what it has signed; whoever asked at the door has learned nothing.

    What was withdrawn or removed belongs to it: without its link nobody could erase that. Where nothing was ever
    confirmed the email only asks to confirm, and counts as that: it could otherwise come every day, for ever.
    """
    statement = statements.get_by_id(tx, claim.statement_id or 0)
    signed = signature_queries.list_own_signature_ids(tx, statement.id, claim.email_key or b"", most=LINKS_MOST)
    pending = signatures.find_newest_pending(tx, statement.id, claim.email_key or b"")
    opens: tuple[Signature, ...] = ()
    if (
        pending
        and _is_confirmable(statement, now=now)
        and not _is_taken(tx, _get_context(tx, claim, statement, pending))
    ):
        opens = (pending,)
    own = (*(signatures.get(tx, one) for one in signed), *opens)
    if not own:
        raise Obsolete("nothing was signed with this address")
    about = replace(_get_context(tx, claim, statement, own[0]), own=own)
    return Draft(about, render_links, opens=opens, purse="links" if signed else "confirm")


def _draft_result(tx: Tx, claim: Claim, now: int) -> Draft:
    draft = _drafter_for_state("confirmed", render_result)(tx, claim, now)
    statement = draft.about.statement
    if not draft.about.signature.newsletter or statement.state(now) != "closed":
        raise Obsolete(_NO_LONGER_WANTED)
    count = counts.get_counts(tx, statement.id).confirmed
    return replace(draft, about=replace(draft.about, count=count if count >= (statement.count_from or 0) else None))


def _draft_changed(tx: Tx, claim: Claim, _now: int) -> Draft:
    """Ask whoever stands under an older edition of a text, on the list or held, while everybody can see the newer."""
    signature = signatures.find(tx, claim.signature_id or 0)
    if signature is None or signature.state not in ("confirmed", "held"):
        raise Obsolete(_NO_LONGER_WANTED)
    statement = statements.get_by_id(tx, signature.statement_id)
    if signature.text_id not in texts.list_superseded(tx, statement.id) or statement.archived_at is not None:
        raise Obsolete(_NO_LONGER_WANTED)
    return Draft(_get_context(tx, claim, statement, signature), render_changed)


def _draft_disowned(tx: Tx, claim: Claim, _now: int) -> Draft:
    """Tell a mailbox that emails to it have stopped, unless that was undone; ``email_key`` covers all its tags."""
    statement = statements.get_by_id(tx, claim.statement_id or 0)
    stopped = outbox.find_suppression(tx, mail_key=claim.email_key or b"", statement_id=statement.id)
    if stopped is None or stopped.undo_nonce is None:
        raise Obsolete(_NO_LONGER_WANTED)
    offered = texts.list_latest(tx, statement.id)
    chosen = translations.choose_locale([claim.locale, statement.locale], [text.locale for text in offered])
    text = next((text for text in offered if text.locale == chosen), offered[0])
    undo = UndoRef(statement.id, stopped.undo_nonce)
    about = EmailContext(statement, text, None, claim.locale, undo=undo, everywhere=stopped.everywhere)
    return Draft(about, render_disowned)


def _draft_listed(tx: Tx, claim: Claim, now: int) -> Draft:
    """Ask whom the organisers have listed, as long as nobody has answered; they may not know of it at all."""
    draft = _drafter_for_state("confirmed", render_listed)(tx, claim, now)
    answered = signature_queries.find_signature_record(tx, draft.about.signature.id)["listed_confirmed_at"] is not None
    if draft.about.signature.founding_place is None or answered or draft.about.statement.state(now) == "archived":
        raise Obsolete(_NO_LONGER_WANTED)
    return draft


def _drafter_for_state(state: str, letter: Render) -> Callable[[Tx, Claim, int], Draft]:
    """Return the rule of an email that makes sense as long as its signature is in this state."""

    def draft(tx: Tx, claim: Claim, _now: int) -> Draft:
        signature = _get_in_state(tx, claim, state)
        return Draft(_get_context(tx, claim, statements.get_by_id(tx, signature.statement_id), signature), letter)

    return draft


EMAIL_KINDS = {
    "confirm": EmailKind(_draft_confirm, purse="confirm", counts_for_domain=True),
    "invited": EmailKind(_draft_invited, purse="confirm", counts_for_domain=True, is_invitation=True),
    "reminder": EmailKind(_draft_reminder, purse="confirm", counts_for_domain=True),
    "links": EmailKind(_draft_links, purse="links", counts_for_domain=True),
    "thanks": EmailKind(_drafter_for_state("confirmed", render_thanks)),
    "held": EmailKind(_drafter_for_state("held", render_held)),
    "approved": EmailKind(_drafter_for_state("confirmed", render_approved)),
    "refused": EmailKind(_drafter_for_state("removed", render_refused)),
    "disowned": EmailKind(_draft_disowned, is_last=True),
    "result": EmailKind(_draft_result),
    "changed": EmailKind(_draft_changed),
    "listed": EmailKind(_draft_listed, purse="confirm"),  # an admin may list any address, any number of times
}


def _get_pending_context(tx: Tx, claim: Claim, now: int) -> EmailContext:
    signature = _get_in_state(tx, claim, "pending")
    statement = statements.get_by_id(tx, signature.statement_id)
    if not _is_confirmable(statement, now=now):
        raise Obsolete("the statement is closed for signatures")
    invitation = invitations.find_of_signature(tx, signature.id)
    source = None if invitation is None else invitation.source
    return replace(_get_context(tx, claim, statement, signature), source=source)


def _get_in_state(tx: Tx, claim: Claim, state: str) -> Signature:
    signature = signatures.find(tx, claim.signature_id or 0)
    if signature is None or signature.state != state:
        raise Obsolete(_NO_LONGER_WANTED)
    return signature


def _get_context(tx: Tx, claim: Claim, statement: Statement, signature: Signature) -> EmailContext:
    return EmailContext(statement, texts.get(tx, signature.text_id), signature, claim.locale)


def _is_taken(tx: Tx, about: EmailContext) -> bool:
    """Say whether this mailbox has signed under the name, or under as many names as it may."""
    return (
        signatures.is_name_taken(tx, about.signature)
        or signatures.count_seats(tx, about.signature) >= about.statement.mailbox_seats
    )


def _standing(tx: Tx, signature: Signature) -> tuple[Signature, ...]:
    return tuple(signatures.list_of_mailbox(tx, signature.statement_id, signature.email_key or b""))


def _is_shown(tx: Tx, about: EmailContext, now: int) -> bool:
    """Say whether everybody can see that an organisation of this name has signed; else no email tells it either."""
    statement, key = about.statement, about.signature.organisation_key
    return not statement.hides_signers(now) and signature_queries.is_organisation_listed(tx, statement.id, key)


def _is_confirmable(statement: Statement, *, now: int) -> bool:
    """Whoever signed in the last minute gets their email after it: a link outlives its statement by a day."""
    try:
        statements.check_confirmable(statement, now=now)
    except StatementClosed:
        return False
    return True
