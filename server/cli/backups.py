"""Commands for backups: backup, restore, drill."""

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from server import utcnow
from server.cli.context import Instance, pass_instance
from server.errors import Refused
from server.services.backups import (
    LATE_AFTER_S,
    Backup,
    back_up_before_update,
    list_backups,
    make_backup,
    rehearse,
    restore_backup,
)
from server.tables import journal
from server.text.dates import format_moment

HOUR_S = 3600
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--keep", type=click.IntRange(1, 1000), help="How many backups stay in the folder.")
@pass_instance
def backup(here: Instance, folder: Path | None, keep: int | None) -> None:
    """Write a checked backup, while the server runs.

    Keeps the newest ones of FOLDER (default: the folder of the nightly backups), and deletes older ones. Prints one
    line. Exits with status 1 if no backup was made.
    """
    place = here.settings.backups_in(folder and folder.absolute())
    made, rows = make_backup(here.context.db, replace(place, keep=keep or place.keep), now=utcnow())
    click.echo(f"{made.file}: {rows} rows, {format_size(made.size)}, checked")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", "replaces", is_flag=True, help="Keep the existing database under another name.")
@click.option("--accept-unknown-erasures", is_flag=True, help="Restore even if erased people may be back.")
@pass_instance
def restore(here: Instance, file: Path, replaces: bool, accept_unknown_erasures: bool) -> None:
    """Make the backup FILE the database of this instance. Stop the server first.

    What was erased since the backup is erased again. Until the restored rows have been compared with the backup, no
    server can use them.
    """
    place = here.settings.backups or here.settings.backups_in(file.absolute().parent)
    with _showing_progress() as progress:
        restored = restore_backup(
            place,
            file.absolute(),
            replace=replaces,
            accept_unknown=accept_unknown_erasures,
            keys=here.context.keys,
            sealer=here.context.sealer,
            progress=progress,
            now=utcnow(),
        )
    known = f"known until {format_moment(restored.known_until)}" if restored.known_until else "not known"
    click.echo(f"Erased again: {restored.erased_again}. Erasures are {known}.")
    if restored.aside is not None:
        click.echo(f"The former database is {restored.aside}. Delete it soon: it has personal data.")
    click.echo(f"Done: {restored.rows} rows, the same as in the backup of {format_moment(restored.made_at)}.")


@contextmanager
def _showing_progress() -> Iterator[Callable[[int], None]]:
    """Yield a function that counts rows on the terminal, if there is one."""
    read, is_terminal = 0, sys.stderr.isatty()

    def show(rows: int) -> None:
        nonlocal read
        read += rows
        if is_terminal:
            click.echo(f"\rRows read: {read}", nl=False, err=True)

    yield show
    if is_terminal and read:
        click.echo(err=True)


@click.command()
@pass_instance
def drill(here: Instance) -> None:
    """Try whether a backup can be restored.

    Makes a backup, restores it elsewhere, compares both, and deletes them again. Also says how old the newest backup
    is. Exits with status 1 if the restored rows differ or there is no backup.
    """
    began = time.monotonic()
    place, now = here.settings.backups_in(), utcnow()
    with _showing_progress() as progress:
        rows = rehearse(place, progress=progress)
    took = time.monotonic() - began
    click.echo(f"A backup was made, restored elsewhere and compared: {rows} rows, the same, in {took:.1f} seconds.")
    newest = next(iter(list_backups(place.folder)), None)
    if newest is None:
        raise Refused(f"there is no backup in {place.folder}")
    click.echo(f"The newest backup is {describe(newest, now=now)}: {newest.file}")


def migrate_after_snapshot(here: Instance, *, create: bool = False) -> list[str]:
    """Apply the missing migrations and return their names; before that, make a backup and say how to go back to it."""
    db, place = here.context.db, here.settings.backups
    made = back_up_before_update(db, place, now=utcnow()) if place else None
    if place is None and db.pending_migrations():
        click.echo("No backup was made before this update: UNDERSIGNED_BACKUP_FOLDER is not set.", err=True)
    if made is not None:
        click.echo(f"Backup before this update: {made.file}")
        click.echo("To go back: stop the server, install the former version again, and run this with it:")
        words = ("undersigned", "--instance", str(here.folder), "restore", "--replace", str(made.file))
        click.echo(f"  {shlex.join(words)}")
    return db.migrate(create=create)


def find_backup_faults(here: Instance, *, now: int) -> list[str]:
    """Print the newest backup, and return what is wrong: there is none, or it is older than ``LATE_AFTER_S``.

    A new instance needs none before its first night.
    """
    place = here.settings.nightly_backups
    if place is None:
        click.echo("backup: none by this server; see UNDERSIGNED_BACKUP_FOLDER")
        return []
    newest = next(iter(list_backups(place.folder)), None)
    if newest is not None:
        click.echo(f"backup: {describe(newest, now=now)}")
        late = f"the newest backup is {describe(newest, now=now)}; see the server's log"
        return [late] if newest.is_late(now=now) else []
    with here.context.db.read() as tx:
        first = journal.list_batch(tx, statement_id=None, after=0, upto=1, most=1)
    is_new = not first or now - first[0]["at"] < LATE_AFTER_S
    click.echo("backup: none yet")
    return [] if is_new else [f"there is no backup in {place.folder}; `undersigned backup` makes one"]


def describe(backup: Backup, *, now: int) -> str:
    """Return size and age of a backup in words."""
    return f"{format_size(backup.size)}, {max(0, now - backup.made_at) // HOUR_S} hours old"


def format_size(size: int) -> str:
    """Return a number of bytes as a person reads it."""
    return f"{size / 1_000_000:.1f} MB"


COMMANDS = (backup, restore, drill)
