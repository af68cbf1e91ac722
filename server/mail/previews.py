"""Renders every email with invented content, for a preview."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any, TypeVar

from server.crypto.links import ConfirmationCodes, Links, UndoRef
from server.mail.emails import EmailContext, EmailLinks, render_email
from server.mail.message import RenderedEmail
from server.tables.signatures import Signature
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text.names import KINDS

PREVIEW_TIME = 1_800_000_000
_PREVIEW_KEYS = ["nothing that was signed with this opens anything"]

Row = TypeVar("Row", Statement, Signature)


def _invent(row: type[Row], **values: Any) -> Row:
    """Return a row in which all other columns are empty."""
    empty: dict[str, Any] = {column.name: False if column.type is bool else None for column in fields(row)}
    return row(**empty | values)


PREVIEW_STATEMENT = _invent(
    Statement,
    id=1,
    slug="open-rivers",
    locale="en",
    opened_at=PREVIEW_TIME,
    timezone="Asia/Tbilisi",
    kinds=KINDS,
    fields=(),
    required=(),
    moderation="none",
    confirm_by="link",
    visibilities=("name",),
    mailbox_seats=2,
    short_form=True,
    reply_to="organisers@rivers.example",
    stamp=1,
)
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
PREVIEW_SIGNATURE = _invent(
    Signature,
    id=7,
    statement_id=1,
    text_id=1,
    nonce=b"n" * 16,
    kind="individual",
    name="Ani",
    locale="en",
    visibility="name",
    name_key="ani",
    email_key=b"e" * 32,
    signed_at=PREVIEW_TIME,
    state="pending",
)


def render_preview(
    name: str,
    locale: str,
    *,
    base_url: str,
    statement: Statement = PREVIEW_STATEMENT,
    text: StatementText = PREVIEW_TEXT,
    sender: str = "",
) -> RenderedEmail:
    """Return an email of ``PREVIEWS`` in a language; its links begin with ``base_url`` and lead nowhere.

    ``sender`` is the name that signs it. The signer is invented; so are ``statement`` and ``text``, unless given.
    """
    about = EmailContext(statement, text, PREVIEW_SIGNATURE, locale)
    links, codes = Links(_PREVIEW_KEYS, base_url), ConfirmationCodes(_PREVIEW_KEYS)
    return PREVIEWS[name](about, EmailLinks(links, codes, PREVIEW_TIME, sender))


def _preview(
    email: str, about: EmailContext, pen: EmailLinks, organisation: bool = False, own: tuple[Any, ...] = (), **more: Any
) -> RenderedEmail:
    """Render an email with invented content.

    It is about an ``organisation`` or a person, and lists one signature for each state in ``own``, a day apart.
    ``more`` are values for other fields of ``EmailContext``.
    """
    signature = about.signature
    if organisation:
        signature = replace(signature, kind="organisation", organisation="River Watch")
    mailbox = tuple(
        replace(signature, id=7 + day, state=state, confirmed_at=PREVIEW_TIME + day * 24 * 3600)
        for day, state in enumerate(own)
    )
    return render_email(email, replace(about, signed=signature, own=mailbox, **more), pen)


_SOURCE = "rivers.example"
_UNDO = UndoRef(PREVIEW_STATEMENT.id, b"u" * 16)

PREVIEWS: Mapping[str, Callable[[EmailContext, EmailLinks], RenderedEmail]] = {
    "confirm": partial(_preview, "confirm"),
    "organisation": partial(_preview, "confirm", organisation=True),
    "organisation-listed": partial(_preview, "confirm", organisation=True, is_listed=True),
    "already": partial(_preview, "already", own=("confirmed", "confirmed")),
    "reminder": partial(_preview, "reminder"),
    "invited": partial(_preview, "invited", source=_SOURCE),
    "invited-organisation": partial(_preview, "invited", organisation=True, source=_SOURCE),
    "invited-reminder": partial(_preview, "invited-reminder", source=_SOURCE),
    "thanks": partial(_preview, "thanks"),
    "held": partial(_preview, "held"),
    "approved": partial(_preview, "approved"),
    "refused": partial(_preview, "refused"),
    "disowned": partial(_preview, "disowned", undo=_UNDO),
    "disowned-everywhere": partial(_preview, "disowned", everywhere=True, undo=_UNDO),
    "result": partial(_preview, "result", count=1234),
    "changed": partial(_preview, "changed"),
    "links": partial(_preview, "links", own=("confirmed", "withdrawn", "pending")),
    "listed": partial(_preview, "listed"),
    "listed-organisation": partial(_preview, "listed", organisation=True),
}
