"""A text that people have signed, at the desk: changed, looked at word by word, and only then published."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import revise as verbs
from server.actions.revise import NothingChanged
from server.actions.versions import TextMoved
from server.errors import Invalid
from server.records import editions, statement_texts
from server.records.editions import Reach
from server.records.statement_texts import StatementText
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.admin.text_form import TEXT_BYTES
from server.web.differences import PARTS, differences
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("revising", __name__, url_prefix="/admin/statements")
_VERBS = {"typo": verbs.fix_typo, "substance": verbs.change_substance}


@bp.get("/<slug>/texts/<locale>/revise")
@limited("desk")
@needs("owner")
def look(slug: str, locale: str) -> ResponseReturnValue:
    """Show the text as it stands, to be changed."""
    text = _text(locale)
    stands = {part: getattr(text, part) or "" for part in PARTS}
    return _form(text, stands | {"was": text.sha256}, done=request.args.get("done"))


@bp.post("/<slug>/texts/<locale>/revise")
@limited("desk")
@needs("owner", most_bytes=TEXT_BYTES)
def revise(slug: str, locale: str) -> ResponseReturnValue:
    """Show what was changed and who will be asked; publish it once that was looked at."""
    here, sent = services(), request.form.to_dict()
    text, step, change = _text(locale), sent.get("step"), sent.get("change", "")
    if step == "back":
        return _form(text, sent)
    try:
        wording = _checked(sent)
        was, reason = sent.get("was", ""), sent.get("reason", "")
        verbs.check_change(text, wording, was=was)
        if step != "publish":
            return _preview(text, wording, sent)
        _VERBS[change](here.db, slug, locale, wording, reason=reason, was=was, actor=desk().actor, now=here.clock())
    except Invalid as refusal:
        return _form(text, sent, errors={name: codes[0] for name, codes in refusal.fields.items()})
    except NothingChanged:
        return _form(text, sent, wrong="unchanged")
    except TextMoved:
        newest = _text(locale)
        return _form(newest, sent | {"was": newest.sha256}, wrong="moved")
    return redirect(url_for("revising.look", slug=slug, locale=locale, done=change), 303)


def _text(locale: str) -> StatementText:
    with services().db.read() as tx:
        return statement_texts.get_latest(tx, desk().at.id, locale)


def _checked(sent: Mapping[str, str]) -> dict[str, str | None]:
    """Return the wording that was sent; raises ``Invalid`` with all that will not do."""
    wrong: dict[str, list[str]] = {}
    wording: dict[str, str | None] = {}
    try:
        wording = verbs.checked({part: sent.get(part, "") for part in PARTS})
    except Invalid as refusal:
        wrong |= refusal.fields
    try:
        verbs.checked_reason(sent.get("reason", ""))
    except Invalid as refusal:
        wrong |= refusal.fields
    if sent.get("change") not in _VERBS:
        wrong["change"] = ["change"]
    if wrong:
        raise Invalid(wrong)
    return wording


def _form(
    text: StatementText,
    values: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    wrong: str | None = None,
    done: str | None = None,
) -> Response:
    """Show the form, with all that was typed and what to mend: an error by field, or one word for all of it."""
    try:
        changed = _changed(text, verbs.checked({part: values.get(part, "") for part in PARTS}))
    except Invalid:
        changed = []
    return desk_page(
        "desk/revise.html",
        status=422 if errors or wrong else 200,
        text=text,
        values=values,
        errors=errors or {},
        wrong=wrong,
        differences=changed if wrong == "moved" else [],
        done=done if done in _VERBS else None,
    )


def _preview(text: StatementText, wording: Mapping[str, str | None], sent: Mapping[str, str]) -> Response:
    """Show what everybody would see; nothing of it is kept here, the form carries it on."""
    change = sent["change"]
    return desk_page(
        "desk/revise_check.html",
        text=text,
        carried={name: sent.get(name, "") for name in (*PARTS, "reason", "change", "was")},
        change=change,
        reason=sent["reason"],
        differences=_changed(text, wording),
        reach=_reach(text) if change == "substance" else None,
    )


def _changed(text: StatementText, wording: Mapping[str, str | None]) -> list[Any]:
    after: dict[str, Any] = dict(wording)
    return list(differences(text, replace(text, **after)))


def _reach(text: StatementText) -> Reach:
    with services().db.read() as tx:
        return editions.count_to_ask(tx, text.statement_id, text.locale, below=text.version + 1)
