"""The texts of a statement: their languages, the editor in which each is written, and how readers will see it."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.publish import TextSigned
from server.actions.write_text import TextChanged, mark_of, write_text
from server.errors import NotFound
from server.records import signers, statement_texts
from server.records.statement_texts import StatementText
from server.statement_file import BODY_LONGEST_BYTES, StatementFileError, find_locale, read_typed
from server.web.admin.doors import desk, desk_locale, needs
from server.web.admin.page import desk_page
from server.web.admin.text_form import (
    FIELDS,
    TEXT_BYTES,
    errors_of,
    proof,
    typed,
    values_of,
    with_proof,
)
from server.web.admin.wrong import Errors, explained
from server.web.limits import limited
from server.web.markdown import rendered
from server.web.services import services

bp = Blueprint("texts", __name__, url_prefix="/admin")


@dataclass(frozen=True)
class Typed:
    """What the editor sent and was refused: all of it, what is wrong with which field, or with all of it."""

    values: dict[str, str]
    was: str
    errors: Errors = field(default_factory=dict)
    problem: str | None = None


@bp.get("/statements/<slug>/texts")
@limited("desk")
@needs("owner")
def look(slug: str) -> ResponseReturnValue:
    """List the languages of a statement, and offer another one."""
    return _list_page()


@bp.post("/statements/<slug>/texts")
@limited("desk")
@needs("owner")
def begin(slug: str) -> ResponseReturnValue:
    """Lead to the editor of another language; there is none of it before something is saved there."""
    locale = find_locale(request.form.get("locale", ""))
    if locale is None:
        return _list_page(errors=explained({"locale": ["not-a-choice"]}))
    return redirect(url_for("texts.edit", slug=slug, locale=locale), 303)


@bp.get("/statements/<slug>/texts/<locale>")
@limited("desk")
@needs("owner")
def edit(slug: str, locale: str) -> ResponseReturnValue:
    """Show the editor of one language with the others beside it; once people have signed it, only the text."""
    return _editor(_known(locale))


@bp.post("/statements/<slug>/texts/<locale>")
@limited("desk")
@needs("owner", most_bytes=TEXT_BYTES)
def save(slug: str, locale: str) -> ResponseReturnValue:
    """Keep what was typed; whatever stands against it comes back beside all of that."""
    here, values, was = services(), typed(*FIELDS), request.form.get("was", "")
    try:
        file = read_typed({**values, "slug": slug, "locale": _known(locale)})
        write_text(here.db, file, was=was, actor=desk().actor, now=here.clock())
    except StatementFileError as refusal:
        return _editor(locale, Typed(values, was, errors=errors_of(refusal)))
    except (TextChanged, TextSigned) as refusal:
        return _editor(locale, Typed(values, was, problem=refusal.code))
    return redirect(url_for("texts.edit", slug=slug, locale=locale, done="saved"), 303)


@bp.post("/preview")
@limited("desk")
@needs(None, most_bytes=TEXT_BYTES)
def preview() -> ResponseReturnValue:
    """Show what is being typed as its readers will see it, and keep nothing of it."""
    return proof(typed(*FIELDS), request.form.get("locale", ""))


def _known(locale: str) -> str:
    """Return the language of an address; raises ``NotFound`` unless it is one, written as we write it."""
    if find_locale(locale) != locale:
        raise NotFound(f"there is no language {locale}")
    return locale


def _list_page(*, errors: Errors | None = None) -> Response:
    at = desk().at
    with services().db.read() as tx:
        texts = statement_texts.list_latest(tx, at.id)
        written = {text.locale for text in texts}
        signed = {text.locale for text in texts if signers.is_text_signed(tx, at.id, text.id)}
    return desk_page(
        "desk/texts.html",
        status=422 if errors else 200,
        errors=errors or {},
        texts=texts,
        signed=signed,
        zone=at.zone,
        name_of=messages.language_name,
        further=[(tag, name) for tag, name in messages.language_names(desk_locale()) if tag not in written],
    )


def _editor(locale: str, sent: Typed | None = None) -> Response:
    """Return the editor with the text as it stands, or as it was sent; a clash makes the text of now its beginning."""
    at, problem = desk().at, sent.problem if sent else None
    with services().db.read() as tx:
        texts = statement_texts.list_latest(tx, at.id)
        text = next((one for one in texts if one.locale == locale), None)
        is_signed = text is not None and signers.is_text_signed(tx, at.id, text.id)
    page = desk_page(
        "desk/text.html",
        status=_status(sent),
        values=sent.values if sent else values_of(text),
        errors=sent.errors if sent else {},
        problem=problem,
        was=sent.was if sent and not problem else mark_of(text),
        is_signed=is_signed,
        done=request.args.get("done"),
        stands=_shape(text) if text else None,
        others=[_shape(one) for one in texts if one.locale != locale],
        longest=BODY_LONGEST_BYTES,
        in_locale=locale,
        in_dir=messages.direction(locale),
        language=messages.language_name_in(locale, desk_locale()),
    )
    return with_proof(page)


def _status(sent: Typed | None) -> int:
    if sent is None:
        return 200
    return 409 if sent.problem else 422


def _shape(text: StatementText) -> dict[str, Any]:
    """Return a text to be read beside another."""
    return {
        "locale": text.locale,
        "dir": messages.direction(text.locale),
        "name": messages.language_name(text.locale),
        "dateline": ", ".join(filter(None, [text.place, text.dated])),
        "title": text.title,
        "eligibility": text.eligibility,
        "body": text.body,
        "body_html": rendered(text.body),
    }
