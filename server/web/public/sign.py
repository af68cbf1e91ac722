"""Signing, the same for widget, frame and page; and confirming with the code from the email."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from typing import Any

from flask import Response, request, url_for

from server.crypto.links import FormClaim, Place, SignatureRef
from server.errors import (
    BadRequest,
    CodeRefused,
    FormTokenBad,
    FormTokenExpired,
    FormTooFast,
    Invalid,
    KeyReused,
    StatementClosed,
    StatementNotOpen,
    TooMany,
    Unavailable,
    UndersignedError,
)
from server.services.confirm import Outcome, confirm_signature
from server.services.sign import Submission, check_code, sign
from server.tables import statements, texts
from server.tables.partners import Partner
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text import translations
from server.text.names import Kind
from server.web.caching import as_json
from server.web.context import choose_text, get_context
from server.web.errors import to_minutes
from server.web.limits import hit, visitor
from server.web.public import views
from server.web.public.share_card import sharing_shape
from server.web.public.submission import (
    BODY_MAX_BYTES,
    FIELD_NAMES,
    KEY_SHAPE,
    kinds_of,
    read_object,
    read_submission,
)
from server.web.public.views import PublicStatement, get_confirm_context, get_consent_words

# Accepting a submission.


def read_json(keys: frozenset[str]) -> dict[str, str | bool]:
    """Return the JSON object in the request body, with these keys; raises as ``read_object`` does."""
    return read_object(read_body(), keys=keys, content_type=request.headers.get("Content-Type"))


def read_body() -> bytes:
    """Return the request body for ``read_object``.

    One byte more than the limit is read, so that ``read_object`` sees a body that is too long: Werkzeug silently cuts a
    body of unknown length off at its limit.
    """
    request.max_content_length = BODY_MAX_BYTES + 1
    return request.get_data(cache=False)


def accept_submission(
    statement: Statement,
    sent: Mapping[str, str | bool],
    *,
    known: list[Partner],
    origin: str | None,
    place: Place = "page",
    network: str | None = None,
) -> tuple[Submission, int]:
    """Validate a submission, store the signature and its email durably; return the submission and the text's id.

    ``known`` are the statement's partners, ``origin`` the website that posted (None: our own page), ``place`` is where
    the form was shown, ``network`` the one that its token must be bound to (None: any). Raises ``FormTokenBad``,
    ``FormTokenExpired``, ``FormTooFast``, ``StatementNotOpen``, ``StatementClosed``, ``Invalid``, ``BadRequest``,
    ``TooMany`` and ``KeyReused``; a refused form does not count against the sign limit.
    """
    here = get_context()
    now = here.clock()
    statements.check_open(statement, now=now)
    token, min_fill_s = str(sent.get("form_token", "")), here.settings.min_fill_s
    claim = here.links.read_form_token(token, now=now, min_fill_s=min_fill_s, place=place)
    if claim.statement_id != statement.id:
        raise FormTokenBad("this form token belongs to another statement")
    if network is not None and claim.network != network:
        raise FormTokenBad("this form token was sent to another network")
    credited = _credited_claim(claim, known, origin)
    wording = _newsletter_wording(claim, known) if credited == claim else None
    text_locale = str(sent.get("locale") or _claim_locale(claim))
    submission = read_submission(statement, sent, text_locale=text_locale, wording=wording)
    hit("sign")
    sign(here.db, statement, credited, submission, keys=here.keys, sealer=here.sealer, now=now)
    return submission, claim.text_id


def _newsletter_wording(claim: FormClaim, known: list[Partner]) -> str | None:
    """Return the newsletter wording of the partner on whose page the form was shown; None if it has no newsletter."""
    newsletters = next((partner.newsletters for partner in known if partner.id == claim.partner_id), {})
    return newsletters.get(_claim_locale(claim)) if newsletters else None


def _claim_locale(claim: FormClaim) -> str:
    """Return the language of the text that was shown."""
    with get_context().db.read() as tx:
        return texts.get(tx, claim.text_id).locale


def _credited_claim(claim: FormClaim, known: list[Partner], origin: str | None) -> FormClaim:
    """Return the claim with the partner that is credited: the one whose website posted.

    The token decides between partners that share an origin, and if the POST comes from our own page.
    """
    if origin is None:
        return claim
    of_origin = [partner.id for partner in known if origin in partner.origins]
    return claim if claim.partner_id in of_origin else claim._replace(partner_id=of_origin[0])


# The form without JavaScript.

_NETWORK_CHARS = 16
_KEY_BYTES = 20
SANDBOXED = "sandboxed"  # a query argument
FORM_ERRORS = (
    *(Invalid, BadRequest, FormTokenBad, FormTokenExpired, FormTooFast),
    *(KeyReused, StatementClosed, StatementNotOpen, TooMany, Unavailable),
)
"""Errors that are shown on the form's page, with the input."""


@dataclass(frozen=True)
class FormPlace:
    """A page with a form: the view that shows it, the view that takes its POST, and query arguments that its links
    keep.
    """

    view: str
    post: str
    place: Place
    carried: tuple[str, ...] = ("partner",)

    def href(self, slug: str, **more: Any) -> str:
        """Return the page's URL, with the carried query arguments and ``more``."""
        return url_for(self.view, slug=slug, **(self._carried() | more))

    def action(self, slug: str) -> str:
        """Return the URL that the form posts to; its fragment scrolls to the answer."""
        return url_for(self.post, slug=slug, **self._carried()) + "#answer"

    def form_token(self, shown: PublicStatement, text: StatementText) -> str:
        """Return a fresh form token."""
        network = self.network() if self.is_bound else ""
        return views.form_token(shown, text, self.partner(shown), place=self.place, network=network)

    def partner(self, shown: PublicStatement) -> Partner | None:
        """Return the partner in the query, or None if the query names no known partner."""
        return shown.find_partner(request.args.get("partner"))

    @property
    def is_bound(self) -> bool:
        """Whether the form token is bound to the visitor's network; such a page is for this visitor only.

        A sandboxed frame has no origin, so the token is the only proof that its post comes from our form. The page
        after a refused post is never shared, so it always has a bound token.
        """
        return self.place == "frame" and (SANDBOXED in request.args or request.method == "POST")

    def network(self) -> str:
        """Return today's pseudonym of the visitor's network, in the length that form tokens have."""
        return visitor()[:_NETWORK_CHARS]

    def _carried(self) -> dict[str, Any]:
        return {name: request.args[name] for name in self.carried if request.args.get(name)}


@dataclass(frozen=True)
class TypedForm:
    """Input of a form, with the error; without arguments, an empty form.

    ``token`` is the form token to send again; empty: a fresh one. ``key`` is an idempotency key; empty: the server
    makes one of what is sent.
    """

    values: dict[str, str] = field(default_factory=dict)
    refusal: UndersignedError | None = None
    token: str = ""
    key: str = ""


def refused_form(sent: dict[str, str], refusal: UndersignedError) -> TypedForm:
    """Return the form to show again; a key that can no longer be used is dropped."""
    # KeyReused: the key belongs to another submission. BadRequest: the key itself may be invalid.
    key = "" if isinstance(refusal, KeyReused | BadRequest) else sent.get("key", "")
    return TypedForm(sent, refusal, key=key)


def with_key(sent: dict[str, str]) -> dict[str, str]:
    """Return what a form without JavaScript sent, with an idempotency key, which is the same if it is sent twice.

    The page cannot hold a key, because it is the same page for everybody. The visitor's pseudonym in the key keeps
    people of other networks, who know what somebody signed, from finding it.
    """
    if sent.get("key"):
        return sent
    seen = json.dumps([visitor(), sorted(sent.items())])
    return sent | {"key": blake2b(seen.encode(), digest_size=_KEY_BYTES).hexdigest()}


def form_context(shown: PublicStatement, text: StatementText, where: FormPlace, typed: TypedForm) -> dict[str, Any]:
    """Return the context of the form's template, with the counts above it."""
    words, refusal = translations.supported_locale(text.locale), typed.refusal
    kind = _chosen_kind(shown, typed.values)
    errors = refusal.fields if isinstance(refusal, Invalid) and "kind" not in refusal.fields else {}
    return {
        "counts": views.counts_shape(shown, words),
        "kinds": _kind_links(shown, kind, text.locale, where),
        "form": _form_of(shown, text, kind, where, typed) if shown.state == "open" else None,
        "values": {name: typed.values[name] for name in FIELD_NAMES if name in typed.values},
        "errors": errors,
        "retention": views.retention_text(shown.statement, words),
        "problem": refusal.code if refusal and not errors else None,
        "wait_minutes": to_minutes(refusal.retry_after_s) if refusal else None,
    }


def page_response(page: str, refusal: UndersignedError | None) -> Response:
    """Return a page with the status of the error, if any; it varies by language."""
    response = Response(page, status=refusal.status if refusal else 200, mimetype="text/html")
    if refusal is not None and refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    response.vary.add("Accept-Language")
    return response


def _chosen_kind(shown: PublicStatement, values: dict[str, str]) -> Kind:
    asked = values.get("kind") or request.args.get("kind")
    kinds = kinds_of(shown.statement)
    return next((kind for kind in kinds if kind == asked), kinds[0])


def _form_of(
    shown: PublicStatement, text: StatementText, kind: Kind, where: FormPlace, typed: TypedForm
) -> dict[str, Any]:
    fields = views.fields_shape(shown, text, kind, where.partner(shown))
    return {
        "kind": kind,
        "fields": fields,
        "groups": _field_groups(fields, typed),
        "lists_proved_organisations": views.lists_proved_organisations(shown.statement),
        "action": where.action(shown.statement.slug),
        "hidden": {
            "form_token": typed.token or where.form_token(shown, text),
            "kind": kind,
            "locale": text.locale,
        }
        | ({"key": typed.key} if typed.key else {}),
    }


def _field_groups(fields: list[dict[str, Any]], typed: TypedForm) -> list[dict[str, Any]]:
    """Return the fields in groups: always visible ones, and details, which are open if one is filled in or invalid."""
    wrong = typed.refusal.fields if isinstance(typed.refusal, Invalid) else {}
    groups = []
    for is_detail, grouped in groupby(fields, lambda field: "detail" in field):
        group = list(grouped)
        is_open = any(typed.values.get(field["name"]) or field["name"] in wrong for field in group)
        groups.append({"is_detail": is_detail, "fields": group, "is_open": is_open})
    return groups


def _kind_links(shown: PublicStatement, current: Kind, locale: str, where: FormPlace) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "href": where.href(shown.statement.slug, locale=locale, kind=kind) + "#sign",
            "current": kind == current,
        }
        for kind in kinds_of(shown.statement)
    ]


# The page after the form without JavaScript: the address, a form to correct it, and the field for the code.

_SENT_FIELDS = ("form_token", "kind", "locale", *FIELD_NAMES)


def sent_context(
    shown: PublicStatement,
    text: StatementText,
    where: FormPlace,
    sent: dict[str, str],
    *,
    refusal: Invalid | CodeRefused | None = None,
) -> dict[str, Any]:
    """Return the context of ``_sent.html``, made only of what the visitor sent.

    The form for correcting the address is a new submission: it has a new key, but the first one's token, which names
    the text that was shown. Without a sent address there is no such form.
    """
    typed = {name: sent[name] for name in _SENT_FIELDS if sent.get(name)}
    email, problem = typed.get("email"), None
    if refusal is not None:
        problem = "invalid.required" if isinstance(refusal, Invalid) else f"error.{refusal.code}"
    again = TypedForm(typed, token=typed.get("form_token", ""), key=secrets.token_urlsafe(_KEY_BYTES))
    return {
        "email": f"\u2068{email}\u2069" if email else None,  # bidi isolate: the address must not reorder the sentence
        "again": form_context(shown, text, where, again) if email else None,
        "code": _code_field(shown.statement, typed, where, key=sent.get("key") or request.args.get("key", "")),
        "problem": problem,
    }


def _code_field(statement: Statement, typed: dict[str, str], where: FormPlace, *, key: str) -> dict[str, Any] | None:
    """Return the field for the code; None if the code is entered on the page behind the link.

    The form carries the input along, so that a wrong code does not lose it. The frame's form token is dropped, because
    the form leads out of the frame, where that token is invalid.
    """
    locale = typed.get("locale") or request.args.get("locale")
    if KEY_SHAPE.fullmatch(key) is None or statement.confirm_by != "link":
        return None
    if where.place == "frame":
        typed = {name: value for name, value in typed.items() if name != "form_token"}
    partner = request.args.get("partner")
    action = url_for("pages.submit_code", slug=statement.slug, locale=locale, partner=partner)
    return {"hidden": typed | {"key": key}, "action": action}


# Confirming by code.

_CODE_KEYS = frozenset(("key", "code", "consent"))
_CODE_LONGEST = 32
_CODE_FIELDS = [
    {
        "name": "code",
        "type": "text",
        "required": True,
        "maxlength": _CODE_LONGEST,
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
    },
    {"name": "consent", "type": "checkbox", "required": True, "maxlength": None, "autocomplete": None},
]


def pending_response(submission: Submission, text_id: int) -> Response:
    """Return what the widget shows after sending: the line to be published, a field for the code, and messages.

    It depends only on the input, never on what is known about the address; it is in the language of the text.
    """
    here = get_context()
    asked = (text_id, submission.kind, submission.visibility)
    words, said = here.read_cache.get(asked, here.clock(), lambda: _read_sent_words(*asked))
    # Only the line differs from signer to signer, so only the line is encoded now: ``said`` begins with a brace.
    line = as_json(views.signature_line_shape(submission, words))
    return Response(f'{{"state":"pending","line":{line},{said[1:]}', 202, mimetype="application/json")


def _read_sent_words(text_id: int, kind: Kind, visibility: str) -> tuple[str, str]:
    """Return the locale, and what is the same for many signers as a JSON object; it is cached for up to a second."""
    with get_context().db.read() as tx:
        text = texts.get(tx, text_id)
        consent = get_consent_words(tx, text, kind, visibility=visibility)
    words = translations.supported_locale(text.locale)
    said = {
        "field.code": translations.text(words, "code.label"),
        "hint.code": translations.text(words, "code.hint"),
        "field.consent": consent.consent.body,
        "form.promise": translations.text(words, "code.promise"),
        "form.sign": translations.text(words, "confirm.sign"),
        "code.line": translations.text(words, "confirm.counted" if visibility == "counted" else "confirm.line"),
    }
    messages = translations.sent_messages(words) | said
    return words, as_json({"consent": consent.name, "fields": _CODE_FIELDS, "messages": messages})


def check_sent_code(statement: Statement, sent: Mapping[str, str | bool]) -> SignatureRef:
    """Return the signature of the submission's key, if the code matches its email.

    Raises ``BadRequest``, ``Invalid`` if no code was typed, and ``CodeRefused``.
    """
    here = get_context()
    key, typed = str(sent.get("key", "")), str(sent.get("code", "")).strip()
    if not KEY_SHAPE.fullmatch(key):
        raise BadRequest("key must be 16 to 64 letters, digits, - or _")
    if not typed:
        raise Invalid({"code": ["required"]})
    return check_code(here.db, statement.id, key, typed[:_CODE_LONGEST], codes=here.codes, now=here.clock())


def confirm_by_code(statement: Statement) -> dict[str, Any]:
    """Confirm with the JSON from the widget, and return the outcome.

    ``consent`` names the wording that was ticked: it must be the current one for this signature. Raises what
    ``read_json``, ``check_sent_code`` and ``confirm_signature`` do, and ``Invalid`` without that consent.
    """
    sent = read_json(_CODE_KEYS)
    ticked = sent.get("consent")
    if not ticked:
        raise Invalid({"consent": ["unticked"]})
    asked = get_confirm_context(ref := check_sent_code(statement, sent))
    if not asked.words.is_agreed_to(str(ticked)):
        was_other = str(ticked).partition("-")[0] == asked.words.which
        raise Invalid({"consent": ["reworded" if was_other else "unticked"]})
    here = get_context()
    outcome = confirm_signature(here.db, ref, consent=asked.words.consent, now=here.clock())
    return _outcome_shape(statement, outcome, asked.text.locale)


def _outcome_shape(statement: Statement, outcome: Outcome, locale: str) -> dict[str, Any]:
    """Return the outcome of a confirmation with its messages, and the ways to share the statement."""
    words = translations.supported_locale(locale)
    title, text = (translations.text(words, f"thanks.{outcome}.{part}") for part in ("title", "text"))
    shown = views.read_public_statement(statement.slug)
    share = sharing_shape(statement, choose_text(shown.texts, [locale]))
    keys = {
        "heading": "share.title",
        "device": "share.device",
        "message": "share.message",
        "hint": "share.message.hint",
    }
    said = {name: translations.text(words, key) for name, key in keys.items()}
    return {
        "state": outcome,
        "title": title,
        "text": text,
        "counts": views.counts_shape(shown, words),
        "share": None if outcome == "no-seat" else share | said,
    }
