"""Newsletters: the words beside a partner's own box, which stands in the form on that partner's pages."""

from server.errors import NotFound
from server.records import journal, partners, statement_texts, statements
from server.records.partners import Partner
from server.storage import Store, Tx, retried


@retried
def word_newsletter(
    db: Store, statement_slug: str, partner_slug: str, locale: str, wording: str, *, actor: str, now: int
) -> bool:
    """Put a box with these words into the partner's forms in this language, of every statement that it embeds.

    An empty ``wording`` takes the box away; who ticked one before stays subscribed in the words of then. False when
    nothing changes. Raises ``NotFound`` unless the statement has a text in that language and the partner embeds it.
    """
    with db.write() as tx:
        partner = _get_partner(tx, statement_slug, partner_slug, locale)
        before = partner.newsletters.get(locale, "")
        if wording == before:
            return False
        others = {language: words for language, words in partner.newsletters.items() if language != locale}
        partners.word_newsletters(tx, partner.id, others | ({locale: wording} if wording else {}))
        for statement_id in partners.list_joined(tx, partner.id):
            statements.touch(tx, statement_id)
        journal.write(
            tx,
            "partner.newsletter",
            actor=actor,
            subject=f"partner:{partner_slug}",
            before={locale: before},
            after={locale: wording},
            now=now,
        )
    return True


def _get_partner(tx: Tx, statement_slug: str, partner_slug: str, locale: str) -> Partner:
    statement = statements.get(tx, statement_slug)
    if locale not in [text.locale for text in statement_texts.list_latest(tx, statement.id)]:
        raise NotFound(f"{statement_slug} has no text in the language {locale}")
    return partners.get_of(tx, statement.id, partner_slug)
