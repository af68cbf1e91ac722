"""The thanks in a real browser: the statement is passed on with scripts and without, on any screen."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browsing import SCHEMES, browsable, picture, tab_to
from tests.web.scene import PAGE

pytestmark = pytest.mark.browser
NAMES = ["Email", "WhatsApp", "Telegram", "Mastodon", "Bluesky", "X", "Facebook", "LinkedIn"]
# What a phone has and Chromium on Linux has not; what was shared is kept on the window.
A_PHONE = "navigator.share = (shared) => { window.shared = shared; return window.answered?.() ?? Promise.resolve(); };"


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def thanks(server, statement, visit):
    return lambda **options: visit(f"{server.url}{PAGE}/thanks?outcome=confirmed", **options)


@pytest.fixture
def thanks_on_a_phone(server, statement, visit):
    page = visit("about:blank")
    page.add_init_script(A_PHONE)
    page.goto(f"{server.url}{PAGE}/thanks?outcome=confirmed")
    return page


def test_without_scripts_there_are_links_and_fields_and_no_dead_buttons(thanks, server):
    page = thanks(java_script_enabled=False)

    expect(page.get_by_role("region", name="Tell others").get_by_role("link")).to_have_text(NAMES)
    expect(page.get_by_role("textbox", name="Address of the statement")).to_have_value(f"{server.url}{PAGE}")
    expect(page.get_by_role("textbox", name="Message to copy")).to_have_value(re.compile(f"rivers open.*\n.*{PAGE}$"))
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_address_and_the_message_are_copied(thanks, server):
    page = thanks(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy Address of the statement").click()

    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{server.url}{PAGE}"

    page.get_by_role("button", name="Copy Message to copy").click()
    expect(page.get_by_text("Copied")).to_have_count(2)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_role("textbox", name="Message to copy").input_value()


def test_a_phone_offers_its_own_way_to_share(thanks_on_a_phone, server):
    thanks_on_a_phone.get_by_role("button", name="Share…").click()

    shared = thanks_on_a_phone.evaluate("window.shared")
    assert (shared["title"], shared["url"]) == ("Keep our rivers open", f"{server.url}{PAGE}")
    assert "Keep our rivers open" in shared["text"]


def test_who_closes_the_list_of_apps_again_is_told_nothing(thanks_on_a_phone):
    page = thanks_on_a_phone
    page.evaluate("() => { window.answered = () => Promise.reject(new DOMException('closed', 'AbortError')); }")
    page.get_by_role("button", name="Share…").click()

    expect(page.get_by_role("button", name="Share…")).to_be_visible()
    assert page.evaluate("window.shared.title") == "Keep our rivers open"


def test_a_device_without_it_has_no_such_button(thanks):
    """The twin: the button is there for the devices that can."""
    page = thanks()
    expect(page.get_by_role("button", name="Copy Address")).to_be_visible()

    expect(page.get_by_role("button", name="Share…")).to_have_count(0)


def test_the_page_asks_one_host_until_a_link_is_followed(server, statement, visit):
    page, asked = visit("about:blank"), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}{PAGE}/thanks?outcome=held")

    expect(page.get_by_role("link", name="WhatsApp")).to_be_visible()
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(server.url).netloc}


def test_every_way_to_share_is_reached_without_a_mouse(thanks):
    page = thanks()
    for name in NAMES:
        tab_to(page, page.get_by_role("link", name=name, exact=True))
    tab_to(page, page.get_by_role("button", name="Copy Message to copy"))


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@SCHEMES
def test_the_page_fits_small_and_large_screens_and_offends_no_rule(thanks, violations, scheme, direction):
    page = thanks(color_scheme=scheme, bypass_csp=True)
    page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    expect(page.get_by_role("button", name="Copy Address")).to_be_visible()

    assert violations(page) == []
    picture(page, f"thanks-{scheme}-{direction}")
