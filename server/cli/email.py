"""Emails for looking at: what signers will read, in every language, with invented content."""

from pathlib import Path

import click

from server import messages
from server.mail.specimens import SPECIMENS, write

_BASE_URL = "https://sign.example.org"


@click.group()
def email() -> None:
    """Emails: what signers get."""


@email.command()
@click.argument("kind", required=False, type=click.Choice(tuple(SPECIMENS)))
@click.option("--locale", type=click.Choice(messages.LOCALES), help="This language (default: en; in a folder: all).")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write into this folder.")
def preview(kind: str | None, locale: str | None, folder: Path | None) -> None:
    """Print one email, or write them all.

    With --to every KIND is written in every language, as text and as HTML. The content is invented, and the links lead
    nowhere. No instance is needed.
    """
    if folder is not None:
        for name in [kind] if kind else SPECIMENS:
            for spoken in [locale] if locale else messages.LOCALES:
                _keep(folder, name, spoken)
        click.echo(f"{folder} has them, as text and as HTML")
    elif kind is not None:
        words = write(kind, locale or messages.FALLBACK, base_url=_BASE_URL)
        click.echo(f"{words.subject}\n\n{words.text}", nl=False)
    else:
        raise click.UsageError("Say which KIND to print, or --to FOLDER for all of them.")


def _keep(folder: Path, kind: str, locale: str) -> None:
    """Write an email as two files; the subject is the first line of the text, and the title of the page."""
    words = write(kind, locale, base_url=_BASE_URL)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{kind}.{locale}.txt").write_text(f"{words.subject}\n\n{words.text}", encoding="utf-8")
        (folder / f"{kind}.{locale}.html").write_text(words.html, encoding="utf-8")
    except OSError as refusal:
        raise click.ClickException(f"nothing can be written into {folder}: {refusal.strerror}") from refusal


COMMANDS = (email,)
