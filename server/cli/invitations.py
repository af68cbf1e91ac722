"""The command that invites people who signed elsewhere to confirm."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import click

from server import utcnow
from server.cli.context import ACTOR, Instance, clean_argument, pass_instance
from server.cli.reading import read_list, stop_where_unsure
from server.errors import ValueRefused
from server.services.invitations import SOURCE_LONGEST, Invited, Inviting, invite_signers
from server.tables.outbox import MOST_INVITATIONS_PER_HOUR
from server.text.addresses import check_address
from server.text.dates import format_moment
from server.text.signatory_list import ListKind
from server.text.signatory_list.entries import Entry


@click.command()
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Where they signed, as the email says it: “the form at rivers.example”.")
@click.option("--kind", type=click.Choice(get_args(ListKind)), default="auto", show_default=True)
@click.option("--locale", help="The language of the text and the emails (default: the statement's own).")
@click.option(
    "--pace",
    type=click.IntRange(1, MOST_INVITATIONS_PER_HOUR),
    help="Emails an hour (default: UNDERSIGNED_MAIL_INVITATIONS_PER_HOUR).",
)
@click.option("--dry-run", is_flag=True, help="Show what was understood, and write nothing.")
@click.option("--yes", "anyway", is_flag=True, help="Also invite the rows that are uncertain.")
@pass_instance
def invite(
    here: Instance,
    slug: str,
    file: Path,
    source: str,
    kind: ListKind,
    locale: str | None,
    pace: int | None,
    dry_run: bool,
    anyway: bool,
) -> None:
    """Invite the people in FILE to confirm under SLUG.

    They have signed elsewhere. FILE is read as by `import`; each person needs an address, and gets one email and one
    reminder. Nothing is published or counted until they confirm. The same list twice invites nobody twice. The desk
    shows the progress and can stop it.
    """
    where = clean_argument(source, longest=SOURCE_LONGEST, purpose="say where they signed")
    if not where:
        raise click.ClickException("--source is empty: the email must say where they signed")
    parsed = read_list(here, slug, file, kind)
    entries = _check_addresses(parsed.entries)
    if not any(entry.email for entry in entries):
        raise click.ClickException(f"found no signature with an address in {file}; nothing was written")
    pace = pace or here.settings.invitations_per_hour
    if dry_run:
        addressed = sum(bool(entry.email) for entry in entries)
        click.echo(f"would invite up to {addressed}, at {pace} an hour; nothing was written")
        return
    stop_where_unsure(parsed, anyway=anyway)
    inviting = Inviting(where, pace, here.context.keys, here.context.sealer, locale)
    done = invite_signers(here.context.db, slug, entries, inviting=inviting, actor=ACTOR, now=utcnow())
    _print_invited(done, unplaced=len(parsed.unplaced), pace=pace)


def _check_addresses(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with normalised addresses; print which entries have no address, or an invalid one."""
    checked = []
    for entry in entries:
        try:
            email = check_address(entry.email) if entry.email else None
        except ValueRefused:
            email = None
        if email is None:
            click.echo(f"line {entry.line} has no valid email address: {entry.name}", err=True)
        checked.append(replace(entry, email=email))
    return checked


def _print_invited(done: Invited, *, unplaced: int, pace: int) -> None:
    for entry in done.known:
        click.echo(f"line {entry.line} is not invited, they have signed or were emailed before: {entry.name}", err=True)
    for entry in done.full:
        click.echo(f"line {entry.line} is not invited, its address is already used for others: {entry.name}", err=True)
    left_out = len(done.full) + len(done.without_address)
    last = f"; at {pace} an hour the last email goes about {format_moment(done.last_due_at)}" if done.invited else ""
    click.echo(
        f"invited {done.invited}, already known {len(done.known)}, not invited {left_out}, lines left out {unplaced}"
        + last
    )
