"""Counts the lines of code in ``server/``: no blank lines, comments or docstrings. Run it as a module to see them."""

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

from tests.rules.sources import ROOT, SERVER

NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def count(source: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    lines = {line for token in tokens if token.type not in NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return len(lines - _docstring_lines(source))


def _docstring_lines(source: str) -> set[int]:
    """The lines of strings that stand alone: docstrings, and those below an attribute."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def by_folder(folder: Path = SERVER) -> Counter[str]:
    found: Counter[str] = Counter()
    for file in folder.rglob("*.py"):
        found[str(file.parent.relative_to(ROOT))] += count(file.read_text())
    return found


if __name__ == "__main__":
    folders = by_folder()
    for name, lines in folders.most_common():
        print(f"{lines:6} {name}")
    print(f"{folders.total():6} in all")
