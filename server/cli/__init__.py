"""The command ``undersigned``: makes, runs and maintains an instance."""

import click

from server.cli import admins, backups, demo, instance, invitations, outbox, partners, statements
from server.cli.context import ErrorsAsMessages, Instance


@click.group(cls=ErrorsAsMessages)
@click.option(
    "--instance",
    "folder",
    envvar="UNDERSIGNED_INSTANCE",
    type=click.Path(file_okay=False),
    default=".",
    help="Folder with the settings file undersigned.env (default: the current one). The environment overrides it.",
)
@click.version_option(package_name="undersigned")
@click.pass_context
def main(context: click.Context, folder: str) -> None:
    """Collect signatures on statements and open letters."""
    context.obj = here = Instance(folder)
    context.call_on_close(here.close)


for part in (demo, instance, outbox, backups, statements, partners, admins):
    for command in part.COMMANDS:
        main.add_command(command)
statements.signatories.add_command(invitations.invite)
