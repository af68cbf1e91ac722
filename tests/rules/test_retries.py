"""A service that writes can be repeated: it has one write transaction, and is retried after a conflict."""

import ast
from collections.abc import Iterator, Mapping

from tests.rules.sources import modules

DB = "server.db"


def writes_in(node: ast.AST) -> list[ast.With]:
    """The ``with ...write()`` of a function, not those of functions within it."""
    found: list[ast.With] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            continue
        if isinstance(child, ast.With) and any(_is_write(item.context_expr) for item in child.items):
            found.append(child)
        found += writes_in(child)
    return found


def _is_write(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "write"


def functions(source: str) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))


def decorators(function: ast.FunctionDef) -> set[str]:
    return {node.id for node in function.decorator_list if isinstance(node, ast.Name)}


def not_retried(sources: Mapping[str, str]) -> list[str]:
    return [
        f"{name}.{function.name}"
        for name, source in sources.items()
        for function in functions(source)
        if writes_in(function) and "retried" not in decorators(function)
    ]


def writing_twice(sources: Mapping[str, str]) -> list[str]:
    """Services with two writes, of which one would be repeated with the other."""
    return [
        f"{name}.{function.name}"
        for name, source in sources.items()
        for function in functions(source)
        if "retried" in decorators(function) and len(writes_in(function)) != 1
    ]


def services() -> dict[str, str]:
    return {name: source for name, source in modules().items() if not name.startswith(DB)}


def test_every_service_that_writes_is_retried():
    assert not_retried(services()) == []


def test_a_retried_service_writes_once():
    assert writing_twice(services()) == []


def test_a_service_that_breaks_these_rules_is_found():
    write = "    with db.write() as tx:\n        pass\n"
    sources = {
        "forgotten": f"def verb(db):\n{write}",
        "inner": f"def outer(db):\n    def inner():\n    {write.replace(chr(10), chr(10) + '    ')}\n    inner()\n",
        "good": f"@retried\ndef verb(db):\n{write}",
        "twice": f"@retried\ndef verb(db):\n{write}{write}",
        "reads": "@retried\ndef verb(db):\n    with db.read() as tx:\n        pass\n",
    }

    assert not_retried(sources) == ["forgotten.verb", "inner.inner"]
    assert writing_twice(sources) == ["twice.verb", "reads.verb"]
