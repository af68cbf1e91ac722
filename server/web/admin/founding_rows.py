"""The rows of a founding list between the paste and the import: the form carries them, and nothing is stored."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import FileStorage, MultiDict

from server.addresses import AddressRefused, check_address
from server.errors import BadRequest, Invalid, UndersignedError
from server.roster import Entry, Roster, Unplaced, count_pieces, read_row
from server.web.admin.ordering import in_order

ROWS_MOST = 2000
PIECES_MOST = 10 * ROWS_MOST  # a name and all that is said of it, on lines or between commas
_COLUMNS = ("kind", "name", "title", "affiliation", "email")


class ListRefused(UndersignedError):
    """Raised when no list can be read from what was sent; ``reason`` is a word of desk.founding.refused.*."""

    code, status = "invalid", 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Row:
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
class Spare:
    """A line that could not be placed, and the code that says why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Sheet:
    """Everything that the preview shows: the rows in their order, and what could not be placed."""

    rows: list[Row]
    spares: list[Spare]


def read_list(pasted: str, file: FileStorage | None) -> str:
    """Return the list that was sent: the file where there is one, else what was pasted.

    Raises ``ListRefused`` when it is none, or so long that to read it would keep the server busy.
    """
    source = _read_sent(pasted, file)
    if count_pieces(source) > PIECES_MOST:
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


def sheet_of(roster: Roster) -> Sheet:
    """Return what was understood of a list; raises ``ListRefused`` when that is nothing, or too much."""
    if not roster.entries and not roster.unplaced:
        raise ListRefused("empty")
    if len(roster.entries) > ROWS_MOST or len(roster.unplaced) > ROWS_MOST:
        raise ListRefused("too-many")
    return Sheet([_row_of(entry) for entry in roster.entries], [_spare_of(line) for line in roster.unplaced])


def read_sheet(form: MultiDict[str, str]) -> Sheet:
    """Return the rows that the preview sent back, in the order of their numbers.

    Raises ``BadRequest`` for what it cannot have sent, and ``ListRefused`` when there are too many.
    """
    columns = [form.getlist(name) for name in _COLUMNS]
    numbers, keys, left_out = form.getlist("order"), form.getlist("row"), set(form.getlist("out"))
    texts, reasons = form.getlist("spare"), form.getlist("why")
    if {len(column) for column in (*columns, keys)} != {len(numbers)} or len(texts) != len(reasons):
        raise BadRequest("the rows are not complete")
    if len(numbers) > ROWS_MOST:
        raise ListRefused("too-many")
    rows = [
        Row(kind, name, title, affiliation, email, key in left_out)
        for key, kind, name, title, affiliation, email in zip(keys, *columns, strict=True)
    ]
    spares = [Spare(text, reason) for text, reason in zip(texts, reasons, strict=True)]
    return Sheet([rows[at] for at in in_order(numbers)], spares)


def with_spare(sheet: Sheet, at: int) -> Sheet:
    """Return the sheet with one of its spare lines as a row at its end; raises ``BadRequest`` when there is none."""
    if not 0 <= at < len(sheet.spares):
        raise BadRequest("there is no such line")
    row = Row("individual", sheet.spares[at].text)
    return Sheet([*sheet.rows, row], sheet.spares[:at] + sheet.spares[at + 1 :])


def checked(rows: Iterable[Row], find_known: Callable[[Sequence[Entry]], Sequence[bool]]) -> tuple[list[Row], int]:
    """Return the rows with what is wrong with them and what is known, and how many have something wrong."""
    found = list(rows)
    good: dict[int, Entry] = {}
    for at, row in enumerate(found):
        if row.left_out:
            continue
        try:
            good[at] = entry_of(row, at + 1)
        except Invalid as refusal:
            found[at] = replace(row, errors=refusal.fields)
    for at, known in zip(good, find_known(list(good.values())), strict=True):
        found[at] = replace(found[at], known=known)
    return found, sum(bool(row.errors) for row in found)


def entry_of(row: Row, number: int) -> Entry:
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
        refused["email"] = [refusal.reason]
    if refused or entry is None:
        raise Invalid(refused)
    return replace(entry, email=email)


def _row_of(entry: Entry) -> Row:
    return Row(entry.kind, entry.name, entry.title or "", entry.affiliation or "", entry.email or "")


def _spare_of(line: Unplaced) -> Spare:
    return Spare(line.text, line.reason)
