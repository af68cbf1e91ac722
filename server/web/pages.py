"""The hosted page of a statement: text, form without JavaScript, public list; and what follows a post of that form."""

import secrets
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.sign import sign as sign_statement
from server.errors import (
    BadRequest,
    FormTokenBad,
    FormTokenExpired,
    FormTooFast,
    Invalid,
    KeyReused,
    StatementClosed,
    StatementNotOpen,
    TooMany,
    Unavailable,
    UndersignedError,
)
from server.records import statements
from server.records.statement_texts import StatementText
from server.web import showing
from server.web.cursors import read_cursor, write_cursor
from server.web.fields import FIELD_NAMES, Kind, kinds_of
from server.web.forms import read_submission
from server.web.limits import hit, limited
from server.web.markdown import rendered
from server.web.problems import minutes_of
from server.web.security import check_origin
from server.web.services import services
from server.web.showing import Shown
from server.web.wording import asked_locales, choose_text, page_words

bp = Blueprint("pages", __name__)
_KEY_BYTES = 18
_OUTCOMES = ("confirmed", "held", "already")
_ANSWERED_ON_THE_PAGE = (
    *(Invalid, BadRequest, FormTokenBad, FormTokenExpired, FormTooFast),
    *(KeyReused, StatementClosed, StatementNotOpen, TooMany, Unavailable),
)


@bp.get("/s/<slug>")
@limited("page")
def statement(slug: str) -> ResponseReturnValue:
    """Show a statement with its form and its signatories."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    return _page(shown, values={}, key=_fresh_key())


@bp.post("/s/<slug>")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Take the form without JavaScript; whatever is refused comes back on the page with all that was typed."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    check_origin((), own_origin=here.settings.own_origin)
    sent = request.form.to_dict()
    try:
        text = _sign(shown, sent)
    except _ANSWERED_ON_THE_PAGE as refusal:
        key = _fresh_key() if isinstance(refusal, KeyReused | BadRequest) else sent.get("key", "")
        return _page(shown, values=sent, key=key, refusal=refusal)
    return redirect(url_for("pages.sent", slug=slug, locale=text.locale), 303)


def _sign(shown: Shown, sent: dict[str, str]) -> StatementText:
    """Sign, and return the text that was signed."""
    here = services()
    now = here.clock()
    statements.check_open(shown.statement, now=now)
    claim = here.links.read_form_token(sent.get("form_token", ""), now=now, min_fill_s=here.settings.min_fill_s)
    if claim.statement_id != shown.statement.id:
        raise FormTokenBad("this form token belongs to another statement")
    submission = read_submission(shown.statement, sent, text_locale=shown.statement.locale)
    hit("sign")
    sign_statement(here.db, shown.statement, claim, submission, keys=here.keys, sealer=here.sealer, now=now)
    return choose_text(shown.texts, [submission.locale])


@bp.get("/s/<slug>/sent")
@limited("page")
def sent(slug: str) -> ResponseReturnValue:
    """Say that an email is on its way; there is nothing personal on this page."""
    shown = showing.read_shown(services().db, slug, now=services().clock())
    text = choose_text(shown.texts, asked_locales())
    return render_template("public/sent.html", **words_about(shown, text))


@bp.get("/s/<slug>/thanks")
@limited("page")
def thanks(slug: str) -> ResponseReturnValue:
    """Say thank you after the confirm button; the address of this page holds no link."""
    shown = showing.read_shown(services().db, slug, now=services().clock())
    text = choose_text(shown.texts, asked_locales())
    outcome = request.args.get("outcome", "")
    context = words_about(shown, text)
    context["counts"] = showing.counts_shape(shown.counts, shown.statement.goal, text.locale)
    return render_template("public/thanks.html", **context, outcome=outcome if outcome in _OUTCOMES else _OUTCOMES[0])


def words_about(shown: Shown, text: StatementText) -> dict[str, Any]:
    """Return what every page about a statement needs: words, and the statement in the shape of the API."""
    here = services()
    shape = showing.statement_shape(shown, text, base_url=here.settings.base_url, now=here.clock())
    return page_words(text.locale, slug=shown.statement.slug) | {"statement": shape}


def _fresh_key() -> str:
    return secrets.token_urlsafe(_KEY_BYTES)


def _page(shown: Shown, *, values: dict[str, str], key: str, refusal: UndersignedError | None = None) -> Response:
    """Render the hosted page, after a refused post with all that was typed and with what to mend."""
    here = services()
    statement = shown.statement
    asked = [values["locale"], *asked_locales()] if values.get("locale") else asked_locales()
    text = choose_text(shown.texts, asked)
    words = messages.spoken(text.locale)
    after = read_cursor(request.args.get("after"))
    lines, following = showing.list_signatories(here.db, statement.id, words, kind=None, after=after)
    kind = _chosen_kind(shown, values)
    page = render_template(
        "public/statement.html",
        **words_about(shown, text),
        counts=showing.counts_shape(shown.counts, statement.goal, words),
        body_html=rendered(text.body),
        languages=_languages(shown, text),
        kinds=_kinds(shown, kind, text.locale),
        form=_form(shown, text, kind, key) if statement.state(here.clock()) == "open" else None,
        values={name: values[name] for name in FIELD_NAMES if name in values},
        errors=refusal.fields if isinstance(refusal, Invalid) else {},
        problem=refusal.code if refusal and not isinstance(refusal, Invalid) else None,
        wait_minutes=minutes_of(refusal.retry_after_s) if refusal else None,
        signatories=lines,
        next_href=_list_href(shown, text, write_cursor(following)) if following is not None else None,
        start_href=_list_href(shown, text, None) if after else None,
    )
    response = Response(page, status=refusal.status if refusal else 200, mimetype="text/html")
    if refusal is not None and refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    response.vary.add("Accept-Language")
    return response


def _chosen_kind(shown: Shown, values: dict[str, str]) -> Kind:
    asked = values.get("kind") or request.args.get("kind")
    kinds = kinds_of(shown.statement)
    return next((kind for kind in kinds if kind == asked), kinds[0])


def _form(shown: Shown, text: StatementText, kind: Kind, key: str) -> dict[str, Any]:
    here = services()
    partner = shown.find_partner(request.args.get("partner"))
    token = here.links.form_token(showing.claim_of(shown, text, partner), now=here.clock())
    shape = showing.form_shape(shown, messages.spoken(text.locale), action="", min_fill_s=here.settings.min_fill_s)
    return {
        "kind": kind,
        "fields": next(form["fields"] for form in shape["kinds"] if form["kind"] == kind),
        "action": url_for("pages.sign", slug=shown.statement.slug, partner=_through()) + "#answer",
        "hidden": {"form_token": token, "key": key, "kind": kind, "locale": text.locale},
    }


def _languages(shown: Shown, current: StatementText) -> list[dict[str, Any]]:
    return [
        {
            "locale": text.locale,
            "name": messages.language_name(text.locale),
            "href": url_for("pages.statement", slug=shown.statement.slug, locale=text.locale, partner=_through()),
            "current": text.locale == current.locale,
        }
        for text in shown.texts
    ]


def _kinds(shown: Shown, current: Kind, locale: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "href": url_for("pages.statement", slug=shown.statement.slug, locale=locale, kind=kind, partner=_through())
            + "#sign",
            "current": kind == current,
        }
        for kind in kinds_of(shown.statement)
    ]


def _list_href(shown: Shown, text: StatementText, after: str | None) -> str:
    href = url_for("pages.statement", slug=shown.statement.slug, locale=text.locale, after=after, partner=_through())
    return href + "#signatories"


def _through() -> str | None:
    """Return the partner through whose link a visitor came, to be kept in the addresses of the page."""
    return request.args.get("partner")
