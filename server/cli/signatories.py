"""Signatures in a shell: the founding list in, decisions about single ones, the dump out."""

import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from server import utcnow
from server.actions import moderate
from server.actions.founding import import_founding
from server.cli.dump import export, subscribers
from server.cli.opening import ACTOR, HIGHEST_ID, Instance, moment, pass_instance, print_table, read_text
from server.records import STATES, signers, statements
from server.roster import ListKind, Roster, read_roster
from server.storage import Conflict

_PAGE = 500
_SHOWN = 100  # characters of a line that could not be placed: enough to find it
_REASONS = {
    "heading": "a heading",
    "not-in-the-list": "not part of the list",
    "not-for-organisations": "said of an organisation",
    "unknown-column": "a column with no known heading",
    "unknown-kind": "neither individual nor organisation",
    "no-name": "no name",
    "too-many-cells": "more cells than the header",
    "too-long": "too long for a name",
    "control-characters": "characters that cannot be seen",
    "too-many-marks": "too many marks on one letter",
    "no-letters": "no letters",
    "link-in-name": "a web address in the name",
    "not-text": "unreadable text",
}


@click.group()
def signatories() -> None:
    """Signatories: who has signed."""


@signatories.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(get_args(ListKind)), default="auto", show_default=True)
@click.option("--dry-run", is_flag=True, help="Show what was understood, and write nothing.")
@pass_instance
def import_(here: Instance, slug: str, file: Path, kind: ListKind, dry_run: bool) -> None:
    """Enter the founding list of SLUG from FILE.

    It is read as people publish such lists: one name a line, numbered, in blocks, as a table. Leave out what stands
    above and below the list, and look with --dry-run first: what is entered is public at once. The same list twice
    adds nothing.
    """
    with here.services.db.read() as tx:
        statements.get(tx, slug)
    roster = read_roster(read_text(file), kind)
    _print_roster(roster)
    if not roster.entries:
        raise click.ClickException(f"no signature was understood in {file}; nothing was written")
    if dry_run:
        click.echo(f"understood {len(roster.entries)}, not placed {len(roster.unplaced)}; nothing was written")
        return
    if any(entry.email for entry in roster.entries):
        click.echo("the addresses are not kept; the desk can write to them", err=True)
    done = import_founding(here.services.db, slug, roster.entries, actor=ACTOR, now=utcnow())
    for entry in done.known:
        click.echo(f"line {entry.line} adds nothing, it was entered before: {entry.name}", err=True)
    click.echo(f"added {done.added}, on the list already {len(done.known)}, not placed {len(roster.unplaced)}")


def _print_roster(roster: Roster) -> None:
    rows = [(entry.kind, entry.name, entry.title or "", entry.affiliation or "") for entry in roster.entries]
    if rows:
        print_table(("kind", "name", "title", "affiliation"), rows)
    for line in roster.unplaced:
        why, text = _REASONS.get(line.reason, line.reason), textwrap.shorten(line.text, _SHOWN, placeholder=" …")
        click.echo(f"line {line.line} could not be placed ({why}): {text}", err=True)


@signatories.command("list")
@click.argument("slug")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@pass_instance
def list_(here: Instance, slug: str, state: str | None) -> None:
    """List the signatures of SLUG with their numbers. By these, hold, approve and remove know them."""
    with here.services.db.read() as tx:
        statement_id = statements.get(tx, slug).id
    rows, after = [], 0
    while True:
        with here.services.db.read() as tx:
            page = signers.list_by_state(tx, statement_id, state, after=after, most=_PAGE)
        rows += [_row(found) for found in page]
        if len(page) < _PAGE:
            break
        after = page[-1]["id"]
    print_table(("id", "state", "kind", "name", "title", "affiliation", "signed"), rows)


def _row(found: dict[str, Any]) -> tuple[str, ...]:
    shown = found["organisation"] if found["kind"] == "organisation" else found["name"]
    state = "founding" if found["founding_place"] and found["state"] == "confirmed" else found["state"]
    texts = (shown or "", found["title"] or "", found["affiliation"] or "")
    return (str(found["id"]), state, found["kind"], *texts, moment(found["signed_at"]))


def _decision(name: str, decide: Callable[..., None], done: str, sentence: str) -> click.Command:
    @click.command(name, help=f"{sentence} Each ID is a number that `signatories list` shows.")
    @click.argument("slug")
    @click.argument("ids", nargs=-1, required=True, type=click.IntRange(1, HIGHEST_ID), metavar="ID...")
    @click.option("--reason", help="Kept in the journal.")
    @pass_instance
    def command(here: Instance, slug: str, ids: tuple[int, ...], reason: str | None) -> None:
        for signature_id in ids:
            try:
                decide(here.services.db, slug, signature_id, actor=ACTOR, reason=reason, now=utcnow())
            except Conflict as refusal:
                raise click.ClickException(f"the name of {signature_id} is on the list already") from refusal
            click.echo(f"{signature_id} is {done}")

    return command


signatories.add_command(
    _decision("hold", moderate.hold, "held", "Take signatures off the list until they are approved.")
)
signatories.add_command(
    _decision("approve", partial(moderate.approve, seen=None), "on the list", "Put held signatures on the list.")
)
signatories.add_command(_decision("remove", moderate.remove, "removed", "Throw signatures out for good."))

signatories.add_command(export)
signatories.add_command(subscribers)


COMMANDS = (signatories,)
