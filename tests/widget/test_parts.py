"""The parts of the widget that load later: only bytes that the bundle names run, and the form does without them."""

import base64
import hashlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from server.web.assets import BUNDLE, PARTS, newest_bundle_version
from tests.browsing import Served
from tests.widget.conftest import Form, list_partner

pytestmark = pytest.mark.browser
CHANGE = b"\nself.changed = true;"
STRICT = "require-trusted-types-for 'script'; trusted-types 'none'"


def hash_of(content: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def address_of(part: str) -> re.Pattern[str]:
    return re.compile(rf"/{re.escape(part)}\?")


def change_parts(page: Page) -> None:
    """Add a line to each part on its way."""

    def changed(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body() + CHANGE)

    for part in PARTS:
        page.route(address_of(part), changed)


def pin_changed_parts(page: Page) -> None:
    """Let the bundle name the hashes of the parts as ``change_parts`` leaves them."""

    def changed(route: Route) -> None:
        answer = route.fetch()
        body = answer.body()
        folder = answer.url.rsplit("/", 2)[0] + f"/{newest_bundle_version()}"
        for part in PARTS:
            content = page.request.get(f"{folder}/{part}").body()
            assert hash_of(content).encode() in body
            body = body.replace(hash_of(content).encode(), hash_of(content + CHANGE).encode())
        route.fulfill(response=answer, body=body)

    page.route(f"**/v1/{BUNDLE}", changed)


@pytest.fixture
def open_both(server: Served, website: Served, statement, scene, db, clock, visit) -> Callable[..., Page]:
    """Open a listed partner's page with a form that is debugged and a list of one name."""
    list_partner(db, "lake-watch", website.url, now=clock())
    scene.found("River Watch NGO\n")

    def open_both(
        *, prepare: Callable[[Page], None] = lambda _: None, policy: str = "", script: str = "", **options
    ) -> Page:
        where = f'server="{server.url}" statement="open-rivers"'
        body = (
            f'<undersigned-form {where} partner="lake-watch" inline debug></undersigned-form>'
            f'<undersigned-signatories {where}><a href="/names">The names</a></undersigned-signatories>'
            f'<script nonce="of-this-page" src="{script or f"{server.url}/widget/v1/{BUNDLE}"}"></script>'
        )
        website.app.put("/", body, policy=policy.replace("SERVER", server.url))
        page = visit("about:blank", **options)
        prepare(page)
        page.goto(website.url)
        return page

    return open_both


def sign(page: Page) -> Form:
    form = Form(page)
    form.fill_as_ani()
    form.press("Sign")
    expect(form.heading("Check your email")).to_be_visible()
    return form


def expect_all_parts(page: Page) -> None:
    expect(page.locator("[part=doctor]").get_by_role("listitem")).not_to_have_count(0)
    expect(page.locator("undersigned-signatories [part=name]")).to_have_text("River Watch NGO")
    expect(sign(page).element.get_by_label("Code from the email")).to_be_visible()


@pytest.mark.parametrize(
    "policy",
    [
        f"default-src 'none'; script-src SERVER; connect-src SERVER; {STRICT}",
        f"default-src 'none'; script-src 'nonce-of-this-page' 'strict-dynamic'; connect-src SERVER; {STRICT}",
    ],
)
def test_under_strict_policies_list_doctor_and_code_are_there(open_both, policy, server):
    page = open_both(policy=policy)

    expect_all_parts(page)
    asked = sorted(request.path.rsplit("/", 1)[1] for request in server.log if request.path.endswith(PARTS))
    assert asked == sorted(PARTS), "each part is fetched once"


def test_a_part_that_was_changed_never_runs_and_the_form_signs_without(open_both, names):
    said = []

    def prepare(page: Page) -> None:
        page.on("console", lambda told: said.append(told.text))
        change_parts(page)

    page = open_both(prepare=prepare)
    expect(page.get_by_role("link", name="The names")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    form = sign(page)

    assert "Անի Գևորգյան" in names()
    expect(form.element.get_by_text("You have not signed yet")).to_be_visible()
    expect(page.locator("[part=doctor]")).to_have_count(0)
    assert page.evaluate("self.changed") is None
    assert ["failed", {"code": "part-missing"}] in form.told
    assert [text for text in said if text.startswith("Undersigned: ") and "/rare.js" in text]


def test_the_same_change_runs_where_the_bundle_names_it(open_both):
    """The twin: what the hashes are for."""

    def prepare(page: Page) -> None:
        change_parts(page)
        pin_changed_parts(page)

    page = open_both(prepare=prepare)

    expect_all_parts(page)
    assert page.evaluate("self.changed") is True


def test_a_list_that_did_not_load_comes_when_it_is_tried_again(open_both):
    page = open_both(prepare=lambda page: page.route(address_of("list.js"), lambda route: route.abort(), times=1))
    page.get_by_role("button", name="Try again").click()

    expect(page.locator("undersigned-signatories [part=name]")).to_have_text("River Watch NGO")


def test_a_copy_of_the_bundle_elsewhere_takes_its_parts_from_the_server(open_both, server, website):
    bundle = server.app.test_client().get(f"/widget/v1/{BUNDLE}").get_data(as_text=True)
    copied = "/cache/copied.js"

    def prepare(page: Page) -> None:
        page.route(f"**{copied}", lambda route: route.fulfill(body=bundle, content_type="text/javascript"))

    page = open_both(prepare=prepare, script=copied)

    expect_all_parts(page)
    assert not [request for request in website.log if request.path.endswith(PARTS)]
