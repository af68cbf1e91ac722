"""Contacts: a sealed address, for as long as there is a reason to have it."""

import pytest

from server.tables import signatures
from tests.tables.rows import NOW, add_pending, one

SEALED = b"sealed-address-of-ani"


def put(tx, statement, *, erase_at: int = NOW + 100) -> int:
    signature = add_pending(tx, statement)
    signatures.add_contact(tx, signature.id, sealed=SEALED, key_id="k1", erase_at=erase_at)
    return signature.id


def test_a_stored_address_is_found(db, statement):
    with db.write() as tx:
        assert signatures.find_contact(tx, put(tx, statement)) == SEALED


def test_nobodys_address_is_none(db):
    with db.read() as tx:
        assert signatures.find_contact(tx, 77) is None


def test_an_address_goes_at_its_time_and_not_before(db, statement):
    with db.write() as tx:
        signature_id = put(tx, statement, erase_at=NOW)

        assert signatures.prune_contacts(tx, now=NOW - 1) == 0
        assert signatures.prune_contacts(tx, now=NOW) == 1

        assert signatures.find_contact(tx, signature_id) is None


CONFIRM = "UPDATE signatures SET confirmed_at = :now, mailbox_seat = 1, list_number = 1 WHERE id = :id"


@pytest.mark.parametrize(("state", "kept"), [("confirmed", SEALED), ("pending", None)])
def test_an_address_that_is_kept_outlives_its_time_and_that_of_a_pending_signature_does_not(db, statement, state, kept):
    with db.write() as tx:
        signature_id = put(tx, statement)
        if state == "confirmed":
            tx.run(CONFIRM, {"now": NOW, "id": signature_id})
        signatures.keep_contact(tx, signature_id)

        assert signatures.prune_contacts(tx, now=NOW + 10**9) == (0 if kept else 1)

        assert signatures.find_contact(tx, signature_id) == kept


@pytest.mark.sqlite
def test_an_erased_address_is_gone_from_every_byte_of_the_files(db, statement, tmp_path):
    with db.write() as tx:
        signature_id = put(tx, statement)
    with db.write() as tx:
        signatures.erase_contact(tx, signature_id)

    db.tidy()

    assert all(SEALED not in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())


def test_an_address_goes_with_its_signature(db, statement):
    with db.write() as tx:
        put(tx, statement)
        tx.run("DELETE FROM signatures", {})

    assert one(db, "SELECT count(*) AS n FROM contacts") == 0
