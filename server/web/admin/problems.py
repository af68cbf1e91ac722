"""Answers what goes wrong at the desk: a login where one is needed, and never the loss of what was typed."""

from contextlib import suppress

from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge

from server.actions.logged_in import NotLoggedIn
from server.web.admin.cookies import CSRF_KEY
from server.web.admin.doors import NotSetUp
from server.web.admin.page import desk_page

_NEVER_SHOWN = (CSRF_KEY, "password", "new_password", "again", "code")


def init_desk_problems(app: Flask) -> None:
    """Let this app answer who is not logged in, and forms that were left open for too long."""

    @app.errorhandler(NotLoggedIn)
    def not_logged_in(error: NotLoggedIn) -> ResponseReturnValue:
        if isinstance(error, NotSetUp) and request.method in ("GET", "HEAD"):
            return redirect(url_for("logging_in.set_up"), 303)
        if request.method in ("GET", "HEAD"):
            where = request.full_path.removesuffix("?")
            return redirect(url_for("logging_in.look", next=where), 303)
        return _kept(error.status)

    @app.errorhandler(CSRFError)
    def page_too_old(error: CSRFError) -> ResponseReturnValue:
        return _kept(error.code or 400)


def _kept(status: int) -> Response:
    """Say that nothing was saved, and hand back what our own page sent, to be copied: it came from there, or nowhere.

    ``check_own_page`` has refused what another website sent. What is longer than a stranger may send is read of a known
    browser alone: see ``needs``.
    """
    typed = []
    with suppress(RequestEntityTooLarge):
        sent = request.form.lists()
        typed = [(name, "\n".join(values)) for name, values in sent if name not in _NEVER_SHOWN and any(values)]
    return desk_page("desk/again.html", status=status, typed=typed)
