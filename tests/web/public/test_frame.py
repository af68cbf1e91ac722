"""The frame's page and its posts: who may put a page around it, whose posts it takes, and with which token."""

import pytest

from server.services import partners, statements, texts
from server.text.statement_file import read_statement
from server.web import assets
from server.web.public.frame import THEME
from tests.conftest import ANI, BASE_URL, PARTNER
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import add_statement

FRAME = "/embed/open-rivers"
SIGN = f"{FRAME}/signatures"
LAKES = "https://lakes.example"


@pytest.fixture
def names(db):
    """Return the names on all signatures."""
    return lambda: [row["name"] for row in look(db, "SELECT name FROM signatures ORDER BY id")]


@pytest.fixture
def lake_watch(db, statement, clock) -> str:
    """Another partner, and where its pages are."""
    partners.add_partner(db, "open-rivers", "lake-watch", name="Lake Watch", origins=[LAKES], actor="test", now=clock())
    return LAKES


@pytest.fixture
def framed(client, clock, statement):
    """Open the frame's page, and wait as a person does."""

    def framed(query: str = "") -> Page:
        page = Page(client.get(f"{FRAME}{query}"))
        clock.forward(seconds=3)
        return page

    return framed


def token_of(page: Page) -> str:
    [token] = [attributes["framed"] for tag, attributes in page.tags if tag == "undersigned-form"]
    return token


def post(client, token, *, origin=BASE_URL, **fields):
    body = {"form_token": token, "key": "0123456789abcdef", **ANI, **fields}
    return client.post(SIGN, json=body, headers={"Origin": origin} if origin else {})


def around(client, query: str = "") -> str:
    policy = client.get(f"{FRAME}{query}").headers["Content-Security-Policy"]
    return policy.partition("frame-ancestors ")[2].partition(";")[0]


# Who may put a page around it


def test_the_websites_of_the_statements_partners_may_frame_it_and_nobody_else(client, statement, lake_watch):
    assert around(client) == f"'self' {PARTNER} {lake_watch}"
    assert around(client, "?partner=river-watch") == f"'self' {PARTNER}"
    assert around(client, "?partner=nobody") == f"'self' {PARTNER} {lake_watch}"


def test_a_statement_without_partners_is_framed_by_our_own_pages_alone(client, db, clock):
    add_statement(db, "alone", now=clock())

    policy = client.get("/embed/alone").headers["Content-Security-Policy"]

    assert "frame-ancestors 'self';" in policy


def test_scripts_and_connections_are_the_servers_own_in_a_sandbox_too(client, statement):
    policy = client.get(FRAME).headers["Content-Security-Policy"]

    for rule in ("script-src", "connect-src", "form-action"):
        assert f"{rule} 'self' {BASE_URL};" in policy
    assert f"style-src {assets.PUBLIC_CSS_SOURCE};" in policy
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy


# What is posted


@pytest.mark.parametrize("origin", [BASE_URL, "null", None])
def test_a_post_from_the_frame_is_taken_in_a_sandbox_too(client, framed, names, origin):
    answer = post(client, token_of(framed("?partner=river-watch")), origin=origin)

    assert (answer.status_code, answer.json["state"]) == (202, "pending")
    assert answer.headers.get("Access-Control-Allow-Origin") == ("null" if origin == "null" else None)
    assert "Origin" in answer.headers["Vary"]
    assert names() == ["Անի Գևորգյան"]


@pytest.mark.parametrize("origin", [PARTNER, "https://evil.example", "NULL", f"{BASE_URL}.evil.example"])
def test_a_post_from_anywhere_else_is_refused(client, framed, names, origin):
    answer = post(client, token_of(framed()), origin=origin)

    assert (answer.status_code, answer.json["code"]) == (403, "origin-refused")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert names() == []


def test_the_token_that_any_page_can_read_is_not_taken_in_the_frame_nor_the_other_way_round(client, framed, signer):
    of_frame, of_page = token_of(framed()), signer.form_token()
    signer.clock.forward(seconds=3)

    assert post(client, of_page, origin="null").json["code"] == "form-token-bad"
    assert signer.post(form_token=of_frame).json["code"] == "form-token-bad"


AT_HOME, ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}, {"REMOTE_ADDR": "203.0.113.9"}


@pytest.mark.parametrize(
    ("origin", "posts_from", "status"),
    [("null", AT_HOME, 202), ("null", ELSEWHERE, 400), (BASE_URL, ELSEWHERE, 202)],
)
def test_out_of_a_sandbox_only_the_network_that_was_sent_the_token_may_post(
    client, clock, statement, origin, posts_from, status
):
    """Else a stranger fetches a token once, and makes all the visitors of a page of theirs sign with it."""
    token = token_of(Page(client.get(FRAME, environ_overrides=AT_HOME)))
    clock.forward(seconds=3)

    body = {"form_token": token, "key": "0123456789abcdef", **ANI}
    posted = {"headers": {"Origin": origin}, "environ_overrides": posts_from}

    assert client.post(SIGN, json=body, **posted).status_code == status
    assert client.post(SIGN, data=body, **posted).status_code == (303 if status == 202 else status)


def test_no_other_origin_can_read_the_frames_token(client, statement):
    for path in (FRAME, f"{FRAME}/token"):
        for origin in ("null", PARTNER, "https://evil.example"):
            answer = client.get(path, headers={"Origin": origin})
            assert answer.status_code == 200
            assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_fresh_token_serves_when_the_first_has_expired(client, framed, clock):
    first = token_of(framed("?partner=river-watch"))
    clock.forward(hours=3)
    assert post(client, first).json["code"] == "form-token-expired"

    fresh = client.get(f"{FRAME}/token?partner=river-watch").json["form_token"]
    clock.forward(seconds=3)

    assert post(client, fresh).status_code == 202


def test_a_preflight_out_of_a_sandbox_is_answered(client, statement):
    answer = client.options(SIGN, headers={"Origin": "null", "Access-Control-Request-Method": "POST"})

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, "null")
    assert client.options(SIGN, headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_refused_post_of_the_widget_is_a_problem_it_can_read(client, framed):
    answer = post(client, token_of(framed()), origin="null", email="nobody")

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["fields"] == {"email": ["not-an-address"]}
    assert answer.headers["Access-Control-Allow-Origin"] == "null"


def test_in_the_frame_too_the_answer_is_the_same_for_every_address(client, framed, confirmed):
    token = token_of(framed())
    known, new = (
        post(client, token, key=f"key-of-{name}-0123456789", email=f"{name}@rivers.example") for name in ("ani", "aram")
    )

    assert (known.status_code, known.data, list(known.headers)) == (new.status_code, new.data, list(new.headers))


# Without JavaScript


def test_the_form_in_the_frame_signs_without_javascript(client, framed, names):
    page = framed("?partner=river-watch&theme=dark&accent=%23a3281a")
    answer = client.post(page.action, data=page.filled(Your_name="Ani", Email_address="ani@rivers.example"))

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{FRAME}/sent?locale=en&key={page.values['key']}&accent=%23a3281a&theme=dark"
    after = client.get(answer.headers["Location"])
    assert "Check your email" in Page(after).words
    assert "frame-ancestors 'self' http" in after.headers["Content-Security-Policy"]
    assert names() == ["Ani"]


def test_what_was_refused_comes_back_into_the_frame_with_all_that_was_typed(client, framed, names):
    page = framed("?partner=river-watch")
    answer = client.post(page.action, data=page.filled(Your_name="Ani", Email_address="nobody"))

    assert answer.status_code == 422
    again = Page(answer)
    assert again.filled()["name"] == "Ani"
    assert again.action.startswith(f"{SIGN}?partner=river-watch")
    assert "frame-ancestors 'self' http" in answer.headers["Content-Security-Policy"]
    assert names() == []


def test_a_closed_statement_shows_no_form_and_no_token(client, statement, db, clock):
    with db.write() as tx:
        tx.run("UPDATE statements SET closes_at = :planned", {"planned": clock() + 3 * 365 * 24 * 3600})
    statements.close_statement(db, "open-rivers", actor="test", now=clock())

    page = Page(client.get(FRAME))

    assert "takes no more signatures. Signing ended on 15 January 2027" in page.words
    assert token_of(page) == ""


# Looks


def test_looks_are_taken_only_as_values(client, statement):
    query = {
        "accent": "#1d4f7c",
        "radius": "0.5rem",
        "background": "transparent",
        "text": "red; } body { display: none",
        "size": "99999px",
        "gap": '1px" onload="alert(1)',
        "theme": "pink",
    }
    page = Page(client.get(FRAME, query_string=query))
    [tag] = [attributes for name, attributes in page.tags if name == "undersigned-form"]

    assert {name: tag[name] for name in THEME if name in tag} == {
        "accent": "#1d4f7c",
        "radius": "0.5rem",
        "background": "transparent",
    }


def test_the_frames_page_is_for_no_search_engine_and_no_cache(client, statement):
    answer = client.get(FRAME)

    assert answer.headers["Cache-Control"] == "no-store"
    assert ("meta", {"name": "robots", "content": "noindex"}) in Page(answer).tags


def test_the_widget_in_the_frame_shows_the_very_text_that_its_token_is_for(client, db, clock, context):
    """A text in a language without words of ours: the form speaks English there, and the text is still that one."""
    for locale in ("el", "fr"):
        source = f'+++\nslug = "seas"\nlocale = "{locale}"\ntitle = "In {locale}"\n+++\nText.\n'
        texts.add_statement(db, read_statement(source), actor="test", now=clock())
    statements.open_statement(db, "seas", actor="test", now=clock())
    page = Page(client.get("/embed/seas?locale=el", headers={"Accept-Language": "fr"}))
    [tag] = [attributes for name, attributes in page.tags if name == "undersigned-form"]

    shown = client.get(f"/api/v1/statements/seas?locale={tag['locale']}", headers={"Accept-Language": "fr"}).json
    clock.forward(seconds=3)
    claim = context.links.read_form_token(tag["framed"], now=clock(), min_fill_s=0, place="frame")

    assert shown["statement"]["title"] == "In el"
    [text] = look(db, "SELECT title FROM statement_texts WHERE id = :id", id=claim.text_id)
    assert text["title"] == "In el"
