"""The first login: a password of one use opens the setup and nothing else; then phone, own password, recovery codes."""

from io import BytesIO

import segno

from server.crypto import passwords
from server.crypto.passwords import TOTP_STEP_S
from server.services import accounts
from server.web.admin.auth import ANONYMOUS, SET_UP
from tests.scene import look
from tests.web.admin.desk import COOKIE, Browser, phone_shows
from tests.web.admin.test_auth import desk_routes

OWN = "a boat is a house that moves"
LOGIN, SETUP = "/admin/login", "/admin/setup"


def invite(db, context, clock, name="nora") -> str:
    sealer = context.sealer
    return accounts.add_admin(db, name, role="owner", slug=None, sealer=sealer, actor="cli", now=clock())


def come(app, password: str, name="nora") -> Browser:
    browser = Browser(app.test_client())
    answer = browser.post(LOGIN, {"name": name, "password": password, "code": ""})
    browser.forget_token()
    assert (answer.status_code, answer.location) == (303, SETUP)
    assert browser.open("/admin/").location == SETUP
    return browser


def secret_on(page) -> str:
    """What somebody types into a phone that cannot scan."""
    words = page.words.split()
    groups = [word for word in words if len(word) == 4 and word.isupper() and word.isalnum()]
    return "".join(groups[:8])


def set_up(browser: Browser, code: str, *, password=OWN, again=None):
    form = {"code": code, "new_password": password, "again": password if again is None else again}
    return browser.post(SETUP, form)


def test_from_the_first_password_to_the_recovery_codes_and_back_with_ones_own(app, db, context, clock):
    first_password = invite(db, context, clock)
    browser = come(app, first_password)
    secret = secret_on(browser.get(SETUP))
    newcomers_cookie = browser.client.get_cookie(COOKIE).value

    answer = set_up(browser, phone_shows(secret, clock()))

    assert answer.status_code == 200
    assert answer.text.count("<li><code>") == passwords.RECOVERY_CODES
    assert browser.client.get_cookie(COOKIE).value != newcomers_cookie
    assert browser.open("/admin/").status_code == 200
    assert browser.open(SETUP).status_code == 303, "the setup is over"
    clock.forward(seconds=TOTP_STEP_S)
    form = {"name": "nora", "password": first_password, "code": phone_shows(secret, clock())}
    assert Browser(app.test_client()).post(LOGIN, form).status_code == 422
    assert Browser(app.test_client()).post(LOGIN, form | {"password": OWN}).status_code == 303


def test_a_first_password_opens_nothing_but_the_setup(app, db, context, clock):
    browser = come(app, invite(db, context, clock))
    others = [path for path, _, door in desk_routes(app, {"GET"}) if door not in (SET_UP, ANONYMOUS)]

    assert {browser.open(path).status_code for path in others} == {303}
    assert browser.open("/admin/setup").status_code == 200


def test_whatever_is_wrong_nothing_is_set_up_and_the_same_phone_serves(app, db, context, clock):
    browser = come(app, invite(db, context, clock))
    secret = secret_on(browser.get(SETUP))
    code = phone_shows(secret, clock())
    refused = [
        set_up(browser, "000000"),
        set_up(browser, code, password="short", again="short"),
        set_up(browser, code, again="another one altogether"),
        set_up(browser, code, password="nora nora nora"),
    ]

    assert {answer.status_code for answer in refused} == {422}
    assert look(db, "SELECT count(*) AS n FROM admins WHERE invited_until IS NULL") == [{"n": 0}]
    assert secret_on(browser.get(SETUP)) == secret
    assert set_up(browser, code).status_code == 200


def test_the_picture_is_the_secret_for_the_phone(app, db, context, clock):
    browser = come(app, invite(db, context, clock))
    secret = secret_on(browser.get(SETUP))
    answer = browser.open("/admin/setup/phone.svg")
    address = passwords.totp_uri(secret, name="nora", server="localhost")

    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    drawn = BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="svg", scale=5, border=4, light="#fff", dark="#000")
    assert answer.data == drawn.getvalue()


def test_an_invitation_lasts_a_week_and_a_reset_makes_a_new_one(app, db, context, clock):
    password = invite(db, context, clock)
    clock.forward(seconds=accounts.INVITATION_S)
    late = Browser(app.test_client())
    assert late.post(LOGIN, {"name": "nora", "password": password}).status_code == 422

    again = accounts.reset_admin(db, "nora", sealer=context.sealer, actor="cli", now=clock())
    assert come(app, again)


def test_who_saw_the_picture_at_an_earlier_first_login_does_not_know_the_phone(app, db, context, clock, statement):
    password = invite(db, context, clock)
    seen = secret_on(come(app, password).get(SETUP))

    assert secret_on(come(app, password).get(SETUP)) != seen


def test_the_printed_password_cannot_become_ones_own(app, db, context, clock, statement):
    password = invite(db, context, clock)
    browser = come(app, password)
    secret = secret_on(browser.get(SETUP))

    sent = {"code": phone_shows(secret, clock()), "new_password": password, "again": password}
    assert browser.post(SETUP, sent).status_code == 422
