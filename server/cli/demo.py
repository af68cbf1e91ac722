"""The demo: one command from nothing to a working instance, a partner's page, and a mailbox to read."""

import logging
import os
import socket
import tempfile
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import click
from dotenv import dotenv_values
from flask import Flask

from server import create_app, utcnow
from server.actions import access, accounts, founding, life_cycle, partnering, publish
from server.cli.instance import InstanceRefused, make_instance
from server.cli.opening import ENV_FILE
from server.cli.serving import check_listening, serve
from server.config import SETTINGS, read_settings
from server.demo import mailbox
from server.demo.site import PartnerSite
from server.errors import SettingsError
from server.links import Links
from server.records import admins
from server.roster import read_roster
from server.statement_file import read_statement
from server.web.services import Services, make_services, start_chores

SLUG = "free-flowing-rivers"
_PARTNER = "harbour-street"
_ADMIN = "demo"
_SENDER = "Undersigned's demo <demo@localhost.localdomain>"  # tells the demo's folders from real instances
_ACTOR = "demo"
_PORT = click.IntRange(1, 65535)
_CONTENT = files("server.demo")


def worker() -> Flask:
    """Return the demo's app: the real one, and the mailbox beside it."""
    logging.basicConfig(level=logging.WARNING)
    app = create_app(read_settings(os.environ))
    app.register_blueprint(mailbox.bp)
    start_chores(app)
    return app


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep everything (default: a new temporary folder).",
)
@click.option(
    "--port", type=_PORT, default=8000, show_default=True, help="The server's port; another one if it is taken."
)
@click.option(
    "--partner-port", type=_PORT, default=8001, show_default=True, help="The partner website's port, likewise."
)
def demo(folder: Path | None, port: int, partner_port: int) -> None:
    """Show the whole way on this machine.

    A statement, a partner's website, signing, the email, the list, the desk, the dump; all is kept in one folder.
    """
    folder = (folder or Path(tempfile.mkdtemp(prefix="undersigned-demo-"))).resolve()
    port = _free_port(port)
    partner_port = _free_port(partner_port, but_not=port)
    server_url, partner_url = f"http://localhost:{port}", f"http://localhost:{partner_port}"
    for setting in SETTINGS:  # those of a real instance are none of the demo's business
        os.environ.pop(setting.variable, None)
    os.environ.update(_written(folder, server_url))
    os.environ.update(UNDERSIGNED_BASE_URL=server_url, PORT=str(port))
    settings = read_settings(os.environ)
    here = make_services(settings, clock=utcnow)
    here.db.migrate()
    token, password = _fill(here, partner_url), _invite(here)
    here.db.close()
    PartnerSite(partner_port, server_url=server_url, slug=SLUG, partner=_PARTNER).start()
    _tell(folder, here.links, partner_url, token, password)
    serve(settings, target="server.cli.demo:worker")


def _free_port(wanted: int, *, but_not: int | None = None) -> int:
    """Return the wanted port, or one that the system picks when somebody listens there."""
    with suppress(SettingsError):
        check_listening("127.0.0.1", wanted)
        if wanted != but_not:
            return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _written(folder: Path, server_url: str) -> dict[str, str]:
    """Return the settings of the folder's demo, made now where there is none; raises ``InstanceRefused``."""
    file = folder / ENV_FILE
    if not file.exists():
        make_instance(folder, UNDERSIGNED_BASE_URL=server_url, UNDERSIGNED_MAIL_FROM=_SENDER)
    written = {name: value or "" for name, value in dotenv_values(file, interpolate=False).items()}
    if written.get("UNDERSIGNED_MAIL_FROM") != _SENDER:
        raise InstanceRefused(f"{folder} has an instance that no demo made; the demo would write into its list")
    return written


def _fill(here: Services, partner_url: str) -> str:
    """Put the example statement, its founding signatures and the partner in, and return a token for the dump."""
    now = utcnow()
    for name in ("rivers.en.md", "rivers.fr.md"):
        source = (_CONTENT / name).read_text(encoding="utf-8")
        publish.add_statement(here.db, read_statement(source), actor=_ACTOR, now=now)
    life_cycle.open_statement(here.db, SLUG, actor=_ACTOR, now=now)
    for name in ("organisations.txt", "people.txt"):
        roster = read_roster((_CONTENT / name).read_text(encoding="utf-8"))
        founding.import_founding(here.db, SLUG, roster.entries, actor=_ACTOR, now=now)
    partnering.add_partner(
        here.db, SLUG, _PARTNER, name="Harbour Street Commons", origins=[partner_url], actor=_ACTOR, now=now
    )
    return access.add_token(
        here.db, f"demo {os.getpid()} at {now}", scopes=["export"], slug=SLUG, expires_at=None, actor=_ACTOR, now=now
    )


def _invite(here: Services) -> str | None:
    """Return the first password of the demo's admin; None once somebody has set the account up."""
    with here.db.read() as tx:
        known = admins.find(tx, _ADMIN)
    if known is None:
        return accounts.add_admin(
            here.db, _ADMIN, role="owner", slug=None, sealer=here.sealer, actor=_ACTOR, now=utcnow()
        )
    if known.is_enrolled:
        return None
    return accounts.reset_admin(here.db, _ADMIN, sealer=here.sealer, actor=_ACTOR, now=utcnow())


def _tell(folder: Path, links: Links, partner_url: str, token: str, password: str | None) -> None:
    login = f"name {_ADMIN}, password {password}" if password else f"name {_ADMIN}, as you set it up"
    click.echo(
        f"""
The demo is running. Everything it keeps is in {folder}

  a partner's page    {partner_url}/
  the statement       {links.page(SLUG)}
  the mailbox         {links.base_url}/demo/mailbox
  the admins' desk    {links.login}  ({login})
  the CSV dump        curl -H 'Authorization: Bearer {token}' {links.base_url}/admin/statements/{SLUG}/signatures.csv

Sign on the partner's page, open the mailbox, press the link. Stop with Ctrl+C.
"""
    )


COMMANDS = (demo,)
