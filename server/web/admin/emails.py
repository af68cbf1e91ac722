"""The emails of a statement, as its signers will read them; the signer in them is invented."""

from typing import NamedTuple

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.mail.letters import Rendered
from server.mail.specimens import SPECIMENS, write
from server.records import statement_texts
from server.records.statements import Statement
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.text_form import with_proof
from server.web.limits import limited
from server.web.security import LETTER_POLICY
from server.web.services import services

bp = Blueprint("emails", __name__, url_prefix="/admin/statements/<slug>/emails")


class Chosen(NamedTuple):
    """One email: which, in which of the statement's languages, and the words of it."""

    kind: str
    locale: str
    locales: list[str]
    letter: Rendered


@bp.get("")
@limited("desk")
@needs("viewer")
def look(slug: str) -> ResponseReturnValue:
    """Show one email, and lead to the others and to the other languages."""
    chosen, settings = _choose(desk().at), services().settings
    page = desk_page(
        "desk/emails.html",
        kinds=[(kind, messages.text(desk_locale(), f"desk.emails.kind.{kind}")) for kind in _kinds_of(desk().at)],
        kind=chosen.kind,
        locale_of=chosen.locale,
        languages=[(locale, messages.language_name(locale)) for locale in chosen.locales],
        letter=chosen.letter,
        frame=url_for("emails.show", slug=slug, kind=chosen.kind, locale=chosen.locale),
        sender=settings.mail_from,
        reply_to=desk().at.reply_to,
    )
    return with_proof(page)


@bp.get("/letter")
@limited("desk")
@needs("viewer")
def show(slug: str) -> ResponseReturnValue:
    """Return the email itself, for the frame on that page: without a script, and with links that open nothing."""
    response = Response(_choose(desk().at).letter.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    return response


def _choose(at: Statement) -> Chosen:
    """Return the email that the address asks for; the first, in the first language, where it asks for none of these."""
    with services().db.read() as tx:
        texts = {text.locale: text for text in statement_texts.list_latest(tx, at.id)}
    locale = request.args.get("locale", "")
    text = texts.get(locale) or texts.get(at.locale) or next(iter(texts.values()))
    kinds, asked = _kinds_of(at), request.args.get("kind", "")
    kind = asked if asked in kinds else kinds[0]
    base_url = services().settings.base_url
    return Chosen(kind, text.locale, list(texts), write(kind, text.locale, base_url=base_url, statement=at, text=text))


def _kinds_of(at: Statement) -> list[str]:
    """Return what signers of this statement can get."""
    return [name for name in SPECIMENS if "organisation" in at.kinds or "organisation" not in name]
