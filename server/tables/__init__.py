"""Table access: one module for each noun, with its queries in the ``.sql`` file beside it."""

from typing import Literal, get_args

SIGNER_NUMBERS_FROM = 1_000_000_000
LIST_NUMBERS_END = 1 << 62
"""List numbers order the public list. Founding signatures have numbers up to ``SIGNER_NUMBERS_FROM``, whenever they
were added.
"""

Settled = Literal["confirmed", "held", "withdrawn", "removed"]
State = Literal[Settled, "pending"]
SETTLED: tuple[Settled, ...] = get_args(Settled)
STATES: tuple[State, ...] = get_args(State)
"""The states of a signature; settled ones come after confirming."""
