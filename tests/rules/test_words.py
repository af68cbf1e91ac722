"""The house has its words and uses no others; nothing is named for what it is made of, and nothing is left undone."""

import ast
import re
from collections.abc import Iterator, Mapping

from tests.rules.sources import ROOT, SERVER, WIDGET, modules, scripts

STRANGERS = {"campaign", "petition", "petitioner", "signee", "user", "endorser", "endorsement"}
LOGIN = {"server.mail.smtp", "server.mail.transports"}  # a mail server calls whoever logs in a user
ROOMLESS = {"util", "helper", "common", "manager", "misc"}
ROOMLESS_BEGINNINGS = ("handle_", "process_")
AIOSQLS = {"process_sql"}  # a name that its adapters must have
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
PROSE = [SERVER / "messages" / "en.json", ROOT / "README.md", *sorted((SERVER / "templates").rglob("*.*"))]


def names(source: str) -> Iterator[str]:
    """Every name that a module gives: to functions, classes, arguments, variables and attributes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def words(name: str) -> set[str]:
    """The words of a name, in the singular: ``list_UserNames`` has list, user and name."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return {word.removesuffix("s") for word in re.split(r"[_.\W]+", apart) if word}


def strange_names(sources: Mapping[str, str]) -> list[str]:
    return [
        f"{module}: {name}"
        for module, source in sources.items()
        for name in (module, *names(source))
        if words(name) & (STRANGERS - ({"user"} if module in LOGIN else set()))
    ]


def roomless_names(sources: Mapping[str, str]) -> list[str]:
    return [
        f"{module}: {name}"
        for module, source in sources.items()
        for name in {module, *names(source)} - AIOSQLS
        if words(name) & ROOMLESS or name.lstrip("_").startswith(ROOMLESS_BEGINNINGS)
    ]


def strange_words(text: str) -> list[str]:
    """What stands in prose for one of our own words; the user of a mail server's URL is none."""
    return [
        match[0]
        for match in re.finditer(r"[A-Za-z]+", text)
        if match[0].lower().removesuffix("s") in STRANGERS and text[match.end() : match.end() + 1] != ":"
    ]


def undone(text: str) -> list[str]:
    return UNDONE.findall(text)


def test_names_use_the_words_of_the_house():
    assert strange_names(modules()) == []


def test_a_name_with_a_strangers_word_is_seen():
    bad = {
        "server.campaigns": "x = 1",
        "server.web.public.api": "def list_users(petition): ...\nclass UserName: ...\nself.signee = 1\nabuse = 2",
        "server.mail.smtp": "user = 1\ncampaign = 2",
    }

    assert set(strange_names(bad)) == {
        "server.campaigns: server.campaigns",
        "server.web.embed: list_users",
        "server.web.embed: UserName",
        "server.web.embed: petition",
        "server.web.embed: signee",
        "server.mail.smtp: campaign",
    }


def test_prose_uses_the_words_of_the_house():
    assert {file.name: found for file in PROSE if (found := strange_words(file.read_text()))} == {}


def test_a_strangers_word_in_prose_is_seen():
    assert strange_words("Users sign a Petition; smtp://user:password@host, because.") == ["Users", "Petition"]


def test_nothing_is_named_for_what_it_is_made_of():
    assert roomless_names(modules()) == []
    assert [name for name in scripts() if words(name) & ROOMLESS] == []


def test_a_name_without_a_room_is_seen():
    bad = {
        "server.utils": "",
        "server.web.public.api": "def handle_post(): ...\nclass FormManager: ...\ndef _process_it(): ...",
    }

    assert sorted(roomless_names(bad)) == [
        "server.utils: server.utils",
        "server.web.embed: FormManager",
        "server.web.embed: _process_it",
        "server.web.embed: handle_post",
    ]


def test_nothing_is_left_undone():
    files = [*SERVER.rglob("*.py"), *SERVER.rglob("*.sql"), *SERVER.rglob("*.html"), *WIDGET.glob("*")]

    assert {file.name: found for file in files if (found := undone(file.read_text()))} == {}


def test_what_is_left_undone_is_seen():
    assert undone("x = 1  # TODO: the rest\n-- FIXME\n// XXX") == ["TODO", "FIXME", "XXX"]
