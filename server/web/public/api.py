"""API version 1: form data, signing, confirming by code, the public list, and the embed check."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request, url_for
from flask.typing import ResponseReturnValue

from server.errors import BadRequest
from server.tables import partners, statements
from server.tables.partners import Partner
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text import translations
from server.text.names import KINDS, NAME_LONGEST, name_key
from server.web.assets import newest_bundle_version
from server.web.caching import json_response
from server.web.context import choose_text, get_context, requested_locales, visitor_locale
from server.web.limits import limited
from server.web.public import views
from server.web.public.sign import (
    accept_submission,
    confirm_by_code,
    pending_response,
    read_json,
)
from server.web.public.submission import SUBMISSION_KEYS, kinds_of
from server.web.public.views import PublicStatement
from server.web.security import allow_origin, answer_preflight, check_origin
from server.web.shared import shared

# Routes.

bp = Blueprint("api", __name__, url_prefix="/api/v1")
_NOBODY = "  "  # matches nobody: a name_key never has two spaces in a row


@bp.before_request
def check_post_origin() -> None:
    """Refuse POSTs and preflights from origins that are no partner's, before any view runs."""
    slug = (request.view_args or {}).get("slug")
    if slug is not None and request.method in ("POST", "OPTIONS"):
        here = get_context()
        now = here.clock()
        g.statement, g.partners, allowed = here.read_cache.get(
            slug, now, lambda: _read_statement_and_origins(slug, now)
        )
        check_origin(allowed, own_origin=here.settings.own_origin)


def _read_statement_and_origins(slug: str, now: int) -> tuple[Statement, list[Partner], frozenset[str]]:
    """Return the statement, its partners and all their origins. They are cached for up to a second, for many POSTs at
    once.
    """
    with get_context().db.read() as tx:
        statement = statements.get_public(tx, slug, now=now)
        known = partners.list_live_of_statement(tx, statement.id)
    return statement, known, frozenset().union(*(partner.origins for partner in known))


@bp.after_request
def allow_cross_origin(response: Response) -> Response:
    """Add CORS headers: every website may read public data, an allowed origin may read the answer to its POST."""
    if request.method in ("GET", "HEAD"):
        response.headers.add("Access-Control-Allow-Origin", "*")
        response.headers.add("Access-Control-Expose-Headers", "Retry-After")
        return response
    return allow_origin(response)


@bp.get("/statements/<slug>")
@shared("data")
def data(slug: str) -> ResponseReturnValue:
    """Return everything that a form needs in one answer: statement, counts, fields, messages, form token."""
    shown = views.read_public_statement(slug)
    through = shown.find_partner(request.args.get("partner"))
    text = choose_text(shown.texts, requested_locales(through.locale if through else None))
    return json_response(_data_shape(shown, text, through))


def _data_shape(shown: PublicStatement, text: StatementText, through: Partner | None) -> dict[str, Any]:
    settings = get_context().settings
    words = translations.supported_locale(text.locale)
    kinds = kinds_of(shown.statement)
    return {
        "statement": views.statement_shape(shown, text),
        "counts": views.counts_shape(shown, words),
        "form": {
            "action": settings.base_url + url_for("api.sign", slug=shown.statement.slug),
            "kinds": [{"kind": kind, "fields": views.fields_shape(shown, text, kind, through)} for kind in kinds],
            "min_fill_seconds": settings.min_fill_s,
        },
        "form_token": views.form_token(shown, text, through),
        "messages": views.form_messages(shown.statement, words),
    }


@bp.route("/statements/<slug>/confirmations", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/statements/<slug>/signatures", methods=["OPTIONS"], provide_automatic_options=False)
@limited("data")
def preflight(slug: str) -> ResponseReturnValue:
    """Tell the browser that the partner's page may POST here."""
    return answer_preflight()


@bp.post("/statements/<slug>/signatures")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Accept a signature, to be confirmed by email. The answer is the same for every address."""
    sent = read_json(SUBMISSION_KEYS)
    return pending_response(*accept_submission(g.statement, sent, known=g.partners, origin=g.get("allowed_origin")))


@bp.post("/statements/<slug>/confirmations")
@limited("confirm")
def confirm(slug: str) -> ResponseReturnValue:
    """Confirm with the code from the email, in the form that is still open."""
    return confirm_by_code(g.statement)


@bp.get("/statements/<slug>/embed-check")
@limited("data")
def embed_check(slug: str) -> ResponseReturnValue:
    """Return whether the page may POST, and for its editor, what is wrong with the embedding."""
    shown, origin = views.read_public_statement(slug), request.headers.get("Origin")
    locale = visitor_locale(offered=translations.SECTIONS["editor"])
    own_origin = get_context().settings.own_origin
    may_post = origin in (None, own_origin) or any(origin in partner.origins for partner in shown.partners)
    found = list(_find_problems(shown, origin, may_post=may_post)) or [("fine", {})]
    problems = [{"code": code, "text": translations.text(locale, f"doctor.{code}", **said)} for code, said in found]
    return {"may_post": may_post, "title": translations.text(locale, "doctor.title"), "findings": problems}


@bp.get("/statements/<slug>/signatories")
@shared("data")
def signatories(slug: str) -> ResponseReturnValue:
    """Return a page of the public list, founding signatures first, and the cursor of the next page; ``q`` searches
    names.
    """
    here = get_context()
    kind = request.args.get("kind") or None
    if kind not in (None, *KINDS):
        raise BadRequest("kind must be individual or organisation")
    shown = views.read_public_statement(slug)
    statement, partner = shown.statement, shown.find_partner(request.args.get("partner"))
    after = here.cursors.read(request.args.get("after"), statement_id=statement.id)
    asked = requested_locales(partner.locale if partner else None)
    locale = translations.choose_locale(asked, translations.LOCALES) or translations.supported_locale(statement.locale)
    found = views.list_signatories(statement.id, locale, kind=kind, after=after, sought=_read_query())
    following = found.following
    return json_response(
        {
            "signatories": found.lines,
            "next": None if following is None else here.cursors.write(following, statement_id=statement.id),
            "notice": found.notice,
            "messages": translations.list_messages(locale),
        }
    )


def _read_query() -> str:
    """Return the search text as a ``name_key``, empty for no search; raises ``BadRequest`` if it is longer than a name.

    There are no wildcards: ``%``, like any text without letters of a name, matches nobody.
    """
    typed = request.args.get("q", "").strip()
    if len(typed) > NAME_LONGEST:
        raise BadRequest(f"q may have at most {NAME_LONGEST} characters")
    return name_key(typed) or (_NOBODY if typed else "")


# The embed check: finds mistakes in a page that embeds the form.

CLOCK_TOLERANCE_S = 300
_EPOCH = re.compile(r"[0-9]{1,11}")


def _find_problems(
    shown: PublicStatement, origin: str | None, *, may_post: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the problems of a page that embeds the form, the worst first.

    The browser sends the ``origin``, so the page cannot forge it. The query is written by our script in the page.
    """
    said, base_url, newest = request.args, get_context().settings.base_url, newest_bundle_version()
    if not may_post:
        yield "origin-not-listed", {"origin": origin, "slug": shown.statement.slug}
    if shown.state != "open":
        yield shown.state, {}
    if said.get("partner") and shown.find_partner(said["partner"]) is None:
        yield "partner-unknown", {"partner": said["partner"]}
    if origin and urlsplit(origin).scheme == "http" and urlsplit(base_url).scheme == "https":
        yield "not-https", {"origin": origin}
    if said.get("script") and not said["script"].startswith(f"{base_url}/widget/"):
        yield "rehosted", {"script": said["script"], "server": base_url}
    if said.get("version") and said["version"] != newest:
        yield "old-version", {"version": said["version"], "newest": newest}
    wrong_s = abs(shown.now - int(said["clock"])) if _EPOCH.fullmatch(said.get("clock", "")) else 0
    if wrong_s > CLOCK_TOLERANCE_S:
        yield "clock", {"count": wrong_s // 60}
