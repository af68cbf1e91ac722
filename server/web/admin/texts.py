"""The texts of a statement: the editor, and revisions of signed texts."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.errors import Invalid, NotFound
from server.services.texts import (
    REASON_LONGEST,
    REVISIONS,
    NothingChanged,
    Revision,
    TextChanged,
    TextMoved,
    TextSigned,
    check_change,
    check_reason,
    publish_revision,
    text_columns,
    text_fingerprint,
    write_text,
)
from server.tables import signature_queries
from server.tables import texts as texts_table
from server.text import translations
from server.text.dates import DateRefused, read_date
from server.text.diff import Changed, diff_texts
from server.text.markdown import render, render_cached
from server.text.statement_file import (
    BODY_LONGEST_BYTES,
    StatementFileError,
    Wording,
    find_locale,
    read_statement_form,
    read_wording,
)
from server.web.admin.auth import desk_locale, desk_request, requires_role
from server.web.admin.page import Errors, desk_page, explain
from server.web.context import get_context, page_context
from server.web.limits import limited
from server.web.security import EDITOR_POLICY, PROOF_POLICY

# The text form.

TEXT_FIELDS = tuple(field.name for field in fields(Wording))

TEXT_ERROR_PREFIX = "desk.text.wrong."
"""The prefix of the error messages of a text."""

TEXT_BYTES = 2 * 1024 * 1024
"""The longest body of a form with a text: URL encoding turns one character into up to nine bytes."""


def typed_text(*names: str) -> dict[str, str]:
    """Return the submitted values of these fields; missing ones are empty."""
    return {name: request.form.get(name, "") for name in names}


def text_values(text: texts_table.StatementText | None) -> dict[str, str]:
    """Return the form's values for a saved text, or empty ones."""
    if text is None:
        return dict.fromkeys(TEXT_FIELDS, "")
    return {name: getattr(text, "dated" if name == "date" else name) or "" for name in TEXT_FIELDS}


def text_errors(refusal: StatementFileError) -> Errors:
    """Return the error sentences by field."""
    return explain({problem.key: [problem.code] for problem in refusal.problems}, TEXT_ERROR_PREFIX)


def with_editor_policy(response: Response) -> Response:
    """Allow a desk page to embed the frame that shows ``render_proof``."""
    response.headers["Content-Security-Policy"] = EDITOR_POLICY
    return response


def render_proof(values: dict[str, str], locale: str) -> Response:
    """Return the typed text as readers will see it, for the frame; invalid input is rendered too."""
    known = find_locale(locale) or translations.FALLBACK
    day = None
    with suppress(DateRefused):
        day = translations.format_date(known, read_date(values["date"]))
    dateline = translations.join_names([part for part in (values["place"], day) if part], known)
    shape: dict[str, Any] = {**values, "dateline": dateline, "locale": known, "dir": translations.direction(known)}
    page = render_template(
        "public/text_preview.html", **page_context(known), statement=shape, body_html=render(values["body"])
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PROOF_POLICY
    return response


# The editor.

bp = Blueprint("texts", __name__, url_prefix="/admin")


@dataclass(frozen=True)
class RefusedText:
    """Refused input of the editor, with errors by field or one ``problem`` of the whole text."""

    values: dict[str, str]
    was: str
    errors: Errors = field(default_factory=dict)
    problem: str | None = None


@bp.get("/statements/<slug>/texts")
@limited("desk")
@requires_role("owner")
def show_texts(slug: str) -> ResponseReturnValue:
    """List the languages of a statement, with a form for adding one."""
    return _render_texts()


@bp.post("/statements/<slug>/texts")
@limited("desk")
@requires_role("owner")
def choose_language(slug: str) -> ResponseReturnValue:
    """Redirect to the editor of a language; the language is added when its text is first saved."""
    locale = find_locale(request.form.get("locale", ""))
    if locale is None:
        return _render_texts(errors=explain({"locale": ["not-a-choice"]}))
    return redirect(url_for("texts.show_editor", slug=slug, locale=locale), 303)


@bp.get("/statements/<slug>/texts/<locale>")
@limited("desk")
@requires_role("owner")
def show_editor(slug: str, locale: str) -> ResponseReturnValue:
    """Show the editor of one language beside the other languages; a signed text is read-only."""
    return _render_editor(_known_locale(locale))


@bp.post("/statements/<slug>/texts/<locale>")
@limited("desk")
@requires_role("owner", most_bytes=TEXT_BYTES)
def save_text(slug: str, locale: str) -> ResponseReturnValue:
    """Save the text; if it is refused, show the input again with the errors."""
    here, values, was = get_context(), typed_text(*TEXT_FIELDS), request.form.get("was", "")
    try:
        file = read_statement_form({**values, "slug": slug, "locale": _known_locale(locale)})
        write_text(here.db, file, was=was, actor=desk_request().actor, now=here.clock())
    except StatementFileError as refusal:
        return _render_editor(locale, RefusedText(values, was, errors=text_errors(refusal)))
    except (TextChanged, TextSigned) as refusal:
        return _render_editor(locale, RefusedText(values, was, problem=refusal.code))
    return redirect(url_for("texts.show_editor", slug=slug, locale=locale, done="saved"), 303)


@bp.post("/preview")
@limited("desk")
@requires_role(None, most_bytes=TEXT_BYTES)
def preview_text() -> ResponseReturnValue:
    """Show the typed text as readers will see it; nothing is stored."""
    return render_proof(typed_text(*TEXT_FIELDS), request.form.get("locale", ""))


def _known_locale(locale: str) -> str:
    """Return the locale of the URL; raises ``NotFound`` unless it is in its canonical form."""
    if find_locale(locale) != locale:
        raise NotFound(f"there is no language {locale}")
    return locale


def _render_texts(*, errors: Errors | None = None) -> Response:
    at = desk_request().at
    with get_context().db.read() as tx:
        texts = texts_table.list_latest(tx, at.id)
        written = {text.locale for text in texts}
        signed = {text.locale for text in texts if signature_queries.is_text_signed(tx, at.id, text.id)}
    return desk_page(
        "desk/texts.html",
        status=422 if errors else 200,
        errors=errors or {},
        texts=texts,
        signed=signed,
        zone=at.zone,
        name_of=translations.language_name,
        further=[(tag, name) for tag, name in translations.language_names(desk_locale()) if tag not in written],
    )


def _render_editor(locale: str, sent: RefusedText | None = None) -> Response:
    """Show the editor with the saved text or the refused input; after a clash it is based on the current text."""
    at, problem = desk_request().at, sent.problem if sent else None
    with get_context().db.read() as tx:
        texts = texts_table.list_latest(tx, at.id)
        text = next((one for one in texts if one.locale == locale), None)
        is_signed = text is not None and signature_queries.is_text_signed(tx, at.id, text.id)
    page = desk_page(
        "desk/text.html",
        status=_refusal_status(sent),
        values=sent.values if sent else text_values(text),
        errors=sent.errors if sent else {},
        problem=problem,
        was=sent.was if sent and not problem else text_fingerprint(text),
        is_signed=is_signed,
        done=request.args.get("done"),
        stands=_text_shape(text) if text else None,
        others=[_text_shape(one) for one in texts if one.locale != locale],
        longest=BODY_LONGEST_BYTES,
        in_locale=locale,
        in_dir=translations.direction(locale),
        language=translations.language_name_in(locale, desk_locale()),
    )
    return with_editor_policy(page)


def _refusal_status(sent: RefusedText | None) -> int:
    if sent is None:
        return 200
    return 409 if sent.problem else 422


def _text_shape(text: texts_table.StatementText) -> dict[str, Any]:
    """Return a text for display beside another language."""
    return {
        "locale": text.locale,
        "dir": translations.direction(text.locale),
        "name": translations.language_name(text.locale),
        "dateline": translations.join_names([part for part in (text.place, text.dated) if part], text.locale),
        "title": text.title,
        "eligibility": text.eligibility,
        "body": text.body,
        "body_html": render_cached(text.body),
    }


# Revising a signed text.

revise_bp = Blueprint("revise", __name__, url_prefix="/admin/statements")
_CHANGES: Mapping[str, Revision] = {change: change for change in REVISIONS}
_REVISION_FIELDS = (*TEXT_FIELDS, "reason", "change", "was")


@revise_bp.get("/<slug>/texts/<locale>/revise")
@limited("desk")
@requires_role("owner")
def show_revision(slug: str, locale: str) -> ResponseReturnValue:
    """Show the form for changing the current text."""
    text = _get_text(locale)
    return _render_revision(text, text_values(text) | {"was": text.sha256}, done=request.args.get("done"))


@revise_bp.post("/<slug>/texts/<locale>/revise")
@limited("desk")
@requires_role("owner", most_bytes=TEXT_BYTES)
def revise_text(slug: str, locale: str) -> ResponseReturnValue:
    """Show the differences and how many signers will be asked; publish the change once they were checked."""
    here, text, sent, step = get_context(), _get_text(locale), typed_text(*_REVISION_FIELDS), request.form.get("step")
    if step == "back":
        return _render_revision(text, sent)
    wording, errors = _read_revision(sent)
    if wording is None or errors:
        return _render_revision(text, sent, errors=errors)
    was, reason, change = sent["was"], sent["reason"], sent["change"]
    try:
        check_change(text, text_columns(wording, locale), was=was)
        if step != "publish":
            return _render_revision_check(text, wording, sent)
        actor, now = desk_request().actor, here.clock()
        publish_revision(
            here.db, slug, locale, wording, change=_CHANGES[change], reason=reason, was=was, actor=actor, now=now
        )
    except NothingChanged:
        return _render_revision(text, sent, wrong="unchanged")
    except TextMoved:
        newest = _get_text(locale)
        return _render_revision(newest, sent | {"was": newest.sha256}, wrong="moved", changed=_diff(newest, wording))
    return redirect(url_for("revise.show_revision", slug=slug, locale=locale, done=change), 303)


def _get_text(locale: str) -> texts_table.StatementText:
    with get_context().db.read() as tx:
        return texts_table.get_latest(tx, desk_request().at.id, locale)


def _read_revision(sent: Mapping[str, str]) -> tuple[Wording | None, Errors]:
    """Return the submitted wording, or None if it is invalid, and the error sentences by field."""
    wording, errors = None, Errors()
    try:
        wording = read_wording(sent)
    except StatementFileError as refusal:
        errors |= text_errors(refusal)
    try:
        check_reason(sent["reason"])
    except Invalid as refusal:
        errors |= explain(refusal.fields)
    if sent["change"] not in _CHANGES:
        errors |= explain({"change": ["change"]}, "desk.version.wrong.")
    return wording, errors


def _render_revision(
    text: texts_table.StatementText,
    values: Mapping[str, str],
    *,
    errors: Errors | None = None,
    wrong: str | None = None,
    changed: list[Changed] | None = None,
    done: str | None = None,
) -> Response:
    """Show the form with its input and errors: by field, or one key for the whole form."""
    return desk_page(
        "desk/revise.html",
        status=422 if errors or wrong else 200,
        text=text,
        values=values,
        errors=errors or {},
        wrong=wrong,
        differences=changed or [],
        done=done if done in _CHANGES else None,
        longest=BODY_LONGEST_BYTES,
        longest_public_reason=REASON_LONGEST,
        in_locale=text.locale,
        in_dir=translations.direction(text.locale),
    )


def _render_revision_check(text: texts_table.StatementText, wording: Wording, sent: Mapping[str, str]) -> Response:
    """Show the change as the public will see it; nothing is stored, the form carries the input along."""
    change = sent["change"]
    return desk_page(
        "desk/revise_check.html",
        text=text,
        carried=sent,
        change=change,
        reason=sent["reason"],
        differences=_diff(text, wording),
        reach=_count_to_ask(text) if change == "substance" else None,
    )


def _diff(text: texts_table.StatementText, wording: Wording) -> list[Changed]:
    return diff_texts(text, replace(text, **text_columns(wording, text.locale)))


def _count_to_ask(text: texts_table.StatementText) -> texts_table.Reach:
    with get_context().db.read() as tx:
        return texts_table.count_to_ask(tx, text.statement_id, text.locale, below=text.version + 1)
