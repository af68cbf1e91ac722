"""Rooms that can be taken in at a glance, each with a sentence at its door."""

import ast
import re
from collections.abc import Mapping

from tests.rules.sources import Definition, definitions, modules, scripts, suite

MODULE_LINES = 300
FUNCTION_LINES = 50
SENTENCE = re.compile(r"\S.*[^.!?:][.?]")
SCRIPT_SENTENCE = re.compile(r"// \S.*\.")


def long_modules(sources: Mapping[str, str]) -> list[str]:
    return [name for name, source in sources.items() if len(source.splitlines()) > MODULE_LINES]


def long_functions(sources: Mapping[str, str]) -> list[str]:
    return [
        f"{name}.{node.name}"
        for name, source in sources.items()
        for node in definitions(source)
        if not isinstance(node, ast.ClassDef) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]


def wordless_modules(sources: Mapping[str, str]) -> list[str]:
    """Modules that do not open with one sentence on one line."""
    return [name for name, source in sources.items() if not _opens_with_a_sentence(source)]


def _opens_with_a_sentence(source: str) -> bool:
    first, *rest = (ast.get_docstring(ast.parse(source)) or "").splitlines()[:2] or [""]
    return SENTENCE.fullmatch(first) is not None and not re.search(r"\. [A-Z]", first) and rest in ([], [""])


def wordless_definitions(sources: Mapping[str, str]) -> list[str]:
    """Public functions, methods and classes without a docstring."""
    return [
        f"{name}.{node.name}"
        for name, source in sources.items()
        for node in _public(ast.parse(source).body)
        if not ast.get_docstring(node)
    ]


def _public(body: list[ast.stmt]) -> list[Definition]:
    found: list[Definition] = []
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            found.append(node)
            if isinstance(node, ast.ClassDef):
                found += _public(node.body)
    return found


def test_no_module_is_two_rooms():
    assert long_modules(modules() | scripts() | suite()) == []


def test_a_module_that_is_two_rooms_is_seen():
    assert long_modules({"long": "x = 1\n" * 301, "short": "x = 1\n" * 300}) == ["long"]


def test_the_tests_are_measured_too():
    assert {"tests.conftest", "tests.rules.test_sizes"} <= suite().keys()


def test_no_function_is_long():
    assert long_functions(modules() | suite()) == []


def test_a_long_function_is_seen_wherever_it_stands():
    body = "        x = 1\n"
    method = f"class A:\n    def f(self):\n{body * 50}"

    assert long_functions({"long": method, "short": method.replace(body, "", 1)}) == ["long.f"]


def test_every_module_opens_with_one_sentence():
    assert wordless_modules(modules()) == []
    assert [name for name, source in scripts().items() if not SCRIPT_SENTENCE.match(source)] == []


def test_a_module_without_its_sentence_is_seen():
    bad = {
        "none": "import json",
        "no full stop": '"""Does things"""',
        "two sentences": '"""Does this. Does that."""',
        "two lines": '"""Does this\nand that."""',
        "good": '"""Does this, and that."""',
        "good and more": '"""Does this.\n\nMore about it. And more."""',
    }

    assert wordless_modules(bad) == ["none", "no full stop", "two sentences", "two lines"]


def test_everything_public_says_what_its_signature_cannot():
    assert wordless_definitions(modules()) == []


def test_a_public_function_class_or_method_without_words_is_seen():
    bad = {
        "a": "def f(): ...\ndef _g(): ...\nclass A:\n    def m(self): ...\nclass _B:\n    def m(self): ...\n"
        'class C:\n    """Good."""\n    def __init__(self): ...\n'
    }

    assert wordless_definitions(bad) == ["a.f", "a.A", "a.m"]
