"""Partners: websites that embed the form."""

import ipaddress
import re
from urllib.parse import urlsplit

import click
import idna

from server import utcnow
from server.actions import newsletters, publish
from server.addresses import USUAL_PORTS
from server.cli.opening import ACTOR, Instance, pass_instance
from server.errors import UndersignedError
from server.text import LINE_LONGEST, TextRefused, clean_line

_NO_ORIGIN = "{} is no origin; it looks like https://www.partner.example, one for each address of the website"
_SHORT_NAME_PART = re.compile("[a-z0-9]+")


class OriginUnreadable(UndersignedError):
    """Raised when a text is no origin that a browser would send."""

    code, status = "origin-unreadable", 422


def read_origin(value: str) -> str:
    """Return an origin exactly as browsers send it: scheme and host in lower case, no default port, nothing after.

    Raises ``OriginUnreadable``; plain http is taken for this machine only.
    """
    try:
        parts = urlsplit(value.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError as refusal:
        raise OriginUnreadable(_NO_ORIGIN.format(value)) from refusal
    more = parts.path.removeprefix("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or port == 0 or more:
        raise OriginUnreadable(_NO_ORIGIN.format(value))
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "[::1]"):
        raise OriginUnreadable(
            f"{value}: a partner's page must be https, or what is typed there can be read on the way"
        )
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, USUAL_PORTS[parts.scheme]) else "")


def _host(name: str) -> str:
    """Return a host as browsers write it: in ASCII by UTS 46, IPv6 in brackets; raises ``ValueError``."""
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    return idna.encode(name, uts46=True).decode()


def _short_name(host: str) -> str:
    return "-".join(_SHORT_NAME_PART.findall(host.removeprefix("www.")))


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
    """Let a website embed the statement SLUG. Prints the snippet to paste into its pages."""
    exact = [read_origin(origin) for origin in origins]
    host = urlsplit(exact[0]).netloc
    chosen = partner_slug or _short_name(host)
    if chosen != _short_name(chosen):
        raise click.ClickException(f"{chosen}: a short name has small letters a to z, digits and single hyphens")
    publish.add_partner(
        here.services.db,
        slug,
        chosen,
        name=name or host,
        origins=exact,
        actor=ACTOR,
        now=utcnow(),
        meant=partner_slug is not None,
    )
    click.echo(f"{chosen} may embed {slug} from {', '.join(exact)}. The snippet:\n")
    click.echo(snippet(here.settings.base_url, slug, chosen))


@partner.command()
@click.argument("slug")
@click.argument("partner_slug", metavar="PARTNER")
@click.argument("wording", metavar="TEXT")
@click.option("--locale", required=True, help="The language of TEXT, one that the statement SLUG is in.")
@pass_instance
def newsletter(here: Instance, slug: str, partner_slug: str, wording: str, locale: str) -> None:
    """Put a box for PARTNER's own news into the form on its pages.

    TEXT stands beside the box, which is never ticked beforehand; an empty TEXT takes it away. What signers ticked is
    kept with the very words.
    """
    try:
        words = clean_line(wording, longest=LINE_LONGEST)
    except TextRefused as refusal:
        raise click.ClickException(f"this cannot stand beside a box: {refusal.reason}") from refusal
    changed = newsletters.word_newsletter(
        here.services.db, slug, partner_slug, locale, words, actor=ACTOR, now=utcnow()
    )
    state = f"asks beside its own box ({locale}): {words}" if words else f"has no box of its own ({locale})"
    click.echo(f"{partner_slug} {state}" if changed else f"unchanged: {partner_slug} {state}")


def snippet(base_url: str, slug: str, partner_slug: str) -> str:
    """Return what a partner's editor pastes."""
    return (
        f'<undersigned-form server="{base_url}" statement="{slug}" partner="{partner_slug}">\n'
        f'  <a href="{base_url}/s/{slug}">Read and sign the statement</a>\n'
        f"</undersigned-form>\n"
        f'<script src="{base_url}/widget/v1/undersigned.js" async></script>'
    )


COMMANDS = (partner,)
