"""The confirm page in Chromium: only who ticks the box confirms, nobody frames it, and its link stays with it."""

import secrets

import pytest
from flask import Flask
from playwright.sync_api import expect

from server.services import partners
from tests.browsing import Served, browsable, picture
from tests.scene import look
from tests.web.scanners import naive_app
from tests.web.scene import count, newest_link

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def sign(signer, server, context, clock):
    """Sign by the form, and return the address in the email."""

    def sign_as(email="ani@rivers.example", **fields):
        assert signer.post(email=email, **fields).status_code == 202
        return server.url + newest_link(context, now=clock())

    return sign_as


def confirmed(db):
    return look(db, "SELECT count(*) AS n FROM signatures WHERE confirmed_at IS NOT NULL")[0]["n"]


def confirm(page, link):
    page.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign now").click()


def test_a_person_reads_ticks_and_presses(sign, visit, db, client):
    page = visit(sign(title="Poet", affiliation="House of Poets"))

    expect(page.get_by_role("heading", name="You have NOT signed yet")).to_be_visible()
    expect(page.get_by_role("group", name="This is what will be published")).to_contain_text("Անի Գևորգյան")
    expect(page.get_by_role("group", name="This is what")).to_contain_text("Poet, House of Poets")
    expect(page.get_by_role("checkbox", name="I sign this statement.")).not_to_be_checked()
    picture(page, "confirm")
    assert confirmed(db) == 0

    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign now").click()

    expect(page.get_by_role("heading", name="Thank you. You have signed.")).to_be_visible()
    assert "/confirm/" not in page.url
    assert confirmed(db) == 1
    picture(page, "thanks")


def test_the_page_is_one_request(sign, visit, server):
    link = sign()
    server.log.clear()
    page = visit(link)

    page.wait_for_load_state("networkidle")

    assert [found.path for found in server.log] == [link.removeprefix(server.url)]
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(251, 250, 247)", "styled"


def test_a_page_that_loads_its_styles_is_two(visit):
    app = Flask("loading")
    app.add_url_rule("/", view_func=lambda: '<link rel="stylesheet" href="/page.css"><p>Press</p>')

    with Served(app) as naive:
        visit(naive.url).wait_for_load_state("networkidle")

        assert {"/", "/page.css"} <= {found.path for found in naive.log}


def test_the_button_without_the_tick_does_not_even_send(sign, visit, db, server):
    page = visit(sign())
    page.get_by_role("button", name="Sign now").click()

    expect(page.get_by_role("checkbox")).to_be_focused()
    assert [found.path for found in server.posts()] == []
    assert confirmed(db) == 0


@pytest.mark.parametrize("again", ["back", "link"])
def test_a_second_press_and_a_second_look_are_harmless(sign, visit, db, again):
    link = sign()
    page = visit(link)
    confirm(page, link)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    if again == "back":
        page.go_back()
    else:
        page.goto(link)

    expect(page.get_by_role("heading", name="You have already signed")).to_be_visible()
    assert confirmed(db) == 1


def test_a_link_that_is_too_old_offers_a_new_one_by_a_button(sign, visit, clock, db, server):
    page = visit("about:blank")
    link = sign()
    clock.forward(days=8)
    page.goto(link)
    expect(page.get_by_role("heading", name="This link has expired")).to_be_visible()
    picture(page, "expired")
    page.get_by_role("button", name="Send me a new link").click()

    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    assert count(db, "outbox") == 2


@pytest.mark.parametrize("which", ["confirm", "page"])
@pytest.mark.parametrize("framed_by", ["a stranger", "a partner", "a sandbox"])
def test_nobody_frames_our_pages(sign, visit, website, server, db, clock, which, framed_by):
    address = sign() if which == "confirm" else f"{server.url}/s/open-rivers"
    if framed_by == "a partner":
        partners.add_partner(db, "open-rivers", "listed", name="L", origins=[website.url], actor="test", now=clock())
    sandbox = 'sandbox="allow-scripts allow-forms"' if framed_by == "a sandbox" else ""
    website.app.put("/", f'<iframe {sandbox} src="{address}" width="800" height="600"></iframe>')

    page = visit(website.url, expecting="frame-ancestors")

    [asked] = [found for found in server.log if found.path == address.removeprefix(server.url)]
    assert asked.status == 200, "the page came, and the browser did not show it"
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_count(0)
    expect(page.frame_locator("iframe").get_by_role("button")).to_have_count(0)


def test_a_page_without_our_headers_is_framed(visit, website):
    app, _ = naive_app()
    with Served(app) as naive:
        website.app.put("/", f'<iframe src="{naive.url}/on-press"></iframe>')
        page = visit(website.url)

        expect(page.frame_locator("iframe").get_by_role("heading")).to_be_visible()


def test_no_referrer_carries_the_link_out_of_the_confirm_page_or_into_a_log(sign, visit, server):
    link = sign(
        kind="organisation", organisation="River Watch", website="https://riverwatch.example", name="Maro",
        email="maro@riverwatch.example",
    )  # fmt: skip
    page, told = visit("about:blank"), []
    page.context.route("https://riverwatch.example/**", lambda route: route.fulfill(body="their website"))
    page.context.on("request", lambda request: told.append(request.headers.get("referer", "")))
    page.goto(link)
    page.get_by_role("link", name="River Watch").click()
    page.wait_for_url("https://riverwatch.example/**")
    confirm(page, link)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.get_by_role("link", name="Signatories").click()
    expect(page).to_have_url(f"{server.url}/s/open-rivers#signatories")

    assert len(told) > 5
    seen = told + [found.headers.get("referer", "") for found in server.log]
    assert [referrer for referrer in seen if "/confirm/" in referrer] == []


def test_the_policy_that_other_sites_have_puts_the_link_into_the_log_of_the_next_request(visit):
    app, token = Flask("leaky"), secrets.token_urlsafe(8)

    @app.get("/confirm/<token>")
    def leaky(token):
        return '<link rel="stylesheet" href="/page.css"><p>Press</p>', {"Referrer-Policy": "same-origin"}

    with Served(app) as naive:
        visit(f"{naive.url}/confirm/{token}")
        [styles] = [found for found in naive.log if found.path == "/page.css"]

    assert token in styles.headers["referer"]
