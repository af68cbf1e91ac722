"""What every answer carries and what none does: walks all routes of the app."""

import base64
import hashlib

import pytest
from flask import url_for
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from server import create_app
from server.config import read_settings
from server.services.tokens import add_token
from server.web import assets
from server.web.context import EXTENSION
from server.web.security import (
    DESK_POLICY,
    EMAIL_POLICY,
    HANDBOOK_POLICY,
    NOTHING_POLICY,
    PAGE_POLICY,
    PREVIEW_POLICY,
    SHARING_POLICY,
    frame_policy,
)
from tests.conftest import BASE_URL, PARTNER, environment
from tests.web.scene import CSV, DATA, PAGE, addresses, everything, newest_link

EVIL = "evil.example"


@pytest.fixture
def values(signer, context, clock):
    """What fills the variable parts of an address so that it leads somewhere."""
    assert signer.post().status_code == 202
    return {
        "slug": "open-rivers",
        "token": newest_link(context, now=clock()).rpartition("/")[2],
        "version": "v1",
        "locale": "en",
        "partner": "river-watch",
        "signature_id": "1",
        "token_id": "1",
    }


@pytest.fixture
def walk(app, client, values, db, clock):
    """Every answer to GET and HEAD of every route, good and wrong, and to a few posts."""
    secret = add_token(db, "walk", scopes=["export"], slug=None, expires_at=None, actor="test", now=clock())
    wrong = {"slug": "no-such", "token": "rubbish", "version": "v9", "locale": "xx", "partner": "nobody"}
    wrong |= {"signature_id": "999", "token_id": "999"}

    def answers(**headers):
        headers["Authorization"] = f"Bearer {secret}"
        for method in ("GET", "HEAD"):
            for path in [*addresses(app, method, **values), *addresses(app, method, **wrong), "/no-such", "/api/none"]:
                answer = client.open(path, method=method, headers=headers, buffered=True)
                yield method, path, answer
        for path in addresses(app, "POST", **wrong):
            yield "POST", path, client.post(path, headers=headers)
        for path in (PAGE, f"{DATA}/signatures", f"/confirm/{values['token']}/resend", f"/confirm/{values['token']}"):
            form = {"json": {}} if path.startswith("/api") else {"data": {"consent": "yes"}}
            yield "POST", path, client.post(path, headers=headers, **form)

    return answers


def policy_of(path, answer):
    """The policy that suits an answer; only the pages of the frame may have other people's pages around them."""
    if answer.mimetype != "text/html":
        return NOTHING_POLICY
    if path == f"{PAGE}/embed" and answer.status_code == 200:
        return PREVIEW_POLICY
    if path == f"{PAGE}/thanks" and answer.status_code == 200:
        return SHARING_POLICY
    if path.startswith("/handbook") and answer.status_code == 200:
        return HANDBOOK_POLICY
    if path.endswith("/emails/letter") and answer.status_code == 200:
        return EMAIL_POLICY
    if path.startswith("/admin") and answer.status_code != 303:
        return DESK_POLICY
    framed = path.startswith("/embed/open-rivers") and answer.status_code == 200
    named = [PARTNER] if "partner=river-watch" in path else []
    return frame_policy(named, own_origin=BASE_URL) if framed else PAGE_POLICY


def test_every_answer_has_the_headers_and_no_cookie(walk):
    seen = 0
    for method, path, answer in walk():
        seen += 1
        assert "Set-Cookie" not in answer.headers or path.startswith("/admin/"), (method, path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Permissions-Policy"].startswith("camera=()")
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert answer.headers["Cache-Control"]
        assert answer.headers["Content-Security-Policy"] == policy_of(path, answer)
        assert "Strict-Transport-Security" not in answer.headers
        assert "Server" not in answer.headers
    assert seen > 50


def test_an_answer_that_says_unchanged_leaves_the_headers_that_the_reader_keeps(client, statement):
    first = client.get(DATA)
    again = client.get(DATA, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.headers["Content-Security-Policy"], again.status_code) == (NOTHING_POLICY, 304)
    assert "Content-Security-Policy" not in again.headers
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert again.headers["Vary"] == first.headers["Vary"]
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_the_policy_of_pages_lets_nothing_foreign_and_nothing_inline_run():
    rules = dict(rule.split(" ", 1) for rule in PAGE_POLICY.split("; "))

    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["base-uri"] == "'none'"
    assert rules["form-action"] == "'self'"
    assert rules["style-src"] == assets.PUBLIC_CSS_SOURCE
    assert rules["img-src"] == "data:"
    assert "script-src" not in rules
    assert "unsafe" not in PAGE_POLICY
    assert "http" not in PAGE_POLICY


@pytest.mark.parametrize("path", [PAGE, "/embed/open-rivers", "/no-such"])
def test_the_styles_within_a_page_are_those_that_its_policy_lets_in(client, statement, path):
    answer = client.get(path)
    within = answer.text.partition("<style>")[2].partition("</style>")[0]

    digest = base64.b64encode(hashlib.sha256(within.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in answer.headers["Content-Security-Policy"]


def test_the_page_with_the_preview_allows_our_own_script_and_frame_and_nothing_else():
    assert f"{PAGE_POLICY}; script-src 'self'; frame-src 'self'" == PREVIEW_POLICY


def test_the_page_that_asks_to_pass_it_on_allows_our_own_scripts_and_nothing_else():
    assert f"{PAGE_POLICY}; script-src 'self'" == SHARING_POLICY


def test_no_answer_is_a_fault_and_only_the_public_ones_may_be_kept(walk):
    kept = set()
    for method, path, answer in walk():
        assert answer.status_code < 500, (method, path)
        if answer.headers["Cache-Control"] != "no-store":
            kept.add(path.split("?")[0])
    personal = {path for path in kept if path.startswith(("/s/", "/confirm", "/admin", "/healthz", "/readyz"))}
    assert personal == {PAGE, f"{PAGE}/versions", f"{PAGE}/card.png"}
    assert DATA in kept


def test_head_is_get_without_a_body(app, client, values, db, clock):
    secret = add_token(db, "head", scopes=["export"], slug=None, expires_at=None, actor="test", now=clock())
    headers = {"Authorization": f"Bearer {secret}"}
    for path in addresses(app, "GET", **values):
        full, head = (client.open(path, method=method, headers=headers, buffered=True) for method in ("GET", "HEAD"))
        assert (head.status_code, head.data) == (full.status_code, b""), path
        for name in ("Content-Type", "ETag", "Cache-Control", "Access-Control-Allow-Origin"):
            assert head.headers.get(name) == full.headers.get(name), path


def test_looking_changes_nothing_on_any_route(app, client, values, db):
    before = everything(db)
    for method in ("GET", "HEAD", "OPTIONS"):
        for path in addresses(app, "GET", **values):
            client.open(f"{path}?consent=yes&kind=individual", method=method, buffered=True)
        for path in addresses(app, "POST", **values):
            client.open(path, method=method, buffered=True)

    assert everything(db) == before


def test_https_is_remembered_by_browsers_where_we_have_it(tmp_path):
    secure = {"UNDERSIGNED_BASE_URL": "https://sign.example", "UNDERSIGNED_TRUSTED_PROXIES": "1"}
    app = create_app(read_settings(environment(tmp_path, **secure)))
    app.extensions[EXTENSION].db.migrate(create=True)
    answer = app.test_client().get("/healthz")
    app.extensions[EXTENSION].db.close()

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


# Links and redirects


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": EVIL},
        {"Host": f"{EVIL}:8000"},
        {"Host": f"localhost:8000@{EVIL}"},
        {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": f"//{EVIL}"},
        {"Forwarded": f"host={EVIL}"},
        {"X-Original-URL": f"//{EVIL}", "X-Rewrite-URL": f"//{EVIL}", "Referer": f"http://{EVIL}/"},
    ],
)
def test_no_link_is_made_from_what_a_request_says_about_our_name(walk, mails, headers):
    for method, path, answer in walk(**headers):
        assert EVIL.encode() not in answer.data, (method, path)
        assert EVIL not in answer.headers.get("Location", ""), (method, path)
    mails.deliver()
    for text in mails.texts():
        assert EVIL not in text
        assert f"{BASE_URL}/confirm/" in text or f"{BASE_URL}/signature/" in text


def test_flask_itself_would_make_links_from_the_host(app):
    """The twin: what a view that asks for absolute addresses would send."""
    with app.test_request_context(PAGE, headers={"Host": EVIL}):
        assert EVIL in url_for("pages.show_statement", slug="open-rivers", _external=True)


@pytest.mark.parametrize(
    "path", ["//evil.example/s/open-rivers", "/s//open-rivers", "//s/open-rivers", "/s/open-rivers//"]
)
def test_odd_slashes_lead_nowhere_else(client, statement, path):
    answer = client.get("/", environ_overrides={"PATH_INFO": path}, headers={"Host": EVIL})

    assert answer.status_code in (200, 308, 404)
    assert answer.headers.get("Location") in (None, PAGE)


def test_werkzeug_would_redirect_doubled_slashes_to_the_host_of_the_request(client, app, statement):
    """The twin: this is what the switch is for."""
    app.url_map.merge_slashes = True
    for rule in app.url_map.iter_rules():
        rule.merge_slashes = True
    app.url_map._remap = True
    answer = client.get("/admin//login", headers={"Host": EVIL})

    assert (answer.status_code, answer.location) == (308, f"http://{EVIL}/admin/login")


KEYS = [
    "redir",
    "next",
    "url",
    "return",
    "returnTo",
    "continue",
    "locale",
    "outcome",
    "kind",
    "after",
    "partner",
    "slug",
]
TARGETS = [
    f"//{EVIL}",
    f"https://{EVIL}",
    f"/\\{EVIL}",
    f"http:{EVIL}",
    "javascript:alert(1)",
    f"\t//{EVIL}",
    "\r\nX: y",
]


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(TARGETS), min_size=1))
@hypothesis_settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_query_leads_away_from_us(client, values, query):
    link = f"/confirm/{values['token']}"
    for path, form in ((link, {"consent": "yes"}), (f"{link}/resend", query), (PAGE, query)):
        answer = client.post(path, query_string=query, data=query | form)
        location = answer.headers.get("Location", "/s/")
        assert location.startswith("/s/open-rivers" if "Location" in answer.headers else "/s/")
        assert EVIL not in location
    for path in (link, PAGE, f"{PAGE}/thanks", DATA, CSV):
        answer = client.get(path, query_string=query)
        assert EVIL not in answer.headers.get("Location", "")
        assert "X" not in answer.headers
        assert f'href="//{EVIL}' not in answer.get_data(as_text=True)
