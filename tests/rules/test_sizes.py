"""Modules and functions stay short enough to read, and each module says what it is for."""

import ast
from collections.abc import Mapping

from tests.rules.sources import definitions, modules, scripts, suite

MODULE_LINES = 500
FUNCTION_LINES = 50
LONGER = {
    "server.text.statement_file": "one reader: the TOML values and what a statement makes of them",
}


def long_modules(sources: Mapping[str, str]) -> list[str]:
    return [name for name, source in sources.items() if len(source.splitlines()) > MODULE_LINES]


def long_functions(sources: Mapping[str, str]) -> list[str]:
    return [
        f"{name}.{node.name}"
        for name, source in sources.items()
        for node in definitions(source)
        if not isinstance(node, ast.ClassDef) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]


def undescribed_modules(sources: Mapping[str, str]) -> list[str]:
    """Modules without a docstring whose first line is a sentence."""
    first_lines = {
        name: (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0] for name, source in sources.items()
    }
    return [name for name, line in first_lines.items() if not line.endswith(".")]


def test_no_module_is_too_long():
    assert long_modules(modules() | scripts()) == list(LONGER)


def test_a_module_that_is_too_long_is_found():
    assert long_modules({"long": "x = 1\n" * 501, "short": "x = 1\n" * 500}) == ["long"]


def test_no_function_is_too_long():
    assert long_functions(modules() | suite()) == []


def test_a_long_function_is_found_wherever_it_stands():
    body = "        x = 1\n"
    method = f"class A:\n    def f(self):\n{body * 50}"

    assert long_functions({"long": method, "short": method.replace(body, "", 1)}) == ["long.f"]


def test_every_module_says_what_it_is_for():
    assert undescribed_modules(modules()) == []
    assert [name for name, source in scripts().items() if not source.startswith("// ")] == []


def test_a_module_that_does_not_say_it_is_found():
    bad = {
        "none": "import json",
        "no sentence": '"""Does things"""',
        "one sentence": '"""Does this, and that."""',
        "a paragraph": '"""Does this. And that.\n\nMore about it."""',
    }

    assert undescribed_modules(bad) == ["none", "no sentence"]
