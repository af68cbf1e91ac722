"""Copying: from one database to another, whichever engines they are."""

from pathlib import Path

import click

from server.storage import copy as copy_rows
from server.storage import count_rows, file_of, open_store


@click.command()
@click.option("--from", "source_address", required=True, help="A path, sqlite:///path or postgresql://...")
@click.option("--to", "target_address", required=True, help="The same; tables are made where there are none.")
def copy(source_address: str, target_address: str) -> None:
    """Copy all records into another database, and compare both.

    Stop the server first. A copy that was broken off goes on where it was. Settings and secrets stay as they are: only
    UNDERSIGNED_DATABASE, or DATABASE_URL, changes afterwards.
    """
    if _place(source_address) == _place(target_address):
        raise click.UsageError("--from and --to are the same database; nothing would be copied.")
    source, target = open_store(source_address), open_store(target_address)
    source.migrate()
    target.migrate(create=True)
    missing = max(count_rows(source) - count_rows(target), 0)
    with click.progressbar(length=missing, label="Copying", show_pos=True) as bar:
        rows = copy_rows(source, target, progress=bar.update)
    source.close()
    target.close()
    click.echo(f"{rows} rows are in both databases, the same ones.")


def _place(address: str) -> Path | str:
    """Return the file that an address means, by whatever way it is written, or the server's address as it is."""
    file = file_of(address)
    return file.resolve() if file else address


COMMANDS = (copy,)
