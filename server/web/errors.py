"""Error responses (RFC 9457 problems for programs, pages for people), and redirects of misspelled URLs."""

import logging
import re
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from server.errors import Code, DatabaseLost, Invalid, UndersignedError
from server.text import translations
from server.web.admin.auth import DESK_PATH
from server.web.admin.page import desk_page
from server.web.context import page_context, visitor_locale

_log = logging.getLogger("undersigned")
FILE_SUFFIXES = (".csv", ".jsonl", ".xlsx")
_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}
_NO_SUCH_PAGE = ("not-found", "method-not-allowed")


def init_errors(app: Flask) -> None:
    """Register handlers for our own errors, Werkzeug's, and unexpected ones."""

    @app.errorhandler(UndersignedError)
    def ours(error: UndersignedError) -> Response:
        if error.status >= 500:  # what is wrong with the disk, the database or the installation is for the log alone
            if not isinstance(error, DatabaseLost):  # the store has logged it
                _log.error("%s: %s", error.code, error)
            code = "internal" if error.status == 500 else error.code
            return error_response(code, error.status, retry_after_s=error.retry_after_s)
        fields = error.fields if isinstance(error, Invalid) else None
        return error_response(
            error.code, error.status, detail=str(error), fields=fields, retry_after_s=error.retry_after_s
        )

    @app.errorhandler(HTTPException)
    def werkzeugs(error: HTTPException) -> Response:
        status = error.code or 500
        response = error_response(_CODES.get(status, "bad-request" if status < 500 else "internal"), status)
        if status == 405 and "Allow" in error.get_response().headers:
            response.headers["Allow"] = error.get_response().headers["Allow"]
        return response

    @app.errorhandler(500)
    def unexpected(_error: Exception) -> Response:
        return error_response("internal", 500)


def error_response(
    code: str,
    status: int,
    *,
    detail: str | None = None,
    fields: dict[str, list[str]] | None = None,
    retry_after_s: int | None = None,
) -> Response:
    """Return the response to an error, in the visitor's language; the path decides between JSON and a page."""
    wait = to_minutes(retry_after_s)
    if wants_json(request.path, request.mimetype):
        response = _problem_json(code, status, detail=detail, fields=fields, wait_minutes=wait)
    elif request.path.startswith(DESK_PATH):
        response = desk_page("desk/problem.html", status=status, code=code, wait_minutes=wait)
    else:
        response = _problem_page(code, status, wait_minutes=wait)
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem_page(code: str, status: int, *, wait_minutes: int | None) -> Response:
    """Render the error page, with a link back to the statement or to the page above an unknown URL."""
    slug = None if code == "not-found" else g.get("error_slug") or (request.view_args or {}).get("slug")
    page = render_template(
        "public/problem.html",
        **page_context(visitor_locale(), slug=slug),
        code=code,
        wait_minutes=wait_minutes,
        is_preview=request.endpoint == "pages.show_draft",
        above=page_above(request.path) if code in _NO_SUCH_PAGE else None,
    )
    return Response(page, status=status, mimetype="text/html")


def wants_json(path: str, mimetype: str) -> bool:
    """Say whether the client is a program: it calls the API, or downloads a desk file with a bearer token.

    ``mimetype`` is that of the request.
    """
    of_api = path.startswith(("/api/", "/oembed")) or mimetype == "application/json"
    return of_api or (path.startswith(DESK_PATH) and path.endswith(FILE_SUFFIXES))


def to_minutes(seconds: int | None) -> int | None:
    """Return ``seconds`` in whole minutes, rounded up."""
    return None if seconds is None else -(-seconds // 60)


def _error_title(locale: str, code: str, wait_minutes: int | None) -> str:
    if code == "too-many":
        wait = translations.text(locale, "wait.minutes", count=wait_minutes or 1)
        return translations.text(locale, "error.too-many", wait=wait)
    keys = (f"error.{code}", f"problem.{code}", "problem.internal")
    return next(filter(None, (translations.find_text(locale, key) for key in keys)), code)


def _problem_json(
    code: str, status: int, *, detail: str | None, fields: dict[str, list[str]] | None, wait_minutes: int | None
) -> Response:
    """Build a problem response; ``title`` and ``messages`` are for people, ``detail`` and ``fields`` for programs."""
    locale = visitor_locale()
    title = _error_title(locale, code, wait_minutes)
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "code": code}
    if detail:
        body["detail"] = detail
    if fields is not None:
        body["fields"] = fields
        coded = ((name, code) for name, codes in fields.items() for code in codes if isinstance(code, Code))
        if values := {name: code.values for name, code in coded}:
            body["values"] = values
        body["messages"] = {
            name: [translations.field_error(locale, code) for code in codes] for name, codes in fields.items()
        }
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


# Misspelled URLs of public pages: characters that mail programs append to a link are cut off. This reads the path only,
# never the database, so the answer does not reveal what exists.

# Tokens are unpadded URL-safe Base64, with dots in between. Slugs are those of ``text/statement_file.py``, in any case.
_SIGNED = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
_SLUG = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
# Groups: a page, punctuation before its token or slug, the token or slug, and a page below it. The rest is cut off.
_ADDRESS = re.compile(
    rf"/(?:(?P<personal>(?ai:confirm|signature|unsubscribe|undo|preview|partner))/[\W_]*?(?P<token>{_SIGNED})"
    rf"|(?P<public>(?ai:s|embed))/[\W_]*?(?P<slug>{_SLUG}))"
    r"(?P<below>(?:/[A-Za-z]+(?:[.-][A-Za-z]+)*)*)"
)


def init_canonical(app: Flask) -> None:
    """Redirect GET requests for a misspelled URL of a public page, before any view runs."""

    @app.before_request
    def redirect_to_canonical() -> ResponseReturnValue | None:
        if request.method not in ("GET", "HEAD"):
            return None
        path = canonical_path(request.path)
        return None if path is None or path == request.path else _redirect_to(path)


def canonical_path(path: str) -> str | None:
    """Return the corrected path: ``/s/open-rivers`` for ``/s/Open-Rivers).``; a correct path is returned unchanged.

    None if it is not the path of a public page, or nothing is left of its token or slug.
    """
    found = _ADDRESS.match(path)
    if found is None:
        return None
    page, key = (found["personal"], found["token"]) if found["token"] else (found["public"], found["slug"].lower())
    return f"/{page.lower()}/{key}{found['below'].lower()}"


def page_above(path: str) -> str | None:
    """Return the parent page of a path: ``/s/open-rivers`` for ``/s/open-rivers/no-such-page``.

    None if the path has no public page above it.
    """
    found = _ADDRESS.match(path)
    return canonical_path(path[: found.start("below")]) if found and found["below"] else None


def _redirect_to(path: str) -> ResponseReturnValue | None:
    """Return a redirect to one of our own pages, with the request's query; None if no route matches."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, arguments = adapter.match(path, method="GET") if adapter else ("", {})
    except HTTPException:
        return None
    query = request.query_string.decode("ascii", "replace")
    return redirect(url_for(endpoint, **arguments) + (f"?{query}" if query else ""), 308)
