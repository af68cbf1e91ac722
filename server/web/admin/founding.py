"""The founding list at the desk: pasted, looked at row by row, entered, put in order, mended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions import arrange as verbs
from server.actions import moderate
from server.actions.arrange import ListChanged
from server.actions.founding import Asking, find_known, import_founding
from server.actions.lines import LineChanged, fingerprint
from server.errors import BadRequest, Invalid
from server.kinds import KINDS
from server.records import founders
from server.records.founders import Founder
from server.roster import Entry, ListKind, read_roster, read_row
from server.storage import Conflict
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.founding_rows import (
    ROWS_MOST,
    ListRefused,
    Sheet,
    checked,
    entry_of,
    read_list,
    read_sheet,
    sheet_of,
    with_spare,
)
from server.web.admin.ordering import in_order
from server.web.admin.page import desk_page
from server.web.admin.why import read_why
from server.web.admin.wrong import explained
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("founding", __name__, url_prefix="/admin/statements/<slug>/founding")
LIST_BYTES = 1024 * 1024
# A form writes each letter of Georgian as nine bytes: this is ROWS_MOST long lines of it.
ROWS_BYTES = 4 * LIST_BYTES
_LINE = ("name", "title", "affiliation")
_LIST_KINDS: tuple[ListKind, ...] = get_args(ListKind)
_WRONG = "desk.founding.wrong."
_DONE = ("imported", "arranged", "corrected", "removed")
_COUNTED = ("added", "known", "asked", "unasked")


@bp.get("/")
@limited("desk")
@needs("moderator")
def look(slug: str) -> ResponseReturnValue:
    """Show the founding list in its order, and where another one is pasted."""
    return _list_page()


@bp.post("/preview")
@limited("desk")
@needs("moderator", most_bytes=LIST_BYTES)
def preview(slug: str) -> ResponseReturnValue:
    """Show what was understood of a list, to be mended; nothing is written."""
    pasted, kind = request.form.get("list", ""), _sent_kind()
    try:
        source = read_list(pasted, request.files.get("file"))
        sheet = sheet_of(read_roster(source, kind))
    except ListRefused as refusal:
        return _list_page(refused=refusal.reason, pasted=pasted, kind=kind)
    return _sheet_page(sheet)


@bp.post("/rows")
@limited("desk")
@needs("moderator", most_bytes=ROWS_BYTES)
def show_rows(slug: str) -> ResponseReturnValue:
    """Show the rows once more: in the order of their numbers, and with the line that was added to them."""
    try:
        sheet = read_sheet(request.form)
        added = request.form.get("add", type=int)
        return _sheet_page(sheet if added is None else with_spare(sheet, added), asks=_asks())
    except ListRefused as refusal:
        return _list_page(refused=refusal.reason)


@bp.post("/import")
@limited("desk")
@needs("moderator", most_bytes=ROWS_BYTES)
def enter(slug: str) -> ResponseReturnValue:
    """Enter the rows at the end of the list; where one of them will not do, none is entered."""
    here = services()
    try:
        sheet = read_sheet(request.form)
    except ListRefused as refusal:
        return _list_page(refused=refusal.reason)
    rows, wrong = checked(sheet.rows, _find_known)
    wanted = [row for row in rows if not row.left_out]
    if wrong or not wanted:
        return _sheet_page(sheet, asks=_asks(), status=422)
    entries = [entry_of(row, at) for at, row in enumerate(wanted, start=1)]
    asking = Asking(here.keys, here.sealer) if _asks() else None
    done = import_founding(here.db, slug, entries, asking=asking, actor=desk().actor, now=here.clock())
    counts = {"added": done.added, "known": len(done.known), "asked": done.asked, "unasked": len(done.unasked)}
    return _back(slug, "imported", **counts)


@bp.post("/order")
@limited("desk")
@needs("moderator", most_bytes=LIST_BYTES)
def arrange(slug: str) -> ResponseReturnValue:
    """Put the list that is there into the order of its numbers."""
    ids, numbers = request.form.getlist("id", type=int), request.form.getlist("order")
    if len(ids) != len(numbers):
        raise BadRequest("the rows are not complete")
    try:
        wanted = [ids[at] for at in in_order(numbers)]
        verbs.arrange(services().db, slug, wanted, actor=desk().actor, now=services().clock())
    except ListChanged:
        return _list_page(refused="changed")
    return _back(slug, "arranged")


@bp.get("/<int(max=9223372036854775807):signature_id>")
@limited("desk")
@needs("moderator")
def look_at_line(slug: str, signature_id: int) -> ResponseReturnValue:
    """Show one line, to be mended or removed; raises ``NotFound``."""
    return _line_page(signature_id)


@bp.post("/<int(max=9223372036854775807):signature_id>/line")
@limited("desk")
@needs("moderator")
def correct(slug: str, signature_id: int) -> ResponseReturnValue:
    """Give a line other words."""
    here, sent = services(), request.form
    kind = _get_here(signature_id).kind
    columns, seen = [sent.get(name, "") for name in _LINE], sent.get("seen", "")
    try:
        entry = read_row(1, kind, *columns)
        verbs.correct(here.db, slug, signature_id, entry, seen=seen, actor=desk().actor, now=here.clock())
    except Invalid as refusal:
        return _line_page(signature_id, typed=columns, seen=seen, errors=refusal.fields)
    except Conflict:
        return _line_page(signature_id, typed=columns, seen=seen, errors={"name": ["known"]})
    except LineChanged:
        return _line_page(signature_id, typed=columns, is_stale=True)
    return _back(slug, "corrected")


@bp.post("/<int(max=9223372036854775807):signature_id>/remove")
@limited("desk")
@needs("moderator")
def remove(slug: str, signature_id: int) -> ResponseReturnValue:
    """Throw a founding signature out for good, when the box is ticked."""
    here, sent = services(), request.form
    _get_here(signature_id)
    if sent.get("remove") != "yes":
        return _line_page(signature_id, errors={"remove": ["unticked"]})
    try:
        reason = read_why(needed=False)
    except Invalid as refusal:
        return _line_page(signature_id, errors=refusal.fields)
    moderate.remove(here.db, slug, signature_id, actor=desk().actor, reason=reason, now=here.clock())
    return _back(slug, "removed")


def _sent_kind() -> ListKind:
    for kind in _LIST_KINDS:
        if kind == request.form.get("kind"):
            return kind
    raise BadRequest("this is no kind of list")


def _asks() -> bool:
    """Say whether those with an address are to be written to."""
    return request.form.get("ask") == "yes"


def _find_known(entries: Sequence[Entry]) -> list[bool]:
    return find_known(services().db, desk().at.slug, entries, keys=services().keys)


def _get_here(signature_id: int) -> Founder:
    """Return a line of the list at hand; raises ``NotFound``."""
    with services().db.read() as tx:
        return founders.get_of(tx, desk().at.id, signature_id)


def _back(slug: str, done: str, **counts: Any) -> ResponseReturnValue:
    return redirect(url_for("founding.look", slug=slug, done=done, **counts), 303)


def _list_page(*, refused: str | None = None, pasted: str = "", kind: ListKind = "auto") -> Response:
    asking, done = desk(), request.args.get("done")
    with services().db.read() as tx:
        listed = founders.list_of(tx, asking.at.id)
    return desk_page(
        "desk/founding.html",
        status=422 if refused else 200,
        live=[one for one in listed if one.is_live],
        gone=[one for one in listed if not one.is_live],
        refused=refused,
        pasted=pasted,
        kind=kind,
        kinds=[(one, messages.text(desk_locale(), f"desk.founding.kinds.{one}")) for one in _LIST_KINDS],
        most=ROWS_MOST,
        done=done if done in _DONE else None,
        counts={name: request.args.get(name, 0, type=int) for name in _COUNTED},
        timezone=asking.at.zone,
        founding_script=url_for("assets.founding_script"),
    )


def _sheet_page(sheet: Sheet, *, asks: bool = False, status: int = 200) -> Response:
    rows, wrong = checked(sheet.rows, _find_known)
    return desk_page(
        "desk/founding_rows.html",
        status=status,
        rows=[replace(row, errors=explained(row.errors, _WRONG)) for row in rows],
        kinds=KINDS,
        spares=sheet.spares,
        wrong=wrong,
        none=status != 200 and not wrong,
        asks=asks,
        founding_script=url_for("assets.founding_script"),
    )


def _line_page(
    signature_id: int,
    *,
    typed: Sequence[str] | None = None,
    seen: str | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    is_stale: bool = False,
) -> Response:
    """Show one line, or what was typed; ``seen`` is the mark of the line that was filled in from, None: the one of now.

    Raises ``NotFound``.
    """
    founder = _get_here(signature_id)
    stands = (founder.name or "", founder.title or "", founder.affiliation or "")
    return desk_page(
        "desk/founding_line.html",
        status=LineChanged.status if is_stale else 422 if errors else 200,
        founder=founder,
        seen=fingerprint(founder) if seen is None else seen,
        is_stale=is_stale,
        line=dict(zip(_LINE, typed or stands, strict=True)),
        why=request.form.get("reason", ""),
        errors=explained(errors or {}, _WRONG),
    )
