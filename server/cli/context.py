"""The parts that all commands use: the instance, readable errors, tables on the terminal."""

import os
import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from dotenv import dotenv_values

from server import utcnow
from server.config import Settings, read_settings
from server.errors import SettingsError, UndersignedError, ValueRefused
from server.text import translations
from server.text.names import clean_line
from server.web.context import Context, make_context

ENV_FILE = "undersigned.env"
HIGHEST_ID = 2**63 - 1
ACTOR = "cli"  # the actor in the journal for everything that commands do


class ErrorsAsMessages(click.Group):
    """A group whose commands print our own errors as one clear line; other errors are bugs and print a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our own errors are printed as a message and give exit status 1."""
        try:
            return super().invoke(ctx)
        except UndersignedError as refusal:
            raise click.ClickException(str(refusal)) from refusal


class Instance:
    """The instance in a folder; nothing is read before a command needs it."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder).absolute()
        self._file = self.folder / ENV_FILE

    @property
    def environment(self) -> dict[str, str]:
        """The variables in the settings file of the folder.

        Variables of the environment have priority. Raises ``SettingsError``.
        """
        try:
            written = dotenv_values(self._file, interpolate=False)
        except UnicodeDecodeError as refusal:
            raise SettingsError(f"{self._file} is not UTF-8 text") from refusal
        given = {name: value for name, value in written.items() if value is not None} | dict(os.environ)
        if "DATABASE_URL" in os.environ and "UNDERSIGNED_DATABASE" not in os.environ:
            given.pop(
                "UNDERSIGNED_DATABASE", None
            )  # the variable of the platform has priority over the line that `init` wrote
        if "DATABASE_URL" not in given:
            given.setdefault("UNDERSIGNED_DATABASE", str(self._file.with_name("undersigned.db")))
        return given

    @cached_property
    def settings(self) -> Settings:
        """The settings, read and checked; raises ``SettingsError``."""
        try:
            return read_settings(self.environment)
        except SettingsError as refusal:
            if self._file.exists():
                raise
            raise SettingsError(
                f"there is no {self._file}; give its folder with --instance FOLDER\n{refusal}"
            ) from refusal

    @cached_property
    def context(self) -> Context:
        """The context: settings, store, keys and clock."""
        return make_context(self.settings, clock=utcnow)

    def close(self) -> None:
        """Close the store, if a command has used it."""
        if "context" in vars(self):
            self.context.db.close()


pass_instance: Callable[[Callable[..., Any]], Callable[..., Any]] = click.make_pass_decorator(Instance)


def read_text(file: Path) -> str:
    """Return the text of a file from any editor; raises ``click.ClickException`` if it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as refusal:
        raise click.ClickException(f"{file} is not UTF-8 text; save it as UTF-8 and try again") from refusal


def clean_argument(text: str, *, longest: int, purpose: str) -> str:
    """Return an argument as one line of at most ``longest`` characters; raises ``click.ClickException``.

    ``purpose`` is the end of the error message, after "this text cannot": "name a partner".
    """
    try:
        return clean_line(text, longest=longest)
    except ValueRefused as refusal:
        why = translations.field_error("en", refusal.reason)
        raise click.ClickException(f"this text cannot {purpose}. {why}") from refusal


def print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows below their headings, each column as wide as its widest cell."""
    widths = [max(map(_width, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, tuple("-" * width for width in widths), *rows):
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for wide characters, none for combining marks."""
    marks = sum(unicodedata.category(char) in ("Mn", "Me", "Cf") for char in text)
    wide = sum(unicodedata.east_asian_width(char) in ("W", "F") for char in text)
    return len(text) - marks + wide
