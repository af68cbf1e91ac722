"""Answers every error: as an RFC 9457 problem to programs, as a page in the visitor's language to people."""

import logging
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from server import messages
from server.errors import Invalid, UndersignedError
from server.web.admin.cookies import DESK
from server.web.admin.page import desk_page
from server.web.wording import asked_locales, page_words

_log = logging.getLogger("undersigned")
FILES = (".csv", ".jsonl", ".xlsx")
_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}


def init_problems(app: Flask) -> None:
    """Let this app answer our own errors, Werkzeug's, and whatever we did not expect."""

    @app.errorhandler(UndersignedError)
    def ours(error: UndersignedError) -> Response:
        if error.status >= 500:  # what is wrong with the disk, the database or the installation is for the log alone
            _log.error("%s: %s", error.code, error)
            code = "internal" if error.status == 500 else error.code
            return answer(code, error.status, retry_after_s=error.retry_after_s)
        fields = error.fields if isinstance(error, Invalid) else None
        return answer(error.code, error.status, detail=str(error), fields=fields, retry_after_s=error.retry_after_s)

    @app.errorhandler(HTTPException)
    def werkzeugs(error: HTTPException) -> Response:
        status = error.code or 500
        response = answer(_CODES.get(status, "bad-request" if status < 500 else "internal"), status)
        if status == 405 and "Allow" in error.get_response().headers:
            response.headers["Allow"] = error.get_response().headers["Allow"]
        return response

    @app.errorhandler(500)
    def unexpected(_error: Exception) -> Response:
        return answer("internal", 500)


def answer(
    code: str,
    status: int,
    *,
    detail: str | None = None,
    fields: dict[str, list[str]] | None = None,
    retry_after_s: int | None = None,
) -> Response:
    """Return the answer to an error; the visitor's language decides its words, the path whether it is a page."""
    locale = messages.choose(asked_locales(), messages.LOCALES) or messages.FALLBACK
    if _is_a_programs():
        body = {"type": "about:blank", "title": _title(locale, code, retry_after_s), "status": status, "code": code}
        response = _problem(body, locale, detail=detail, fields=fields)
    else:
        wait = minutes_of(retry_after_s)
        if request.path.startswith(DESK):
            response = desk_page("desk/problem.html", status=status, code=code, wait_minutes=wait)
        else:
            page = render_template("public/problem.html", **page_words(locale), code=code, wait_minutes=wait)
            response = Response(page, status=status, mimetype="text/html")
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    if status == 401 and _is_a_programs():
        response.headers["WWW-Authenticate"] = "Bearer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_a_programs() -> bool:
    """Say whether a program asks: for the API, or for a file of the desk with its bearer token."""
    of_api = request.path.startswith(("/api/", "/oembed")) or request.mimetype == "application/json"
    return of_api or (request.path.startswith(DESK) and request.path.endswith(FILES))


def minutes_of(seconds: int | None) -> int | None:
    """Return whole minutes that are never shorter than ``seconds``."""
    return None if seconds is None else -(-seconds // 60)


def _title(locale: str, code: str, retry_after_s: int | None) -> str:
    if code == "too-many":
        wait = messages.text(locale, "wait.minutes", count=minutes_of(retry_after_s) or 1)
        return messages.text(locale, "error.too-many", wait=wait)
    keys = (f"error.{code}", f"problem.{code}", "problem.internal")
    return next(filter(None, (messages.find_text(locale, key) for key in keys)), code)


def _problem(body: dict[str, Any], locale: str, *, detail: str | None, fields: dict[str, list[str]] | None) -> Response:
    """Build the answer; ``title`` and ``messages`` are for people, ``detail`` and ``fields`` for programs."""
    if detail:
        body["detail"] = detail
    if fields is not None:
        body["fields"] = fields
        body["messages"] = {
            name: [messages.text(locale, f"invalid.{code}") for code in codes] for name, codes in fields.items()
        }
    response = jsonify(body)
    response.status_code = body["status"]
    response.mimetype = "application/problem+json"
    return response
