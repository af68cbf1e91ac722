"""The form by which signers change their own line, the same before they confirm and ever after."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from server.actions.lines import Line
from server.errors import Invalid
from server.records.signatures import Signature
from server.records.statements import Statement
from server.web.fields import Field, amendable_fields, described_line, founding_fields
from server.web.forms import read_line


@dataclass(frozen=True)
class Mistyped:
    """What a signer sent that will not do: all of it, and why, as codes by field."""

    sent: Mapping[str, str]
    refusal: Invalid


def change_form(
    signature: Signature, statement: Statement, locale: str, *, action: str, mistyped: Mistyped | None
) -> dict[str, Any]:
    """Return what ``_change.html`` asks for: the line as it stands, or as it was typed with what is to be mended."""
    kind, asker = signature.kind, _asker(signature, statement)
    fields = described_line(_fields_of(signature, asker), asker, kind, locale)
    stands = {field["name"]: getattr(signature, field["name"]) or "" for field in fields}
    return {
        "kind": kind,
        "fields": fields,
        "action": f"{action}#change",
        "values": mistyped.sent if mistyped else stands,
        "errors": mistyped.refusal.fields if mistyped else {},
    }


def sent_line(signature: Signature, statement: Statement) -> Line:
    """Return the checked line that this request carries; raises ``Invalid``."""
    asker = _asker(signature, statement)
    return read_line(_fields_of(signature, asker), asker, signature.kind, request.form.to_dict())


def _asker(signature: Signature, statement: Statement) -> Statement:
    """Return the statement as this signer meets it.

    It offers them what they chose, even if nobody else is offered it any more: a form must not show more of them. And
    whom the organisers have listed must fill in nothing but a name.
    """
    offered, chosen = statement.visibilities, signature.visibility
    kept = statement if chosen in offered else replace(statement, visibilities=(*offered, chosen))
    return kept if signature.founding_place is None else replace(kept, required=())


def _fields_of(signature: Signature, statement: Statement) -> list[Field]:
    offered = amendable_fields if signature.founding_place is None else founding_fields
    return offered(statement, signature.kind)
