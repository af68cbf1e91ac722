"""The consent of a statement: the words that signers tick, in each of its languages, ours or the organiser's own."""

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions.word_consent import Wordings, WordsChanged, fingerprint, word_consent
from server.errors import Invalid
from server.records import consent_wordings, statement_texts
from server.records.statements import Statement
from server.text import TextRefused, clean_line
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.admin.wrong import Errors, sentence
from server.web.consenting import WHICH, our_words
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("consent", __name__, url_prefix="/admin/statements/<slug>/consent")
LONGEST = 600  # in ten languages of any script this is less than a form may be


@bp.get("")
@limited("desk")
@needs("viewer")
def look(slug: str) -> ResponseReturnValue:
    """Show what signers agree to."""
    return _page()


@bp.post("")
@limited("desk")
@needs("owner")
def save(slug: str) -> ResponseReturnValue:
    """Keep other words; what will not do comes back with all that was typed."""
    here, asking, seen = services(), desk(), request.form.get("seen", "")
    try:
        word_consent(here.db, slug, _read(asking.at), seen=seen, actor=asking.actor, now=here.clock())
    except Invalid as refusal:
        return _page(status=refusal.status, is_typed=True, errors=_explained(refusal), seen=seen)
    except WordsChanged as meanwhile:
        return _page(status=meanwhile.status, is_typed=True, is_stale=True)
    return redirect(url_for("consent.look", slug=slug, done="saved"), 303)


def _read(statement: Statement) -> Wordings:
    """Return the clean words that were sent for the languages of a statement; raises ``Invalid``."""
    found, wrong = {}, {}
    for locale in _locales(statement):
        for which in WHICH:
            name = _name(locale, which)
            if name not in request.form:
                continue
            try:
                found[locale, which] = clean_line(request.form[name], longest=LONGEST)
            except TextRefused as refusal:
                wrong[name] = [refusal.reason]
    if wrong:
        raise Invalid(wrong)
    return found


def _explained(refusal: Invalid) -> Errors:
    """Whatever is wrong with them, words are told how long they may be."""
    return {name: [sentence("invalid", "desk.consent.", most=LONGEST)] for name in refusal.fields}


def _locales(statement: Statement) -> list[str]:
    with services().db.read() as tx:
        return [text.locale for text in statement_texts.list_latest(tx, statement.id)]


def _name(locale: str, which: str) -> str:
    return f"{locale}-{which}"


def _page(
    *,
    status: int = 200,
    is_typed: bool = False,
    is_stale: bool = False,
    errors: Errors | None = None,
    seen: str | None = None,
) -> Response:
    """Show the words of each language; as they stand, or as they were typed."""
    statement = desk().at
    with services().db.read() as tx:
        own = consent_wordings.list_of(tx, statement.id)
    return desk_page(
        "desk/consent.html",
        status=status,
        statement=statement,
        languages=[_language(locale, own, is_typed=is_typed) for locale in _locales(statement)],
        most=LONGEST,
        errors=errors or {},
        is_stale=is_stale,
        seen=fingerprint(own) if seen is None else seen,
        done=request.args.get("done"),
    )


def _language(locale: str, own: Wordings, *, is_typed: bool) -> dict[str, Any]:
    spoken = messages.spoken(locale)
    return {
        "locale": locale,
        "dir": messages.direction(locale),
        "name": messages.language_name(locale),
        "fields": [
            {
                "which": which,
                "name": _name(locale, which),
                "value": request.form.get(_name(locale, which), "") if is_typed else own.get((locale, which), ""),
                "ours": our_words(spoken, which),
            }
            for which in WHICH
        ],
    }
