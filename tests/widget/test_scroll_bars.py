"""A browser whose scroll bars take room: the frame has none, at any width, and its height comes to rest."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browsing import CHROMIUM, SWITCHES
from tests.widget.conftest import list_partner

pytestmark = pytest.mark.browser
WIDTHS = range(440, 501)
AT_REST = """async () => {
  const frame = document.querySelector("undersigned-form").shadowRoot.querySelector("iframe");
  const next = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  let still = 0;
  for (let turn = 0; turn < 120 && still < 6; turn++) {
    const before = frame.clientHeight;
    await next();
    still = frame.clientHeight === before ? still + 1 : 0;
  }
  return still >= 6 && frame.clientHeight;
}"""
ROOM = "[innerWidth - document.documentElement.clientWidth, document.body.offsetHeight]"


@pytest.fixture
def page(chromium: Browser, server, statement, website, db, clock) -> Iterator[Page]:
    """A partner's page in a browser with classic scroll bars, which Playwright hides if nobody says otherwise."""
    list_partner(db, "lake-watch", website.url, now=clock())
    element = f'<undersigned-form server="{server.url}" statement="open-rivers"></undersigned-form>'
    website.app.put("/", f'<main>{element}</main><script src="{server.url}/widget/v1/undersigned.js"></script>')
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=[*SWITCHES], ignore_default_args=["--hide-scrollbars"]
    )
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(website.url)
    expect(page.frame_locator("iframe").get_by_role("button", name="Sign")).to_be_visible()
    yield page
    browser.close()


def faults(page: Page) -> list[int]:
    """The widths at which the frame has a scroll bar, is not as high as its form, or goes on changing its height."""
    inside: Frame = page.frames[1]
    found = []
    for width in WIDTHS:
        page.locator("main").evaluate("(main, width) => { main.style.width = `${width}px` }", width)
        height = page.evaluate(AT_REST)
        bar, needed = inside.evaluate(ROOM)
        if bar or height is False or abs(height - needed) > 1:
            found.append(width)
    return found


def test_the_frame_has_no_scroll_bar_at_any_width_and_its_height_comes_to_rest(page):
    assert faults(page) == []


def test_a_scroll_bar_that_takes_room_would_bring_itself_about(page):
    """The twin: the frame's page as any other page is, and the padding as it was."""
    page.frames[1].evaluate(
        """() => {
          document.documentElement.style.scrollbarWidth = "";
          document.querySelector("undersigned-form").style.setProperty("--undersigned-padding", "6vw");
        }"""
    )

    assert faults(page) != []
