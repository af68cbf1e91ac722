"""A text that people have signed, at the desk: changed, looked at word by word, and only then published."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions import revise as verbs
from server.actions.publish import text_columns
from server.actions.revise import NothingChanged
from server.actions.versions import TextMoved
from server.errors import Invalid
from server.records import editions, statement_texts
from server.records.editions import Reach
from server.records.statement_texts import StatementText
from server.statement_file import BODY_LONGEST_BYTES, StatementFileError, Wording, read_wording
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.admin.text_form import FIELDS, TEXT_BYTES, errors_of, typed, values_of
from server.web.admin.wrong import Errors, explained
from server.web.differences import Changed, differences
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("revising", __name__, url_prefix="/admin/statements")
_VERBS = {"typo": verbs.fix_typo, "substance": verbs.change_substance}
_SENT = (*FIELDS, "reason", "change", "was")


@bp.get("/<slug>/texts/<locale>/revise")
@limited("desk")
@needs("owner")
def look(slug: str, locale: str) -> ResponseReturnValue:
    """Show the text as it stands, to be changed."""
    text = _text(locale)
    return _form(text, values_of(text) | {"was": text.sha256}, done=request.args.get("done"))


@bp.post("/<slug>/texts/<locale>/revise")
@limited("desk")
@needs("owner", most_bytes=TEXT_BYTES)
def revise(slug: str, locale: str) -> ResponseReturnValue:
    """Show what was changed and who will be asked; publish it once that was looked at."""
    here, text, sent, step = services(), _text(locale), typed(*_SENT), request.form.get("step")
    if step == "back":
        return _form(text, sent)
    wording, errors = _read(sent)
    if wording is None or errors:
        return _form(text, sent, errors=errors)
    was, reason, change = sent["was"], sent["reason"], sent["change"]
    try:
        verbs.check_change(text, text_columns(wording, locale), was=was)
        if step != "publish":
            return _preview(text, wording, sent)
        _VERBS[change](here.db, slug, locale, wording, reason=reason, was=was, actor=desk().actor, now=here.clock())
    except NothingChanged:
        return _form(text, sent, wrong="unchanged")
    except TextMoved:
        newest = _text(locale)
        return _form(newest, sent | {"was": newest.sha256}, wrong="moved", changed=_changed(newest, wording))
    return redirect(url_for("revising.look", slug=slug, locale=locale, done=change), 303)


def _text(locale: str) -> StatementText:
    with services().db.read() as tx:
        return statement_texts.get_latest(tx, desk().at.id, locale)


def _read(sent: Mapping[str, str]) -> tuple[Wording | None, Errors]:
    """Return the wording that was sent, None where it will not do, and what each field that is to be mended is told."""
    wording, errors = None, Errors()
    try:
        wording = read_wording(sent)
    except StatementFileError as refusal:
        errors |= errors_of(refusal)
    try:
        verbs.checked_reason(sent["reason"])
    except Invalid as refusal:
        errors |= explained(refusal.fields)
    if sent["change"] not in _VERBS:
        errors |= explained({"change": ["change"]}, "desk.version.wrong.")
    return wording, errors


def _form(
    text: StatementText,
    values: Mapping[str, str],
    *,
    errors: Errors | None = None,
    wrong: str | None = None,
    changed: list[Changed] | None = None,
    done: str | None = None,
) -> Response:
    """Show the form, with all that was typed and what to mend: errors by field, or one word for all of it."""
    return desk_page(
        "desk/revise.html",
        status=422 if errors or wrong else 200,
        text=text,
        values=values,
        errors=errors or {},
        wrong=wrong,
        differences=changed or [],
        done=done if done in _VERBS else None,
        longest=BODY_LONGEST_BYTES,
        longest_public_reason=verbs.REASON_LONGEST,
        in_locale=text.locale,
        in_dir=messages.direction(text.locale),
    )


def _preview(text: StatementText, wording: Wording, sent: Mapping[str, str]) -> Response:
    """Show what everybody would see; nothing of it is kept here, the form carries it on."""
    change = sent["change"]
    return desk_page(
        "desk/revise_check.html",
        text=text,
        carried=sent,
        change=change,
        reason=sent["reason"],
        differences=_changed(text, wording),
        reach=_reach(text) if change == "substance" else None,
    )


def _changed(text: StatementText, wording: Wording) -> list[Changed]:
    return differences(text, replace(text, **text_columns(wording, text.locale)))


def _reach(text: StatementText) -> Reach:
    with services().db.read() as tx:
        return editions.count_to_ask(tx, text.statement_id, text.locale, below=text.version + 1)
