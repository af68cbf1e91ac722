"""Logging in: name, password and code; the first time a phone and a password of one's own; and out again."""

import re
from io import BytesIO
from typing import cast
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from server import second_factor
from server.actions import log_in as verbs
from server.actions.log_in import LoginRefused
from server.errors import CodeRefused
from server.passwords import LEAST, PasswordRefused
from server.web.admin.cookies import DESK, DeskSession, fresh_data
from server.web.admin.doors import Desk, desk, for_newcomers, for_strangers, needs
from server.web.admin.page import desk_page
from server.web.limits import hit, limited
from server.web.services import services

bp = Blueprint("logging_in", __name__, url_prefix="/admin")
# No segment begins with a dot, nor is one spelled otherwise: from here no way leads up and out.
_SEGMENT = "[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_OWN_PATH = re.compile(rf"{DESK}(?:{_SEGMENT}(?:/{_SEGMENT})*/?)?(?:\?[A-Za-z0-9_./?=&%+:~*-]*)?")
_QR_SCALE = 5


@bp.get("/login")
@limited("desk")
@for_strangers
def look() -> ResponseReturnValue:
    """Ask for name, password and code."""
    return desk_page("desk/login.html", name="", where=request.args.get("next", ""))


@bp.post("/login")
@limited("login")
@for_strangers
def log_in() -> ResponseReturnValue:
    """Open a session, and go on to where one wanted to go."""
    here, sent = services(), request.form
    name, where = sent.get("name", "").strip().lower(), sent.get("where", "")
    hit("account", of=_browser().limited_as(name))
    data = fresh_data()
    try:
        opened = verbs.log_in(
            here.db,
            name,
            sent.get("password", ""),
            sent.get("code", ""),
            data=data,
            sealer=here.sealer,
            now=here.clock(),
        )
    except LoginRefused:
        return desk_page("desk/login.html", status=422, name=name, where=where, refused=True)
    _browser().begin(opened.secret, data, admin=name)
    if opened.is_newcomer:
        return redirect(url_for("logging_in.set_up"), 303)
    if opened.recovery_left is not None:
        return redirect(url_for("account.look", left=opened.recovery_left), 303)
    return redirect(where if is_own_path(where) else url_for("statements.look"), 303)


@bp.get("/setup")
@limited("desk")
@for_newcomers
def set_up() -> ResponseReturnValue:
    """Show the QR code for the phone, and ask for a password of one's own."""
    return _setup_page(desk())


@bp.get("/setup/phone.svg")
@limited("desk")
@for_newcomers
def phone() -> ResponseReturnValue:
    """Draw the QR code that the phone reads."""
    svg = BytesIO()
    picture = segno.make_qr(_address_for_phone(desk()), error="m")
    picture.save(svg, kind="svg", scale=_QR_SCALE, light="#fff", dark="#000")
    return Response(svg.getvalue(), mimetype="image/svg+xml")


@bp.post("/setup")
@limited("login")
@for_newcomers
def enrol() -> ResponseReturnValue:
    """Keep password and phone, and show the recovery codes, this once."""
    here, asking, sent = services(), desk(), request.form
    hit("account", of=asking.limited_as)
    if sent.get("new_password", "") != sent.get("again", ""):
        return _setup_page(asking, wrong="again")
    data = fresh_data()
    try:
        opened, codes = verbs.enrol(
            here.db,
            asking.session,
            sent.get("new_password", ""),
            sent.get("code", ""),
            data=data,
            sealer=here.sealer,
            now=here.clock(),
        )
    except PasswordRefused as refusal:
        return _setup_page(asking, wrong=refusal.reason)
    except CodeRefused:
        return _setup_page(asking, wrong="code")
    _browser().begin(opened.secret, data, admin=asking.admin.name)
    return desk_page("desk/recovery.html", codes=codes)


@bp.post("/logout")
@limited("desk")
@needs(None)
def log_out() -> ResponseReturnValue:
    """End the session, here and in the database."""
    verbs.log_out(services().db, desk().session, now=services().clock())
    _browser().end()
    return redirect(url_for("logging_in.look"), 303)


@bp.get("/alive")
@limited("desk")
@needs(None)
def alive() -> ResponseReturnValue:
    """Say nothing: that it was asked for keeps the session of somebody who is typing."""
    return Response(status=204)


def is_own_path(where: str) -> bool:
    """Say whether an address, as it is followed by a browser, leads to a page of the desk and nowhere else."""
    return _OWN_PATH.fullmatch(where) is not None


def _browser() -> DeskSession:
    return cast("DeskSession", session)


def _setup_page(asking: Desk, *, wrong: str | None = None) -> Response:
    secret = services().sealer.unseal(asking.admin.sealed_totp, purpose=second_factor.SEALED_FOR)
    groups = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return desk_page(
        "desk/setup.html",
        status=422 if wrong else 200,
        wrong=wrong,
        secret=groups,
        least=LEAST,
        phone=url_for("logging_in.phone"),
    )


def _address_for_phone(asking: Desk) -> str:
    here = services()
    secret = here.sealer.unseal(asking.admin.sealed_totp, purpose=second_factor.SEALED_FOR)
    server = urlsplit(here.settings.base_url).hostname or "undersigned"
    return second_factor.address_for_phone(secret, name=asking.admin.name, server=server)
