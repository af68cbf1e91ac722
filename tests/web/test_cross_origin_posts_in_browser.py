"""A page of another website cannot make its visitors sign, by any of the ways in which Chromium lets a page send."""

import json
import secrets

import pytest
from flask import Flask, request

from server.services import partners
from tests.browsing import Served, browsable
from tests.web.scene import PAGE, SIGN, count

pytestmark = pytest.mark.browser

# Each takes the address, the body and its fields; each ends when the browser has sent what it would send.
WAYS = {
    "fetch of JSON": "({ url, body }) => fetch(url, { method: 'POST', body, "
    "headers: { 'Content-Type': 'application/json' } }).catch(() => 0)",
    "fetch without CORS": "({ url, body }) => fetch(url, { method: 'POST', mode: 'no-cors', body: new Blob([body]) })",
    "fetch of plain text": "({ url, body }) => fetch(url, { method: 'POST', mode: 'no-cors', body })",
    "beacon of plain text": "({ url, body }) => navigator.sendBeacon(url, body)",
    "beacon of JSON": "({ url, body }) => navigator.sendBeacon(url, new Blob([body], { type: 'application/json' }))",
    "form": "(sent) => send(sent.fields, 'application/x-www-form-urlencoded', sent.url)",
    "form of plain text": "(sent) => send([[sent.body.slice(0, -1) + ', \"pad\": \"', '\"}']], 'text/plain', sent.url)",
    "form of parts": "(sent) => send(sent.fields, 'multipart/form-data', sent.url)",
}
FORM = """
<body><iframe name="hidden"></iframe>
<script>
function send(fields, enctype, action) {
  const form = Object.assign(document.createElement("form"), { method: "POST", target: "hidden", enctype, action });
  for (const [name, value] of fields) form.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(form);
  return new Promise((sent) => { document.querySelector("iframe").onload = sent; form.submit(); });
}
</script>
"""
SENT_SIMPLY = {
    "fetch without CORS",
    "fetch of plain text",
    "beacon of plain text",
    "form",
    "form of plain text",
    "form of parts",
}


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def content(client, statement):
    """What a signature is made of: anybody may read a form token, and so may the page of an attacker."""
    token = client.get("/api/v1/statements/open-rivers").json["form_token"]
    return {
        "key": secrets.token_urlsafe(18), "form_token": token,
        "kind": "individual", "name": "A visitor", "email": "visitor@example.org", "locale": "en",
    }  # fmt: skip


def send(page, way, server, path, content):
    """Send, and return what came of it at the server: posts, or the question whether one may post."""
    server.log.clear()
    url, body = server.url + path, json.dumps(content)
    page.evaluate(WAYS[way], {"url": url, "body": body, "fields": list(content.items())})
    return server.wait_for("POST" if way in SENT_SIMPLY else "OPTIONS")


def test_a_website_that_is_not_listed_signs_nobody_in_any_way(server, website, visit, content, db):
    website.app.put("/", FORM)
    page = visit(f"http://127.0.0.1:{website.port}", expecting="frame-ancestors")

    answers = {(way, path): send(page, way, server, path, content) for way in WAYS for path in (SIGN, PAGE)}

    for (way, path), came in answers.items():
        posts = {answer.status for answer in came if answer.method == "POST"}
        asked = {answer.status for answer in came if answer.method == "OPTIONS"}
        assert posts == ({403} if way in SENT_SIMPLY else set()), (way, path)
        assert path == PAGE or not asked or asked == {403}, (way, path)
    assert count(db, "signatures") == count(db, "submissions") == count(db, "outbox") == 0


def test_a_listed_website_signs_nobody_either_unless_it_asks_first(server, website, visit, content, db, clock):
    partners.add_partner(db, "open-rivers", "listed", name="L", origins=[website.url], actor="test", now=clock())
    website.app.put("/", FORM)
    page = visit(website.url, expecting="frame-ancestors")

    answers = {way: [answer.status for answer in send(page, way, server, SIGN, content)] for way in SENT_SIMPLY}

    assert answers == {way: [415] for way in SENT_SIMPLY}
    assert count(db, "signatures") == 0


def test_the_same_website_signs_once_it_is_listed_and_asks_first(server, website, visit, content, db, clock):
    partners.add_partner(db, "open-rivers", "listed", name="L", origins=[website.url], actor="test", now=clock())
    website.app.put("/", FORM)
    page = visit(website.url)

    send(page, "fetch of JSON", server, SIGN, content)

    assert [answer.status for answer in server.posts()] == [202]
    assert count(db, "signatures") == 1


def believing_app():
    """What many a form's server is: it reads whatever comes, and asks neither whence nor in what shape."""
    app, taken = Flask("believing"), []

    @app.post("/sign")
    def sign():
        body = request.get_json(force=True, silent=True) or request.form
        taken.append(body["name"])
        return "Thank you"

    return app, taken


def test_a_server_that_asks_neither_origin_nor_type_is_made_to_take_the_same(website, visit, content):
    app, taken = believing_app()
    website.app.put("/", FORM)
    with Served(app) as believing:
        page = visit(f"http://127.0.0.1:{website.port}")
        for way in SENT_SIMPLY:
            send(page, way, believing, "/sign", content)

    assert taken == ["A visitor"] * len(SENT_SIMPLY)
