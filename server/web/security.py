"""Security headers, the check of origins, links kept out of logs, and uploads kept in memory."""

import logging
import re
from collections.abc import Collection, Iterable
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from flask import Flask, Request, Response, g, request

from server.errors import OriginRefused
from server.web.assets import PUBLIC_CSS_SOURCE
from server.web.context import get_context

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Links that open something are redacted in logs: a reader of the logs could use them.

# Flask names the path of a request that failed, and every server of ours can be told to name all of them.
REDACTED_LOGGERS = ("undersigned", "werkzeug", "granian.access", "gunicorn.access", "gunicorn.error")
# A link may come with punctuation glued to either end, a doubled slash or one that is written as %2F. An address that
# ends behind the page's name, as in "GET /confirm/ HTTP/1.1", holds no secret.
_SECRET_LINK = re.compile(
    r"((?:/|%2F)(?:confirm|signature|unsubscribe|undo|preview|partner)(?:/|%2F))(?! HTTP/)[\W_]*?(?:[\w-][^/\s\"'?#]*)",
    re.IGNORECASE,
)


def redact(line: str) -> str:
    """Return a line in which no link can be followed any more; what kind of link it was stays."""
    return _SECRET_LINK.sub(r"\1[redacted]", line)


class _LinkRedactor(logging.Filter):
    """Rewrites a record in place and lets it pass; one that holds no link keeps its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        clean = redact(line)
        if clean != line:
            record.msg, record.args = clean, None
        return True


_link_redactor = _LinkRedactor()


def init_logs(app: Flask) -> None:
    """Redact what this app logs, and the access logs of the servers that it may run in."""
    for logger in (app.logger, *map(logging.getLogger, REDACTED_LOGGERS)):
        logger.addFilter(_link_redactor)


# Uploads stay in memory: no list of names is written to a temporary file.


class InMemoryRequest(Request):
    """A request whose files are read into memory; how much that may be is said by ``max_content_length``."""

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
# Public pages carry their styles and their icon within, and ask for nothing else.
PAGE_POLICY = f"{_ANY_PAGE}; style-src {PUBLIC_CSS_SOURCE}; img-src data:"
# The page of a statement that search engines may show: they read robots.txt in its name.
INDEXED_POLICY = f"{PAGE_POLICY}; connect-src 'self'"
# The page that shows editors the form as a website would have it: our own widget, around our own frame.
PREVIEW_POLICY = f"{PAGE_POLICY}; script-src 'self'; frame-src 'self'"
# The page that offers to pass a statement on: small scripts of our own, for what only a script can ask a device for.
SHARING_POLICY = f"{PAGE_POLICY}; script-src 'self'"
# The admins' desk: our own styles and script, which asks nobody but this server.
DESK_POLICY = f"{_ANY_PAGE}; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'"
# The page of the desk on which a text is written, with the frame that shows it as readers will see it.
EDITOR_POLICY = f"{DESK_POLICY}; frame-src 'self'"
# That page in the frame: nothing but words, and only a page of ours may have it.
PROOF_POLICY = (
    f"default-src 'none'; style-src {PUBLIC_CSS_SOURCE}; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
# An email in a frame beside its page of the desk: its styles are inline, as mail programs want them.
EMAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
# The frame's own origin is named beside 'self', which matches nothing where a website has put it into a sandbox.
_FRAME_POLICY = (
    "default-src 'none'; script-src 'self' {own}; style-src {styles}; connect-src 'self' {own}; "
    "form-action 'self' {own}; base-uri 'none'; frame-ancestors 'self' {around}; "
    "require-trusted-types-for 'script'"
)
NOTHING_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_FOR_ALL = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    # The requests that follow name this website and never the link: proxies write referrers into their logs. And never
    # no-referrer: then browsers send "Origin: null" with our own forms.
    ("Referrer-Policy", "strict-origin"),
    ("Cache-Control", "no-store"),
]
_PREFLIGHT_S = 600
_NOT_MODIFIED = "304"  # the reader keeps the headers of the answer that it has
# What ``frame-ancestors`` may name: proxies refuse long headers (nginx: 4 KB for all of them).
_FRAMERS_MAX_BYTES = 800
_HSTS = "max-age=31536000; includeSubDomains"


def init_security(app: Flask, *, https: bool) -> None:
    """Put the security headers on every answer of this app, and let it never redirect to the Host that a request named.

    Werkzeug's redirect for doubled slashes is the only one that would be built from that header. A view may set a
    header of its own. This stands around Flask, where headers are plain pairs: within, it takes four times as long.
    """
    app.url_map.merge_slashes = False
    for_all = [*_FOR_ALL, ("Strict-Transport-Security", _HSTS)] if https else _FOR_ALL
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
    """Return as many of these origins, beginning with the first, as a header has room for; at least one."""
    fitting: list[str] = []
    for origin in origins:
        if fitting and len(" ".join((*fitting, origin))) > _FRAMERS_MAX_BYTES:
            break
        fitting.append(origin)
    return fitting


def frame_policy(around: Iterable[str], *, own_origin: str) -> str:
    """Return the policy of a page that websites of these origins may put into a frame."""
    policy = _FRAME_POLICY.format(styles=PUBLIC_CSS_SOURCE, own=own_origin, around=" ".join(around))
    return policy.replace(" ;", ";")


def check_origin(allowed: Collection[str], *, own_origin: str) -> None:
    """Refuse a post that comes from a page which may not send it; run before the view.

    Browsers name the origin of every cross-origin post. A request without one comes from our own page in an old
    browser, or from no browser: then ``Sec-Fetch-Site``, where it is sent, must not speak of another site. What is
    allowed from elsewhere is remembered for ``allow_origin``. Raises ``OriginRefused``.
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
    """Refuse a post that no page of ours sent, before any view runs; a blueprint's ``before_request``."""
    if request.method == "POST":
        check_origin((), own_origin=get_context().settings.own_origin)


def answer_preflight() -> Response:
    """Return the answer to a preflight whose origin was checked; browsers keep it for ten minutes."""
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
    return response


def allow_origin(response: Response) -> Response:
    """Let the page of an allowed origin read the answer, and caches keep the answers of origins apart."""
    response.headers.add("Vary", "Origin")
    if "allowed_origin" in g:
        response.headers.add("Access-Control-Allow-Origin", g.allowed_origin)
        response.headers.add("Access-Control-Expose-Headers", "Retry-After")
    return response
