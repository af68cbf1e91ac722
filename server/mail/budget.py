"""How many emails one address may get from us, whoever asks; with all its tags, but for what is counted for ever."""

from dataclasses import dataclass

from server.records.mailings import Spent


@dataclass(frozen=True)
class Budget:
    """``gap_s``: seconds between two emails. The others are counts; a day is the last 24 hours."""

    gap_s: int
    per_day: int
    per_statement: int
    per_day_in_all: int

    def is_spent(self, spent: Spent) -> bool:
        """Say whether this address should get nothing more."""
        return (
            spent.for_statement >= self.per_statement
            or spent.for_statement_today >= self.per_day
            or spent.today >= self.per_day_in_all
        )

    def earliest(self, spent: Spent, *, now: int) -> int:
        """Return the moment from which the next email may go."""
        return now if spent.last is None else max(now, spent.last + self.gap_s)
