"""The admins' door for machines: the CSV dump behind a bearer token."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.actions.access import check_token
from server.actions.export import export_csv
from server.errors import TokenRefused
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("dump", __name__, url_prefix="/admin")


@bp.get("/statements/<slug>/signatures.csv")
@limited("dump")
def signatures_csv(slug: str) -> ResponseReturnValue:
    """Stream the dump, without addresses: no bearer token opens those."""
    here = services()
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise TokenRefused("this token does not open this door")  # in the words of the check: all refusals are alike
    name = check_token(here.db, secret.strip(), "export", slug, now=here.clock())
    if request.method == "HEAD":
        return Response(mimetype="text/csv")  # nothing leaves, so the journal has nothing to tell
    lines = export_csv(here.db, slug, unseal=None, actor=f"token:{name}", clock=here.clock)
    response = Response(lines, mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=signatures.csv"
    return response
