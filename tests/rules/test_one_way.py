"""One way for each thing: one reader of forms, one refusal of a value, one file of field macros, one kind of list."""

import ast
import re
from collections.abc import Iterator, Mapping

from tests.rules.sources import SERVER, definitions, modules

FORMS = "server.web.forms"
FIELDS = "_fields.html"
LISTS, LIST_MACROS = "server.web.admin.lists", "desk/_list.html"
# What a page sent, as Flask gives it.
SENT = {"form", "files", "values"}
# Refusals of a whole file, and of parts of an export that forms of the desk and programs choose.
LISTED_REFUSALS = {"StatementFileError", "ChoiceRefused"}
CONTROL = re.compile(r"<(select|textarea|input)\b(?![^>]*(type=\"hidden\"|readonly))")
# What names the page of a list in an address.
CURSORS = {"before", "after", "cursor", "offset"}
READS_CURSOR = re.compile(rf"request\.args(\[|\.get\()'({'|'.join(CURSORS)}|page)'[^)]*[])]$")
# The head of a list, its sentence if it is empty, its links to other pages.
LIST_PART = re.compile(r"<thead|<p>{{ t\(\"[\w.-]+\.none\"\) }}</p>|links\.(?:next|first)|rel=\"next\"")
MACRO = re.compile(r"{%-? macro (\w+)(.*?){%-? endmacro", re.DOTALL)


def second_readers(sources: Mapping[str, str]) -> list[str]:
    """The modules that read a form by hand, or have a form that is no ``Form``."""
    return [
        f"{name}: {found}"
        for name, source in sources.items()
        if name.startswith("server.") and name != FORMS
        for found in read_by_hand(source)
    ]


def read_by_hand(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in SENT and ast.unparse(node.value) == "request":
            yield ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("flask_wtf"):
            yield from (alias.name for alias in node.names if alias.name == "FlaskForm")


def second_refusals(sources: Mapping[str, str]) -> list[str]:
    """The exceptions of the pure functions, which refuse values, beside ``ValueRefused``."""
    return [
        f"{name}.{node.name}"
        for name, source in sources.items()
        if name.startswith(("server.text.", "server.exports."))
        for node in definitions(source)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if any(ast.unparse(base).endswith(("Error", "Refused", "Request", "Exception")) for base in node.bases)
        if node.name not in LISTED_REFUSALS
    ]


def second_macros(templates: Mapping[str, str]) -> list[str]:
    """The macros for a labelled control beside the one file."""
    return [
        f"{file}: {name}"
        for file, text in templates.items()
        if file != FIELDS
        for name, body in MACRO.findall(text)
        if "<label" in body and CONTROL.search(body)
    ]


def second_pagings(sources: Mapping[str, str]) -> list[str]:
    """The modules of the desk that read or write the page in an address, or cut a page off, beside ``DeskList``."""
    return [
        f"{name}: {found}"
        for name, source in sources.items()
        if name.startswith("server.web.admin.") and name != LISTS
        for node in ast.walk(ast.parse(source))
        for found in pages_by_hand(node)
    ]


def pages_by_hand(node: ast.AST) -> Iterator[str]:
    """What a node reads from an address or writes into one under a cursor's name, and how it uses a page's length."""
    if not isinstance(node, ast.Call | ast.Subscript | ast.Compare):
        return
    source = ast.unparse(node)
    if READS_CURSOR.match(source):
        yield source
    if isinstance(node, ast.Call) and (
        source == "request.args.items()" or "request.args" in [ast.unparse(given) for given in node.args]
    ):
        yield source
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("url_for", "see_other"):
        yield from (f"{given.arg}=" for given in node.keywords if given.arg in CURSORS)
    if not isinstance(node, ast.Call) and "PAGE_LENGTH" in source:
        yield source


def second_lists(templates: Mapping[str, str]) -> list[str]:
    """The pages of the desk that write a list's head, empty sentence or links beside the macros."""
    return [
        f"{file}: {found}"
        for file, text in templates.items()
        if file.startswith("desk/") and file != LIST_MACROS
        for found in LIST_PART.findall(text)
    ]


def templates() -> dict[str, str]:
    folder = SERVER / "templates"
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.html")}


def test_forms_are_read_in_one_place():
    assert second_readers(modules()) == []


def test_a_second_reader_of_forms_is_found():
    by_hand = "from flask import request\nname = request.form['name']\nfile = request.files.get('list')\n"
    other = "from flask_wtf import FlaskForm\n"

    assert second_readers({"server.a": by_hand, "server.b": other, FORMS: by_hand}) == [
        "server.a: request.form",
        "server.a: request.files",
        "server.b: FlaskForm",
    ]


def test_a_value_is_refused_in_one_way():
    assert second_refusals(modules()) == []


def test_a_second_refusal_is_found():
    source = "class NameRefused(ValueError): ...\nclass Name(str): ...\n"

    assert second_refusals({"server.text.names": source, "server.web.names": source}) == [
        "server.text.names.NameRefused"
    ]


def test_the_macros_for_fields_stand_in_one_file():
    assert second_macros(templates()) == []


def test_a_second_macro_for_a_field_is_found():
    macro = '{% macro choice(name) %}<label for="x">X</label><select id="x">{% endmacro %}'
    hidden = '{% macro key() %}<label>X</label><input type="hidden" name="x">{% endmacro %}'

    assert second_macros({FIELDS: macro, "desk/other.html": macro, "desk/third.html": hidden}) == [
        "desk/other.html: choice"
    ]


def test_every_list_of_the_desk_is_paged_in_one_way():
    assert second_pagings(modules()) == []


def test_a_second_way_of_paging_is_found():
    reads = "at = request.args.get('after', '')\nat = request.args['before']\nkind = request.args.get('kind')\n"
    whole = "asked = read(request.args)\nasked = dict(request.args.items())\n"
    cuts = "more = len(rows) > PAGE_LENGTH\nshown = rows[:PAGE_LENGTH]\nmost = PAGE_LENGTH + 1\n"
    links = "older = url_for('signatures.show', before=9)\nhelp = url_for('handbook.show_page', page='admins')\n"
    by_hand = reads + whole + cuts + links

    found = second_pagings({"server.web.admin.a": by_hand, LISTS: by_hand, "server.web.public.a": by_hand})

    assert sorted(found) == [
        "server.web.admin.a: before=",
        "server.web.admin.a: len(rows) > PAGE_LENGTH",
        "server.web.admin.a: read(request.args)",
        "server.web.admin.a: request.args.get('after', '')",
        "server.web.admin.a: request.args.items()",
        "server.web.admin.a: request.args['before']",
        "server.web.admin.a: rows[:PAGE_LENGTH]",
    ]


def test_heads_empty_sentences_and_links_of_lists_stand_in_one_file():
    assert second_lists(templates()) == []


def test_a_second_list_is_found():
    table = '<table><thead><tr></tr></thead></table><p>{{ t("desk.journal.none") }}</p>'
    link = '<a href="{{ older }}" rel="next">{{ t("desk.list.older") }}</a>'

    assert second_lists({"desk/a.html": table, "desk/b.html": link, LIST_MACROS: table, "public/c.html": link}) == [
        "desk/a.html: <thead",
        'desk/a.html: <p>{{ t("desk.journal.none") }}</p>',
        'desk/b.html: rel="next"',
    ]
