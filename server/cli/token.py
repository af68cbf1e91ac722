"""Bearer tokens for machines that pull the dump."""

import click

from server import utcnow
from server.actions import access
from server.cli.opening import ACTOR, Instance, moment, pass_instance, print_table, read_line
from server.records import statements, tokens
from server.storage import Conflict
from server.text import NAME_LONGEST

_DAY_S = 24 * 3600


@click.group()
def token() -> None:
    """Tokens: keys for machines."""


@token.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(access.SCOPES))
@click.option("--statement", "slug", help="Open this statement only (default: every one).")
@click.option("--days", type=click.IntRange(1, 3650), help="Expire after so many days (default: never).")
@pass_instance
def add(here: Instance, name: str, scopes: tuple[str, ...], slug: str | None, days: int | None) -> None:
    """Make a token and print its secret, which is shown this once."""
    now, called = utcnow(), read_line(name, longest=NAME_LONGEST, purpose="name a token")
    if not called:
        raise click.ClickException("a token needs a name, by which it is revoked")
    expires_at = None if days is None else now + days * _DAY_S
    try:
        secret = access.add_token(
            here.services.db, called, scopes=list(scopes), slug=slug, expires_at=expires_at, actor=ACTOR, now=now
        )
    except Conflict as refusal:
        raise click.ClickException(f"there was a token {called} before; take a name that was never used") from refusal
    click.echo(secret)


@token.command("list")
@pass_instance
def list_(here: Instance) -> None:
    """List the tokens; secrets are not kept and cannot be shown."""
    with here.services.db.read() as tx:
        found = tokens.list_all(tx)
        slugs = {one.id: one.slug for one in statements.list_all(tx)} | {None: "all"}
    columns = ("created_at", "expires_at", "used_at", "revoked_at")
    rows = [
        (
            row["name"],
            row["scopes"],
            slugs[row["statement_id"]],
            *(moment(row[column]) for column in columns),
            row["made_by"] or "",
        )
        for row in found
    ]
    print_table(("name", "scopes", "statement", "created", "expires", "used", "revoked", "made by"), rows)


@token.command()
@click.argument("name")
@pass_instance
def revoke(here: Instance, name: str) -> None:
    """Revoke a token for ever."""
    if not access.revoke_token(here.services.db, name, actor=ACTOR, now=utcnow()):
        raise click.ClickException(f"there is no live token {name}; `undersigned token list` names them")
    click.echo(f"{name} opens nothing any more")


COMMANDS = (token,)
