"""The versions of a text and the desk's page for them, as people see them: on a phone, in two modes, before axe."""

import pytest

from tests.browsing import SCHEMES, browsable, picture
from tests.editing import mend, rewrite
from tests.web.admin.desk import COOKIE, logged_in

pytestmark = pytest.mark.browser
REVISE = "/admin/statements/open-rivers/texts/en/revise"
LETTER = """We, the undersigned, ask for **open** rivers.

The Rioni has carried our boats since there were boats. Who closes a river closes a road, a school and a kitchen.

1. No dam without those who live by it.
2. No permit without a public hearing."""


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@SCHEMES
def test_versions_fit_a_phone_and_read_well(server, visit, violations, scene, clock, context, scheme):
    signature_id = scene.signed(newsletter=True)
    clock.forward(days=2)
    mend(scene, LETTER, reason="The numbered demands were missing by mistake.")
    clock.forward(days=3)
    rewrite(scene, LETTER.replace("No dam without", "No new dam against the will of"), reason="After the assembly.")
    page = visit(server.url + "/s/open-rivers/versions", color_scheme=scheme, bypass_csp=True)
    picture(page, f"versions-{scheme}")
    assert violations(page) == []

    one = scene.get(signature_id)
    page.goto(context.links.manage(one.id, one.nonce, now=clock()))
    picture(page, f"manage-edition-{scheme}")
    assert violations(page) == []


@SCHEMES
def test_a_text_is_changed_at_the_desk(server, visit, violations, app, scene, clock, scheme):
    scene.found("River Watch\n")
    scene.signed(newsletter=True)
    cookie = logged_in(app, "olga", "owner", now=clock()).client.get_cookie(COOKIE).value
    page = visit(server.url + "/admin/login", color_scheme=scheme, bypass_csp=True)
    page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": server.url}])
    page.goto(server.url + REVISE)
    picture(page, f"desk-revise-{scheme}")
    assert violations(page) == []

    page.get_by_label("Text", exact=True).fill(LETTER.replace("ask for", "demand"))
    page.get_by_label("Reason").fill("It was not strong enough.")
    page.get_by_label("A change of meaning").check()
    page.get_by_role("button", name="Show the difference").click()
    picture(page, f"desk-revise-check-{scheme}")
    assert violations(page) == []
    page.get_by_role("button", name="Publish the new version").click()
    assert page.get_by_role("status").inner_text().startswith("The new version is published.")
