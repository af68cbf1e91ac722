"""The texts of a statement: the editor, and revisions of signed texts."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from server.errors import NotFound, ValueRefused
from server.services.texts import (
    REASON_LONGEST,
    REVISIONS,
    NothingChanged,
    TextChanged,
    TextMoved,
    TextSigned,
    check_change,
    publish_revision,
    text_columns,
    text_fingerprint,
    write_text,
)
from server.tables import signature_queries
from server.tables import texts as texts_table
from server.text import translations
from server.text.dates import read_date
from server.text.diff import Changed, diff_texts
from server.text.markdown import render, render_cached
from server.text.statement_file import (
    BODY_LONGEST_BYTES,
    StatementFile,
    StatementFileError,
    Wording,
    find_locale,
    read_statement_form,
)
from server.web.admin.auth import actor_and_now, desk_locale, desk_request, requires_role
from server.web.admin.page import desk_page
from server.web.context import get_context, page_context, see_other
from server.web.forms import Form, choice_field, line_field, raw_field
from server.web.limits import limited
from server.web.security import EDITOR_POLICY, PROOF_POLICY

# The forms.

TEXT_BYTES = 2 * 1024 * 1024
"""The longest body of a form with a text: URL encoding turns one character into up to nine bytes."""

_TEXT_FIELDS = tuple(field.name for field in fields(Wording))


class TextForm(Form):
    """The text of a statement in one language."""

    messages = "desk.text.wrong."
    title = raw_field()
    place = raw_field()
    date = raw_field()
    eligibility = raw_field()
    body = raw_field()

    def read_file(self, slug: str, locale: str) -> StatementFile | None:
        """Return the text, which passes the same checks as a statement file; None if a field has errors."""
        self.validate()
        try:
            file = read_statement_form({**self.data, "slug": slug, "locale": locale})
        except StatementFileError as refusal:
            self.refuse_all(refusal.fields)
            return None
        return None if self.wrong else file


class NewTextForm(TextForm):
    """A text with its language."""

    locale = raw_field()


class EditorForm(TextForm):
    """A text that nobody has signed; ``was`` is the fingerprint of the text that the form was filled with."""

    was = raw_field()


class RevisionForm(EditorForm):
    """A change of a signed text, with the button that was pressed."""

    needed = ("reason", "change")
    reason = line_field(REASON_LONGEST)
    change = choice_field(REVISIONS)
    step = raw_field()


class LanguageForm(Form):
    """A language to be added."""

    locale = raw_field()


def text_values(text: texts_table.StatementText | None) -> dict[str, str]:
    """Return the values of a ``TextForm`` for a saved text, or none."""
    return {name: getattr(text, "dated" if name == "date" else name) or "" for name in _TEXT_FIELDS} if text else {}


def with_editor_policy(response: Response) -> Response:
    """Allow a desk page to embed the frame that shows ``render_proof``."""
    response.headers["Content-Security-Policy"] = EDITOR_POLICY
    return response


def render_proof(values: Mapping[str, str], locale: str) -> Response:
    """Return the typed text as readers will see it, for the frame; invalid input is rendered too."""
    known = find_locale(locale) or translations.FALLBACK
    day = None
    with suppress(ValueRefused):
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


@bp.get("/statements/<slug>/texts")
@limited("desk")
@requires_role("owner")
def show_texts(slug: str) -> ResponseReturnValue:
    """List the languages of a statement, with a form for adding one."""
    return _render_texts(LanguageForm())


@bp.post("/statements/<slug>/texts")
@limited("desk")
@requires_role("owner")
def choose_language(slug: str) -> ResponseReturnValue:
    """Redirect to the editor of a language; the language is added when its text is first saved."""
    form = LanguageForm()
    locale = find_locale(form.locale.data)
    if locale is None:
        form.refuse("locale", "not-a-choice")
        return _render_texts(form)
    return see_other("texts.show_editor", slug=slug, locale=locale)


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
    here, form = get_context(), EditorForm()
    file = form.read_file(slug, _known_locale(locale))
    if file is None:
        return _render_editor(locale, form)
    try:
        write_text(here.db, file, was=form.was.data, **actor_and_now())
    except (TextChanged, TextSigned) as refusal:
        return _render_editor(locale, form, problem=refusal.code)
    return see_other("texts.show_editor", slug=slug, locale=locale, done="saved")


@bp.post("/preview")
@limited("desk")
@requires_role(None, most_bytes=TEXT_BYTES)
def preview_text() -> ResponseReturnValue:
    """Show the typed text as readers will see it; nothing is stored."""
    form = NewTextForm()
    return render_proof(form.data, form.locale.data)


def _known_locale(locale: str) -> str:
    """Return the locale of the URL; raises ``NotFound`` unless it is in its canonical form."""
    if find_locale(locale) != locale:
        raise NotFound(f"there is no language {locale}")
    return locale


def _render_texts(form: LanguageForm) -> Response:
    at = desk_request().at
    with get_context().db.read() as tx:
        texts = texts_table.list_latest(tx, at.id)
        written = {text.locale for text in texts}
        signed = {text.locale for text in texts if signature_queries.is_text_signed(tx, at.id, text.id)}
    return desk_page(
        "desk/texts.html",
        form=form,
        texts=texts,
        signed=signed,
        zone=at.zone,
        name_of=translations.language_name,
        further=[(tag, name) for tag, name in translations.language_names(desk_locale()) if tag not in written],
    )


def _render_editor(locale: str, form: EditorForm | None = None, *, problem: str | None = None) -> Response:
    """Show the editor with the saved text or what was typed; after a clash it is based on the current text."""
    at = desk_request().at
    with get_context().db.read() as tx:
        texts = texts_table.list_latest(tx, at.id)
        text = next((one for one in texts if one.locale == locale), None)
        is_signed = text is not None and signature_queries.is_text_signed(tx, at.id, text.id)
    form = form or EditorForm(data=text_values(text) | {"was": text_fingerprint(text)})
    if problem:
        form.was.data = text_fingerprint(text)
    page = desk_page(
        "desk/text.html",
        form=form,
        status=409 if problem else None,
        problem=problem,
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


@revise_bp.get("/<slug>/texts/<locale>/revise")
@limited("desk")
@requires_role("owner")
def show_revision(slug: str, locale: str) -> ResponseReturnValue:
    """Show the form for changing the current text."""
    text = _get_text(locale)
    return _render_revision(text, RevisionForm(data=text_values(text) | {"was": text.sha256}))


@revise_bp.post("/<slug>/texts/<locale>/revise")
@limited("desk")
@requires_role("owner", most_bytes=TEXT_BYTES)
def revise_text(slug: str, locale: str) -> ResponseReturnValue:
    """Show the differences and how many signers will be asked; publish the change once they were checked."""
    here, text, form = get_context(), _get_text(locale), RevisionForm()
    if form.step.data == "back":
        return _render_revision(text, form)
    wording = form.read_file(slug, locale)
    if wording is None:
        return _render_revision(text, form)
    was, change = form.was.data, form.change.data
    try:
        check_change(text, text_columns(wording, locale), was=was)
        if form.step.data != "publish":
            return _render_revision_check(text, wording, form)
        publish_revision(
            *(here.db, slug, locale, wording), change=change, reason=form.reason.data, was=was, **actor_and_now()
        )
    except NothingChanged:
        return _render_revision(text, form, wrong="unchanged")
    except TextMoved:
        newest = _get_text(locale)
        form.was.data = newest.sha256
        return _render_revision(newest, form, wrong="moved", changed=_diff(newest, wording))
    return see_other("revise.show_revision", slug=slug, locale=locale, done=change)


def _get_text(locale: str) -> texts_table.StatementText:
    with get_context().db.read() as tx:
        return texts_table.get_latest(tx, desk_request().at.id, locale)


def _render_revision(
    text: texts_table.StatementText,
    form: RevisionForm,
    *,
    wrong: str | None = None,
    changed: list[Changed] | None = None,
) -> Response:
    """Show the form with its errors: by field, or one key for the whole form."""
    return desk_page(
        "desk/revise.html",
        form=form,
        status=422 if wrong else None,
        text=text,
        wrong=wrong,
        differences=changed or [],
        done=request.args.get("done"),
        longest=BODY_LONGEST_BYTES,
        longest_public_reason=REASON_LONGEST,
        in_locale=text.locale,
        in_dir=translations.direction(text.locale),
    )


def _render_revision_check(text: texts_table.StatementText, wording: Wording, form: RevisionForm) -> Response:
    """Show the change as the public will see it; nothing is stored, the form carries the input along."""
    return desk_page(
        "desk/revise_check.html",
        form=form,
        text=text,
        differences=_diff(text, wording),
        reach=_count_to_ask(text) if form.change.data == "substance" else None,
    )


def _diff(text: texts_table.StatementText, wording: Wording) -> list[Changed]:
    return diff_texts(text, replace(text, **text_columns(wording, text.locale)))


def _count_to_ask(text: texts_table.StatementText) -> texts_table.Reach:
    with get_context().db.read() as tx:
        return texts_table.count_to_ask(tx, text.statement_id, text.locale, below=text.version + 1)
