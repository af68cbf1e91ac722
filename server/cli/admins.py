"""Commands for admins, API tokens and the journal."""

import re

import click

from server import utcnow
from server.cli.context import ACTOR, HIGHEST_ID, Instance, clean_argument, pass_instance, print_table
from server.cli.statements import write_export
from server.db import Conflict
from server.exports import export_journal
from server.services import accounts, tokens
from server.services.accounts import INVITATION_S
from server.tables import admins, statements
from server.tables import journal as journal_table
from server.tables.admins import EVERYWHERE, ROLES, Role
from server.text.dates import format_moment
from server.text.names import NAME_LONGEST

# Admins.

_DAY_S = 24 * 3600
_role_statement_option = click.option(
    "--statement", "slug", help="For this statement only (default: for the whole server)."
)


@click.group()
def admin() -> None:
    """Admins: accounts for the desk."""


@admin.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the admin may do.")
@_role_statement_option
@pass_instance
def add(here: Instance, name: str, role: Role, slug: str | None) -> None:
    """Make an account for NAME and print its first password.

    viewer: counts and public data. moderator: also holds, approves, removes and imports signatures. owner: everything.
    """
    context = here.context
    try:
        password = accounts.add_admin(
            context.db, name, role=role, slug=slug, sealer=context.sealer, actor=ACTOR, now=utcnow()
        )
    except Conflict as refusal:
        raise click.ClickException(
            f"there is already an admin {name}; `undersigned admin reset {name}` makes a new first password"
        ) from refusal
    _print_password(here, name, password)


@admin.command()
@click.argument("name")
@pass_instance
def reset(here: Instance, name: str) -> None:
    """Reset NAME's account and print a new first password.

    Use it, for example, after NAME has lost the phone. NAME is logged out everywhere. The old phone, the recovery codes
    and the tokens that NAME made at the desk no longer work.
    """
    password = accounts.reset_admin(here.context.db, name, sealer=here.context.sealer, actor=ACTOR, now=utcnow())
    _print_password(here, name, password)
    with here.context.db.read() as tx:
        if admins.get_by_name(tx, name).disabled_at is not None:
            click.echo(
                f"{name} is disabled and cannot log in until you run `undersigned admin enable {name}`.", err=True
            )


def _print_password(here: Instance, name: str, password: str) -> None:
    click.echo(f"{here.context.links.login}\nname:     {name}\npassword: {password}\n")
    click.echo(
        f"It works once, within {INVITATION_S // _DAY_S} days: {name} then sets up a phone and their own password.",
        err=True,
    )


@admin.command("list")
@pass_instance
def list_admins(here: Instance) -> None:
    """List the admins with what they may do."""
    rows = []
    with here.context.db.read() as tx:
        slugs = {one.id: one.slug for one in statements.list_all(tx)} | {EVERYWHERE: "everything"}
        for one in admins.list_all(tx):
            held = ", ".join(
                f"{role} of {slugs[place]}" for place, role in sorted(admins.list_roles(tx, one.id).items())
            )
            state = "disabled" if one.disabled_at else "ready" if one.is_enrolled else "not set up"
            rows.append((one.name, state, held, format_moment(one.created_at)))
    print_table(("name", "state", "roles", "made"), rows)


@admin.command()
@click.argument("name")
@click.argument("role", type=click.Choice([*ROLES, "none"]))
@_role_statement_option
@pass_instance
def role(here: Instance, name: str, role: str, slug: str | None) -> None:
    """Give NAME the role ROLE, or remove the role with none.

    There is one role for each statement, and one for the whole server: the new role replaces the old one there. Tokens
    that NAME made at the desk are revoked where NAME is no longer an owner.
    """
    db, where = here.context.db, slug or "the whole server"
    chosen = next((one for one in ROLES if one == role), None)
    done = accounts.set_role(db, name, chosen, slug=slug, actor=ACTOR, now=utcnow())
    if chosen is None:
        click.echo(f"{name} has no role for {where}" + ("" if done else ", and had none"))
        return
    click.echo(f"{name} is {role} of {where}" + ("" if done else " already"))


@admin.command()
@click.argument("name")
@pass_instance
def disable(here: Instance, name: str) -> None:
    """Stop NAME from logging in, and log them out now.

    The tokens that they made at the desk are revoked.
    """
    done = accounts.disable_admin(here.context.db, name, actor=ACTOR, now=utcnow())
    click.echo(f"{name} is disabled" if done else f"{name} was already disabled")


@admin.command()
@click.argument("name")
@pass_instance
def enable(here: Instance, name: str) -> None:
    """Let NAME log in again."""
    done = accounts.enable_admin(here.context.db, name, actor=ACTOR, now=utcnow())
    click.echo(f"{name} is enabled" if done else f"{name} was not disabled")


# API tokens.


@click.group()
def token() -> None:
    """Tokens: API keys for programs."""


@token.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(tokens.SCOPES))
@click.option("--statement", "slug", help="Give access to this statement only (default: to all).")
@click.option("--days", type=click.IntRange(1, 3650), help="Expire after this many days (default: never).")
@pass_instance
def add_token(here: Instance, name: str, scopes: tuple[str, ...], slug: str | None, days: int | None) -> None:
    """Make a token and print its secret, which is shown only once."""
    now, called = utcnow(), clean_argument(name, longest=NAME_LONGEST, purpose="name a token")
    if not called:
        raise click.ClickException("a token needs a name, so that you can revoke it")
    expires_at = None if days is None else now + days * _DAY_S
    try:
        secret = tokens.add_token(
            here.context.db, called, scopes=list(scopes), slug=slug, expires_at=expires_at, actor=ACTOR, now=now
        )
    except Conflict as refusal:
        raise click.ClickException(f"the name {called} was already used for a token; choose another name") from refusal
    click.echo(secret)


@token.command("list")
@pass_instance
def list_tokens(here: Instance) -> None:
    """List the tokens. Their secrets are not stored and cannot be shown."""
    with here.context.db.read() as tx:
        found = admins.list_tokens(tx)
        slugs = {one.id: one.slug for one in statements.list_all(tx)} | {None: "all"}
    columns = ("created_at", "expires_at", "used_at", "revoked_at")
    rows = [
        (
            row["name"],
            row["scopes"],
            slugs[row["statement_id"]],
            *(format_moment(row[column]) for column in columns),
            row["made_by"] or "",
        )
        for row in found
    ]
    print_table(("name", "scopes", "statement", "created", "expires", "used", "revoked", "made by"), rows)


@token.command("revoke")
@click.argument("name")
@pass_instance
def revoke_token(here: Instance, name: str) -> None:
    """Revoke a token permanently."""
    if not tokens.revoke_token(here.context.db, name, actor=ACTOR, now=utcnow()):
        raise click.ClickException(f"there is no active token {name}; `undersigned token list` shows the tokens")
    click.echo(f"{name} is revoked and no longer works")


# The journal.

_journal_statement_option = click.option(
    "--statement", "slug", help="Only entries of this statement (default: of the whole server)."
)
_ID_AND_HASH = re.compile(r"(?:(\d{1,18}):)?([0-9a-f]{64})")


@click.group()
def journal() -> None:
    """The journal: what admins, rules and signers did."""


@journal.command()
@click.option(
    "--expect", "kept", metavar="ID:HASH", help="Check that a row which `verify` printed earlier is still there."
)
@pass_instance
def verify(here: Instance, kept: str | None) -> None:
    """Look for changes, and exit with status 1 if there are any.

    Follows the chain from the first row to the last, and prints the id and hash of the newest. Keep these elsewhere:
    without them nobody can see that the end was cut off.
    """
    expected = _ID_AND_HASH.fullmatch(kept or "")
    if kept is not None and expected is None:
        raise click.BadParameter("give ID:HASH, or only the hash, as `verify` printed it", param_hint="--expect")
    with here.context.db.read() as tx:
        broken, newest = journal_table.find_break(tx), journal_table.find_newest(tx)
        journal_id = int(expected[1]) if expected and expected[1] else None
        is_there = expected is None or journal_table.has_hash(tx, bytes.fromhex(expected[2]), journal_id=journal_id)
    if broken is not None:
        raise click.ClickException(f"the journal was changed at row {broken}")
    if not is_there:
        raise click.ClickException(f"{kept} is not in the journal: rows were cut off, or all of them were rewritten")
    click.echo("the journal is intact" if newest else "the journal is empty")
    if newest:
        click.echo(f"{newest[0]}:{newest[1].hex()}")


@journal.command("list")
@_journal_statement_option
@click.option("--signers", is_flag=True, help="Include what signers did to their own signatures.")
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True)
@pass_instance
def list_journal(here: Instance, slug: str | None, signers: bool, most: int) -> None:
    """List the latest entries, newest first."""
    with here.context.db.read() as tx:
        whose = None if slug is None else statements.get(tx, slug).id
        search = journal_table.JournalSearch(with_signers=signers)
        found = journal_table.list_page(tx, search, statement_id=whose, before_id=None, most=most)
    head = ("id", "when", "who", "what", "about", "why")
    table = [(str(one.id), format_moment(one.at), one.actor, one.verb, one.subject, one.reason or "") for one in found]
    print_table(head, table)


@journal.command("export")
@_journal_statement_option
@click.option("--since", type=click.IntRange(0, HIGHEST_ID), default=0, help="Only rows after this id.")
@pass_instance
def export_entries(here: Instance, slug: str | None, since: int) -> None:
    """Print the journal as JSON Lines, oldest first.

    Each line has everything that its hash is made from, so that it can be verified elsewhere.
    """
    write_export(export_journal(here.context.db, slug, since=since, actor=ACTOR, clock=utcnow))


COMMANDS = (admin, token, journal)
