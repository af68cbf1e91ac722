"""The command ``undersigned``: makes, runs and tends an instance, and does in a shell much of what the desk does."""

import click

from server.cli import admin, copying, demo, email, instance, journal, partner, serving, signatories, statement, token
from server.cli.opening import Instance, Refusing


@click.group(cls=Refusing)
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


for part in (demo, instance, serving, statement, signatories, partner, admin, journal, token, email, copying):
    for command in part.COMMANDS:
        main.add_command(command)
