"""The settings of a statement and its consent wordings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from server.errors import Invalid, ValueRefused
from server.services.statements import (
    ConsentChanged,
    ConsentWordings,
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
from server.text.names import KINDS, clean_line
from server.text.statement_file import (
    CONFIRMATIONS,
    MODERATIONS,
    VISIBILITIES,
    SharedValues,
    StatementFileError,
    read_shared,
)
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.page import Errors, desk_page, error_sentence, explain
from server.web.context import get_context
from server.web.limits import limited
from server.web.public.views import CONSENT_KINDS, default_consent

# The settings form.

SettingsValues = Mapping[str, Any]
"""The form's values: strings, lists of ticked values, and booleans."""

MOMENT_FIELDS = ("opens", "closes", "event", "list_from")
NUMBER_FIELDS = ("goal", "count_from", "names_from", "mailbox_seats", "anonymise_after_days")
TEXT_FIELDS = ("timezone", "moderation", "confirm", "reply_to")
LIST_FIELDS = ("kinds", "fields", "required", "visibilities")
BOOLEAN_FIELDS = ("newsletter", "discreet", "indexed", "keep_contacts", "short_form")
_DAY_LENGTH = len("2027-01-31")
_DIGITS_MOST = 12


def settings_values(statement: Statement) -> dict[str, Any]:
    """Return the form's values for a statement; dates and times are in its timezone."""
    values = get_settings(statement)
    texts = {key: "" if values[key] is None else str(values[key]) for key in (*NUMBER_FIELDS, *TEXT_FIELDS)}
    walls = {key: _local_time(values[key], statement.zone) for key in MOMENT_FIELDS}
    lists = {key: list(values[key]) for key in LIST_FIELDS}
    return texts | walls | lists | {key: values[key] for key in BOOLEAN_FIELDS} | {"preset": statement.visibilities[0]}


def typed_settings(sent: MultiDict[str, str]) -> dict[str, Any]:
    """Return the submitted values in the shape of ``settings_values``."""
    texts = {key: sent.get(key, "").strip() for key in (*MOMENT_FIELDS, *NUMBER_FIELDS, *TEXT_FIELDS, "preset")}
    return texts | {key: sent.getlist(key) for key in LIST_FIELDS} | {key: key in sent for key in BOOLEAN_FIELDS}


def read_settings(values: SettingsValues, statement: Statement) -> SharedValues:
    """Return the validated settings; raises ``Invalid`` with codes by key.

    They pass the same checks as a statement file. An unedited time keeps its exact second, even if its local time
    occurs twice (end of daylight saving time).
    """
    table = _settings_table(values, statement)
    wrong: dict[str, list[str]] = {}
    if values["preset"] not in values["visibilities"]:
        wrong["visibilities"] = ["no-preset"]
    try:
        found = read_shared(table)
    except StatementFileError as refusal:
        wrong = {problem.key: [problem.code] for problem in refusal.problems} | wrong
    if wrong:
        raise Invalid(wrong)
    return found


def _settings_table(values: SettingsValues, statement: Statement) -> dict[str, Any]:
    """Return the form's values as the table that parsing a TOML statement file would give."""
    before = settings_values(statement)
    is_same_zone = values["timezone"] == before["timezone"]
    stands = get_settings(statement)
    table: dict[str, Any] = {key: values[key] for key in (*LIST_FIELDS, *BOOLEAN_FIELDS)}
    preset = values["preset"]
    table["visibilities"] = sorted(values["visibilities"], key=lambda one: (one != preset, _visibility_order(one)))
    table |= {key: values[key] for key in TEXT_FIELDS if values[key]}
    table |= {key: _read_number(values[key]) for key in NUMBER_FIELDS if values[key]}
    for key in MOMENT_FIELDS:
        if values[key] and is_same_zone and values[key] == before[key]:
            table[key] = datetime.fromtimestamp(stands[key], UTC)
        elif values[key]:
            table[key] = _read_moment(values[key], has_zone=bool(values["timezone"]))
    return table


def _visibility_order(visibility: str) -> int:
    return VISIBILITIES.index(visibility) if visibility in VISIBILITIES else len(VISIBILITIES)


def _local_time(epoch: int | None, zone: str) -> str:
    if epoch is None:
        return ""
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


def _read_number(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MOST else text


# Settings.

bp = Blueprint("settings", __name__, url_prefix="/admin/statements/<slug>/settings")
_CHOICES = {
    "kinds": KINDS,
    "moderation": MODERATIONS,
    "confirm": CONFIRMATIONS,
    "visibilities": VISIBILITIES,
    "mailbox_seats": ("1", "2"),
}


@bp.get("")
@limited("desk")
@requires_role("viewer")
def show_settings(slug: str) -> ResponseReturnValue:
    """Show the settings of the statement."""
    statement = desk_request().at
    return _render_settings(statement, settings_values(statement))


@bp.post("")
@limited("desk")
@requires_role("owner")
def save_settings(slug: str) -> ResponseReturnValue:
    """Save the settings; if they are invalid, show the input again with the errors."""
    here, asking, values = get_context(), desk_request(), typed_settings(request.form)
    try:
        change_settings(
            here.db,
            slug,
            read_settings(values, asking.at),
            seen=request.form.get("seen", ""),
            knows_who_waits=request.form.get("sooner") == "yes",
            actor=asking.actor,
            now=here.clock(),
        )
    except Invalid as refusal:
        errors, seen = explain(refusal.fields, "desk.settings.invalid."), request.form.get("seen", "")
        return _render_settings(asking.at, values, status=refusal.status, errors=errors, seen=seen)
    except SettingsChanged as meanwhile:
        return _render_settings(
            meanwhile.stands, values, status=meanwhile.status, differing=_differing_keys(meanwhile.stands, values)
        )
    return redirect(url_for("settings.show_settings", slug=slug, done="saved"), 303)


def _differing_keys(stands: Statement, values: SettingsValues) -> list[str]:
    """Return the keys whose typed value differs from the saved one."""
    saved = settings_values(stands)
    return [key for key, value in saved.items() if _comparable(value) != _comparable(values[key])]


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _render_settings(
    statement: Statement,
    values: SettingsValues,
    *,
    status: int = 200,
    errors: Errors | None = None,
    differing: list[str] | None = None,
    seen: str | None = None,
) -> Response:
    """Show the form; ``differing`` are the keys that somebody else has changed meanwhile."""
    here = get_context()
    with here.db.read() as tx:
        how_many = count_signers_without_founders(tx, statement.id)
    waits = statement.keeps_names_back or statement.hidden_until(here.clock()) is not None
    return desk_page(
        "desk/settings.html",
        status=status,
        statement=statement,
        values=values,
        choices=_choices(),
        timezones=_timezones(),
        signers=how_many,
        waits=waits,
        errors=errors or {},
        differing=differing,
        seen=settings_fingerprint(statement) if seen is None else seen,
        done=request.args.get("done"),
    )


def _choices() -> dict[str, list[tuple[str, str]]]:
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


@consent_bp.get("")
@limited("desk")
@requires_role("viewer")
def show_consent(slug: str) -> ResponseReturnValue:
    """Show the consent wordings."""
    return _render_consent()


@consent_bp.post("")
@limited("desk")
@requires_role("owner")
def save_consent(slug: str) -> ResponseReturnValue:
    """Save the consent wordings; if they are invalid, show the input again with the errors."""
    here, asking, seen = get_context(), desk_request(), request.form.get("seen", "")
    try:
        set_consent_wordings(here.db, slug, _read_consent(asking.at), seen=seen, actor=asking.actor, now=here.clock())
    except Invalid as refusal:
        return _render_consent(status=refusal.status, is_typed=True, errors=_explain_consent(refusal), seen=seen)
    except ConsentChanged as meanwhile:
        return _render_consent(status=meanwhile.status, is_typed=True, is_stale=True)
    return redirect(url_for("consent.show_consent", slug=slug, done="saved"), 303)


def _read_consent(statement: Statement) -> ConsentWordings:
    """Return the cleaned wordings for the languages of a statement; raises ``Invalid``."""
    found, wrong = {}, {}
    for locale in _consent_locales(statement):
        for which in CONSENT_KINDS:
            name = _consent_field_name(locale, which)
            if name not in request.form:
                continue
            try:
                found[locale, which] = clean_line(request.form[name], longest=CONSENT_LONGEST)
            except ValueRefused as refusal:
                wrong[name] = [refusal.reason]
    if wrong:
        raise Invalid(wrong)
    return found


def _explain_consent(refusal: Invalid) -> Errors:
    """Return the errors by field; every error is explained with the maximum length."""
    return {name: [error_sentence("invalid", "desk.consent.", most=CONSENT_LONGEST)] for name in refusal.fields}


def _consent_locales(statement: Statement) -> list[str]:
    with get_context().db.read() as tx:
        return [text.locale for text in texts.list_latest(tx, statement.id)]


def _consent_field_name(locale: str, which: str) -> str:
    return f"{locale}-{which}"


def _render_consent(
    *,
    status: int = 200,
    is_typed: bool = False,
    is_stale: bool = False,
    errors: Errors | None = None,
    seen: str | None = None,
) -> Response:
    """Show the wordings of each language: the saved ones, or the input."""
    statement = desk_request().at
    with get_context().db.read() as tx:
        own = texts.list_consent_wordings(tx, statement.id)
    return desk_page(
        "desk/consent.html",
        status=status,
        statement=statement,
        languages=[
            _language_shape(statement, locale, own, is_typed=is_typed) for locale in _consent_locales(statement)
        ],
        most=CONSENT_LONGEST,
        errors=errors or {},
        is_stale=is_stale,
        seen=consent_fingerprint(own) if seen is None else seen,
        done=request.args.get("done"),
    )


def _our_consent(locale: str, which: str, kinds: Sequence[str]) -> str:
    """Return the default wording for an empty field; for ``counted`` it may differ between kinds, so it lists each."""
    asked = kinds if which == "counted" else [which]
    return " / ".join(default_consent(locale, which, kind=kind) for kind in asked)


def _language_shape(statement: Statement, locale: str, own: ConsentWordings, *, is_typed: bool) -> dict[str, Any]:
    spoken = translations.supported_locale(locale)
    return {
        "locale": locale,
        "dir": translations.direction(locale),
        "name": translations.language_name(locale),
        "fields": [
            {
                "which": which,
                "name": _consent_field_name(locale, which),
                "value": request.form.get(_consent_field_name(locale, which), "")
                if is_typed
                else own.get((locale, which), ""),
                "ours": _our_consent(spoken, which, statement.kinds),
            }
            for which in CONSENT_KINDS
        ],
    }
