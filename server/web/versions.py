"""The versions of a text since people have signed it: what was changed, when and why, for everybody to judge."""

from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.records import statement_texts
from server.records.statement_texts import Version
from server.records.statements import Statement
from server.web import showing
from server.web.differences import differences
from server.web.limits import limited
from server.web.services import services
from server.web.statement_page import words_about
from server.web.wording import asked_locales, choose_text, language_links

bp = Blueprint("versions", __name__)


@bp.get("/s/<slug>/versions")
@limited("page")
def look(slug: str) -> ResponseReturnValue:
    """Show every version of a text in one language, newest first, each with its difference to the one before."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    text = choose_text(shown.texts, asked_locales())
    with here.db.read() as tx:
        versions = statement_texts.list_public(tx, shown.statement.id, text.locale)
    page = render_template(
        "public/versions.html",
        **words_about(shown, text),
        versions=_shapes(shown.statement, versions),
        languages=language_links(shown.texts, text, lambda locale: url_for("versions.look", slug=slug, locale=locale)),
    )
    return Response(page, mimetype="text/html")


def _shapes(statement: Statement, versions: list[Version]) -> list[dict[str, Any]]:
    """Return the versions as the template asks for them; the last has none before it to differ from."""
    following = [*versions[1:], None]
    return [_shape(statement, one, before) for one, before in zip(versions, following, strict=True)]


def _shape(statement: Statement, version: Version, before: Version | None) -> dict[str, Any]:
    spoken = messages.spoken(version.locale)
    return {
        "number": version.version,
        "date": messages.format_day(spoken, version.created_at, statement.zone),
        "change": version.change if before else None,
        "reason": version.reason if before else None,
        "differences": differences(before, version) if before else [],
        "sha256": version.sha256,
        "title": version.title,
        "eligibility": version.eligibility,
        "body": version.body,
    }
