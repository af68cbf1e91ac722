"""The founding list at the desk: pasted, checked row by row, imported, reordered, edited."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage, MultiDict

from server.db import Conflict
from server.errors import BadRequest, Invalid, UndersignedError
from server.services import founding, moderation
from server.services.founding import Asking, ListChanged, flag_known_entries, import_founders
from server.services.shared import LineChanged, line_fingerprint
from server.tables import signature_queries
from server.tables.signature_queries import Founder
from server.text import translations
from server.text.addresses import AddressRefused, check_address
from server.text.names import KINDS
from server.text.signatory_list import ListKind, read_signatory_list
from server.text.signatory_list.classify import count_pieces
from server.text.signatory_list.parse import Entry, SignatoryList, Unplaced, read_row
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.invitations import invite_rows, wants_invitations
from server.web.admin.page import desk_page, explain, read_reason, sort_by_typed_numbers
from server.web.context import get_context
from server.web.limits import limited

# Rows between paste and import: the form carries them, nothing is stored.

ROWS_MOST = 2000
CHARS_MOST = 200 * ROWS_MOST
PIECES_MOST = 10 * ROWS_MOST  # a name and all that is said of it, on lines or between commas
_ROW_COLUMNS = ("kind", "name", "title", "affiliation", "email")


class ListRefused(UndersignedError):
    """Raised when no list can be read from what was sent; ``reason`` is a word of desk.founding.refused.*."""

    code, status = "invalid", 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class FoundingRow:
    """A signature as it was read or typed; ``left_out`` ones stay on the page and are not entered.

    ``errors`` are codes by column. ``known``: entering it would add nothing.
    """

    kind: str
    name: str
    title: str = ""
    affiliation: str = ""
    email: str = ""
    left_out: bool = False
    errors: dict[str, list[str]] = field(default_factory=dict)
    known: bool = False


@dataclass(frozen=True)
class UnplacedLine:
    """A line that could not be placed, and the code that says why."""

    text: str
    reason: str


@dataclass(frozen=True)
class FoundingSheet:
    """Everything that the preview shows: the rows in their order, and what could not be placed."""

    rows: list[FoundingRow]
    spares: list[UnplacedLine]


def read_list_text(pasted: str, file: FileStorage | None) -> str:
    """Return the list that was sent: the file where there is one, else what was pasted.

    Raises ``ListRefused`` when it is none, or so long that to read it would keep the server busy.
    """
    source = _read_sent(pasted, file)
    if len(source) > CHARS_MOST or count_pieces(source) > PIECES_MOST:
        raise ListRefused("too-many")
    return source


def _read_sent(pasted: str, file: FileStorage | None) -> str:
    if file is None or not file.filename:
        if not pasted.strip():
            raise ListRefused("empty")
        return pasted
    try:
        source = str(file.read(), "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListRefused("not-utf-8") from error
    if "\0" in source:  # every other byte of what a spreadsheet saves as "Unicode text"
        raise ListRefused("not-utf-8")
    return source


def sheet_of(parsed: SignatoryList) -> FoundingSheet:
    """Return what was understood of a list; raises ``ListRefused`` when that is nothing, or too much."""
    if not parsed.entries and not parsed.unplaced:
        raise ListRefused("empty")
    if len(parsed.entries) > ROWS_MOST or len(parsed.unplaced) > ROWS_MOST:
        raise ListRefused("too-many")
    return FoundingSheet(
        [_row_of_entry(entry) for entry in parsed.entries], [_unplaced_of(line) for line in parsed.unplaced]
    )


def read_sheet(form: MultiDict[str, str]) -> FoundingSheet:
    """Return the rows that the preview sent back, in the order of their numbers.

    Raises ``BadRequest`` for what it cannot have sent, and ``ListRefused`` when there are too many.
    """
    columns = [form.getlist(name) for name in _ROW_COLUMNS]
    numbers, keys, left_out = form.getlist("order"), form.getlist("row"), set(form.getlist("out"))
    texts, reasons = form.getlist("spare"), form.getlist("why")
    if {len(column) for column in (*columns, keys)} != {len(numbers)} or len(texts) != len(reasons):
        raise BadRequest("the rows are not complete")
    if len(numbers) > ROWS_MOST:
        raise ListRefused("too-many")
    rows = [
        FoundingRow(kind, name, title, affiliation, email, key in left_out)
        for key, kind, name, title, affiliation, email in zip(keys, *columns, strict=True)
    ]
    spares = [UnplacedLine(text, reason) for text, reason in zip(texts, reasons, strict=True)]
    return FoundingSheet([rows[at] for at in sort_by_typed_numbers(numbers)], spares)


def with_unplaced_line(sheet: FoundingSheet, at: int) -> FoundingSheet:
    """Return the sheet with one of its spare lines as a row at its end; raises ``BadRequest`` when there is none."""
    if not 0 <= at < len(sheet.spares):
        raise BadRequest("there is no such line")
    row = FoundingRow("individual", sheet.spares[at].text)
    return FoundingSheet([*sheet.rows, row], sheet.spares[:at] + sheet.spares[at + 1 :])


def check_rows(
    rows: Iterable[FoundingRow], find_known: Callable[[Sequence[Entry]], Sequence[bool]]
) -> tuple[list[FoundingRow], int]:
    """Return the rows with what is wrong with them and what is known, and how many have something wrong."""
    found = list(rows)
    good: dict[int, Entry] = {}
    for at, row in enumerate(found):
        if row.left_out:
            continue
        try:
            good[at] = read_row_entry(row, at + 1)
        except Invalid as refusal:
            found[at] = replace(row, errors=refusal.fields)
    for at, known in zip(good, find_known(list(good.values())), strict=True):
        found[at] = replace(found[at], known=known)
    return found, sum(bool(row.errors) for row in found)


def read_row_entry(row: FoundingRow, number: int) -> Entry:
    """Return the checked entry of a row with its checked address; raises ``Invalid`` with codes by column."""
    refused: dict[str, list[str]] = {}
    email, entry = None, None
    try:
        entry = read_row(number, row.kind, row.name, row.title, row.affiliation)
    except Invalid as refusal:
        refused |= refusal.fields
    try:
        email = check_address(row.email) if row.email.strip() else None
    except AddressRefused as refusal:
        refused["email"] = [refusal.shown]
    if refused or entry is None:
        raise Invalid(refused)
    return replace(entry, email=email)


def _row_of_entry(entry: Entry) -> FoundingRow:
    return FoundingRow(entry.kind, entry.name, entry.title or "", entry.affiliation or "", entry.email or "")


def _unplaced_of(line: Unplaced) -> UnplacedLine:
    return UnplacedLine(line.text, line.reason)


# Routes.

bp = Blueprint("founding", __name__, url_prefix="/admin/statements/<slug>/founding")
LIST_BYTES = 1024 * 1024
# A form writes each letter of Georgian as nine bytes: this is ROWS_MOST long lines of it.
ROWS_BYTES = 4 * LIST_BYTES
_ONE_LINE = ("name", "title", "affiliation")
_LIST_KINDS: tuple[ListKind, ...] = get_args(ListKind)
_ROW_ERROR_PREFIX = "desk.founding.wrong."
_LIST_DONE = ("imported", "arranged", "corrected", "removed")
_COUNTED = ("added", "known", "asked", "unasked")


@bp.get("/")
@limited("desk")
@requires_role("moderator")
def show_list(slug: str) -> ResponseReturnValue:
    """Show the founding list in its order, and where another one is pasted."""
    return _render_list()


@bp.post("/preview")
@limited("desk")
@requires_role("moderator", most_bytes=LIST_BYTES)
def preview_list(slug: str) -> ResponseReturnValue:
    """Show what was understood of a list, to be mended; nothing is written."""
    pasted, kind = request.form.get("list", ""), _sent_kind()
    try:
        source = read_list_text(pasted, request.files.get("file"))
        sheet = sheet_of(read_signatory_list(source, kind))
    except ListRefused as refusal:
        return _render_list(refused=refusal.reason, pasted=pasted, kind=kind)
    return _render_sheet(sheet)


@bp.post("/rows")
@limited("desk")
@requires_role("moderator", most_bytes=ROWS_BYTES)
def refresh_rows(slug: str) -> ResponseReturnValue:
    """Show the rows once more: in the order of their numbers, and with the line that was added to them."""
    try:
        sheet = read_sheet(request.form)
        added = request.form.get("add", type=int)
        return _render_sheet(sheet if added is None else with_unplaced_line(sheet, added), asks=_wants_emails())
    except ListRefused as refusal:
        return _render_list(refused=refusal.reason)


@bp.post("/import")
@limited("desk")
@requires_role("moderator", most_bytes=ROWS_BYTES)
def import_list(slug: str) -> ResponseReturnValue:
    """Enter the rows at the end of the list; where one of them will not do, none is entered."""
    here = get_context()
    try:
        sheet = read_sheet(request.form)
    except ListRefused as refusal:
        return _render_list(refused=refusal.reason)
    rows, wrong = check_rows(sheet.rows, _find_known_rows)
    wanted = [row for row in rows if not row.left_out]
    if wrong or not wanted:
        return _render_sheet(sheet, asks=_wants_emails(), status=422)
    entries = [read_row_entry(row, at) for at, row in enumerate(wanted, start=1)]
    if wants_invitations():
        try:
            return invite_rows(slug, entries)
        except Invalid as refusal:
            return _render_sheet(sheet, invite_errors=refusal.fields, status=422)
    asking = Asking(here.keys, here.sealer) if _wants_emails() else None
    done = import_founders(here.db, slug, entries, asking=asking, actor=desk_request().actor, now=here.clock())
    counts = {"added": done.added, "known": len(done.known), "asked": done.asked, "unasked": len(done.unasked)}
    return _redirect_done(slug, "imported", **counts)


@bp.post("/order")
@limited("desk")
@requires_role("moderator", most_bytes=LIST_BYTES)
def reorder(slug: str) -> ResponseReturnValue:
    """Put the list that is there into the order of its numbers."""
    ids, numbers = request.form.getlist("id", type=int), request.form.getlist("order")
    if len(ids) != len(numbers):
        raise BadRequest("the rows are not complete")
    try:
        wanted = [ids[at] for at in sort_by_typed_numbers(numbers)]
        founding.reorder_founders(get_context().db, slug, wanted, actor=desk_request().actor, now=get_context().clock())
    except ListChanged:
        return _render_list(refused="changed")
    return _redirect_done(slug, "arranged")


@bp.get("/<int(max=9223372036854775807):signature_id>")
@limited("desk")
@requires_role("moderator")
def show_line(slug: str, signature_id: int) -> ResponseReturnValue:
    """Show one line, to be mended or removed; raises ``NotFound``."""
    return _render_line(signature_id)


@bp.post("/<int(max=9223372036854775807):signature_id>/line")
@limited("desk")
@requires_role("moderator")
def save_line(slug: str, signature_id: int) -> ResponseReturnValue:
    """Save an edited line."""
    here, sent = get_context(), request.form
    kind = _get_founder(signature_id).kind
    columns, seen = [sent.get(name, "") for name in _ONE_LINE], sent.get("seen", "")
    try:
        entry = read_row(1, kind, *columns)
        founding.edit_founder(
            here.db, slug, signature_id, entry, seen=seen, actor=desk_request().actor, now=here.clock()
        )
    except Invalid as refusal:
        return _render_line(signature_id, typed=columns, seen=seen, errors=refusal.fields)
    except Conflict:
        return _render_line(signature_id, typed=columns, seen=seen, errors={"name": ["known"]})
    except LineChanged:
        return _render_line(signature_id, typed=columns, is_stale=True)
    return _redirect_done(slug, "corrected")


@bp.post("/<int(max=9223372036854775807):signature_id>/remove")
@limited("desk")
@requires_role("moderator")
def remove_line(slug: str, signature_id: int) -> ResponseReturnValue:
    """Throw a founding signature out for good, when the box is ticked."""
    here, sent = get_context(), request.form
    _get_founder(signature_id)
    if sent.get("remove") != "yes":
        return _render_line(signature_id, errors={"remove": ["unticked"]})
    try:
        reason = read_reason(needed=False)
    except Invalid as refusal:
        return _render_line(signature_id, errors=refusal.fields)
    moderation.remove_signature(
        here.db, slug, signature_id, actor=desk_request().actor, reason=reason, now=here.clock()
    )
    return _redirect_done(slug, "removed")


def _sent_kind() -> ListKind:
    for kind in _LIST_KINDS:
        if kind == request.form.get("kind"):
            return kind
    raise BadRequest("this is no kind of list")


def _wants_emails() -> bool:
    """Say whether those with an address are to be written to."""
    return request.form.get("ask") == "yes"


def _find_known_rows(entries: Sequence[Entry]) -> list[bool]:
    return flag_known_entries(get_context().db, desk_request().at.slug, entries, keys=get_context().keys)


def _get_founder(signature_id: int) -> Founder:
    """Return a line of the list at hand; raises ``NotFound``."""
    with get_context().db.read() as tx:
        return signature_queries.get_founder(tx, desk_request().at.id, signature_id)


def _redirect_done(slug: str, done: str, **counts: Any) -> ResponseReturnValue:
    return redirect(url_for("founding.show_list", slug=slug, done=done, **counts), 303)


def _render_list(*, refused: str | None = None, pasted: str = "", kind: ListKind = "auto") -> Response:
    asking, done = desk_request(), request.args.get("done")
    with get_context().db.read() as tx:
        listed = signature_queries.list_founders(tx, asking.at.id)
    return desk_page(
        "desk/founding.html",
        status=422 if refused else 200,
        live=[one for one in listed if one.is_live],
        gone=[one for one in listed if not one.is_live],
        refused=refused,
        pasted=pasted,
        kind=kind,
        kinds=[(one, translations.text(desk_locale(), f"desk.founding.kinds.{one}")) for one in _LIST_KINDS],
        most=ROWS_MOST,
        done=done if done in _LIST_DONE else None,
        counts={name: request.args.get(name, 0, type=int) for name in _COUNTED},
        timezone=asking.at.zone,
        founding_script=url_for("assets.founding_script"),
    )


def _render_sheet(
    sheet: FoundingSheet,
    *,
    asks: bool = False,
    invite_errors: Mapping[str, Sequence[str]] | None = None,
    status: int = 200,
) -> Response:
    rows, wrong = check_rows(sheet.rows, _find_known_rows)
    return desk_page(
        "desk/founding_rows.html",
        status=status,
        rows=[replace(row, errors=explain(row.errors, _ROW_ERROR_PREFIX)) for row in rows],
        kinds=KINDS,
        spares=sheet.spares,
        wrong=wrong,
        none=status != 200 and not wrong and not invite_errors,
        asks=asks,
        invite_errors=explain(invite_errors or {}, _ROW_ERROR_PREFIX),
        founding_script=url_for("assets.founding_script"),
    )


def _render_line(
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
    founder = _get_founder(signature_id)
    stands = (founder.name or "", founder.title or "", founder.affiliation or "")
    return desk_page(
        "desk/founding_line.html",
        status=LineChanged.status if is_stale else 422 if errors else 200,
        founder=founder,
        seen=line_fingerprint(founder) if seen is None else seen,
        is_stale=is_stale,
        line=dict(zip(_ONE_LINE, typed or stands, strict=True)),
        why=request.form.get("reason", ""),
        errors=explain(errors or {}, _ROW_ERROR_PREFIX),
    )
