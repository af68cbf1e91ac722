"""The form of a statement's settings: what it shows of them, and how what was typed is read as a file would be."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from server.actions.settle import settings_of
from server.errors import Invalid
from server.records.statements import Statement
from server.statement_file import VISIBILITIES, SharedValues, StatementFileError, read_shared

Typed = Mapping[str, Any]
"""What stands in the fields: texts, lists of what is ticked, and truths."""

MOMENTS = ("opens", "closes", "event", "list_from")
NUMBERS = ("goal", "count_from", "names_from", "mailbox_seats", "anonymise_after_days")
WORDS = ("timezone", "moderation", "confirm", "reply_to")
LISTS = ("kinds", "fields", "required", "visibilities")
TRUTHS = ("newsletter", "discreet", "keep_contacts")
_DAY_LENGTH = len("2027-01-31")
_DIGITS_MOST = 12


def shown(statement: Statement) -> dict[str, Any]:
    """Return what stands in the fields when nobody has typed yet; moments as wall times where the statement is."""
    values = settings_of(statement)
    texts = {key: "" if values[key] is None else str(values[key]) for key in (*NUMBERS, *WORDS)}
    walls = {key: _wall(values[key], statement.zone) for key in MOMENTS}
    lists = {key: list(values[key]) for key in LISTS}
    return texts | walls | lists | {key: values[key] for key in TRUTHS} | {"preset": statement.visibilities[0]}


def typed(sent: MultiDict[str, str]) -> dict[str, Any]:
    """Return what a form that was sent holds, in the shape of ``shown``."""
    texts = {key: sent.get(key, "").strip() for key in (*MOMENTS, *NUMBERS, *WORDS, "preset")}
    return texts | {key: sent.getlist(key) for key in LISTS} | {key: key in sent for key in TRUTHS}


def read(values: Typed, statement: Statement) -> SharedValues:
    """Return the checked settings; raises ``Invalid`` with codes by key.

    They pass the same checks as those of a file. A moment that nobody has touched stays as it is to the second, even
    where its wall time comes twice.
    """
    table = _table(values, statement)
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


def _table(values: Typed, statement: Statement) -> dict[str, Any]:
    """Return what TOML would have made of it."""
    before = shown(statement)
    is_same_zone = values["timezone"] == before["timezone"]
    stands = settings_of(statement)
    table: dict[str, Any] = {key: values[key] for key in (*LISTS, *TRUTHS)}
    preset = values["preset"]
    table["visibilities"] = sorted(values["visibilities"], key=lambda one: (one != preset, _place(one)))
    table |= {key: values[key] for key in WORDS if values[key]}
    table |= {key: _number(values[key]) for key in NUMBERS if values[key]}
    for key in MOMENTS:
        if values[key] and is_same_zone and values[key] == before[key]:
            table[key] = datetime.fromtimestamp(stands[key], UTC)
        elif values[key]:
            table[key] = _moment(values[key], has_zone=bool(values["timezone"]))
    return table


def _place(visibility: str) -> int:
    return VISIBILITIES.index(visibility) if visibility in VISIBILITIES else len(VISIBILITIES)


def _wall(epoch: int | None, zone: str) -> str:
    if epoch is None:
        return ""
    wall = datetime.fromtimestamp(epoch, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return wall.isoformat(timespec="seconds" if wall.second else "minutes")


def _moment(text: str, *, has_zone: bool) -> date | str:
    """Return the day or the moment that was typed, in UTC where there is no timezone; what is none comes back."""
    try:
        if len(text) == _DAY_LENGTH and has_zone:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if has_zone or moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS_MOST else text
