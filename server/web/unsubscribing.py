"""The link that stops news: a page with one button for people, one post without a page for mail programs (RFC 8058)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.unsubscribe import unsubscribe
from server.links import SignatureRef
from server.web.limits import limited
from server.web.security import check_own_page
from server.web.services import services
from server.web.wording import asked_locales, page_words

bp = Blueprint("unsubscribing", __name__)
bp.before_request(check_own_page)  # a mail provider's post names no origin, and passes


@bp.get("/unsubscribe/<token>")
@limited("page")
def look(token: str) -> ResponseReturnValue:
    """Show the button; looking changes nothing, for scanners follow links."""
    _read(token)
    return _page(stopped=False)


@bp.post("/unsubscribe/<token>")
@limited("page")
def stop(token: str) -> ResponseReturnValue:
    """Stop the news at once; providers want no redirect, and the page says nothing of who it was."""
    unsubscribe(services().db, _read(token), now=services().clock())
    return _page(stopped=True)


def _read(token: str) -> SignatureRef:
    return services().links.read_unsubscribe(token, now=services().clock())


def _page(*, stopped: bool) -> str:
    locale = messages.choose(asked_locales(), messages.LOCALES) or messages.FALLBACK
    return render_template("public/unsubscribe.html", **page_words(locale), stopped=stopped)
