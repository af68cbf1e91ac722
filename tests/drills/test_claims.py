"""Six delivery processes at one outbox: each email is claimed by one of them, and none is left."""

from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from server.db.engines import open_store
from server.mail import delivery
from server.tables import outbox
from server.tables.outbox import Recipient
from tests.databases import databases
from tests.db.racing import in_processes

NOW = 1_800_000_000
PROCESSES = 6
LITTLE = 300
MUCH = 5_000


@pytest.fixture(params=["sqlite", "postgres"])
def address(request, tmp_path: Path) -> str:
    return str(tmp_path / "u.db") if request.param == "sqlite" else databases.postgres(tmp_path)


def fill(address: str, emails: int) -> None:
    store = open_store(address)
    store.migrate(create=True)
    with store.write() as tx:
        for number in range(emails):
            outbox.put(tx, "confirm", Recipient(1, number, "en", number.to_bytes(32), b"sealed"), now=NOW)
    store.close()


def claim_all(address: str) -> list[int]:
    """Claim what there is, as a delivery does, until there is nothing; none of the leases ends meanwhile."""
    store, claimed = open_store(address), []
    while claims := delivery.claim_due(store, domain_per_hour=60, now=NOW):
        claimed += [claim.id for claim in claims]
    store.close()
    return claimed


def claimed_twice_and_never(address: str, emails: int) -> tuple[int, int]:
    fill(address, emails)
    answers = in_processes(claim_all, address, count=PROCESSES)
    assert all(isinstance(answer, list) for answer in answers), answers
    times = Counter(chain.from_iterable(answers))
    return sum(count > 1 for count in times.values()), emails - len(times)


def test_six_processes_claim_each_email_once(address):
    assert claimed_twice_and_never(address, LITTLE) == (0, 0)


@pytest.mark.drill
def test_six_processes_claim_each_of_five_thousand_emails_once(address):
    assert claimed_twice_and_never(address, MUCH) == (0, 0)

    print(f"{MUCH:,} emails, {PROCESSES} processes, {address.partition(':')[0]}: none claimed twice, none left")
