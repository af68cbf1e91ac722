"""The widget under whatever a website says about scripts: nonces, no styles, Trusted Types, and who may be asked."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Served
from tests.widget.conftest import expect_told, fill_in, list_partner

pytestmark = pytest.mark.browser
TYPED = "require-trusted-types-for 'script'; trusted-types 'none'"


@pytest.fixture
def open_under(server: Served, website: Served, statement, db, clock, visit):
    """Open a page of a partner with the form, under a policy in which SERVER stands for our address."""
    list_partner(db, "lake-watch", website.url, now=clock())

    def open_under(policy: str, attributes: str = "inline", **options) -> Page:
        tag = f'<undersigned-form server="{server.url}" statement="open-rivers" {attributes}>'
        script = f'<script nonce="of-this-page" src="{server.url}/widget/v1/undersigned.js"></script>'
        body = f'{tag}<a href="/there">Sign there</a></undersigned-form>{script}'
        website.app.put("/", body, policy=policy.replace("SERVER", server.url))
        return visit(website.url, **options)

    return open_under


@pytest.mark.parametrize(
    "policy",
    [
        f"default-src 'none'; script-src SERVER; connect-src SERVER; style-src 'none'; {TYPED}",
        f"default-src 'none'; script-src 'nonce-of-this-page' 'strict-dynamic'; connect-src SERVER; {TYPED}",
    ],
)
def test_inline_it_needs_its_script_and_its_server_and_nothing_else(open_under, policy):
    form = open_under(policy).locator("undersigned-form")
    fill_in(form)
    form.get_by_role("button", name="Sign").click()

    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    expect(form.get_by_role("heading", name="Keep our rivers open")).to_have_css("font-weight", "600")


def test_in_a_frame_it_needs_its_script_and_its_frame_and_nothing_else(open_under):
    page = open_under(f"default-src 'none'; script-src SERVER; frame-src SERVER; style-src 'none'; {TYPED}", "")
    form = page.frame_locator("iframe")
    fill_in(form)
    form.get_by_role("button", name="Sign").click()

    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()
    expect(page.locator("iframe")).not_to_have_css("height", "0px")


@pytest.mark.parametrize(
    ("policy", "attributes", "code"),
    [
        ("default-src 'none'; script-src SERVER", "inline", "unreachable"),
        ("default-src 'none'; script-src SERVER; connect-src https://elsewhere.example", "inline", "unreachable"),
    ],
)
def test_a_policy_that_forbids_to_ask_the_server_leaves_the_link_and_says_so(open_under, policy, attributes, code):
    page = open_under(policy, attributes, expecting="Content Security Policy")

    expect(page.get_by_role("link", name="Sign there")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect_told(page, [["failed", {"code": code}]])


def test_a_policy_that_forbids_the_script_leaves_the_link(open_under):
    page = open_under("default-src 'none'; script-src 'none'", expecting="Content Security Policy")

    expect(page.get_by_role("link", name="Sign there")).to_be_visible()
    assert page.evaluate("customElements.get('undersigned-form') === undefined")
