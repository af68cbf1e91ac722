"""Why: the line of reason that admins give for what they do, read by the same rules wherever it is asked for."""

from typing import Final

from flask import request

from server.errors import Invalid
from server.text import TextRefused, clean_line

LONGEST: Final = 500
"""Characters."""


def read_why(*, needed: bool = True) -> str | None:
    """Return the reason that this form says, on one line; None where none is needed and none is said.

    Raises ``Invalid`` with the code of ``reason``.
    """
    try:
        reason = clean_line(request.form.get("reason", ""), longest=LONGEST)
    except TextRefused as refusal:
        raise Invalid({"reason": [refusal.reason]}) from refusal
    if needed and not reason:
        raise Invalid({"reason": ["required"]})
    return reason or None
