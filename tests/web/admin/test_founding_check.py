"""The check page: doubts are answered, columns mapped, rows parted and joined, and every change can be undone."""

import re
from typing import Any

import pytest

from server.tables import admins
from server.web.admin import founding_sheet
from server.web.admin.founding_sheet import PAGE_ROWS, FoundingRow, SheetSeal, UnplacedLine
from tests.walk.world import Forms
from tests.web.admin.desk import HASH
from tests.web.admin.test_founding import IMPORT, ROWS, paste, sealed, shown
from tests.web.scene import everything

NOT_SURE = FoundingRow(1, "individual", "Grace Coop", doubts="kind", written="Grace Coop")
ANI = FoundingRow(2, "individual", "Ani Marlowe", written="Ani Marlowe")


def sent(answer: Any, **more: Any) -> dict[str, Any]:
    """What the form of the page sends, as it stands, with what is typed or pressed."""
    page = answer.get_data(as_text=True)
    _, fields = next(found for found in Forms(page).found if found[0].endswith("/rows"))
    form: dict[str, Any] = {}
    for name, value in fields:
        if name not in ("do", "all-right", "ask"):
            form.setdefault(name, []).append(value)
    form["right"] = [tag.split('value="')[1].split('"')[0] for tag in page.split("<input ") if _is_ticked(tag)]
    return form | more


def _is_ticked(tag: str) -> bool:
    return tag.startswith('type="checkbox" name="right"') and " checked" in tag.split(">")[0]


def press(browser: Any, answer: Any, do: str, **typed: Any) -> Any:
    return browser.post(ROWS, sent(answer, do=do, **typed))


def opened(browser: Any, *rows: FoundingRow, **sheet: Any) -> Any:
    """The page of these rows."""
    return browser.post(ROWS, {"sheet": sealed(browser, *rows, **sheet)})


# doubts


@pytest.mark.parametrize("more", [{}, {"as": "invite", "source": "the form at rivers.example"}])
def test_a_row_that_nobody_has_answered_is_not_entered_or_invited(moderator, db, more):
    page, before = opened(moderator, NOT_SURE, ANI), everything(db)
    answer = moderator.post(IMPORT, sent(page, **more))

    assert answer.status_code == 422
    assert "1 row is uncertain. Nothing was added." in answer.text
    assert everything(db) == before


@pytest.mark.parametrize(
    "said", [{"right": ["1"]}, {"out": ["1"]}, {"all-right": "yes"}, {"kind": ["organisation", "individual"]}]
)
def test_an_answer_lets_it_be_entered(moderator, scene, said):
    answer = moderator.post(IMPORT, sent(opened(moderator, NOT_SURE, ANI), **said))

    assert answer.status_code == 303
    assert scene.listed() == (["Ani Marlowe"] if "out" in said else ["Grace Coop", "Ani Marlowe"])


def test_what_was_answered_on_another_page_stays_answered(moderator, scene):
    page = press(moderator, opened(moderator, NOT_SURE, ANI), "", right=["1"])

    assert moderator.post(IMPORT, sent(page)).status_code == 303
    assert scene.listed() == ["Grace Coop", "Ani Marlowe"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "Ani Marlowe"}, {"name": "MARLOWE Ani"}),
        ({"name": "Ani Rosa Marlowe"}, {"name": "Ani Marlowe"}),
        ({"name": "Ani R. Marlowe"}, {"name": "Ani Rosa Marlowe"}),
        ({"name": "Zoé Day", "title": "Poet"}, {"name": "Prof. Zoe Day"}),
        ({"name": "Ani Marlowe", "email": "a@hills.example"}, {"name": "Cleo Day", "email": "A@hills.example"}),
    ],
)
def test_two_rows_that_are_perhaps_one_person_are_asked_about(moderator, first, second):
    rows = (FoundingRow(1, "individual", **first), FoundingRow(2, "individual", **second))
    page = opened(moderator, *rows)

    assert "Perhaps the same as row 1." in page.text
    assert moderator.post(IMPORT, sent(page)).status_code == 422
    assert "Perhaps the same" not in press(moderator, page, "", out=["1"]).text
    assert moderator.post(IMPORT, sent(page, right=["2"])).status_code == 303


def test_who_is_told_apart_is_not_asked_about(moderator):
    """The twin."""
    names = ("Ani Rosa Marlowe", "Ani Maria Marlowe", "Ani Day", "Cleo Day")
    page = opened(moderator, *(FoundingRow(at, "individual", name) for at, name in enumerate(names, 1)))

    assert "Perhaps the same" not in page.text
    assert moderator.post(IMPORT, sent(page)).status_code == 303


# pages


def test_a_long_list_is_shown_in_pages_and_what_is_typed_on_one_is_kept(moderator, scene):
    many = [FoundingRow(at, "individual", f"Ani Marlowe-{at:x}q") for at in range(2, PAGE_ROWS + 3)]
    page = opened(moderator, *many, NOT_SURE)

    assert shown(page)[0] == "Grace Coop", "what needs a look comes first"
    assert len(shown(page)) == PAGE_ROWS
    typed = sent(page)["name"]
    second = press(moderator, page, "page:2", name=["Grace Union", *typed[1:]])
    assert len(shown(second)) == 2
    assert moderator.post(IMPORT, sent(second)).status_code == 303
    assert scene.counts()[0] == PAGE_ROWS + 2
    assert scene.rows("SELECT name FROM signatures WHERE name LIKE 'Grace%'") == [{"name": "Grace Union"}]


def test_numbers_are_places_in_the_whole_list(moderator):
    many = [FoundingRow(at, "individual", f"Ani Marlowe-{at:x}q") for at in range(2, PAGE_ROWS + 3)]
    page = opened(moderator, *many, NOT_SURE)
    numbers = sent(page)["order"]
    assert numbers[:2] == [str(PAGE_ROWS + 2), "1"]
    moved = press(moderator, page, "", order=["1", *numbers[1:]])

    assert sent(moved)["order"][:2] == ["1", "2"]


# columns, sections, splitting, joining, undoing


SEVERAL = "Ani Marlowe, poet, Cleo Day and Teodor Vance"
TABLE = "One;Two;Three\nMarlowe;Ani;Chair\nDay;Cleo;Poet\n"


def test_columns_are_mapped_and_that_is_undone(moderator):
    page = paste(moderator, TABLE)
    mapped = press(moderator, page, "columns", column=["family", "given", "ignore"])

    assert "Ani Marlowe" in shown(mapped)
    assert shown(mapped, "title") == ["", "", ""]
    turned = press(moderator, mapped, "columns", column=["given", "family", "title"])
    assert {"Marlowe Ani", "Day Cleo"} <= set(shown(turned))
    assert "Poet" in shown(turned, "title")
    back = press(moderator, press(moderator, turned, "undo"), "undo")
    assert shown(back) == shown(page)
    assert 'value="undo"' not in back.text


def test_columns_without_a_name_are_refused_and_nothing_is_lost(moderator):
    page = paste(moderator, TABLE)
    answer = press(moderator, page, "columns", column=["title", "affiliation", "ignore"])

    assert answer.status_code == 422
    assert "One of the columns must be a name" in answer.text
    assert shown(answer) == shown(page)
    assert press(moderator, page, "columns", column=["name"]).status_code == 400


def test_the_kind_of_a_whole_section_is_switched(moderator):
    page = paste(moderator, "Friends:\nAni Marlowe\nCleo Day\n\nSupporters:\nGrace Coop, Kutaisi\nLantern\n")
    line = page.text.split('value="kind:')[-1].split(":")[0]
    done = press(moderator, page, f"kind:{line}:organisation")
    kinds = dict(zip(shown(done), kinds_of(done), strict=True))

    assert {kinds["Ani Marlowe"], kinds["Cleo Day"]} == {"individual"}
    assert [kind for name, kind in kinds.items() if "Coop" in name or name == "Lantern"] == ["organisation"] * 2
    assert kinds_of(press(moderator, done, "undo")) == kinds_of(page)
    assert press(moderator, page, "kind:99:organisation").status_code == 400


def test_sections_of_a_page_that_is_written_on_one_line_have_their_own_rows(moderator):
    friends, others = "<ul><li>Ani Marlowe<li>Cleo Day</ul>", "<p>Teodor Vance<br>Maro Hill<br>Nino Lake</p>"
    markup = f"<h2>Friends</h2>{friends}<h2>Others</h2>{others}"
    page = paste(moderator, "x", markup=markup)

    assert re.findall(r"<bdi>(Friends|Others)</bdi> <small>(\d) rows", page.text) == [("Friends", "2"), ("Others", "3")]


def kinds_of(answer: Any) -> list[str]:
    return [row.split('" selected')[0].rpartition('value="')[2] for row in answer.text.split('<select name="kind"')[1:]]


def test_a_row_is_split_where_the_admin_says(moderator):
    several = FoundingRow(
        1, "individual", "x", doubts="several", written="Ani Marlowe, poet, Cleo Day and Teodor Vance"
    )
    parted = press(moderator, opened(moderator, several, ANI), "split:1")
    assert "Ani Marlowe, poet\nCleo Day\nTeodor Vance</textarea>" in parted.text
    read = press(moderator, parted, "read:1", **{"parts-1": "Ani Marlow, poet\nCleo Day\nTeodor Vance"})

    assert shown(read) == ["Ani Marlow", "Cleo Day", "Teodor Vance", "Ani Marlowe"]
    assert shown(press(moderator, read, "undo")) == ["x", "Ani Marlowe"]
    nobody = press(moderator, parted, "read:1", **{"parts-1": " \n"})
    assert (nobody.status_code, "No signatory could be read" in nobody.text) == (422, True)


def test_a_row_is_joined_to_the_one_above(moderator):
    below = FoundingRow(3, "individual", "Hill Club", country="GE", email="ani@hills.example")
    page = opened(moderator, ANI, FoundingRow(4, "individual", "Poet"), below)
    once = press(moderator, page, "join:4")
    twice = press(moderator, once, "join:3")

    assert (shown(twice), shown(twice, "title"), shown(twice, "affiliation")) == (
        ["Ani Marlowe"],
        ["Poet"],
        ["Hill Club"],
    )
    assert (shown(twice, "country"), shown(twice, "email")) == (["GE"], ["ani@hills.example"])
    assert shown(press(moderator, press(moderator, twice, "undo"), "undo")) == ["Ani Marlowe", "Poet", "Hill Club"]
    assert press(moderator, page, "join:2").status_code == 400


def test_a_new_order_is_undone_and_what_was_typed_since_stays(moderator):
    page = opened(moderator, ANI, FoundingRow(3, "individual", "Cleo Day"))
    turned = press(moderator, page, "", order=["2", "1"])
    assert shown(turned) == ["Cleo Day", "Ani Marlowe"]

    assert shown(press(moderator, turned, "undo", title=["Poet", ""])) == ["Ani Marlowe", "Cleo Day"]


@pytest.mark.parametrize("do", ["dance", "add:x", "split:99", "read:99", "page:", "join:-1"])
def test_a_button_of_nobody_is_refused(moderator, do):
    assert press(moderator, opened(moderator, ANI), do).status_code == 400


# the sheet


def test_a_sheet_that_is_broken_or_of_somebody_else_is_refused_in_words(moderator, db, context, clock):
    form = sent(opened(moderator, ANI))
    [sheet] = form["sheet"]
    with db.write() as tx:
        other = admins.add(tx, "otto", password_hash=HASH, sealed_totp=b"", invited_until=0, now=clock())
    others = SheetSeal(context.settings.secret_keys, statement_id=1, admin_id=other)
    foreign = others.seal(founding_sheet.FoundingSheet([ANI], []))
    for bad in ("", "x", sheet[:-2], f"{sheet[:40]}x{sheet[41:]}", foreign):
        for path in (ROWS, IMPORT):
            answer = moderator.post(path, form | {"sheet": bad})
            assert (answer.status_code, "This page can no longer be read" in answer.text) == (422, True)


def test_without_the_bond_the_sheet_of_somebody_else_is_taken(moderator, context, monkeypatch):
    """The twin."""
    others = SheetSeal(context.settings.secret_keys, statement_id=1, admin_id=99)
    foreign = others.seal(founding_sheet.FoundingSheet([ANI], []))
    made = SheetSeal.__init__

    def unbound(self, keys, **_):
        made(self, keys, statement_id=1, admin_id=99)

    monkeypatch.setattr(SheetSeal, "__init__", unbound)
    assert shown(moderator.post(ROWS, {"sheet": foreign})) == ["Ani Marlowe"]


def test_a_sheet_that_is_too_long_leaves_its_older_steps_at_home(moderator, monkeypatch):
    page = opened(moderator, ANI, *(FoundingRow(at, "individual", f"Cleo {at}") for at in range(3, 9)))
    for at in range(3, 7):
        page = press(moderator, page, f"join:{at}")
    monkeypatch.setattr(founding_sheet, "_UNDO_CELLS", 0)
    page = press(moderator, page, "join:7")
    once = press(moderator, page, "undo")

    assert 'value="undo"' not in once.text
    assert shown(once)[-2:] == ["Cleo 7", "Cleo 8"]


def test_a_row_that_is_read_from_a_line_is_beside_it_and_never_cut(moderator):
    long = "Ani Marlowe of the Society for the Protection of Mountain Springs and Rivers " * 3
    row = FoundingRow(1, "individual", long.strip(), doubts="odd", written=long.strip())
    page = opened(moderator, ANI, row)

    assert shown(page) == [long.strip(), "Ani Marlowe"]
    assert f"In the list: <bdi>{long.strip()}</bdi>" in page.text


def test_headings_do_not_stand_between_rows_that_were_added(moderator):
    spares = [UnplacedLine("Poets:", "heading", 1), UnplacedLine("Maro", "not-in-the-list", 2)]
    page = press(moderator, opened(moderator, ANI, spares=spares), "add:1")

    assert shown(page) == ["Ani Marlowe", "Maro"]
    assert "Poets:" in page.text
