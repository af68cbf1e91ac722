"""The settings of a statement: what all its languages share, asked as an organiser asks it."""

from functools import cache, partial
from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.settle import SettingsChanged, count_signers, fingerprint, settle
from server.errors import Invalid
from server.kinds import KINDS
from server.records.statements import Statement
from server.statement_file import CONFIRMATIONS, FIELDS, MODERATIONS, VISIBILITIES
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.settings_form import Typed, read, shown, typed
from server.web.admin.wrong import Errors, explained
from server.web.limits import limited
from server.web.services import services

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
@needs("viewer")
def look(slug: str) -> ResponseReturnValue:
    """Show how the statement is set up."""
    statement = desk().at
    return _page(statement, shown(statement))


@bp.post("")
@limited("desk")
@needs("owner")
def save(slug: str) -> ResponseReturnValue:
    """Keep other settings; what will not do comes back with all that was typed."""
    here, asking, values = services(), desk(), typed(request.form)
    try:
        settle(
            here.db,
            slug,
            read(values, asking.at),
            seen=request.form.get("seen", ""),
            knows_who_waits=request.form.get("sooner") == "yes",
            actor=asking.actor,
            now=here.clock(),
        )
    except Invalid as refusal:
        errors, seen = explained(refusal.fields, "desk.settings.invalid."), request.form.get("seen", "")
        return _page(asking.at, values, status=refusal.status, errors=errors, seen=seen)
    except SettingsChanged as meanwhile:
        return _page(meanwhile.stands, values, status=meanwhile.status, differing=_differing(meanwhile.stands, values))
    return redirect(url_for("settings.look", slug=slug, done="saved"), 303)


def _differing(stands: Statement, values: Typed) -> list[str]:
    """Return the keys under which something else was typed than is saved now."""
    saved = shown(stands)
    return [key for key, value in saved.items() if _plain(value) != _plain(values[key])]


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _page(
    statement: Statement,
    values: Typed,
    *,
    status: int = 200,
    errors: Errors | None = None,
    differing: list[str] | None = None,
    seen: str | None = None,
) -> Response:
    """Show the form; ``differing`` are the keys that somebody else has saved otherwise meanwhile."""
    here = services()
    with here.db.read() as tx:
        how_many = count_signers(tx, statement.id)
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
        seen=fingerprint(statement) if seen is None else seen,
        done=request.args.get("done"),
    )


def _choices() -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen, by key: (value, words)."""
    say = partial(messages.text, desk_locale())
    worded = {key: [(one, say(f"desk.settings.{key}.{one}")) for one in values] for key, values in _CHOICES.items()}
    return worded | {"fields": [(one, say(f"field.{one}")) for one in FIELDS]}


@cache
def _timezones() -> list[str]:
    """Return the names to choose from, those of places: Etc/GMT+4 is not what it says."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
