"""Shared parts of desk pages: menu, field errors, reasons, row order, error pages."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from flask import Flask, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge

from server.services.accounts import NotLoggedIn
from server.tables.admins import Role, role_includes
from server.text import translations
from server.web.admin.auth import CSRF_KEY, DeskRequest, NotSetUp, desk_locale
from server.web.context import see_other
from server.web.forms import REASON_LONGEST, Form, sent_values
from server.web.security import DESK_POLICY

# Field errors.

Errors = dict[str, list[str]]
"""Error sentences by field name."""


def explain(fields: Mapping[str, Sequence[str]], own: str = "") -> Errors:
    """Return the error sentences for the codes of a refused form; ``own`` is as in ``error_sentence``."""
    return {name: [error_sentence(code, own) for code in codes] for name, codes in fields.items()}


def error_sentence(code: str, own: str = "") -> str:
    """Return the sentence for an error code in the desk's language.

    ``own`` is the prefix of the page's own messages; a code without one gets the message of the desk, or of all forms.
    """
    locale = desk_locale()
    for key in (f"{own}{code}", f"desk.wrong.{code}"):
        if translations.find_text(locale, key) is not None:
            return translations.text(locale, key, **getattr(code, "values", {}))
    return translations.field_error(locale, code)


# Reordering rows by typed numbers.


def sort_by_typed_numbers(numbers: Sequence[str]) -> list[int]:
    """Return the row indexes in the order of their typed numbers; rows are numbered from 1.

    A row that gets another row's number takes its place, and the other row moves aside. Invalid numbers are ignored.
    """

    def wish(index: int) -> tuple[int, int, int]:
        stands = index + 1
        number = int(numbers[index]) if _is_number(numbers[index]) else stands
        # a row moved down goes after the row with that number, a row moved up goes before it
        direction = (number > stands) - (number < stands)
        return number, direction, index

    return sorted(range(len(numbers)), key=wish)


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 10


# Pages and menu.


class MenuEntry(NamedTuple):
    """An entry of the desk's navigation; ``label`` is a message key, ``needs`` the role that is required to see it."""

    endpoint: str
    label: str
    needs: Role


STATEMENT_MENU: tuple[MenuEntry, ...] = (
    MenuEntry("statements.show_overview", "desk.overview", "viewer"),
    MenuEntry("texts.show_texts", "desk.text", "owner"),
    MenuEntry("settings.show_settings", "desk.settings", "viewer"),
    MenuEntry("consent.show_consent", "desk.consent", "viewer"),
    MenuEntry("emails.show_emails", "desk.emails", "viewer"),
    MenuEntry("founding.show_list", "desk.founding", "moderator"),
    MenuEntry("invitations.show_invitations", "desk.invitations", "moderator"),
    MenuEntry("signatures.show_signatures", "desk.signatures.title", "moderator"),
    MenuEntry("approvals.show_approvals", "desk.queue.title", "moderator"),
    MenuEntry("partners.show_partners", "desk.partners.title", "viewer"),
    MenuEntry("exports.show_exports", "desk.dump.title", "viewer"),
    MenuEntry("journal.show_statement_journal", "desk.journal", "moderator"),
    MenuEntry("people.show_statement_people", "desk.people", "owner"),
)
"""The menu of a statement."""

SERVER_MENU: tuple[MenuEntry, ...] = (
    MenuEntry("tokens.show_server_tokens", "desk.token.title", "owner"),
    MenuEntry("outbox.show_outbox", "desk.outbox", "owner"),
    MenuEntry("journal.show_server_journal", "desk.journal", "owner"),
    MenuEntry("people.show_server_people", "desk.people", "owner"),
)
"""The menu of the whole server."""

HANDBOOK_ANCHORS: Mapping[str, str] = {
    "login": "log-in-for-the-first-time",
    "account": "your-account",
    "statements": "statements",
    "new_statement": "statements",
    "texts": "texts",
    "revise": "change-a-text-that-people-have-signed",
    "settings": "settings",
    "consent": "consent",
    "emails": "emails",
    "founding": "first-signatories",
    "invitations": "invitations",
    "signatures": "signatures",
    "signature": "signatures",
    "approvals": "approvals",
    "partners": "partners",
    "exports": "export",
    "journal": "journal",
    "outbox": "outbox",
    "people": "people",
    "tokens": "api-keys",
}
"""Where the handbook's page for admins explains each blueprint of the desk."""
_HANDBOOK_DESK = "the-desk"


def desk_page(template: str, *, form: Form | None = None, status: int | None = None, **context: Any) -> Response:
    """Return a desk page with its Content-Security-Policy, which allows only our own script.

    A ``form`` with errors makes the status 422; the template gets the form and ``errors``, the sentences by field.
    """
    asking: DeskRequest | None = g.get("desk")
    if form is not None:
        context = {"form": form, "errors": explain(form.wrong, form.messages)} | context
    page = render_template(template, **page_context(), asking=asking, places=_menu(asking), **context)
    status = status or (422 if form is not None and form.wrong else 200)
    response = Response(page, status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = DESK_POLICY
    return response


def page_context() -> dict[str, Any]:
    """Return the context that every desk template needs."""
    locale = desk_locale()
    return {
        "t": partial(translations.text, locale),
        "find": partial(translations.find_text, locale),
        "locale": locale,
        "dir": translations.direction(locale),
        "day": partial(translations.format_day, locale),
        "moment": partial(translations.format_moment, locale),
        "longest_reason": REASON_LONGEST,
        "stylesheet": url_for("assets.static_file", file="desk.css"),
        "script": url_for("assets.static_file", file="desk.js"),
        "handbook": url_for(
            "handbook.show_page",
            page="admins",
            _anchor=HANDBOOK_ANCHORS.get(request.blueprint or "", _HANDBOOK_DESK),
        ),
    }


def _menu(asking: DeskRequest | None) -> list[dict[str, Any]]:
    """Return the navigation: label, URL, and whether it is the current page."""
    if asking is None or not asking.admin.is_enrolled:
        return []
    slug: dict[str, Any] = {"slug": asking.statement.slug} if asking.statement else {}
    offered = STATEMENT_MENU if asking.statement else SERVER_MENU
    return [
        {
            "label": place.label,
            "url": url_for(place.endpoint, **slug),
            "is_here": request.endpoint is not None and request.endpoint.split(".")[0] == place.endpoint.split(".")[0],
        }
        for place in offered
        if role_includes(asking.role, place.needs)
    ]


# Error pages that return the input.

_NEVER_RESHOWN = (CSRF_KEY, "password", "new_password", "again", "code", "sheet")


def init_desk_errors(app: Flask) -> None:
    """Register error handlers for expired logins and expired forms."""

    @app.errorhandler(NotLoggedIn)
    def not_logged_in(error: NotLoggedIn) -> ResponseReturnValue:
        if isinstance(error, NotSetUp) and request.method in ("GET", "HEAD"):
            return see_other("login.show_set_up")
        if request.method in ("GET", "HEAD"):
            where = request.full_path.removesuffix("?")
            return see_other("login.show_login", next=where)
        return _render_expired_form(error.status)

    @app.errorhandler(CSRFError)
    def page_too_old(error: CSRFError) -> ResponseReturnValue:
        return _render_expired_form(error.code or 400)


def _render_expired_form(status: int) -> Response:
    """Say that nothing was saved, and show the submitted values so that they can be copied.

    ``check_own_page`` has already refused POSTs from other websites. Long bodies are read only from known browsers: see
    ``requires_role``.
    """
    typed = []
    with suppress(RequestEntityTooLarge):
        sent = sent_values().lists()
        typed = [(name, "\n".join(values)) for name, values in sent if name not in _NEVER_RESHOWN and any(values)]
    return desk_page("desk/expired_form.html", status=status, typed=typed)
