"""The admins' door for machines: the dump behind a bearer token, as CSV or JSON Lines, whole or what has changed."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.actions.access import check_token
from server.actions.dump_choice import read_choice
from server.actions.export import export_signatures
from server.dump_formats import CSV, JSONL, Format
from server.errors import TokenRefused
from server.web.download import as_file
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("dump", __name__, url_prefix="/admin")
_ASKED = ("columns", "kind", "state", "partner", "locale", "since")


@bp.get("/statements/<slug>/signatures.csv")
@limited("dump")
def signatures_csv(slug: str) -> ResponseReturnValue:
    """Send the dump as CSV, without addresses: no bearer token opens those."""
    return _dump(slug, CSV)


@bp.get("/statements/<slug>/signatures.jsonl")
@limited("dump")
def signatures_jsonl(slug: str) -> ResponseReturnValue:
    """Send the same as JSON Lines."""
    return _dump(slug, JSONL)


def _dump(slug: str, as_format: Format) -> Response:
    here = services()
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise TokenRefused("this token does not open this door")  # in the words of the check: all refusals are alike
    name = check_token(here.db, secret.strip(), "export", slug, now=here.clock())
    choice = read_choice({name: request.args[name] for name in _ASKED if name in request.args})
    if request.method == "HEAD":
        return Response(mimetype=as_format.mimetype)  # nothing leaves, so the journal has nothing to tell
    export = export_signatures(here.db, slug, choice, as_format=as_format, actor=f"token:{name}", clock=here.clock)
    return as_file(export, "signatures")
