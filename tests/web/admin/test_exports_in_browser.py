"""The dump and the keys in a real browser: taken as a file, legible on a phone, and clean before axe-core."""

import pytest

from server.services.tokens import add_token
from tests.browsing import SCHEMES, browsable, picture
from tests.web.admin.desk import COOKIE

pytestmark = pytest.mark.browser
STATEMENT = "/admin/statements/open-rivers"


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@SCHEMES
def test_an_owner_takes_files_and_makes_a_key(server, visit, violations, owner, scene, db, clock, scheme):
    options = {"scopes": ["export"], "slug": "open-rivers", "actor": "test", "now": clock()}
    add_token(db, "open-rivers/old", expires_at=clock(), **options)
    scene.signed(newsletter=True)
    page = visit(f"{server.url}/admin/login", color_scheme=scheme, bypass_csp=True)
    page.context.add_cookies([{"name": COOKIE, "value": owner.client.get_cookie(COOKIE).value, "url": server.url}])

    page.goto(f"{server.url}{STATEMENT}/dump")
    page.get_by_text("Columns").first.click()
    picture(page, f"desk-dump-{scheme}")
    assert violations(page) == []
    everything = page.locator("form", has=page.get_by_role("button", name="Download with addresses"))
    everything.get_by_label("Reason").fill("Letter to the minister")
    everything.get_by_label("Code from your phone").fill(owner.code(clock()))
    with page.expect_download() as taken:
        everything.get_by_role("button", name="Download with addresses").click()
    assert taken.value.suggested_filename == "open-rivers-contacts-2027-01-15.csv"
    assert "ani@rivers.example" in taken.value.path().read_text("utf-8-sig")
    everything.get_by_role("button", name="Download with addresses").click()
    page.get_by_text("No file was made.").wait_for()
    assert everything.get_by_label("Reason").input_value() == "Letter to the minister"
    picture(page, f"desk-dump-refused-{scheme}")
    assert violations(page) == []

    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Name").fill("archive")
    page.get_by_role("button", name="Make a key").click()
    picture(page, f"desk-token-{scheme}")
    assert violations(page) == []
    page.get_by_role("link", name="Continue").click()
    picture(page, f"desk-tokens-{scheme}")
    assert violations(page) == []
