"""The widget's bundles, for as long as a partner may have pinned them, and what our own pages load."""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import brotli
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.errors import NotFound
from server.web import styles
from server.web.codings import PLAIN, accepted_coding
from server.web.limits import limited

bp = Blueprint("assets", __name__)
_SERVER = Path(__file__).parent.parent
BUNDLES = _SERVER.parent / "widget" / "dist"
BUNDLE = "undersigned.js"
_FOREVER_S = 365 * 24 * 3600
_SHORT_S = 600
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
# Files are compressed by each process, once, when a browser first asks for one: a file beside the bundle would be one
# more to build, to check and to keep for ever, and a stale one would break every page that pinned the hash.
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress,
    "gzip": lambda content: gzip.compress(content, mtime=0),
    PLAIN: bytes,
}


def newest_bundle() -> str:
    """Return the version that ``/widget/v1/`` leads to."""
    return max(_versions(), key=lambda version: [int(part) for part in version.split(".")])


def integrity_of(version: str) -> str:
    """Return what a page writes beside this bundle so that browsers take no other; raises ``NotFound``."""
    return "sha384-" + base64.b64encode(hashlib.sha384(_content_of(version)).digest()).decode()


@bp.get(f"/widget/<version>/{BUNDLE}")
@limited("asset")
def widget(version: str) -> ResponseReturnValue:
    """Send one bundle: a version by its number never changes, ``v1`` is the newest of them."""
    moving = version == "v1"
    response = _packed(_content_of(newest_bundle() if moving else version), "text/javascript")
    response.headers["Cache-Control"] = (
        f"public, max-age={_SHORT_S}" if moving else f"public, max-age={_FOREVER_S}, immutable"
    )
    # A module script of another origin needs the first, a page with cross-origin isolation the second.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/static/getting.js")
@limited("asset")
def copying() -> ResponseReturnValue:
    """Send the script of the pages that have something to copy."""
    return _static("getting.js", mimetype="text/javascript")


@bp.get("/static/sharing.js")
@limited("asset")
def sharing() -> ResponseReturnValue:
    """Send the script of the page that offers to pass a statement on."""
    return _static("sharing.js", mimetype="text/javascript")


@bp.get("/static/desk.css")
@limited("asset")
def desk_stylesheet() -> ResponseReturnValue:
    """Send the styles of the admins' desk."""
    return _for_a_while(styles.DESK.encode(), "text/css")


@bp.get("/static/desk.js")
@limited("asset")
def desk_script() -> ResponseReturnValue:
    """Send the script of the admins' desk."""
    return _static("desk.js", mimetype="text/javascript")


@bp.get("/static/founding.js")
@limited("asset")
def founding_script() -> ResponseReturnValue:
    """Send the script that puts the rows of a founding list in order."""
    return _static("founding.js", mimetype="text/javascript")


@bp.get("/api/v1/openapi.yaml")
@limited("asset")
def openapi() -> ResponseReturnValue:
    """Send the description of the API for programs."""
    return _static("openapi.yaml", mimetype="application/yaml")


def _versions() -> list[str]:
    return [folder.name for folder in BUNDLES.iterdir() if _VERSION.fullmatch(folder.name)]


def _content_of(version: str) -> bytes:
    if version not in _versions():
        raise NotFound("there is no such version")
    return (BUNDLES / version / BUNDLE).read_bytes()


def _packed(content: bytes, mimetype: str) -> Response:
    """Answer with a file as this browser takes it; each of its forms has a tag of its own."""
    coding = accepted_coding()
    response = Response(_in_coding(content, coding), mimetype=mimetype)
    response.set_etag(f"{hashlib.sha256(content).hexdigest()[:32]}-{coding}")
    response.vary.add("Accept-Encoding")
    if coding != PLAIN:
        response.headers["Content-Encoding"] = coding
    response.make_conditional(request)
    return response


@cache
def _in_coding(content: bytes, coding: str) -> bytes:
    return _CODINGS[coding](content)


def _static(name: str, *, mimetype: str) -> Response:
    return _for_a_while((_SERVER / "static" / name).read_bytes(), mimetype)


def _for_a_while(content: bytes, mimetype: str) -> Response:
    response = _packed(content, mimetype)
    response.headers["Cache-Control"] = f"public, max-age={_SHORT_S}"
    return response
