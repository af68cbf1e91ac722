"""Who is logged in at the desk and what they may do: sessions, roles, CSRF."""

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

# Sessions: a cookie that holds a secret, and before login a signed value.

DESK_PATH = "/admin/"
"""What the path of every page of the desk begins with."""

CSRF_KEY = "csrf_token"
_SIGNED_SEPARATOR = "."  # the secret of a session holds none
_CSRF_BYTES = 20
_DEVICE_BYTES = 16
_DEVICE_S = 180 * 24 * 3600


class Device(NamedTuple):
    """A browser in which an admin of that name has logged in before; the cookie proves it, and opens nothing."""

    admin: str
    key: str


class DeskSession(dict[str, Any], SessionMixin):
    """What Flask-WTF ties its tokens to; ``secret`` is what the cookie held of a session, or will hold.

    Nothing is looked up before a view asks: a database that is away is then answered like anywhere else.
    """

    def __init__(self, cookie: str | None = None) -> None:
        super().__init__()
        self.cookie = cookie
        self.secret = cookie if cookie and _SIGNED_SEPARATOR not in cookie else None
        self.is_new_cookie = False
        self.device: Device | None = None
        self.is_new_device = False

    def begin(self, secret: str, data: dict[str, str], *, admin: str) -> None:
        """Hand a session to this browser: its cookie changes, so that one planted before a login is worth nothing."""
        self.clear()
        self.update(data)
        self.secret, self.is_new_cookie = secret, True
        if not self.is_known_to(admin):
            self.device, self.is_new_device = Device(admin, secrets.token_urlsafe(_DEVICE_BYTES)), True

    def is_known_to(self, admin: str) -> bool:
        """Say whether this admin has logged in here before."""
        return self.device is not None and self.device.admin == admin

    def limited_as(self, admin: str) -> str:
        """Return under which name tries to log in as this admin are counted, for ``hit``.

        A browser that the admin has used before counts for itself: whoever types wrong passwords elsewhere, all day
        long, must not keep them out. What was typed stands behind a word of ours, and reaches no other count.
        """
        if self.device is not None and self.is_known_to(admin):
            return f"device:{self.device.key}"
        return f"name:{admin}"

    def end(self) -> None:
        """Take the cookie back."""
        self.clear()
        self.secret, self.is_new_cookie = None, True


def new_session_data() -> dict[str, str]:
    """Return what a new session carries: what its forms are tied to."""
    return {CSRF_KEY: secrets.token_hex(_CSRF_BYTES)}


class DeskSessionInterface(SessionInterface):
    """Reads and sets the cookies at the desk alone: no public page knows them, and none sets one."""

    def __init__(self, context: Context) -> None:
        self._https = context.settings.base_url.startswith("https://")
        # Browsers take the prefix only with Secure, without Domain, for the whole host: nobody else can plant it.
        self.name = "__Host-undersigned" if self._https else "undersigned"
        keys = list(context.settings.secret_keys)
        hmac = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._signer = URLSafeSerializer(keys, salt="desk.before-login.v1", signer_kwargs=hmac)
        self._devices = URLSafeSerializer(keys, salt="desk.device.v1", signer_kwargs=hmac)

    def open_session(self, app: Flask, request: Request) -> DeskSession | None:  # noqa: ARG002 - as Flask calls it
        """Return what the browser brought; None, so no session at all, anywhere but at the desk."""
        if not request.path.startswith(DESK_PATH):
            return None
        session = DeskSession(request.cookies.get(self.name))
        if session.cookie and session.secret is None:
            session.update(self._read(session.cookie))
        session.device = self._read_device(request.cookies.get(f"{self.name}-device", ""))
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Set the cookie where it changed."""
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
    """Let this app keep sessions at the desk, and nowhere else."""
    app.session_interface = DeskSessionInterface(app.extensions[EXTENSION])


# Access: every view says who may open it.

P = ParamSpec("P")
R = TypeVar("R")

ANONYMOUS = "anonymous"
SET_UP = "set-up"
ANY_ADMIN = "any-admin"


class NotSetUp(NotLoggedIn):
    """Raised when somebody has logged in with a first password, and has yet to set up phone and password."""


class RoleMissing(UndersignedError):
    """Raised when an admin may see this, and not do it."""

    code, status = "role-missing", 403


@dataclass(frozen=True)
class DeskRequest:
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
        return admins.highest_role(self.roles, self.statement.id if self.statement else EVERYWHERE)

    def may(self, role: Role) -> bool:
        """Say whether the admin may do here what needs this role."""
        return admins.role_includes(self.role, role)

    @property
    def at(self) -> Statement:
        """The statement at hand, where the address names one."""
        assert self.statement is not None
        return self.statement


def desk_request() -> DeskRequest:
    """Return who asks; only in a view behind ``requires_role``."""
    return cast("DeskRequest", g.desk)


def init_auth(app: Flask, *, secret_key: str) -> None:
    """Let Flask-WTF tie forms of the desk to the session; the access decorators decide which views it checks."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SECRET_KEY=secret_key,
        WTF_CSRF_TIME_LIMIT=None,  # a form serves as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it wants a referrer, which some browsers never send; the origin has been looked at
    )
    CSRFProtect(app)


def requires_role(role: Role | None, *, most_bytes: int | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
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
    """Let a view be reached by admins who logged in with a first password, and by nobody else."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        check_own_page()
        g.desk = _authenticate(None, is_set_up=True)
        _check_csrf()
        return view(*args, **kwargs)

    vars(guarded_view)["access"] = SET_UP
    return guarded_view


def for_anonymous(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view be reached by everybody who comes from our own page."""

    @wraps(view)
    def guarded_view(*args: P.args, **kwargs: P.kwargs) -> R:
        check_own_page()
        with get_context().db.read() as tx:
            _find_session(tx)  # somebody who is logged in may log in again: their forms are tied to what they have
        _check_csrf()
        return view(*args, **kwargs)

    vars(guarded_view)["access"] = ANONYMOUS
    return guarded_view


def access_of(view: Callable[..., object]) -> str | None:
    """Return the role that a view needs, or for whom it is; None for a view without an access check."""
    return cast("str | None", getattr(view, "access", None))


def desk_locale() -> str:
    """Return the language that the desk speaks: the admin's, or the first of the browser's that it has."""
    chosen = [g.desk.admin.locale] if "desk" in g and g.desk.admin.locale else []
    return (
        translations.choose_locale([*chosen, *requested_locales()], translations.SECTIONS["desk"])
        or translations.FALLBACK
    )


def _authenticate(slug: str | None, *, is_set_up: bool = False) -> DeskRequest:
    """Return who asks, and mark the session as seen; raises ``NotLoggedIn`` and ``NotFound``."""
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
    """Return the session of this browser with what it carries; one that has ended is taken back."""
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
