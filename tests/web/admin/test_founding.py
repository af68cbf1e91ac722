"""The founding list at the desk: what was understood is looked at first, and nothing is lost on the way."""

import html
import io
import re
from collections.abc import Sequence
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage

from server.tables import admins, statements
from server.web.admin.founding_sheet import ROWS_MOST, FoundingRow, FoundingSheet, SheetSeal, UnplacedLine, without_step
from server.web.admin.page import sort_by_typed_numbers
from server.web.context import EXTENSION
from tests.web.admin.desk import Browser
from tests.web.scene import everything

PLACE = "/admin/statements/open-rivers/founding/"
PREVIEW, ROWS, IMPORT = (f"{PLACE}{name}" for name in ("preview", "rows", "import"))
LIST = "1. “Clear Water” NGO\n2. Ani Marlowe, Poet\n3. Քար ու ջուր ՀԿ\n"
NAMES = ["“Clear Water” NGO", "Ani Marlowe", "Քար ու ջուր ՀԿ"]
SILENT = ("title", "affiliation", "country", "website", "email")
REPEATED = ("row", "order", "kind", "name", *SILENT)


def rows(*lines: dict[str, str], **more: Any) -> dict[str, Any]:
    """What the form of the preview sends for these rows."""
    preset = {"kind": "individual"} | dict.fromkeys(SILENT, "")
    filled = [preset | {"row": str(at), "order": str(at)} | line for at, line in enumerate(lines, start=1)]
    return {name: [line[name] for line in filled] for name in REPEATED} | more


def sealed(browser: Browser, *read: FoundingRow, spares: Sequence[UnplacedLine] = (), **more: Any) -> str:
    """The sheet of these rows as the page of the moderator carries it."""
    context = browser.client.application.extensions[EXTENSION]
    with context.db.read() as tx:
        statement, admin = statements.get(tx, "open-rivers"), admins.get_by_name(tx, "mher")
    seal = SheetSeal(context.settings.secret_keys, statement_id=statement.id, admin_id=admin.id)
    return seal.seal(FoundingSheet(list(read), list(spares), **more))


def send(browser: Browser, path: str, form: dict[str, Any], **sheet: Any) -> Any:
    """Post rows that were typed into a sheet of as many."""
    read = [FoundingRow(at, "individual", "read") for at in range(1, len(form["row"]) + 1)]
    return browser.post(path, form | {"sheet": sealed(browser, *read, **sheet)})


def names(*wanted: str) -> dict[str, Any]:
    return rows(*({"name": name} for name in wanted))


def shown(answer: Any, column: str = "name") -> list[str]:
    """What stands in a column of the preview."""
    page = answer.get_data(as_text=True)
    found = re.findall(
        rf'<(?:input name="{column}" value="([^"]*)"|textarea name="{column}"[^>]*>\n([^<]*)<)',
        page,
    )
    return [html.unescape(line or text) for line, text in found]


def paste(browser: Browser, text: str, **more: Any) -> Any:
    return browser.upload(PREVIEW, {"list": text, "kind": "auto", **more})


def upload(browser: Browser, content: bytes, name: str = "list.csv") -> Any:
    return paste(browser, "", file=FileStorage(io.BytesIO(content), name))


def test_what_was_understood_is_shown_and_nothing_is_written(moderator, db):
    before = everything(db)
    answer = paste(moderator, LIST + "\nSigned by:\n")

    assert answer.status_code == 200
    assert shown(answer) == NAMES
    assert shown(answer, "title") == ["", "Poet", ""]
    assert "a heading" in answer.get_data(as_text=True)
    assert everything(db) == before


def test_the_rows_are_entered_as_they_were_mended(moderator, scene):
    answer = send(
        moderator,
        IMPORT,
        rows(
            {"name": "Ani Marlow", "title": "Writer", "affiliation": "Hill Club"},
            {"name": "Hill Club", "kind": "organisation"},
            {"name": "not this one"},
            out=["3"],
        ),
    )

    assert (answer.status_code, answer.location.split("?")[0]) == (303, PLACE)
    assert scene.listed() == ["Ani Marlow", "Hill Club"]
    [row] = scene.rows("SELECT title, affiliation, email_key FROM signatures WHERE name = 'Ani Marlow'")
    assert row == {"title": "Writer", "affiliation": "Hill Club", "email_key": None}
    assert [mail["kind"] for mail in scene.emails()] == []
    page = moderator.open(answer.location).get_data(as_text=True)
    assert "2 signatures added." in page
    [actor] = scene.rows("SELECT actor FROM journal WHERE verb = 'founding.import'")
    assert actor == {"actor": "admin:mher"}


def test_the_whole_way_from_the_paste_to_the_public_list(moderator, scene, client):
    pasted = paste(moderator, LIST)
    lines = [
        {"name": name, "kind": kind}
        for name, kind in zip(shown(pasted), ["organisation", "individual", "organisation"], strict=True)
    ]
    send(moderator, IMPORT, rows(*lines))

    page = client.get("/s/open-rivers").get_data(as_text=True)
    assert [page.index(name) for name in NAMES] == sorted(page.index(name) for name in NAMES)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "Ani https://casino.example/x"}, "A name cannot contain a link."),
        ({"name": "Ani", "title": "x" * 2000}, "This is too long. Use at most 300 characters."),
        ({"name": "Hill Club", "kind": "organisation", "title": "Chair"}, "An organisation has no title"),
        ({"name": "Ani", "email": "ani at hills"}, "This does not look like an email address."),
        ({"name": "Ani", "kind": "cat"}, "Please choose from the list."),
    ],
)
def test_a_row_that_will_not_do_comes_back_with_everything_and_none_is_entered(moderator, db, line, words):
    before = everything(db)
    answer = send(moderator, IMPORT, rows({"name": "Cleo Day", "title": "Poet"}, line, ask="yes"))
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert words in page
    assert "1 row needs checking" in page
    assert shown(answer) == [line["name"], "Cleo Day"], "what has to be looked at comes first"
    assert re.search(r'name="ask" value="yes"[^>]*checked', page)
    assert everything(db) == before


def test_a_row_that_is_left_out_may_be_anything(moderator, scene):
    assert send(moderator, IMPORT, rows({"name": "Ani"}, {"name": ""}, out="2")).status_code == 303
    assert scene.listed() == ["Ani"]


def test_nothing_at_all_is_not_entered(moderator):
    assert send(moderator, IMPORT, rows({"name": "Ani"}, out="1")).status_code == 422
    assert paste(moderator, " \n").status_code == 422


def test_what_is_known_is_said_before_and_after(moderator, scene):
    scene.found("Ani Marlowe\n")
    answer = paste(moderator, "Ani Marlowe\nCleo Day\n")
    assert answer.get_data(as_text=True).count("Already on the list or taken off it: not added again.") == 1

    done = send(moderator, IMPORT, names("Ani Marlowe", "Cleo Day"))
    assert "1 signature was not added: it is already on the list, or was taken off it." in moderator.open(
        done.location
    ).get_data(as_text=True)
    assert scene.listed() == ["Ani Marlowe", "Cleo Day"]


def test_a_line_that_could_not_be_placed_is_added_as_a_row(moderator):
    spares = [UnplacedLine("We, the undersigned:", "heading"), UnplacedLine("Maro", "not-in-the-list")]
    answer = send(moderator, ROWS, rows({"name": "Ani"}, do="add:1"), spares=spares)

    assert shown(answer) == ["Ani", "Maro"]
    assert "We, the undersigned:" in answer.get_data(as_text=True)
    assert send(moderator, ROWS, rows({"name": "Ani"}, do="add:2"), spares=spares).status_code == 400


def test_the_numbers_put_the_rows_in_order(moderator):
    answer = send(moderator, ROWS, rows({"name": "a", "order": "3"}, {"name": "b"}, {"name": "c"}, out="1"))

    assert shown(answer) == ["b", "c", "a"]
    assert re.search(r'name="out" value="1" checked', answer.get_data(as_text=True))


@pytest.mark.parametrize(
    ("numbers", "order"),
    [
        (["1", "2", "3"], [0, 1, 2]),
        (["3", "2", "3"], [1, 2, 0]),
        (["1", "2", "1"], [2, 0, 1]),
        (["x", "", "1"], [2, 0, 1]),
        (["0", "-1", "²"], [0, 1, 2]),
        (["99", "2", "3"], [1, 2, 0]),
        (["3", "2", "1"], [2, 1, 0]),
    ],
)
def test_a_row_takes_the_place_that_its_number_names(numbers, order):
    assert sort_by_typed_numbers(numbers) == order


# files


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_of_a_spreadsheet_is_read_with_its_addresses(moderator, mark):
    answer = upload(moderator, f"{mark}Name;Title;Email\r\nAnahit Զ;Poet;ani@hills.example\r\n".encode())

    assert shown(answer) == ["Anahit Զ"]
    assert shown(answer, "email") == ["ani@hills.example"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
def test_a_file_that_is_not_utf_8_is_read_all_the_same(moderator, encoding):
    answer = upload(
        moderator, "Name;Title\r\nZoé Marlowe;Poète\r\nÉlodie Rivelune;Journaliste à Nîmes\r\n".encode(encoding)
    )

    assert shown(answer) == ["Zoé Marlowe", "Élodie Rivelune"]


@pytest.mark.parametrize(
    ("content", "words"), [(b"%PDF-1.7\n", "This is a PDF file."), (b"\x89PNG\r\n", "This is a picture.")]
)
def test_a_file_that_is_no_list_is_refused_with_the_true_reason(moderator, content, words):
    answer = upload(moderator, content)

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_a_row_that_is_not_sure_says_why_and_what_stands_in_the_list(moderator):
    page = paste(moderator, "Lake Watch\nHill Union\nAni Marlowe, poet\nGrace Coop\n").get_data(as_text=True)

    assert "A person or an organisation?" in page
    assert "<bdi>Grace Coop</bdi>" in page


def test_country_and_website_are_entered_and_shown_as_those_of_a_signer(moderator, scene):
    send(moderator, IMPORT, rows({"name": "Ani Marlowe", "country": "Georgia", "website": "ani.example.org"}))

    [row] = scene.rows("SELECT country, website FROM signatures")
    assert row == {"country": "GE", "website": "https://ani.example.org"}


def test_what_is_pasted_from_a_page_keeps_its_table(moderator):
    markup = "<table><tr><th>Name</th><th>Role</th></tr><tr><td>Ani Marlowe</td><td>Poet</td></tr></table>"
    answer = paste(moderator, "NameRoleAni MarlowePoet", markup=markup)

    assert (shown(answer), shown(answer, "title")) == (["Ani Marlowe"], ["Poet"])


def test_more_rows_than_we_take_are_refused_in_words_and_stay_typed(moderator):
    many = "\n".join(f"Ani Marlowe the {number}." for number in range(ROWS_MOST + 1))
    answer = paste(moderator, many)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "more than 10,000 signatures at once" in page
    assert "Ani Marlowe the 1." in page


def test_a_thousand_georgian_names_are_not_too_much(moderator, scene):
    name, about = "გიორგი მაისურაძე", "საზოგადოებრივი ორგანიზაციის თავმჯდომარე"
    lines = [{"name": f"{name} {at}", "title": about, "affiliation": about} for at in range(1000)]
    answer = send(moderator, IMPORT, rows(*lines))

    assert answer.status_code == 303
    assert scene.counts() == (1000, 0, 0)


def test_what_was_typed_is_handed_back_after_the_session(stranger):
    answer = stranger.post(IMPORT, names("Ani Marlowe", "Cleo Day"), token=False)

    assert answer.status_code == 401
    assert "Ani Marlowe\nCleo Day</textarea>" in answer.get_data(as_text=True)


@pytest.mark.parametrize("broken", [{"order": ["1"]}, {"row": []}, {"row": ["1", "1"]}, {"row": ["1", "9"]}])
def test_a_form_that_is_not_ours_is_refused(moderator, broken):
    assert send(moderator, IMPORT, names("Ani", "Cleo") | broken).status_code == 400


def test_undoing_without_a_step_changes_nothing():
    sheet = FoundingSheet([], [])

    assert without_step(sheet) is sheet
