"""Every letter in every language as a mail program on a phone shows it: nothing sticks out, nothing is loaded."""

import pytest

from server.mail.previews import PREVIEWS, render_preview
from server.text import translations
from tests.browsing import LOCALES, PICTURES, SCHEMES

pytestmark = pytest.mark.browser
PHONE = {"width": 320, "height": 640}


@pytest.mark.parametrize("locale", LOCALES)
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


_CONTRASTS = """() => {
    const numbers = color => color.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
        .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = node => {
        for (; node; node = node.parentElement) {
            const color = numbers(getComputedStyle(node).backgroundColor);
            if (color.length === 3 || color[3] > 0) return color;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll("p, a, bdi")].filter(node => node.textContent.trim()).map(node => {
        const [one, two] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
        return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    });
}"""


@SCHEMES
def test_every_letter_can_be_read_in_light_and_in_dark_mail_programs(visit, scheme):
    PICTURES.mkdir(exist_ok=True)
    page = visit("about:blank", viewport=PHONE, color_scheme=scheme)
    grounds = set()
    for name in PREVIEWS:
        html = render_preview(name, "en", base_url="https://sign.example.org", sender="River Union").html
        page.set_content(html)
        page.screenshot(path=PICTURES / f"mail-{name}-{scheme}.png", full_page=True)

        assert min(page.evaluate(_CONTRASTS)) >= 4.5, name
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == {"rgb(246, 244, 239)" if scheme == "light" else "rgb(26, 26, 24)"}


def test_without_the_dark_colours_of_links_they_could_not_be_read_in_the_dark(visit):
    """The twin of the test above."""
    page = visit("about:blank", viewport=PHONE, color_scheme="dark")
    html = render_preview("confirm", "en", base_url="https://sign.example.org").html
    assert "a{color:#8fd0b2!important}" in html
    page.set_content(html.replace("a{color:#8fd0b2!important}", ""))

    assert min(page.evaluate(_CONTRASTS)) < 4.5
