"""The frame: a page of ours with nothing but the form, for partners to put into theirs, and what is posted there."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.web import showing
from server.web.assets import newest_bundle
from server.web.by_code import confirm_by_code, outcome_shape
from server.web.code_page import code_context
from server.web.limits import limited
from server.web.page_form import ANSWERED_ON_THE_PAGE, Typed, Where, answer_with, form_context, fresh_key, refused
from server.web.security import allow_origin, answer_preflight, check_origin, frame_policy
from server.web.services import services
from server.web.showing import Shown
from server.web.signing import Taken, pending, read_json_code, read_json_post, take
from server.web.statement_page import words_about
from server.web.wording import asked_locales, choose_text

bp = Blueprint("frame", __name__, url_prefix="/embed")
# A page of ours in a sandbox has this origin. Anybody's sandbox has it, so that such a post is taken here alone, and
# only with a token that this visitor's own network was sent: it stands in a page that no script of another origin can
# read, and one that a stranger fetches for themselves serves nobody else.
SANDBOX = "null"
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|transparent")
_LENGTH = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3})?(?:px|rem|em)")
# What a partner may say about its looks, and what is a value for it; the names are those of the widget's properties.
THEME = {
    **dict.fromkeys(("accent", "on-accent", "text", "background"), _COLOUR),
    **dict.fromkeys(("radius", "gap", "padding", "size"), _LENGTH),
    "theme": re.compile("auto|light|dark"),
}
FRAMED = Where("frame.page", "frame.sign", "frame", carried=("partner", *THEME))


@bp.before_request
def check_who_posts() -> None:
    """Refuse posts that come from anywhere but this frame, before any view runs."""
    if request.method in ("POST", "OPTIONS"):
        check_origin((SANDBOX,), own_origin=services().settings.own_origin)


@bp.after_request
def let_the_sandbox_read(response: Response) -> Response:
    """Let the frame read what it posted, errors included, where a website has put it into a sandbox."""
    return allow_origin(response) if request.method in ("POST", "OPTIONS") else response


@bp.get("/<slug>")
@limited("page")
def page(slug: str) -> ResponseReturnValue:
    """Show the form alone; it works without JavaScript, and the widget of the same page takes its place."""
    return _page(_shown(slug), Typed(fresh_key(), {}))


@bp.get("/<slug>/token")
@limited("data")
def token(slug: str) -> ResponseReturnValue:
    """Return a fresh form token to the frame whose own has expired; no other page's script can read it."""
    here = services()
    shown = _shown(slug)
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
    shown = _shown(slug)
    if request.mimetype != "application/x-www-form-urlencoded":
        return pending(_take(shown, read_json_post()))
    sent = request.form.to_dict()
    try:
        submission, _ = _take(shown, sent)
    except ANSWERED_ON_THE_PAGE as refusal:
        return _page(shown, refused(sent, refusal))
    query = {"locale": submission.locale, "key": submission.key, **_theme(shown)}
    return redirect(url_for("frame.sent", slug=slug, **query), 303)


@bp.post("/<slug>/confirmations")
@limited("confirm")
def confirm(slug: str) -> ResponseReturnValue:
    """Confirm by the code of the email, from the widget in the frame."""
    statement = _shown(slug).statement
    return outcome_shape(statement, *confirm_by_code(statement, read_json_code()))


@bp.get("/<slug>/sent")
@limited("page")
def sent(slug: str) -> ResponseReturnValue:
    """Say that an email is on its way; the key in the address is that of the form, and tells nothing of anybody."""
    shown = _shown(slug)
    text = choose_text(shown.texts, _locales(shown))
    context = words_about(shown, text) | code_context(shown.statement)
    return _framed(shown, render_template("public/frame_sent.html", **context, theme=_theme(shown)))


def _take(shown: Shown, sent: Mapping[str, str | bool]) -> Taken:
    network = FRAMED.network() if request.headers.get("Origin") == SANDBOX else None
    return take(shown.statement, sent, known=shown.partners, origin=None, place="frame", network=network)


def _shown(slug: str) -> Shown:
    return showing.read_shown(services().db, slug, now=services().clock())


def _page(shown: Shown, typed: Typed) -> Response:
    text = choose_text(shown.texts, [*typed.locales, *_locales(shown)])
    context = form_context(shown, text, FRAMED, typed)
    html = render_template(
        "public/frame.html",
        **words_about(shown, text),
        **context,
        widget=url_for("assets.widget", version=newest_bundle()),
        server=services().settings.base_url,
        partner=request.args.get("partner"),
        token=context["form"]["hidden"]["form_token"] if context["form"] else "",
        theme=_theme(shown),
    )
    return _framed(shown, answer_with(html, typed.refusal))


def _framed(shown: Shown, page: Response | str) -> Response:
    """Let the websites of the statement's partners put a page around this one, and nobody else."""
    response = page if isinstance(page, Response) else Response(page, mimetype="text/html")
    partner = shown.find_partner(request.args.get("partner"))
    around = [partner] if partner else shown.partners
    origins = frozenset[str]().union(*(one.origins for one in around))
    response.headers["Content-Security-Policy"] = frame_policy(origins, own_origin=services().settings.own_origin)
    return response


def _locales(shown: Shown) -> list[str]:
    """Return what the visitor reads, best first: what the page around says, the partner's default, the browser's."""
    partner = FRAMED.partner(shown)
    return asked_locales(partner.locale if partner else None)


def _theme(shown: Shown) -> dict[str, Any]:
    """Return what the partner's page says about its looks, as far as it is a value for it, else the partner's theme."""
    partner = FRAMED.partner(shown)
    preset = {"theme": partner.theme} if partner and partner.theme else {}
    said = {name: request.args[name] for name, value in THEME.items() if value.fullmatch(request.args.get(name, ""))}
    return preset | said
