"""Text at 200 % on a phone, in German: nothing is cut off, nobody scrolls sideways, bullets are beside first lines."""

import pytest
from playwright.sync_api import expect

from tests.web.native import add_rivers
from tests.widget.conftest import MODES, form_on

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
DOUBLED = {"fontSizes": {"standard": 32, "fixed": 26}}
# What sticks out of the window, or has more words than it shows (fields scroll); also inside of a shadow root.
MISFITS = """() => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) look(node.shadowRoot);
      if (!node.checkVisibility() || node.closest("option, .unseen")) continue;
      const { left, right } = node.getBoundingClientRect();
      const isCut = node.localName !== "input" && node.clientWidth && node.scrollWidth > node.clientWidth + 1;
      const name = `${node.localName}.${node.className} ${node.textContent.slice(0, 40)}`;
      if (left < -0.5 || right > innerWidth + 0.5 || isCut) found.push(name);
    }
  };
  look(document.body);
  if (document.documentElement.scrollWidth > innerWidth) found.push("sideways");
  return found;
}"""
# How far a mark without width before each item is below the first line of its link: where its bullet is, too.
BULLETS = """(items) => items.map((item) => {
  const bullet = document.createTextNode("\u2060");
  item.prepend(bullet);
  const range = document.createRange();
  range.selectNode(bullet);
  const link = item.querySelector("a").getClientRects()[0];
  return Math.round(range.getBoundingClientRect().top - link.top);
})"""
LINE_PX = 40


def doubled(page):
    page.context.new_cdp_session(page).send("Page.setFontSizes", DOUBLED)


@MODES
def test_the_form_fits_with_text_of_double_size(embed, db, website, clock, mode):
    add_rivers(db, website.url, now=clock())
    attributes = "inline" if mode == "inline" else ""
    page = embed(attributes, slug="rivers", lang="de", viewport=PHONE, before=doubled)
    form = form_on(page, mode)
    form.locator("section[part=frame] summary").click()
    form.locator("form [part=button]").click()
    expect(form.get_by_role("alert").get_by_role("listitem")).to_have_count(2)
    expect(form.locator("#name")).to_have_css("font-size", "32px")
    assert page.frames[-1].evaluate(MISFITS) == []
    assert max(form.get_by_role("alert").get_by_role("listitem").evaluate_all(BULLETS)) < LINE_PX


def test_the_page_without_javascript_fits_with_text_of_double_size(server, db, website, clock, visit):
    add_rivers(db, website.url, now=clock())
    page = visit("about:blank", java_script_enabled=False, viewport=PHONE)
    doubled(page)
    page.goto(f"{server.url}/s/rivers?locale=de")
    page.locator("#name").fill("http://spam.example")
    page.locator("#email").fill("ani@nowhere")
    page.locator("#sign form > button").click()
    expect(page.get_by_role("alert").get_by_role("listitem")).to_have_count(2)
    assert page.evaluate(MISFITS) == []
