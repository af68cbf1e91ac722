"""An instance's own affairs: making its folder and secrets, bringing its tables up to date, checking its health."""

import base64
import json
import os
import secrets
import shlex
from pathlib import Path
from urllib.parse import quote

import click

from server import utcnow
from server.cli.opening import ENV_FILE, Instance, moment, pass_instance
from server.config import read_settings
from server.errors import UndersignedError
from server.mail.transports import open_transport
from server.records import journal, outbox, tallies
from server.sealing import KEY_BYTES
from server.storage import open_store

_LATE_S = 600  # an email that waits for longer than its gap and this is stuck


class InstanceRefused(UndersignedError):
    """Raised when a folder cannot take a new instance, or should not."""

    code = "instance-refused"


def fresh_secrets() -> dict[str, str]:
    """Return the three secret settings with new random values."""

    def key() -> str:
        return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()

    return {
        "UNDERSIGNED_SECRET_KEYS": json.dumps([secrets.token_urlsafe(48)]),
        "UNDERSIGNED_PEPPER": key(),
        "UNDERSIGNED_DATA_KEYS": json.dumps([key()]),
    }


def make_instance(folder: Path, **more: str) -> Path:
    """Write the settings of a new instance, readable by its owner only, and its empty database; return the file.

    Raises ``InstanceRefused`` rather than replace secrets that somebody's signatures depend on.
    """
    folder = folder.resolve()
    environment = {
        "UNDERSIGNED_BASE_URL": "http://localhost:8000",
        "UNDERSIGNED_DATABASE": str(folder / "undersigned.db"),
        "UNDERSIGNED_MAIL_URL": f"maildir://{quote(str(folder / 'mail'))}",
        "UNDERSIGNED_MAIL_FROM": "Open Letters <sign@localhost.localdomain>",
        **fresh_secrets(),
        **more,
    }
    file = folder / ENV_FILE
    if Path(environment["UNDERSIGNED_DATABASE"]).exists() or file.exists():
        raise InstanceRefused(f"{folder} has an instance already, or its database; its secrets are not touched")
    lines = "".join(f"{name}={_quoted(value)}\n" for name, value in environment.items())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as env:
            env.write(lines)
    except OSError as refusal:
        raise InstanceRefused(f"{folder} cannot hold an instance: {refusal.strerror}") from refusal
    store = open_store(read_settings(environment).database)
    store.migrate(create=True)
    store.close()
    return file


def _quoted(value: str) -> str:
    """Return a value as a settings file holds it, whatever the folder is called."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Make an instance in FOLDER. It gets settings with fresh secrets, and an empty database."""
    file = make_instance(folder)
    click.echo(f"Wrote {file}. Keep a copy of it apart from the database: whoever has both can read addresses.")
    click.echo("Emails go into a folder beside it until you set UNDERSIGNED_MAIL_URL.")
    click.echo(f"Next: undersigned --instance {shlex.quote(str(folder))} statement add FILE.md")


@click.group()
def keys() -> None:
    """The three secrets."""


@keys.command("new")
def keys_new() -> None:
    """Print three fresh secrets as lines of settings."""
    for name, value in fresh_secrets().items():
        click.echo(f"{name}='{value}'")


@click.command()
@pass_instance
def migrate(here: Instance) -> None:
    """Bring the tables up to date. Makes the database where there is none."""
    steps = here.services.db.migrate(create=True)
    click.echo(f"took {', '.join(steps)}" if steps else "nothing to do")


@click.command()
@pass_instance
def check(here: Instance) -> None:
    """Say what is wrong, and exit with status 1 if anything is.

    Looks at the settings, the database, the counts, the journal and the emails.
    """
    db, now = here.services.db, utcnow()
    facts = db.facts()
    for name, fact in facts.items():
        click.echo(f"{name}: {fact}")
    with db.read() as tx:
        drift, broken, fates = tallies.list_drift(tx), journal.find_break(tx), outbox.count_by_fate(tx)
    open_transport(here.settings.mail_url).close()
    faults = [f"{name} is {fact}" for name, fact in facts.items() if fact in ("broken", "not durable")]
    faults += [] if facts.get("integrity", "ok") == "ok" else ["the database file is damaged"]
    adrift = sorted({row["statement_id"] for row in drift})
    faults += [f"statement {statement_id}: the kept count differs from a recount" for statement_id in adrift]
    faults += [] if broken is None else [f"the journal was changed at row {broken}"]
    if fates.oldest is not None and now - fates.oldest > here.settings.mail_budget.gap_s + _LATE_S:
        faults.append(f"an email has been waiting since {moment(fates.oldest)}")
    faults += [f"emails that could not be sent: {fates.dead}; see `undersigned outbox`"] if fates.dead else []
    for fault in faults:
        click.echo(f"FAULT: {fault}")
    if faults:
        raise SystemExit(1)
    click.echo("all is well")


COMMANDS = (init, keys, migrate, check)
