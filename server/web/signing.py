"""From what was sent to a signature: the one way for the widget's post, the frame's and the hosted page's."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from flask import Response, request

from server.actions.sign import Submission, sign
from server.errors import FormTokenBad
from server.links import FormClaim, Place
from server.records import statement_texts, statements
from server.records.partners import Partner
from server.records.statements import Statement
from server.web.by_code import KEYS as CODE_KEYS
from server.web.by_code import sent_shape
from server.web.forms import KEYS, read_submission
from server.web.limits import hit
from server.web.services import services
from server.web.strict_json import MAX_BODY_BYTES, read_object

_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Taken(NamedTuple):
    """A submission that was stored, and which text it is under."""

    submission: Submission
    text_id: int


def read_json_post() -> dict[str, str | bool]:
    """Return the submission that the widget sent; raises as ``read_object`` does."""
    return _read_json(KEYS)


def _read_json(keys: frozenset[str]) -> dict[str, str | bool]:
    """Return the object that was sent.

    Of a body that is too long one byte more than may be is read: Werkzeug cuts one of unknown length off at its limit
    without a word, and a short read would cut any.
    """
    request.max_content_length = MAX_BODY_BYTES + 1
    body = request.get_data(cache=False)
    return read_object(body, keys=keys, content_type=request.headers.get("Content-Type"))


def pending(taken: Taken) -> Response:
    """Return the answer to a submission that was taken: the same whatever its address."""
    return Response(_as_json(sent_shape(*taken)), 202, mimetype="application/json")


def read_json_code() -> dict[str, str | bool]:
    """Return what the widget sent with the code of an email; raises as ``read_object`` does."""
    return _read_json(CODE_KEYS)


def take(
    statement: Statement,
    sent: Mapping[str, str | bool],
    *,
    known: list[Partner],
    origin: str | None,
    place: Place = "page",
    network: str | None = None,
) -> Taken:
    """Check what was sent, store the signature and its email durably, and return the submission.

    ``known`` are the statement's partners, ``origin`` the foreign page that posted (None: one of ours), ``place`` is
    where its form stood, ``network`` the one that its token must have been sent to (None: any). Raises
    ``FormTokenBad``, ``FormTokenExpired``, ``FormTooFast``, ``StatementNotOpen``, ``StatementClosed``, ``Invalid``,
    ``BadRequest``, ``TooMany`` and ``KeyReused``; a form that is refused does not use up the sign limit.
    """
    here = services()
    now = here.clock()
    statements.check_open(statement, now=now)
    token, min_fill_s = str(sent.get("form_token", "")), here.settings.min_fill_s
    claim = here.links.read_form_token(token, now=now, min_fill_s=min_fill_s, place=place)
    if claim.statement_id != statement.id:
        raise FormTokenBad("this form token belongs to another statement")
    if network is not None and claim.network != network:
        raise FormTokenBad("this form token was sent to another network")
    credited = _through_whom(claim, known, origin)
    wording = _wording(claim, known) if credited == claim else None
    text_locale = str(sent.get("locale") or _locale_of(claim))
    submission = read_submission(statement, sent, text_locale=text_locale, wording=wording)
    hit("sign")
    sign(here.db, statement, credited, submission, keys=here.keys, sealer=here.sealer, now=now)
    return Taken(submission, claim.text_id)


def _wording(claim: FormClaim, known: list[Partner]) -> str | None:
    """Return the words beside the box of the partner on whose page the form stood; None where it has no box."""
    newsletters = next((partner.newsletters for partner in known if partner.id == claim.partner_id), {})
    return newsletters.get(_locale_of(claim)) if newsletters else None


def _locale_of(claim: FormClaim) -> str:
    """Return the language of the text that was shown."""
    with services().db.read() as tx:
        return statement_texts.get(tx, claim.text_id).locale


def _through_whom(claim: FormClaim, known: list[Partner], origin: str | None) -> FormClaim:
    """Return the claim with the partner that is credited: whose page posted it, as far as the browser says.

    The token decides among partners that share an origin, and alone where the post comes from our own page.
    """
    if origin is None:
        return claim
    of_origin = [partner.id for partner in known if origin in partner.origins]
    return claim if claim.partner_id in of_origin else claim._replace(partner_id=of_origin[0])
