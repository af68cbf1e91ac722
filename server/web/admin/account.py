"""An admin's own account: password, recovery codes, language."""

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.actions import own_account
from server.actions.log_in import LoginRefused
from server.errors import BadRequest, CodeRefused
from server.passwords import LEAST, PasswordRefused
from server.web.admin.doors import desk, needs
from server.web.admin.page import desk_page
from server.web.limits import hit, limited
from server.web.services import services

bp = Blueprint("account", __name__, url_prefix="/admin/account")


@bp.get("/")
@limited("desk")
@needs(None)
def look() -> ResponseReturnValue:
    """Show what an admin can change about themselves."""
    return _page()


@bp.post("/password")
@limited("login")
@needs(None)
def change_password() -> ResponseReturnValue:
    """Keep another password; every other browser is logged out."""
    here, asking, sent = services(), desk(), request.form
    hit("account", of=asking.limited_as)
    if sent.get("new_password", "") != sent.get("again", ""):
        return _page(wrong="again")
    try:
        own_account.change_password(
            here.db, asking.session, sent.get("password", ""), sent.get("new_password", ""), now=here.clock()
        )
    except LoginRefused:
        return _page(wrong="password")
    except PasswordRefused as refusal:
        return _page(wrong=refusal.reason)
    return redirect(url_for("account.look", done="password"), 303)


@bp.post("/recovery-codes")
@limited("login")
@needs(None)
def renew_recovery_codes() -> ResponseReturnValue:
    """Show fresh recovery codes, this once, to who types a code of the phone."""
    here, asking = services(), desk()
    hit("account", of=asking.limited_as)
    code = request.form.get("code", "")
    try:
        codes = own_account.renew_recovery_codes(here.db, asking.session, code, sealer=here.sealer, now=here.clock())
    except CodeRefused:
        return _page(wrong="code")
    return desk_page("desk/recovery.html", codes=codes)


@bp.post("/language")
@limited("desk")
@needs(None)
def choose_language() -> ResponseReturnValue:
    """Let the desk speak another language."""
    locale = request.form.get("locale", "")
    if locale not in messages.SECTIONS["desk"]:
        raise BadRequest("the desk does not speak this language")
    own_account.choose_language(services().db, desk().session, locale)
    return redirect(url_for("account.look", done="language"), 303)


def _page(*, wrong: str | None = None) -> Response:
    asking = desk()
    languages = [(locale, messages.language_name(locale)) for locale in messages.SECTIONS["desk"]]
    return desk_page(
        "desk/account.html",
        status=422 if wrong else 200,
        wrong=wrong,
        least=LEAST,
        languages=languages,
        recovery_left=len(asking.admin.recovery_hashes),
        done=request.args.get("done"),
        came_by_recovery="left" in request.args,
    )
