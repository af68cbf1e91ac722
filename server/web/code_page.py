"""The field for the code of an email, on the pages that say that the email is on its way."""

from typing import Any

from flask import request, url_for

from server.errors import CodeRefused, Invalid
from server.records.statements import Statement
from server.web.forms import KEY_SHAPE


def code_context(statement: Statement, *, refusal: Invalid | CodeRefused | None = None) -> dict[str, Any]:
    """Return what the template of the field asks for; no field where the code is asked for behind the link.

    The key of the form is all that the page knows, so it cannot tell anything of the address.
    """
    key, locale = request.values.get("key", ""), request.args.get("locale")
    has_field = KEY_SHAPE.fullmatch(key) is not None and statement.confirm_by == "link"
    return {
        "code": {"key": key, "action": url_for("pages.open_by_code", slug=statement.slug, locale=locale)}
        if has_field
        else None,
        "problem": None if refusal is None else _key_of(refusal),
    }


def _key_of(refusal: Invalid | CodeRefused) -> str:
    """Return the message that says what is wrong."""
    return "invalid.required" if isinstance(refusal, Invalid) else f"error.{refusal.code}"
