"""The partners' door, API version 1: what a form needs, the post of a signature, the public list."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.errors import BadRequest
from server.kinds import KINDS
from server.links import FORM_BUCKET
from server.records import partners, statements
from server.records.partners import Partner
from server.records.statements import Statement
from server.storage import Tx
from server.text import NAME_LONGEST, name_key
from server.web import doctor, showing
from server.web.answers import Answer, answer_of, respond
from server.web.assets import newest_bundle
from server.web.by_code import confirm_by_code, outcome_shape
from server.web.limits import limited
from server.web.security import allow_origin, answer_preflight, check_origin
from server.web.services import services
from server.web.signing import pending, read_json_code, read_json_post, take
from server.web.wording import asked_locales, choose_text

bp = Blueprint("embed", __name__, url_prefix="/api/v1")
LOCALES_READ = 3


@bp.before_request
def check_who_posts() -> None:
    """Refuse posts and preflights of pages that are no partner's, before any view runs."""
    slug = (request.view_args or {}).get("slug")
    if slug is not None and request.method in ("POST", "OPTIONS"):
        here = services()
        now = here.clock()
        g.statement, g.partners, allowed = here.latest.get(slug, now, lambda: _read_who_posts(slug, now))
        check_origin(allowed, own_origin=here.settings.own_origin)


def _read_who_posts(slug: str, now: int) -> tuple[Statement, list[Partner], frozenset[str]]:
    """Return the statement, its partners and all their origins; where a crowd posts, they may be a second old."""
    with services().db.read() as tx:
        statement = statements.get_public(tx, slug, now=now)
        known = partners.list_of(tx, statement.id)
    return statement, known, frozenset().union(*(partner.origins for partner in known))


@bp.after_request
def let_partners_read(response: Response) -> Response:
    """Let every page read what is public and the allowed origin what it posted, errors included."""
    if request.method in ("GET", "HEAD"):
        response.headers.add("Access-Control-Allow-Origin", "*")
        response.headers.add("Access-Control-Expose-Headers", "Retry-After")
        return response
    return allow_origin(response)


@bp.get("/statements/<slug>")
@limited("data")
def data(slug: str) -> ResponseReturnValue:
    """Return all that a form needs in one answer: statement, counts, fields, words, form token."""
    here = services()
    now = here.clock()
    question = (slug, request.args.get("locale"), request.headers.get("Accept-Language"), request.args.get("partner"))
    return respond(here.latest.get(question, (now, here.db.writes), lambda: _answer(slug, now)))


def _answer(slug: str, now: int) -> Answer:
    here = services()
    with here.db.read() as tx:
        statement = statements.get_public(tx, slug, now=now)
        partner = _known_partner(tx, statement.id)
    minute = now // int(FORM_BUCKET.total_seconds())
    asked = tuple(asked_locales(partner.locale if partner else None)[:LOCALES_READ])
    through = partner.slug if partner else None
    key = (
        "data",
        statement.id,
        statement.stamp,
        statement.state(now),
        statement.hidden_until(now),
        minute,
        asked,
        through,
    )
    return here.answers.get(key, lambda: _data(slug, asked, through, now))


def _known_partner(tx: Tx, statement_id: int) -> Partner | None:
    """Return the partner that the page names, if it is one: made-up names must not fill up the kept answers."""
    slug = request.args.get("partner")
    known = partners.list_of(tx, statement_id) if slug else []
    return next((partner for partner in known if partner.slug == slug), None)


def _data(slug: str, asked: Sequence[str], partner: str | None, now: int) -> dict[str, Any]:
    here = services()
    shown = showing.read_shown(here.db, slug, now=now)
    text = choose_text(shown.texts, asked)
    words = messages.spoken(text.locale)
    base_url, min_fill_s = here.settings.base_url, here.settings.min_fill_s
    through = shown.find_partner(partner)
    action = base_url + url_for("embed.sign", slug=slug)
    return {
        "statement": showing.statement_shape(shown, text, base_url=base_url, now=now),
        "counts": showing.counts_shape(shown, words, now=now),
        "form": showing.form_shape(shown, text, through, action=action, min_fill_s=min_fill_s),
        "form_token": here.links.form_token(showing.claim_of(shown, text, through), now=now),
        "messages": showing.form_words(shown.statement, words, now=now),
    }


@bp.route("/statements/<slug>/confirmations", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/statements/<slug>/signatures", methods=["OPTIONS"], provide_automatic_options=False)
@limited("data")
def preflight(slug: str) -> ResponseReturnValue:
    """Tell a browser that this page may post."""
    return answer_preflight()


@bp.post("/statements/<slug>/signatures")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Take a signature; its owner confirms it by email. Every address gets the same answer."""
    return pending(take(g.statement, read_json_post(), known=g.partners, origin=g.get("allowed_origin")))


@bp.post("/statements/<slug>/confirmations")
@limited("confirm")
def confirm(slug: str) -> ResponseReturnValue:
    """Confirm by the code of the email, from the form that is still open."""
    return outcome_shape(g.statement, *confirm_by_code(g.statement, read_json_code()))


@bp.get("/statements/<slug>/embed-check")
@limited("data")
def embed_check(slug: str) -> ResponseReturnValue:
    """Tell the page that asks whether it may post, and its editor what is wrong with it."""
    here = services()
    now = here.clock()
    shown = showing.read_shown(here.db, slug, now=now)
    locale = messages.choose(asked_locales(), messages.SECTIONS["editor"]) or messages.FALLBACK
    said = {name: request.args.get(name) for name in ("partner", "version", "script", "clock")}
    page = doctor.Examined(origin=request.headers.get("Origin"), **said)
    base_url = here.settings.base_url
    found = doctor.findings(shown, page, base_url=base_url, newest=newest_bundle(), now=now, locale=locale)
    fine = [{"code": "fine", "text": messages.text(locale, "doctor.fine")}]
    return {
        "may_post": doctor.may_post(shown, page.origin, own_origin=here.settings.own_origin),
        "title": messages.text(locale, "doctor.title"),
        "findings": found or fine,
    }


@bp.get("/statements/<slug>/signatories")
@limited("data")
def signatories(slug: str) -> ResponseReturnValue:
    """Return a page of the public list, founding signatures first, and the next one's cursor; ``q`` seeks names."""
    here = services()
    now = here.clock()
    kind = request.args.get("kind") or None
    if kind not in (None, *KINDS):
        raise BadRequest("kind must be individual or organisation")
    with here.db.read() as tx:
        statement = statements.get_public(tx, slug, now=now)
        partner = _known_partner(tx, statement.id)
    after = here.cursors.read(request.args.get("after"), statement_id=statement.id)
    asked = asked_locales(partner.locale if partner else None)
    locale = messages.choose(asked, messages.LOCALES) or messages.spoken(statement.locale)
    sought = name_key(request.args.get("q", "")[:NAME_LONGEST])

    def page() -> dict[str, Any]:
        found = showing.list_signatories(here.db, statement.id, locale, now=now, kind=kind, after=after, sought=sought)
        following = found.following
        return {
            "signatories": found.lines,
            "next": None if following is None else here.cursors.write(following, statement_id=statement.id),
            "notice": found.notice,
            "messages": messages.list_messages(locale),
        }

    if sought:  # nobody else asks for it within the second
        return respond(answer_of(page()))
    key = ("list", statement.id, statement.stamp, statement.hidden_until(now), kind, after, locale)
    return respond(here.answers.get(key, page))
