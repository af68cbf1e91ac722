"""The widget's bundles, for as long as a partner may have pinned them, and the styles of our own pages."""

import re
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from flask.typing import ResponseReturnValue

from server.errors import NotFound
from server.web.limits import limited

bp = Blueprint("assets", __name__)
_SERVER = Path(__file__).parent.parent
BUNDLES = _SERVER.parent / "widget" / "dist"
BUNDLE = "undersigned.js"
_FOREVER_S = 365 * 24 * 3600
_SHORT_S = 600
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")


def newest_bundle() -> str:
    """Return the version that ``/widget/v1/`` leads to."""
    versions = [folder.name for folder in BUNDLES.iterdir() if _VERSION.fullmatch(folder.name)]
    return max(versions, key=lambda version: [int(part) for part in version.split(".")])


@bp.get(f"/widget/<version>/{BUNDLE}")
@limited("asset")
def widget(version: str) -> ResponseReturnValue:
    """Send one bundle: a version by its number never changes, ``v1`` is the newest of them."""
    moving = version == "v1"
    folder = newest_bundle() if moving else version
    if not _VERSION.fullmatch(folder):
        raise NotFound("there is no such version")
    response = send_from_directory(BUNDLES / folder, BUNDLE, mimetype="text/javascript")
    response.headers["Cache-Control"] = (
        f"public, max-age={_SHORT_S}" if moving else f"public, max-age={_FOREVER_S}, immutable"
    )
    # A module script of another origin needs the first, a page with cross-origin isolation the second.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/static/public.css")
@limited("asset")
def stylesheet() -> ResponseReturnValue:
    """Send the styles of the hosted pages."""
    return _static("public.css", mimetype="text/css")


@bp.get("/api/v1/openapi.yaml")
@limited("asset")
def openapi() -> ResponseReturnValue:
    """Send the description of the API for programs."""
    return _static("openapi.yaml", mimetype="application/yaml")


def _static(name: str, *, mimetype: str) -> Response:
    response = send_from_directory(_SERVER / "static", name, mimetype=mimetype)
    response.headers["Cache-Control"] = f"public, max-age={_SHORT_S}"
    return response
