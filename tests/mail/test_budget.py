"""Budget: how many emails one address may get, and when the next one may go."""

import pytest

from server.mail.delivery import EmailBudget
from server.tables.outbox import EmailUsage

BUDGET = EmailBudget(gap_s=600, per_day=3, per_statement=5, per_day_in_all=6, domain_per_hour=60)
NOTHING = EmailUsage(for_statement=0, for_statement_today=0, today=0, last=None)


@pytest.mark.parametrize(
    ("spent", "is_spent"),
    [
        (NOTHING, False),
        (EmailUsage(for_statement=4, for_statement_today=2, today=5, last=1), False),
        (EmailUsage(for_statement=5, for_statement_today=0, today=0, last=1), True),
        (EmailUsage(for_statement=3, for_statement_today=3, today=3, last=1), True),
        (EmailUsage(for_statement=0, for_statement_today=0, today=6, last=1), True),
        (EmailUsage(for_statement=50, for_statement_today=50, today=50, last=1), True),
    ],
)
def test_each_of_three_counts_ends_it_alone(spent, is_spent):
    assert BUDGET.is_spent(spent) is is_spent


@pytest.mark.parametrize(
    ("last", "earliest"), [(None, 10_000), (10_000, 10_600), (9_401, 10_001), (9_400, 10_000), (1, 10_000)]
)
def test_the_next_email_waits_for_the_gap_and_no_longer(last, earliest):
    spent = EmailUsage(for_statement=1, for_statement_today=1, today=1, last=last)

    assert BUDGET.earliest(spent, now=10_000) == earliest


def test_without_a_gap_nothing_waits():
    spent = EmailUsage(for_statement=1, for_statement_today=1, today=1, last=10_000)

    assert (
        EmailBudget(gap_s=0, per_day=3, per_statement=5, per_day_in_all=6, domain_per_hour=60).earliest(
            spent, now=10_000
        )
        == 10_000
    )
