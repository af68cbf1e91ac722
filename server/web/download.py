"""Hands an export to a browser or a machine: whole, with its length, and told to the journal once it has left."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO

from flask import Response

from server.actions.sending import Export
from server.errors import Unavailable

NEXT_SINCE = "Undersigned-Next-Since"
_PIECE_BYTES = 64 * 1024


def as_file(export: Export, name: str) -> Response:
    """Return the answer that a browser saves as ``name``, which says nothing of what is in it.

    It is written to the disk first, into a file without a name, and sent with its length: a server cannot take back
    the 200 of a list that breaks off in the middle, and such a list must not look whole. Raises ``Unavailable`` on a
    full disk.
    """
    file = _written(export)
    length = file.tell()
    file.seek(0)
    response = Response(export.sent(_pieces(file)), mimetype=export.format.mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}.{export.format.suffix}"
    if export.next_since is not None:
        response.headers[NEXT_SINCE] = export.next_since
    response.content_length = length
    response.call_on_close(file.close)  # whoever hangs up before the first piece leaves nothing open
    return response


def _written(export: Export) -> BinaryIO:
    """Return a file that holds all of it and is gone once it is closed; what fails is told to the journal."""
    file = TemporaryFile()  # noqa: SIM115 - closed with the answer
    try:
        file.writelines(export.made)
    except BaseException as failure:
        file.close()
        export.break_off()
        if isinstance(failure, OSError):
            raise Unavailable("the dump could not be written to the disk") from failure
        raise
    return file


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece
