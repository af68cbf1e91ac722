"""Statements by file: added, listed, opened and closed."""

from collections.abc import Callable
from pathlib import Path

import click

from server import utcnow
from server.actions import life_cycle, publish, revise
from server.actions.revise import Revised
from server.cli.opening import ACTOR, Instance, moment, pass_instance, print_table, read_text
from server.records import statement_texts, statements, tallies
from server.statement_file import StatementFile, read_statement


@click.group()
def statement() -> None:
    """Statements: what people sign."""


@statement.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--typo", metavar="REASON", help="Mend a text that people have signed; all see what, and why.")
@click.option("--substance", metavar="REASON", help="Change a text that people have signed; its signers are asked.")
@pass_instance
def add(here: Instance, file: Path, typo: str | None, substance: str | None) -> None:
    """Add a statement from FILE, Markdown under +++ TOML +++.

    A second file of the same slug adds another language, or a new version of the text.
    """
    read = read_statement(read_text(file))
    if typo is not None and substance is not None:
        raise click.UsageError("Say --typo or --substance, not both.")
    if typo is not None:
        _revise(here, revise.fix_typo, read, typo)
        return
    if substance is not None:
        _revise(here, revise.change_substance, read, substance)
        return
    added = publish.add_statement(here.services.db, read, actor=ACTOR, now=utcnow())
    verb = "added" if added.is_new else "there already, unchanged:"
    click.echo(f"{verb} {read.slug} ({read.locale}), version {added.version}, sha256 {added.sha256}")


def _revise(here: Instance, verb: Callable[..., Revised], read: StatementFile, reason: str) -> None:
    """Make a version of a text that people have signed, and say who is asked about it."""
    revised = verb(
        here.services.db,
        read.slug,
        read.locale,
        read,
        reason=reason,
        was=None,
        shared=read.shared,
        actor=ACTOR,
        now=utcnow(),
    )
    text, reach = revised.text, revised.reach
    click.echo(f"added {read.slug} ({read.locale}), version {text.version}, sha256 {text.sha256}")
    if reach is not None:
        click.echo(f"{reach.askable} will be asked; {reach.silent} have no address and stay under the older version")


@statement.command("list")
@pass_instance
def list_(here: Instance) -> None:
    """List the statements with their state, languages and counts."""
    now, rows = utcnow(), []
    with here.services.db.read() as tx:
        for one in statements.list_all(tx):
            counts = tallies.count_standing(tx, one.id)
            texts = statement_texts.list_latest(tx, one.id)
            languages = " ".join(text.locale for text in texts)
            rows.append(
                (
                    one.slug,
                    one.state(now),
                    languages,
                    str(counts.confirmed),
                    str(counts.awaiting_review),
                    texts[0].title,
                )
            )
    print_table(("slug", "state", "languages", "confirmed", "held", "title"), rows)


@statement.command("open")
@click.argument("slug")
@pass_instance
def open_(here: Instance, slug: str) -> None:
    """Let SLUG take signatures (from its day of opening on)."""
    now = utcnow()
    opened = life_cycle.open_statement(here.services.db, slug, actor=ACTOR, now=now)
    with here.services.db.read() as tx:
        one = statements.get(tx, slug)
    if one.archived_at is not None:
        raise click.ClickException(f"{slug} is in the archive; the desk takes it back from there")
    since = f"takes signatures from {moment(one.opens_at)} on" if one.state(now) == "not-yet-open" else "is open"
    click.echo(f"{slug} {since}: {here.services.links.page(slug)}" if opened else f"{slug} was opened already")


@statement.command()
@click.argument("slug")
@pass_instance
def close(here: Instance, slug: str) -> None:
    """Let SLUG take no more signatures. Links that were mailed work for another day."""
    closed = life_cycle.close_statement(here.services.db, slug, actor=ACTOR, now=utcnow())
    click.echo(f"{slug} is closed" if closed else f"{slug} was not open")


COMMANDS = (statement,)
