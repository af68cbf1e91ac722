"""Hands a file to a browser or a machine: written to the disk whole first, and sent with its length."""

from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import BinaryIO

from flask import Response

from server.actions.sending import Export
from server.errors import Unavailable

NEXT_SINCE = "Undersigned-Next-Since"
_PIECE_BYTES = 64 * 1024


def as_file(export: Export, name: str) -> Response:
    """Return the answer that a browser saves as ``name``, which says nothing of what is in it.

    Raises ``Unavailable`` on a full disk; what fails is told to the journal.
    """
    try:
        file = _written(export.made)
    except BaseException:
        export.break_off()
        raise
    sent = export.sent(_pieces(file))
    response = _answer(file, sent, mimetype=export.format.mimetype, name=f"{name}.{export.format.suffix}")
    if export.next_since is not None:
        response.headers[NEXT_SINCE] = export.next_since
    return response


def _written(lines: Iterable[bytes]) -> BinaryIO:
    """Return a file without a name that holds all of it, and is gone once it is closed.

    A server cannot take back the 200 of a list that breaks off in the middle, and such a list must not look whole.
    """
    file = TemporaryFile()  # noqa: SIM115 - closed with the answer
    try:
        file.writelines(lines)
    except OSError as refusal:
        file.close()
        raise Unavailable("the file could not be written to the disk") from refusal
    except BaseException:
        file.close()
        raise
    return file


def _answer(file: BinaryIO, pieces: Iterator[bytes], *, mimetype: str, name: str) -> Response:
    length = file.tell()
    file.seek(0)
    response = Response(pieces, mimetype=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.content_length = length
    response.call_on_close(file.close)  # whoever hangs up before the first piece leaves nothing open
    return response


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
