"""One way for each thing: one reader of forms, one refusal of a value, one file of field macros."""

import ast
import re
from collections.abc import Iterator, Mapping

from tests.rules.sources import SERVER, definitions, modules

FORMS = "server.web.forms"
FIELDS = "_fields.html"
# What a page sent, as Flask gives it.
SENT = {"form", "files", "values"}
# Refusals of a whole file, and of parts of an export that forms of the desk and programs choose.
LISTED_REFUSALS = {"StatementFileError", "ChoiceRefused"}
CONTROL = re.compile(r"<(select|textarea|input)\b(?![^>]*(type=\"hidden\"|readonly))")
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
