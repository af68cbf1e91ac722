"""The form without JavaScript, on the hosted page and in the frame: its fields, its post, what is to be mended."""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from server import messages
from server.errors import (
    BadRequest,
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
from server.kinds import Kind
from server.links import FormClaim, Place
from server.records.partners import Partner
from server.records.statement_texts import StatementText
from server.web import showing
from server.web.fields import FIELD_NAMES, kinds_of
from server.web.limits import visitor
from server.web.problems import minutes_of
from server.web.services import services
from server.web.showing import Shown

_KEY_BYTES = 18
_NETWORK_CHARS = 16
ANSWERED_ON_THE_PAGE = (
    *(Invalid, BadRequest, FormTokenBad, FormTokenExpired, FormTooFast),
    *(KeyReused, StatementClosed, StatementNotOpen, TooMany, Unavailable),
)
"""What is refused on the page that the form stands on, with all that was typed."""


@dataclass(frozen=True)
class Where:
    """A page with a form: its view, the view that takes its post, and what its addresses carry on."""

    view: str
    post: str
    place: Place
    carried: tuple[str, ...] = ("partner",)

    def href(self, slug: str, **more: Any) -> str:
        """Return the address of the page, with what the visitor's own address carried."""
        return url_for(self.view, slug=slug, **self._carried(), **more)

    def action(self, slug: str) -> str:
        """Return where the form posts; whoever comes back from there comes back to what is wrong."""
        return url_for(self.post, slug=slug, **self._carried()) + "#answer"

    def claim(self, shown: Shown, text: StatementText) -> FormClaim:
        """Return what the form's token says: through whom the visitor came, and in a frame from which network."""
        return showing.claim_of(shown, text, self.partner(shown))._replace(network=self.network())

    def partner(self, shown: Shown) -> Partner | None:
        """Return through whom the visitor came; None: through nobody that we know."""
        return shown.find_partner(request.args.get("partner"))

    def network(self) -> str:
        """Return today's name of the visitor's network where the form's token is bound to it; else nothing."""
        return visitor()[:_NETWORK_CHARS] if self.place == "frame" else ""

    def _carried(self) -> dict[str, Any]:
        return {name: request.args[name] for name in self.carried if request.args.get(name)}


@dataclass(frozen=True)
class Typed:
    """What a visitor sent before, with its key, and why it was refused."""

    key: str
    values: dict[str, str]
    refusal: UndersignedError | None = None

    @property
    def locales(self) -> list[str]:
        """The language that the form was read in."""
        return [self.values["locale"]] if self.values.get("locale") else []


def fresh_key() -> str:
    """Return the key of a form that nobody has sent yet."""
    return secrets.token_urlsafe(_KEY_BYTES)


def refused(sent: dict[str, str], refusal: UndersignedError) -> Typed:
    """Return what goes back onto the page; a key that serves no more is replaced."""
    spent = isinstance(refusal, KeyReused | BadRequest)
    return Typed(fresh_key() if spent else sent.get("key", ""), sent, refusal)


def form_context(shown: Shown, text: StatementText, where: Where, typed: Typed) -> dict[str, Any]:
    """Return what the form's template asks for, and the counts above it."""
    statement, refusal = shown.statement, typed.refusal
    kind = _chosen_kind(shown, typed.values)
    errors = refusal.fields if isinstance(refusal, Invalid) and "kind" not in refusal.fields else {}
    return {
        "counts": showing.counts_shape(shown, messages.spoken(text.locale), now=services().clock()),
        "kinds": _kinds(shown, kind, text.locale, where),
        "form": _form(shown, text, kind, where, typed.key) if statement.state(services().clock()) == "open" else None,
        "values": {name: typed.values[name] for name in FIELD_NAMES if name in typed.values},
        "errors": errors,
        "retention": showing.retention_text(statement, messages.spoken(text.locale), now=services().clock()),
        "problem": refusal.code if refusal and not errors else None,
        "wait_minutes": minutes_of(refusal.retry_after_s) if refusal else None,
    }


def answer_with(page: str, refusal: UndersignedError | None) -> Response:
    """Return a page in the visitor's language, with the status of what was refused."""
    response = Response(page, status=refusal.status if refusal else 200, mimetype="text/html")
    if refusal is not None and refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    response.vary.add("Accept-Language")
    return response


def _chosen_kind(shown: Shown, values: dict[str, str]) -> Kind:
    asked = values.get("kind") or request.args.get("kind")
    kinds = kinds_of(shown.statement)
    return next((kind for kind in kinds if kind == asked), kinds[0])


def _form(shown: Shown, text: StatementText, kind: Kind, where: Where, key: str) -> dict[str, Any]:
    here = services()
    claim = where.claim(shown, text)
    shape = showing.form_shape(shown, text, where.partner(shown), action="", min_fill_s=here.settings.min_fill_s)
    return {
        "kind": kind,
        "fields": next(form["fields"] for form in shape["kinds"] if form["kind"] == kind),
        "action": where.action(shown.statement.slug),
        "hidden": {
            "form_token": here.links.form_token(claim, now=here.clock(), place=where.place),
            "key": key,
            "kind": kind,
            "locale": text.locale,
        },
    }


def _kinds(shown: Shown, current: Kind, locale: str, where: Where) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "href": where.href(shown.statement.slug, locale=locale, kind=kind) + "#sign",
            "current": kind == current,
        }
        for kind in kinds_of(shown.statement)
    ]
