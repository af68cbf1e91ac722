"""The file of erasures beside the database and its backups, and erasing again in a restored backup."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from server.crypto.encryption import Sealer
from server.db import Store, Tx, retried
from server.errors import Refused
from server.services.moderation import remove_one
from server.services.scheduled import anonymise_one
from server.services.shared import change_line, find_mail_key, update_address_retention
from server.services.signers import (
    delete_emails_of_mailbox,
    end_subscription,
    erase_one,
    suppress_mailbox,
    withdraw_one,
)
from server.tables import erasures, journal, outbox, signatures
from server.tables.erasures import NEWS, SHOWN, Erasure
from server.tables.journal import Act
from server.tables.signatures import Signature
from server.text.addresses import AddressKeys

# The file: a line that names the instance, a line for each erasure, and marks that say until when it is complete.

_BATCH = 1000
_TAIL_BYTES = 4096  # many times the length of a line


class ErasureLog(NamedTuple):
    """What the file says: its records, and until when they are complete (epoch seconds; 0: nothing is known)."""

    records: list[Erasure]
    known_until: int


def read_log(file: Path, instance: str) -> ErasureLog:
    """Read a file of erasures; a missing one has no records, and a last line that was cut off is ignored.

    Raises ``Refused`` if the file belongs to another instance: its ids mean other people.
    """
    records, known_until = [], 0
    for line in _read_lines(file):
        if "instance" in line and line["instance"] != instance:
            raise Refused(f"{file} belongs to another instance (its UNDERSIGNED_PEPPER differs)")
        if "signature_id" in line:
            records.append(Erasure(**line))
        known_until = max(known_until, line.get("at", 0), line.get("known_until", 0))
    return ErasureLog(records, known_until)


def _read_lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open("rb") as lines:
            yield from map(json.loads, (line for line in lines if line.endswith(b"}\n")))
    except FileNotFoundError:
        return


def write_log(db: Store, file: Path, instance: str, *, known_until: int | None = None) -> None:
    """Append the erasures that the file lacks, and sync it; ``known_until`` also adds a mark.

    Several processes may do this at once. Raises ``Refused`` like ``read_log``, and ``OSError``.
    """
    with _locked(file) as descriptor:
        lines: list[dict[str, Any]] = [] if os.fstat(descriptor).st_size else [{"instance": instance}]
        lines += [asdict(record) for record in _list_missing(db, file, instance)]
        lines += [] if known_until is None else [{"known_until": known_until}]
        if lines:
            text = "".join(json.dumps(line) + "\n" for line in lines)
            os.write(descriptor, (text if _ends_with_newline(file) else f"\n{text}").encode())
            os.fsync(descriptor)


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _list_missing(db: Store, file: Path, instance: str) -> list[Erasure]:
    """Return the erasures that are in the database and not in the file, oldest first.

    If the last one of the file is the same in the database, these are all with a higher id. Otherwise a backup was
    restored that has other ids, and the whole file is compared.
    """
    last = _find_last(file) or next(reversed(read_log(file, instance).records), None)
    with db.read() as tx:
        is_prefix = last is None or erasures.find(tx, last.id) == last
        after = last.id if last is not None and is_prefix else 0
        found = list(_list_from(tx, after))
    if is_prefix:
        return found
    known = {record.key for record in read_log(file, instance).records}
    # The newest one is written again if nothing is missing, so that the next call finds the same last one.
    return [record for record in found if record.key not in known] or found[-1:]


def _list_from(tx: Tx, after: int) -> Iterator[Erasure]:
    while batch := erasures.list_after(tx, after, most=_BATCH):
        yield from batch
        after = batch[-1].id


def _find_last(file: Path) -> Erasure | None:
    """Return the last record of the file, if it is in the last lines."""
    with file.open("rb") as whole:
        whole.seek(max(0, os.fstat(whole.fileno()).st_size - _TAIL_BYTES))
        lines = whole.read().splitlines(keepends=True)
    for line in reversed(lines):
        if line.startswith(b'{"id"') and line.endswith(b"}\n"):
            return Erasure(**json.loads(line))
    return None


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as whole:
        size = whole.seek(0, os.SEEK_END)
        whole.seek(max(0, size - 1))
        return whole.read() in (b"", b"\n")


# Erasing again what was erased after a backup was made.


def reapply(db: Store, records: list[Erasure], *, keys: AddressKeys, sealer: Sealer) -> int:
    """Erase again in a restored database what its backup still has, and return how many records it lacked.

    The database then has all these records itself.
    """
    with db.read() as tx:
        known = {record.key for record in _list_from(tx, 0)}
    missing = list({record.key: record for record in records if record.key not in known}.values())
    for start in range(0, len(missing), _BATCH):
        _reapply_some(db, missing[start : start + _BATCH], keys=keys, sealer=sealer)
    return len(missing)


@retried
def _reapply_some(db: Store, records: list[Erasure], *, keys: AddressKeys, sealer: Sealer) -> None:
    with db.write() as tx:
        for record in records:
            before = erasures.newest_id(tx)
            signature = signatures.find(tx, record.signature_id)
            # An id is given again after a restore: a signature that is younger than the erasure is somebody else's.
            if signature is not None and signature.signed_at <= record.at:
                _erase_again(tx, signature, record, keys=keys, sealer=sealer)
            if erasures.newest_id(tx) == before:
                erasures.add(tx, record.statement_id, record.signature_id, record.kind, at=record.at)


def _erase_again(tx: Tx, signature: Signature, record: Erasure, *, keys: AddressKeys, sealer: Sealer) -> None:
    """Do what the record says to a signature of a backup, which may be in an earlier state."""
    if record.kind.startswith(NEWS):
        end_subscription(tx, signature.id, int(record.kind.removeprefix(NEWS)), now=record.at)
        update_address_retention(tx, signature.id)
    elif record.kind.startswith(SHOWN):
        if signature.state in ("pending", "confirmed", "held"):
            change_line(tx, signature, {"visibility": record.kind.removeprefix(SHOWN)}, now=record.at)
    elif signature.confirmed_at is None and record.kind != "removed":
        if record.kind.startswith("disowned"):
            _suppress_again(tx, signature, record, keys=keys, sealer=sealer)
        outbox.delete_of_signature(tx, signature.id)
        journal.erase_details(tx, f"signature:{signature.id}")
        signatures.delete_unconfirmed(tx, signature.id)
    elif record.kind == "erased":
        erase_one(tx, signature, now=record.at)
        delete_emails_of_mailbox(tx, signature)
    elif record.kind == "anonymised":
        anonymise_one(tx, signature, now=record.at)
    elif record.kind == "withdrawn":
        withdraw_one(tx, signature, shown=False, now=record.at)
    elif record.kind == "removed":
        remove_one(Act(tx, "chore:restore", record.at), signature, "removed before a backup was restored")


def _suppress_again(tx: Tx, signature: Signature, record: Erasure, *, keys: AddressKeys, sealer: Sealer) -> None:
    """Stop emails to the owner of a mailbox who said that it was not them."""
    mail_key = find_mail_key(tx, signature, keys=keys, sealer=sealer)
    if mail_key is not None:
        everywhere = record.kind == "disowned-everywhere"
        suppress_mailbox(tx, signature.statement_id, mail_key, everywhere=everywhere, now=record.at)
