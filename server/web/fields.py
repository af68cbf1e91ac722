"""Which fields a statement's form has: one list for the widget, the hosted page and the check of what comes back."""

from dataclasses import dataclass
from typing import Any, Literal

from server import messages
from server.actions.lines import AMENDABLE
from server.addresses import ADDRESS_LONGEST, WEBSITE_LONGEST
from server.kinds import KINDS, Kind
from server.records.statements import Statement
from server.text import COMMENT_LONGEST, LINE_LONGEST, NAME_LONGEST

FieldType = Literal["text", "email", "url", "textarea", "select", "checkbox"]


@dataclass(frozen=True)
class Field:
    """One field as a page needs it; ``maxlength`` in characters, ``autocomplete`` a token of the HTML standard."""

    name: str
    type: FieldType = "text"
    maxlength: int | None = None
    autocomplete: str | None = None


_FIELDS = {
    field.name: field
    for field in (
        Field("name", maxlength=NAME_LONGEST, autocomplete="name"),
        Field("email", "email", ADDRESS_LONGEST, "email"),
        Field("title", maxlength=LINE_LONGEST, autocomplete="organization-title"),
        Field("affiliation", maxlength=LINE_LONGEST, autocomplete="organization"),
        Field("organisation", maxlength=NAME_LONGEST, autocomplete="organization"),
        Field("website", "url", WEBSITE_LONGEST, "url"),
        Field("city", maxlength=LINE_LONGEST, autocomplete="address-level2"),
        Field("country", "select", autocomplete="country"),
        Field("comment", "textarea", COMMENT_LONGEST),
        Field("visibility", "select"),
        Field("authorised", "checkbox"),
        Field("newsletter", "checkbox"),
        Field("partner_newsletter", "checkbox"),
    )
}
FIELD_NAMES = tuple(_FIELDS)
_ALWAYS: dict[Kind, tuple[str, ...]] = {
    "individual": ("name", "email"),
    "organisation": ("organisation", "website", "name", "title", "email"),
}
_WHERE_ASKED: dict[Kind, tuple[str, ...]] = {
    "individual": ("title", "affiliation", "city", "country", "website", "comment"),
    "organisation": ("city", "country", "comment"),
}
_ALWAYS_REQUIRED: dict[Kind, tuple[str, ...]] = {
    "individual": ("name", "email"),
    "organisation": ("organisation", "name", "email", "authorised"),
}


def fields_of(statement: Statement, kind: Kind, *, wording: str | None = None) -> list[Field]:
    """Return the fields that this kind of signer is asked for, in their order.

    ``wording`` stands beside the partner's own box for news; None: there is none.
    """
    names = [*_ALWAYS[kind], *(name for name in _WHERE_ASKED[kind] if name in statement.fields)]
    if len(visibilities_of(statement, kind)) > 1:
        names.append("visibility")
    if kind == "organisation":
        names.append("authorised")
    if statement.newsletter:
        names.append("newsletter")
    if wording is not None:
        names.append("partner_newsletter")
    return [_FIELDS[name] for name in names]


def is_required(statement: Statement, kind: Kind, field: Field) -> bool:
    """Say whether this kind of signer must fill the field in."""
    return field.name in _ALWAYS_REQUIRED[kind] or field.name in statement.required


def kinds_of(statement: Statement) -> list[Kind]:
    """Return who may sign, individuals first."""
    return [kind for kind in KINDS if kind in statement.kinds]


def visibilities_of(statement: Statement, kind: Kind) -> list[str]:
    """Return how this kind of signer may appear, the preset first: an organisation by name or only in the count."""
    offered = [one for one in statement.visibilities if kind == "individual" or one in ("name", "counted")]
    return offered or ["name"]


def amendable_fields(statement: Statement, kind: Kind) -> list[Field]:
    """Return the fields that this kind of signer may change in their own line, in their order."""
    return [field for field in fields_of(statement, kind) if field.name in AMENDABLE]


def founding_fields(statement: Statement, kind: Kind) -> list[Field]:
    """Return what those whom the organisers have listed may change: a person the whole line, whatever others are asked.

    An organisation has nobody in its line who speaks for it.
    """
    line = ("name", "title", "affiliation") if kind == "individual" else ()
    more = [field for field in amendable_fields(statement, kind) if field.name not in ("name", "title", "affiliation")]
    return [*(_FIELDS[name] for name in line), *more]


def described(statement: Statement, kind: Kind, locale: str, *, wording: str | None = None) -> list[dict[str, Any]]:
    """Return the fields as the API and the templates have them, with options in the language of the words.

    The partner's own box brings its ``wording`` as its label.
    """
    fields = _described(fields_of(statement, kind, wording=wording), statement, kind, locale)
    return [field | {"label": wording} if field["name"] == "partner_newsletter" else field for field in fields]


def described_line(fields: list[Field], statement: Statement, kind: Kind, locale: str) -> list[dict[str, Any]]:
    """Return fields of a signer's own line in the shape of ``described``."""
    return _described(fields, statement, kind, locale)


def _described(fields: list[Field], statement: Statement, kind: Kind, locale: str) -> list[dict[str, Any]]:
    return [
        {
            "name": field.name,
            "type": field.type,
            "required": is_required(statement, kind, field),
            "maxlength": field.maxlength,
            "autocomplete": field.autocomplete,
        }
        | ({"options": _options(statement, kind, field, locale)} if field.type == "select" else {})
        for field in fields
    ]


def _options(statement: Statement, kind: Kind, field: Field, locale: str) -> list[dict[str, str]]:
    if field.name == "country":
        return [{"value": code, "label": name} for code, name in messages.country_names(locale)]
    return [
        {"value": visibility, "label": messages.text(locale, f"visibility.{visibility}")}
        for visibility in visibilities_of(statement, kind)
    ]
