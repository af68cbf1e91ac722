"""Commands for a whole instance: init, keys, migrate, check, run, copy."""

import base64
import gc
import json
import logging
import os
import resource
import secrets
import shlex
import socket
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import click
from flask import Blueprint
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from server import create_app, utcnow
from server.cli.backups import find_backup_faults, migrate_after_snapshot
from server.cli.context import ENV_FILE, Instance, pass_instance
from server.config import Settings, read_settings
from server.crypto.encryption import KEY_BYTES
from server.db import Store, sqlite_file
from server.db.engines import copy_rows, count_rows, file_of, open_store
from server.errors import Refused, SettingsError
from server.exports import iterate_in_batches, row_id
from server.mail.transports import open_transport
from server.services.outbox import check_outbox
from server.tables import counts, journal, signature_queries
from server.tables import outbox as outbox_table
from server.text.dates import format_moment
from server.text.names import has_contact
from server.web.context import start_worker
from server.web.gateway import Gateway

# Making and checking an instance.

_SAMPLES = ("letter.md", "founding.txt")
_CONTENT = Path(__file__).parent.parent / "demo"


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
    """Write the settings of a new instance and its empty database; return the settings file.

    Only its owner can read the file. Raises ``Refused`` if there are settings already: signatures depend on their
    secrets.
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
        raise Refused(f"{folder} already has an instance or its database; nothing was changed")
    lines = "".join(f"{name}={_quote(value)}\n" for name, value in environment.items())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_private_file(file, lines.encode())
    except OSError as refusal:
        raise Refused(f"{folder} cannot hold an instance: {refusal.strerror}") from refusal
    store = open_store(read_settings(environment).database)
    store.migrate(create=True)
    store.close()
    return file


def _write_private_file(file: Path, content: bytes) -> None:
    """Write a new file that only its owner can read; raises ``FileExistsError``."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(content)


def _quote(value: str) -> str:
    """Return a value in the quoting of a settings file, even if the name of the folder has special characters."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Make an instance in FOLDER. It gets new secrets and an empty database."""
    file = make_instance(folder)
    for name in _SAMPLES:
        with suppress(FileExistsError):  # one that is there already is somebody's own
            _write_private_file(folder / name, (_CONTENT / name).read_bytes())
    click.echo(f"Wrote {file}. Keep a copy of it apart from the database: anyone who has both can read addresses.")
    click.echo("Emails are written to a folder beside it until you set UNDERSIGNED_MAIL_URL.")
    click.echo(f"{' and '.join(_SAMPLES)} beside it show how to write a statement and its first signatories.")
    place, letter = shlex.quote(str(folder)), shlex.quote(str(folder / _SAMPLES[0]))
    click.echo(f"Next: undersigned --instance {place} statement add {letter}")


@click.group()
def keys() -> None:
    """Keys: the three secrets of an instance."""


@keys.command("new")
def keys_new() -> None:
    """Print three new secrets as lines for undersigned.env."""
    for name, value in fresh_secrets().items():
        click.echo(f"{name}='{value}'")


@click.command()
@click.option("--accept-loss", is_flag=True, help="Go on with a database that lacks its latest changes.")
@pass_instance
def migrate(here: Instance, accept_loss: bool) -> None:
    """Bring the tables up to date. Creates the database if there is none."""
    file = file_of(here.settings.database)
    if accept_loss and file is not None:
        sqlite_file.accept_loss(file)
    steps = migrate_after_snapshot(here, create=True)
    click.echo(f"applied {', '.join(steps)}" if steps else "nothing to do")


@click.command()
@click.option("--url", metavar="ADDRESS", help="Also ask the server at this address, as a visitor with forged headers.")
@pass_instance
def check(here: Instance, url: str | None) -> None:
    """Look for faults, and exit with status 1 if there are any.

    Checks the settings, the database, the counts, the journal, the emails and what is public. With --url it also sends
    requests to the running server, through the proxies in front of it, and says whether a visitor can forge the
    address that rate limits use.
    """
    db, now = here.context.db, utcnow()
    facts = db.facts()
    for name, fact in facts.items():
        click.echo(f"{name}: {fact}")
    with db.read() as tx:
        drift, broken, fates = counts.list_drift(tx), journal.find_break(tx), outbox_table.count_deliveries(tx)
        emails = check_outbox(tx, late_after_s=here.settings.mail_late_after_s, now=now)
    open_transport(here.settings.mail_url).close()
    faults = [f"{name} is {fact}" for name, fact in facts.items() if fact in ("broken", "not durable")]
    faults += [] if facts.get("integrity", "ok") == "ok" else ["the database file is damaged"]
    adrift = sorted({row["statement_id"] for row in drift})
    faults += [f"statement {statement_id}: the stored count differs from a recount" for statement_id in adrift]
    faults += [] if broken is None else [f"the journal was changed at row {broken}"]
    if emails.late_since is not None:
        faults.append(f"an email has been waiting since {format_moment(emails.late_since)}; see `undersigned outbox`")
    dead = fates.dead - fates.recipient_refused
    faults += [f"emails that could not be sent: {dead}; see `undersigned outbox`"] if dead else []
    if fates.recipient_refused:  # anybody can type an address that does not exist
        click.echo(f"emails to addresses that do not accept them: {fates.recipient_refused}; see `undersigned outbox`")
    faults += _public_contacts(db)
    faults += find_backup_faults(here, now=now)
    faults += _probe(url, here) if url else []
    for fault in faults:
        click.echo(f"FAULT: {fault}")
    if faults:
        raise SystemExit(1)
    click.echo("all is well")


_LINES_SHOWN = 20


def _public_contacts(db: Store) -> list[str]:
    """Return the signatures whose public line has an email address or a phone number.

    Such lines are from older versions; they are refused now.
    """
    rows = iterate_in_batches(db, signature_queries.list_public_lines, row_id, 0)
    found = [row for row in rows if any(has_contact(text) for text in row.values() if isinstance(text, str))]
    shown = [
        f"signature {row['id']} of statement {row['statement_id']} shows an email address or a phone number"
        for row in found[:_LINES_SHOWN]
    ]
    return [*shown, f"and {len(found) - len(shown)} more signatures do"] if len(found) > len(shown) else shown


_FORGED_ADDRESS = "192.0.2.1"  # reserved for documentation, so no visitor has this address
_FORGED_HEADERS = (
    *("X-Forwarded-For", "X_Forwarded_For", "x_forwarded_for", "X-Forwarded_For", "X_Forwarded-For"),
    *("Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP"),
)


def _probe(url: str, here: Instance) -> list[str]:
    """Return the faults of the proxies in front of the server.

    Sends requests with and without forged headers to the server, which answers from which network each one comes.
    """
    path = here.context.links.probe_path(now=utcnow())
    try:
        honest = _ask_probe(url, path, {})
        click.echo(f"{url} sees this command coming from {honest['network']}, over {honest['scheme']}")
        faults = [
            f"a visitor can forge the address that rate limits use, with the header {name}"
            for name in _FORGED_HEADERS
            if _ask_probe(url, path, {name: f"for={_FORGED_ADDRESS}" if name == "Forwarded" else _FORGED_ADDRESS})
            != honest
        ]
    except (OSError, HTTPException, ValueError) as failure:
        return [f"{url} did not answer the check: {failure}"]
    if honest["scheme"] != urlsplit(here.settings.base_url).scheme:
        faults.append(f"the server sees {honest['scheme']}, but its base URL is {here.settings.base_url}")
    return faults


def _ask_probe(url: str, path: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the answer of the server to one request; the names of headers are sent exactly as they are written."""
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"status {answer.status}")
        said: dict[str, str] = json.loads(answer.read())
        return said
    finally:
        connection.close()


# Serving.

CONNECTIONS = 4000
"""How many connections one process accepts; further ones wait in the kernel."""
BACKLOG = 4096


def make_worker_app(*more: Blueprint) -> Gateway:
    """Return the app of one web process, with its worker running. Call it in that process, after the fork."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = read_settings(os.environ)
    app = create_app(settings)
    for blueprint in more:
        app.register_blueprint(blueprint)
    start_worker(app)
    return Gateway(app, threads=settings.threads, body_timeout_s=settings.body_timeout_s)


def serve(settings: Settings, *, target: str = "server.cli.instance:make_worker_app") -> None:
    """Serve until the process is stopped; each process makes its app by calling ``target``.

    No access log is written. Each process accepts many more connections than it can serve at once: a request that waits
    in the gateway's queue is answered in time, if only with a 503, but one that waits in the kernel is not.
    """
    _raise_open_files(2 * CONNECTIONS)
    # The garbage collector would write to every object, and so copy what the processes share after the fork: 9 MB each.
    gc.freeze()
    Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=settings.processes,
        factory=True,
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
    ).serve()


def _raise_open_files(wanted: int) -> None:
    """Let this process and its children open so many files and connections, or as many as the system permits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def check_listening(host: str, port: int) -> None:
    """Raise ``SettingsError`` when no server can listen at this address now.

    Without this check, two servers would share a port, and each would answer half of the visitors.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refusal:
            raise SettingsError(f"cannot listen on {host}, port {port}: {refusal.strerror}") from refusal


@click.command()
@pass_instance
def run(here: Instance) -> None:
    """Serve the forms, the pages and the API. Emails are sent by the same processes."""
    check_listening(here.settings.host, here.settings.port)
    os.environ.update(here.environment)
    migrate_after_snapshot(here)
    here.context.db.close()
    click.echo(f"Serving {here.settings.base_url} on {here.settings.host}:{here.settings.port}")
    serve(here.settings)


# Copying the database.


@click.command()
@click.option("--from", "source_address", required=True, help="A path, sqlite:///path or postgresql://...")
@click.option("--to", "target_address", required=True, help="The same; missing tables are created.")
def copy(source_address: str, target_address: str) -> None:
    """Copy all records into another database, and compare both.

    Stop the server first. If a copy is interrupted, run it again: it continues where it stopped. Settings and secrets
    stay as they are; afterwards change only UNDERSIGNED_DATABASE, or DATABASE_URL.
    """
    if _comparable_address(source_address) == _comparable_address(target_address):
        raise click.UsageError("--from and --to are the same database; nothing would be copied.")
    source, target = open_store(source_address), open_store(target_address)
    if source.pending_migrations() or target.pending_migrations():
        raise Refused("one of the databases is from an older version; run `undersigned migrate` for it first")
    source.migrate()
    target.migrate(create=True)
    missing = max(count_rows(source) - count_rows(target), 0)
    with click.progressbar(length=missing, label="Copying", show_pos=True) as bar:
        rows = copy_rows(source, target, progress=bar.update)
    source.close()
    target.close()
    click.echo(f"Both databases have the same {rows} rows.")


def _comparable_address(address: str) -> Path | str:
    """Return the path of the file for any spelling of an SQLite address; other addresses are unchanged."""
    file = file_of(address)
    return file.resolve() if file else address


COMMANDS = (init, keys, migrate, check, run, copy)
