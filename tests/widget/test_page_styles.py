"""Inline: of the page's text only its font and colour come in, and no size depends on the page's root."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
HOSTILE = """
html { font-size: 62.5%; }
body, undersigned-form, undersigned-count, undersigned-signatories {
  font: italic small-caps 900 10px/3 serif; white-space: nowrap; letter-spacing: 0.5em; word-spacing: 2em;
  text-transform: uppercase; text-indent: 4em; text-align: center; text-shadow: 1px 1px red; cursor: wait;
  word-break: break-all; hyphens: auto; tab-size: 20; list-style: square inside; font-stretch: condensed;
  -webkit-text-fill-color: lime; -webkit-text-stroke: 1px red; line-break: anywhere; font-size-adjust: 1;
}
"""
SHOWN = '[...element.shadowRoot.querySelectorAll("*")].filter((node) => node.checkVisibility())'
LOOKS = """(element) => SHOWN.map((node) => {
  const { width, height } = node.getBoundingClientRect();
  const style = getComputedStyle(node);
  const names = ["fontSize", "fontStyle", "fontVariant", "fontWeight", "lineHeight", "whiteSpace", "letterSpacing",
    "wordSpacing", "textTransform", "textIndent", "textAlign", "textShadow", "cursor", "wordBreak", "hyphens",
    "webkitTextStrokeWidth"];
  return [node.localName, width, height, ...names.map((name) => style[name])];
})""".replace("SHOWN", SHOWN)
LET_THE_PAGE_IN = """(element) => {
  const [sheet] = element.shadowRoot.adoptedStyleSheets;
  sheet.deleteRule([...sheet.cssRules].findIndex((rule) => rule instanceof CSSLayerBlockRule));
}"""
FAMILY = "font-family: Quarterly"


def looks(element: Locator) -> Any:
    return element.evaluate(LOOKS)


def shown(embed: Any, tag: str, wait_for: str) -> tuple[Page, Locator]:
    page = embed("inline" if tag == "form" else "", tag=tag)
    element = page.locator(f"undersigned-{tag}")
    expect(element.locator(wait_for).first).to_be_visible()
    page.add_style_tag(content=f"undersigned-{tag}, body {{ font-family: serif }}")
    return page, element


@pytest.mark.parametrize(("tag", "part"), [("form", "form [part=button]"), ("count", "strong"), ("signatories", "li")])
def test_the_elements_look_the_same_on_a_page_with_hostile_text_styles(embed, scene, tag, part):
    scene.found("1. River Keepers\n")
    page, element = shown(embed, tag, part)
    before = looks(element)

    page.add_style_tag(content=HOSTILE)

    assert looks(element) == before
    if tag != "form":
        return
    assert {size for name, width, _, size, *_ in before if name == "input" and width > 100} == {"16px"}


def test_without_the_reset_the_pages_text_styles_come_in(embed):
    """The twin."""
    page, element = shown(embed, "form", "form [part=button]")
    before = looks(element)
    element.evaluate(LET_THE_PAGE_IN)

    page.add_style_tag(content=HOSTILE)

    assert looks(element) != before


def test_font_and_colour_come_from_the_page_and_what_it_hides_stays_hidden(embed):
    page, element = shown(embed, "form", "form [part=button]")
    button = element.get_by_role("button", name="Sign")
    page.add_style_tag(content=f"body, undersigned-form {{ {FAMILY}; color: rgb(1, 2, 3) }}")

    expect(element.get_by_text("Your name")).to_have_css("color", "rgb(1, 2, 3)")
    expect(element.get_by_label("Your name")).to_have_css("font-family", "Quarterly")
    page.add_style_tag(content="main { visibility: hidden }")
    expect(button).to_be_hidden()


def test_a_visitors_larger_font_counts_on_a_page_with_a_tiny_root(embed):
    sizes = {"fontSizes": {"standard": 24, "fixed": 20}}
    page = embed("inline", before=lambda page: page.context.new_cdp_session(page).send("Page.setFontSizes", sizes))
    page.add_style_tag(content=HOSTILE)

    expect(page.locator("undersigned-form").get_by_label("Your name")).to_have_css("font-size", "24px")
