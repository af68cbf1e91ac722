"""Partners: websites that embed the form."""

from urllib.parse import urlsplit

import click

from server.actions import publish
from server.cli.opening import ACTOR, Instance, pass_instance, utcnow
from server.errors import UndersignedError


class OriginUnreadable(UndersignedError):
    """Raised when a text is no origin that a browser would send."""

    code, status = "origin-unreadable", 422


def read_origin(value: str) -> str:
    """Return an origin exactly as browsers send it: scheme and host in lower case, no default port, nothing after.

    Raises ``OriginUnreadable``; plain http is taken for this machine only.
    """
    parts = urlsplit(value.strip())
    try:
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as refusal:
        raise OriginUnreadable(f"{value} is no origin") from refusal
    if (
        parts.scheme not in ("http", "https")
        or not host
        or parts.path not in ("", "/")
        or parts.query
        or parts.username
    ):
        raise OriginUnreadable(f"{value} is no origin; it looks like https://www.partner.example")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1"):
        raise OriginUnreadable(
            f"{value}: a partner's page must be https, or what is typed there can be read on the way"
        )
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


@click.group()
def partner() -> None:
    """Partners: websites that embed the form."""


@partner.command()
@click.argument("slug")
@click.option(
    "--origin", "origins", multiple=True, required=True, help="Such as https://www.partner.example; repeatable."
)
@click.option("--name", help="What to call the partner (default: the host of its first origin).")
@click.option("--as", "partner_slug", help="Its short name in snippets (default: made from the host).")
@pass_instance
def add(here: Instance, slug: str, origins: tuple[str, ...], name: str | None, partner_slug: str | None) -> None:
    """Let pages of these origins embed the statement SLUG, and print the snippet to paste."""
    exact = [read_origin(origin) for origin in origins]
    host = urlsplit(exact[0]).netloc
    chosen = partner_slug or "".join(char if char.isalnum() else "-" for char in host.removeprefix("www."))
    publish.add_partner(here.services.db, slug, chosen, name=name or host, origins=exact, actor=ACTOR, now=utcnow())
    click.echo(f"{chosen} may embed {slug} from {', '.join(exact)}. The snippet:\n")
    click.echo(snippet(here.settings.base_url, slug, chosen))


def snippet(base_url: str, slug: str, partner_slug: str) -> str:
    """Return what a partner's editor pastes."""
    return (
        f'<undersigned-form server="{base_url}" statement="{slug}" partner="{partner_slug}" inline>\n'
        f'  <a href="{base_url}/s/{slug}">Read and sign the statement</a>\n'
        f"</undersigned-form>\n"
        f'<script src="{base_url}/widget/v1/undersigned.js" async></script>'
    )


COMMANDS = (partner,)
