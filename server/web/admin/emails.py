"""The emails of a statement: previews of each kind, and mail domains that have reached their hourly limit."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from server.errors import Invalid
from server.mail.message import RenderedEmail, read_sender
from server.mail.previews import PREVIEWS, render_preview
from server.services.mail_domains import limit_mail_domain, list_mail_domains, trust_mail_domain
from server.tables import texts as texts_table
from server.tables.statements import Statement
from server.text import translations
from server.web.admin.auth import actor_and_now, desk_locale, desk_request, requires_role
from server.web.admin.page import desk_page
from server.web.admin.texts import with_editor_policy
from server.web.context import get_context, see_other
from server.web.forms import Form, raw_field
from server.web.limits import limited
from server.web.security import EMAIL_POLICY

bp = Blueprint("emails", __name__, url_prefix="/admin/statements/<slug>/emails")


class DomainForm(Form):
    """A mail domain that is trusted or limited again."""

    messages = "desk.domains."
    domain = raw_field()


class ChosenEmail(NamedTuple):
    """A rendered email: its kind, its language, and all languages of the statement."""

    kind: str
    locale: str
    locales: list[str]
    letter: RenderedEmail


@bp.get("")
@limited("desk")
@requires_role("viewer")
def show_emails(slug: str) -> ResponseReturnValue:
    """Show the preview of one email with links to the other kinds and languages, and the emails that wait."""
    return _render_emails(slug, DomainForm())


@bp.get("/letter")
@limited("desk")
@requires_role("viewer")
def show_email(slug: str) -> ResponseReturnValue:
    """Return the email for the frame on that page: without scripts, and with links that do nothing."""
    response = Response(_choose_email(desk_request().at).letter.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = EMAIL_POLICY
    return response


def _choose_email(at: Statement) -> ChosenEmail:
    """Return the email that the query selects; unknown values select the first kind and the main language."""
    with get_context().db.read() as tx:
        texts = {text.locale: text for text in texts_table.list_latest(tx, at.id)}
    locale = request.args.get("locale", "")
    text = texts.get(locale) or texts.get(at.locale) or next(iter(texts.values()))
    kinds, asked = _email_kinds(at), request.args.get("kind", "")
    kind = asked if asked in kinds else kinds[0]
    settings = get_context().settings
    letter = render_preview(
        kind,
        text.locale,
        base_url=settings.base_url,
        statement=at,
        text=text,
        sender=read_sender(settings.mail_from).display_name,
    )
    return ChosenEmail(kind, text.locale, list(texts), letter)


def _email_kinds(at: Statement) -> list[str]:
    """Return the kinds of email that signers of this statement can get."""
    return [name for name in PREVIEWS if "organisation" in at.kinds or "organisation" not in name]


# Trusted mail domains, and domains with waiting emails.


@bp.post("/trust")
@limited("desk")
@requires_role("owner")
def trust_domain(slug: str) -> ResponseReturnValue:
    """Lift the hourly limit of a mail domain."""
    return _change_domain(slug, "trusted", partial(trust_mail_domain, sealer=get_context().sealer))


@bp.post("/limit")
@limited("desk")
@requires_role("owner")
def limit_domain(slug: str) -> ResponseReturnValue:
    """Limit a trusted mail domain again."""
    return _change_domain(slug, "limited", limit_mail_domain)


def _change_domain(slug: str, done: str, change: Callable[..., object]) -> ResponseReturnValue:
    here, form = get_context(), DomainForm()
    try:
        change(here.db, slug, form.domain.data, keys=here.keys, **actor_and_now())
    except Invalid as refusal:
        form.refuse_all(refusal.fields)
        return _render_emails(slug, form)
    return see_other("emails.show_emails", slug=slug, done=done, _anchor="domains")


# The page.


def _render_emails(slug: str, form: DomainForm) -> Response:
    here, asking = get_context(), desk_request()
    chosen = _choose_email(asking.at)
    with here.db.read() as tx:
        domains = list_mail_domains(tx, asking.at.id, sealer=here.sealer)
    page = desk_page(
        "desk/emails.html",
        form=form,
        kinds=[
            (kind, translations.text(desk_locale(), f"desk.emails.kind.{kind}")) for kind in _email_kinds(asking.at)
        ],
        kind=chosen.kind,
        locale_of=chosen.locale,
        languages=[(locale, translations.language_name(locale)) for locale in chosen.locales],
        letter=chosen.letter,
        frame=url_for("emails.show_email", slug=slug, kind=chosen.kind, locale=chosen.locale),
        sender=here.settings.mail_from,
        reply_to=asking.at.reply_to,
        domains=domains,
        per_hour=here.settings.mail_budget.domain_per_hour,
        done=request.args.get("done"),
    )
    return with_editor_policy(page)
