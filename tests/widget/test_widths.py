"""The elements in columns from narrow to wide: nothing sticks out or is cut off, and a thumb hits what it aims at."""

from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from server.text import translations
from tests.web.native import NATIVE, add_rivers

pytestmark = pytest.mark.browser
WIDTHS = (280, 320, 640, 1280)
LOCALES = ("en", "ar")
NARROWEST = pytest.mark.parametrize(("width", "locale"), list(product(WIDTHS[:1], LOCALES)))
COLUMNS = pytest.mark.parametrize(
    ("width", "locale"),
    [
        pytest.param(width, locale, marks=pytest.mark.drill if width in (320, 1280) else ())
        for width, locale in product(WIDTHS, LOCALES)
    ],
)
LEAST_TARGET_PX = 24
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
# Tags of what sticks out of the element's column, whose text is wider than itself, or what is too small to be hit.
MISFITS = """(element, least) => {
  const column = element.parentElement.getBoundingClientRect();
  const shown = [...element.shadowRoot.querySelectorAll("*")].filter((node) => node.checkVisibility());
  const name = (node) => `${node.localName}.${node.className} ${node.textContent.slice(0, 40)}`;
  const box = (node) => node.getBoundingClientRect();
  const aimed = shown.filter((node) => node.matches("a, button, select, input, textarea, label[part=choice]"));
  const inside = (node) => node.type === "radio";
  return {
    out: shown.filter((node) => box(node).left < column.left - 0.5 || box(node).right > column.right + 0.5).map(name),
    cut: shown.filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth + 1).map(name),
    small: aimed.filter((node) => !inside(node) && Math.min(box(node).width, box(node).height) < least).map(name),
  };
}"""
LEFT_EDGES = "fields => new Set(fields.map((field) => Math.round(field.getBoundingClientRect().left))).size"


@pytest.fixture
def in_column(embed, db, website, clock):
    """Open an element in a column of this many pixels of a wide window, and return it."""

    def in_column(width: int, locale: str, attributes: str = "", *, tag: str = "form", slug: str = "rivers") -> Locator:
        if slug == "rivers":
            add_rivers(db, website.url, now=clock())
        page = embed(attributes, slug=slug, tag=tag, lang=locale, viewport={"width": 1400, "height": 900})
        page.wait_for_load_state("domcontentloaded")
        page.add_style_tag(content=f"main {{ width: {width}px; }}")
        return page.locator(f"undersigned-{tag}")

    return in_column


def misfits(element: Locator) -> dict[str, list[str]]:
    found: dict[str, list[str]] = element.evaluate(MISFITS, LEAST_TARGET_PX)
    return {fault: places for fault, places in found.items() if places}


@COLUMNS
def test_the_form_fits_its_column_empty_wrong_and_for_an_organisation(in_column, width, locale):
    form = in_column(width, locale, "inline")
    expect(form.get_by_role("heading", name=NATIVE[locale][0])).to_be_visible()
    expect(form.locator("section")).to_have_attribute("dir", translations.direction(locale))
    assert misfits(form) == {}

    form.locator("#kind-organisation").check()
    form.locator("form [part=button]").click()
    expect(form.get_by_role("alert").get_by_role("listitem")).to_have_count(4)

    assert misfits(form) == {}


@COLUMNS
def test_fields_stand_side_by_side_only_where_there_is_room(in_column, width, locale):
    form = in_column(width, locale, "inline")
    fields = form.locator(".field:not(.wide)")
    expect(fields).not_to_have_count(0)

    assert fields.evaluate_all(LEFT_EDGES) == (2 if width >= 640 else 1)


@NARROWEST
def test_the_answer_fits_with_the_longest_of_addresses(in_column, width, locale):
    form = in_column(width, locale, "inline")
    form.locator("#name").fill(LONG)
    form.locator("#email").fill(f"{'a' * 64}@{'r' * 63}.example")
    form.locator("form [part=button]").click()
    expect(form.locator("[part=sent]")).to_be_visible()

    assert misfits(form) == {}


@COLUMNS
def test_the_list_fits_its_column_with_names_that_never_end(in_column, scene, width, locale):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 31)))
    scene.signed(name=LONG, email="ani@rivers.example", title=f"Director of {LONG}")
    scene.signed(
        kind="organisation", organisation=LONG, name="Maro", email="maro@rivers.example", website="https://r.example"
    )
    element = in_column(width, locale, tag="signatories", slug="open-rivers")
    expect(element.get_by_text(LONG).first).to_be_visible()
    expect(element.get_by_role("searchbox")).to_be_visible()

    assert misfits(element) == {}


@NARROWEST
def test_the_count_fits_its_column(in_column, scene, width, locale):
    scene.signed(name=LONG)
    element = in_column(width, locale, tag="count", slug="open-rivers")
    expect(element.get_by_role("progressbar")).to_be_visible()

    assert misfits(element) == {}


@pytest.mark.parametrize(
    ("fault", "style"),
    [
        ("out", "a { position: relative; inset-inline-start: 300px }"),
        ("cut", "h2 { overflow: hidden; white-space: nowrap; inline-size: 5em }"),
        ("small", "button { min-block-size: 0 !important; block-size: 20px; padding: 0 }"),
    ],
)
def test_what_does_not_fit_is_found(in_column, fault, style):
    """The twin."""
    form: Any = in_column(280, "en", "inline")
    expect(form.locator("form [part=button]")).to_be_visible()
    more = "(element, css) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);"
    form.evaluate(more + "element.shadowRoot.adoptedStyleSheets.push(sheet); }", style)

    assert fault in misfits(form)
