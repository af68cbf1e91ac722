"""The form in which a text is written at the desk: what it sends, what is wrong with it, how readers will see it."""

from contextlib import suppress
from dataclasses import fields
from typing import Any

from flask import Response, render_template, request

from server import messages
from server.days import NotADay, read_day
from server.records.statement_texts import StatementText
from server.statement_file import StatementFileError, Wording, find_locale
from server.web.admin.wrong import Errors, explained
from server.web.markdown import render
from server.web.security import EDITOR_POLICY, PROOF_POLICY
from server.web.wording import page_words

FIELDS = tuple(field.name for field in fields(Wording))

WRONG = "desk.text.wrong."
"""How the keys begin that say what is wrong with a text."""

TEXT_BYTES = 2 * 1024 * 1024
"""Of a form with a text of the longest kind: it writes each of these characters as up to nine bytes."""


def typed(*names: str) -> dict[str, str]:
    """Return what the form holds in these fields, empty where it has none."""
    return {name: request.form.get(name, "") for name in names}


def values_of(text: StatementText | None) -> dict[str, str]:
    """Return what stands in the form before anybody types."""
    if text is None:
        return dict.fromkeys(FIELDS, "")
    return {name: getattr(text, "dated" if name == "date" else name) or "" for name in FIELDS}


def errors_of(refusal: StatementFileError) -> Errors:
    """Return what each field that is to be mended is told."""
    return explained({problem.key: [problem.code] for problem in refusal.problems}, WRONG)


def with_proof(response: Response) -> Response:
    """Let a page of the desk have the frame beside it in which ``proof`` is shown."""
    response.headers["Content-Security-Policy"] = EDITOR_POLICY
    return response


def proof(values: dict[str, str], locale: str) -> Response:
    """Return what was typed as a page that readers will see, for that frame; whatever it is, it can be shown."""
    known = find_locale(locale) or messages.FALLBACK
    day = None
    with suppress(NotADay):
        day = messages.format_date(known, read_day(values["date"]))
    shape: dict[str, Any] = {**values, "date": day, "locale": known, "dir": messages.direction(known)}
    page = render_template("public/proof.html", **page_words(known), statement=shape, body_html=render(values["body"]))
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PROOF_POLICY
    return response
