"""The admins' door for machines: the CSV dump behind a bearer token."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.actions.access import check_token
from server.actions.export import export_csv
from server.errors import TokenRefused, Unavailable
from server.web.limits import limited
from server.web.services import services

bp = Blueprint("dump", __name__, url_prefix="/admin")
PIECE_BYTES = 64 * 1024


@bp.get("/statements/<slug>/signatures.csv")
@limited("dump")
def signatures_csv(slug: str) -> ResponseReturnValue:
    """Send the dump, without addresses: no bearer token opens those.

    It is written to the disk first, into a file without a name, and sent with its length: a server cannot take back
    the 200 of a list that breaks off in the middle, and such a list must not look whole.
    """
    here = services()
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise TokenRefused("this token does not open this door")  # in the words of the check: all refusals are alike
    name = check_token(here.db, secret.strip(), "export", slug, now=here.clock())
    if request.method == "HEAD":
        return Response(mimetype="text/csv")  # nothing leaves, so the journal has nothing to tell
    lines = export_csv(here.db, slug, unseal=None, actor=f"token:{name}", clock=here.clock)
    file = _written(lines)
    length = file.tell()
    file.seek(0)
    response = Response(_pieces(file), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=signatures.csv"
    response.content_length = length
    return response


def _written(lines: Iterator[bytes]) -> BinaryIO:
    """Return a file that holds all of them and is gone once it is closed; raises ``Unavailable`` on a full disk."""
    file = TemporaryFile()  # noqa: SIM115 - closed with the answer
    try:
        file.writelines(lines)
    except OSError as refusal:
        file.close()
        raise Unavailable("the dump could not be written to the disk") from refusal
    except BaseException:
        file.close()
        raise
    return file


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
