"""What is wrong with a form, as finished sentences by field: the one shape in which every page of the desk has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from server import messages
from server.web.admin.doors import desk_locale

Errors = dict[str, list[str]]
"""Sentences by the name of the field that they stand beside."""


def explained(fields: Mapping[str, Sequence[str]], own: str = "") -> Errors:
    """Return what the codes of a refused form mean; ``own`` is as in ``sentence``."""
    return {name: [sentence(code, own) for code in codes] for name, codes in fields.items()}


def sentence(code: str, own: str = "", **values: Any) -> str:
    """Return what a code means to who reads the desk, filled with values.

    ``own`` is how the keys of a page's own words begin; what it has none for is said as in every form.
    """
    locale = desk_locale()
    key = f"{own}{code}"
    return messages.text(locale, key if messages.find_text(locale, key) else f"invalid.{code}", **values)
