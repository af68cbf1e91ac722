"""Statements by file: added, listed, opened and closed."""

from pathlib import Path

import click

from server import utcnow
from server.actions import life_cycle, publish
from server.cli.opening import ACTOR, Instance, moment, pass_instance, print_table, read_text
from server.records import statement_texts, statements, tallies
from server.statement_file import read_statement


@click.group()
def statement() -> None:
    """Statements: what people sign."""


@statement.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--over-signatures", is_flag=True, help="Show a new version above the names that signed the old one.")
@pass_instance
def add(here: Instance, file: Path, over_signatures: bool) -> None:
    """Add a statement from FILE, Markdown under +++ TOML +++.

    A second file of the same slug adds another language, or a new version of the text.
    """
    read = read_statement(read_text(file))
    added = publish.add_statement(here.services.db, read, actor=ACTOR, now=utcnow(), over_signatures=over_signatures)
    verb = "added" if added.is_new else "there already, unchanged:"
    click.echo(f"{verb} {read.slug} ({read.locale}), version {added.version}, sha256 {added.sha256}")


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
    since = f"takes signatures from {moment(one.opens_at)} on" if one.state(now) == "not-yet-open" else "is open"
    click.echo(f"{slug} {since}: {here.settings.base_url}/s/{slug}" if opened else f"{slug} was opened already")


@statement.command()
@click.argument("slug")
@pass_instance
def close(here: Instance, slug: str) -> None:
    """Let SLUG take no more signatures. Links that were mailed work for another day."""
    closed = life_cycle.close_statement(here.services.db, slug, actor=ACTOR, now=utcnow())
    click.echo(f"{slug} is closed" if closed else f"{slug} was not open")


COMMANDS = (statement,)
