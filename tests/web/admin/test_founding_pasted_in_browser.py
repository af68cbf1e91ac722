"""What is pasted from a document or a website into the founding list keeps its structure, and is checked on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browsing import WIDTHS, browsable, picture
from tests.web.admin.test_founding_in_browser import open_desk as open_desk

pytestmark = pytest.mark.browser
WORD = """<html xmlns:w="urn:schemas-microsoft-com:office:word"><body><!--StartFragment-->
<table class=MsoTableGrid border=1><tr><td><p class=MsoNormal><b>Name<o:p></o:p></b></p></td>
<td><p class=MsoNormal><b>Position<o:p></o:p></b></p></td><td><p class=MsoNormal><b>Country</b></p></td></tr>
<tr><td><p class=MsoNormal>Ani Marlowe<o:p></o:p></p></td>
<td><p class=MsoNormal>Poet</p></td><td><p>Georgia</p></td></tr>
<tr><td><p class=MsoNormal>Cleo Day</p></td>
<td><p class=MsoNormal>Professor of Hydrology</p></td><td><p>France</p></td></tr>
</table><!--EndFragment--></body></html>"""
DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><ol><li dir="ltr"
style="list-style-type:decimal"><p dir="ltr"><span style="font-size:11pt">Ani Marlowe, poet</span></p></li>
<li dir="ltr"><p dir="ltr"><span>Cleo Day, Professor of Hydrology, University of Kutaisi</span></p></li>
<li dir="ltr"><p dir="ltr"><span>محمد الأحمد، شاعر</span></p></li></ol></b>"""
WEBSITE = """<div><h2>Organisations</h2><ul><li><a href="https://lantern.example">Lantern Foundation</a></li>
<li>River Watch Association</li></ul><h2>People</h2>
<p>Ani Marlowe, poet<br>Marlowe Ani<br>Teodor Vance, Lake Watch</p></div>"""
GROUPS = ("Lantern Foundation", "River Watch Association")
PASTED = {
    "word": (WORD, ["Ani Marlowe", "Cleo Day"], {"title": ["Poet", "Professor of Hydrology"]}),
    "docs": (DOCS, ["Ani Marlowe", "Cleo Day", "محمد الأحمد"], {"affiliation": ["", "University of Kutaisi", ""]}),
    "website": (
        WEBSITE,
        [*GROUPS, "Ani Marlowe", "Marlowe Ani", "Teodor Vance"],
        {},
    ),
}
COPY = """html => navigator.clipboard.write([new ClipboardItem({
  "text/html": new Blob([html], {type: "text/html"}),
  "text/plain": new Blob([new DOMParser().parseFromString(html, "text/html").body.textContent], {type: "text/plain"}),
})])"""


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


def column(page, name: str) -> dict[str, str]:
    """What stands in a column, by the number of the row."""
    return page.eval_on_selector_all(
        ".sheet tbody tr",
        "(rows, name) => Object.fromEntries(rows.map((row) => "
        '[row.querySelector("[name=order]").value, row.querySelector(`[name=${name}]`).value]))',
        name,
    )


def in_order(found: dict[str, str]) -> list[str]:
    return [found[number] for number in sorted(found, key=int)]


def paste(page, html: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(COPY, html)
    page.get_by_label("Paste the list").focus()
    page.keyboard.press("Control+V")
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_role("heading", name="Check the list")).to_be_visible()


def look(page, name: str) -> None:
    """Nothing sticks out at the side, and names are seen whole."""
    picture(page, f"desk-founding-{name}")
    for width in (*WIDTHS, 390):
        page.set_viewport_size({"width": width, "height": 900})
        cut = "boxes => boxes.filter((box) => box.scrollHeight > box.clientHeight + 1).length"
        assert page.eval_on_selector_all(".sheet textarea", cut) == 0


def test_what_is_copied_elsewhere_keeps_its_tables_lists_and_headings(open_desk, violations):
    page = open_desk()
    start = page.url
    for name, (html, names, columns) in PASTED.items():
        page.goto(start)
        paste(page, html)
        assert in_order(column(page, "name")) == names, name
        for one, texts in columns.items():
            assert in_order(column(page, one)) == texts, name
        look(page, f"pasted-{name}")
        assert violations(page) == []


def test_a_list_with_doubts_is_checked_split_and_entered(open_desk, violations, scene):
    page = open_desk()
    long = "Chairwoman of the Society for the Protection of Mountain Springs and Rivers named after Teodor Vance"
    page.get_by_label("Paste the list").fill(
        f"Friends:\nAni Marlowe, poet\nMarlowe Ani\nCleo Day and Teodor Vance\nRuzanna Orme, {long}\nGrace Coop\n"
    )
    page.get_by_role("button", name="Check the list").click()
    page.get_by_role("button", name="Add these signatures").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was added.")
    page.get_by_role("button", name="Split, row 1").click()
    look(page, "doubts")
    assert violations(page) == []
    before, slots = column(page, "name"), list(column(page, "name"))
    page.get_by_role("row").filter(has=page.get_by_label("Name, row 6")).get_by_role("button", name="Move up").click()
    assert list(column(page, "name")) == slots, "the rows exchange their places in the whole list"
    page.get_by_role("button", name="Apply the order and check again").click()
    assert column(page, "name") == before | {"2": "Grace Coop", "6": "Marlowe Ani"}
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_label("Name, row 2")).to_have_value("Marlowe Ani")
    page.get_by_label("All").check()
    page.get_by_role("button", name="Add these signatures").click()

    expect(page.get_by_text("signatures added.")).to_be_visible()
    assert "Ruzanna Orme" in scene.listed()
