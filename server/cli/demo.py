"""The demo: a working instance with a partner's website and a mailbox to read."""

import logging
import os
import socket
import tempfile
import threading
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
from dotenv import dotenv_values
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from server import utcnow
from server.cli.context import ENV_FILE
from server.cli.instance import check_listening, make_instance, make_worker_app, serve
from server.config import SETTINGS, read_settings
from server.crypto.links import Links
from server.errors import Refused, SettingsError
from server.services import accounts, founding, tokens
from server.services.backups import back_up_before_update
from server.services.partners import add_partner
from server.services.statements import open_statement
from server.services.texts import add_statement
from server.tables import admins
from server.text.signatory_list import read_signatory_list
from server.text.statement_file import read_statement
from server.web.context import Context, get_context, make_context, page_context
from server.web.gateway import Gateway
from server.web.limits import limited

# A partner's website. It has a port and thus an origin of its own.

_EXAMPLES = Path(__file__).parent.parent.parent / "widget" / "examples"
_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class PartnerSite(ThreadingHTTPServer):
    """Serves ``widget/examples`` with the address of the server and the statement filled in."""

    def __init__(self, port: int, *, server_url: str, slug: str, partner: str) -> None:
        super().__init__(("127.0.0.1", port), _PartnerPage)
        self.filled_in = {"{{server}}": server_url, "{{statement}}": slug, "{{partner}}": partner}
        # A strict policy, as a careful organisation has it: scripts and connections only from and to our server.
        self.policy = (
            f"default-src 'none'; script-src {server_url}; connect-src 'self' {server_url}; style-src 'self'; "
            "img-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
        )

    def start(self) -> None:
        """Serve in a thread that does not keep the process alive."""
        threading.Thread(target=self.serve_forever, name="partner-site", daemon=True).start()


class _PartnerPage(BaseHTTPRequestHandler):
    server: PartnerSite

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/") or "partner.html"
        known = {file.name: file for file in _EXAMPLES.iterdir() if file.suffix in _TYPES}
        if name not in known:
            self.send_error(404)
            return
        page = known[name].read_text(encoding="utf-8")
        for placeholder, value in self.server.filled_in.items():
            page = page.replace(placeholder, value)
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", _TYPES[known[name].suffix])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_details: object) -> None:
        """Keep the terminal for what the demo has to say."""


# The mailbox: the emails of the instance's maildir as a page.

bp = Blueprint("demo_mailbox", __name__)


@bp.get("/demo/mailbox")
@limited("page")
def show_mailbox() -> ResponseReturnValue:
    """Show every email that the demo has sent, newest first, with its links."""
    folder = Path(unquote(urlsplit(get_context().settings.mail_url).path))
    return render_template("demo/mailbox.html", **page_context("en"), emails=_read_maildir(folder))


def _read_maildir(folder: Path) -> list[EmailMessage]:
    """Return the emails in the maildir's ``new`` folder, newest first; empty while the folder does not exist yet."""
    emails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("new/*")]
    return sorted(emails, key=lambda email: email["Date"].datetime, reverse=True)


# The command.

SLUG = "free-flowing-rivers"
_PARTNER = "harbour-street"
_ADMIN = "demo"
_SENDER = "Undersigned's demo <demo@localhost.localdomain>"  # the demo recognises its own folders by this sender
_ACTOR = "demo"
_PORT = click.IntRange(1, 65535)
_CONTENT = Path(__file__).parent.parent / "demo"


def make_demo_app() -> Gateway:
    """Return the app of the demo: the real app, with the mailbox page added."""
    logging.basicConfig(level=logging.WARNING)
    return make_worker_app(bp)


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep everything (default: a new temporary folder).",
)
@click.option(
    "--port", type=_PORT, default=8000, show_default=True, help="The server's port; another one if it is in use."
)
@click.option(
    "--partner-port", type=_PORT, default=8001, show_default=True, help="The partner website's port, likewise."
)
def demo(folder: Path | None, port: int, partner_port: int) -> None:
    """Run a demo on this machine.

    A statement, a partner's website, signing, the email, the list, the desk and the export, all in one folder.
    """
    folder = (folder or Path(tempfile.mkdtemp(prefix="undersigned-demo-"))).resolve()
    port = _free_port(port)
    partner_port = _free_port(partner_port, but_not=port)
    server_url, partner_url = f"http://localhost:{port}", f"http://localhost:{partner_port}"
    for setting in SETTINGS:  # the demo must not use the settings of a real instance
        os.environ.pop(setting.variable, None)
    os.environ.update(_ensure_settings(folder, server_url))
    os.environ.update(UNDERSIGNED_BASE_URL=server_url, PORT=str(port))
    settings = read_settings(os.environ)
    here = make_context(settings, clock=utcnow)
    back_up_before_update(here.db, settings.backups_in(), now=utcnow())
    here.db.migrate()
    token, password = _fill_database(here, partner_url), _invite_admin(here)
    here.db.close()
    PartnerSite(partner_port, server_url=server_url, slug=SLUG, partner=_PARTNER).start()
    _print_welcome(folder, here.links, partner_url, token, password)
    serve(settings, target="server.cli.demo:make_demo_app")


def _free_port(wanted: int, *, but_not: int | None = None) -> int:
    """Return the wanted port, or a free one from the system if the wanted one is in use."""
    with suppress(SettingsError):
        check_listening("127.0.0.1", wanted)
        if wanted != but_not:
            return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ensure_settings(folder: Path, server_url: str) -> dict[str, str]:
    """Return the settings of the demo in a folder, and create them first if needed; raises ``Refused``."""
    file = folder / ENV_FILE
    if not file.exists():
        make_instance(
            folder, UNDERSIGNED_BASE_URL=server_url, UNDERSIGNED_MAIL_FROM=_SENDER, UNDERSIGNED_FRONT_PAGE="list"
        )
    written = {name: value or "" for name, value in dotenv_values(file, interpolate=False).items()}
    if written.get("UNDERSIGNED_MAIL_FROM") != _SENDER:
        raise Refused(f"{folder} holds an instance that is not a demo; use another folder")
    return written


def _fill_database(here: Context, partner_url: str) -> str:
    """Add the example statement, its founding signatures and the partner, and return a token for the dump."""
    now = utcnow()
    for name in ("rivers.en.md", "rivers.fr.md"):
        source = (_CONTENT / name).read_text(encoding="utf-8")
        add_statement(here.db, read_statement(source), actor=_ACTOR, now=now)
    open_statement(here.db, SLUG, actor=_ACTOR, now=now)
    for name in ("organisations.txt", "people.txt"):
        parsed = read_signatory_list((_CONTENT / name).read_text(encoding="utf-8"))
        founding.import_founders(here.db, SLUG, parsed.entries, actor=_ACTOR, now=now)
    add_partner(here.db, SLUG, _PARTNER, name="Harbour Street Commons", origins=[partner_url], actor=_ACTOR, now=now)
    return tokens.add_token(
        here.db, f"demo {os.getpid()} at {now}", scopes=["export"], slug=SLUG, expires_at=None, actor=_ACTOR, now=now
    )


def _invite_admin(here: Context) -> str | None:
    """Return the first password of the demo's admin; None if the account is set up already."""
    with here.db.read() as tx:
        known = admins.find(tx, _ADMIN)
    if known is None:
        return accounts.add_admin(
            here.db, _ADMIN, role="owner", slug=None, sealer=here.sealer, actor=_ACTOR, now=utcnow()
        )
    if known.is_enrolled:
        return None
    return accounts.reset_admin(here.db, _ADMIN, sealer=here.sealer, actor=_ACTOR, now=utcnow())


def _print_welcome(folder: Path, links: Links, partner_url: str, token: str, password: str | None) -> None:
    login = f"name {_ADMIN}, password {password}" if password else f"name {_ADMIN}, as you set it up"
    click.echo(
        f"""
The demo is running. Everything it keeps is in {folder}

  a partner's page    {partner_url}/
  the statement       {links.page(SLUG)}
  the mailbox         {links.base_url}/demo/mailbox
  the admins' desk    {links.login}  ({login})
  the CSV export      curl -H 'Authorization: Bearer {token}' {links.base_url}/admin/statements/{SLUG}/signatures.csv

Sign on the partner's page, open the mailbox and follow the link. Stop with Ctrl+C.
"""
    )


COMMANDS = (demo,)
