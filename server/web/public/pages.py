"""Public pages: a statement with form and list, its versions and drafts, links by email, unsubscribing."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.crypto.links import SignatureRef
from server.errors import BadRequest, CodeRefused, Invalid, LinkInvalid, NotFound
from server.services.sign import request_links
from server.services.signers import unsubscribe_signer
from server.tables import texts
from server.tables.statements import Statement
from server.tables.texts import StatementText, Version
from server.text import translations
from server.text.addresses import ADDRESS_LONGEST, check_address
from server.text.diff import diff_texts
from server.text.markdown import render_cached
from server.web.caching import cacheable, compressed
from server.web.context import (
    choose_text,
    get_context,
    language_links,
    page_context,
    requested_locales,
    see_other,
    visitor_locale,
)
from server.web.forms import Form, sent_values, text_field
from server.web.limits import limited
from server.web.public import views
from server.web.public.share_card import draw_card, make_card, preview_shape, sharing_shape
from server.web.public.sign import (
    FORM_ERRORS,
    FormPlace,
    TypedForm,
    accept_submission,
    check_sent_code,
    form_context,
    page_response,
    refused_form,
    sent_context,
    with_key,
)
from server.web.public.views import PublicStatement
from server.web.security import INDEXED_POLICY, SHARING_POLICY, check_own_page
from server.web.shared import shared

# The statement page.

HOSTED_PAGE = FormPlace("pages.show_statement", "pages.sign", "page")


def _render_statement_page(shown: PublicStatement, typed: TypedForm, *, after: int = 0) -> Response:
    """Render the hosted page; after a refused POST, with the input and its errors.

    ``after`` is the cursor of the list: the list number after which it begins.
    """
    here, slug, statement_id = get_context(), shown.statement.slug, shown.statement.id
    text = choose_text(shown.texts, [typed.values.get("locale", ""), *requested_locales()])
    words = translations.supported_locale(text.locale)
    found = views.list_signatories(statement_id, words, after=after)

    def list_href(following: int | None) -> str:
        cursor = None if following is None else here.cursors.write(following, statement_id=statement_id)
        return HOSTED_PAGE.href(slug, locale=text.locale, after=cursor) + "#signatories"

    form, context = form_context(shown, text, HOSTED_PAGE, typed), views.statement_context(shown, text)
    context["site"]["indexed"] = shown.statement.is_found_by_search
    page = render_template(
        "public/statement.html",
        **context,
        **form,
        **_sharing_context(shown, text, form["counts"]["text"]),
        body_html=render_cached(text.body),
        languages=language_links(shown.texts, text, lambda locale: HOSTED_PAGE.href(slug, locale=locale)),
        signatories=found.lines,
        notice=found.notice,
        next_href=list_href(found.following) if found.following is not None else None,
        start_href=list_href(None) if after else None,
        versions=url_for("pages.show_versions", slug=slug, locale=text.locale) if text.version > 1 else None,
        links=url_for("pages.show_links_form", slug=slug, locale=request.args.get("locale")),
    )
    response = page_response(page, typed.refusal)
    if shown.statement.is_found_by_search:
        response.headers["Content-Security-Policy"] = INDEXED_POLICY
    return response


def _sharing_context(shown: PublicStatement, text: StatementText, count: str) -> dict[str, Any]:
    """Return the canonical URL, its alternates in other languages, the preview data for shared links, the oEmbed URL,
    and the page with embed code in the visitor's language.
    """
    base_url, slug, asked = get_context().settings.base_url, shown.statement.slug, request.args.get("locale")

    def address(locale: str | None) -> str:
        return base_url + url_for("pages.show_statement", slug=slug, locale=locale)

    page = base_url + HOSTED_PAGE.href(slug, locale=asked)
    every = [(other.locale, address(other.locale)) for other in shown.texts]
    return {
        "canonical": address(text.locale if asked else None),
        "alternates": [*every, ("x-default", address(None))] if len(every) > 1 else [],
        "preview": preview_shape(shown.statement, text, count=count),
        "oembed": base_url + url_for("embed_help.oembed", url=page, format="json"),
        "getting": url_for("embed_help.show_embed_help", slug=slug, locale=asked, partner=request.args.get("partner")),
    }


# Routes of the statement.

bp = Blueprint("pages", __name__)
bp.before_request(check_own_page)  # a mail provider's one-click POST sends no Origin and passes
_OUTCOMES = ("confirmed", "held", "already", "no-seat")
_SIGNED_OUTCOMES = ("confirmed", "held", "already")
_CARD_LIFETIME = "max-age=300"
_MOST_ERASED = 9999


@bp.get("/s/<slug>")
@shared("page")
def show_statement(slug: str) -> ResponseReturnValue:
    """Show a statement with its form and its signatories.

    An invalid cursor, or one whose key was retired, redirects to the start of the list: bookmarks outlive keys.
    """
    shown = views.read_public_statement(slug)
    try:
        after = get_context().cursors.read(request.args.get("after"), statement_id=shown.statement.id)
    except BadRequest:
        asked, partner = request.args.get("locale"), HOSTED_PAGE.partner(shown)
        locale = asked if asked in [text.locale for text in shown.texts] else None
        return see_other("pages.show_statement", slug=slug, locale=locale, partner=partner.slug if partner else None)
    return _render_statement_page(shown, TypedForm(), after=after)


@bp.post("/s/<slug>")
@limited("attempt")
def sign(slug: str) -> ResponseReturnValue:
    """Accept the form without JavaScript; after an error, show the page with the input."""
    shown, sent = views.read_public_statement(slug), sent_values().to_dict()
    keyed = with_key(sent)
    try:
        submission, _ = accept_submission(shown.statement, keyed, known=shown.partners, origin=None)
    except FORM_ERRORS as refusal:
        return _render_statement_page(shown, refused_form(sent, refusal))
    return _render_sent_page(shown, keyed | {"email": submission.email})


@bp.get("/s/<slug>/sent")
@limited("page")
@compressed
def show_sent(slug: str) -> ResponseReturnValue:
    """Say that an email will come, after resending an expired link; the address is unknown to this page."""
    return _render_sent_page(views.read_public_statement(slug), {})


@bp.post("/s/<slug>/sent")
@limited("confirm")
def submit_code(slug: str) -> ResponseReturnValue:
    """Check the code from the email, and redirect to the page behind the email's link."""
    here, shown, sent = get_context(), views.read_public_statement(slug), sent_values().to_dict()
    try:
        ref = check_sent_code(shown.statement, sent)
    except (Invalid, CodeRefused) as refusal:
        return _render_sent_page(shown, sent, refusal)
    return see_other("confirm.show_confirm_page", token=here.links.confirm_token(*ref, now=here.clock()))


def _render_sent_page(
    shown: PublicStatement, sent: dict[str, str], refusal: Invalid | CodeRefused | None = None
) -> ResponseReturnValue:
    """Answer the POST with the page itself: in a redirect URL the address would end up in histories and logs."""
    text = choose_text(shown.texts, [sent.get("locale", ""), *requested_locales()])
    context = views.statement_context(shown, text) | sent_context(shown, text, HOSTED_PAGE, sent, refusal=refusal)
    return page_response(render_template("public/sent.html", **context), refusal)


@bp.get("/s/<slug>/thanks")
@limited("page")
@compressed
def show_thanks(slug: str) -> ResponseReturnValue:
    """Thank the signer after confirming, and offer to share; the URL does not contain the token."""
    shown = views.read_public_statement(slug)
    text = choose_text(shown.texts, requested_locales())
    asked = request.args.get("outcome", "")
    outcome = asked if asked in _OUTCOMES else _OUTCOMES[0]
    share = sharing_shape(shown.statement, text) if outcome in _SIGNED_OUTCOMES else None
    page = render_template(
        "public/thanks.html",
        **views.statement_context(shown, text),
        counts=views.counts_shape(shown, text.locale),
        outcome=outcome,
        share=share,
        copying=url_for("assets.static_file", file="getting.js"),
        sharing=url_for("assets.static_file", file="sharing.js"),
    )
    return page, {"Content-Security-Policy": SHARING_POLICY} if share else {}


@bp.get("/s/<slug>/card.png")
@limited("page")
def show_card(slug: str) -> ResponseReturnValue:
    """Return the preview image for shared links; raises ``NotFound`` for a discreet statement."""
    shown = views.read_public_statement(slug)
    if shown.statement.discreet:
        raise NotFound("a discreet statement has no card")
    text = choose_text(shown.texts, [request.args.get("locale", "")])
    shows = make_card(shown, text)
    return cacheable(Response(draw_card(shows), mimetype="image/png"), _CARD_LIFETIME, shows.etag)


@bp.get("/gone")
@limited("page")
@compressed
def show_gone() -> ResponseReturnValue:
    """Say how many signatures were erased; the URL reveals neither the person nor the statement."""
    erased = request.args.get("count", 0, type=int)
    return render_template(
        "public/gone.html",
        **page_context(visitor_locale()),
        erased=erased if 0 < erased <= _MOST_ERASED else None,
        keeps_seat=request.args.get("seat") == "kept",
    )


# Versions of a text.


@bp.get("/s/<slug>/versions")
@shared("page")
def show_versions(slug: str) -> ResponseReturnValue:
    """Show every version of a text in one language, newest first, each with its changes."""
    shown = views.read_public_statement(slug)
    text = choose_text(shown.texts, requested_locales())
    with get_context().db.read() as tx:
        versions = texts.list_public(tx, shown.statement.id, text.locale)
    older = [*versions[1:], None]  # the oldest has no predecessor to compare with
    return render_template(
        "public/versions.html",
        **views.statement_context(shown, text),
        versions=[_version_shape(shown.statement, *pair) for pair in zip(versions, older, strict=True)],
        languages=language_links(
            shown.texts, text, lambda locale: url_for("pages.show_versions", slug=slug, locale=locale)
        ),
    )


def _version_shape(statement: Statement, version: Version, before: Version | None) -> dict[str, Any]:
    spoken = translations.supported_locale(version.locale)
    return {
        "number": version.version,
        "date": translations.format_day(spoken, version.created_at, statement.zone),
        "change": version.change if before else None,
        "reason": version.reason if before else None,
        "differences": diff_texts(before, version) if before else [],
        "sha256": version.sha256,
        "title": version.title,
        "eligibility": version.eligibility,
        "body": version.body,
    }


# Drafts behind a preview link.


@bp.get("/preview/<token>")
@limited("page")
def show_draft(token: str) -> ResponseReturnValue:
    """Show a draft without a form; once the statement is published, redirect to its page."""
    here = get_context()
    shown = views.read_draft(here.links.read_preview(token, now=here.clock()))
    if shown.state == "archived":
        raise LinkInvalid("this draft is archived")
    if shown.state != "draft":
        return see_other("pages.show_statement", slug=shown.statement.slug, locale=request.args.get("locale"))
    text = choose_text(shown.texts, requested_locales())
    page = render_template(
        "public/draft.html",
        **page_context(text.locale),
        statement=views.statement_shape(shown, text),
        body_html=render_cached(text.body),
        languages=language_links(
            shown.texts, text, lambda locale: url_for("pages.show_draft", token=token, locale=locale)
        ),
    )
    return page, {"Vary": "Accept-Language"}


# Links by email.


class LinksForm(Form):
    """The address that gets the links."""

    needed = ("email",)
    email = text_field(check_address)


@bp.get("/s/<slug>/links")
@limited("page")
@compressed
def show_links_form(slug: str) -> ResponseReturnValue:
    """Show the form that asks for the address."""
    return _render_links_form(views.read_public_statement(slug), LinksForm())


@bp.post("/s/<slug>/links")
@limited("resend")
def submit_links_form(slug: str) -> ResponseReturnValue:
    """Send the links; every valid address gets the same answer, an invalid one is shown again with the error."""
    here, shown = get_context(), views.read_public_statement(slug)
    form = LinksForm()
    if not form.validate():
        return _render_links_form(shown, form)
    locale = choose_text(shown.texts, requested_locales()).locale
    request_links(
        here.db, shown.statement, form.email.data, keys=here.keys, sealer=here.sealer, locale=locale, now=here.clock()
    )
    return see_other("pages.show_links_sent", slug=slug, locale=request.args.get("locale"))


@bp.get("/s/<slug>/links/sent")
@limited("page")
@compressed
def show_links_sent(slug: str) -> ResponseReturnValue:
    """Say that an email may be on its way; this page contains nothing personal."""
    shown = views.read_public_statement(slug)
    return render_template(
        "public/links_sent.html", **views.statement_context(shown, choose_text(shown.texts, requested_locales()))
    )


def _render_links_form(shown: PublicStatement, form: LinksForm) -> ResponseReturnValue:
    text = choose_text(shown.texts, requested_locales())
    html = render_template(
        "public/links.html",
        **views.statement_context(shown, text),
        typed=form.email.data or "",
        error=translations.field_error(text.locale, form.email.errors[0]) if form.email.errors else None,
        longest=ADDRESS_LONGEST,
    )
    return html, 422 if form.wrong else 200


# Unsubscribing: a page for people, a one-click POST for mail programs (RFC 8058).


@bp.get("/unsubscribe/<token>")
@limited("page")
def show_unsubscribe(token: str) -> ResponseReturnValue:
    """Show the button; a GET changes nothing, because link scanners follow links."""
    _read_unsubscribe_token(token)
    return _render_unsubscribe(stopped=False)


@bp.post("/unsubscribe/<token>")
@limited("page")
def unsubscribe(token: str) -> ResponseReturnValue:
    """Stop the newsletter; the answer is no redirect, as RFC 8058 requires, and does not name the person."""
    unsubscribe_signer(get_context().db, _read_unsubscribe_token(token), now=get_context().clock())
    return _render_unsubscribe(stopped=True)


def _read_unsubscribe_token(token: str) -> SignatureRef:
    return get_context().links.read_unsubscribe(token, now=get_context().clock())


def _render_unsubscribe(*, stopped: bool) -> str:
    return render_template("public/unsubscribe.html", **page_context(visitor_locale()), stopped=stopped)
