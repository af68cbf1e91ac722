"""How a statement, its counts and its list are told to the public: the same shapes for the API and for the pages."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask import url_for

from server import messages
from server.actions.sign import Submission
from server.errors import NotFound
from server.links import DraftRef, FormClaim
from server.records import editions, partners, signatories, statement_texts, statements, tallies
from server.records.editions import Superseded
from server.records.partners import Partner
from server.records.signatories import Signatory
from server.records.signatures import Signature
from server.records.statement_texts import StatementText
from server.records.statements import UTC_ZONE, Statement
from server.records.tallies import Counts
from server.storage import Store, Tx
from server.web.fields import described, kinds_of

PAGE_LENGTH = 100
LATEST_SHOWN = 3
DAYS_COUNTED = 30
DAY_S = 24 * 60 * 60


@dataclass(frozen=True)
class Shown:
    """A statement with all that the public door needs of it, read in one transaction."""

    statement: Statement
    texts: list[StatementText]
    partners: list[Partner]
    counts: Counts
    latest: list[str]

    def newest_of(self, text: StatementText) -> StatementText:
        """Return the text of now in the language of this one."""
        return next(other for other in self.texts if other.locale == text.locale)

    def find_partner(self, slug: str | None) -> Partner | None:
        """Return this statement's partner of that slug, or None."""
        return next((partner for partner in self.partners if partner.slug == slug), None)


def read_shown(db: Store, slug: str, *, now: int) -> Shown:
    """Return what the public may see of a statement; raises ``NotFound``."""
    with db.read() as tx:
        statement = statements.get_public(tx, slug, now=now)
        return Shown(
            statement,
            statement_texts.list_latest(tx, statement.id),
            partners.list_of(tx, statement.id),
            tallies.count_standing(tx, statement.id),
            signatories.list_latest(tx, statement.id, now=now, most=LATEST_SHOWN),
        )


def read_draft(db: Store, ref: DraftRef) -> Shown:
    """Return the draft that a preview link names, as the public would see it; raises ``NotFound``."""
    with db.read() as tx:
        statement = statements.get_by_id(tx, ref.id)
        if statement.slug != ref.slug:
            raise NotFound(f"there is no statement {ref.slug}")
        texts = statement_texts.list_latest(tx, statement.id)
    return Shown(statement, texts, [], Counts(0, 0, 0), [])


def statement_shape(shown: Shown, text: StatementText, *, base_url: str, now: int) -> dict[str, Any]:
    """Return the statement without its body; moments and dates are written out in the text's language."""
    statement = shown.statement

    def moment(epoch: int | None) -> str | None:
        return None if epoch is None else messages.format_moment(text.locale, epoch, statement.zone)

    return {
        "slug": statement.slug,
        "locale": text.locale,
        "dir": messages.direction(text.locale),
        "locales": [other.locale for other in shown.texts],
        "title": text.title,
        "place": text.place,
        "date": messages.format_date(text.locale, date.fromisoformat(text.dated)) if text.dated else None,
        "event": moment(statement.event_at),
        "eligibility": text.eligibility,
        "state": statement.state(now),
        "opens": moment(statement.opens_at),
        "closes": moment(statement.closes_at),
        "goal": statement.goal,
        "page": base_url + url_for("pages.statement", slug=statement.slug),
    }


def version_shape(statement: Statement, text: StatementText, locale: str, *, newest: StatementText) -> dict[str, Any]:
    """Return which version of the text it is, from when, in the language of the words, and where it can be read.

    ``newest`` is the text of now in the same language.
    """
    versions = url_for("versions.look", slug=statement.slug, locale=text.locale)
    return {
        "number": text.version,
        "date": messages.format_day(locale, text.created_at, statement.zone),
        "page": url_for("pages.statement", slug=statement.slug, locale=text.locale),
        "versions": versions if newest.version > 1 else None,
        "is_old": text.id != newest.id,
    }


def counts_shape(shown: Shown, locale: str, *, now: int) -> dict[str, Any]:
    """Return the counts as numbers, and as words in the language of the form.

    Below the number from which a statement wants to be counted in public there is none, in no shape.
    """
    counts, goal, least = shown.counts, shown.statement.goal, shown.statement.count_from or 0
    told = counts.confirmed >= least
    text = (
        messages.text(locale, "count.signed", count=counts.confirmed) if told else messages.text(locale, "count.first")
    )
    return {
        "confirmed": counts.confirmed if told else None,
        "individuals": counts.individuals if told else None,
        "organisations": counts.organisations if told else None,
        "awaiting_review": counts.awaiting_review if told else None,
        "text": text,
        "goal_text": messages.text(locale, "count.goal", goal=goal) if goal and told else None,
        "days_left_text": _days_left(shown.statement, locale, now=now),
        "latest_text": messages.text(locale, "count.latest", names=_listed(shown.latest, locale))
        if shown.latest
        else None,
    }


def _days_left(statement: Statement, locale: str, *, now: int) -> str | None:
    """Say how many days are left, once they can be counted on one's fingers or nearly so."""
    if statement.state(now) != "open" or statement.ends_at is None:
        return None
    days = -(-(statement.ends_at - now) // DAY_S)
    return messages.text(locale, "count.days-left", count=days) if days <= DAYS_COUNTED else None


def _listed(names: list[str], locale: str) -> str:
    """Return names as one text; marks keep each from turning the others around."""
    return messages.join_names([f"\u2068{name}\u2069" for name in names], locale)


def form_shape(
    shown: Shown, text: StatementText, partner: Partner | None, *, action: str, min_fill_s: int
) -> dict[str, Any]:
    """Return the form: where it posts to, and the fields for each kind of signer, on a page of that partner."""
    statement, locale = shown.statement, messages.spoken(text.locale)
    wording = partner.newsletters.get(text.locale) if partner else None
    return {
        "action": action,
        "kinds": [
            {"kind": kind, "fields": described(statement, kind, locale, wording=wording)}
            for kind in kinds_of(statement)
        ],
        "min_fill_seconds": min_fill_s,
    }


def claim_of(shown: Shown, text: StatementText, partner: Partner | None) -> FormClaim:
    """Return what the form's token says: the very text that is shown, and through whom."""
    return FormClaim(shown.statement.id, text.id, partner.id if partner else None)


def retention_text(statement: Statement, locale: str, *, now: int) -> str | None:
    """Return in words when the names of its signers are erased; None where nobody has set it, or once they are."""
    days, moment = statement.anonymise_after_days, statement.anonymised_from
    if days is None:
        return None
    if moment is None:
        return messages.text(locale, "page.retention", count=days)
    return (
        messages.text(locale, "page.retention.on", date=messages.format_day(locale, moment, statement.zone))
        if now < moment
        else None
    )


def form_words(statement: Statement, locale: str, *, now: int) -> dict[str, messages.Message]:
    """Return what the widget says; where names will be erased, its promise says when."""
    words, retention = messages.form_messages(locale), retention_text(statement, locale, now=now)
    return words | ({"form.promise": f"{words['form.promise']} {retention}"} if retention else {})


@dataclass(frozen=True)
class ListPage:
    """A page of the public list: its lines, the list number after which the next one begins (None: there is none).

    ``notice`` says in words why names are missing that will be shown later; None when none are.
    """

    lines: list[dict[str, Any]]
    following: int | None
    notice: str | None


def list_signatories(
    db: Store, statement_id: int, locale: str, *, now: int, kind: str | None, after: int, sought: str = ""
) -> ListPage:
    """Return a page of the public list as the public may see it now.

    ``sought`` is a part of a name as its ``name_key`` has it; empty for everybody.
    """
    with db.read() as tx:
        statement = statements.get_by_id(tx, statement_id)
        lines = signatories.list_page(
            tx, statement_id, now=now, kind=kind, after=after, most=PAGE_LENGTH + 1, sought=sought
        )
        notice = _notice(tx, statement, locale, now=now)
        superseded = editions.list_superseded(tx, statement_id)
    following = lines[PAGE_LENGTH - 1].list_number if len(lines) > PAGE_LENGTH else None
    shapes = [
        _line_shape(line, locale, zone=statement.zone, signed=superseded.get(line.text_id))
        for line in lines[:PAGE_LENGTH]
    ]
    return ListPage(shapes, following, notice)


def _notice(tx: Tx, statement: Statement, locale: str, *, now: int) -> str | None:
    """Say from when on the list is shown, how many of it are erased, or how many wait for others, if that may be told.

    Who is erased has been counted in public before.
    """
    if (until := statement.hidden_until(now)) is not None:
        return messages.text(locale, "names.from", date=messages.format_moment(locale, until, statement.zone))
    if nameless := signatories.count_anonymised(tx, statement.id):
        return messages.text(locale, "page.retention.nameless", count=nameless)
    if not statement.keeps_names_back:
        return None
    if tallies.count_standing(tx, statement.id).confirmed < (statement.count_from or 0):
        return messages.text(locale, "names.together")
    waiting = signatories.count_waiting(tx, statement.id)
    return messages.text(locale, "names.waiting", count=waiting) if waiting else None


def line_of(signature: Signature | Submission, locale: str) -> dict[str, Any] | None:
    """Return the line that a signature will be on the public list; None when it will only be counted."""
    if signature.visibility == "counted":
        return None
    return _line_shape(signatories.line_of(vars(signature)), locale, zone=UTC_ZONE)


def _line_shape(line: Signatory, locale: str, *, zone: str, signed: Superseded | None = None) -> dict[str, Any]:
    """Return a line with its country's name and, in words, what stands for the name and when it was withdrawn.

    ``signed`` is the version of an older edition that it stands under, None where that is the edition of now.
    """
    shape = asdict(line)
    del shape["list_number"], shape["withdrawn_at"], shape["text_id"]
    shape["country"] = dict(messages.country_names(locale)).get(line.country, line.country) if line.country else None
    about = [words for words in (line.title, shape["country"]) if words]
    shape["shown"] = line.organisation or line.name or messages.join_names(about, locale)
    shape["shown"] = shape["shown"] or messages.text(locale, "line.signer")
    day = None if line.withdrawn_at is None else messages.format_day(locale, line.withdrawn_at, zone)
    shape["withdrawn"] = messages.text(locale, "line.withdrawn", date=day) if day else None
    shape["signed_version"] = signed.version if signed else None
    day = None if signed is None else messages.format_day(locale, signed.created_at, zone)
    shape["signed_version_text"] = messages.text(locale, "versions.signed", date=day) if day else None
    return shape
