"""Nothing jumps: the text around the elements stays where it is while they load."""

import pytest
from playwright.sync_api import expect

from tests.widget.layouts import GOOD, LAYOUTS, WIDTHS, layouts, without_place

pytestmark = pytest.mark.browser
__all__ = ["layouts"]
JUMPS = 0.2


@pytest.mark.parametrize(("layout", "width"), [("count, form and list", 360), ("two inline", 1280)])
def test_the_text_below_stays_where_it_is_while_the_elements_load(layouts, layout, width):
    assert layouts.shift(layout, width) <= GOOD


def test_where_the_snippet_keeps_no_place_the_text_jumps(layouts):
    """The twin."""
    assert layouts.shift("two inline", 1280, change=without_place) > JUMPS


def test_a_frame_far_below_the_window_is_loaded_when_it_comes_near(layouts, server):
    element = layouts.element()
    layouts.website.app.put("/", f'<p style="height: 9000px">A long read.</p>{element}{layouts.body("plain frame")}')
    page = layouts.visit(layouts.website.url)
    page.locator("undersigned-form [part=skeleton]").first.wait_for()
    assert [asked for asked in server.log if asked.path.startswith("/embed/")] == []

    page.locator("undersigned-form").first.scroll_into_view_if_needed()

    form = page.frame_locator("undersigned-form iframe").first
    expect(form.get_by_role("button", name="Sign", exact=True)).to_be_visible()


@pytest.mark.drill
def test_nothing_jumps_in_any_layout(layouts, capsys):
    found = {(layout, width): layouts.shift(layout, width) for layout in LAYOUTS for width in WIDTHS}
    with capsys.disabled():
        print()
        for (layout, width), moved in found.items():
            print(f"{layout:22} {width:5} px  {moved:.3f}")

    assert max(found.values()) <= GOOD
