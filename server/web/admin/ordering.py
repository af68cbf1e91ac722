"""Puts rows into the order of the numbers that somebody has typed beside them."""

from collections.abc import Sequence


def in_order(numbers: Sequence[str]) -> list[int]:
    """Return the indexes of rows, numbered from 1 as they stand, in the order that their new numbers ask for.

    A row that gets the number of another takes its place, and the other makes room; what is no number changes nothing.
    """

    def wish(index: int) -> tuple[int, int, int]:
        stands = index + 1
        number = int(numbers[index]) if _is_number(numbers[index]) else stands
        comes_from = (number > stands) - (number < stands)  # from above it pushes the other up, from below down
        return number, comes_from, index

    return sorted(range(len(numbers)), key=wish)


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 10
