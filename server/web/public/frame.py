"""The form for partners' iframes, and the POSTs from it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.errors import UndersignedError
from server.services.sign import Submission
from server.tables.texts import StatementText
from server.text.markdown import render_cached
from server.web.assets import newest_bundle_version
from server.web.caching import compress
from server.web.context import choose_text, get_context, requested_locales
from server.web.forms import sent_values
from server.web.limits import limited
from server.web.public import views
from server.web.public.sign import (
    FORM_ERRORS,
    SANDBOXED,
    FormPlace,
    TypedForm,
    accept_submission,
    confirm_by_code,
    form_context,
    page_response,
    pending_response,
    read_json,
    refused_form,
    sent_context,
    with_key,
)
from server.web.public.submission import SUBMISSION_KEYS
from server.web.public.views import PublicStatement
from server.web.security import allow_origin, answer_preflight, check_origin, fitting_origins, frame_policy
from server.web.shared import FRESH_S, shared

bp = Blueprint("frame", __name__, url_prefix="/embed")
# The origin of our page in a sandboxed frame; every other sandboxed page has it too. So a POST with this origin is
# accepted only by this blueprint, and only with a form token that was sent to the visitor's own network. Scripts of
# other origins cannot read the token in the page, and a token that an attacker fetches is bound to the attacker's
# network. Only the page with ``sandboxed`` in its URL has such a token, and no cache keeps that page; frame.js asks for
# it where it finds itself in a sandbox. The page without it is the same for everybody.
SANDBOX = "null"
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|transparent")
_LENGTH = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3})?(?:px|rem|em)")
# Style parameters that a partner may pass, and their valid values; the names are those of the widget's properties.
THEME = {
    **dict.fromkeys(("accent", "on-accent", "text", "background", "ground"), _COLOUR),
    **dict.fromkeys(("radius", "gap", "padding", "size"), _LENGTH),
    "theme": re.compile("auto|light|dark"),
}
FRAMED = FormPlace("frame.show_frame", "frame.sign", "frame", carried=("partner", "origin", SANDBOXED, *THEME))


@bp.before_request
def check_post_origin() -> None:
    """Refuse POSTs from anywhere but this frame, before any view runs."""
    if request.method in ("POST", "OPTIONS"):
        check_origin((SANDBOX,), own_origin=get_context().settings.own_origin)


@bp.after_request
def allow_sandbox(response: Response) -> Response:
    """Add CORS headers, so that a sandboxed frame can read the answers to its POSTs, errors included."""
    return allow_origin(response) if request.method in ("POST", "OPTIONS") else response


@bp.get("/<slug>")
@shared("page")
def show_frame(slug: str) -> ResponseReturnValue:
    """Show only the form; it works without JavaScript, and the widget on the page replaces it.

    If the URL does not name the embedding website, redirect to one that does, taken from ``Referer``. So each page
    depends on its URL only and can be cached.
    """
    shown = views.read_public_statement(slug)
    if _is_named(shown):
        return _render_frame(shown, TypedForm())
    website = _parse_origin(request.headers.get("Referer", ""))
    if website in _known_origins(shown):
        more = {name: request.args.get(name) for name in ("locale", "kind")}
        redirected = redirect(FRAMED.href(slug, **more, origin=website), 303)
        redirected.vary.add("Referer")
        redirected.headers["Cache-Control"] = f"public, max-age={FRESH_S}"
        return redirected
    response = _render_frame(shown, TypedForm())
    response.vary.add("Referer")
    return response


@bp.get("/<slug>/text")
@shared("page")
def show_text(slug: str) -> ResponseReturnValue:
    """Show only the statement's text; frames that may not open windows fetch it, even from a sandbox."""
    shown = views.read_public_statement(slug)
    text = choose_text(shown.texts, _locales(shown))
    response = _frame_page("public/frame_text.html", shown, text, body_html=render_cached(text.body))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/<slug>/token")
@limited("data")
def frame_token(slug: str) -> ResponseReturnValue:
    """Return a fresh form token to a frame whose token has expired; scripts of other origins cannot read it."""
    shown = views.read_public_statement(slug)
    return jsonify(form_token=FRAMED.form_token(shown, choose_text(shown.texts, _locales(shown))))


@bp.route("/<slug>/confirmations", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/<slug>/signatures", methods=["OPTIONS"], provide_automatic_options=False)
@limited("data")
def preflight(slug: str) -> ResponseReturnValue:
    """Tell the browser that a sandboxed frame may POST here."""
    return answer_preflight()


@bp.post("/<slug>/signatures")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Accept a signature from the frame: JSON from the widget, or the form without JavaScript."""
    shown = views.read_public_statement(slug)
    if request.mimetype != "application/x-www-form-urlencoded":
        return pending_response(*_take_post(shown, read_json(SUBMISSION_KEYS)))
    sent = sent_values().to_dict()
    keyed = with_key(sent)
    try:
        submission, _ = _take_post(shown, keyed)
    except FORM_ERRORS as refusal:
        return _render_frame(shown, refused_form(sent, refusal))
    return _render_sent_page(shown, keyed | {"email": submission.email})


@bp.post("/<slug>/confirmations")
@limited("confirm")
def confirm(slug: str) -> ResponseReturnValue:
    """Confirm with the code from the email, from the widget in the frame."""
    return confirm_by_code(views.read_public_statement(slug).statement)


def _take_post(shown: PublicStatement, sent: Mapping[str, str | bool]) -> tuple[Submission, int]:
    network = FRAMED.network() if request.headers.get("Origin") == SANDBOX else None
    return accept_submission(shown.statement, sent, known=shown.partners, origin=None, place="frame", network=network)


def _render_frame(shown: PublicStatement, typed: TypedForm) -> Response:
    text = choose_text(shown.texts, [typed.values.get("locale", ""), *_locales(shown)])
    context = form_context(shown, text, FRAMED, typed)
    # Use the ``v1`` URL if the partner's page does: the browser then fetches the script once for both.
    version = "v1" if request.args.get("script") == "v1" else newest_bundle_version()
    return _frame_page(
        "public/frame.html",
        shown,
        text,
        typed.refusal,
        **context,
        widget=url_for("assets.widget", version=version),
        server=get_context().settings.base_url,
        partner=request.args.get("partner"),
        token=context["form"]["hidden"]["form_token"] if context["form"] else "",
        helping=url_for("assets.static_file", file="frame.js"),
        text=url_for("frame.show_text", slug=shown.statement.slug, locale=text.locale),
    )


def _render_sent_page(shown: PublicStatement, sent: dict[str, str]) -> Response:
    text = choose_text(shown.texts, [sent.get("locale", ""), *_locales(shown)])
    return _frame_page("public/frame_sent.html", shown, text, **sent_context(shown, text, FRAMED, sent))


def _frame_page(
    template: str,
    shown: PublicStatement,
    text_shown: StatementText,
    refusal: UndersignedError | None = None,
    **context: Any,
) -> Response:
    """Return a page that may be framed by the websites that the URL names, or else by those of the URL's partner."""
    page = render_template(template, **views.statement_context(shown, text_shown), **context, theme=_theme(shown))
    response = page_response(page, refusal)
    if FRAMED.is_bound and request.method == "GET":
        response = compress(response)
        response.headers["Cache-Control"] = "no-store"
    partner = FRAMED.partner(shown)
    around = _named_websites(shown) or (sorted(partner.origins) if partner else [])
    own_origin = get_context().settings.own_origin
    response.headers["Content-Security-Policy"] = frame_policy(fitting_origins(around), own_origin=own_origin)
    return response


def _named_websites(shown: PublicStatement) -> list[str]:
    """Return the origins in the URL that may frame this page.

    The element names the origin of its own page first, then those of the pages around it.
    """
    known = _known_origins(shown)
    return [origin for origin in request.args.get("origin", "").split(",") if origin in known]


def _known_origins(shown: PublicStatement) -> frozenset[str]:
    """Return the origins of the partner in the URL, or of all partners if it names none or an unknown one."""
    partner = FRAMED.partner(shown)
    return partner.origins if partner else frozenset[str]().union(*(one.origins for one in shown.partners))


def _is_named(shown: PublicStatement) -> bool:
    """Say whether the URL alone tells which websites may frame this page.

    Plain iframes and elements of older bundles name no partner, or one with more websites than fit into a header. Then
    ``Referer`` tells the website, and the browser still compares it with the page that really embeds the frame.
    """
    partner = FRAMED.partner(shown)
    fits = partner is not None and len(fitting_origins(partner.origins)) == len(partner.origins)
    return fits or bool(_named_websites(shown))


def _parse_origin(address: str) -> str | None:
    """Return the origin of a URL; None if it is invalid."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}"


def _locales(shown: PublicStatement) -> list[str]:
    """Return the visitor's languages, best first: the embedding page's, the partner's default, the browser's."""
    partner = FRAMED.partner(shown)
    return requested_locales(partner.locale if partner else None)


def _theme(shown: PublicStatement) -> dict[str, Any]:
    """Return the valid style parameters in the URL, on top of the partner's default theme."""
    partner = FRAMED.partner(shown)
    preset = {"theme": partner.theme} if partner and partner.theme else {}
    said = {name: request.args[name] for name, value in THEME.items() if value.fullmatch(request.args.get(name, ""))}
    return preset | said
