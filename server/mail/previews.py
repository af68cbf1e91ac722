"""Every email with invented content, to look at before signers get it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from server.crypto.links import ConfirmationCodes, Links, UndoRef
from server.mail import emails
from server.mail.emails import EmailContext, EmailLinks, RenderedEmail
from server.tables.signatures import Signature
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text.names import KINDS

PREVIEW_TIME = 1_800_000_000
_DAY_S = 24 * 3600
_PREVIEW_SOURCE = "rivers.example"
_PREVIEW_KEYS = ["nothing that was signed with this opens anything"]

PREVIEW_STATEMENT = Statement(
    id=1,
    slug="open-rivers",
    locale="en",
    opened_at=PREVIEW_TIME,
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
    kinds=KINDS,
    fields=(),
    required=(),
    moderation="none",
    confirm_by="link",
    visibilities=("name",),
    newsletter=False,
    mailbox_seats=2,
    keep_contacts=False,
    anonymise_after_days=None,
    discreet=False,
    indexed=False,
    short_form=True,
    reply_to=None,
    stamp=1,
)
_STATEMENT_WITH_REPLY_TO = replace(PREVIEW_STATEMENT, reply_to="organisers@rivers.example")
PREVIEW_TEXT = StatementText(
    id=1,
    statement_id=1,
    locale="en",
    version=1,
    title="Keep our rivers open",
    place="Kutaisi",
    dated=None,
    eligibility="Anybody who lives by a river",
    body="We ask.",
    sha256="0" * 64,
    created_at=0,
)
PREVIEW_SIGNATURE = Signature(
    id=7,
    statement_id=1,
    text_id=1,
    partner_id=None,
    nonce=b"n" * 16,
    kind="individual",
    name="Ani",
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
    name_key="ani",
    organisation_key=None,
    email_key=b"e" * 32,
    founding_place=None,
    signed_at=PREVIEW_TIME,
    confirmed_at=None,
    code_until=None,
    state="pending",
)


def render_preview(
    name: str,
    locale: str,
    *,
    base_url: str,
    statement: Statement = _STATEMENT_WITH_REPLY_TO,
    text: StatementText = PREVIEW_TEXT,
    sender: str = "",
) -> RenderedEmail:
    """Return a specimen in the language; its links begin with ``base_url`` and lead nowhere.

    ``sender`` is the name that signs it. The signer is invented; so are the ``statement`` and its ``text`` where there
    is none yet. Raises ``KeyError`` for a letter that is not in ``PREVIEWS``.
    """
    about = EmailContext(statement, text, PREVIEW_SIGNATURE, locale)
    links, codes = Links(_PREVIEW_KEYS, base_url), ConfirmationCodes(_PREVIEW_KEYS)
    return PREVIEWS[name](about, EmailLinks(links, codes, PREVIEW_TIME, sender))


def _preview_confirm_organisation(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return emails.render_confirm(replace(about, signed=replace(about.signature, kind="organisation")), pen)


def _preview_confirm_listed_organisation(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return _preview_confirm_organisation(replace(about, is_listed=True), pen)


def _preview_already_signed(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return emails.render_already_signed(replace(about, own=_as_confirmed(about)), pen)


def _preview_links(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    first, second = _as_confirmed(about)
    own = (first, replace(second, state="withdrawn"), replace(about.signature, id=9))
    return emails.render_links(replace(about, own=own), pen)


def _preview_invited(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return emails.render_invited(replace(about, source=_PREVIEW_SOURCE), pen)


def _preview_invited_organisation(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    organisation = replace(about.signature, kind="organisation", organisation="River Watch")
    return _preview_invited(replace(about, signed=organisation), pen)


def _preview_invited_again(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return emails.render_invited(replace(about, source=_PREVIEW_SOURCE), pen, again=True)


def _preview_result(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return emails.render_result(replace(about, count=1234), pen)


def _preview_disowned(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return emails.render_disowned(replace(about, signed=None, undo=UndoRef(about.statement.id, b"u" * 16)), pen)


def _preview_disowned_everywhere(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return _preview_disowned(replace(about, everywhere=True), pen)


def _preview_listed_organisation(about: EmailContext, pen: EmailLinks) -> RenderedEmail:
    return emails.render_listed(replace(about, signed=replace(about.signature, kind="organisation")), pen)


def _as_confirmed(about: EmailContext) -> tuple[Signature, ...]:
    """Return two signatures of one mailbox, a day apart."""
    first = replace(about.signature, id=7, confirmed_at=PREVIEW_TIME, state="confirmed")
    return first, replace(first, id=8, confirmed_at=PREVIEW_TIME + _DAY_S)


PREVIEWS: Mapping[str, Callable[[EmailContext, EmailLinks], RenderedEmail]] = {
    "confirm": emails.render_confirm,
    "organisation": _preview_confirm_organisation,
    "organisation-listed": _preview_confirm_listed_organisation,
    "already": _preview_already_signed,
    "reminder": emails.render_reminder,
    "invited": _preview_invited,
    "invited-organisation": _preview_invited_organisation,
    "invited-reminder": _preview_invited_again,
    "thanks": emails.render_thanks,
    "held": emails.render_held,
    "approved": emails.render_approved,
    "refused": emails.render_refused,
    "disowned": _preview_disowned,
    "disowned-everywhere": _preview_disowned_everywhere,
    "result": _preview_result,
    "changed": emails.render_changed,
    "links": _preview_links,
    "listed": emails.render_listed,
    "listed-organisation": _preview_listed_organisation,
}
