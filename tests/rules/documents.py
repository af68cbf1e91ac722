"""README and handbook as the rules read them: sections, tables, and the command lines that people are told to type."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from server.cli import main
from server.web.public.handbook import FOLDER, INDEX, PAGES
from tests.rules.sources import ROOT

README = (ROOT / "README.md").read_text("utf-8")
HANDBOOK = {name: (FOLDER / f"{name}.md").read_text("utf-8") for name in (INDEX, *PAGES)}
EVERYTHING = "\n".join((README, *HANDBOOK.values()))


def section(text: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def table(text: str, heading: str) -> list[tuple[str, ...]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section(text, heading).splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line[1:-1].split(" | ")) for line in lines[2:]]


def blocks(text: str, language: str = "sh") -> list[str]:
    """The blocks of code in a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that can be typed, as the words after ``undersigned``."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, below in command.commands.items():
        yield from leaves(below, (*path, name))


def typed(text: str) -> Iterator[str]:
    """Every line of ``undersigned ...`` in the blocks of a text, without what a shell does before and after it."""
    for block in blocks(text):
        for line in block.splitlines():
            for part in re.split(r"&&|[|>]", line.split("#")[0]):
                if Path(part.split()[0] if part.split() else "").name == "undersigned":
                    yield part.strip()


def refusal(words: Sequence[str]) -> str | None:
    """Why the words after ``undersigned`` could not be typed, or None."""
    command: click.Command = main
    names = list(words)
    while isinstance(command, click.Group):
        if not names or names[0] not in command.commands:
            return f"no command {' '.join(words)}"
        command = command.commands[names.pop(0)]
    try:
        command.make_context(command.name, names)
    except click.UsageError as error:
        return f"{' '.join(words)}: {error.format_message()}"
    return None


def untypable(text: str) -> list[str]:
    found = [refusal(shlex.split(line)[1:]) for line in typed(text)]
    return [why for why in found if why] + ([] if found else ["no command line at all"])
