"""Security headers, origin checks, redaction of links in logs, and in-memory uploads."""

import logging
import re
from collections.abc import Collection, Iterable
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from flask import Flask, Request, Response, g, request

from server.errors import OriginRefused
from server.web.assets import HANDBOOK_CSS_SOURCE, PUBLIC_CSS_SOURCE
from server.web.context import get_context

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Personal links are redacted in logs, because anybody who reads a log could use them.

# Flask logs the path of a request that failed, and all supported servers can log every path.
REDACTED_LOGGERS = ("undersigned", "werkzeug", "granian.access", "gunicorn.access", "gunicorn.error")
# A link may come with punctuation at either end, a doubled slash or one that is written as %2F. A path that ends after
# the page's name, as in "GET /confirm/ HTTP/1.1", holds no secret.
_SECRET_LINK = re.compile(
    r"((?:/|%2F)(?:confirm|signature|unsubscribe|undo|preview|partner)(?:/|%2F))(?! HTTP/)[\W_]*?(?:[\w-][^/\s\"'?#]*)",
    re.IGNORECASE,
)


def redact(line: str) -> str:
    """Return a log line with the token of each personal link removed; the kind of link stays visible."""
    return _SECRET_LINK.sub(r"\1[redacted]", line)


class _LinkRedactor(logging.Filter):
    """A filter that redacts a record in place; a record without a link keeps its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        clean = redact(line)
        if clean != line:
            record.msg, record.args = clean, None
        return True


_link_redactor = _LinkRedactor()


def init_logs(app: Flask) -> None:
    """Redact links in the logs of this app and in the access logs of all supported servers."""
    for logger in (app.logger, *map(logging.getLogger, REDACTED_LOGGERS)):
        logger.addFilter(_link_redactor)


# Uploads stay in memory, so that no list of names is written to a temporary file.


class InMemoryRequest(Request):
    """A request that reads uploaded files into memory; ``max_content_length`` limits their size."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - as Werkzeug calls it
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return BytesIO()


# Headers and origins.

_ANY_PAGE = (
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
# Public pages have inline styles and an inline icon, and load nothing else.
PAGE_POLICY = f"{_ANY_PAGE}; style-src {PUBLIC_CSS_SOURCE}; img-src data:"
# Statement pages that search engines may index: they fetch robots.txt as this page.
INDEXED_POLICY = f"{PAGE_POLICY}; connect-src 'self'"
# The handbook: its own styles, and pictures from this server.
HANDBOOK_POLICY = f"{_ANY_PAGE}; style-src {PUBLIC_CSS_SOURCE} {HANDBOOK_CSS_SOURCE}; img-src 'self' data:"
# The preview of the embedded form for editors: our own widget around our own frame.
PREVIEW_POLICY = f"{PAGE_POLICY}; script-src 'self'; frame-src 'self'"
# The sharing page: small scripts of our own, for device features that need a script.
SHARING_POLICY = f"{PAGE_POLICY}; script-src 'self'"
# The admins' desk: our own styles and script, which connects to this server only.
DESK_POLICY = f"{_ANY_PAGE}; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'"
# The desk's text editor, with a frame that shows the text as readers will see it.
EDITOR_POLICY = f"{DESK_POLICY}; frame-src 'self'"
# The page in that frame: text only, and only our own pages may embed it.
PROOF_POLICY = (
    f"default-src 'none'; style-src {PUBLIC_CSS_SOURCE}; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
# An email preview in a frame of the desk: emails need inline styles.
EMAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
# The origin is named beside 'self', because 'self' matches nothing in a sandboxed frame.
_FRAME_POLICY = (
    "default-src 'none'; script-src 'self' {own}; style-src {styles}; connect-src 'self' {own}; "
    "form-action 'self' {own}; base-uri 'none'; frame-ancestors 'self' {around}; "
    "require-trusted-types-for 'script'"
)
NOTHING_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
FOR_ALL = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    # Only our origin is sent as the referrer, never a personal link: proxies log referrers. Not no-referrer: with that,
    # browsers send "Origin: null" with our own forms.
    ("Referrer-Policy", "strict-origin"),
    ("Cache-Control", "no-store"),
]
_PREFLIGHT_S = 600
_NOT_MODIFIED = "304"  # the client keeps the headers of its cached answer
# The longest ``frame-ancestors`` list: proxies refuse long headers (nginx: 4 KB for all of them).
_FRAMERS_MAX_BYTES = 800
_HSTS = "max-age=31536000; includeSubDomains"


def init_security(app: Flask, *, https: bool) -> None:
    """Add the security headers to every response, and turn off redirects to the Host header of a request.

    Werkzeug's redirect for doubled slashes is the only one that uses that header. A header that a view sets is kept.
    This wraps the WSGI app, where headers are plain pairs; an ``after_request`` hook takes four times as long.
    """
    app.url_map.merge_slashes = False
    for_all = [*FOR_ALL, ("Strict-Transport-Security", _HSTS)] if https else FOR_ALL
    for_pages = [*for_all, ("Content-Security-Policy", PAGE_POLICY)]
    for_others = [*for_all, ("Content-Security-Policy", NOTHING_POLICY)]
    application = app.wsgi_app

    def application_with_headers(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if status.startswith(_NOT_MODIFIED):
                return start_response(status, headers, *error)
            given = {name.lower(): value for name, value in headers}
            wanted = for_pages if given.get("content-type", "").startswith("text/html") else for_others
            missing = [(name, value) for name, value in wanted if name.lower() not in given]
            return start_response(status, headers + missing, *error)

        return application(environ, start)

    app.wsgi_app = application_with_headers  # type: ignore[method-assign]


def fitting_origins(origins: Iterable[str]) -> list[str]:
    """Return the first origins that fit into a header; at least one."""
    fitting: list[str] = []
    for origin in origins:
        if fitting and len(" ".join((*fitting, origin))) > _FRAMERS_MAX_BYTES:
            break
        fitting.append(origin)
    return fitting


def frame_policy(around: Iterable[str], *, own_origin: str) -> str:
    """Return the policy of a page that websites of the origins ``around`` may embed."""
    policy = _FRAME_POLICY.format(styles=PUBLIC_CSS_SOURCE, own=own_origin, around=" ".join(around))
    return policy.replace(" ;", ";")


def check_origin(allowed: Collection[str], *, own_origin: str) -> None:
    """Refuse a POST from a page of another origin, unless it is ``allowed``; call it before the view runs.

    Browsers send ``Origin`` with every cross-origin POST. A request without it comes from our own page in an old
    browser, or from no browser at all: then ``Sec-Fetch-Site``, if present, must not name another site. An allowed
    foreign origin is stored in ``g`` for ``allow_origin``. Raises ``OriginRefused``.
    """
    environ = request.environ
    origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE", "none")
    if origin is None:
        if site not in ("none", "same-origin"):
            raise OriginRefused("this request does not say where it comes from")
    elif origin != own_origin:
        if origin not in allowed:
            raise OriginRefused("this website is not allowed to collect signatures here")
        g.allowed_origin = origin


def check_own_page() -> None:
    """Refuse a POST from any page but our own; for a blueprint's ``before_request``."""
    if request.method == "POST":
        check_origin((), own_origin=get_context().settings.own_origin)


def answer_preflight() -> Response:
    """Return the answer to a CORS preflight whose origin was checked; browsers cache it for ten minutes."""
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
    return response


def allow_origin(response: Response) -> Response:
    """Add the CORS headers for an allowed origin; ``Vary`` makes caches keep the answers of origins apart."""
    response.headers.add("Vary", "Origin")
    if "allowed_origin" in g:
        response.headers.add("Access-Control-Allow-Origin", g.allowed_origin)
        response.headers.add("Access-Control-Expose-Headers", "Retry-After")
    return response
