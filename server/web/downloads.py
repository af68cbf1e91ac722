"""File downloads, and the export for programs with a bearer token."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import BinaryIO
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.errors import TokenRefused, Unavailable
from server.exports import Export, export_signatures
from server.exports.formats import CSV, JSONL, Format
from server.exports.query import read_choice
from server.services.tokens import check_token
from server.tables import statements
from server.web.context import get_context
from server.web.limits import limited

# Sending a file: it is written to disk first, then sent with its length.

NEXT_SINCE = "Undersigned-Next-Since"
_CHUNK_BYTES = 64 * 1024


def file_name(place: str, what: str, *, now: int, timezone: str) -> str:
    """Return the name of a downloaded file without its suffix: ``open-rivers-contacts-2026-11-29``.

    ``place`` is a statement's slug, or ``server``; the date is today's in ``timezone``.
    """
    day = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(timezone)).date()
    return f"{place}-{what}-{day.isoformat()}"


def send_export(export: Export, name: str) -> Response:
    """Return a response that browsers save as ``name`` with the format's suffix.

    Raises ``Unavailable`` on a full disk; a failure is recorded in the journal.
    """
    try:
        file = _write_temporary_file(export.made)
    except BaseException:
        export.break_off()
        raise
    length = file.tell()
    file.seek(0)
    response = Response(export.sent(_read_chunks(file)), mimetype=export.format.mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{export.format.suffix}"
    response.content_length = length
    response.call_on_close(file.close)  # also closes the file if the visitor disconnects before the first piece
    if export.next_since is not None:
        response.headers[NEXT_SINCE] = export.next_since
    return response


def _write_temporary_file(lines: Iterable[bytes]) -> BinaryIO:
    """Return an unnamed temporary file with all the lines; closing it deletes it.

    The status 200 cannot be taken back when an export fails halfway, and a partial file must not look complete. So
    nothing is sent before the file is complete.
    """
    file = TemporaryFile()  # noqa: SIM115 - closed with the answer
    try:
        file.writelines(lines)
    except BaseException as failure:
        file.close()
        if isinstance(failure, OSError):
            raise Unavailable("the file could not be written to the disk") from failure
        raise
    return file


def _read_chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK_BYTES):
            yield piece


# The export for programs.

bp = Blueprint("downloads", __name__, url_prefix="/admin")
_PARAMETERS = ("columns", "kind", "state", "partner", "locale", "since")


@bp.get("/statements/<slug>/signatures.csv")
@limited("dump")
def signatures_csv(slug: str) -> ResponseReturnValue:
    """Send the export as CSV, without email addresses: bearer tokens never give access to those."""
    return _send_signatures(slug, CSV)


@bp.get("/statements/<slug>/signatures.jsonl")
@limited("dump")
def signatures_jsonl(slug: str) -> ResponseReturnValue:
    """Send the same export as JSON Lines."""
    return _send_signatures(slug, JSONL)


def _send_signatures(slug: str, as_format: Format) -> Response:
    here = get_context()
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        # the same words as in check_token: all refusals must look alike
        raise TokenRefused("this token is wrong or has expired, or it does not give access to this statement")
    name = check_token(here.db, secret.strip(), "export", slug, now=here.clock())
    choice = read_choice({name: request.args[name] for name in _PARAMETERS if name in request.args}, slug)
    if request.method == "HEAD":
        return Response(mimetype=as_format.mimetype)  # no data is sent, so nothing is journalled
    export = export_signatures(here.db, slug, choice, as_format=as_format, actor=f"token:{name}", clock=here.clock)
    with here.db.read() as tx:
        timezone = statements.get(tx, slug).zone
    return send_export(export, file_name(slug, "signatures", now=here.clock(), timezone=timezone))
