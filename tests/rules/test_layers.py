"""Imports go down the layers only, and each library stays in its folder."""

import ast
from collections.abc import Collection, Iterator, Mapping

from tests.rules.sources import modules

# From the bottom up. A name covers everything below it: "web" is server.web and all of its modules.
LAYERS = (
    ("errors",),
    ("text", "crypto"),
    ("db",),
    ("tables",),
    ("services", "exports", "mail"),
    ("config",),
    ("worker",),
    ("web",),
    ("", "cli"),
)
BESIDE = {("cli", "")}  # commands run the app that create_app makes
FLASK = {"flask", "flask_limiter", "flask_wtf", "werkzeug", "wtforms"}
DATABASES = {"sqlite3", "pysqlite3", "sqlite_utils", "apsw", "psycopg", "psycopg_pool"}


def folder_of(module: str) -> str:
    """The part of a module's name that LAYERS knows: ``web`` for ``server.web.public.api``, empty for ``server``."""
    return ".".join(module.split(".")[1:2])


def layer_of(module: str) -> int | None:
    return next((height for height, folders in enumerate(LAYERS) if folder_of(module) in folders), None)


def imported(source: str, known: Collection[str] = ()) -> Iterator[str]:
    """What a source imports; ``known`` tells submodules from names."""
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
    same_folder = folder_of(importer) == folder_of(target)
    return above > below or same_folder or (folder_of(importer), folder_of(target)) in BESIDE


def climbs(sources: Mapping[str, str]) -> list[str]:
    """The imports that go up, or sideways into another folder of the same layer."""
    return [
        f"{importer} imports {target}"
        for importer, source in sources.items()
        for target in imported(source, sources)
        if target.split(".")[0] == "server" and not is_allowed(importer, target)
    ]


def cycles(sources: Mapping[str, str]) -> list[str]:
    """The modules that import themselves through others."""
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


def strays(sources: Mapping[str, str], libraries: Collection[str], *, folders: Collection[str]) -> list[str]:
    """Where these libraries are imported outside of their folders."""
    return [
        f"{name} imports {target}"
        for name, source in sources.items()
        for target in imported(source)
        if target.split(".")[0] in libraries and folder_of(name) not in folders
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


def test_an_import_that_goes_up_or_sideways_is_found():
    bad = {
        "server.db.sqlite": "from server.tables import outbox",
        "server.services.sign": "import server.mail.emails",
        "server.mail.emails": "from server.services.sign import sign",
        "server.tables.outbox": "from server.services.sign import sign",
        "server.crypto.links": "from server.text.names import clean_line",
        "server.attic": "from server.errors import NotFound",
    }

    assert climbs(bad) == [
        "server.db.sqlite imports server.tables.outbox",
        "server.services.sign imports server.mail.emails",
        "server.mail.emails imports server.services.sign",
        "server.tables.outbox imports server.services.sign",
        "server.crypto.links imports server.text.names",
        "server.attic imports server.errors",
    ]


def test_an_import_that_goes_down_or_stays_in_its_folder_is_fine():
    good = {
        "server.services.sign": "from server.tables import outbox\nimport json\nfrom server.errors import NotFound",
        "server.tables.signatures": "from server.tables import statements",
        "server.web.public.api": "from server.web.public import views\nfrom server.mail.delivery import EmailBudget",
        "server.cli.demo": "from server import create_app",
    }

    assert climbs(good) == []


def test_there_are_no_cycles():
    assert cycles(modules()) == []


def test_a_cycle_is_found_however_long_it_is():
    bad = {"a": "import b", "b": "from c import x", "c": "import a", "d": "import a"}

    assert cycles(bad) == ["a", "b", "c"]


def test_only_web_and_the_commands_know_flask():
    assert strays(modules(), FLASK, folders=("web", "cli", "")) == []


def test_only_db_knows_the_database():
    assert strays(modules(), DATABASES, folders=("db",)) == []


def test_a_library_outside_of_its_folder_is_found():
    bad = {"server.services.sign": "from flask import g", "server.mail.smtp": "import sqlite3, flask.views"}

    assert strays(bad, FLASK, folders=("web",)) == [
        "server.services.sign imports flask",
        "server.mail.smtp imports flask.views",
    ]
    assert strays(bad, DATABASES, folders=("db",)) == ["server.mail.smtp imports sqlite3"]


def test_imports_stand_at_the_top():
    assert hidden_imports(modules()) == []
    assert relative_imports(modules()) == []


def test_an_import_inside_a_function_and_a_relative_one_are_found():
    bad = {"a": "class A:\n    def f(self):\n        if self:\n            import json\n", "b": "from . import a"}

    assert (hidden_imports(bad), relative_imports(bad)) == (["a:4"], ["b:1"])
