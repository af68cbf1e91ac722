"""Why: the line of reason that admins give for what they do, read by the same rules wherever it is asked for."""

from typing import Final

from flask import request

from server.text import clean_reason

LONGEST: Final = 500
"""Characters."""


def read_why(*, needed: bool = True) -> str | None:
    """Return the reason that this form says, on one line; None where none is needed and none is said.

    Raises ``Invalid`` with the code of ``reason``.
    """
    typed = request.form.get("reason", "")
    return clean_reason(typed, longest=LONGEST) if needed or typed.strip() else None
