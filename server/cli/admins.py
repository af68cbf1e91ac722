"""Admins: accounts for the desk are made here, where nobody comes in from outside."""

import click

from server import utcnow
from server.actions import accounts
from server.actions.accounts import INVITATION_S
from server.cli.opening import ACTOR, Instance, moment, pass_instance, print_table
from server.records import admins, roles, statements
from server.records.roles import EVERYWHERE, ROLES, Role
from server.storage import Conflict

_DAY_S = 24 * 3600
_role = click.Choice(ROLES)
_statement = click.option("--statement", "slug", help="Under this statement only (default: on the whole server).")


@click.group()
def admin() -> None:
    """Admins: accounts for the desk."""


@admin.command()
@click.argument("name")
@click.option("--role", type=_role, default="owner", show_default=True, help="What the admin may do.")
@_statement
@pass_instance
def add(here: Instance, name: str, role: Role, slug: str | None) -> None:
    """Make an account for NAME and print its first password.

    viewer: counts and public data. moderator: holds, approves, removes and imports, too. owner: everything.
    """
    services = here.services
    try:
        password = accounts.add_admin(
            services.db, name, role=role, slug=slug, sealer=services.sealer, actor=ACTOR, now=utcnow()
        )
    except Conflict as refusal:
        raise click.ClickException(
            f"there is an admin {name} already; `undersigned admin reset` begins anew"
        ) from refusal
    _tell(here, name, password)


@admin.command()
@click.argument("name")
@pass_instance
def reset(here: Instance, name: str) -> None:
    """Print a new first password, for a lost or stolen phone.

    NAME is logged out everywhere; phone and recovery codes of before serve no more, nor do tokens that NAME made at
    the desk.
    """
    password = accounts.reset_admin(here.services.db, name, sealer=here.services.sealer, actor=ACTOR, now=utcnow())
    _tell(here, name, password)
    with here.services.db.read() as tx:
        if admins.get_by_name(tx, name).disabled_at is not None:
            click.echo(f"{name} is disabled, and stays out until `undersigned admin enable {name}`.", err=True)


def _tell(here: Instance, name: str, password: str) -> None:
    click.echo(f"{here.services.links.login}\nname:     {name}\npassword: {password}\n")
    click.echo(
        f"It serves within {INVITATION_S // _DAY_S} days, once: {name} then sets up a phone and their own password.",
        err=True,
    )


@admin.command("list")
@pass_instance
def list_(here: Instance) -> None:
    """List the admins with what they may do."""
    rows = []
    with here.services.db.read() as tx:
        slugs = {one.id: one.slug for one in statements.list_all(tx)} | {EVERYWHERE: "everything"}
        for one in admins.list_all(tx):
            held = ", ".join(f"{role} of {slugs[place]}" for place, role in sorted(roles.list_of(tx, one.id).items()))
            state = "disabled" if one.disabled_at else "ready" if one.is_enrolled else "not set up"
            rows.append((one.name, state, held, moment(one.created_at)))
    print_table(("name", "state", "roles", "made"), rows)


@admin.command()
@click.argument("name")
@click.argument("role", type=click.Choice([*ROLES, "none"]))
@_statement
@pass_instance
def role(here: Instance, name: str, role: str, slug: str | None) -> None:
    """Give NAME the role ROLE, or take it away with none.

    There is one role for each statement, and one for the whole server: the new one replaces the old one there. Tokens
    that NAME made at the desk for what they own no more are revoked.
    """
    db, where = here.services.db, slug or "the whole server"
    if role == "none":
        done = accounts.take_role(db, name, slug=slug, actor=ACTOR, now=utcnow())
        click.echo(f"{name} has no role for {where}" + ("" if done else ", and had none"))
        return
    chosen = next(one for one in ROLES if one == role)
    done = accounts.give_role(db, name, chosen, slug=slug, actor=ACTOR, now=utcnow())
    click.echo(f"{name} is {role} of {where}" + ("" if done else " already"))


@admin.command()
@click.argument("name")
@pass_instance
def disable(here: Instance, name: str) -> None:
    """Let NAME in no more, and log them out now.

    The tokens that they made at the desk are revoked.
    """
    done = accounts.disable_admin(here.services.db, name, actor=ACTOR, now=utcnow())
    click.echo(f"{name} is disabled" if done else f"{name} was disabled already")


@admin.command()
@click.argument("name")
@pass_instance
def enable(here: Instance, name: str) -> None:
    """Let NAME in again."""
    done = accounts.enable_admin(here.services.db, name, actor=ACTOR, now=utcnow())
    click.echo(f"{name} is let in again" if done else f"{name} was not disabled")


COMMANDS = (admin,)
