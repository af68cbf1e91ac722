"""The only module that reads forms: the base class, fields that clean their input, and codes for errors.

The public forms, the pages of the desk and JSON are all read by a ``Form``. No other module reads ``request.form``.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import BooleanField, Field, SelectMultipleField, StringField, ValidationError
from wtforms.validators import StopValidation

from server.errors import Code, Invalid, ValueRefused
from server.text.names import clean_line, strip_invisible

REASON_LONGEST: Final = 500
"""The longest reason for an action at the desk, in characters."""

NUMBER_DIGITS_MOST = 18  # fits into a column of 64 bits
TICKED = "yes"
"""The value of a ticked checkbox."""


class Form(FlaskForm):  # type: ignore[misc]
    """A form. On a POST, its values come from the body of the request; otherwise each field has its default.

    ``is_empty``: do not read the request. Unlike Flask-WTF's own forms, this class reads no JSON: a tick proves that
    somebody saw our page.

    ``needed`` are the names of the fields that must be filled in. ``messages`` is the prefix of the page's own messages
    for error codes, as in ``explain``.
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """No CSRF token here: the views check it (``requires_role``), or the origin (``check_own_page``)."""

        csrf = False

    needed: Collection[str] = ()
    messages: ClassVar[str] = ""

    def __init__(self, *, is_empty: bool = False, **defaults: Any) -> None:
        super().__init__(None if is_empty else _sent_by_page(), **defaults)

    def read(self) -> dict[str, Any]:
        """Return the clean values by field; raises ``Invalid`` with codes by field."""
        if not self.validate():
            raise Invalid(self.wrong)
        values: dict[str, Any] = self.data
        return values

    def refuse(self, name: str, reason: str, **values: str | int) -> None:
        """Add an error to the field of this name on the page, for a refusal that comes after validation."""
        field = next(field for field in self if field.name == name)
        field.errors = [*field.errors, Code(reason, **values)]

    def refuse_all(self, fields: Mapping[str, Sequence[str]]) -> None:
        """Add the codes by field of a refusal, such as ``Invalid.fields``."""
        for name, codes in fields.items():
            for code in codes:
                self.refuse(name, code)

    @property
    def wrong(self) -> dict[str, list[str]]:
        """The codes of the errors by the name that the field has on the page."""
        return {field.name: list(field.errors) for field in self if field.errors}


def _sent_by_page() -> MultiDict[str, Any] | None:
    if request.method != "POST":
        return None
    return CombinedMultiDict([request.files, request.form]) if request.files else request.form


AnyForm = TypeVar("AnyForm", bound=Form)


def form_of(
    base: type[AnyForm], fields: Mapping[str, Field], *, saved: Mapping[str, Any] | None = None, prefix: str = ""
) -> AnyForm:
    """Return a form with further fields, for pages whose fields depend on data, such as one for each language.

    ``saved`` are values for fields that are not in the request. On the page, the names of fields begin with ``prefix``
    and a hyphen.
    """
    made: AnyForm = type(base.__name__, (base,), dict(fields))(data=saved, prefix=prefix)
    return made


def sent_values() -> MultiDict[str, str]:
    """Return all form values of the POST request.

    For tables in which each row has fields of the same names, for ``SignForm``, and to show a form again with its
    input.
    """
    return request.form


# Fields.


class TextField(StringField):
    """A text field whose ``data`` may become what its check returns, for example a number."""

    data: Any


class Cleaned:
    """A WTForms validator that replaces a field's text by its clean form, or fails with one of our codes."""

    def __init__(self, clean: Callable[[str], Any]) -> None:
        self._clean = clean

    def __call__(self, form: Form, field: StringField) -> None:
        if field.data is None or not strip_invisible(field.data):
            field.data = None
            if field.short_name in form.needed:
                raise StopValidation("required")
            return
        try:
            field.data = self._clean(field.data)
        except ValueRefused as refusal:
            raise ValidationError(refusal.reason) from refusal


class BoxesField(SelectMultipleField):
    """The values of a group of checkboxes, or of a column of fields that have the same name."""

    data: list[str]


class BoxField(BooleanField):
    """A checkbox of our own pages. Only the exact value ``TICKED`` counts, since a tick can delete something."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Set ``data`` to True only if the request has exactly the value of a ticked box."""
        self.data = list(valuelist) == [TICKED]


def must_be_ticked(form: Form, field: BooleanField) -> None:
    """A WTForms validator for a checkbox that must be ticked if it is needed."""
    if field.short_name in form.needed and not field.data:
        raise StopValidation("unticked")


def text_field(clean: Callable[[str], Any], *, name: str | None = None, default: Any = "") -> TextField:
    """Return a text field whose value is what ``clean`` returns; None if it is empty."""
    return TextField(name=name, default=default, validators=[Cleaned(clean)])


def line_field(longest: int, *, name: str | None = None) -> TextField:
    """Return a text field of one line with at most ``longest`` characters."""
    return text_field(partial(clean_line, longest=longest), name=name)


def reason_field() -> TextField:
    """Return the field for the reason of an action; the macro ``reason`` shows it."""
    return line_field(REASON_LONGEST)


def raw_field(*, name: str | None = None, default: str | None = "") -> TextField:
    """Return a field whose text is taken as it was sent; ``default`` if it is missing."""
    return TextField(name=name, default=default)


def choice_field(choices: Collection[str], *, default: str = "") -> TextField:
    """Return a field that takes one of these values."""
    return text_field(partial(_one_of, choices), default=default)


def number_field(least: int, most: int, *, code: str = "not-a-number", default: Any = "") -> TextField:
    """Return a field for a whole number; another value gets the error ``code``."""
    return text_field(partial(whole_number, least=least, most=most, code=code), default=default)


def box_field(*, name: str | None = None) -> BoxField:
    """Return a checkbox; if it is ``needed``, it must be ticked."""
    return BoxField(name=name, validators=[must_be_ticked])


def boxes_field(*, name: str | None = None) -> BoxesField:
    """Return a field with any number of values."""
    return BoxesField(name=name, default=(), validate_choice=False)


def file_field() -> FileField:
    """Return a field for a file; None if none was chosen."""
    return FileField()


def whole_number(typed: str, *, least: int = 0, most: int = 10**NUMBER_DIGITS_MOST, code: str = "not-a-number") -> int:
    """Return the number in ASCII digits; raises ``ValueRefused`` with ``code``."""
    typed = typed.strip()
    if typed.isascii() and typed.isdigit() and len(typed) <= NUMBER_DIGITS_MOST and least <= int(typed) <= most:
        return int(typed)
    raise ValueRefused(code)


def _one_of(choices: Collection[str], typed: str) -> str:
    if typed not in choices:
        raise ValueRefused("not-a-choice")
    return typed
