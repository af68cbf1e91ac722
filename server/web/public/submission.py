"""The fields of a form and the validation of input, for JSON and for pages without JavaScript."""

import json
import re
import threading
from collections.abc import Container, Mapping
from typing import Any, Final

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, StringField, ValidationError

from server.errors import BadRequest, Code, Invalid, TooLarge, UnsupportedMediaType, ValueRefused
from server.services.shared import PublicLine
from server.services.sign import Submission
from server.tables.statements import Statement
from server.text import translations
from server.text.addresses import check_address
from server.text.fields import FIELDS, FORM_ENDS_WITH, FOUNDER_CHANGES, Field, fields_for
from server.text.names import KINDS, Kind
from server.text.typos import suggest_address
from server.web.forms import Form, must_be_ticked, raw_field, text_field

# Fields.

FIELD_NAMES = tuple(FIELDS)
_LINE_OF_FOUNDER = tuple(FIELDS[name] for name in FOUNDER_CHANGES)
_NO_DETAILS: dict[Kind, tuple[str, ...]] = {"individual": (), "organisation": ("website",)}
"""Optional fields that are never behind "Add details": an organisation's website can speed up its approval."""


def fields_of(statement: Statement, kind: Kind, *, wording: str | None = None) -> list[Field]:
    """Return the fields for this kind of signer, in order.

    ``wording`` is the label of the partner's newsletter checkbox; None: no checkbox.
    """
    settings = {
        "visibility": len(visibilities_of(statement, kind)) > 1,
        "newsletter": statement.newsletter,
        "partner_newsletter": wording is not None,
    }
    wanted = {*statement.fields, *(name for name, is_set in settings.items() if is_set)}
    return [one for one in fields_for(kind) if one.asked[kind] in ("required", "always") or one.name in wanted]


def is_required(statement: Statement, kind: Kind, field: Field) -> bool:
    """Say whether this kind of signer must fill the field in."""
    return field.asked[kind] == "required" or field.name in statement.required


def kinds_of(statement: Statement) -> list[Kind]:
    """Return the kinds of signers that the statement accepts, individuals first."""
    return [kind for kind in KINDS if kind in statement.kinds]


def visibilities_of(statement: Statement, kind: Kind) -> list[str]:
    """Return the visibilities for this kind of signer, the default first; organisations have only name and counted."""
    offered = [one for one in statement.visibilities if kind == "individual" or one in ("name", "counted")]
    return offered or ["name"]


def signer_editable_fields(statement: Statement, kind: Kind) -> list[Field]:
    """Return the fields of the line that this kind of signer may change, in order."""
    return [field for field in fields_of(statement, kind) if "signer" in field.changed_by]


def founding_fields(statement: Statement, kind: Kind) -> list[Field]:
    """Return the fields that founders may change: those of the form that signers may change, too.

    For an individual, also name, title and affiliation, even if the form does not ask for them. Not for an
    organisation: its listed line names no person.
    """
    line = _LINE_OF_FOUNDER if kind == "individual" else ()
    return [*line, *(one for one in signer_editable_fields(statement, kind) if one not in _LINE_OF_FOUNDER)]


def describe_fields(
    statement: Statement, kind: Kind, locale: str, *, wording: str | None = None
) -> list[dict[str, Any]]:
    """Return the fields for the API and templates, with options in the given language.

    The partner's newsletter checkbox has ``wording`` as its label. In a short form, details (marked with ``detail``)
    come after the required fields and before the fields that end every form.
    """
    fields = describe_line_fields(fields_of(statement, kind, wording=wording), statement, kind, locale)
    fields = [field | {"label": wording} if field["name"] == "partner_newsletter" else field for field in fields]
    if not statement.short_form:
        return fields
    last = [field for field in fields if field["name"] in FORM_ENDS_WITH]
    first = [
        field for field in fields if field not in last and (field["required"] or field["name"] in _NO_DETAILS[kind])
    ]
    details = [field | {"detail": True} for field in fields if field not in last and field not in first]
    return [*first, *details, *last]


def describe_line_fields(fields: list[Field], statement: Statement, kind: Kind, locale: str) -> list[dict[str, Any]]:
    """Return any fields in the shape of ``describe_fields``, such as those of a signer's own line."""
    return [
        {
            "name": field.name,
            "type": field.type,
            "required": is_required(statement, kind, field),
            "maxlength": field.longest,
            "autocomplete": field.autocomplete,
        }
        | ({"options": _select_options(statement, kind, field, locale)} if field.type == "select" else {})
        for field in fields
    ]


def _select_options(statement: Statement, kind: Kind, field: Field, locale: str) -> list[dict[str, str]]:
    if field.name == "country":
        return [{"value": code, "label": name} for code, name in translations.country_names(locale).items()]
    return [
        {"value": visibility, "label": translations.text(locale, f"visibility.{visibility}")}
        for visibility in visibilities_of(statement, kind)
    ]


# Strict JSON.

BODY_MAX_BYTES = 16 * 1024
DEPTH_MAX = 2  # one more than is valid, so that a list as a value gets an error that names its key
LONGEST_KEY_SHOWN = 40

_JSON_TYPE = re.compile(r'application/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*', re.IGNORECASE)
# A whole string, or one bracket. Possessive quantifiers, and an unclosed string runs to the end, so the time is linear.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_DEEPER = {"[": 1, "{": 1, "]": -1, "}": -1}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class _Pairs(list[tuple[str, object]]):
    """A JSON object as pairs, with duplicate keys."""


class _Number:
    """A placeholder for any number, also NaN and Infinity: numbers are refused, so they are not parsed."""


_NUMBER: Final = _Number()
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs,
    parse_int=lambda _: _NUMBER,
    parse_float=lambda _: _NUMBER,
    parse_constant=lambda _: _NUMBER,
)


def read_object(body: bytes, *, keys: Container[str], content_type: str | None) -> dict[str, str | bool]:
    """Return the JSON object in ``body``: only known ``keys``, each at most once, with strings or booleans as values.

    Keys with the value null are left out. Raises ``UnsupportedMediaType`` unless the content type is exactly JSON
    (which makes browsers send a preflight from other origins), ``TooLarge``, and ``BadRequest`` for everything else.
    """
    if not _JSON_TYPE.fullmatch(content_type or ""):
        raise UnsupportedMediaType("the body must be sent as Content-Type: application/json")
    if len(body) > BODY_MAX_BYTES:
        raise TooLarge(f"the body must not be longer than {BODY_MAX_BYTES} bytes")
    fields: dict[str, str | bool] = {}
    seen: set[str] = set()
    for key, value in _parse_json(body):
        if key not in keys:
            raise BadRequest(f"{_printable_key(key)} is not a key that we know")
        if key in seen:
            raise BadRequest(f"{_printable_key(key)} is given more than once")
        seen.add(key)
        if value is not None:
            fields[key] = _check_pair(key, value)
    return fields


def _parse_json(body: bytes) -> _Pairs:
    """Return the pairs of the JSON object in ``body``; nesting is checked first, because the parser is recursive."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("the body must be UTF-8") from error
    if text.count("{") + text.count("[") > DEPTH_MAX:
        _refuse_depth(text)
    try:
        parsed = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadRequest(f"the body must be JSON: {error.msg} at character {error.pos}") from error
    if not isinstance(parsed, _Pairs):
        raise BadRequest("the body must be one JSON object")
    return parsed


def _refuse_depth(text: str) -> None:
    """Refuse nested JSON; brackets inside strings do not count."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        depth += _DEEPER.get(match[0], 0)
        if depth > DEPTH_MAX:
            raise BadRequest("the body must be one flat JSON object, this one is nested")


def _check_pair(key: str, value: object) -> str | bool:
    if not isinstance(value, str | bool):
        raise BadRequest(f"{_printable_key(key)} must be text, true, false or null")
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise BadRequest(f"{_printable_key(key)} contains a character that no text can have")
    return value


def _printable_key(key: str) -> str:
    """Return the key quoted, shortened and in ASCII, because it may contain anything."""
    return ascii(key[:LONGEST_KEY_SHOWN])


# Form validation.

SUBMISSION_KEYS = frozenset(("key", "form_token", "kind", "locale", "keep", *FIELD_NAMES))
KEY_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,64}")
LOCALE_SHAPE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


_FALSE_VALUES = (False, "false", "no", "off", "")
_CHECKBOXES = tuple(name for name, field in FIELDS.items() if field.type == "checkbox")


class SignForm(Form):
    """The form for one kind of signer; ``_cached_form`` adds the fields."""

    def check(self, texts: Mapping[str, str], *, statement: Statement, kind: Kind, asked: list[Field]) -> bool:
        """Load and validate one signer's input; the data of the previous signer is replaced completely."""
        self.offered = visibilities_of(statement, kind)
        self.kept = bool(texts.get("keep"))
        self.needed = {field.name for field in asked if is_required(statement, kind, field)}
        # Fields that the statement does not ask for are ignored: an old page may still send them.
        self.process(MultiDict({field.name: texts[field.name] for field in asked if field.name in texts}))
        return bool(self.validate())

    def validate_email(self, field: StringField) -> None:
        """Suggest a correction if the domain looks like a typo; with ``keep``, the address is accepted as it is."""
        meant = suggest_address(field.data) if field.data and not self.kept else None
        if meant is not None:
            raise ValidationError(Code("maybe-typo", suggestion=meant))

    def validate_visibility(self, field: StringField) -> None:
        """Accept only visibilities that are offered; the default is the first one."""
        field.data = field.data or self.offered[0]
        if field.data not in self.offered:
            raise ValidationError("not-a-choice")


def _cached_form(asked: list[Field]) -> SignForm:
    """Return this thread's form with these fields, cached because creating a WTForms form is slower than using it."""
    names = frozenset(field.name for field in asked)
    forms: dict[frozenset[str], SignForm] = vars(_thread_forms).setdefault("by_names", {})
    form = forms.get(names)
    if form is None:
        fields = {name: _form_field(FIELDS[name]) for name in (*names, "visibility")}
        form = forms[names] = type("AskedForm", (SignForm,), fields)(is_empty=True)
    return form


def _form_field(field: Field) -> StringField | BooleanField:
    if field.name == "partner_newsletter":  # when ticked, its value is the wording beside it
        return raw_field(default=None)
    if field.type == "checkbox":
        return BooleanField(validators=[must_be_ticked], false_values=_FALSE_VALUES)
    return text_field(field.clean, default=None)


_thread_forms = threading.local()
"""The forms of one thread, by the names of their fields."""


def read_submission(
    statement: Statement, sent: Mapping[str, str | bool], *, text_locale: str, wording: str | None = None
) -> Submission:
    """Return a signer's validated submission.

    The checkbox for a partner's news sends the wording beside it. If that differs from ``wording``, it is no consent.
    Raises ``Invalid`` with codes by field, and ``BadRequest`` if ``key`` or ``locale`` is invalid: no signer
    types those.
    """
    no_texts = [name for name, value in sent.items() if isinstance(value, bool) and name not in (*_CHECKBOXES, "keep")]
    if no_texts:
        raise Invalid({name: ["not-text"] for name in no_texts})
    texts = {name: value if isinstance(value, str) else "yes" for name, value in sent.items() if value is not False}
    if texts.get("take") and "email" in texts:
        texts["email"] = _suggested(texts["email"])
    kind = next((kind for kind in kinds_of(statement) if kind == texts.get("kind")), None)
    if kind is None:
        raise Invalid({"kind": ["not-a-choice" if texts.get("kind") else "required"]})
    key = texts.get("key", "")
    if not KEY_SHAPE.fullmatch(key):
        raise BadRequest("key must be 16 to 64 letters, digits, - or _")
    locale = texts.get("locale") or text_locale
    if not LOCALE_SHAPE.fullmatch(locale):
        raise BadRequest("locale must be a language tag such as hy or pt-BR")
    values = _read_form(texts, statement, kind, fields_of(statement, kind, wording=wording))
    values["partner_newsletter"] = wording if values.get("partner_newsletter") == wording else None
    values.pop("authorised", None)  # not stored: the mailbox's owner gives this consent when confirming
    return Submission(key=key, kind=kind, locale=translations.supported_locale(locale), **values)


def _suggested(typed: str) -> str:
    """Return the suggested correction of an address, or the input if nothing is suggested."""
    try:
        return suggest_address(check_address(typed)) or typed
    except ValueRefused:
        return typed


def read_public_line(asked: list[Field], statement: Statement, kind: Kind, sent: Mapping[str, str]) -> PublicLine:
    """Return the signer's edited line; raises ``Invalid`` with codes by field.

    It contains every field in ``asked``; a missing one is empty.
    """
    values = _read_form(sent, statement, kind, asked)
    return {field.name: values[field.name] for field in asked}


def _read_form(texts: Mapping[str, str], statement: Statement, kind: Kind, asked: list[Field]) -> dict[str, Any]:
    """Return the clean values of the fields in ``asked``, and ``visibility``; raises ``Invalid``."""
    form = _cached_form(asked)
    if not form.check(texts, statement=statement, kind=kind, asked=asked):
        raise Invalid(form.wrong)
    values: dict[str, Any] = form.data
    return values
