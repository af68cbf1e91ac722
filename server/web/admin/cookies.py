"""The desk's cookies: the secret of a session, or before that a signed value; and what makes a browser known."""

import hashlib
import secrets
from typing import Any, NamedTuple

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeSerializer

from server.web.services import EXTENSION, Services

DESK = "/admin/"
"""What the path of every page of the desk begins with."""

CSRF_KEY = "csrf_token"
_SIGNED = "."  # the secret of a session holds none
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
        self.secret = cookie if cookie and _SIGNED not in cookie else None
        self.is_new_cookie = False
        self.device: Device | None = None
        self.is_new_device = False

    def begin(self, secret: str, data: dict[str, str], *, admin: str) -> None:
        """Hand a session to this browser: its cookie changes, so that one planted before a login is worth nothing."""
        self.clear()
        self.update(data)
        self.secret, self.is_new_cookie = secret, True
        if self.device is None or self.device.admin != admin:
            self.device, self.is_new_device = Device(admin, secrets.token_urlsafe(_DEVICE_BYTES)), True

    def limited_as(self, admin: str) -> str:
        """Return under which name tries to log in as this admin are counted, for ``hit``.

        A browser that the admin has used before counts for itself: whoever types wrong passwords elsewhere, all day
        long, must not keep them out. What was typed stands behind a word of ours, and reaches no other count.
        """
        if self.device is not None and self.device.admin == admin:
            return f"device:{self.device.key}"
        return f"name:{admin}"

    def end(self) -> None:
        """Take the cookie back."""
        self.clear()
        self.secret, self.is_new_cookie = None, True


def fresh_data() -> dict[str, str]:
    """Return what a new session carries: what its forms are tied to."""
    return {CSRF_KEY: secrets.token_hex(_CSRF_BYTES)}


class DeskCookies(SessionInterface):
    """Reads and sets the cookies at the desk alone: no public page knows them, and none sets one."""

    def __init__(self, services: Services) -> None:
        self._https = services.settings.base_url.startswith("https://")
        # Browsers take the prefix only with Secure, without Domain, for the whole host: nobody else can plant it.
        self.name = "__Host-undersigned" if self._https else "undersigned"
        keys = list(services.settings.secret_keys)
        hmac = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._signer = URLSafeSerializer(keys, salt="desk.before-login.v1", signer_kwargs=hmac)
        self._devices = URLSafeSerializer(keys, salt="desk.device.v1", signer_kwargs=hmac)

    def open_session(self, app: Flask, request: Request) -> DeskSession | None:  # noqa: ARG002 - as Flask calls it
        """Return what the browser brought; None, so no session at all, anywhere but at the desk."""
        if not request.path.startswith(DESK):
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


def init_cookies(app: Flask) -> None:
    """Let this app keep sessions at the desk, and nowhere else."""
    app.session_interface = DeskCookies(app.extensions[EXTENSION])
