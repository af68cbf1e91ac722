"""The commands of emails: deliver, outbox, bounce."""

import time
from pathlib import Path
from typing import BinaryIO, get_args

import click

from server import utcnow
from server.cli.context import ACTOR, HIGHEST_ID, Instance, pass_instance
from server.errors import DatabaseLost, Unavailable, UndersignedError
from server.mail.bounces import REPORT_LONGEST, read_bounce
from server.mail.delivery import DeliveryRound, deliver_due_emails
from server.mail.transports import open_transport
from server.services.outbox import REFUSALS_MOST, allow_emails, record_bounce, retry_refused
from server.tables import outbox as outbox_table
from server.tables.outbox import EmailState
from server.text.addresses import check_address
from server.text.dates import format_moment

LINES_MOST = 20


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due, then exit.")
@pass_instance
def deliver(here: Instance, once: bool) -> None:
    """Deliver emails from the outbox, and nothing else.

    You can run several of these at once, beside the web processes. With --once, exits with status 1 while emails wait
    because the mail server refused them, and says what it replied.
    """
    here.context.db.serve()
    has_worked = False
    with open_transport(here.settings.mail_url) as transport:
        while True:
            try:
                done = deliver_due_emails(here.context.delivery_context, transport, clock=utcnow)
            except Unavailable as refusal:  # wait for a database that restarts, as the web processes do
                if once:
                    raise
                if not isinstance(refusal, DatabaseLost):  # the store has logged it
                    click.echo(f"the database is unavailable: {refusal}")
                done = DeliveryRound()
            worked = done.sent + done.kept_back + done.dead
            if worked or done.postponed or (once and not has_worked):
                click.echo(
                    f"sent {done.sent}, kept back {done.kept_back}, dead {done.dead}, postponed {done.postponed}"
                    + (f"; the mail server says: {done.stopped}" if done.stopped else "")
                    + (f"; addresses could not be decrypted: {done.sealed}" if done.sealed else "")
                )
            has_worked = True
            if once and (done.stopped or not worked):
                raise SystemExit(1 if _say_refusals(here) or done.sealed else 0)
            if not worked:
                time.sleep(1.0)


def _say_refusals(here: Instance) -> bool:
    """Print what the mail server said about the emails that wait for the next try; return whether there are any."""
    with here.context.db.read() as tx:
        refusals = outbox_table.list_refusals(tx, most=REFUSALS_MOST)
    for refusal in refusals:
        oldest, next_try = format_moment(refusal.oldest), format_moment(refusal.next_try)
        click.echo(f"waiting since {oldest}, next try {next_try}: {refusal.emails}; {refusal.reply}")
    return bool(refusals)


@click.command()
@click.option("--list", "state", type=click.Choice(get_args(EmailState)), help="List the newest emails in this state.")
@click.option("--retry", is_flag=True, help="Send the emails that the mail server refused again now.")
@pass_instance
def outbox(here: Instance, state: EmailState | None, retry: bool) -> None:
    """Show how many emails were sent or are waiting.

    Lists what the mail server says about those that wait, why some were kept back, and the latest that could not be
    sent.
    """
    if retry:
        emails = retry_refused(here.context.db, actor=ACTOR, now=utcnow())
        click.echo(f"due now: {emails}; the server or `undersigned deliver` sends them")
        return
    with here.context.db.read() as tx:
        fates, kept_back = outbox_table.count_deliveries(tx), outbox_table.count_suppressed(tx)
        listed = outbox_table.list_emails(tx, state or "dead", before_id=HIGHEST_ID, most=LINES_MOST)
    is_late = fates.oldest is not None and fates.oldest <= utcnow()
    oldest = f", the oldest since {format_moment(fates.oldest)}" if is_late else ""
    click.echo(f"waiting {fates.waiting}{oldest}; sent {fates.sent}; kept back {fates.suppressed}; dead {fates.dead}")
    if fates.limited:
        click.echo(f"{fates.limited} of these wait for the hourly limit of their mail domain; the desk shows which")
    if fates.invited:
        click.echo(f"{fates.invited} of these are invitations to confirm, which are sent at their own pace")
    if fates.bounced or fates.complaints or fates.delayed:
        click.echo(f"came back {fates.bounced}; reported as spam {fates.complaints}; delayed {fates.delayed}")
    for reason, emails in kept_back.items():
        click.echo(f"kept back {emails}: {reason}")
    _say_refusals(here)
    for email in listed:
        at = format_moment(email.settled_at or email.created_at)
        click.echo(f"{email.id}  {email.kind}  signature {email.signature_id}  {at}  {email.reply or ''}".rstrip())


# Exit statuses of sysexits.h, which Postfix, Exim and Sieve programs know.
NOT_RECOGNISED = 65
TRY_AGAIN = 75


@click.command()
@click.argument("message", type=click.File("rb"), default="-")
@click.option("--recipient", default="", help="The address that the message was sent to, if no header has it.")
@click.option(
    "--maildir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Read all new messages of this folder instead; reports are deleted, all others are moved to cur.",
)
@click.option("--allow", metavar="ADDRESS", help="Send emails to an address again that bounced or complained.")
@pass_instance
def bounce(here: Instance, message: BinaryIO, recipient: str, maildir: Path | None, allow: str | None) -> None:
    """Read a mail server's report about an email.

    The report says that the email came back, or that somebody reported it as spam. Reads one MESSAGE, by default from
    standard input. If the address does not work, or its owner complains, it gets no further emails. Exits with status
    65 and changes nothing if the message is no report about an email of ours, and with status 75 if it should be given
    again later.
    """
    if allow is not None:
        keys, address = here.context.keys, check_address(allow)
        allowed = allow_emails(here.context.db, address, keys=keys, actor=ACTOR, now=utcnow())
        click.echo("emails are sent to it again" if allowed else "no bounce or complaint stops emails to it")
        return
    try:
        if maildir is not None:
            _read_maildir(here, maildir)
        elif not _read_report(here, message.read(REPORT_LONGEST + 1), recipient):
            raise SystemExit(NOT_RECOGNISED)
    except (UndersignedError, OSError) as refusal:
        click.echo(f"try again later: {refusal}", err=True)
        raise SystemExit(TRY_AGAIN) from refusal


def _read_report(here: Instance, content: bytes, recipient: str = "") -> bool:
    """Record a report and say what it was; return whether it is one about an email of ours."""
    context = here.context
    report = read_bounce(content, context.bounces, recipient=recipient)
    is_ours = report is not None and record_bounce(
        context.db,
        report.kind,
        report.reply,
        outbox_ids=report.outbox_ids,
        message_ids=report.message_ids,
        now=utcnow(),
    )
    click.echo(f"{report.kind}: {report.reply}".rstrip(": ") if report and is_ours else "not recognised")
    return is_ours


def _read_maildir(here: Instance, maildir: Path) -> None:
    """Read the new messages of a maildir. A report is deleted, because it contains the address and the whole email."""
    for file in sorted((maildir / "new").iterdir()):
        with file.open("rb") as message:
            is_ours = _read_report(here, message.read(REPORT_LONGEST + 1))
        if is_ours:
            file.unlink()
        else:
            file.rename(maildir / "cur" / f"{file.name}:2,")


COMMANDS = (deliver, outbox, bounce)
