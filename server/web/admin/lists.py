"""The lists of the desk that have several pages: filters and cursor in the address, and links to the other pages."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from flask import request, url_for

from server.errors import BadRequest

Row = TypeVar("Row")
Cursor = tuple[int, ...]

NEWEST: Final[Cursor] = (10**18,)
"""The cursor before every row of a list that shows the newest first; higher than any that an address can have."""

_LONGEST = 200
_NUMBER = re.compile("[0-9]{1,18}")


class DeskList:
    """A list as its address asks for it: ``filters`` that are not empty, and ``at``, the cursor where the page begins.

    ``view`` is the endpoint that shows it, ``length`` that of a page, and ``start`` the cursor of the first page.
    Raises ``BadRequest`` for long filters and for an invalid cursor, which means the first page if ``is_lenient``.
    """

    def __init__(
        self, view: str, filters: Iterable[str], length: int, *, start: Cursor = NEWEST, is_lenient: bool = False
    ) -> None:
        self.view, self._length, self._start = view, length, start
        self._name = "before" if start == NEWEST else "after"
        typed = {one: request.args.get(one, "").replace("\0", "").strip() for one in filters}
        if any(len(value) > _LONGEST for value in typed.values()):
            raise BadRequest(f"a search has up to {_LONGEST} characters in each field")
        self.filters = {one: value for one, value in typed.items() if value}
        cursor = request.args.get(self._name, "").strip()
        numbers = cursor.split("-")
        is_valid = len(numbers) == len(start) and all(map(_NUMBER.fullmatch, numbers))
        if cursor and not is_valid and not is_lenient:
            raise BadRequest("this is not a valid number")
        self.at = tuple(map(int, numbers)) if is_valid else start

    def query(self, at: Cursor | None = None) -> dict[str, Any]:
        """Return the arguments of ``url_for`` for this page, or for the page that begins ``at`` a cursor."""
        at = at or self.at
        cursor = {self._name: "-".join(map(str, at))} if at != self._start else {}
        return {**(request.view_args or {}), **self.filters, **cursor}

    def cut(self, rows: Sequence[Row], cursor_of: Callable[[Row], Cursor]) -> tuple[Sequence[Row], Cursor | None]:
        """Return the rows of this page, and the cursor of the next one if there is a row more than a page has."""
        return rows[: self._length], cursor_of(rows[self._length - 1]) if len(rows) > self._length else None

    def links(self, following: Cursor | None) -> dict[str, Any]:
        """Return the addresses of this page, the first one and the next one, for ``desk/_list.html``."""
        return {
            "here": url_for(self.view, **self.query()),
            "first": url_for(self.view, **self.query(self._start)) if self.at != self._start else None,
            "next": url_for(self.view, **self.query(following)) if following else None,
        }
