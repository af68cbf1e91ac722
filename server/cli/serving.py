"""Serving: the web processes, and the delivery of emails alone."""

import logging
import os
import socket
import time

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from server import create_app, utcnow
from server.cli.opening import Instance, moment, pass_instance
from server.config import Settings, read_settings
from server.errors import SettingsError, Unavailable
from server.mail.delivery import Round
from server.mail.delivery import deliver as deliver_round
from server.mail.transports import open_transport
from server.records import outbox as outbox_records
from server.web.services import start_chores

_PAUSE_S = 1.0
_RESPAWN_S = 1.0


def worker() -> Flask:
    """Return the app of one web process, with its chores running; called in that process, after the fork."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    app = create_app(read_settings(os.environ))
    start_chores(app)
    return app


def serve(settings: Settings, *, target: str = "server.cli.serving:worker") -> None:
    """Serve until told to stop; each process makes its app by calling ``target``. No access log is kept anywhere."""
    Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.processes,
        blocking_threads=settings.threads,
        factory=True,
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=_RESPAWN_S,
    ).serve()


def check_listening(host: str, port: int) -> None:
    """Raise ``SettingsError`` when nobody could listen there now.

    The server itself would share a port with another server of ours, and each would answer half of the visitors.
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
    here.services.db.migrate()
    here.services.db.close()
    click.echo(f"Serving {here.settings.base_url} on {here.settings.host}:{here.settings.port}")
    serve(here.settings)


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due, then end.")
@pass_instance
def deliver(here: Instance, once: bool) -> None:
    """Deliver emails from the outbox alone.

    Several of these may run at once, beside the web processes. With --once, ends with exit status
    1 when the mail server would not have them; they wait for the next time.
    """
    with open_transport(here.settings.mail_url) as transport:
        while True:
            try:
                done = deliver_round(here.services.postbox, transport, clock=utcnow)
            except Unavailable as refusal:  # a database that restarts is waited for, as the web processes do
                if once:
                    raise
                click.echo(f"the database is away: {refusal}")
                done = Round()
            worked = done.sent + done.kept_back + done.dead
            if worked or done.stopped or done.sealed:
                click.echo(
                    f"sent {done.sent}, kept back {done.kept_back}, dead {done.dead}, postponed {done.postponed}"
                    + (f"; the mail server says: {done.stopped}" if done.stopped else "")
                    + (f"; addresses could not be opened: {done.sealed}" if done.sealed else "")
                )
            if once and (done.stopped or not worked):
                raise SystemExit(1 if done.stopped or done.sealed else 0)
            if not worked:
                time.sleep(_PAUSE_S)


@click.command()
@pass_instance
def outbox(here: Instance) -> None:
    """Say what became of the emails. Lists why some were kept back, and the latest that could not be sent."""
    with here.services.db.read() as tx:
        fates, dead = outbox_records.count_by_fate(tx), outbox_records.list_dead(tx, most=20)
        kept_back = outbox_records.count_kept_back(tx)
    oldest = f", the oldest since {moment(fates.oldest)}" if fates.oldest else ""
    click.echo(f"waiting {fates.waiting}{oldest}; sent {fates.sent}; kept back {fates.suppressed}; dead {fates.dead}")
    for reason, emails in kept_back.items():
        click.echo(f"kept back {emails}: {reason}")
    for row in dead:
        click.echo(
            f"{row['id']}  {row['kind']}  signature {row['signature_id']}  {moment(row['dead_at'])}  {row['reply']}"
        )


COMMANDS = (run, deliver, outbox)
