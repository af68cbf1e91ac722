"""Budget: how many emails one address may get, and when the next one may go."""

import pytest

from server.mail.delivery import EmailBudget
from server.tables.outbox import EmailUsage

BUDGET = EmailBudget(gap_s=600, per_day=3, per_statement=5, links_per_day=1, domain_per_hour=60)
NOTHING = EmailUsage(for_statement=0, today=0, last=None)


@pytest.mark.parametrize(
    ("purse", "spent", "is_spent"),
    [
        ("confirm", NOTHING, False),
        ("confirm", EmailUsage(for_statement=4, today=2, last=1), False),
        ("confirm", EmailUsage(for_statement=5, today=0, last=1), True),
        ("confirm", EmailUsage(for_statement=0, today=3, last=1), True),
        ("confirm", EmailUsage(for_statement=50, today=50, last=1), True),
        ("links", NOTHING, False),
        ("links", EmailUsage(for_statement=50, today=0, last=1), False),
        ("links", EmailUsage(for_statement=1, today=1, last=1), True),
    ],
)
def test_each_count_ends_its_own_purse_alone(purse, spent, is_spent):
    assert BUDGET.is_spent(purse, spent) is is_spent


@pytest.mark.parametrize(
    ("last", "earliest"), [(None, 10_000), (10_000, 10_600), (9_401, 10_001), (9_400, 10_000), (1, 10_000)]
)
def test_the_next_email_waits_for_the_gap_and_no_longer(last, earliest):
    spent = EmailUsage(for_statement=1, today=1, last=last)

    assert BUDGET.earliest(spent, now=10_000) == earliest


def test_without_a_gap_nothing_waits():
    spent = EmailUsage(for_statement=1, today=1, last=10_000)

    assert (
        EmailBudget(gap_s=0, per_day=3, per_statement=5, links_per_day=1, domain_per_hour=60).earliest(
            spent, now=10_000
        )
        == 10_000
    )
