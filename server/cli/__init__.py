"""The command ``undersigned``: makes, runs and maintains an instance."""

import click

from server.cli import admins, demo, instance, invitations, partners, statements
from server.cli.context import ErrorsAsMessages, Instance


@click.group(cls=ErrorsAsMessages)
@click.option(
    "--instance",
    "folder",
    envvar="UNDERSIGNED_INSTANCE",
    type=click.Path(file_okay=False),
    default=".",
    help="Folder whose undersigned.env holds the settings (default: this one). The environment goes before it.",
)
@click.version_option(package_name="undersigned")
@click.pass_context
def main(context: click.Context, folder: str) -> None:
    """Collect names under open letters: statements, signatures, emails, the dump."""
    context.obj = here = Instance(folder)
    context.call_on_close(here.close)


for part in (demo, instance, statements, partners, admins):
    for command in part.COMMANDS:
        main.add_command(command)
statements.signatories.add_command(invitations.invite)
