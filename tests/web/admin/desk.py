"""Admins at the desk: made and logged in without the tenth of a second that a password takes, then real requests."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import encode_multipart

from server.crypto import passwords
from server.db import Store
from server.tables import admins, statements
from server.tables.admins import EVERYWHERE, Role
from server.web.context import EXTENSION, Context
from tests.web.reading import Page

COOKIE = "undersigned"
PASSWORD = "a river is a road that walks"
HASH = (  # of that password; made once, so that a test does not wait for it
    "$argon2id$v=19$m=65536,t=3,p=1$r7JblvIYQuyDsr5SKe1UjQ$g2WiVwYssNrKOTym7sqBEpI97PyT9B5RUnZ6LL7zlWg"
)
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
PLACES = ("/admin/account/", "/admin/login", "/admin/setup")


@dataclass
class Browser:
    """A browser at the desk: forms that it posts carry the token of a page that it has seen."""

    client: FlaskClient
    secret: str = ""  # what the phone and the server share
    _token: str = field(default="", repr=False)

    def get(self, path: str, **query: Any) -> Page:
        return Page(self.client.get(path, query_string=query or None))

    def open(self, path: str, **options: Any) -> Any:
        """The answer as it is, for files and headers."""
        return self.client.open(path, **options)

    def post(self, path: str, form: dict[str, Any] | None = None, *, token: bool = True, **options: Any) -> Any:
        data = {**(form or {}), **({"csrf_token": self.token()} if token else {})}
        return self.client.post(path, data=data, **options)

    def upload(self, path: str, form: dict[str, Any]) -> Any:
        """Post a form of parts; made in memory, because the client leaves a long one open on the disk."""
        boundary, body = encode_multipart({**form, "csrf_token": self.token()})
        return self.client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')

    def seen(self, path: str, **query: Any) -> dict[str, str]:
        """What the forms of a page carry to say which lines it shows."""
        return {name: value for name, value in self.get(path, **query).values.items() if name.startswith("seen-")}

    def token(self) -> str:
        """What ties a form to this session; asked for once, as a tab that stays open has it."""
        if not self._token:
            pages = (self.client.get(place) for place in PLACES)
            found = next(CSRF.search(page.text) for page in pages if page.status_code == 200)
            assert found
            self._token = found[1]
        return self._token

    def forget_token(self) -> None:
        self._token = ""

    def code(self, now: int) -> str:
        """What the phone shows."""
        return phone_shows(self.secret, now)


def phone_shows(secret: str, now: int) -> str:
    return pyotp.TOTP(secret).at(now)


def make_admin(app: Flask, name: str, role: Role | None, *, slug: str | None, now: int) -> str:
    """Store an admin who has set up everything, and return the secret of their phone."""
    return store_admin(app.extensions[EXTENSION], name, role, slug=slug, now=now)


def store_admin(here: Context, name: str, role: Role | None, *, slug: str | None, now: int) -> str:
    """Store such an admin without an app."""
    secret = passwords.new_totp_secret()
    sealed = here.sealer.seal(secret, purpose=passwords.TOTP_SEAL_PURPOSE).blob
    with here.db.write() as tx:
        admin_id = admins.add(tx, name, password_hash=HASH, sealed_totp=sealed, invited_until=now, now=now)
        admins.enrol(tx, admin_id, password_hash=HASH, recovery_hashes=[])
        if role:
            place = statements.get(tx, slug).id if slug else EVERYWHERE
            admins.give_role(tx, admin_id, place, role)
    return secret


def logged_in(app: Flask, name: str, role: Role | None, *, slug: str | None = "open-rivers", now: int) -> Browser:
    """A browser in which a new admin with this role is logged in."""
    secret = make_admin(app, name, role, slug=slug, now=now)
    return Browser(come_in(app, name, now=now), secret)


def come_in(app: Flask, name: str, *, now: int) -> FlaskClient:
    """A client with a session of that admin."""
    db: Store = app.extensions[EXTENSION].db
    cookie = secrets.token_urlsafe(32)
    with db.write() as tx:
        admin = admins.get_by_name(tx, name)
        admins.add_session(tx, cookie, admin.id, {"csrf_token": secrets.token_hex(20)}, totp_at=None, now=now)
    client = app.test_client()
    client.set_cookie(COOKIE, cookie)
    return client
