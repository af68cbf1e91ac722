"""Settings, consent and emails of a statement in Chromium: what they look like, and that a day is chosen and kept."""

import pytest
from playwright.sync_api import expect

from tests.browsing import SCHEMES, browsable, picture
from tests.web.admin.desk import COOKIE
from tests.web.admin.test_settings import SETTINGS, stands

pytestmark = pytest.mark.browser
EMAILS = SETTINGS.replace("settings", "emails")
CONSENT = SETTINGS.replace("settings", "consent")


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def come_in(server, visit, owner):
    def come_in(path, **options):
        cookie = {"name": COOKIE, "value": owner.client.get_cookie(COOKIE).value, "url": server.url}
        page = visit(f"{server.url}/admin/login", bypass_csp=True, **options)
        page.context.add_cookies([cookie])
        page.goto(server.url + path)
        return page

    return come_in


@SCHEMES
def test_settings_and_consent_read_well_on_every_screen(come_in, confirmed, violations, scheme):
    page = come_in(SETTINGS, color_scheme=scheme)
    picture(page, f"desk-settings-{scheme}")
    assert violations(page) == []

    page.get_by_label("Goal").fill("0")
    page.get_by_label("Time zone").fill("Paris")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    picture(page, f"desk-settings-wrong-{scheme}")
    assert violations(page) == []

    page.goto(page.url.replace("settings", "consent"))
    picture(page, f"desk-consent-{scheme}")
    assert violations(page) == []


def test_a_day_is_chosen_in_the_browsers_own_way_on_a_phone(come_in, db):
    page = come_in(SETTINGS, viewport={"width": 360, "height": 740})

    page.get_by_label("Time zone").fill("Asia/Tbilisi")
    page.get_by_label("Signing ends", exact=True).fill("2027-07-01T18:00")
    page.get_by_role("button", name="Save").click()

    page.get_by_text("The settings are saved.").wait_for()
    assert stands(db).closes_at == 1_814_450_400
    assert page.get_by_label("Signing ends", exact=True).input_value() == "2027-07-01T18:00"


@SCHEMES
def test_an_email_is_read_as_its_signer_will(come_in, statement, violations, scheme):
    page = come_in(EMAILS, color_scheme=scheme)
    page.get_by_label("Email", exact=True).select_option("Thanks")
    page.get_by_role("button", name="Show").click()

    letter = page.frame_locator("iframe")
    expect(letter.get_by_text("Keep our rivers open")).to_be_visible()
    picture(page, f"desk-emails-{scheme}")
    assert violations(page) == []
