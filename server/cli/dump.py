"""The dump in a shell: signatures, the public list, and who gets news, on the standard output."""

import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial

import click

from server import utcnow
from server.actions.dump_choice import read_choice
from server.actions.export import export_signatures, export_subscribers
from server.actions.sending import Export
from server.cli.opening import ACTOR, Instance, pass_instance
from server.dump_formats import FORMATS
from server.records import contacts

_as_format = click.option("--format", "as_format", type=click.Choice(list(FORMATS)), default="csv", show_default=True)


@click.command()
@click.argument("slug")
@click.option(
    "--contacts", "with_contacts", is_flag=True, help="Fill in the addresses that there was a reason to keep."
)
@click.option("--public", "is_public", is_flag=True, help="What the public list shows now, and no more.")
@click.option("--columns", default="", metavar="NAME,...", help="These columns, in this order (default: all).")
@click.option(
    "--since", help='What has changed since a pull that printed this; "" for the first. The next one is printed last.'
)
@_as_format
@pass_instance
def export(
    here: Instance,
    slug: str,
    with_contacts: bool,
    is_public: bool,
    columns: str,
    since: str | None,
    as_format: str,
) -> None:
    """Write the dump of SLUG to the standard output."""
    if is_public and with_contacts:
        raise click.UsageError("the public list has no addresses")
    asked = {"columns": columns, **({} if since is None else {"since": since})}
    choice = read_choice(asked, is_public=is_public)
    unseal = _unseal(here) if with_contacts else None
    db, chosen = here.services.db, FORMATS[as_format]
    found = export_signatures(db, slug, choice, as_format=chosen, unseal=unseal, actor=ACTOR, clock=utcnow)
    write(found)
    if found.next_since is not None:
        click.echo(f"--since {found.next_since}", err=True)


@click.command()
@click.argument("slug")
@click.option("--partner", metavar="PARTNER", help="Those of this partner (its short name), not the organiser's.")
@_as_format
@pass_instance
def subscribers(here: Instance, slug: str, partner: str | None, as_format: str) -> None:
    """Write who asked for news to the standard output.

    Each comes with the words that were ticked under SLUG and the moment of the confirmation. Who has stopped them
    since is not in it: export anew before each mailing.
    """
    db, chosen = here.services.db, FORMATS[as_format]
    unseal = _unseal(here)
    write(export_subscribers(db, slug, partner=partner, as_format=chosen, unseal=unseal, actor=ACTOR, clock=utcnow))


def _unseal(here: Instance) -> Callable[[bytes], str]:
    return partial(here.services.sealer.unseal, purpose=contacts.SEALED_FOR)


def write(found: Export) -> None:
    """Print an export; who stops reading before its end is told to the journal."""
    with closing(found.sent()) as pieces:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
