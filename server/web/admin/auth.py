"""The doors of the desk: who is logged in, what they may do under a statement, and that our own page sent the form."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect

from server import messages
from server.actions.log_in import keep_alive
from server.actions.logged_in import NotLoggedIn
from server.errors import NotFound, UndersignedError
from server.records import admins, roles, sessions, statements
from server.records.admins import Admin
from server.records.roles import EVERYWHERE, Role
from server.records.sessions import SEEN_EVERY_S, Session
from server.records.statements import Statement
from server.storage import Tx
from server.web.admin.cookies import DeskSession
from server.web.security import check_own_page
from server.web.services import services
from server.web.wording import asked_locales

P = ParamSpec("P")
R = TypeVar("R")

STRANGERS = "strangers"
NEWCOMERS = "newcomers"
ANYBODY = "anybody"


class NotSetUp(NotLoggedIn):
    """Raised when somebody has logged in with a first password, and has yet to set up phone and password."""


class RoleMissing(UndersignedError):
    """Raised when an admin may see this, and not do it."""

    code, status = "role-missing", 403


@dataclass(frozen=True)
class Desk:
    """Who asks: the admin, their session, all their roles by statement id, and the statement at hand, if any."""

    admin: Admin
    session: Session
    roles: dict[int, Role]
    statement: Statement | None

    @property
    def actor(self) -> str:
        """The name under which the journal knows what is done."""
        return f"admin:{self.admin.name}"

    @property
    def limited_as(self) -> str:
        """The name under which the admin's tries at password and code are counted, for ``hit``.

        Who tries to log in is counted elsewhere, whatever they type: see ``DeskSession.limited_as``.
        """
        return f"session:{self.admin.name}"

    @property
    def role(self) -> Role | None:
        """The role that counts here: under the statement at hand, or on the whole server."""
        return roles.highest(self.roles, self.statement.id if self.statement else EVERYWHERE)

    def may(self, role: Role) -> bool:
        """Say whether the admin may do here what needs this role."""
        return roles.includes(self.role, role)

    @property
    def at(self) -> Statement:
        """The statement at hand, where the address names one."""
        assert self.statement is not None
        return self.statement


def desk() -> Desk:
    """Return who asks; only in a view behind ``needs``."""
    return cast("Desk", g.desk)


def init_doors(app: Flask, *, secret_key: str) -> None:
    """Let Flask-WTF tie forms of the desk to the session; the doors themselves decide where it looks."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SECRET_KEY=secret_key,
        WTF_CSRF_TIME_LIMIT=None,  # a form serves as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it wants a referrer, which some browsers never send; the origin has been looked at
    )
    CSRFProtect(app)


def needs(role: Role | None, *, most_bytes: int | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be reached by admins with this role under the statement that its ``slug`` names.

    Without a ``slug`` the role must hold on the whole server; None lets in every admin who is logged in. Who holds no
    role at all under a statement is answered as if it were not there. ``most_bytes``: how long a form may be here,
    where it may be longer than elsewhere. So much is read of those alone who are admitted, and of a browser in which an
    admin has logged in before: what was typed there while the session ended is handed back.
    """

    def behind(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
            check_own_page()
            if cast("DeskSession", session).device is not None:
                _make_room(most_bytes)
            g.desk = _get_desk(cast("str | None", kwargs.get("slug")))
            _admit(g.desk, role)
            _make_room(most_bytes)
            _protect()
            return view(*args, **kwargs)

        vars(guarded_view)["door"] = role or ANYBODY
        return guarded_view

    return behind


def for_newcomers(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view be reached by admins who logged in with a first password, and by nobody else."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        check_own_page()
        g.desk = _get_desk(None, newcomers=True)
        _protect()
        return view(*args, **kwargs)

    vars(guarded_view)["door"] = NEWCOMERS
    return guarded_view


def for_strangers(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view be reached by everybody who comes from our own page."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        check_own_page()
        with services().db.read() as tx:
            _find_session(tx)  # somebody who is logged in may log in again: their forms are tied to what they have
        _protect()
        return view(*args, **kwargs)

    vars(guarded_view)["door"] = STRANGERS
    return guarded_view


def door_of(view: Callable[..., object]) -> str | None:
    """Return the role that a view needs, or for whom it is; None for a view behind no door."""
    return cast("str | None", getattr(view, "door", None))


def desk_locale() -> str:
    """Return the language that the desk speaks: the admin's, or the first of the browser's that it has."""
    chosen = [g.desk.admin.locale] if "desk" in g and g.desk.admin.locale else []
    return messages.choose([*chosen, *asked_locales()], messages.SECTIONS["desk"]) or messages.FALLBACK


def _get_desk(slug: str | None, *, newcomers: bool = False) -> Desk:
    """Return who asks, and mark the session as seen; raises ``NotLoggedIn`` and ``NotFound``."""
    here, now = services(), services().clock()
    with here.db.read() as tx:
        found = _find_session(tx)
        if found is None:
            raise NotLoggedIn("nobody is logged in here")
        admin = admins.get(tx, found.admin_id)
        held = roles.list_of(tx, admin.id)
        statement = statements.find(tx, slug) if slug is not None else None
    if not admin.is_enrolled and not newcomers:
        raise NotSetUp("a first password opens the setup alone")
    if admin.disabled_at is not None or admin.is_enrolled == newcomers:
        raise NotLoggedIn("this session does not open this page")
    if slug is not None and (statement is None or roles.highest(held, statement.id) is None):
        raise NotFound(f"there is no statement {slug}")
    if now - found.seen_at >= SEEN_EVERY_S:
        keep_alive(here.db, found, now=now)
    return Desk(admin, found, held, statement)


def _find_session(tx: Tx) -> Session | None:
    """Return the session of this browser with what it carries; one that has ended is taken back."""
    browser = cast("DeskSession", session)
    if browser.secret is None:
        return None
    found = sessions.find(tx, browser.secret, now=services().clock())
    if found is None:
        browser.end()
    else:
        browser.update(found.data)
    return found


def _admit(asking: Desk, role: Role | None) -> None:
    if role is not None and not asking.may(role):
        raise RoleMissing(f"this needs the role {role}")


def _make_room(most_bytes: int | None) -> None:
    if most_bytes is not None:
        request.max_content_length = request.max_form_memory_size = most_bytes


def _protect() -> None:
    current_app.extensions["csrf"].protect()
