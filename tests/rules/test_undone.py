"""Nothing in the code is marked as left undone."""

import re

from tests.rules.sources import SERVER, WIDGET

UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def undone(text: str) -> list[str]:
    return UNDONE.findall(text)


def test_nothing_is_left_undone():
    files = [*SERVER.rglob("*.py"), *SERVER.rglob("*.sql"), *SERVER.rglob("*.html"), *WIDGET.rglob("*.*s")]

    assert {file.name: found for file in files if (found := undone(file.read_text()))} == {}


def test_what_is_left_undone_is_found():
    assert undone("x = 1  # TODO: the rest\n-- FIXME\n// XXX") == ["TODO", "FIXME", "XXX"]
