"""The form in all ten languages, as a browser shows it: found by its words, signed under a native name, in pictures."""

import pytest
from playwright.sync_api import expect

from server.text import translations
from tests.browsing import LOCALES, picture
from tests.web.native import NATIVE, add_rivers

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("locale", LOCALES)
def test_the_form_speaks_the_language_of_its_page_and_takes_a_name_of_its_own(
    server, website, db, clock, visit, names, locale
):
    add_rivers(db, website.url, now=clock())
    title, name = NATIVE[locale]
    tag = f'<undersigned-form server="{server.url}" statement="rivers" inline></undersigned-form>'
    website.app.put("/", f'{tag}<script src="{server.url}/widget/v1/undersigned.js"></script>', lang=locale)
    page = visit(website.url)
    form = page.locator("undersigned-form")
    expect(form.get_by_role("heading", name=title)).to_be_visible()
    expect(form.locator("section")).to_have_attribute("dir", translations.direction(locale))
    picture(page, f"language-{locale}")

    form.get_by_label(translations.text(locale, "field.individual.name"), exact=True).fill(name)
    form.get_by_label(translations.text(locale, "field.email"), exact=True).fill("ani@rivers.example")
    form.get_by_role("button", name=translations.text(locale, "form.sign"), exact=True).click()

    expect(form.get_by_role("heading", name=translations.text(locale, "sent.title"))).to_be_focused()
    assert names() == [name]
