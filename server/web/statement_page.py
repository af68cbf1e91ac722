"""What the hosted page of a statement shows: text, form, list, and what to mend after a refused post."""

from typing import Any

from flask import Response, render_template, request, url_for

from server import messages
from server.records.statement_texts import StatementText
from server.web import showing
from server.web.markdown import rendered
from server.web.page_form import Typed, Where, answer_with, form_context
from server.web.services import services
from server.web.sharing import preview_shape
from server.web.showing import Shown
from server.web.wording import asked_locales, choose_text, language_links, page_words

HOSTED = Where("pages.statement", "pages.sign", "page")


def words_about(shown: Shown, text: StatementText) -> dict[str, Any]:
    """Return what every page about a statement needs: words, and the statement in the shape of the API."""
    here = services()
    shape = showing.statement_shape(shown, text, base_url=here.settings.base_url, now=here.clock())
    return page_words(text.locale, slug=shown.statement.slug) | {"statement": shape}


def statement_page(shown: Shown, typed: Typed, *, after: int = 0) -> Response:
    """Render the hosted page, after a refused post with all that was typed and with what to mend.

    Its list begins behind the list number ``after``.
    """
    here, slug, statement_id = services(), shown.statement.slug, shown.statement.id
    text = choose_text(shown.texts, [*typed.locales, *asked_locales()])
    words = messages.spoken(text.locale)
    found = showing.list_signatories(here.db, statement_id, words, now=here.clock(), kind=None, after=after)

    def list_href(following: int | None) -> str:
        cursor = None if following is None else here.cursors.write(following, statement_id=statement_id)
        return HOSTED.href(slug, locale=text.locale, after=cursor) + "#signatories"

    form = form_context(shown, text, HOSTED, typed)
    page = render_template(
        "public/statement.html",
        **words_about(shown, text),
        **form,
        **_seen_from_outside(shown, text, form["counts"]["text"]),
        body_html=rendered(text.body),
        languages=language_links(shown.texts, text, lambda locale: HOSTED.href(slug, locale=locale)),
        signatories=found.lines,
        notice=found.notice,
        next_href=list_href(found.following) if found.following is not None else None,
        start_href=list_href(None) if after else None,
        versions=url_for("versions.look", slug=slug, locale=text.locale) if text.version > 1 else None,
        links=url_for("asking_links.page", slug=slug, locale=request.args.get("locale")),
        **_ways_onto_a_website(slug),
    )
    return answer_with(page, typed.refusal)


def _seen_from_outside(shown: Shown, text: StatementText, count: str) -> dict[str, Any]:
    """Return the address that others pass on, in the language that the visitor's own one names, and what they show."""
    base_url, slug = services().settings.base_url, shown.statement.slug
    asked = text.locale if request.args.get("locale") else None
    return {
        "canonical": base_url + url_for("pages.statement", slug=slug, locale=asked),
        "preview": preview_shape(shown.statement, text, base_url=base_url, count=count),
    }


def _ways_onto_a_website(slug: str) -> dict[str, str]:
    """Return where programs and editors learn how to embed this statement, as the visitor sees it."""
    base_url, asked = services().settings.base_url, request.args.get("locale")
    address = base_url + HOSTED.href(slug, locale=asked)
    return {
        "oembed": base_url + url_for("getting.oembed", url=address, format="json"),
        "getting": url_for("getting.page", slug=slug, locale=asked, partner=request.args.get("partner")),
    }
