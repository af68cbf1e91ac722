"""The desk's only cookie: the secret of a session, or, before there is one, a signed value that forms are tied to."""

import secrets
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeSerializer

from server.web.services import EXTENSION, Services

PATHS = "/admin"
CSRF_KEY = "csrf_token"
_SIGNED = "."  # the secret of a session holds none
_CSRF_BYTES = 20


class DeskSession(dict[str, Any], SessionMixin):
    """What Flask-WTF ties its tokens to; ``secret`` is what the cookie held of a session, or will hold.

    Nothing is looked up before a view asks: a database that is away is then answered like anywhere else.
    """

    def __init__(self, cookie: str | None = None) -> None:
        super().__init__()
        self.cookie = cookie
        self.secret = cookie if cookie and _SIGNED not in cookie else None
        self.is_new_cookie = False

    def begin(self, secret: str, data: dict[str, str]) -> None:
        """Hand a session to this browser: its cookie changes, so that one planted before a login is worth nothing."""
        self.clear()
        self.update(data)
        self.secret, self.is_new_cookie = secret, True

    def end(self) -> None:
        """Take the cookie back."""
        self.clear()
        self.secret, self.is_new_cookie = None, True


def fresh_data() -> dict[str, str]:
    """Return what a new session carries: what its forms are tied to."""
    return {CSRF_KEY: secrets.token_hex(_CSRF_BYTES)}


class DeskCookies(SessionInterface):
    """Reads and sets the cookie under ``/admin`` alone: no public page knows it, and none sets one."""

    def __init__(self, services: Services) -> None:
        self._https = services.settings.base_url.startswith("https://")
        # Browsers take the prefix only with Secure, without Domain, for the whole host: nobody else can plant it.
        self.name = "__Host-undersigned" if self._https else "undersigned"
        keys = list(services.settings.secret_keys)
        self._signer = URLSafeSerializer(keys, salt="desk.before-login.v1", signer_kwargs={"key_derivation": "hmac"})

    def open_session(self, app: Flask, request: Request) -> DeskSession | None:  # noqa: ARG002 - as Flask calls it
        """Return what the browser brought; None, so no session at all, anywhere but at the desk."""
        if not request.path.startswith(PATHS):
            return None
        session = DeskSession(request.cookies.get(self.name))
        if session.cookie and session.secret is None:
            session.update(self._read(session.cookie))
        session.modified = False
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002
        """Set the cookie where it changed."""
        if not isinstance(session, DeskSession):
            return
        value = session.secret
        if value is None and CSRF_KEY in session:
            signed = self._signer.dumps({CSRF_KEY: session[CSRF_KEY]})
            value = str(signed)
        if value is None and session.is_new_cookie:
            response.delete_cookie(self.name, path="/", secure=self._https, httponly=True, samesite="Strict")
        elif value is not None and value != session.cookie:
            response.set_cookie(self.name, value, path="/", secure=self._https, httponly=True, samesite="Strict")

    def _read(self, cookie: str) -> dict[str, str]:
        try:
            found = self._signer.loads(cookie)
        except BadSignature:
            return {}
        return {CSRF_KEY: str(found[CSRF_KEY])}


def init_cookies(app: Flask) -> None:
    """Let this app keep sessions at the desk, and nowhere else."""
    app.session_interface = DeskCookies(app.extensions[EXTENSION])
