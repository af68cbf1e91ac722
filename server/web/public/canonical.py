"""Repairs addresses of public pages: cuts off what mail programs glue to a link, and redirects to the page.

It looks at the text of the address alone, never at the database, so everybody gets the same answer.
"""

import re

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

# Tokens are unpadded URL-safe Base64, with dots in between. Slugs are those of ``text/statement_file.py``, in any case.
_SIGNED = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
_SLUG = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
# A page, the punctuation before its token or slug, that one, and a page below it. The rest is cut off.
_ADDRESS = re.compile(
    rf"/(?:(?P<personal>(?ai:confirm|signature|unsubscribe|preview|partner))/[\W_]*?(?P<token>{_SIGNED})"
    rf"|(?P<public>(?ai:s|embed))/[\W_]*?(?P<slug>{_SLUG}))"
    r"(?P<below>(?:/[A-Za-z]+(?:[.-][A-Za-z]+)*)*)"
)


def init_canonical(app: Flask) -> None:
    """Redirect GET requests for a misspelled address of a public page, before any view runs."""

    @app.before_request
    def redirect_to_canonical() -> ResponseReturnValue | None:
        if request.method not in ("GET", "HEAD"):
            return None
        path = canonical_path(request.path)
        return None if path is None or path == request.path else _redirect_to(path)


def canonical_path(path: str) -> str | None:
    """Return ``/s/open-rivers`` for ``/s/Open-Rivers).``, and a path that is right as it is.

    None where it is the path of no public page, or nothing is left of its token or slug.
    """
    found = _ADDRESS.match(path)
    if found is None:
        return None
    page, key = (found["personal"], found["token"]) if found["token"] else (found["public"], found["slug"].lower())
    return f"/{page.lower()}/{key}{found['below'].lower()}"


def page_above(path: str) -> str | None:
    """Return the page that a path lies below: ``/s/open-rivers`` for ``/s/open-rivers/no-such-page``.

    None where it lies below no public page.
    """
    found = _ADDRESS.match(path)
    return canonical_path(path[: found.start("below")]) if found and found["below"] else None


def _redirect_to(path: str) -> ResponseReturnValue | None:
    """Return the redirect to one of our own pages, with the query of the request; None where there is no such page."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, arguments = adapter.match(path, method="GET") if adapter else ("", {})
    except HTTPException:
        return None
    query = request.query_string.decode("ascii", "replace")
    return redirect(url_for(endpoint, **arguments) + (f"?{query}" if query else ""), 308)
