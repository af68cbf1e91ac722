"""Partners: added to statements, changed, revoked; their newsletter wording and report link."""

import secrets
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, TypeAlias

from server.crypto.passwords import hash_secret
from server.db import Store, Tx, retried
from server.errors import NotFound, UndersignedError
from server.tables import partners, statements, texts
from server.tables.journal import Act
from server.tables.partners import Partner
from server.tables.statements import Statement

# Partners and their statements.


class ShortNameTaken(UndersignedError):
    """Raised when a short name that was made from a host belongs to another partner."""

    code, status = "short-name-taken", 409


class PartnerRevoked(UndersignedError):
    """Raised when a revoked partner, which may not embed anything, is added to a statement."""

    code, status = "partner-revoked", 409


class PartnerShared(UndersignedError):
    """Raised when a change of a partner would also affect statements that the admin does not own."""

    code, status = "partner-shared", 403


Owned: TypeAlias = Collection[int] | None
"""The ids of the statements of which somebody is an owner; None: all."""


class PartnerSettings(NamedTuple):
    """The settings of a partner for all its statements; ``locale`` or ``theme`` None: the form follows the page."""

    name: str
    origins: frozenset[str]
    locale: str | None
    theme: str | None


@retried
def add_partner(
    db: Store,
    statement_slug: str,
    partner_slug: str,
    *,
    name: str,
    origins: Sequence[str],
    actor: str,
    now: int,
    meant: bool = True,
    owned: Owned = None,
) -> None:
    """Let a partner embed a statement from these origins (exact, as browsers send them).

    A known partner keeps its name. ``meant`` False: the short name was made from a host, so it is refused if another
    website has it already; otherwise two websites would become one partner by chance. ``owned`` are the ids of the
    statements that the admin owns, None: all.

    Raises ``NotFound``, ``ShortNameTaken``, ``PartnerRevoked``, and ``PartnerShared`` when a known partner embeds a
    statement that is not among ``owned``. Otherwise the websites of that partner would be shared with a stranger's
    statement, and the owner of the first statement could no longer change the partner.
    """
    with db.write() as tx:
        statement = statements.get(tx, statement_slug)
        known = partners.find(tx, partner_slug)
        if known:
            _check_known_partner(tx, known, origins, meant=meant, owned=owned)
        partner_id = partners.add(tx, partner_slug, name=name)
        added = [origin for origin in origins if partners.add_origin(tx, partner_id, origin)]
        joined = partners.add_to_statement(tx, partner_id, statement.id)
        statements.touch_of_partner(tx, partner_id)
        if added or joined:
            after = {"statement": statement_slug, "origins": added}
            Act(tx, actor, now).journal("partner.add", statement, subject=f"partner:{partner_slug}", after=after)


def _check_known_partner(tx: Tx, known: Partner, origins: Sequence[str], *, meant: bool, owned: Owned) -> None:
    if known.revoked_at is not None:
        raise PartnerRevoked(f"the partner {known.slug} was revoked; `undersigned partner restore` undoes that")
    if known.origins and not meant and not known.origins & set(origins):
        raise ShortNameTaken(
            f"{known.slug} is already the short name of another partner, at {', '.join(sorted(known.origins))}; "
            "choose another one with --as, or give the same one if both are one partner"
        )
    check_partner_owned(tx, known, owned)


@retried
def remove_partner_from_statement(db: Store, statement_slug: str, partner_slug: str, *, actor: str, now: int) -> None:
    """Stop a partner from embedding a statement; signatures that came through the partner are still credited to it.

    Raises ``NotFound`` if the partner does not embed the statement.
    """
    with db.write() as tx:
        statement = statements.get(tx, statement_slug)
        if not partners.remove_from_statement(tx, partners.get(tx, partner_slug).id, statement.id):
            raise NotFound(f"there is no partner {partner_slug} that embeds this statement")
        statements.touch(tx, statement.id)
        before = {"statement": statement_slug}
        Act(tx, actor, now).journal("partner.leave", statement, subject=f"partner:{partner_slug}", before=before)


@retried
def change_partner(
    db: Store,
    statement_slug: str,
    partner_slug: str,
    own: PartnerSettings,
    *,
    owned: Owned = None,
    actor: str,
    now: int,
) -> bool:
    """Change the name, origins or defaults of a partner of a statement; False when nothing changes.

    Raises ``NotFound``, and ``PartnerShared`` unless each statement that the partner embeds is among ``owned`` (None:
    all are).
    """
    with db.write() as tx:
        statement, partner = get_statement_and_owned_partner(tx, statement_slug, partner_slug, owned)
        before = PartnerSettings(partner.name, partner.origins, partner.locale, partner.theme)
        if own == before:
            return False
        partners.change(tx, partner.id, name=own.name, locale=own.locale, theme=own.theme)
        for origin in before.origins - own.origins:
            partners.remove_origin(tx, partner.id, origin)
        for origin in own.origins - before.origins:
            partners.add_origin(tx, partner.id, origin)
        statements.touch_of_partner(tx, partner.id)
        was, becomes = _differing(before, own), _differing(own, before)
        subject = f"partner:{partner_slug}"
        Act(tx, actor, now).journal("partner.change", statement, subject=subject, before=was, after=becomes)
    return True


@retried
def revoke_partner(db: Store, partner_slug: str, *, actor: str, now: int) -> bool:
    """Stop a partner from embedding anything on the whole server, and its report link from working.

    False when the partner was already revoked. Raises ``NotFound``.
    """
    with db.write() as tx:
        partner = partners.get(tx, partner_slug)
        done = partners.revoke(tx, partner.id, now=now)
        if done:
            partners.clear_report_secret(tx, partner.id)
            statements.touch_of_partner(tx, partner.id)
            Act(tx, actor, now).journal("partner.revoke", None, subject=f"partner:{partner_slug}")
    return done


@retried
def restore_partner(db: Store, partner_slug: str, *, actor: str, now: int) -> bool:
    """Let a revoked partner embed its statements again; False when it was not revoked. Raises ``NotFound``."""
    with db.write() as tx:
        partner = partners.get(tx, partner_slug)
        done = partners.restore(tx, partner.id)
        if done:
            statements.touch_of_partner(tx, partner.id)
            Act(tx, actor, now).journal("partner.restore", None, subject=f"partner:{partner_slug}")
    return done


def get_statement_and_owned_partner(
    tx: Tx, statement_slug: str, partner_slug: str, owned: Owned
) -> tuple[Statement, Partner]:
    """Return a statement and one of its partners, for a change of the partner by the owner of the statements ``owned``.

    Raises ``NotFound``, and ``PartnerShared`` unless each statement that the partner embeds is among ``owned`` (None:
    all are).
    """
    statement = statements.get(tx, statement_slug)
    partner = partners.get_of(tx, statement.id, partner_slug)
    check_partner_owned(tx, partner, owned)
    return statement, partner


def check_partner_owned(tx: Tx, partner: Partner, owned: Owned) -> None:
    """Raise ``PartnerShared`` unless each statement that a partner embeds is among ``owned`` (None: all are)."""
    if not is_partner_owned(tx, partner, owned):
        raise PartnerShared(f"{partner.slug} also embeds statements of other owners")


def is_partner_owned(tx: Tx, partner: Partner, owned: Owned) -> bool:
    """Return whether each statement that a partner embeds is among ``owned``; None: all are.

    False for a partner that embeds no statement, unless ``owned`` is None.
    """
    joined = set(partners.list_statement_ids(tx, partner.id))
    return owned is None or (bool(joined) and joined <= set(owned))


def _differing(own: PartnerSettings, other: PartnerSettings) -> dict[str, Any]:
    """Return the values that differ from ``other``; of the origins, only those that ``other`` does not have."""
    told = own._asdict() | {"origins": sorted(own.origins - other.origins)}
    return {name: value for name, value in told.items() if getattr(own, name) != getattr(other, name)}


# The wording beside a partner's newsletter box.


@retried
def set_newsletter_wording(
    db: Store,
    statement_slug: str,
    partner_slug: str,
    locale: str,
    wording: str,
    *,
    owned: Owned = None,
    actor: str,
    now: int,
) -> bool:
    """Add a newsletter checkbox with this wording to the partner's forms in this language, for all its statements.

    An empty ``wording`` removes the checkbox. People who subscribed before stay subscribed, with the wording that they
    agreed to. False when nothing changes. Raises ``NotFound`` unless the statement has a text in that language and the
    partner embeds the statement, and ``PartnerShared`` unless each statement that the partner embeds is among ``owned``
    (None: all are).
    """
    with db.write() as tx:
        statement, partner = get_statement_and_owned_partner(tx, statement_slug, partner_slug, owned)
        if locale not in [text.locale for text in texts.list_latest(tx, statement.id)]:
            raise NotFound(f"{statement_slug} has no text in the language {locale}")
        before = partner.newsletters.get(locale, "")
        if wording == before:
            return False
        others = {language: words for language, words in partner.newsletters.items() if language != locale}
        partners.set_newsletter_wordings(tx, partner.id, others | ({locale: wording} if wording else {}))
        statements.touch_of_partner(tx, partner.id)
        Act(tx, actor, now).journal(
            "partner.newsletter",
            statement,
            subject=f"partner:{partner_slug}",
            before={locale: before},
            after={locale: wording},
        )
    return True


# The secret link to a partner's report.


@retried
def create_report_link(
    db: Store, statement_slug: str, partner_slug: str, *, owned: Owned = None, actor: str, now: int
) -> str:
    """Return the secret of a new link to a partner's report. The old link stops working.

    The secret is never shown again. Raises ``NotFound``, and ``PartnerShared`` unless each statement that the partner
    embeds is among ``owned`` (None: all are).
    """
    secret = secrets.token_urlsafe(32)
    with db.write() as tx:
        statement, partner = get_statement_and_owned_partner(tx, statement_slug, partner_slug, owned)
        partners.set_report_hash(tx, partner.id, hash_secret(secret))
        Act(tx, actor, now).journal("partner.report", statement, subject=f"partner:{partner.slug}")
    return secret


@retried
def end_report_link(
    db: Store, statement_slug: str, partner_slug: str, *, owned: Owned = None, actor: str, now: int
) -> bool:
    """Make the link to a partner's report stop working; False when there was none.

    Raises the same errors as ``create_report_link``.
    """
    with db.write() as tx:
        statement, partner = get_statement_and_owned_partner(tx, statement_slug, partner_slug, owned)
        done = partners.clear_report_secret(tx, partner.id)
        if done:
            Act(tx, actor, now).journal("partner.report-end", statement, subject=f"partner:{partner.slug}")
    return done
