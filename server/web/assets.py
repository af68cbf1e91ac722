"""Static files: the widget's released bundles, scripts and style sheets."""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from server.errors import NotFound
from server.web.caching import BROTLI_BEST, PLAIN, accepted_encoding, cacheable, encode
from server.web.limits import limited

# Style sheets: public pages carry theirs inline, the desk loads its own.

_STATIC_FOLDER = Path(__file__).parent.parent / "static"


def _join_files(*names: str) -> str:
    return "\n".join((_STATIC_FOLDER / name).read_text("utf-8") for name in names)


PUBLIC_CSS = Markup(_join_files("base.css", "public.css"))  # noqa: S704 our own files
HANDBOOK_CSS = Markup(_join_files("handbook.css"))  # noqa: S704 our own file


def _policy_source(css: str) -> str:
    """Return the hash of an inline style sheet as a Content-Security-Policy source."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"


PUBLIC_CSS_SOURCE = _policy_source(PUBLIC_CSS)
"""The hash of the public style sheet as a Content-Security-Policy source; pages allow no other inline style."""
HANDBOOK_CSS_SOURCE = _policy_source(HANDBOOK_CSS)
"""The same for the second style sheet of handbook pages."""

DESK_CSS = "desk.css"


# Routes.

bp = Blueprint("assets", __name__)
BUNDLES = _STATIC_FOLDER.parents[1] / "widget" / "dist"
BUNDLE = "undersigned.js"
PARTS = ("list.js", "rare.js", "sent.js")
"""Chunks that a bundle loads later from the folder of its own version; the bundle holds their integrity hashes."""
DESCRIPTIONS = {"undersigned.d.ts": "text/plain", "custom-elements.json": "application/json"}
"""TypeScript types and a custom-elements manifest, for developers of partner websites."""
STATIC_FILES = ("getting.js", "sharing.js", "frame.js", "tabs.js", DESK_CSS, "desk.js", "founding.js")
_FOREVER = f"max-age={365 * 24 * 3600}, immutable"
_SHORT = "max-age=600"
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")


def _names(names: Iterable[str]) -> str:
    """Return the names as arguments of Werkzeug's ``any`` URL converter."""
    return ", ".join(f'"{name}"' for name in names)


def newest_bundle_version() -> str:
    """Return the version of the newest bundle, which ``/widget/v1/`` serves."""
    return max(_versions(), key=lambda version: [int(part) for part in version.split(".")])


def integrity_of(version: str) -> str:
    """Return the Subresource Integrity value (SHA-384) of a bundle; raises ``NotFound``."""
    return "sha384-" + base64.b64encode(hashlib.sha384(_read_bundle(version)).digest()).decode()


@bp.get(f"/widget/<version>/{BUNDLE}")
@limited("asset")
def widget(version: str) -> ResponseReturnValue:
    """Send one bundle: a numbered version never changes, ``v1`` is the newest one."""
    return _widget_response(*_read_moving(version, BUNDLE))


@bp.get(f"/widget/<version>/<any({_names(DESCRIPTIONS)}):name>")
@limited("asset")
def widget_description(version: str, name: str) -> ResponseReturnValue:
    """Send the types or the manifest of a version (``v1``: the newest) for type checkers and editors."""
    return _widget_response(*_read_moving(version, name), DESCRIPTIONS[name])


@bp.get(f"/widget/<version>/<any({_names(PARTS)}):part>")
@limited("asset")
def widget_part(version: str, part: str) -> ResponseReturnValue:
    """Send a chunk of one numbered version; chunks have no ``v1`` address."""
    return _widget_response(_read_bundle(version, part), _FOREVER)


def _read_moving(version: str, name: str) -> tuple[bytes, str]:
    """Return a file of a version (``v1``: of the newest) and its ``Cache-Control`` lifetime."""
    if version == "v1":
        return _read_bundle(newest_bundle_version(), name), _SHORT
    return _read_bundle(version, name), _FOREVER


def _widget_response(content: bytes, lifetime: str, mimetype: str = "text/javascript") -> Response:
    response = _asset_response(content, mimetype, lifetime)
    # Module scripts of another origin need the first header, pages with cross-origin isolation the second.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get(f"/static/<any({_names(STATIC_FILES)}):file>")
@limited("asset")
def static_file(file: str) -> ResponseReturnValue:
    """Send a script of our own pages, or the styles of the admins' desk."""
    if file == DESK_CSS:
        return _asset_response(_join_files("base.css", DESK_CSS).encode(), "text/css")
    return _static_file_response(file, mimetype="text/javascript")


@bp.get("/api/v1/openapi.yaml")
@limited("asset")
def openapi() -> ResponseReturnValue:
    """Send the description of the API for programs."""
    return _static_file_response("openapi.yaml", mimetype="application/yaml")


def _versions() -> list[str]:
    return [folder.name for folder in BUNDLES.iterdir() if _VERSION.fullmatch(folder.name)]


def _read_bundle(version: str, name: str = BUNDLE) -> bytes:
    if version not in _versions():
        raise NotFound("there is no such version")
    try:
        return (BUNDLES / version / name).read_bytes()
    except FileNotFoundError:
        raise NotFound("this version has no such part") from None


def _static_file_response(name: str, *, mimetype: str) -> Response:
    return _asset_response((_STATIC_FOLDER / name).read_bytes(), mimetype)


def _asset_response(content: bytes, mimetype: str, lifetime: str = _SHORT) -> Response:
    """Return a file in the encoding that this browser prefers; each encoding has its own ETag."""
    coding = accepted_encoding()
    response = Response(_encoded(content, coding), mimetype=mimetype)
    response.vary.add("Accept-Encoding")
    if coding != PLAIN:
        response.headers["Content-Encoding"] = coding
    return cacheable(response, lifetime, f"{hashlib.sha256(content).hexdigest()[:32]}-{coding}")


# Each process compresses a file when a browser first asks for it. A precompressed file beside the bundle would have to
# be built, checked and kept too, and a stale one would break every page that pinned the bundle's hash.
_encoded = cache(partial(encode, quality=BROTLI_BEST))
