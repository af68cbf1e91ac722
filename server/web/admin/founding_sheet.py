"""The sheet of a list that is being checked before import: a signed form field carries it, nothing is stored."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, NamedTuple

from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from server.errors import BadRequest, Invalid, ValueRefused
from server.text.signatory_list import ListKind, find_columns, read_signatory_list
from server.text.signatory_list.entries import Entry, Unplaced, read_row
from server.text.signatory_list.namesakes import Named, find_namesakes
from server.text.signatory_list.page import is_html
from server.web.admin.page import sort_by_typed_numbers

ROWS_MOST: Final = 10_000
PAGE_ROWS: Final = 200
SHEET_BYTES: Final = 5 * 512 * 1024
"""The longest sealed sheet; this leaves room in the request for a page of rows."""
_UNDO_CELLS: Final = 4 * ROWS_MOST
"""How many rows are kept for undo; the last change can always be undone."""
_TYPED = ("kind", "name", "title", "affiliation", "country", "website", "email")
_BLOCK: Final = re.compile(r"<(?=(?:li|tr|p|div|h[1-6]|br)\b)", re.IGNORECASE)
_SALT: Final = "desk.founding-sheet.v1"


class FoundingRow(NamedTuple):
    """A signature as it was parsed or typed; rows with ``left_out`` stay on the page and are not imported.

    ``key`` is unique in the sheet. ``doubts`` are space-separated codes of what the parser is unsure of. ``written`` is
    the source text, at ``line``. ``settled``: somebody has edited the row or confirmed that it is right.
    """

    key: int
    kind: str
    name: str
    title: str = ""
    affiliation: str = ""
    country: str = ""
    website: str = ""
    email: str = ""
    doubts: str = ""
    written: str = ""
    line: int = 0
    left_out: bool = False
    settled: bool = False


class UnplacedLine(NamedTuple):
    """A line that could not be parsed into a row, and the code of the reason."""

    text: str
    reason: str
    line: int = 0


class Step(NamedTuple):
    """The data to undo one change; a field is None if the change did not affect it.

    ``rows`` are the rows that the change modified or removed, ``order`` the keys of all rows before it.
    """

    rows: Sequence[FoundingRow]
    order: Sequence[int] | None
    spares: Sequence[UnplacedLine] | None
    told: Sequence[str | None] | None


@dataclass(frozen=True)
class FoundingSheet:
    """Everything that the check page shows: the ordered rows, unplaced lines (``spares``) and columns.

    ``columns`` is (heading, meaning, samples) of each column of a table; ``told`` has the meanings that the admin
    chose.
    """

    rows: list[FoundingRow]
    spares: list[UnplacedLine]
    source: str = ""
    kind: ListKind = "auto"
    columns: list[tuple[str, str | None, list[str]]] = field(default_factory=list)
    told: list[str | None] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def next_key(self) -> int:
        """A key that no row has, including removed rows that undo can restore."""
        kept = [row.key for row in self.rows] + [row.key for step in self.steps for row in step.rows]
        return max(kept, default=0) + 1

    def place_of(self, key: int) -> int:
        """Return the index of the row with this key; raises ``BadRequest`` if no row has it."""
        for at, row in enumerate(self.rows):
            if row.key == key:
                return at
        raise BadRequest("there is no such row")


def read_sheet_of(source: str, kind: ListKind, told: Sequence[str | None] | None = None) -> FoundingSheet:
    """Return the sheet of a pasted list; raises ``ValueRefused`` if it is empty or too long."""
    parsed = read_signatory_list(_blocks_on_lines(source), kind, told)
    if not parsed.entries and not parsed.unplaced:
        raise ValueRefused("empty")
    columns = [(column.heading, column.meaning, list(column.samples)) for column in find_columns(source)]
    return whole(
        FoundingSheet(
            [row_of_entry(entry, key) for key, entry in enumerate(parsed.entries, start=1)],
            [unplaced_of(line) for line in parsed.unplaced],
            source if columns else "",
            kind,
            columns,
            list(told or [None] * len(columns)),
        )
    )


def whole(sheet: FoundingSheet) -> FoundingSheet:
    """Return the sheet; raises ``ValueRefused`` if it is too long."""
    if len(sheet.rows) > ROWS_MOST or len(sheet.spares) > ROWS_MOST:
        raise ValueRefused("too-many")
    return sheet


def _blocks_on_lines(source: str) -> str:
    """Return HTML with each block element on its own line, so that line numbers show which heading a row is below."""
    return _BLOCK.sub("\n<", source) if is_html(source) else source


def row_of_entry(entry: Entry, key: int, line: int | None = None) -> FoundingRow:
    """Return the row of a parsed entry; ``line`` overrides its line number."""
    texts: dict[str, Any] = {
        name: getattr(entry, name) or "" for name in ("title", "affiliation", "country", "website", "email")
    }
    doubts = " ".join(doubt for doubt in entry.doubts if doubt != "same")  # namesakes are looked for in the whole sheet
    return FoundingRow(
        key,
        entry.kind,
        entry.name,
        **texts,
        doubts=doubts,
        written=entry.source,
        line=entry.line if line is None else line,
    )


def unplaced_of(line: Unplaced, number: int | None = None) -> UnplacedLine:
    """Return an unplaced line of the parser; ``number`` overrides its line number."""
    return UnplacedLine(line.text, line.reason, line.line if number is None else number)


# Signing the sheet, which the browser sends back with each form.


class SheetSeal:
    """Signs sheets, bound to one admin and one statement."""

    def __init__(self, keys: Sequence[str], *, statement_id: int, admin_id: int) -> None:
        signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._serializer = URLSafeSerializer(list(keys), salt=_SALT, signer_kwargs=signer)
        self._bound = [statement_id, admin_id]

    def seal(self, sheet: FoundingSheet) -> str:
        """Return the sheet as the value of a form field; raises ``ValueRefused`` if it is too long.

        To shorten a long sheet, older undo steps are dropped first, then the source; without it, columns cannot be read
        again.
        """
        steps = _steps_within_limit(sheet.steps)
        for lighter in (
            replace(sheet, steps=steps),
            replace(sheet, steps=steps[-1:]),
            replace(sheet, steps=steps[-1:], source="", columns=[]),
        ):
            sealed = str(
                self._serializer.dumps([self._bound, [getattr(lighter, part.name) for part in fields(lighter)]])
            )
            if len(sealed) <= SHEET_BYTES:
                return sealed
        raise ValueRefused("too-many")

    def open(self, sealed: str) -> FoundingSheet:
        """Return the sheet in a form field; raises ``ValueRefused`` unless sealed for this admin and statement."""
        try:
            bound, packed = self._serializer.loads(sealed)
        except (BadData, ValueError) as refusal:
            raise ValueRefused("sheet") from refusal
        if bound != self._bound:
            raise ValueRefused("sheet")
        return _unpacked(packed)


def _steps_within_limit(steps: Sequence[Step]) -> list[Step]:
    """Return the newest steps within the undo limit; at least one."""
    kept: list[Step] = []
    size = 0
    for step in reversed(steps):
        size += len(step.rows) + len(step.order or ()) // 10 + len(step.spares or ()) + 1
        if kept and size > _UNDO_CELLS:
            break
        kept.insert(0, step)
    return kept


def _unpacked(packed: list[Any]) -> FoundingSheet:
    rows, spares, source, kind, columns, told, steps = packed
    return FoundingSheet(
        _rows(rows),
        _spares(spares),
        source,
        kind,
        columns,
        told,
        [Step(_rows(rows), order, None if left is None else _spares(left), told) for rows, order, left, told in steps],
    )


def _rows(packed: list[Any]) -> list[FoundingRow]:
    return [FoundingRow(*row) for row in packed]


def _spares(packed: list[Any]) -> list[UnplacedLine]:
    return [UnplacedLine(*spare) for spare in packed]


# Typed input, and undo.


def with_typed(sheet: FoundingSheet, form: MultiDict[str, str]) -> FoundingSheet:
    """Return the sheet with the input from one page of rows, reordered by the typed numbers.

    Raises ``BadRequest`` for values that the page cannot send.
    """
    keys, numbers = form.getlist("row"), form.getlist("order")
    columns = [form.getlist(name) for name in _TYPED]
    if {len(column) for column in (numbers, *columns)} != {len(keys)} or len(set(keys)) != len(keys):
        raise BadRequest("the rows are not complete")
    out, right = set(form.getlist("out")), set(form.getlist("right"))
    places = {str(row.key): at for at, row in enumerate(sheet.rows)}
    if not set(keys) <= places.keys():
        raise BadRequest("there is no such row")
    rows = list(sheet.rows)
    order = [str(at) for at in range(1, len(rows) + 1)]
    for key, number, *cells in zip(keys, numbers, *columns, strict=True):
        at = places[key]
        order[at] = number
        typed: dict[str, Any] = dict(zip(_TYPED, (" ".join(cell.split()) for cell in cells), strict=True))
        is_changed = any(getattr(rows[at], name) != text for name, text in typed.items())
        rows[at] = rows[at]._replace(**typed, left_out=key in out, settled=is_changed or key in right)
    return replace(sheet, rows=[rows[at] for at in sort_by_typed_numbers(order)])


def with_step(before: FoundingSheet, after: FoundingSheet) -> FoundingSheet:
    """Return the changed sheet with an undo step."""
    now = {row.key: row for row in after.rows}
    keys = [row.key for row in before.rows]
    step = Step(
        [row for row in before.rows if now.get(row.key) != row],
        None if keys == list(now) else keys,
        None if before.spares == after.spares else before.spares,
        None if before.told == after.told else before.told,
    )
    is_change = bool(step.rows) or any(part is not None for part in step[1:])
    return replace(after, steps=[*before.steps, step]) if is_change else after


def without_step(sheet: FoundingSheet) -> FoundingSheet:
    """Return the sheet before its last change."""
    if not sheet.steps:
        return sheet
    *steps, step = sheet.steps
    rows = {row.key: row for row in (*sheet.rows, *step.rows)}
    return replace(
        sheet,
        rows=[rows[key] for key in (step.order if step.order is not None else [row.key for row in sheet.rows])],
        spares=list(sheet.spares if step.spares is None else step.spares),
        told=list(sheet.told if step.told is None else step.told),
        steps=steps,
    )


# Checking rows.


@dataclass(frozen=True)
class Checked:
    """The results of checking a sheet; positions are indexes of rows.

    ``errors`` are codes by column. ``known``: importing the row would add nothing. ``same`` is the position of an
    earlier row that may be the same person. ``open``: rows with an unanswered doubt.
    """

    entries: dict[int, Entry]
    errors: dict[int, dict[str, list[str]]]
    known: set[int]
    same: dict[int, int]
    open: list[int]

    def needs_look(self, at: int, row: FoundingRow) -> bool:
        """Say whether the row is shown among the first, because somebody should check it."""
        return bool(row.doubts) or at in self.errors or at in self.same


def check_rows(rows: Sequence[FoundingRow], find_known: Callable[[Sequence[Entry]], Sequence[bool]]) -> Checked:
    """Return the errors of the rows, the rows that are already on the list, and open doubts."""
    entries: dict[int, Entry] = {}
    errors: dict[int, dict[str, list[str]]] = {}
    kept = [at for at, row in enumerate(rows) if not row.left_out]
    for at in kept:
        try:
            row = rows[at]
            contact = {"country": row.country, "website": row.website, "email": row.email}
            entries[at] = read_row(at + 1, row.kind, row.name, row.title, row.affiliation, **contact)
        except Invalid as refusal:
            errors[at] = dict(refusal.fields)
    known = {at for at, is_known in zip(entries, find_known(list(entries.values())), strict=True) if is_known}
    named = (Named(row.kind, row.name, row.title, row.affiliation, row.email) for row in map(rows.__getitem__, kept))
    pairs = zip(kept, find_namesakes(named), strict=True)
    same = {at: kept[other] for at, other in pairs if other is not None and at not in known}
    unsure = [at for at in kept if (rows[at].doubts or at in same) and not rows[at].settled]
    return Checked(entries, errors, known, same, unsure)
