"""The founding list at the desk: pasted, checked row by row, imported, reordered, edited."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from wtforms import IntegerField

from server.db import Conflict
from server.errors import BadRequest, Invalid, ValueRefused
from server.services import founding, moderation
from server.services.founding import Asking, ListChanged, flag_known_entries, import_founders
from server.services.shared import LineChanged, line_fingerprint
from server.tables import signature_queries
from server.tables.signature_queries import Founder
from server.text import translations
from server.text.names import KINDS
from server.text.signatory_list import ListKind
from server.text.signatory_list.columns import MEANINGS
from server.text.signatory_list.entries import Entry, read_row
from server.text.signatory_list.files import decode_file
from server.text.signatory_list.lines import count_pieces
from server.web.admin.auth import actor_and_now, desk_locale, desk_request, requires_role
from server.web.admin.founding_changes import (
    add_spare,
    find_sections,
    join_to_row_above,
    part_line,
    read_columns_again,
    read_parts_of_row,
    set_section_kind,
)
from server.web.admin.founding_sheet import (
    PAGE_ROWS,
    ROWS_MOST,
    Checked,
    FoundingRow,
    FoundingSheet,
    SheetSeal,
    check_rows,
    read_sheet_of,
    with_step,
    with_typed,
    without_step,
)
from server.web.admin.invitations import invite_rows
from server.web.admin.page import Errors, desk_page, explain, sort_by_typed_numbers
from server.web.context import get_context, see_other
from server.web.forms import (
    Form,
    box_field,
    boxes_field,
    choice_field,
    file_field,
    raw_field,
    reason_field,
    sent_values,
    whole_number,
)
from server.web.limits import limited

CHARS_MOST = 200 * ROWS_MOST
PIECES_MOST = 10 * ROWS_MOST  # counts every name and detail, separated by line breaks or commas


def read_list_text(pasted: str, markup: str, file: FileStorage | None) -> str:
    """Return the text of the list: the file if there is one, else the pasted markup, else the pasted text.

    Raises ``ValueRefused`` if it is empty, unreadable, or so long that parsing it would keep the server busy.
    """
    source = _read_sent(pasted, markup, file)
    if len(source) > CHARS_MOST or count_pieces(source) > PIECES_MOST:
        raise ValueRefused("too-many")
    return source


def _read_sent(pasted: str, markup: str, file: FileStorage | None) -> str:
    if file is None or not file.filename:
        if not pasted.strip() and not markup.strip():
            raise ValueRefused("empty")
        return markup if markup.strip() else pasted
    return decode_file(file.read())[0]


# Routes.

bp = Blueprint("founding", __name__, url_prefix="/admin/statements/<slug>/founding")
ROWS_BYTES = LIST_BYTES = 4 * 1024 * 1024  # the gateway's limit for the desk: a sealed sheet and a page of rows
_ONE_LINE = ("name", "title", "affiliation")
_LIST_KINDS: tuple[ListKind, ...] = get_args(ListKind)
_ROW_ERROR_PREFIX = "desk.founding.wrong."
_LIST_DONE = ("imported", "arranged", "corrected", "removed")
_COUNTED = ("added", "known", "asked", "unasked")


class ListForm(Form):
    """A list, pasted or as a file; ``markup`` is the HTML of what was pasted."""

    needed = ("kind",)
    list = raw_field()
    markup = raw_field()
    file = file_field()
    kind = choice_field(_LIST_KINDS, default="auto")


class RowsForm(Form):
    """The check page: the sealed sheet, the button pressed, and how to import. ``with_typed`` reads its rows."""

    sheet = raw_field()
    do = raw_field()
    page = IntegerField(default=1)
    column = boxes_field()
    all_right = box_field(name="all-right")
    ask = box_field()
    add_as = raw_field(name="as", default="founding")
    source = raw_field()


class OrderForm(Form):
    """The ids of the listed signatures and the numbers that were typed beside them."""

    id = boxes_field()
    order = boxes_field()


class FounderForm(Form):
    """The line of a founder, which ``read_row`` checks; ``seen`` is the fingerprint of the line in the form."""

    messages = _ROW_ERROR_PREFIX
    name = raw_field()
    title = raw_field()
    affiliation = raw_field()
    seen = raw_field()


class RemoveForm(Form):
    """The removal of a founder."""

    needed = ("remove",)
    remove = box_field()
    reason = reason_field()


@bp.get("/")
@limited("desk")
@requires_role("moderator")
def show_list(slug: str) -> ResponseReturnValue:
    """Show the founding list in its order, and the form for pasting another one."""
    return _render_list()


@bp.post("/preview")
@limited("desk")
@requires_role("moderator", most_bytes=LIST_BYTES)
def preview_list(slug: str) -> ResponseReturnValue:
    """Show how a list was parsed, for corrections; nothing is stored."""
    form = ListForm()
    if not form.validate():
        raise BadRequest("there is no such kind of list")
    try:
        source = read_list_text(form.list.data, form.markup.data, form.file.data)
        return _render_sheet(read_sheet_of(source, form.kind.data), RowsForm())
    except ValueRefused as refusal:
        return _render_list(form, refused=refusal.reason)


@bp.post("/rows")
@limited("desk")
@requires_role("moderator", most_bytes=ROWS_BYTES)
def refresh_rows(slug: str) -> ResponseReturnValue:
    """Apply a button of the check page (see ``_press``) and show the rows again."""
    form, sent = RowsForm(), sent_values()
    try:
        opened = _seal().open(form.sheet.data)
    except ValueRefused as refusal:
        return _render_list(refused=refusal.reason)
    typed = with_typed(opened, sent)
    verb, _, about = form.do.data.partition(":")
    parts = {int(name[6:]): text for name, text in sent.items() if re.fullmatch(r"parts-\d{1,9}", name)}
    page = form.page.data or 1
    try:
        if verb == "undo":
            return _render_sheet(without_step(typed), form, page=page)
        if verb == "page":
            return _render_sheet(typed, form, page=_number(about), parts=parts)
        if verb == "split":
            row = typed.rows[typed.place_of(_number(about))]
            return _render_sheet(typed, form, page=page, parts=parts | {row.key: part_line(row.written or row.name)})
        if not verb:
            return _render_sheet(with_step(opened, typed), form, page=page, parts=parts)
        done = _press(typed, verb, about, parts, form.column.data)
        reading = _number(about) if verb == "read" else 0
        parts = {key: text for key, text in parts.items() if key != reading}
        shown = done.rows[-1].key if verb == "add" else None
        return _render_sheet(with_step(typed, done), form, page=page, parts=parts, focus=shown)
    except ValueRefused as refusal:
        return _render_sheet(typed, form, page=page, parts=parts, refused=refusal.reason, status=422)


def _press(sheet: FoundingSheet, verb: str, about: str, parts: Mapping[int, str], meanings: list[str]) -> FoundingSheet:
    """Return the sheet after a button was pressed; raises ``ValueRefused``, ``BadRequest`` for an unknown button."""
    match verb:
        case "add":
            return add_spare(sheet, _number(about))
        case "read":
            return read_parts_of_row(sheet, _number(about), parts.get(_number(about), ""))
        case "join":
            return join_to_row_above(sheet, _number(about))
        case "kind":
            line, _, kind = about.partition(":")
            return set_section_kind(sheet, _number(line), kind)
        case "columns":
            return read_columns_again(sheet, meanings)
    raise BadRequest("there is no such button")


def _number(typed: str) -> int:
    try:
        return whole_number(typed)
    except ValueRefused as refusal:
        raise BadRequest("the form has a row number or an id that is not a whole number") from refusal


@bp.post("/import")
@limited("desk")
@requires_role("moderator", most_bytes=ROWS_BYTES)
def import_list(slug: str) -> ResponseReturnValue:
    """Add the rows to the end of the list; if any row has an error or an open doubt, none is added."""
    here, form = get_context(), RowsForm()
    try:
        sheet = with_typed(_seal().open(form.sheet.data), sent_values())
    except ValueRefused as refusal:
        return _render_list(refused=refusal.reason)
    checked = check_rows(sheet.rows, _find_known_rows)
    unanswered = 0 if form.all_right.data else len(checked.open)
    if checked.errors or not checked.entries or unanswered:
        return _render_sheet(sheet, form, checked=checked, unanswered=unanswered, status=422)
    entries = list(checked.entries.values())
    if form.add_as.data == "invite":
        try:
            return invite_rows(slug, entries, form.source.data)
        except Invalid as refusal:
            return _render_sheet(sheet, form, checked=checked, invite_errors=refusal.fields, status=422)
    asking = Asking(here.keys, here.sealer) if form.ask.data else None
    done = import_founders(here.db, slug, entries, asking=asking, **actor_and_now())
    counts = {"added": done.added, "known": len(done.known), "asked": done.asked, "unasked": len(done.unasked)}
    return _redirect_done(slug, "imported", **counts)


@bp.post("/order")
@limited("desk")
@requires_role("moderator", most_bytes=LIST_BYTES)
def reorder(slug: str) -> ResponseReturnValue:
    """Reorder the existing list by the typed numbers."""
    form = OrderForm()
    ids, numbers = form.id.data, form.order.data
    if len(ids) != len(numbers):
        raise BadRequest("the rows are not complete")
    try:
        wanted = [_number(ids[at]) for at in sort_by_typed_numbers(numbers)]
        founding.reorder_founders(get_context().db, slug, wanted, **actor_and_now())
    except ListChanged:
        return _render_list(refused="changed")
    return _redirect_done(slug, "arranged")


@bp.get("/<int(max=9223372036854775807):signature_id>")
@limited("desk")
@requires_role("moderator")
def show_line(slug: str, signature_id: int) -> ResponseReturnValue:
    """Show one line, to edit or remove it; raises ``NotFound``."""
    founder = _get_founder(signature_id)
    return _render_line(founder, _founder_form(founder), RemoveForm())


@bp.post("/<int(max=9223372036854775807):signature_id>/line")
@limited("desk")
@requires_role("moderator")
def save_line(slug: str, signature_id: int) -> ResponseReturnValue:
    """Save an edited line."""
    here, founder = get_context(), _get_founder(signature_id)
    form = _founder_form(founder)
    try:
        entry = read_row(1, founder.kind, *(form[name].data or "" for name in _ONE_LINE))
        founding.edit_founder(here.db, slug, signature_id, entry, seen=form.seen.data, **actor_and_now())
    except Invalid as refusal:
        form.refuse_all(refusal.fields)
    except Conflict:
        form.refuse("name", "known")
    except LineChanged:
        founder = _get_founder(signature_id)
        form.seen.data = line_fingerprint(founder)
        return _render_line(founder, form, RemoveForm(is_empty=True), is_stale=True)
    return _render_line(founder, form, RemoveForm(is_empty=True)) if form.wrong else _redirect_done(slug, "corrected")


@bp.post("/<int(max=9223372036854775807):signature_id>/remove")
@limited("desk")
@requires_role("moderator")
def remove_line(slug: str, signature_id: int) -> ResponseReturnValue:
    """Remove a founding signature for good, if the box is ticked."""
    here, founder = get_context(), _get_founder(signature_id)
    form = RemoveForm()
    if not form.validate():
        return _render_line(founder, _founder_form(founder), form)
    moderation.remove_signature(here.db, slug, signature_id, reason=form.reason.data, **actor_and_now())
    return _redirect_done(slug, "removed")


def _find_known_rows(entries: Sequence[Entry]) -> list[bool]:
    return flag_known_entries(get_context().db, desk_request().at.slug, entries, keys=get_context().keys)


def _get_founder(signature_id: int) -> Founder:
    """Return a founder of the current statement; raises ``NotFound``."""
    with get_context().db.read() as tx:
        return signature_queries.get_founder(tx, desk_request().at.id, signature_id)


def _redirect_done(slug: str, done: str, **counts: Any) -> ResponseReturnValue:
    return see_other("founding.show_list", slug=slug, done=done, **counts)


def _render_list(form: ListForm | None = None, *, refused: str | None = None) -> Response:
    asking, done = desk_request(), request.args.get("done")
    with get_context().db.read() as tx:
        listed = signature_queries.list_founders(tx, asking.at.id)
    return desk_page(
        "desk/founding.html",
        form=form or ListForm(is_empty=True),
        status=422 if refused else 200,
        live=[one for one in listed if one.is_live],
        gone=[one for one in listed if not one.is_live],
        refused=refused,
        kinds=[(one, translations.text(desk_locale(), f"desk.founding.kinds.{one}")) for one in _LIST_KINDS],
        most=ROWS_MOST,
        done=done if done in _LIST_DONE else None,
        counts={name: request.args.get(name, 0, type=int) for name in _COUNTED},
        timezone=asking.at.zone,
        founding_script=url_for("assets.static_file", file="founding.js"),
    )


class ShownRow(NamedTuple):
    """A row on the page, its number in the whole list, its errors and marks; ``same`` is a row with a similar name."""

    row: FoundingRow
    number: int
    errors: Errors
    known: bool
    look: bool
    same: tuple[int, FoundingRow] | None


def _render_sheet(
    sheet: FoundingSheet,
    form: RowsForm,
    *,
    page: int = 1,
    focus: int | None = None,
    parts: Mapping[int, str] | None = None,
    checked: Checked | None = None,
    unanswered: int = 0,
    refused: str | None = None,
    invite_errors: Mapping[str, Sequence[str]] | None = None,
    status: int = 200,
) -> Response:
    """Show a page of the rows, rows that need a check first; ``focus`` is the key of a row that must be on the page.

    Raises ``ValueRefused`` when the sheet is too long for the form.
    """
    sealed = _seal().seal(sheet)
    checked = checked or check_rows(sheet.rows, _find_known_rows)
    page, shown = _rows_of_page(sheet, checked, page, focus)
    wrong = len(checked.errors) if status != 200 and not refused else 0
    return desk_page(
        "desk/founding_rows.html",
        form=form,
        status=status,
        sealed=sealed,
        sheet=sheet,
        shown=shown,
        total=len(sheet.rows),
        first=(page - 1) * PAGE_ROWS,
        page=page,
        pages=_count_pages(sheet),
        parts=parts or {},
        kinds=KINDS,
        meanings=MEANINGS,
        sections=find_sections(sheet),
        wrong=wrong,
        unsure=len(checked.open),
        unanswered=unanswered,
        refused=refused,
        most=ROWS_MOST,
        spares_most=PAGE_ROWS,
        none=status != 200 and not (wrong or unanswered or refused or invite_errors),
        all_right=status != 200 and form.all_right.data,
        invite_errors=explain(invite_errors or {}, _ROW_ERROR_PREFIX),
        founding_script=url_for("assets.static_file", file="founding.js"),
    )


def _rows_of_page(sheet: FoundingSheet, checked: Checked, page: int, focus: int | None) -> tuple[int, list[ShownRow]]:
    """Return the number of the nearest existing page and its rows; with ``focus``, of the page that has this row."""
    rows = sheet.rows
    looks = {at for at, row in enumerate(rows) if checked.needs_look(at, row)}
    order = sorted(range(len(rows)), key=lambda at: (at not in looks, at))
    if focus is not None:
        page = order.index(sheet.place_of(focus)) // PAGE_ROWS + 1
    page = min(max(page, 1), _count_pages(sheet))
    return page, [
        ShownRow(
            rows[at],
            at + 1,
            explain(checked.errors.get(at, {}), _ROW_ERROR_PREFIX),
            at in checked.known,
            at in looks,
            (checked.same[at] + 1, rows[checked.same[at]]) if at in checked.same else None,
        )
        for at in order[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    ]


def _count_pages(sheet: FoundingSheet) -> int:
    return max(1, -(-len(sheet.rows) // PAGE_ROWS))


def _seal() -> SheetSeal:
    """Return the object that signs this admin's sheets for the current statement."""
    asking = desk_request()
    return SheetSeal(get_context().settings.secret_keys, statement_id=asking.at.id, admin_id=asking.admin.id)


def _founder_form(founder: Founder) -> FounderForm:
    """Return the form with the values of the request; fields that are not in the request have their saved values."""
    return FounderForm(obj=founder, seen=line_fingerprint(founder))


def _render_line(founder: Founder, line: FounderForm, removal: RemoveForm, *, is_stale: bool = False) -> Response:
    errors = explain(line.wrong, line.messages) | explain(removal.wrong)
    return desk_page(
        "desk/founding_line.html",
        status=LineChanged.status if is_stale else 422 if errors else 200,
        line=line,
        removal=removal,
        errors=errors,
        founder=founder,
        is_stale=is_stale,
    )
