"""The settings of a statement and its consent wordings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from wtforms import SelectMultipleField

from server.errors import Invalid
from server.services.statements import (
    ConsentChanged,
    SettingsChanged,
    change_settings,
    consent_fingerprint,
    count_signers_without_founders,
    get_settings,
    set_consent_wordings,
    settings_fingerprint,
)
from server.tables import texts
from server.tables.statements import Statement
from server.text import translations
from server.text.fields import OPTIONAL
from server.text.names import KINDS
from server.text.statement_file import (
    CONFIRMATIONS,
    MODERATIONS,
    VISIBILITIES,
    SharedValues,
    StatementFileError,
    read_shared,
)
from server.web.admin.auth import actor_and_now, desk_locale, desk_request, requires_role
from server.web.admin.page import desk_page
from server.web.context import get_context, see_other
from server.web.forms import Form, box_field, boxes_field, form_of, line_field, raw_field, text_field
from server.web.limits import limited
from server.web.public.views import CONSENT_KINDS, default_consent

# The settings form.

MOMENT_FIELDS = ("opens", "closes", "event", "list_from")
_DAY_LENGTH = len("2027-01-31")
_DIGITS_MOST = 12


def _read_number(typed: str) -> int | str:
    """Return the typed number; invalid text is returned as it is, for ``read_shared`` to refuse."""
    text = typed.strip()
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MOST else text


class SettingsForm(Form):
    """The settings; ``read_settings`` checks their values. ``seen`` is the fingerprint of those that were shown."""

    messages = "desk.settings.invalid."
    opens = closes = event = list_from = text_field(str.strip)
    timezone = moderation = confirm = reply_to = preset = text_field(str.strip)
    goal = count_from = names_from = mailbox_seats = anonymise_after_days = text_field(_read_number)
    kinds = fields = required = visibilities = boxes_field()
    newsletter = discreet = indexed = keep_contacts = short_form = sooner = box_field()
    seen = raw_field()

    def validate_visibilities(self, field: SelectMultipleField) -> None:
        """Check that the visibility that is selected by default is offered."""
        if field.data and self.preset.data not in field.data:
            self.refuse("visibilities", "no-preset")


def settings_values(statement: Statement) -> dict[str, Any]:
    """Return the form's values for a statement; dates and times are in its timezone."""
    values = get_settings(statement)
    walls = {key: _local_time(values[key], statement.zone) for key in MOMENT_FIELDS}
    return values | walls | {"preset": statement.visibilities[0]}


def read_settings(form: SettingsForm, statement: Statement) -> SharedValues | None:
    """Return the validated settings; None if a field has errors.

    They pass the same checks as a statement file. An unedited time keeps its exact second, even if its local time
    occurs twice (end of daylight saving time).
    """
    form.validate()
    try:
        values = read_shared(_settings_table(form.data, statement))
    except StatementFileError as refusal:
        form.refuse_all(refusal.fields)
        return None
    return None if form.wrong else values


def _settings_table(values: Mapping[str, Any], statement: Statement) -> dict[str, Any]:
    """Return the form's values as the table that parsing a TOML statement file would give."""
    stands, before = get_settings(statement), settings_values(statement)
    table = {key: values[key] for key in stands if values[key] is not None}
    table["visibilities"] = sorted(values["visibilities"], key=lambda one: one != values["preset"])
    for key in table.keys() & MOMENT_FIELDS:
        if values["timezone"] == before["timezone"] and values[key] == before[key]:
            table[key] = datetime.fromtimestamp(stands[key], UTC)
        else:
            table[key] = _read_moment(values[key], has_zone=bool(values["timezone"]))
    return table


def _local_time(epoch: int | None, zone: str) -> str | None:
    if epoch is None:
        return None
    wall = datetime.fromtimestamp(epoch, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return wall.isoformat(timespec="seconds" if wall.second else "minutes")


def _read_moment(text: str, *, has_zone: bool) -> date | str:
    """Return the typed date or time, in UTC if no timezone is set; invalid text is returned as it is."""
    try:
        if len(text) == _DAY_LENGTH and has_zone:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if has_zone or moment.tzinfo else moment.replace(tzinfo=UTC)


# Settings.

bp = Blueprint("settings", __name__, url_prefix="/admin/statements/<slug>/settings")
_CHOICES = {
    "kinds": KINDS,
    "moderation": MODERATIONS,
    "confirm": CONFIRMATIONS,
    "visibilities": VISIBILITIES,
    "mailbox_seats": (1, 2),
}


@bp.get("")
@limited("desk")
@requires_role("viewer")
def show_settings(slug: str) -> ResponseReturnValue:
    """Show the settings of the statement."""
    statement = desk_request().at
    form = SettingsForm(data=settings_values(statement) | {"seen": settings_fingerprint(statement)})
    return _render_settings(statement, form)


@bp.post("")
@limited("desk")
@requires_role("owner")
def save_settings(slug: str) -> ResponseReturnValue:
    """Save the settings; if they are invalid, show the input again with the errors."""
    here, asking, form = get_context(), desk_request(), SettingsForm()
    values = read_settings(form, asking.at)
    if values is None:
        return _render_settings(asking.at, form)
    try:
        change_settings(
            *(here.db, slug, values), seen=form.seen.data, knows_who_waits=form.sooner.data, **actor_and_now()
        )
    except Invalid as refusal:
        form.refuse_all(refusal.fields)
        return _render_settings(asking.at, form)
    except SettingsChanged as meanwhile:
        form.seen.data = settings_fingerprint(meanwhile.stands)
        return _render_settings(meanwhile.stands, form, differing=_differing_keys(meanwhile.stands, form))
    return see_other("settings.show_settings", slug=slug, done="saved")


def _differing_keys(stands: Statement, form: SettingsForm) -> list[str]:
    """Return the keys whose typed value differs from the saved one."""
    saved = settings_values(stands)
    return [key for key, value in saved.items() if _comparable(value) != _comparable(form[key].data)]


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def _render_settings(statement: Statement, form: SettingsForm, *, differing: list[str] | None = None) -> Response:
    """Show the form; ``differing`` are the keys that somebody else has changed meanwhile."""
    here = get_context()
    with here.db.read() as tx:
        how_many = count_signers_without_founders(tx, statement.id)
    waits = statement.keeps_names_back or statement.hidden_until(here.clock()) is not None
    return desk_page(
        "desk/settings.html",
        form=form,
        status=None if differing is None else 409,
        statement=statement,
        choices=_choices(),
        timezones=_timezones(),
        signers=how_many,
        waits=waits,
        differing=differing,
        done=request.args.get("done"),
    )


def _choices() -> dict[str, list[tuple[str | int, str]]]:
    """Return the options by key: (value, label)."""
    say = partial(translations.text, desk_locale())
    worded = {key: [(one, say(f"desk.settings.{key}.{one}")) for one in values] for key, values in _CHOICES.items()}
    return worded | {"fields": [(one, say(f"field.{one}")) for one in OPTIONAL]}


@cache
def _timezones() -> list[str]:
    """Return the timezones named after places; names such as Etc/GMT+4 have inverted signs and mislead."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))


# Consent.

consent_bp = Blueprint("consent", __name__, url_prefix="/admin/statements/<slug>/consent")
CONSENT_LONGEST = 600  # short enough that ten languages in any script fit into a form


class ConsentForm(Form):
    """The wordings, with one field for each language and kind. ``seen`` is the fingerprint of those that were shown."""

    seen = raw_field()


@consent_bp.get("")
@limited("desk")
@requires_role("viewer")
def show_consent(slug: str) -> ResponseReturnValue:
    """Show the consent wordings."""
    return _render_consent(*_consent_form())


@consent_bp.post("")
@limited("desk")
@requires_role("owner")
def save_consent(slug: str) -> ResponseReturnValue:
    """Save the consent wordings; if they are invalid, show the input again with the errors."""
    here = get_context()
    form, locales = _consent_form()
    if not form.validate():
        return _render_consent(form, locales)
    wordings = {(locale, which): form[f"{locale}-{which}"].data or "" for locale in locales for which in CONSENT_KINDS}
    try:
        set_consent_wordings(here.db, slug, wordings, seen=form.seen.data, **actor_and_now())
    except ConsentChanged:
        form.seen.data = form.seen.object_data
        return _render_consent(form, locales, is_stale=True)
    return see_other("consent.show_consent", slug=slug, done="saved")


def _consent_form() -> tuple[ConsentForm, list[str]]:
    """Return the form, and the languages of the statement.

    Fields that are not in the request have their saved values.
    """
    with get_context().db.read() as tx:
        locales = [text.locale for text in texts.list_latest(tx, desk_request().at.id)]
        own = texts.list_consent_wordings(tx, desk_request().at.id)
    fields = {f"{locale}-{which}": line_field(CONSENT_LONGEST) for locale in locales for which in CONSENT_KINDS}
    saved = {f"{locale}-{which}": words for (locale, which), words in own.items()}
    return form_of(ConsentForm, fields, saved=saved | {"seen": consent_fingerprint(own)}), locales


def _render_consent(form: ConsentForm, locales: list[str], *, is_stale: bool = False) -> Response:
    """Show the wordings of each language; ``is_stale`` if somebody else has saved some meanwhile."""
    return desk_page(
        "desk/consent.html",
        form=form,
        status=409 if is_stale else None,
        languages=[_language_shape(form, locale) for locale in locales],
        most=CONSENT_LONGEST,
        is_stale=is_stale,
        done=request.args.get("done"),
    )


def _our_consent(locale: str, which: str, kinds: Sequence[str]) -> str:
    """Return the default wording for an empty field; for ``counted`` it may differ between kinds, so it lists each."""
    asked = kinds if which == "counted" else [which]
    return " / ".join(default_consent(locale, which, kind=kind) for kind in asked)


def _language_shape(form: ConsentForm, locale: str) -> dict[str, Any]:
    spoken, kinds = translations.supported_locale(locale), desk_request().at.kinds
    return {
        "locale": locale,
        "dir": translations.direction(locale),
        "name": translations.language_name(locale),
        "questions": [
            (which, form[f"{locale}-{which}"], _our_consent(spoken, which, kinds)) for which in CONSENT_KINDS
        ],
    }
