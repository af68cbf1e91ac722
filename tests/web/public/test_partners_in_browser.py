"""Partners in a browser: the pages of the desk and the report as they look, and a default language that acts."""

import pytest
from playwright.sync_api import expect

from server.services import partners
from server.services.partners import PartnerSettings
from tests.browsing import SCHEMES, browsable, picture
from tests.web.admin.desk import COOKIE, logged_in

pytestmark = pytest.mark.browser
LIST = "/admin/statements/open-rivers/partners"


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def pages(app, scene, clock) -> dict[str, str]:
    """Every page about partners, of a statement with a few signatures, and the cookie of an owner."""
    for day in (0, 0, 1, 3):
        clock.forward(days=day)
        for number in range(5):
            there = scene.through_partner
            there.signed(
                name=f"N{day}", email=f"n{number}{clock()}@x.example", country="AM", partner_newsletter="Write me"
            )
            clock.forward(hours=1)
    secret = partners.create_report_link(scene.db, "open-rivers", "river-watch", actor="test", now=clock())
    return {"list": LIST, "one": f"{LIST}/river-watch", "report": f"/partner/{secret}"}


@SCHEMES
def test_the_pages_about_partners_fit_and_read_well(app, server, visit, violations, pages, clock, scheme):
    owner = logged_in(app, "olga", "owner", slug=None, now=clock())
    page = visit("about:blank", color_scheme=scheme, bypass_csp=True)
    cookie = owner.client.get_cookie(COOKIE)
    page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": server.url}])
    for name, path in pages.items():
        page.goto(server.url + path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        picture(page, f"desk-partners-{name}-{scheme}")
        assert violations(page) == []

    page.goto(server.url + pages["list"])
    page.get_by_label("Name", exact=True).fill("Hill News")
    page.get_by_label("Addresses of the website").fill("http://hill.example")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Addresses of the website")).to_have_value("http://hill.example")
    picture(page, f"desk-partners-wrong-{scheme}")
    assert violations(page) == []


@pytest.mark.parametrize("inline", ["", " inline"])
def test_a_partners_language_goes_before_the_browsers_and_after_the_pages(
    server, website, db, clock, scene, visit, inline
):
    own = PartnerSettings("River Watch", frozenset({website.url}), "fr", None)
    partners.change_partner(db, "open-rivers", "river-watch", own, actor="test", now=clock())
    tag = f'<undersigned-form server="{server.url}" statement="open-rivers" partner="river-watch"{inline}>'
    for lang in ("", "en"):
        website.app.put(
            f"/{lang}",
            f'{tag}</undersigned-form><script src="{server.url}/widget/v1/undersigned.js"></script>',
            lang=lang,
        )
    titles = {"": "Gardons nos rivières ouvertes", "en": "Keep our rivers open"}

    for lang, title in titles.items():
        page = visit(f"{website.url}/{lang}")
        form = page.locator("undersigned-form") if inline else page.frame_locator("undersigned-form iframe")
        expect(form.get_by_role("heading", name=title)).to_be_visible()
