"""The address where a mail provider's reports about our emails arrive as signed JSON; off without a secret."""

import hmac
from hashlib import sha256

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from server.errors import BadRequest, NotFound, TokenRefused
from server.mail.bounces import describe_report, read_message_id
from server.services.outbox import record_bounce
from server.web.context import get_context
from server.web.limits import limited
from server.web.public.sign import read_body
from server.web.public.submission import read_object
from server.web.security import check_own_page

bp = Blueprint("bounces", __name__, url_prefix="/api/v1")
bp.before_request(check_own_page)

SIGNED_WITHIN_S = 300
_KEYS = frozenset(("event", "status", "diagnostic", "return_path", "message_id", "recipient"))
_EVENTS = ("failed", "delayed", "complaint")


@bp.post("/bounces")
@limited("data")
def record() -> ResponseReturnValue:
    """Record what a mail provider reports about an email, as ``undersigned bounce`` does."""
    here = get_context()
    if not here.settings.bounce_secret:
        raise NotFound("this server takes no reports by HTTP")
    body = read_body()
    _check_signature(body, here.settings.bounce_secret, now=here.clock())
    sent = read_object(body, keys=_KEYS, content_type=request.headers.get("Content-Type"))
    said = {key: str(value) for key, value in sent.items()}
    if said.get("event") not in _EVENTS:
        raise BadRequest(f"event must be one of {', '.join(_EVENTS)}")
    verdict = describe_report(
        said["event"], said.get("status", ""), said.get("diagnostic", ""), to=said.get("recipient", "")
    )
    is_ours = verdict is not None and record_bounce(
        here.db,
        *verdict,
        outbox_ids=here.bounces.find_ids(said.get("return_path", "")),
        message_ids=[read_message_id(said.get("message_id", ""))],
        now=here.clock(),
    )
    return {"recorded": is_ours}


def _check_signature(body: bytes, secret: str, *, now: int) -> None:
    """Raise ``TokenRefused`` unless the headers sign this body and a time within ``SIGNED_WITHIN_S``.

    The signature is the HMAC-SHA256, in hexadecimal, of the time in epoch seconds, a dot, and the body. Within that
    time a report can be sent again, but the second one changes nothing.
    """
    at, signature = (request.headers.get(f"Undersigned-{name}", "") for name in ("Timestamp", "Signature"))
    expected = hmac.digest(secret.encode(), at.encode() + b"." + body, sha256).hex()
    is_signed = hmac.compare_digest(expected.encode(), signature.encode())
    if not is_signed or not at.isascii() or not at.isdigit() or abs(now - int(at)) > SIGNED_WITHIN_S:
        raise TokenRefused("this report is not signed with the secret of this server, or was signed too long ago")
