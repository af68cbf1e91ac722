"""A visitor's own high contrast: every edge, focus and state is seen where the grounds of a page are taken away."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import picture
from tests.widget.conftest import MODES, form_on

pytestmark = pytest.mark.browser
# How wide the border of a node and the ring around it are, in pixels; what has the colour of the ground is not there.
DRAWN = """node => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "Canvas";
  const ground = getComputedStyle(probe).color, style = getComputedStyle(node);
  probe.remove();
  const seen = (width, line, colour) => (line === "none" || colour === ground ? 0 : parseFloat(width));
  return {
    border: seen(style.borderTopWidth, style.borderTopStyle, style.borderTopColor),
    ring: seen(style.outlineWidth, style.outlineStyle, style.outlineColor),
  };
}"""
# The node with the focus in this document and its shadow roots; of a radio button the label, which wears its ring.
FOCUSED = """() => {
  let node = document.activeElement;
  while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node.type === "radio" ? node.closest("label") : node;
}"""
EDGED = {
    "the form": "section[part=frame]",
    "a line of text": "#name",
    "a choice of several": "#visibility",
    "a longer text": "textarea",
    "a kind": "label[part=choice] >> nth=1",
    "the button": "form [part=button]",
    "the progress": "progress",
}
STOPS = 12


@pytest.fixture
def open_in_contrast(embed) -> Callable[..., tuple[Page, Any]]:
    """Open the form for somebody who has chosen their own colours."""

    def open_in_contrast(mode: str = "inline", *, accent: str = "", **options: Any) -> tuple[Page, Any]:
        page = embed(f'accent="{accent}" {"inline" if mode == "inline" else ""}', forced_colors="active", **options)
        return page, form_on(page, mode)

    return open_in_contrast


def drawn(place: Locator) -> dict[str, float]:
    found: dict[str, float] = place.evaluate(DRAWN)
    return found


@MODES
def test_every_edge_is_drawn(open_in_contrast, mode):
    page, form = open_in_contrast(mode)
    expect(form.locator("form [part=button]")).to_be_visible()

    faint = [name for name, place in EDGED.items() if drawn(form.locator(place))["border"] < 1]

    assert faint == []
    picture(page, f"contrast-{mode}")


def test_a_border_of_the_grounds_own_colour_is_no_edge(open_in_contrast):
    """The twin."""
    _, form = open_in_contrast()
    button = form.locator("form [part=button]")
    button.evaluate("node => { node.style.forcedColorAdjust = 'none'; node.style.borderColor = 'Canvas'; }")

    assert drawn(button)["border"] == 0


@MODES
def test_wherever_the_focus_goes_a_ring_goes_with_it(open_in_contrast, mode):
    page, form = open_in_contrast(mode)
    form.locator("section[part=frame] summary").press("Enter")  # not in the form without scripts
    expect(form.get_by_label("City")).to_be_visible()
    within = page.frames[-1]
    form.get_by_role("link").first.focus()

    bare = []
    for _ in range(STOPS):
        node = within.evaluate_handle(FOCUSED).as_element()
        if node.evaluate(DRAWN)["ring"] < 2:
            bare.append(node.evaluate("node => node.outerHTML"))
        page.keyboard.press("Tab")

    assert bare == []


@MODES
def test_the_chosen_kind_and_a_wrong_answer_are_told_by_more_than_a_ground(open_in_contrast, mode):
    _, form = open_in_contrast(mode)
    form.get_by_label("on behalf of an organisation").check()
    form.locator("form [part=button]").click()

    chosen, other = (form.locator("label[part=choice]").nth(place) for place in (1, 0))
    wrong, right = form.locator("#email"), form.locator("#website")
    assert drawn(chosen)["border"] > drawn(other)["border"]
    assert drawn(wrong)["border"] > drawn(right)["border"]
    assert drawn(form.get_by_role("alert"))["border"] >= 1
    expect(form.locator("#email-error")).to_have_text("Please fill this in.")


def test_how_far_the_count_has_come_is_seen_whatever_the_pages_own_colour(open_in_contrast, scene):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 251)))
    _, form = open_in_contrast(accent="#fff")
    progress = form.get_by_role("progressbar")
    expect(progress).to_have_attribute("value", "250")
    half = progress.screenshot()

    progress.evaluate("node => { node.value = 0; }")

    assert progress.screenshot() != half


def test_what_stands_there_while_the_form_loads_is_seen(open_in_contrast):
    page, _ = open_in_contrast(before=lambda page: page.route("**/api/v1/**", lambda _route: None))
    place = page.locator("[part=skeleton] > span")
    expect(place).to_be_visible()

    assert drawn(place)["border"] == 1


def test_the_answer_and_what_can_be_done_next_are_seen(open_in_contrast):
    _, form = open_in_contrast("frame")
    form.get_by_label("Your name").fill("Ani")
    form.get_by_label("Email address").fill("ani@rivers.example")
    form.locator("form [part=button]").click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()

    assert drawn(form.get_by_role("button", name="Change the address"))["border"] >= 1
