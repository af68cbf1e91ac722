"""Commands for partners."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import click

from server import utcnow
from server.cli.context import ACTOR, Instance, clean_argument, pass_instance, print_table
from server.services import partners as services
from server.tables import counts as counts_table
from server.tables import partners, statements
from server.tables import texts as texts_table
from server.tables.partners import Partner
from server.text.addresses import host_of, is_local_host, is_short_name, read_origin, short_name
from server.text.dates import format_moment
from server.text.names import LINE_LONGEST
from server.web.context import choose_text
from server.web.public import embed_help

_WEEK_S = 7 * 24 * 3600


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
    host = host_of(exact[0])
    called = clean_argument(name or "", longest=LINE_LONGEST, purpose="name a partner")
    chosen = partner_slug or short_name(host)
    if not is_short_name(chosen):
        raise click.ClickException(f"{chosen}: a short name has small letters a to z, digits and single hyphens")
    db, is_meant = here.context.db, partner_slug is not None
    services.add_partner(
        db, slug, chosen, name=called or host, origins=exact, actor=ACTOR, now=utcnow(), meant=is_meant
    )
    click.echo(f"{chosen} may embed {slug} from {', '.join(exact)}. The snippet:\n")
    with db.read() as tx:
        joined, statement = partners.get(tx, chosen), statements.get(tx, slug)
        texts = texts_table.list_latest(tx, statement.id)
    text = choose_text(texts, [joined.locale] if joined.locale else [])
    click.echo(embed_help.script_snippet(embed_help.snippet_options(here.context.links, statement, text, joined)))
    _warn_about_localhost(here.settings.base_url, exact)
    if called not in ("", joined.name):
        click.echo(
            f"This partner already existed and keeps its name, {joined.name}; you can change it at the desk.", err=True
        )


def _warn_about_localhost(base_url: str, origins: Sequence[str]) -> None:
    """Warn that a snippet with a local address of this machine does not work on other websites."""
    public = [origin for origin in origins if not is_local_host(urlsplit(origin).hostname or "")]
    if public and is_local_host(urlsplit(base_url).hostname or ""):
        click.echo(
            f"WARNING: this snippet loads the form from {base_url}, which only this machine can reach. Set "
            f"UNDERSIGNED_BASE_URL to the public address of this server before you paste it into {public[0]}.",
            err=True,
        )


@partner.command()
@click.argument("slug")
@click.argument("partner_slug", metavar="PARTNER")
@click.argument("wording", metavar="TEXT")
@click.option("--locale", required=True, help="The language of TEXT, one that the statement SLUG is in.")
@pass_instance
def newsletter(here: Instance, slug: str, partner_slug: str, wording: str, locale: str) -> None:
    """Add a checkbox for PARTNER's own news to its forms.

    TEXT is the wording beside the checkbox, which is never ticked in advance; an empty TEXT removes it. What signers
    ticked is stored with its exact wording.
    """
    words = clean_argument(wording, longest=LINE_LONGEST, purpose="be the wording of a checkbox")
    changed = services.set_newsletter_wording(
        here.context.db, slug, partner_slug, locale, words, actor=ACTOR, now=utcnow()
    )
    state = f"has its own checkbox ({locale}): {words}" if words else f"has no checkbox of its own ({locale})"
    click.echo(f"{partner_slug} {state}" if changed else f"unchanged: {partner_slug} {state}")


@partner.command("list")
@click.argument("slug", required=False)
@pass_instance
def list_(here: Instance, slug: str | None) -> None:
    """List the partners of SLUG, or all partners of this server.

    With SLUG, also shows how many signatures came through each.
    """
    rows, head = [], ("statements",) if slug is None else ("confirmed", "7 days", "held")
    with here.context.db.read() as tx:
        if slug is None:
            slugs = {one.id: one.slug for one in statements.list_all(tx)}
            for one in partners.list_all(tx):
                places = ", ".join(slugs[place] for place in partners.list_statement_ids(tx, one.id))
                rows.append((*_partner_row(one), places))
        else:
            statement = statements.get(tx, slug)
            counts = counts_table.get_partner_counts(tx, statement.id, since=utcnow() - _WEEK_S)
            for one in partners.list_all_of_statement(tx, statement.id):
                had = counts.get(one.id)
                figures = (had.confirmed, had.lately, had.awaiting_review) if had else (0, 0, 0)
                rows.append((*_partner_row(one), *map(str, figures)))
    print_table(("short name", "name", "state", "origins", *head), rows)


def _partner_row(one: Partner) -> tuple[str, ...]:
    state = "live" if one.revoked_at is None else f"revoked {format_moment(one.revoked_at)}"
    return one.slug, one.name, state, " ".join(sorted(one.origins))


@partner.command()
@click.argument("partner_slug", metavar="PARTNER")
@pass_instance
def revoke(here: Instance, partner_slug: str) -> None:
    """Stop PARTNER from embedding anything on this server.

    Signatures that came through it stay.
    """
    done = services.revoke_partner(here.context.db, partner_slug, actor=ACTOR, now=utcnow())
    click.echo(f"{partner_slug} is revoked" if done else f"{partner_slug} was already revoked")


@partner.command()
@click.argument("partner_slug", metavar="PARTNER")
@pass_instance
def restore(here: Instance, partner_slug: str) -> None:
    """Let a revoked PARTNER embed again."""
    done = services.restore_partner(here.context.db, partner_slug, actor=ACTOR, now=utcnow())
    click.echo(f"{partner_slug} may embed again" if done else f"{partner_slug} was not revoked")


@partner.command()
@click.argument("slug")
@click.argument("partner_slug", metavar="PARTNER")
@pass_instance
def report(here: Instance, slug: str, partner_slug: str) -> None:
    """Print a new link to the figures of PARTNER.

    PARTNER must embed SLUG. The previous link stops working at once.

    The page shows no names and no addresses. The link is not shown again: only its hash is stored.
    """
    secret = services.create_report_link(here.context.db, slug, partner_slug, actor=ACTOR, now=utcnow())
    click.echo(here.context.links.report(secret))


COMMANDS = (partner,)
