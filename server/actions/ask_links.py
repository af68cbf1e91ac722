"""Ask for links: somebody who has lost an email gets the links of what their address has signed, by email."""

from server.addresses import AddressKeys
from server.records import contacts, outbox
from server.records.statements import Statement
from server.sealing import Sealer
from server.storage import Store, retried


@retried
def ask_links(
    db: Store, statement: Statement, email: str, *, keys: AddressKeys, sealer: Sealer, locale: str, now: int
) -> None:
    """Put one email into the outbox, whatever the address: only delivery looks whether it has signed.

    So neither the answer nor its time tells whether it has.
    """
    sealed = sealer.seal(email, purpose=contacts.SEALED_FOR)
    email_key = keys.key(email)
    with db.write() as tx:
        outbox.put(
            tx,
            "links",
            signature_id=None,
            statement_id=statement.id,
            locale=locale,
            email_key=email_key,
            sealed_to=sealed.blob,
            now=now,
        )
