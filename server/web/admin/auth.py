"""Sessions, roles and CSRF protection of the desk."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, URLSafeSerializer

from server.db import Tx
from server.errors import NotFound, UndersignedError
from server.services.accounts import NotLoggedIn, keep_alive
from server.tables import admins, statements
from server.tables.admins import EVERYWHERE, SESSION_SEEN_EVERY_S, Admin, Role, Session
from server.tables.statements import Statement
from server.text import translations
from server.web.context import EXTENSION, Context, get_context, requested_locales
from server.web.security import check_own_page

# Sessions: the cookie holds the session's secret; before login it holds a signed CSRF token.

DESK_PATH = "/admin/"
"""The prefix of the path of every desk page."""

CSRF_KEY = "csrf_token"
_SIGNED_SEPARATOR = (
    "."  # session secrets never contain this character, so signed values and secrets can be distinguished
)
_CSRF_BYTES = 20
_DEVICE_BYTES = 16
_DEVICE_S = 180 * 24 * 3600


class Device(NamedTuple):
    """A browser in which this admin has logged in before. A signed cookie proves it; it does not log anybody in."""

    admin: str
    key: str


class DeskSession(dict[str, Any], SessionMixin):
    """The session data with the CSRF token; ``secret`` is the session's secret, if there is a session.

    The database is first read when a view needs the session, so a database error is handled like in any other view.
    """

    def __init__(self, cookie: str | None = None) -> None:
        super().__init__()
        self.cookie = cookie
        self.secret = cookie if cookie and _SIGNED_SEPARATOR not in cookie else None
        self.is_new_cookie = False
        self.device: Device | None = None
        self.is_new_device = False

    def begin(self, secret: str, data: dict[str, str], *, admin: str) -> None:
        """Start a session in this browser. The cookie's value changes, which prevents session fixation."""
        self.clear()
        self.update(data)
        self.secret, self.is_new_cookie = secret, True
        if not self.is_known_to(admin):
            self.device, self.is_new_device = Device(admin, secrets.token_urlsafe(_DEVICE_BYTES)), True

    def is_known_to(self, admin: str) -> bool:
        """Say whether this admin has logged in with this browser before."""
        return self.device is not None and self.device.admin == admin

    def limited_as(self, admin: str) -> str:
        """Return the key under which ``hit`` counts login attempts for this admin.

        A browser that the admin has used before has its own limit, so that nobody can lock the admin out by typing
        wrong passwords elsewhere. The prefix keeps typed names apart from other keys.
        """
        if self.device is not None and self.is_known_to(admin):
            return f"device:{self.device.key}"
        return f"name:{admin}"

    def end(self) -> None:
        """End the session in this browser by deleting its cookie."""
        self.clear()
        self.secret, self.is_new_cookie = None, True


def new_session_data() -> dict[str, str]:
    """Return the data of a new session: a fresh CSRF token."""
    return {CSRF_KEY: secrets.token_hex(_CSRF_BYTES)}


class DeskSessionInterface(SessionInterface):
    """Reads and sets the cookies on desk paths only; public pages neither read nor set cookies."""

    def __init__(self, context: Context) -> None:
        self._https = context.settings.base_url.startswith("https://")
        # Browsers accept this prefix only for cookies with Secure, Path=/ and no Domain, so a subdomain cannot set one.
        self.name = "__Host-undersigned" if self._https else "undersigned"
        keys = list(context.settings.secret_keys)
        hmac = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._signer = URLSafeSerializer(keys, salt="desk.before-login.v1", signer_kwargs=hmac)
        self._devices = URLSafeSerializer(keys, salt="desk.device.v1", signer_kwargs=hmac)

    def open_session(self, app: Flask, request: Request) -> DeskSession | None:  # noqa: ARG002 - as Flask calls it
        """Return the browser's session; None outside the desk."""
        if not request.path.startswith(DESK_PATH):
            return None
        session = DeskSession(request.cookies.get(self.name))
        if session.cookie and session.secret is None:
            session.update(self._read(session.cookie))
        session.device = self._read_device(request.cookies.get(f"{self.name}-device", ""))
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Set or delete the cookies that have changed."""
        if not isinstance(session, DeskSession):
            return
        value = session.secret
        if value is None and CSRF_KEY in session:
            value = str(self._signer.dumps({CSRF_KEY: session[CSRF_KEY]}))
        kept_from_others: dict[str, Any] = {"path": "/", "secure": self._https, "httponly": True, "samesite": "Strict"}
        if value is None and session.is_new_cookie:
            response.delete_cookie(self.name, **kept_from_others)
        elif value is not None and value != session.cookie:
            response.set_cookie(self.name, value, **kept_from_others)
        if session.is_new_device and session.device is not None:
            device = str(self._devices.dumps(list(session.device)))
            response.set_cookie(f"{self.name}-device", device, max_age=_DEVICE_S, **kept_from_others)

    def _read(self, cookie: str) -> dict[str, str]:
        try:
            found = self._signer.loads(cookie)
        except BadSignature:
            return {}
        return {CSRF_KEY: str(found[CSRF_KEY])}

    def _read_device(self, cookie: str) -> Device | None:
        try:
            admin, key = self._devices.loads(cookie)
        except BadSignature:
            return None
        return Device(admin, key)


def init_sessions(app: Flask) -> None:
    """Give this app sessions on desk paths."""
    app.session_interface = DeskSessionInterface(app.extensions[EXTENSION])


# Access: every view declares who may use it.

P = ParamSpec("P")
R = TypeVar("R")

ANONYMOUS = "anonymous"
SET_UP = "set-up"
ANY_ADMIN = "any-admin"


class NotSetUp(NotLoggedIn):
    """Raised when an admin has logged in with a first password but has not set up a phone and password yet."""


class RoleMissing(UndersignedError):
    """Raised when an admin may see the statement but lacks the role for this action."""

    code, status = "role-missing", 403


@dataclass(frozen=True)
class DeskRequest:
    """The logged-in admin, their session, their roles by statement id, and the statement of the URL, if any."""

    admin: Admin
    session: Session
    roles: dict[int, Role]
    statement: Statement | None

    @property
    def actor(self) -> str:
        """The admin's name in the journal."""
        return f"admin:{self.admin.name}"

    @property
    def limited_as(self) -> str:
        """The key under which ``hit`` counts the admin's attempts at password and code.

        Login attempts are counted under another key, so they cannot use this limit up: see ``DeskSession.limited_as``.
        """
        return f"session:{self.admin.name}"

    @property
    def role(self) -> Role | None:
        """The admin's role for the statement of the URL; on pages without one, for the whole server."""
        return admins.highest_role(self.roles, self.statement.id if self.statement else EVERYWHERE)

    def may(self, role: Role) -> bool:
        """Say whether the admin has this role, or a higher one, where ``role`` holds."""
        return admins.role_includes(self.role, role)

    @property
    def at(self) -> Statement:
        """The statement of the URL; fails on pages without one."""
        assert self.statement is not None
        return self.statement


def desk_request() -> DeskRequest:
    """Return the current admin's request; only for views with ``requires_role`` or ``for_set_up``."""
    return cast("DeskRequest", g.desk)


def actor_and_now() -> dict[str, Any]:
    """Return the admin's name and the current time: the last arguments of every service that changes something."""
    return {"actor": desk_request().actor, "now": get_context().clock()}


def init_auth(app: Flask, *, secret_key: str) -> None:
    """Set up Flask-WTF's CSRF tokens for the desk; the access decorators call the check."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SECRET_KEY=secret_key,
        WTF_CSRF_TIME_LIMIT=None,  # a token is valid as long as its session
        # the strict check needs a referrer, which some browsers never send; the origin is checked instead
        WTF_CSRF_SSL_STRICT=False,
    )
    CSRFProtect(app)


def requires_role(role: Role | None, *, most_bytes: int | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Restrict a view to admins with this role for the statement ``slug``.

    Without a ``slug`` the role must hold for the whole server; None admits every logged-in admin. An admin without any
    role for the statement gets ``NotFound``. ``most_bytes`` raises the body limit for long forms. The higher limit
    holds for admitted admins, and for browsers in which an admin has logged in before: if the session has expired, the
    page can then return what was typed.
    """

    def behind(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
            check_own_page()
            # The session may have expired: a known browser may still send a long form, which the error page returns.
            if cast("DeskSession", session).device is not None:
                _set_body_limit(most_bytes)
            g.desk = _authenticate(cast("str | None", kwargs.get("slug")))
            _check_role(g.desk, role)
            _set_body_limit(most_bytes)
            _check_csrf()
            return view(*args, **kwargs)

        vars(guarded_view)["access"] = role or ANY_ADMIN
        return guarded_view

    return behind


def for_set_up(view: Callable[P, R]) -> Callable[P, R]:
    """Restrict a view to admins who logged in with a first password."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        check_own_page()
        g.desk = _authenticate(None, is_set_up=True)
        _check_csrf()
        return view(*args, **kwargs)

    vars(guarded_view)["access"] = SET_UP
    return guarded_view


def for_anonymous(view: Callable[P, R]) -> Callable[P, R]:
    """Open a view to everybody; POSTs must come from our own page."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        check_own_page()
        with get_context().db.read() as tx:
            # a logged-in admin may log in again: the CSRF token of their form belongs to the existing session
            _find_session(tx)
        _check_csrf()
        return view(*args, **kwargs)

    vars(guarded_view)["access"] = ANONYMOUS
    return guarded_view


def access_of(view: Callable[..., object]) -> str | None:
    """Return the role or audience of a view; None for a view without an access check."""
    return cast("str | None", getattr(view, "access", None))


def desk_locale() -> str:
    """Return the desk's language: the admin's choice, or the browser's best supported language."""
    chosen = [g.desk.admin.locale] if "desk" in g and g.desk.admin.locale else []
    return (
        translations.choose_locale([*chosen, *requested_locales()], translations.SECTIONS["desk"])
        or translations.FALLBACK
    )


def _authenticate(slug: str | None, *, is_set_up: bool = False) -> DeskRequest:
    """Return the current admin's request, and record that the session is in use; raises ``NotLoggedIn`` and
    ``NotFound``.
    """
    here, now = get_context(), get_context().clock()
    with here.db.read() as tx:
        found = _find_session(tx)
        if found is None:
            raise NotLoggedIn("not logged in")
        admin = admins.get(tx, found.admin_id)
        held = admins.list_roles(tx, admin.id)
        statement = statements.find(tx, slug) if slug is not None else None
    if not admin.is_enrolled and not is_set_up:
        raise NotSetUp("a first password gives access only to the setup page")
    if admin.disabled_at is not None or admin.is_enrolled == is_set_up:
        raise NotLoggedIn("this session has no access to this page")
    if slug is not None and (statement is None or admins.highest_role(held, statement.id) is None):
        raise NotFound(f"there is no statement {slug}")
    if now - found.seen_at >= SESSION_SEEN_EVERY_S:
        keep_alive(here.db, found, now=now)
    return DeskRequest(admin, found, held, statement)


def _find_session(tx: Tx) -> Session | None:
    """Return this browser's session and load its data; the cookie of an expired session is deleted."""
    browser = cast("DeskSession", session)
    if browser.secret is None:
        return None
    found = admins.find_session(tx, browser.secret, now=get_context().clock())
    if found is None:
        browser.end()
    else:
        browser.update(found.data)
    return found


def _check_role(asking: DeskRequest, role: Role | None) -> None:
    if role is not None and not asking.may(role):
        raise RoleMissing(f"this needs the role {role}")


def _set_body_limit(most_bytes: int | None) -> None:
    if most_bytes is not None:
        request.max_content_length = request.max_form_memory_size = most_bytes


def _check_csrf() -> None:
    current_app.extensions["csrf"].protect()
