"""What the hosted page of a statement shows: text, form, list, and what to mend after a refused post."""

from typing import Any

from flask import Response, render_template, request, url_for

from server import messages
from server.errors import Invalid, UndersignedError
from server.records.statement_texts import StatementText
from server.statement_file import Kind
from server.web import showing
from server.web.cursors import read_cursor, write_cursor
from server.web.fields import FIELD_NAMES, kinds_of
from server.web.markdown import rendered
from server.web.problems import minutes_of
from server.web.services import services
from server.web.showing import Shown
from server.web.wording import asked_locales, choose_text, page_words


def words_about(shown: Shown, text: StatementText) -> dict[str, Any]:
    """Return what every page about a statement needs: words, and the statement in the shape of the API."""
    here = services()
    shape = showing.statement_shape(shown, text, base_url=here.settings.base_url, now=here.clock())
    return page_words(text.locale, slug=shown.statement.slug) | {"statement": shape}


def statement_page(
    shown: Shown, *, values: dict[str, str], key: str, refusal: UndersignedError | None = None
) -> Response:
    """Render the hosted page, after a refused post with all that was typed and with what to mend."""
    here = services()
    statement = shown.statement
    asked = [values["locale"], *asked_locales()] if values.get("locale") else asked_locales()
    text = choose_text(shown.texts, asked)
    words = messages.spoken(text.locale)
    after = read_cursor(request.args.get("after"))
    lines, following = showing.list_signatories(here.db, statement.id, words, kind=None, after=after)
    kind = _chosen_kind(shown, values)
    errors = refusal.fields if isinstance(refusal, Invalid) and "kind" not in refusal.fields else {}
    page = render_template(
        "public/statement.html",
        **words_about(shown, text),
        counts=showing.counts_shape(shown.counts, statement.goal, words),
        body_html=rendered(text.body),
        languages=_languages(shown, text),
        kinds=_kinds(shown, kind, text.locale),
        form=_form(shown, text, kind, key) if statement.state(here.clock()) == "open" else None,
        values={name: values[name] for name in FIELD_NAMES if name in values},
        errors=errors,
        problem=refusal.code if refusal and not errors else None,
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
