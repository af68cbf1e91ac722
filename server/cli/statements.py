"""Commands for statements and what belongs to one: signatures, dumps, emails."""

import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from server import utcnow
from server.cli.context import ACTOR, HIGHEST_ID, Instance, pass_instance, print_table, read_text
from server.cli.reading import READING_COLUMNS, read_list, reading_row, stop_where_unsure
from server.db import Conflict
from server.exports import Export, export_signatures, export_subscribers, iterate_in_batches, row_id
from server.exports.formats import FORMATS, csv_lines
from server.exports.query import read_choice
from server.mail.previews import PREVIEWS, render_preview
from server.services import moderation
from server.services.founding import import_founders
from server.services.statements import close_statement, open_statement
from server.services.texts import Revision, add_statement, publish_revision
from server.tables import STATES, signature_queries, signatures, statements
from server.tables import counts as counts_table
from server.tables import texts as texts_table
from server.text import translations
from server.text.dates import format_moment
from server.text.signatory_list import ListKind
from server.text.statement_file import StatementFile, read_statement

# Statements.


@click.group()
def statement() -> None:
    """Statements: what people sign."""


@statement.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--typo", metavar="REASON", help="Correct a signed text; the change and the reason are public.")
@click.option("--substance", metavar="REASON", help="Change the meaning of a signed text; its signers are asked.")
@pass_instance
def add(here: Instance, file: Path, typo: str | None, substance: str | None) -> None:
    """Add a statement from FILE, Markdown under +++ TOML +++.

    A second file with the same slug adds another language, or a new version of the text.
    """
    read = read_statement(read_text(file))
    if typo is not None and substance is not None:
        raise click.UsageError("Use --typo or --substance, not both.")
    if typo is not None:
        _revise(here, read, change="typo", reason=typo)
        return
    if substance is not None:
        _revise(here, read, change="substance", reason=substance)
        return
    added = add_statement(here.context.db, read, actor=ACTOR, now=utcnow())
    verb = "added" if added.is_new else "already there, unchanged:"
    click.echo(f"{verb} {read.slug} ({read.locale}), version {added.version}, sha256 {added.sha256}")


def _revise(here: Instance, read: StatementFile, *, change: Revision, reason: str) -> None:
    """Publish a new version of a signed text.

    After a change of substance, print how many signers will be asked by email.
    """
    revised = publish_revision(
        here.context.db,
        read.slug,
        read.locale,
        read,
        change=change,
        reason=reason,
        was=None,
        shared=read.shared,
        actor=ACTOR,
        now=utcnow(),
    )
    text, reach = revised.text, revised.reach
    click.echo(f"added {read.slug} ({read.locale}), version {text.version}, sha256 {text.sha256}")
    if reach is not None:
        click.echo(f"{reach.askable} will be asked; {reach.silent} have no address and stay on the older version")


@statement.command("list")
@pass_instance
def list_statements(here: Instance) -> None:
    """List the statements with their state, languages and counts."""
    now, rows = utcnow(), []
    with here.context.db.read() as tx:
        for one in statements.list_all(tx):
            counts = counts_table.get_counts(tx, one.id)
            texts = texts_table.list_latest(tx, one.id)
            languages = " ".join(text.locale for text in texts)
            figures = (str(counts.confirmed), str(counts.awaiting_review))
            rows.append((one.slug, one.state(now), languages, *figures, texts[0].title))
    print_table(("slug", "state", "languages", "confirmed", "held", "title"), rows)


@statement.command("open")
@click.argument("slug")
@pass_instance
def open_(here: Instance, slug: str) -> None:
    """Open SLUG for signatures. If it has an opening date, it opens then."""
    now = utcnow()
    opened = open_statement(here.context.db, slug, actor=ACTOR, now=now)
    with here.context.db.read() as tx:
        one = statements.get(tx, slug)
    if one.archived_at is not None:
        raise click.ClickException(f"{slug} is archived; unarchive it at the desk")
    since = f"accepts signatures from {format_moment(one.opens_at)}" if one.state(now) == "not-yet-open" else "is open"
    click.echo(f"{slug} {since}: {here.context.links.page(slug)}" if opened else f"{slug} was already opened")


@statement.command()
@click.argument("slug")
@pass_instance
def close(here: Instance, slug: str) -> None:
    """Close SLUG for signatures. Links in emails work for one more day."""
    closed = close_statement(here.context.db, slug, actor=ACTOR, now=utcnow())
    click.echo(f"{slug} is closed" if closed else f"{slug} was not open")


# Exports.

_as_format = click.option("--format", "as_format", type=click.Choice(list(FORMATS)), default="csv", show_default=True)


@click.command()
@click.argument("slug")
@click.option("--contacts", "with_contacts", is_flag=True, help="Include the email addresses that were kept.")
@click.option("--public", "is_public", is_flag=True, help="Only what the public list shows now.")
@click.option("--columns", default="", metavar="NAME,...", help="These columns, in this order (default: all).")
@click.option(
    "--since", help='Only changes since an earlier export: the value that it printed last, or "" the first time.'
)
@_as_format
@pass_instance
def export(
    here: Instance,
    slug: str,
    with_contacts: bool,
    is_public: bool,
    columns: str,
    since: str | None,
    as_format: str,
) -> None:
    """Write the signatures of SLUG to standard output."""
    if is_public and with_contacts:
        raise click.UsageError("the public list has no addresses")
    asked = {"columns": columns, **({} if since is None else {"since": since})}
    choice = read_choice(asked, slug, is_public=is_public)
    unseal = _contact_unsealer(here) if with_contacts else None
    db, chosen = here.context.db, FORMATS[as_format]
    found = export_signatures(db, slug, choice, as_format=chosen, unseal=unseal, actor=ACTOR, clock=utcnow)
    write_export(found)
    if found.next_since is not None:
        click.echo(f"--since {found.next_since}", err=True)


@click.command()
@click.argument("slug")
@click.option("--partner", metavar="PARTNER", help="Those of this partner (its short name), not the organiser's.")
@_as_format
@pass_instance
def subscribers(here: Instance, slug: str, partner: str | None, as_format: str) -> None:
    """Write the people who asked for news to standard output.

    Each comes with the wording that was ticked on SLUG and the time of the confirmation. People who unsubscribed are
    left out: export again before each mailing.
    """
    db, chosen = here.context.db, FORMATS[as_format]
    unseal = _contact_unsealer(here)
    write_export(
        export_subscribers(db, slug, partner=partner, as_format=chosen, unseal=unseal, actor=ACTOR, clock=utcnow)
    )


def _contact_unsealer(here: Instance) -> Callable[[bytes], str]:
    return partial(here.context.sealer.unseal, purpose=signatures.ADDRESS_SEAL_PURPOSE)


def write_export(found: Export) -> None:
    """Print an export; if the reader stops before the end, that is recorded in the journal."""
    with closing(found.sent()) as pieces:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


# Signatures.


@click.group()
def signatories() -> None:
    """Signatories: the people and organisations who signed."""


@signatories.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(get_args(ListKind)), default="auto", show_default=True)
@click.option("--dry-run", is_flag=True, help="Show what was understood, and write nothing.")
@click.option("--yes", "anyway", is_flag=True, help="Also add the rows that are uncertain.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Only write the result to this CSV file, to correct it and then import it.",
)
@pass_instance
def import_(
    here: Instance, slug: str, file: Path, kind: ListKind, dry_run: bool, anyway: bool, out: Path | None
) -> None:
    """Add the first signatories of SLUG from FILE.

    It is read in the forms in which people publish such lists: one name per line, numbered, in blocks, as a table; as
    text, Markdown, HTML, CSV, JSON Lines, and with the extra `lists` as .xlsx, .ods or .docx. Use --dry-run first:
    what you add is public at once. If a row is uncertain, nothing is added and the exit status is 3, unless you give
    --yes. Adding the same list twice adds nothing new.
    """
    parsed = read_list(here, slug, file, kind)
    if not parsed.entries:
        raise click.ClickException(f"found no signature in {file}; nothing was written")
    if out is not None:
        out.write_bytes(b"".join(csv_lines([READING_COLUMNS, *map(reading_row, parsed.entries)])))
        click.echo(f"wrote {len(parsed.entries)} rows to {out}; nothing was added")
        return
    if dry_run:
        click.echo(
            f"signatures found {len(parsed.entries)}, lines left out {len(parsed.unplaced)}; nothing was written"
        )
        return
    stop_where_unsure(parsed, anyway=anyway)
    if any(entry.email for entry in parsed.entries):
        click.echo(
            "the email addresses are not stored; to email these people, add the list at the desk instead", err=True
        )
    done = import_founders(here.context.db, slug, parsed.entries, actor=ACTOR, now=utcnow())
    for entry in done.known:
        click.echo(f"line {entry.line} adds nothing, it was added before: {entry.name}", err=True)
    click.echo(f"added {done.added}, already on the list {len(done.known)}, lines left out {len(parsed.unplaced)}")


@signatories.command("list")
@click.argument("slug")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@pass_instance
def list_signatories(here: Instance, slug: str, state: str | None) -> None:
    """List the signatures of SLUG. It shows the numbers that hold, approve and remove need."""
    db, find = here.context.db, signature_queries.list_signatures_by_state
    with db.read() as tx:
        statement_id = statements.get(tx, slug).id
    found = iterate_in_batches(db, find, row_id, 0, statement_id=statement_id, state=state)
    print_table(("id", "state", "kind", "name", "title", "affiliation", "signed"), list(map(_signatory_row, found)))


def _signatory_row(found: dict[str, Any]) -> tuple[str, ...]:
    shown = found["organisation"] if found["kind"] == "organisation" else found["name"]
    state = "founding" if found["founding_place"] and found["state"] == "confirmed" else found["state"]
    texts = (shown or "", found["title"] or "", found["affiliation"] or "")
    return (str(found["id"]), state, found["kind"], *texts, format_moment(found["signed_at"]))


def _decision_command(name: str, decide: Callable[..., None], done: str, sentence: str) -> click.Command:
    @click.command(name, help=f"{sentence} Each ID is a number that `signatories list` shows.")
    @click.argument("slug")
    @click.argument("ids", nargs=-1, required=True, type=click.IntRange(1, HIGHEST_ID), metavar="ID...")
    @click.option("--reason", help="Kept in the journal.")
    @pass_instance
    def command(here: Instance, slug: str, ids: tuple[int, ...], reason: str | None) -> None:
        for signature_id in ids:
            try:
                decide(here.context.db, slug, signature_id, actor=ACTOR, reason=reason, now=utcnow())
            except Conflict as refusal:
                raise click.ClickException(f"the name of {signature_id} is already on the list") from refusal
            click.echo(f"{signature_id} is {done}")

    return command


_approve = partial(moderation.approve_signature, seen=None)
for one in (
    _decision_command(
        "hold", moderation.hold_signature, "held", "Take signatures off the list until they are approved."
    ),
    _decision_command("approve", _approve, "on the list", "Put held signatures on the list."),
    _decision_command("remove", moderation.remove_signature, "removed", "Remove signatures permanently."),
    export,
    subscribers,
):
    signatories.add_command(one)


# Emails.


@click.group()
def email() -> None:
    """Emails: what signers get."""


@email.command()
@click.argument("kind", required=False, type=click.Choice(tuple(PREVIEWS)))
@click.option(
    "--locale", type=click.Choice(translations.LOCALES), help="In this language (default: en; with --to: all)."
)
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write into this folder.")
def preview(kind: str | None, locale: str | None, folder: Path | None) -> None:
    """Print one email, or write them all.

    With --to every KIND is written in every language, as text and as HTML. The content is invented, and the links do
    not work. No instance is needed.
    """
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in [kind] if kind else PREVIEWS:
                for spoken in [locale] if locale else translations.LOCALES:
                    text, html = _render_preview(name, spoken)
                    (folder / f"{name}.{spoken}.txt").write_text(text, encoding="utf-8")
                    (folder / f"{name}.{spoken}.html").write_text(html, encoding="utf-8")
        except OSError as refusal:
            raise click.ClickException(f"cannot write to {folder}: {refusal.strerror}") from refusal
        click.echo(f"Wrote them to {folder}, as text and as HTML")
    elif kind is not None:
        click.echo(_render_preview(kind, locale or translations.FALLBACK)[0], nl=False)
    else:
        raise click.UsageError("Give the KIND to print, or --to FOLDER for all of them.")


def _render_preview(kind: str, locale: str) -> tuple[str, str]:
    """Return an email as text, whose first line is the subject, and as HTML."""
    words = render_preview(kind, locale, base_url="https://sign.example.org")
    return f"{words.subject}\n\n{words.text}", words.html


COMMANDS = (statement, signatories, email)
