"""Every letter in every language as a mail program on a phone shows it: nothing sticks out, nothing is loaded."""

import pytest

from server.mail.previews import PREVIEWS, render_preview
from server.text import translations
from tests.browsing import PICTURES

pytestmark = pytest.mark.browser
PHONE = {"width": 320, "height": 640}


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_every_letter_fits_on_a_phone_in_this_language(visit, locale):
    PICTURES.mkdir(exist_ok=True)
    page, asked = visit("about:blank", viewport=PHONE), []
    page.on("request", lambda request: asked.append(request.url))

    for name in PREVIEWS:
        page.set_content(render_preview(name, locale, base_url="https://sign.example.org").html)
        page.screenshot(path=PICTURES / f"mail-{name}-{locale}.png", full_page=True)

        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        direction = page.locator("p").first.evaluate("node => getComputedStyle(node).direction")
        assert direction == translations.direction(locale), name
    assert asked == []
