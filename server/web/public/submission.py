"""The one definition of what a signer may send, for JSON and for the pages without JavaScript alike."""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, StringField, ValidationError
from wtforms.validators import StopValidation

from server import messages
from server.actions.lines import Line
from server.actions.sign import Submission
from server.addresses import AddressRefused, WebsiteRefused, check_address, check_website
from server.errors import BadRequest, Invalid
from server.kinds import Kind
from server.records.statements import Statement
from server.text import COMMENT_LONGEST, LINE_LONGEST, TextRefused, clean_block, clean_line, clean_name
from server.web.fields import FIELD_NAMES, Field, fields_of, is_required, kinds_of, visibilities_of

KEY_SHAPE = re.compile(r"[A-Za-z0-9_-]{16,64}")
LOCALE_SHAPE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Cleaned:
    """A WTForms validator: replaces a field's text by its clean form, or refuses it with a code of ours."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean

    def __call__(self, form: FlaskForm, field: StringField) -> None:
        if field.data is None or not field.data.strip():
            field.data = None
            if field.name in form.needed:
                raise StopValidation("required")
            return
        try:
            field.data = self._clean(field.data)
        except (TextRefused, AddressRefused, WebsiteRefused) as refusal:
            raise ValidationError(refusal.reason) from refusal


def _line(value: str) -> str:
    return clean_line(value, longest=LINE_LONGEST)


def _block(value: str) -> str:
    return clean_block(value, longest=COMMENT_LONGEST)


def _be_ticked(form: FlaskForm, field: BooleanField) -> None:
    """A WTForms validator: refuses a box that must be ticked and is not."""
    if field.name in form.needed and not field.data:
        raise StopValidation("unticked")


_NO = (False, "false", "no", "off", "")
_BOXES = ("authorised", "newsletter", "partner_newsletter")
_COUNTRIES = frozenset(code for code, _ in messages.country_names("en"))


class SignForm(FlaskForm):  # type: ignore[misc]
    """Every field there can be; ``needed`` and ``asked`` say which of them this statement wants of this kind."""

    name = StringField(validators=[Cleaned(clean_name)])
    email = StringField(validators=[Cleaned(check_address)])
    title = StringField(validators=[Cleaned(_line)])
    affiliation = StringField(validators=[Cleaned(_line)])
    organisation = StringField(validators=[Cleaned(clean_name)])
    website = StringField(validators=[Cleaned(check_website)])
    city = StringField(validators=[Cleaned(_line)])
    country = StringField(validators=[Cleaned(str.strip)])
    comment = StringField(validators=[Cleaned(_block)])
    visibility = StringField(validators=[Cleaned(str.strip)])
    authorised = BooleanField(validators=[_be_ticked], false_values=_NO)
    newsletter = BooleanField(false_values=_NO)
    partner_newsletter = StringField()

    def __init__(self) -> None:
        super().__init__(None, meta=_NO_CSRF)

    def check(self, texts: Mapping[str, str], *, statement: Statement, kind: Kind, asked: list[Field]) -> bool:
        """Take what one signer sent, clean it and say whether it will do; nothing of the signer before is left."""
        self.offered = visibilities_of(statement, kind)
        self.needed = {field.name for field in asked if is_required(statement, kind, field)}
        # What this statement does not ask for is neither read nor refused: a page of yesterday may still send it.
        self.process(MultiDict({field.name: texts[field.name] for field in asked if field.name in texts}))
        return bool(self.validate())

    def validate_country(self, field: StringField) -> None:
        """Take ISO 3166 codes that have a name."""
        if field.data and field.data not in _COUNTRIES:
            raise ValidationError("not-a-choice")

    def validate_visibility(self, field: StringField) -> None:
        """Take what this statement offers to such a signer, and its first choice where none was made."""
        field.data = field.data or self.offered[0]
        if field.data not in self.offered:
            raise ValidationError("not-a-choice")


def _form_with(asked: list[Field]) -> SignForm:
    """Return this thread's form with the fields that are asked for: WTForms takes longer to make one than to use it."""
    names = frozenset(field.name for field in asked)
    form = _mine.by_names.get(names)
    if form is None:
        others = set(FIELD_NAMES) - names - {"visibility"}
        form = _mine.by_names[names] = type("AskedForm", (SignForm,), dict.fromkeys(others))()
    return form


# The public door has no session that a forged request could ride on: it checks Origin, content type and form token.
_NO_CSRF = {"csrf": False}


class _Forms(threading.local):
    """The forms of one thread, by the names of the fields that are asked for."""

    def __init__(self) -> None:
        self.by_names: dict[frozenset[str], SignForm] = {}


_mine = _Forms()
CONTROLS = ("key", "form_token", "kind", "locale")
KEYS = frozenset((*CONTROLS, *FIELD_NAMES))


def read_kind(statement: Statement, value: str | None) -> Kind:
    """Return who signs; raises ``Invalid`` unless the statement takes that kind."""
    for kind in kinds_of(statement):
        if kind == value:
            return kind
    raise Invalid({"kind": ["not-a-choice" if value else "required"]})


def read_submission(
    statement: Statement, sent: Mapping[str, str | bool], *, text_locale: str, wording: str | None = None
) -> Submission:
    """Return the checked submission that a signer sent.

    A ticked box of a partner's comes as its ``wording``: who read other words has not agreed to these.
    Raises ``Invalid`` with codes by field, and ``BadRequest`` when what only our own pages fill in is broken.
    """
    no_texts = [name for name, value in sent.items() if isinstance(value, bool) and name not in _BOXES]
    if no_texts:
        raise Invalid({name: ["not-text"] for name in no_texts})
    texts = {name: value if isinstance(value, str) else "yes" for name, value in sent.items() if value is not False}
    kind = read_kind(statement, texts.get("kind"))
    key = texts.get("key", "")
    if not KEY_SHAPE.fullmatch(key):
        raise BadRequest("key must be 16 to 64 letters, digits, - or _")
    locale = texts.get("locale") or text_locale
    if not LOCALE_SHAPE.fullmatch(locale):
        raise BadRequest("locale must be a language tag such as hy or pt-BR")
    values = _read(texts, statement, kind, fields_of(statement, kind, wording=wording))
    values["partner_newsletter"] = wording if values.get("partner_newsletter") == wording else None
    values.pop("authorised", None)  # what is kept of it is the consent of the mailbox's owner, on the next page
    return Submission(key=key, kind=kind, locale=messages.spoken(locale), **values)


def read_line(asked: list[Field], statement: Statement, kind: Kind, sent: Mapping[str, str]) -> Line:
    """Return what a signer would have stand in their own line; raises ``Invalid`` with codes by field.

    It holds every field that they are asked for: one that was not sent is empty.
    """
    values = _read(sent, statement, kind, asked)
    return {field.name: values[field.name] for field in asked}


def _read(texts: Mapping[str, str], statement: Statement, kind: Kind, asked: list[Field]) -> dict[str, Any]:
    """Return the clean values of the fields that are asked for, and ``visibility``; raises ``Invalid``."""
    form = _form_with(asked)
    if not form.check(texts, statement=statement, kind=kind, asked=asked):
        raise Invalid({name: [str(code) for code in codes] for name, codes in form.errors.items()})
    values: dict[str, Any] = form.data
    return values
