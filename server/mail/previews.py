"""Specimens: every letter with invented content, for looking at before signers do."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from server.codes import Codes
from server.kinds import KINDS
from server.links import Links
from server.mail import letters
from server.mail.letters import About, Pen, Rendered
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import Statement

NOON = 1_800_000_000
_DAY_S = 24 * 3600
_NOBODYS = ["nothing that was signed with this opens anything"]

STATEMENT = Statement(
    id=1,
    slug="open-rivers",
    locale="en",
    opened_at=NOON,
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
    reply_to=None,
    stamp=1,
)
_ANSWERING = replace(STATEMENT, reply_to="organisers@rivers.example")
TEXT = StatementText(
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
SIGNATURE = Signature(
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
    signed_at=NOON,
    confirmed_at=None,
    code_until=None,
    state="pending",
)


def write(
    name: str, locale: str, *, base_url: str, statement: Statement = _ANSWERING, text: StatementText = TEXT
) -> Rendered:
    """Return a specimen in the language; its links begin with ``base_url`` and lead nowhere.

    The signer is invented; so are the ``statement`` and its ``text`` where there is none yet. Raises ``KeyError`` for a
    letter that is not in ``SPECIMENS``.
    """
    about = About(statement, text, SIGNATURE, locale)
    return SPECIMENS[name](about, Pen(Links(_NOBODYS, base_url), Codes(_NOBODYS), NOON))


def _organisation(about: About, pen: Pen) -> Rendered:
    return letters.ask_to_confirm(replace(about, signature=replace(about.signature, kind="organisation")), pen)


def _listed(about: About, pen: Pen) -> Rendered:
    return _organisation(replace(about, is_listed=True), pen)


def _already(about: About, pen: Pen) -> Rendered:
    return letters.already_signed(replace(about, own=_confirmed(about)), pen)


def _links(about: About, pen: Pen) -> Rendered:
    first, second = _confirmed(about)
    own = (first, replace(second, state="withdrawn"), replace(about.signature, id=9))
    return letters.send_links(replace(about, own=own), pen)


def _result(about: About, pen: Pen) -> Rendered:
    return letters.tell_result(replace(about, count=1234), pen)


def _listed_organisation(about: About, pen: Pen) -> Rendered:
    return letters.tell_listed(replace(about, signature=replace(about.signature, kind="organisation")), pen)


def _confirmed(about: About) -> tuple[Signature, ...]:
    """Return two signatures of one mailbox, a day apart."""
    first = replace(about.signature, id=7, confirmed_at=NOON, state="confirmed")
    return first, replace(first, id=8, confirmed_at=NOON + _DAY_S)


SPECIMENS: Mapping[str, Callable[[About, Pen], Rendered]] = {
    "confirm": letters.ask_to_confirm,
    "organisation": _organisation,
    "organisation-listed": _listed,
    "already": _already,
    "reminder": letters.remind,
    "thanks": letters.thank,
    "held": letters.tell_held,
    "approved": letters.tell_approved,
    "refused": letters.tell_refused,
    "result": _result,
    "changed": letters.tell_changed,
    "links": _links,
    "listed": letters.tell_listed,
    "listed-organisation": _listed_organisation,
}
