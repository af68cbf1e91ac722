"""The journal: verified from its first row to its last, listed, exported."""

import re

import click

from server import utcnow
from server.actions.export_journal import export_journal
from server.cli.dump import write
from server.cli.opening import ACTOR, HIGHEST_ID, Instance, moment, pass_instance, print_table
from server.records import journal as rows
from server.records import journal_entries, statements
from server.records.journal_entries import Search

_statement = click.option("--statement", "slug", help="Of this statement only (default: of the whole server).")
_KEPT = re.compile(r"(?:(\d{1,18}):)?([0-9a-f]{64})")


@click.group()
def journal() -> None:
    """The journal: what admins, rules and signers did."""


@journal.command()
@click.option("--expect", "kept", metavar="ID:HASH", help="A row that `verify` printed earlier must still be there.")
@pass_instance
def verify(here: Instance, kept: str | None) -> None:
    """Look for any change, and exit with status 1 if there is one.

    Follows the chain from the first row to the last, and prints id and hash of the newest. Keep them elsewhere: only
    who knows them sees that an end was cut off.
    """
    expected = _KEPT.fullmatch(kept or "")
    if kept is not None and expected is None:
        raise click.BadParameter("say ID:HASH, or the hash alone, as `verify` printed it", param_hint="--expect")
    with here.services.db.read() as tx:
        broken, newest = rows.find_break(tx), rows.find_newest(tx)
        journal_id = int(expected[1]) if expected and expected[1] else None
        is_there = expected is None or rows.has_hash(tx, bytes.fromhex(expected[2]), journal_id=journal_id)
    if broken is not None:
        raise click.ClickException(f"the journal was changed at row {broken}")
    if not is_there:
        raise click.ClickException(f"{kept} is not in the journal: rows were cut off, or all of them were written anew")
    click.echo("the journal is whole" if newest else "the journal is empty")
    if newest:
        click.echo(f"{newest[0]}:{newest[1].hex()}")


@journal.command("list")
@_statement
@click.option("--signers", is_flag=True, help="Also what signers did to their own signatures.")
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True)
@pass_instance
def list_(here: Instance, slug: str | None, signers: bool, most: int) -> None:
    """List what was done last, newest first."""
    with here.services.db.read() as tx:
        whose = None if slug is None else statements.get(tx, slug).id
        search = Search(with_signers=signers)
        found = journal_entries.list_page(tx, search, statement_id=whose, before_id=None, most=most)
    head = ("id", "when", "who", "what", "about", "why")
    table = [(str(one.id), moment(one.at), one.actor, one.verb, one.subject, one.reason or "") for one in found]
    print_table(head, table)


@journal.command()
@_statement
@click.option("--since", type=click.IntRange(0, HIGHEST_ID), default=0, help="Only rows behind this id.")
@pass_instance
def export(here: Instance, slug: str | None, since: int) -> None:
    """Print the journal as JSON Lines, oldest first.

    Each line has all that the chain is made of, so that it can be verified elsewhere.
    """
    write(export_journal(here.services.db, slug, since=since, actor=ACTOR, clock=utcnow))


COMMANDS = (journal,)
