"""Newsletters: the words beside a partner's own box, which stands in the form on that partner's pages."""

from collections.abc import Collection

from server.actions.partnering import get_owned
from server.errors import NotFound
from server.records import journal, partners, statement_texts, statements
from server.storage import Store, retried


@retried
def word_newsletter(
    db: Store,
    statement_slug: str,
    partner_slug: str,
    locale: str,
    wording: str,
    *,
    owned: Collection[int] | None = None,
    actor: str,
    now: int,
) -> bool:
    """Put a box with these words into the partner's forms in this language, of every statement that it embeds.

    An empty ``wording`` takes the box away; who ticked one before stays subscribed in the words of then. False when
    nothing changes. Raises ``NotFound`` unless the statement has a text in that language and the partner embeds it, and
    ``PartnerShared`` unless each statement that it embeds is among ``owned`` (None: all are).
    """
    with db.write() as tx:
        statement, partner = get_owned(tx, statement_slug, partner_slug, owned)
        if locale not in [text.locale for text in statement_texts.list_latest(tx, statement.id)]:
            raise NotFound(f"{statement_slug} has no text in the language {locale}")
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
            statement_id=statement.id,
            now=now,
        )
    return True
