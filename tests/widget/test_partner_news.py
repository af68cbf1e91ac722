"""A partner's own box for news, as a signer meets it on that partner's page."""

import pytest
from playwright.sync_api import expect

from server.services.partners import set_newsletter_wording
from tests.browsing import picture
from tests.scene import RIVER_NEWS, look
from tests.widget.conftest import MODES, fill_in, form_on

pytestmark = pytest.mark.browser
ASKED = "SELECT partners.slug FROM subscriptions JOIN partners ON partners.id = partner_id"


@pytest.fixture
def boxed(embed, db, clock):
    """A page of Lake Watch, whose forms in English have a box of its own."""
    set_newsletter_wording(db, "open-rivers", "lake-watch", "en", RIVER_NEWS, actor="test", now=clock())

    def boxed(mode: str):
        return form_on(embed(f'partner="lake-watch" {"inline" if mode == "inline" else ""}'), mode)

    return boxed


def sign(form) -> None:
    fill_in(form)
    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()


@MODES
def test_the_box_stands_there_unticked_and_is_named_by_the_partner(boxed, db, mode):
    form = boxed(mode)

    expect(form.get_by_role("checkbox", name=RIVER_NEWS)).not_to_be_checked()
    expect(form.get_by_role("checkbox", name="Send me news about this statement")).not_to_be_checked()
    sign(form)
    assert look(db, ASKED) == []


@MODES
def test_who_ticks_it_subscribes_to_that_partner_and_to_nobody_else(boxed, db, mode):
    form = boxed(mode)
    form.get_by_role("checkbox", name=RIVER_NEWS).check()
    sign(form)

    assert look(db, ASKED) == [{"slug": "lake-watch"}]
    assert look(db, "SELECT newsletter FROM signatures") == [{"newsletter": 0}]
    assert look(db, "SELECT body FROM wordings") == [{"body": RIVER_NEWS}]


@MODES
def test_a_tick_outlives_a_mistyped_address_and_the_choice_of_who_signs(boxed, db, mode):
    form = boxed(mode)
    box = form.get_by_role("checkbox", name=RIVER_NEWS)
    box.check()
    form.get_by_label("on behalf of an organisation").check()
    expect(box).to_be_checked()
    form.get_by_label("as an individual").check()
    fill_in(form, email="nobody at home")
    form.get_by_role("button", name="Sign").click()
    expect(form.get_by_role("alert")).to_contain_text("This does not look like an email address.")
    expect(box).to_be_checked()
    sign(form)

    assert look(db, ASKED) == [{"slug": "lake-watch"}]


def test_a_tick_beside_words_of_one_language_is_none_beside_those_of_another(boxed, db, clock):
    set_newsletter_wording(db, "open-rivers", "lake-watch", "fr", "Écrivez-moi", actor="test", now=clock())
    form = boxed("inline")
    form.get_by_role("checkbox", name=RIVER_NEWS).check()
    form.get_by_role("checkbox", name="Send me news about this statement").check()

    form.evaluate("element => element.setAttribute('locale', 'fr')")

    expect(form.get_by_role("checkbox", name="Écrivez-moi")).not_to_be_checked()
    expect(form.locator("#newsletter")).to_be_checked()


def test_the_box_fits_small_and_large_screens(boxed):
    form = boxed("inline")
    expect(form.get_by_role("checkbox", name=RIVER_NEWS)).to_be_visible()

    picture(form.page, "partner-news")
