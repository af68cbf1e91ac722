"""How an answer is packed for its way: the codings that we speak, and the one that a visitor's browser likes best."""

from functools import lru_cache

from flask import request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

PLAIN = "identity"
_OURS = ("br", "gzip", PLAIN)


def accepted_coding() -> str:
    """Return what the browser likes best; what it likes the same goes by size, and what it refuses is not sent."""
    return _best(request.environ.get("HTTP_ACCEPT_ENCODING", ""))


@lru_cache(maxsize=256)
def _best(header: str) -> str:
    """Read what browsers say; there are only so many kinds of them."""
    liked = parse_accept_header(header, Accept)
    best = max(_OURS, key=liked.quality)
    return best if liked.quality(best) > 0 else PLAIN
