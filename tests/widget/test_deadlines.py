"""How long the element waits for its frame: only while it may load, and a late answer is still taken."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.widget.conftest import expect_told

pytestmark = pytest.mark.browser
PRERENDERING = (
    "window.waits = true; Object.defineProperty(Document.prototype, 'prerendering', { get: () => window.waits });"
)
SECOND = 1000


@pytest.fixture
def slow_page(embed: Callable[..., Page]) -> Callable[..., tuple[Page, list[Route]]]:
    """Open a page whose clock the test moves, and whose frame gets no answer before the test lets it."""

    def slow_page(script: str = "") -> tuple[Page, list[Route]]:
        held: list[Route] = []

        def before(page: Page) -> None:
            page.clock.install(time=0)
            page.clock.pause_at(SECOND)  # from here on no second passes that the test does not let pass
            page.add_init_script(script)
            page.route("**/embed/**", lambda route: held.append(route))

        page = embed(before=before)
        expect(page.locator("undersigned-form iframe")).to_be_attached()
        return page, held

    return slow_page


def answer(page: Page, held: list[Route]) -> Any:
    """Let the frame have its page; return the form in it."""
    page.wait_for_function("() => document.querySelector('undersigned-form').isConnected")
    held[-1].continue_()
    form = page.frame_locator("undersigned-form iframe")
    expect(form.get_by_role("button", name="Sign")).to_be_visible()
    return form


def test_a_late_answer_is_still_taken(slow_page):
    """The twin of the next two: in a page that shows its element, the same seconds count."""
    page, held = slow_page()
    page.clock.run_for(11 * SECOND)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("link", name="Sign there")).to_be_visible()

    answer(page, held)

    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.get_by_role("link", name="Sign there")).to_be_hidden()
    expect_told(page, [["failed", {"code": "frame-silent"}], ["ready", {"state": "open"}]])


def test_a_page_that_is_prepared_before_it_is_shown_waits_as_long_as_it_takes(slow_page):
    page, held = slow_page(PRERENDERING)
    page.clock.run_for(14 * SECOND)
    page.evaluate("window.waits = false")
    page.clock.run_for(5 * SECOND)
    expect(page.locator("[part=skeleton]")).to_be_visible()

    answer(page, held)

    expect_told(page, [["ready", {"state": "open"}]])


def test_an_element_that_is_taken_out_and_put_back_later_begins_to_wait_again(slow_page):
    page, held = slow_page()
    page.clock.run_for(5 * SECOND)
    page.evaluate("() => { window.out = document.querySelector('undersigned-form'); window.out.remove(); }")
    page.clock.run_for(12 * SECOND)
    with page.expect_request("**/embed/**"):
        page.evaluate("document.querySelector('main').append(window.out)")
    page.clock.run_for(7 * SECOND)
    expect(page.locator("[part=skeleton]")).to_be_visible()

    answer(page, held)

    expect_told(page, [["ready", {"state": "open"}]])
