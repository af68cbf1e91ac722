"""The frame's page and its posts: who may put a page around it, whose posts it takes, and with which token."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from server.services import partners, statements, texts
from server.tables import partners as partners_table
from server.text.statement_file import read_statement
from server.web import assets
from server.web.public import frame
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


def around(client, query: str = "", *, referer: str | None = None) -> str:
    """Return who may frame the page of that address, once a redirect was followed."""
    answer = client.get(f"{FRAME}{query}", headers={"Referer": referer} if referer else {}, follow_redirects=True)
    return answer.headers["Content-Security-Policy"].partition("frame-ancestors ")[2].partition(";")[0]


def header_bytes(answer) -> int:
    return sum(len(f"{name}: {value}\r\n".encode()) for name, value in answer.headers)


# Who may put a page around it


def test_the_websites_of_the_partner_in_the_address_may_frame_it_and_nobody_else(client, statement, lake_watch):
    assert around(client, "?partner=river-watch") == f"'self' {PARTNER}"
    assert around(client, "?partner=lake-watch") == f"'self' {lake_watch}"


def test_an_address_that_names_no_partner_is_framed_by_our_own_pages_alone(client, statement, lake_watch):
    for query in ("", "?partner=nobody", "?origin=https://evil.example", "?partner=nobody&origin=null"):
        assert around(client, query) == "'self'"


def test_the_website_that_asks_may_frame_it_and_no_other_is_told(client, statement, lake_watch):
    assert around(client, f"?origin={LAKES}") == f"'self' {LAKES}"
    assert around(client, f"?partner=lake-watch&origin={LAKES}") == f"'self' {LAKES}"
    assert around(client, f"?partner=nobody&origin={LAKES}") == f"'self' {LAKES}"
    assert around(client, f"?origin={LAKES},https://evil.example") == f"'self' {LAKES}"


def test_a_website_of_one_partner_does_not_frame_the_form_of_another(client, statement, lake_watch):
    assert around(client, f"?partner=river-watch&origin={LAKES}") == f"'self' {PARTNER}"


def test_a_page_of_a_partner_inside_another_of_its_pages_may_frame_it(client, db, statement, lake_watch, clock):
    add_websites(db, "lake-watch", ["https://www.lakes.example", "https://fish.example"], now=clock())

    asked = "?partner=lake-watch&origin=https://www.lakes.example,https://fish.example"

    assert around(client, asked) == "'self' https://www.lakes.example https://fish.example"


@pytest.mark.parametrize("referer", [LAKES, f"{LAKES}/", f"{LAKES}/page?x=y"])
def test_a_frame_that_names_nobody_is_led_to_the_address_that_names_its_website(client, statement, lake_watch, referer):
    """Older elements without ``partner``, and plain frames: their browser says which website asks."""
    answer = client.get(f"{FRAME}?locale=fr&theme=dark&kind=individual", headers={"Referer": referer})

    assert (answer.status_code, answer.headers["Vary"]) == (303, "Referer")
    location = answer.headers["Location"]
    assert location.startswith(f"{FRAME}?")
    assert dict(parse_qsl(urlsplit(location).query)) == {
        "locale": "fr",
        "theme": "dark",
        "kind": "individual",
        "origin": LAKES,
    }
    assert around(client, referer=referer) == f"'self' {LAKES}"


@pytest.mark.parametrize(
    "referer", ["https://evil.example/", BASE_URL, "null", "about:blank", "http://[", f"{LAKES}:1"]
)
def test_no_stranger_is_led_anywhere(client, statement, lake_watch, referer):
    answer = client.get(FRAME, headers={"Referer": referer})

    assert answer.status_code == 200
    assert around(client, referer=referer) == "'self'"


def test_an_address_that_names_its_website_is_answered_the_same_whatever_the_browser_says(
    client, statement, lake_watch
):
    for query in ("?partner=lake-watch", f"?origin={LAKES}"):
        answers = [
            client.get(FRAME + query, headers={"Referer": one}) for one in ("", LAKES, PARTNER, "https://x.example")
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.headers["Content-Security-Policy"] for answer in answers}) == 1


# Many partners


def add_websites(db, slug: str, origins: list[str], *, now: int) -> None:
    partners.add_partner(db, "open-rivers", slug, name=slug, origins=origins, actor="test", now=now)


@pytest.fixture
def two_thousand_partners(db, statement):
    """Return the website of the last of them."""
    with db.write() as tx:
        for number in range(2000):
            slug = f"partner-{number:04}"
            partner_id = partners_table.add(tx, slug, name=slug)
            partners_table.add_origin(tx, partner_id, f"https://www.{slug}.long-name-of-a-website.example")
            partners_table.add_to_statement(tx, partner_id, statement.id)
    return "https://www.partner-1999.long-name-of-a-website.example"


MOST_HEADER_BYTES = 2048


def test_among_two_thousand_partners_the_headers_stay_short(client, two_thousand_partners):
    asks = ["", "?partner=partner-1999", f"?origin={two_thousand_partners}", "?partner=nobody", "?origin=" + "x" * 4000]
    answers = [client.get(FRAME + query) for query in asks]
    answers.append(client.get(FRAME, headers={"Referer": two_thousand_partners}))
    answers.append(client.get(answers[-1].headers["Location"]))

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 303, 200]
    sizes = [header_bytes(answer) for answer in answers]
    print(f"header bytes of the frame among 2,000 partners: {sizes}")
    assert max(sizes) <= MOST_HEADER_BYTES
    named = [str(answer.headers).count("long-name-of-a-website") for answer in answers]
    assert named == [0, 1, 1, 0, 0, 1, 1]


def test_with_every_partner_in_them_the_headers_would_be_far_too_long(client, two_thousand_partners, monkeypatch):
    """The twin."""
    with_all = frozenset(f"https://www.partner-{number:04}.long-name-of-a-website.example" for number in range(2000))
    monkeypatch.setattr(frame, "_named_websites", lambda _shown: sorted(with_all))
    monkeypatch.setattr(frame, "fitting_origins", list)

    assert header_bytes(client.get(FRAME)) > 100_000


@pytest.fixture
def many_websites(db, statement, clock) -> list[str]:
    """The websites of one partner, far more than a header has room for."""
    origins = [f"https://{number:03}.{'x' * 50}.example" for number in range(200)]
    add_websites(db, "city-council", origins, now=clock())
    return origins


def test_a_partner_with_very_many_websites_has_the_frame_on_each_of_them(client, many_websites):
    first, last = many_websites[0], many_websites[-1]

    assert around(client, f"?partner=city-council&origin={last}") == f"'self' {last}"
    assert around(client, "?partner=city-council", referer=f"{last}/page") == f"'self' {last}"
    assert first in around(client, "?partner=city-council")
    assert last not in around(client, "?partner=city-council")
    asks = ("?partner=city-council", f"?partner=city-council&origin={','.join(many_websites[:50])}")
    assert max(header_bytes(client.get(FRAME + query)) for query in asks) <= MOST_HEADER_BYTES


def test_even_the_longest_origin_is_named(client, db, statement, clock):
    longest = f"https://{'.'.join(['y' * 60] * 4)}.example:65535"
    add_websites(db, "long", [longest], now=clock())

    assert around(client, "?partner=long") == f"'self' {longest}"


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
    answer = post(client, token_of(framed("?partner=river-watch&sandboxed=yes")), origin=origin)

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
    token = token_of(Page(client.get(f"{FRAME}?sandboxed=yes", environ_overrides=AT_HOME)))
    clock.forward(seconds=3)

    body = {"form_token": token, "key": "0123456789abcdef", **ANI}
    posted = {"headers": {"Origin": origin}, "environ_overrides": posts_from}

    assert client.post(SIGN, json=body, **posted).status_code == status
    assert client.post(SIGN, data=body, **posted).status_code == (200 if status == 202 else status)


def test_the_token_of_the_page_that_is_the_same_for_everybody_is_no_good_in_a_sandbox(client, framed, names):
    """It names no network, so a stranger could fetch it for the visitors of a page of theirs."""
    shared_page = framed("?partner=river-watch")
    answer = post(client, token_of(shared_page), origin="null")

    assert (answer.status_code, answer.json["code"]) == (400, "form-token-bad")
    assert post(client, token_of(shared_page), origin=BASE_URL).status_code == 202


def test_without_javascript_a_form_in_a_sandbox_is_taken_when_it_is_sent_once_more(client, framed, clock, names):
    """The first answer has a form with the input and a token for this visitor; no cache keeps it."""
    headers = {"Origin": "null"}
    first = framed("?partner=river-watch")
    refused = client.post(
        first.action, data=first.filled(Your_name="Ani", Email_address="a@b.example"), headers=headers
    )
    again = Page(refused)
    clock.forward(seconds=3)

    assert (refused.status_code, refused.headers["Cache-Control"]) == (400, "no-store")
    assert (again.values["name"], names()) == ("Ani", [])
    assert client.post(again.action, data=again.filled(), headers=headers).status_code == 200
    assert names() == ["Ani"]


def test_no_cache_keeps_the_page_with_a_visitors_token(client, statement):
    own, everybodys = (client.get(f"{FRAME}?partner=river-watch{more}") for more in ("&sandboxed=yes", ""))

    assert own.headers["Cache-Control"] == "no-store"
    assert everybodys.headers["Cache-Control"] == "public, max-age=5"
    assert token_of(Page(own)) != token_of(Page(client.get(f"{FRAME}?partner=river-watch&sandboxed=yes")))


def test_no_other_origin_can_read_the_frames_token(client, statement):
    for path in (FRAME, f"{FRAME}?sandboxed=yes", f"{FRAME}/token"):
        for origin in ("null", PARTNER, "https://evil.example"):
            answer = client.get(path, headers={"Origin": origin})
            assert answer.status_code == 200
            assert "Access-Control-Allow-Origin" not in answer.headers


def test_any_origin_reads_the_text_alone_and_no_token_with_it(client, statement):
    answer = client.get(f"{FRAME}/text?locale=fr", headers={"Origin": "null"})

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "demandons des rivières <strong>ouvertes</strong>" in answer.text
    assert "form_token" not in answer.text
    assert "<form" not in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


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
    answer = post(client, token_of(framed("?sandboxed=yes")), origin="null", email="nobody")

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

    after = Page(answer)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "Check your email" in after.words
    assert "ani@rivers.example" in after.words
    assert ("html", {"lang": "en", "dir": "ltr", "class": "framed dark"}) in after.tags
    assert f"frame-ancestors 'self' {PARTNER};" in answer.headers["Content-Security-Policy"]
    assert names() == ["Ani"]


def test_what_was_refused_comes_back_into_the_frame_with_all_that_was_typed(client, framed, names):
    page = framed("?partner=river-watch")
    answer = client.post(page.action, data=page.filled(Your_name="Ani", Email_address="nobody"))

    assert answer.status_code == 422
    again = Page(answer)
    assert again.filled()["name"] == "Ani"
    assert again.action.startswith(f"{SIGN}?partner=river-watch")
    assert f"frame-ancestors 'self' {PARTNER};" in answer.headers["Content-Security-Policy"]
    assert names() == []


def test_the_website_that_asked_may_frame_all_that_follows_from_its_form(client, framed, lake_watch):
    page = framed(f"?origin={LAKES}&kind=individual")
    refused = client.post(page.action, data=page.filled(Your_name="Ani", Email_address="nobody"))
    sent = client.post(page.action, data=page.filled(Your_name="Ani", Email_address="ani@rivers.example"))
    others = [found["href"] for tag, found in page.tags if tag == "a" and "kind=organisation" in found["href"]]

    assert len(others) == 1
    for answer in (refused, sent, client.get(others[0])):
        assert f"frame-ancestors 'self' {LAKES};" in answer.headers["Content-Security-Policy"]


def test_a_closed_statement_shows_no_form_and_no_token(client, statement, db, clock):
    with db.write() as tx:
        tx.run("UPDATE statements SET closes_at = :planned", {"planned": clock() + 3 * 365 * 24 * 3600})
    statements.close_statement(db, "open-rivers", actor="test", now=clock())

    page = Page(client.get(FRAME))

    assert "is closed for signatures. Signing ended on 15 January 2027" in page.words
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


def test_the_frames_page_is_for_no_search_engine(client, statement):
    answer = client.get(FRAME)

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
