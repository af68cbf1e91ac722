"""The demo's mailbox: the emails of the instance's maildir as a page, mounted by the demo and never otherwise."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from server.web.limits import limited
from server.web.services import services
from server.web.wording import page_words

bp = Blueprint("demo_mailbox", __name__)


@bp.get("/demo/mailbox")
@limited("page")
def emails() -> ResponseReturnValue:
    """Show every email that the demo has sent, newest first, with its links."""
    folder = Path(unquote(urlsplit(services().settings.mail_url).path))
    return render_template("demo/mailbox.html", **page_words("en"), emails=_read(folder))


def _read(folder: Path) -> list[dict[str, Any]]:
    """Only whole emails stand in ``new``; whoever delivers may be making the folders at this moment."""
    parser: BytesParser[EmailMessage] = BytesParser(policy=policy.default)
    emails = [parser.parsebytes(file.read_bytes()) for file in folder.glob("new/*")]
    emails.sort(key=lambda email: email["Date"].datetime, reverse=True)
    return [
        {
            "to": str(email["To"]),
            "subject": str(email["Subject"]),
            "date": str(email["Date"]),
            "text": _text(email),
        }
        for email in emails
    ]


def _text(email: EmailMessage) -> str:
    part = email.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
