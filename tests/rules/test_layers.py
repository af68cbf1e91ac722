"""Imports go down the layers only, and each library stays in its room."""

import ast
from collections.abc import Collection, Iterator, Mapping

from tests.rules.sources import modules

# From the ground up; a name covers what lies under it. Modules of one layer do not import each other,
# unless they share a folder or BESIDE says so.
LAYERS = (
    ("errors", "kinds"),
    (
        *("text", "days", "initials", "addresses", "mailboxes", "origins", "sealing", "links", "codes", "messages"),
        *("roster", "front_matter", "statement_file", "spreadsheet", "workbook", "dump_formats"),
        *("passwords", "second_factor"),
    ),
    ("storage",),
    ("records",),
    ("actions", "mail"),
    ("config", "setting_values"),
    ("chores",),
    ("web",),
    ("", "cli", "demo"),
)
BESIDE = {
    ("addresses", "mailboxes"),
    ("addresses", "text"),
    ("initials", "text"),
    ("origins", "addresses"),
    ("roster", "text"),
    ("front_matter", "text"),
    ("statement_file", "addresses"),
    ("statement_file", "days"),
    ("statement_file", "front_matter"),
    ("statement_file", "text"),
    ("workbook", "spreadsheet"),
    ("dump_formats", "spreadsheet"),
    ("dump_formats", "workbook"),
    ("config", "setting_values"),
    ("cli", ""),
    ("cli", "demo"),
}
FLASK = {"flask", "flask_limiter", "flask_wtf", "werkzeug", "wtforms"}
DATABASES = {"sqlite3", "pysqlite3", "sqlite_utils", "apsw", "psycopg", "psycopg_pool"}


def room_of(module: str) -> str:
    """The part of a module's name that LAYERS knows: ``web`` for ``server.web.embed``, empty for ``server``."""
    return ".".join(module.split(".")[1:2])


def layer_of(module: str) -> int | None:
    return next((height for height, rooms in enumerate(LAYERS) if room_of(module) in rooms), None)


def imported(source: str, known: Collection[str] = ()) -> Iterator[str]:
    """What a source imports, submodules told from names by what is ``known``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base


def is_allowed(importer: str, target: str) -> bool:
    above, below = layer_of(importer), layer_of(target)
    if above is None or below is None:
        return False
    if room_of(importer) == room_of(target):
        return room_of(importer) != "records" or target == "server.tables"
    return above > below or (room_of(importer), room_of(target)) in BESIDE


def climbs(sources: Mapping[str, str]) -> list[str]:
    """The imports that go up, or sideways where they may not."""
    return [
        f"{importer} imports {target}"
        for importer, source in sources.items()
        for target in imported(source, sources)
        if target.split(".")[0] == "server" and not is_allowed(importer, target)
    ]


def circles(sources: Mapping[str, str]) -> list[str]:
    """The modules that come back to themselves by their imports."""
    direct = {name: set(imported(source, sources)) & set(sources) for name, source in sources.items()}

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(direct[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += direct[name]
        return seen

    return [name for name in sources if name in reachable(name)]


def strays(sources: Mapping[str, str], libraries: Collection[str], *, rooms: Collection[str]) -> list[str]:
    """Where these libraries are imported outside of their rooms."""
    return [
        f"{name} imports {target}"
        for name, source in sources.items()
        for target in imported(source)
        if target.split(".")[0] in libraries and room_of(name) not in rooms
    ]


def hidden_imports(sources: Mapping[str, str]) -> list[str]:
    """Imports inside functions."""
    return [
        f"{name}:{inner.lineno}"
        for name, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def relative_imports(sources: Mapping[str, str]) -> list[str]:
    return [
        f"{name}:{node.lineno}"
        for name, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def test_every_module_has_a_layer():
    assert [name for name in modules() if layer_of(name) is None] == []


def test_imports_go_down_only():
    assert climbs(modules()) == []


def test_an_import_that_climbs_or_goes_sideways_is_seen():
    bad = {
        "server.db.sqlite": "from server.records import outbox",
        "server.services.sign": "import server.mail.letters",
        "server.mail.emails": "from server.actions.sign import sign",
        "server.tables.outbox": "from server.records import contacts",
        "server.tables.signatures": "",
        "server.crypto.links": "from server.text import clean_line",
        "server.attic": "from server.errors import NotFound",
    }

    assert climbs(bad) == [
        "server.storage.sqlite imports server.records.outbox",
        "server.actions.sign imports server.mail.letters",
        "server.mail.letters imports server.actions.sign",
        "server.records.outbox imports server.records.contacts",
        "server.links imports server.text",
        "server.attic imports server.errors",
    ]


def test_an_import_that_goes_down_or_stays_in_its_room_is_not():
    good = {
        "server.services.sign": "from server.records import outbox\nimport json\nfrom server.errors import NotFound",
        "server.web.public.api": "from server.web import showing\nfrom server.mail.budget import Budget",
        "server.cli.demo": "from server import create_app",
    }

    assert climbs(good) == []


def test_there_are_no_circles():
    assert circles(modules()) == []


def test_a_circle_is_seen_however_long_it_is():
    bad = {"a": "import b", "b": "from c import x", "c": "import a", "d": "import a"}

    assert circles(bad) == ["a", "b", "c"]


def test_nothing_below_web_knows_flask():
    assert strays(modules(), FLASK, rooms=("web", "cli", "demo", "")) == []


def test_only_storage_knows_the_database():
    assert strays(modules(), DATABASES, rooms=("storage",)) == []


def test_a_library_outside_of_its_room_is_seen():
    bad = {"server.services.sign": "from flask import g", "server.mail.smtp": "import sqlite3, flask.views"}

    assert strays(bad, FLASK, rooms=("web",)) == [
        "server.actions.sign imports flask",
        "server.mail.smtp imports flask.views",
    ]
    assert strays(bad, DATABASES, rooms=("storage",)) == ["server.mail.smtp imports sqlite3"]


def test_imports_stand_at_the_top():
    assert hidden_imports(modules()) == []
    assert relative_imports(modules()) == []


def test_an_import_inside_a_function_and_a_relative_one_are_seen():
    bad = {"a": "class A:\n    def f(self):\n        if self:\n            import json\n", "b": "from . import a"}

    assert (hidden_imports(bad), relative_imports(bad)) == (["a:4"], ["b:1"])
