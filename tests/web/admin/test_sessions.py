"""The desk's cookie: a secret that the database knows by its hash, and that no page but the desk's ever sets."""

import pytest

from server.config import Settings, read_settings
from server.web.context import EXTENSION
from tests.conftest import environment
from tests.databases import databases
from tests.scene import look
from tests.web.admin.desk import COOKIE, PASSWORD, Browser, make_admin, phone_shows
from tests.web.scene import DATA, LIST, NO_LIMITS, PAGE

HTTPS = "https://sign.example.org"
LOGIN = "/admin/login"


def attributes(answer) -> tuple[str, set[str]]:
    """Name and attributes of the only cookie that an answer sets, apart from what makes the browser a known one."""
    [line] = [line for line in answer.headers.getlist("Set-Cookie") if "-device=" not in line]
    pair, *rest = line.split("; ")
    return pair.partition("=")[0], set(rest)


class TestOverHttps:
    """Behind a proxy that speaks https."""

    @pytest.fixture
    def settings(self, tmp_path) -> Settings:
        more = {"UNDERSIGNED_BASE_URL": HTTPS, "UNDERSIGNED_TRUSTED_PROXIES": "0"}
        return read_settings(environment(tmp_path, **(NO_LIMITS | more)))

    def log_in(self, app, clock, **headers: str):
        secret = make_admin(app, "olga", "owner", slug=None, now=clock())
        browser = Browser(app.test_client())
        form = {"name": "olga", "password": PASSWORD, "code": phone_shows(secret, clock())}
        return browser, browser.post(LOGIN, form, base_url=HTTPS, headers=headers)

    def get_token(self, app):
        return app.test_client().get(LOGIN, base_url=HTTPS)

    def test_nobody_else_can_plant_read_or_carry_it(self, app, statement):
        answer = self.get_token(app)

        assert attributes(answer) == ("__Host-undersigned", {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"})

    @pytest.mark.parametrize("referrer", [None, f"{HTTPS}/", "https://sign.example.org/admin/login"])
    def test_a_browser_logs_in_whether_it_sends_referrers_or_not(self, app, statement, clock, referrer):
        secret = make_admin(app, "olga", "owner", slug=None, now=clock())
        browser = Browser(app.test_client())
        page = browser.client.get(LOGIN, base_url=HTTPS)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"name": "olga", "password": PASSWORD, "code": phone_shows(secret, clock()), "csrf_token": token}
        headers = {"Origin": HTTPS} | ({"Referer": referrer} if referrer else {})

        answer = browser.client.post(LOGIN, data=form, headers=headers, base_url=HTTPS)

        assert answer.status_code == 303
        assert attributes(answer) == ("__Host-undersigned", {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"})

    def test_another_website_that_knows_a_token_is_refused(self, app, statement):
        """The twin: the referrer is not what keeps others out."""
        client = app.test_client()
        token = client.get(LOGIN, base_url=HTTPS).text.split('name="csrf_token" value="')[1].split('"')[0]
        headers = {"Origin": "https://evil.example"}

        answer = client.post(LOGIN, data={"csrf_token": token, "name": "x"}, headers=headers, base_url=HTTPS)

        assert answer.status_code == 403


def test_without_https_it_has_a_plain_name_for_browsers_take_the_prefix_with_secure_alone(stranger, statement):
    assert attributes(stranger.open(LOGIN)) == ("undersigned", {"HttpOnly", "Path=/", "SameSite=Strict"})


@pytest.mark.parametrize("path", [PAGE, LIST, DATA, "/embed/open-rivers", "/healthz", "/nowhere", f"{PAGE}/links"])
def test_no_other_page_sets_a_cookie(stranger, statement, path):
    assert "Set-Cookie" not in stranger.open(path).headers


def test_a_page_that_is_looked_at_again_sets_no_cookie_again(owner):
    assert "Set-Cookie" not in owner.open("/admin/").headers


def test_the_database_knows_its_hash_alone(app, db, owner, tmp_path):
    cookie = owner.client.get_cookie(COOKIE)
    assert cookie is not None
    kept = databases.all_bytes(tmp_path)

    assert look(db, "SELECT count(*) AS n FROM sessions") == [{"n": 1}]
    assert b"csrf_token" in kept, "what is kept is found this way"
    assert cookie.value.encode() not in kept


@pytest.mark.parametrize("value", [".", "a.b", "a.b.c", "é", "x" * 4000, '"quoted"', "%00", ""])
def test_whatever_stands_in_the_cookie_is_a_strangers(app, statement, value):
    browser = Browser(app.test_client())
    headers = {"Cookie": f"{COOKIE}={value}"}

    assert browser.client.get("/admin/", headers=headers).status_code == 303
    assert browser.client.get(LOGIN, headers=headers).status_code == 200


def test_a_value_that_was_signed_for_something_else_ties_no_form(app, statement, stranger):
    key = app.extensions[EXTENSION].settings.secret_keys[-1]
    token = stranger.token()
    stranger.client.set_cookie(COOKIE, f"{key}.{token}")

    assert stranger.client.post(LOGIN, data={"csrf_token": token}).status_code == 400
