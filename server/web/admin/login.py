"""Login, account setup, logout, and an admin's own account."""

import re
from io import BytesIO
from typing import cast
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError

from server.crypto import passwords
from server.crypto.passwords import PASSWORD_SHORTEST, TooManyHashes
from server.errors import CodeRefused, ValueRefused
from server.services import accounts
from server.services.accounts import LoginRefused
from server.text import translations
from server.web.admin.auth import (
    DESK_PATH,
    DeskRequest,
    DeskSession,
    desk_request,
    for_anonymous,
    for_set_up,
    new_session_data,
    requires_role,
)
from server.web.admin.page import desk_page
from server.web.context import get_context, see_other
from server.web.forms import Form, TextField, choice_field, raw_field
from server.web.limits import hit, limited

# Login and setup.

bp = Blueprint("login", __name__, url_prefix="/admin")
# No segment may begin with a dot or use percent-encoding, so a path cannot leave the desk.
_SEGMENT = "[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_DESK_PATH_SHAPE = re.compile(rf"{DESK_PATH}(?:{_SEGMENT}(?:/{_SEGMENT})*/?)?(?:\?[A-Za-z0-9_./?=&%+:~*-]*)?")
_QR_SCALE = 5


class LoginForm(Form):
    """Name, password and code; ``where`` is the page that was requested before."""

    name = raw_field()
    password = raw_field()
    code = raw_field()
    where = raw_field()


class NewPasswordForm(Form):
    """A new password, typed twice."""

    messages = "desk.password.wrong."
    password = raw_field()  # the current one
    new_password = raw_field()
    again = raw_field()
    code = raw_field()

    def validate_again(self, field: TextField) -> None:
        """Compare the two passwords."""
        if field.data != self.new_password.data:
            raise ValidationError("again")


@bp.get("/login")
@limited("desk")
@for_anonymous
def show_login() -> ResponseReturnValue:
    """Show the form for name, password and code."""
    return desk_page("desk/login.html", form=LoginForm(where=request.args.get("next", "")))


@bp.post("/login")
@limited("login")
@for_anonymous
def log_in() -> ResponseReturnValue:
    """Log in, and redirect to the page that was requested before."""
    here, form, browser = get_context(), LoginForm(), _desk_session()
    name, where, data = form.name.data.strip().lower(), form.where.data, new_session_data()
    try:
        with passwords.hash_slot(is_known=browser.is_known_to(name)):
            hit("account", of=browser.limited_as(name))
            opened = accounts.log_in(
                here.db,
                name,
                form.password.data,
                form.code.data,
                data=data,
                sealer=here.sealer,
                now=here.clock(),
            )
    except LoginRefused:
        return desk_page("desk/login.html", status=422, form=form, wrong="refused")
    except TooManyHashes as busy:
        response = desk_page("desk/login.html", status=busy.status, form=form, wrong="busy")
        response.headers["Retry-After"] = str(busy.retry_after_s)
        return response
    browser.begin(opened.secret, data, admin=name)
    if opened.is_newcomer:
        return see_other("login.show_set_up")
    if opened.recovery_left is not None:
        return see_other("account.show_account", left=opened.recovery_left)
    return redirect(where if is_desk_path(where) else url_for("statements.show_statements"), 303)


@bp.get("/setup")
@limited("desk")
@for_set_up
def show_set_up() -> ResponseReturnValue:
    """Show the QR code for the authenticator app, and the form for a password."""
    return _render_setup(NewPasswordForm())


@bp.get("/setup/phone.svg")
@limited("desk")
@for_set_up
def show_totp_qr_code() -> ResponseReturnValue:
    """Return the TOTP secret as a QR code."""
    svg = BytesIO()
    picture = segno.make_qr(_totp_uri(desk_request()), error="m")
    picture.save(svg, kind="svg", scale=_QR_SCALE, light="#fff", dark="#000")
    return Response(svg.getvalue(), mimetype="image/svg+xml")


@bp.post("/setup")
@limited("login")
@for_set_up
def set_up() -> ResponseReturnValue:
    """Save the password and the phone, and show the recovery codes; they are shown only once."""
    here, asking, form = get_context(), desk_request(), NewPasswordForm()
    hit("account", of=asking.limited_as)
    if not form.validate():
        return _render_setup(form)
    data = new_session_data()
    try:
        with passwords.hash_slot(is_known=True):
            opened, codes = accounts.set_up_account(
                here.db,
                asking.session,
                form.new_password.data,
                form.code.data,
                data=data,
                sealer=here.sealer,
                now=here.clock(),
            )
    except ValueRefused as refusal:
        form.refuse("new_password", refusal.reason)
        return _render_setup(form)
    except CodeRefused:
        form.refuse("code", "code")
        return _render_setup(form)
    _desk_session().begin(opened.secret, data, admin=asking.admin.name)
    return desk_page("desk/recovery.html", codes=codes)


@bp.post("/logout")
@limited("desk")
@requires_role(None)
def log_out() -> ResponseReturnValue:
    """Delete the session from the database and the cookie from the browser."""
    accounts.log_out(get_context().db, desk_request().session, now=get_context().clock())
    _desk_session().end()
    return see_other("login.show_login")


@bp.get("/alive")
@limited("desk")
@requires_role(None)
def keep_session_alive() -> ResponseReturnValue:
    """Return an empty answer; the request itself keeps the session alive while somebody is typing."""
    return Response(status=204)


def is_desk_path(where: str) -> bool:
    """Say whether a redirect target is a path of the desk and nothing else."""
    return _DESK_PATH_SHAPE.fullmatch(where) is not None


def _desk_session() -> DeskSession:
    return cast("DeskSession", session)


def _render_setup(form: NewPasswordForm) -> Response:
    secret = get_context().sealer.unseal(desk_request().admin.sealed_totp, purpose=passwords.TOTP_SEAL_PURPOSE)
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return desk_page(
        "desk/setup.html",
        form=form,
        secret=groups,
        least=PASSWORD_SHORTEST,
        phone=url_for("login.show_totp_qr_code"),
    )


def _totp_uri(asking: DeskRequest) -> str:
    here = get_context()
    secret = here.sealer.unseal(asking.admin.sealed_totp, purpose=passwords.TOTP_SEAL_PURPOSE)
    server = urlsplit(here.settings.base_url).hostname or "undersigned"
    return passwords.totp_uri(secret, name=asking.admin.name, server=server)


# An admin's own account.

account_bp = Blueprint("account", __name__, url_prefix="/admin/account")


class LanguageForm(Form):
    """The desk's language."""

    needed = ("locale",)
    locale = choice_field(translations.SECTIONS["desk"])


@account_bp.get("/")
@limited("desk")
@requires_role(None)
def show_account() -> ResponseReturnValue:
    """Show the settings that admins can change for themselves."""
    return _render_account(NewPasswordForm())


@account_bp.post("/password")
@limited("login")
@requires_role(None)
def change_password() -> ResponseReturnValue:
    """Change the password; every other browser is logged out."""
    here, asking, form = get_context(), desk_request(), NewPasswordForm()
    hit("account", of=asking.limited_as)
    if not form.validate():
        return _render_account(form)
    try:
        with passwords.hash_slot(is_known=True):
            accounts.change_password(
                here.db, asking.session, form.password.data, form.new_password.data, now=here.clock()
            )
    except LoginRefused:
        form.refuse("password", "password")
        return _render_account(form)
    except ValueRefused as refusal:
        form.refuse("new_password", refusal.reason)
        return _render_account(form)
    return see_other("account.show_account", done="password")


@account_bp.post("/recovery-codes")
@limited("login")
@requires_role(None)
def renew_recovery_codes() -> ResponseReturnValue:
    """Create and show new recovery codes, once; requires a TOTP code."""
    here, asking, form = get_context(), desk_request(), NewPasswordForm()
    hit("account", of=asking.limited_as)
    try:
        codes = accounts.renew_recovery_codes(
            here.db, asking.session, form.code.data, sealer=here.sealer, now=here.clock()
        )
    except CodeRefused:
        form.refuse("code", "code")
        return _render_account(form)
    return desk_page("desk/recovery.html", codes=codes)


@account_bp.post("/language")
@limited("desk")
@requires_role(None)
def set_language() -> ResponseReturnValue:
    """Set the desk's language for this admin."""
    form = LanguageForm()
    if not form.validate():
        return _render_account(form)
    accounts.set_language(get_context().db, desk_request().session, form.locale.data)
    return see_other("account.show_account", done="language")


def _render_account(form: Form) -> Response:
    asking = desk_request()
    languages = [(locale, translations.language_name(locale)) for locale in translations.SECTIONS["desk"]]
    return desk_page(
        "desk/account.html",
        form=form,
        least=PASSWORD_SHORTEST,
        languages=languages,
        recovery_left=len(asking.admin.recovery_hashes),
        done=request.args.get("done"),
        came_by_recovery="left" in request.args,
    )
