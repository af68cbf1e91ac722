"""The parts that all commands share which read a list of signatories: reading, printing, writing for correction."""

import textwrap
from pathlib import Path

import click

from server.cli.context import Instance, print_table
from server.errors import ValueRefused
from server.tables import statements
from server.text.signatory_list import ListKind, read_signatory_file
from server.text.signatory_list.entries import Entry, SignatoryList

_SHOWN_CHARS = 100  # characters of a line that could not be placed: enough to find it

_UNPLACED_REASONS = {
    "heading": "a heading",
    "not-in-the-list": "not part of the list",
    "not-for-organisations": "not for an organisation",
    "unknown-column": "a column with no known heading",
    "unknown-kind": "neither individual nor organisation",
    "no-name": "no name",
    "too-many-cells": "more cells than the header",
    "too-long": "too long for a name",
    "control-characters": "invisible characters",
    "too-many-marks": "too many accents on one letter",
    "not-public": "not confirmed, not listed by name, or not agreed to",
    "no-letters": "no letters",
    "link-in-name": "a web address in the name",
    "contact": "an email address or a phone number, which must not be public",
    "not-text": "unreadable text",
}


_FILE_REFUSALS = {
    "empty": "there is nothing in it",
    "too-large": "it is too large for a list",
    "needs-extra": "it needs two more packages: pip install 'undersigned[lists]'",
    "encoding-unknown": "its encoding is not clear; save it as UTF-8",
    "not-a-list": "it is neither a text nor a table",
    "pdf": "it is a PDF file; copy the list out of it, and save that as text",
    "image": "it is a picture",
    "old-word": "it is from an old version of Word; save it as .docx",
    "broken": "it is damaged, or its name has the wrong ending",
    "too-much": "it unpacks to far more data than a list has",
}
_DOUBTS = {
    "kind": "a person or an organisation?",
    "columns": "are these the right columns?",
    "order": "which is the surname?",
    "several": "are these several people?",
    "details": "a title or an affiliation?",
    "encoding": "are these the right letters?",
    "consent": "did they agree to be named?",
    "odd": "something looks wrong",
    "same": "perhaps the same as someone above?",
}
_NOTES = {
    "address-moved": "its address is not published",
    "phone-left-out": "its phone number is left out",
    "website-left-out": "an address that is not a website's is left out",
}


def read_list(here: Instance, slug: str, file: Path, kind: ListKind) -> SignatoryList:
    """Print and return the list in a file for a statement; raises ``click.ClickException``."""
    with here.context.db.read() as tx:
        statements.get(tx, slug)
    try:
        parsed = read_signatory_file(file.read_bytes(), kind)
    except ValueRefused as refusal:
        if refusal.reason == "empty":
            raise click.ClickException(f"found no signature in {file}; nothing was written") from refusal
        raise click.ClickException(f"{file} cannot be read: {_FILE_REFUSALS[refusal.reason]}") from refusal
    _print_parsed_list(parsed)
    return parsed


def stop_where_unsure(parsed: SignatoryList, *, anyway: bool) -> None:
    """Exit with status 3 if the reader is not sure of all rows, unless ``anyway`` is set."""
    if parsed.unsure and not anyway:
        click.echo(
            f"{len(parsed.unsure)} of {len(parsed.entries)} rows are uncertain (marked ?); nothing was written. Check"
            " them and use --yes; or write the result to a file with --out, correct that file and import it",
            err=True,
        )
        raise SystemExit(3)


READING_COLUMNS = ("kind", "name", "title", "affiliation", "country", "website", "email")


def reading_row(entry: Entry) -> tuple[str, ...]:
    """Return an entry as a row of ``READING_COLUMNS``."""
    return tuple(getattr(entry, column) or "" for column in READING_COLUMNS)


_ALWAYS_SHOWN = ("kind", "name", "title", "affiliation")


def _print_parsed_list(parsed: SignatoryList) -> None:
    """Print the entries of a list, the doubts about them, and the lines that were left out, with the reasons."""
    rows = [("?" if entry.doubts else "", *reading_row(entry)[:-1]) for entry in parsed.entries]
    heads = ("sure", *READING_COLUMNS[:-1])
    kept = [at for at, head in enumerate(heads) if head in _ALWAYS_SHOWN or any(row[at] for row in rows)]
    if rows:
        print_table(tuple(heads[at] for at in kept), [tuple(row[at] for at in kept) for row in rows])
    for entry in parsed.entries:
        said = [*(_DOUBTS[doubt] for doubt in entry.doubts), *(_NOTES[note] for note in entry.notes)]
        if said:
            click.echo(f"line {entry.line} {entry.name}: {'; '.join(said)}", err=True)
    for line in parsed.unplaced:
        why = _UNPLACED_REASONS.get(line.reason, line.reason)
        text = textwrap.shorten(line.text, _SHOWN_CHARS, placeholder=" …")
        click.echo(f"line {line.line} is left out ({why}): {text}", err=True)
