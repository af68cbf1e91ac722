"""A draft as its readers will see it, under a link that an owner hands to those who should read it first."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.errors import LinkInvalid
from server.web import showing
from server.web.limits import limited
from server.web.markdown import rendered
from server.web.services import services
from server.web.wording import asked_locales, choose_text, language_links, page_words

bp = Blueprint("drafts", __name__)


@bp.get("/preview/<token>")
@limited("page")
def look(token: str) -> ResponseReturnValue:
    """Show a draft without a form; once the statement is published, lead to its page."""
    here = services()
    now = here.clock()
    shown = showing.read_draft(here.db, here.links.read_preview(token, now=now))
    state = shown.statement.state(now)
    if state == "archived":
        raise LinkInvalid("this draft is archived")
    if state != "draft":
        return redirect(url_for("pages.statement", slug=shown.statement.slug, locale=request.args.get("locale")), 303)
    text = choose_text(shown.texts, asked_locales())
    shape = showing.statement_shape(shown, text, base_url=here.settings.base_url, now=now)
    page = render_template(
        "public/draft.html",
        **page_words(text.locale),
        statement=shape,
        body_html=rendered(text.body),
        languages=language_links(shown.texts, text, lambda locale: url_for("drafts.look", token=token, locale=locale)),
    )
    response = Response(page, mimetype="text/html")
    response.vary.add("Accept-Language")
    return response
