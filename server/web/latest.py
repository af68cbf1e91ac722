"""Keeps what was just read, for the crowd that asks the same within a second."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

MOST = 256

T = TypeVar("T")


@dataclass
class Latest:
    """What was found last for each question, and at which moment; forgets all when there are many."""

    _found: dict[Hashable, tuple[Hashable, Any]] = field(default_factory=dict)

    def get(self, question: Hashable, moment: Hashable, find: Callable[[], T]) -> T:
        """Return what was found for this question at this very ``moment``, or find it; an error is not kept."""
        found = self._found.get(question)
        if found is None or found[0] != moment:
            if len(self._found) >= MOST:
                self._found.clear()
            found = self._found[question] = moment, find()
        known: T = found[1]
        return known
