"""A new statement, by whoever owns the server: its address and its text in a first language."""

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.publish import begin_statement
from server.statement_file import BODY_LONGEST_BYTES, StatementFileError, read_typed
from server.storage import Conflict
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.text_form import FIELDS, TEXT_BYTES, WRONG, errors_of, typed, with_proof
from server.web.admin.wrong import Errors, explained
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("new_statement", __name__, url_prefix="/admin")


@bp.get("/statements/new")
@limited("desk")
@needs("owner")
def look() -> ResponseReturnValue:
    """Ask for what a statement cannot be without."""
    return _page(typed("slug", *FIELDS) | {"locale": desk_locale()})


@bp.post("/statements")
@limited("desk")
@needs("owner", most_bytes=TEXT_BYTES)
def add() -> ResponseReturnValue:
    """Store a draft; whatever is wrong comes back with all that was typed."""
    here, values = services(), typed("slug", "locale", *FIELDS)
    try:
        file = read_typed(values)
        begin_statement(here.db, file, actor=desk().actor, now=here.clock())
    except StatementFileError as refusal:
        return _page(values, errors=errors_of(refusal))
    except Conflict:
        return _page(values, errors=explained({"slug": ["slug-taken"]}, WRONG))
    return redirect(url_for("statements.overview", slug=file.slug, done="new"), 303)


def _page(values: dict[str, str], *, errors: Errors | None = None) -> Response:
    page = desk_page(
        "desk/new_statement.html",
        status=422 if errors else 200,
        values=values,
        errors=errors or {},
        languages=messages.language_names(desk_locale()),
        longest=BODY_LONGEST_BYTES,
        address=services().links.page(""),
        in_locale=values["locale"],
        in_dir="auto",
    )
    return with_proof(page)
