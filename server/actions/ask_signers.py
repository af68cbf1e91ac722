"""Ask signers: after a change of substance, whoever stands under an older edition is asked to keep or withdraw."""

from server.records import editions, outbox, statement_texts
from server.storage import Store, retried

BATCH = 200


def ask_signers(db: Store, *, now: int) -> None:
    """Put the question about every new edition into the outbox, for each signature whose address we have.

    What was put is put for good: whoever is killed in between goes on where they were, and two at once share the work.
    """
    while _ask_some(db, now=now):
        pass


@retried
def _ask_some(db: Store, *, now: int) -> bool:
    """Put the next batch of emails into the outbox, and note how far that is; False when nobody is left to ask."""
    with db.write() as tx:
        text = statement_texts.find_asking(tx)
        if text is None:
            return False
        statement_id, was = text["statement_id"], text["asking_upto"]
        asked = editions.list_to_ask(tx, statement_id, text["locale"], below=text["version"], after=was, most=BATCH)
        upto = asked[-1]["id"] if len(asked) == BATCH else None
        if statement_texts.note_asked(tx, text["id"], was=was, upto=upto):
            for one in asked:
                outbox.put(
                    tx,
                    "changed",
                    signature_id=one["id"],
                    statement_id=statement_id,
                    locale=one["locale"],
                    email_key=one["email_key"],
                    sealed_to=one["sealed"],
                    now=now,
                )
    return True
