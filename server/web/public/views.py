"""The JSON and template shapes of statements, counts, lists and consent for the public."""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import g, url_for

from server.crypto.links import DraftRef, FormClaim, Place, SignatureRef
from server.db import Tx
from server.errors import NotFound
from server.services.confirm import Consent
from server.services.sign import Submission
from server.services.signers import get_disownable
from server.tables import counts, partners, signature_queries, statements
from server.tables import texts as texts_table
from server.tables.counts import Counts
from server.tables.partners import Partner
from server.tables.signature_queries import Signatory
from server.tables.signatures import Signature
from server.tables.statements import UTC_ZONE, Statement
from server.text import translations
from server.text.fields import PUBLISHED
from server.text.names import KINDS, Kind
from server.web.context import get_context, page_context
from server.web.public.submission import describe_fields

# Consent wordings.

CONSENT_KINDS = (*KINDS, "counted")
_NAME_DIGITS = 16


@dataclass(frozen=True)
class ConsentWords:
    """A consent wording. ``which`` is a kind of signer, or ``counted`` for signers whose name is not shown.

    ``is_own``: an organiser wrote it; otherwise it is our default.
    """

    which: str
    consent: Consent
    is_own: bool

    @property
    def name(self) -> str:
        """The id that the form sends with the tick; it contains a hash of the wording, so nobody agrees to words they
        never saw.

        Our default wording can change with a new version of this software, an organiser's at any time.
        """
        return f"{self.which}-{hashlib.sha256(self.consent.body.encode()).hexdigest()[:_NAME_DIGITS]}"

    def is_agreed_to(self, ticked: str | None) -> bool:
        """Say whether the id that was sent with the tick is that of this wording.

        For our default wording, API clients may omit the id or send just ``which``.
        """
        return ticked == self.name or (not self.is_own and ticked in (None, self.which))


def default_consent(locale: str, which: str, *, kind: str) -> str:
    """Return the consent wording that is used if the organiser has written none.

    The wording is stored as evidence of the signature. So the one for an organisation says that the organisation signs
    and that the person is authorised to sign for it, even if it is only counted.
    """
    is_counted_organisation = which == "counted" and kind == "organisation"
    return translations.text(locale, f"confirm.consent.{'counted-organisation' if is_counted_organisation else which}")


def get_consent_words(tx: Tx, text: texts_table.StatementText, kind: str, *, visibility: str = "name") -> ConsentWords:
    """Return the current wording for this text; a wording that was agreed to stays with its signature."""
    which = "counted" if visibility == "counted" else kind
    own = texts_table.find_consent_wording(tx, text.statement_id, text.locale, which)
    if own is not None:
        return ConsentWords(which, Consent(text.locale, own), is_own=True)
    spoken = translations.supported_locale(text.locale)
    return ConsentWords(which, Consent(spoken, default_consent(spoken, which, kind=kind)), is_own=False)


# The context of a confirm link.


@dataclass(frozen=True)
class ConfirmContext:
    """A signature to confirm, with its text.

    ``words`` is the consent beside the box; exactly this wording is stored.
    """

    signature: Signature
    statement: Statement
    text: texts_table.StatementText
    words: ConsentWords


def get_confirm_context(ref: SignatureRef, *, ended: bool = False) -> ConfirmContext:
    """Return the context of a link, also if the signature was removed before it was confirmed: it can still be
    disowned.

    Raises ``LinkInvalid``, and ``StatementClosed`` if it can no longer be confirmed, unless ``ended`` is true.
    """
    here = get_context()
    now = here.clock()
    with here.db.read() as tx:
        signature = get_disownable(tx, ref)
        statement = statements.get_by_id(tx, signature.statement_id)
        text = texts_table.get(tx, signature.text_id)
        words = get_consent_words(tx, text, signature.kind, visibility=signature.visibility)
    if signature.state == "pending" and not ended:
        if statement.state(now) not in ("draft", "archived"):
            g.error_slug = statement.slug  # the error page links to the statement
        statements.check_confirmable(statement, now=now)
    return ConfirmContext(signature, statement, text, words)


# Statements, counts and lists.

PAGE_LENGTH = 100
LATEST_SHOWN = 3
DAYS_COUNTED = 30
DAY_S = 24 * 60 * 60


@dataclass(frozen=True)
class PublicStatement:
    """A statement with all the data that public views need, read in one transaction at the moment ``now``."""

    now: int
    statement: Statement
    texts: list[texts_table.StatementText]
    counts: Counts
    partners: list[Partner] = field(default_factory=list)
    latest: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The statement's state at that moment."""
        return self.statement.state(self.now)

    def newest_of(self, text: texts_table.StatementText) -> texts_table.StatementText:
        """Return the current text in the language of ``text``."""
        return next(other for other in self.texts if other.locale == text.locale)

    def find_partner(self, slug: str | None) -> Partner | None:
        """Return the statement's partner with this slug, or None."""
        return next((partner for partner in self.partners if partner.slug == slug), None)


def read_public_statement(slug: str) -> PublicStatement:
    """Return the public data of a statement; raises ``NotFound``."""
    here = get_context()
    now = here.clock()
    with here.db.read() as tx:
        statement = statements.get_public(tx, slug, now=now)
        return PublicStatement(
            now,
            statement,
            texts_table.list_latest(tx, statement.id),
            counts.get_counts(tx, statement.id),
            partners.list_live_of_statement(tx, statement.id),
            signature_queries.list_latest_names(tx, statement.id, now=now, most=LATEST_SHOWN),
        )


def read_draft(ref: DraftRef) -> PublicStatement:
    """Return the draft of a preview link as the public would see it; raises ``NotFound``."""
    here = get_context()
    with here.db.read() as tx:
        statement = statements.get_by_id(tx, ref.id)
        if statement.slug != ref.slug:
            raise NotFound(f"there is no statement {ref.slug}")
        return PublicStatement(here.clock(), statement, texts_table.list_latest(tx, statement.id), Counts(0, 0, 0))


def statement_shape(shown: PublicStatement, text: texts_table.StatementText) -> dict[str, Any]:
    """Return the statement without its body; dates and times are formatted in the text's language."""
    statement = shown.statement
    day = translations.format_date(text.locale, date.fromisoformat(text.dated)) if text.dated else None

    def moment(epoch: int | None) -> str | None:
        return None if epoch is None else translations.format_moment(text.locale, epoch, statement.zone)

    return {
        "slug": statement.slug,
        "locale": text.locale,
        "dir": translations.direction(text.locale),
        "locales": [other.locale for other in shown.texts],
        "title": text.title,
        "place": text.place,
        "date": day,
        "dateline": translations.join_names([part for part in (text.place, day) if part], text.locale) or None,
        "event": moment(statement.event_at),
        "eligibility": text.eligibility,
        "state": shown.state,
        "opens": moment(statement.opens_at),
        "closes": moment(statement.ends_at),
        "goal": statement.goal,
        "page": get_context().settings.base_url + url_for("pages.show_statement", slug=statement.slug),
    }


def statement_context(shown: PublicStatement, text: texts_table.StatementText) -> dict[str, Any]:
    """Return the context of every page about a statement: messages, and the statement in the shape of the API."""
    return page_context(text.locale, slug=shown.statement.slug) | {"statement": statement_shape(shown, text)}


def version_shape(
    statement: Statement, text: texts_table.StatementText, locale: str, *, newest: texts_table.StatementText
) -> dict[str, Any]:
    """Return the text's version, its date, and where it can be read.

    ``newest`` is the current text in the same language.
    """
    versions = url_for("pages.show_versions", slug=statement.slug, locale=text.locale)
    return {
        "number": text.version,
        "date": translations.format_day(locale, text.created_at, statement.zone),
        "page": url_for("pages.show_statement", slug=statement.slug, locale=text.locale),
        "versions": versions if newest.version > 1 else None,
        "is_old": text.id != newest.id,
    }


def counts_shape(shown: PublicStatement, locale: str) -> dict[str, Any]:
    """Return the counts as numbers and as sentences in this language.

    Counts below the statement's public minimum (``count_from``) are None, and the sentences do not reveal them.
    """
    counts, goal, least = shown.counts, shown.statement.goal, shown.statement.count_from or 0
    told = counts.confirmed >= least
    # Bidi isolates keep the names from reordering each other.
    names = translations.join_names([f"\u2068{name}\u2069" for name in shown.latest], locale)
    return {
        "confirmed": counts.confirmed if told else None,
        "individuals": counts.individuals if told else None,
        "organisations": counts.organisations if told else None,
        "awaiting_review": counts.awaiting_review if told else None,
        "text": translations.text(locale, "count.signed" if told else "count.first", count=counts.confirmed),
        "goal_text": translations.text(locale, "count.goal", goal=goal) if goal and told else None,
        "days_left_text": _days_left(shown, locale),
        "latest_text": translations.text(locale, "count.latest", names=names) if names else None,
    }


def _days_left(shown: PublicStatement, locale: str) -> str | None:
    """Return how many days are left, if they are at most ``DAYS_COUNTED``; else None."""
    ends_at = shown.statement.ends_at
    if shown.state != "open" or ends_at is None:
        return None
    days = -(-(ends_at - shown.now) // DAY_S)
    return translations.text(locale, "count.days-left", count=days) if days <= DAYS_COUNTED else None


def fields_shape(
    shown: PublicStatement, text: texts_table.StatementText, kind: Kind, partner: Partner | None
) -> list[dict[str, Any]]:
    """Return the fields for a kind of signer, with this partner's newsletter."""
    wording = partner.newsletters.get(text.locale) if partner else None
    return describe_fields(shown.statement, kind, translations.supported_locale(text.locale), wording=wording)


def form_token(
    shown: PublicStatement,
    text: texts_table.StatementText,
    partner: Partner | None,
    *,
    place: Place = "page",
    network: str = "",
) -> str:
    """Return the form token: it names the statement, the text, the partner, and in a frame the visitor's network."""
    claim = FormClaim(shown.statement.id, text.id, partner.id if partner else None, network)
    return get_context().links.form_token(claim, now=shown.now, place=place)


def retention_text(statement: Statement, locale: str) -> str | None:
    """Return a sentence about when signers' names are erased; None if that is not planned, or already done."""
    days, moment = statement.anonymise_after_days, statement.anonymised_from
    if days is None:
        return None
    if moment is None:
        return translations.text(locale, "page.retention", count=days)
    return (
        translations.text(locale, "page.retention.on", date=translations.format_day(locale, moment, statement.zone))
        if get_context().clock() < moment
        else None
    )


def lists_proved_organisations(statement: Statement) -> bool:
    """Return True if organisations whose email domain matches their website are listed at once.

    Only the other organisations wait for approval.
    """
    return statement.moderation == "organisations" and not statement.hides_signers(get_context().clock())


def form_messages(statement: Statement, locale: str) -> dict[str, translations.Message]:
    """Return the widget's messages; if names will be erased, the promise says when.

    The hint about an organisation's mail domain is included only if it applies.
    """
    words, retention = dict(translations.form_messages(locale)), retention_text(statement, locale)
    if not lists_proved_organisations(statement):
        del words["hint.organisation.email"]
    return words | ({"form.promise": f"{words['form.promise']} {retention}"} if retention else {})


@dataclass(frozen=True)
class SignatoryPage:
    """A page of the public list; ``following`` is the list number after which the next page begins, None on the last
    page.

    ``notice`` is a sentence about names that are not shown yet or were erased; None if there are none.
    """

    lines: list[dict[str, Any]]
    following: int | None
    notice: str | None


def list_signatories(
    statement_id: int, locale: str, *, kind: str | None = None, after: int, sought: str = ""
) -> SignatoryPage:
    """Return a page of the public list as it may be shown now.

    ``sought`` is part of a name in the form of ``name_key``; empty for no search.
    """
    here = get_context()
    now = here.clock()
    with here.db.read() as tx:
        statement = statements.get_by_id(tx, statement_id)
        # One line more than the page shows whether there is a next page.
        lines = signature_queries.list_signatories(
            tx, statement_id, now=now, kind=kind, after=after, most=PAGE_LENGTH + 1, sought=sought
        )
        notice = _list_notice(tx, statement, locale, now=now)
        superseded = texts_table.list_superseded(tx, statement_id)
    following = lines[PAGE_LENGTH - 1].list_number if len(lines) > PAGE_LENGTH else None
    shapes = [
        _signatory_shape(line, locale, zone=statement.zone, signed=superseded.get(line.text_id))
        for line in lines[:PAGE_LENGTH]
    ]
    return SignatoryPage(shapes, following, notice)


def _list_notice(tx: Tx, statement: Statement, locale: str, *, now: int) -> str | None:
    """Return a notice: when the list will be shown, how many names were erased, or how many wait for publication.

    Erased names may be counted here: their number was public before. The number of waiting names stays hidden below
    ``count_from``.
    """
    if (until := statement.hidden_until(now)) is not None:
        return translations.text(locale, "names.from", date=translations.format_moment(locale, until, statement.zone))
    if nameless := signature_queries.count_anonymised(tx, statement.id):
        return translations.text(locale, "page.retention.nameless", count=nameless)
    if not statement.keeps_names_back:
        return None
    if counts.get_counts(tx, statement.id).confirmed < (statement.count_from or 0):
        return translations.text(locale, "names.together")
    waiting = signature_queries.count_signatories_without_founders(tx, statement.id)
    return translations.text(locale, "names.waiting", count=waiting) if waiting else None


def signature_line_shape(signature: Signature | Submission, locale: str) -> dict[str, Any] | None:
    """Return the future public line of a signature; None if it will only be counted."""
    if signature.visibility == "counted":
        return None
    return _signatory_shape(signature_queries.read_signatory(vars(signature)), locale, zone=UTC_ZONE)


def _signatory_shape(
    line: Signatory, locale: str, *, zone: str, signed: texts_table.Superseded | None = None
) -> dict[str, Any]:
    """Return a public line with its country's name, the text shown as its name, and its withdrawal date as text.

    ``signed`` is the older edition that was signed; None if it is the current one.
    """
    shape: dict[str, Any] = {name: getattr(line, name) for name in ("kind", *PUBLISHED, "founding", "visibility")}
    shape["country"] = translations.country_names(locale).get(line.country, line.country) if line.country else None
    about = [words for words in (line.title, shape["country"]) if words]
    shape["shown"] = line.organisation or line.name or translations.join_names(about, locale)
    shape["shown"] = shape["shown"] or translations.text(locale, "line.signer")
    day = None if line.withdrawn_at is None else translations.format_day(locale, line.withdrawn_at, zone)
    shape["withdrawn"] = translations.text(locale, "line.withdrawn", date=day) if day else None
    shape["signed_version"] = signed.version if signed else None
    day = None if signed is None else translations.format_day(locale, signed.created_at, zone)
    shape["signed_version_text"] = translations.text(locale, "versions.signed", date=day) if day else None
    return shape
