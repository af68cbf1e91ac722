"""Copying: from one database to another, whichever engines they are."""

import click

from server.storage import copy as copy_rows
from server.storage import count_rows, open_store


@click.command()
@click.option("--from", "source_address", required=True, help="A path, sqlite:///path or postgresql://...")
@click.option("--to", "target_address", required=True, help="The same; tables are made where there are none.")
def copy(source_address: str, target_address: str) -> None:
    """Copy all records into another database, and compare both.

    Stop the server first. A copy that was broken off goes on where it was. Settings and secrets stay as they are: only
    UNDERSIGNED_DATABASE, or DATABASE_URL, changes afterwards.
    """
    source, target = open_store(source_address), open_store(target_address)
    source.migrate()
    target.migrate(create=True)
    missing = max(count_rows(source) - count_rows(target), 0)
    with click.progressbar(length=missing, label="Copying", show_pos=True) as bar:
        rows = copy_rows(source, target, progress=bar.update)
    source.close()
    target.close()
    click.echo(f"{rows} rows are in both databases, the same ones.")


COMMANDS = (copy,)
