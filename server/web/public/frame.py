"""The form in a frame: a page for partners' iframes, and what is posted from it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.text.markdown import render_cached
from server.web.assets import newest_bundle_version
from server.web.caching import compressed
from server.web.context import choose_text, get_context, requested_locales
from server.web.limits import limited
from server.web.public import views
from server.web.public.pages import statement_context
from server.web.public.sign import (
    SHOWN_ON_PAGE,
    AcceptedSubmission,
    FormPlace,
    TypedForm,
    accept_submission,
    confirm_by_code,
    form_context,
    fresh_key,
    outcome_shape,
    page_response,
    pending_response,
    read_json_code,
    read_json_post,
    refused_form,
    sent_context,
)
from server.web.public.views import PublicStatement
from server.web.security import allow_origin, answer_preflight, check_origin, fitting_origins, frame_policy

bp = Blueprint("frame", __name__, url_prefix="/embed")
# A page of ours in a sandbox has this origin. Anybody's sandbox has it, so that such a post is taken here alone, and
# only with a token that this visitor's own network was sent: it stands in a page that no script of another origin can
# read, and one that a stranger fetches for themselves serves nobody else.
SANDBOX = "null"
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|transparent")
_LENGTH = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3})?(?:px|rem|em)")
# What a partner may say about its looks, and what is a value for it; the names are those of the widget's properties.
THEME = {
    **dict.fromkeys(("accent", "on-accent", "text", "background", "ground"), _COLOUR),
    **dict.fromkeys(("radius", "gap", "padding", "size"), _LENGTH),
    "theme": re.compile("auto|light|dark"),
}
FRAMED = FormPlace("frame.show_frame", "frame.sign", "frame", carried=("partner", "origin", *THEME))


@bp.before_request
def check_post_origin() -> None:
    """Refuse posts that come from anywhere but this frame, before any view runs."""
    if request.method in ("POST", "OPTIONS"):
        check_origin((SANDBOX,), own_origin=get_context().settings.own_origin)


@bp.after_request
def allow_sandbox(response: Response) -> Response:
    """Let the frame read what it posted, errors included, where a website has put it into a sandbox."""
    return allow_origin(response) if request.method in ("POST", "OPTIONS") else response


@bp.get("/<slug>")
@limited("page")
@compressed
def show_frame(slug: str) -> ResponseReturnValue:
    """Show the form alone; it works without JavaScript, and the widget of the same page takes its place.

    An address that does not say which website asks is completed from the ``Referer``, so that every page depends on
    its address alone.
    """
    shown = _read_statement(slug)
    if (website := _find_unnamed_website(shown)) is None:
        return _render_frame(shown, TypedForm(fresh_key(), {}))
    more = {name: request.args.get(name) for name in ("locale", "kind")}
    response = redirect(FRAMED.href(slug, **more, origin=website), 303)
    response.vary.add("Referer")
    return response


@bp.get("/<slug>/text")
@limited("page")
@compressed
def show_text(slug: str) -> ResponseReturnValue:
    """Show the statement's text alone; frames in which no window may open fetch it from here, out of any sandbox."""
    shown = _read_statement(slug)
    text = choose_text(shown.texts, _locales(shown))
    context = statement_context(shown, text) | {"body_html": render_cached(text.body), "theme": _theme(shown)}
    response = _with_frame_headers(shown, page_response(render_template("public/frame_text.html", **context), None))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/<slug>/token")
@limited("data")
def frame_token(slug: str) -> ResponseReturnValue:
    """Return a fresh form token to the frame whose own has expired; no other page's script can read it."""
    here = get_context()
    shown = _read_statement(slug)
    text = choose_text(shown.texts, _locales(shown))
    claim = FRAMED.claim(shown, text)
    return jsonify(form_token=here.links.form_token(claim, now=here.clock(), place="frame"))


@bp.route("/<slug>/confirmations", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/<slug>/signatures", methods=["OPTIONS"], provide_automatic_options=False)
@limited("data")
def preflight(slug: str) -> ResponseReturnValue:
    """Tell a browser that the frame may post out of its sandbox."""
    return answer_preflight()


@bp.post("/<slug>/signatures")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Take a signature from the frame, of the widget as JSON or of the form without JavaScript."""
    shown = _read_statement(slug)
    if request.mimetype != "application/x-www-form-urlencoded":
        return pending_response(_take_post(shown, read_json_post()))
    sent = request.form.to_dict()
    try:
        submission, _ = _take_post(shown, sent)
    except SHOWN_ON_PAGE as refusal:
        return _render_frame(shown, refused_form(sent, refusal))
    return _render_sent_page(shown, sent | {"email": submission.email})


@bp.post("/<slug>/confirmations")
@limited("confirm")
def confirm(slug: str) -> ResponseReturnValue:
    """Confirm by the code of the email, from the widget in the frame."""
    statement = _read_statement(slug).statement
    return outcome_shape(statement, *confirm_by_code(statement, read_json_code()))


def _take_post(shown: PublicStatement, sent: Mapping[str, str | bool]) -> AcceptedSubmission:
    network = FRAMED.network() if request.headers.get("Origin") == SANDBOX else None
    return accept_submission(shown.statement, sent, known=shown.partners, origin=None, place="frame", network=network)


def _read_statement(slug: str) -> PublicStatement:
    return views.read_public_statement(get_context().db, slug, now=get_context().clock())


def _render_frame(shown: PublicStatement, typed: TypedForm) -> Response:
    text = choose_text(shown.texts, [*typed.locales, *_locales(shown)])
    context = form_context(shown, text, FRAMED, typed)
    html = render_template(
        "public/frame.html",
        **statement_context(shown, text),
        **context,
        # The element asks for the moving address where its own page has that one: browsers then fetch it once for both.
        widget=url_for(
            "assets.widget", version="v1" if request.args.get("script") == "v1" else newest_bundle_version()
        ),
        server=get_context().settings.base_url,
        partner=request.args.get("partner"),
        token=context["form"]["hidden"]["form_token"] if context["form"] else "",
        theme=_theme(shown),
        helping=url_for("assets.frame_script"),
        text=url_for("frame.show_text", slug=shown.statement.slug, locale=text.locale),
    )
    return _with_frame_headers(shown, page_response(html, typed.refusal))


def _render_sent_page(shown: PublicStatement, sent: dict[str, str]) -> Response:
    text = choose_text(shown.texts, [sent.get("locale", ""), *_locales(shown)])
    context = statement_context(shown, text) | sent_context(shown, text, FRAMED, sent)
    html = render_template("public/frame_sent.html", **context, theme=_theme(shown))
    return _with_frame_headers(shown, page_response(html, None))


def _with_frame_headers(shown: PublicStatement, page: Response | str) -> Response:
    """Let the website that the address names put a page around this one, or else those of the partner that it names."""
    response = page if isinstance(page, Response) else Response(page, mimetype="text/html")
    partner = FRAMED.partner(shown)
    around = _named_websites(shown) or (sorted(partner.origins) if partner else [])
    own_origin = get_context().settings.own_origin
    response.headers["Content-Security-Policy"] = frame_policy(fitting_origins(around), own_origin=own_origin)
    return response


def _named_websites(shown: PublicStatement) -> list[str]:
    """Return the origins in the address that may frame this page.

    The element names that of its own page first, then those of the pages around it.
    """
    known = _known_origins(shown)
    return [origin for origin in request.args.get("origin", "").split(",") if origin in known]


def _known_origins(shown: PublicStatement) -> frozenset[str]:
    """Return the origins of the partner in the address, or of every partner where it names none that we know."""
    partner = FRAMED.partner(shown)
    return partner.origins if partner else frozenset[str]().union(*(one.origins for one in shown.partners))


def _find_unnamed_website(shown: PublicStatement) -> str | None:
    """Return the website in the ``Referer`` if it may frame this page, but the address does not say that it asks.

    Plain frames and the elements of older bundles need this where they name no partner, or one whose websites are too
    many for one header. The browser still compares the origin that we name with the page that is really around.
    """
    partner = FRAMED.partner(shown)
    is_named = partner is not None and len(fitting_origins(partner.origins)) == len(partner.origins)
    if is_named or _named_websites(shown):
        return None
    website = _parse_origin(request.headers.get("Referer", ""))
    return website if website in _known_origins(shown) else None


def _parse_origin(address: str) -> str | None:
    """Return the origin of an address as a browser sends it, or None for what is no address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}"


def _locales(shown: PublicStatement) -> list[str]:
    """Return what the visitor reads, best first: what the page around says, the partner's default, the browser's."""
    partner = FRAMED.partner(shown)
    return requested_locales(partner.locale if partner else None)


def _theme(shown: PublicStatement) -> dict[str, Any]:
    """Return what the partner's page says about its looks, as far as it is a value for it, else the partner's theme."""
    partner = FRAMED.partner(shown)
    preset = {"theme": partner.theme} if partner and partner.theme else {}
    said = {name: request.args[name] for name, value in THEME.items() if value.fullmatch(request.args.get(name, ""))}
    return preset | said
