"""The public list: founding signatures first, in pages that never jump, and nobody on it who should not be."""

from urllib.parse import urlencode

import pytest

from server.services import moderation, statements
from server.services.founding import import_founders
from server.text.signatory_list import read_signatory_list
from tests.scene import look
from tests.web.scene import DATA, LIST, PAGE, newest_link

ORGANISATION = {
    "kind": "organisation",
    "organisation": "“Pink” human rights NGO",
    "website": "https://pink.example",
    "name": "Mane T.",
    "title": "Director",
    "email": "mane@pink.example",
    "city": "Yerevan",
}
SHAPE = ["kind", "name", "title", "affiliation", "organisation", "website", "city", "country", "comment", "founding"]
SHAPE += ["visibility", "shown", "withdrawn", "signed_version", "signed_version_text"]


@pytest.fixture
def sign(signer, context, client, clock):
    def sign_and_confirm(**fields):
        assert signer.post(**fields).status_code == 202
        assert client.post(newest_link(context, now=clock()), data={"consent": "yes"}).status_code == 303

    return sign_and_confirm


def found(db, clock, count):
    names = "\n".join(f"{number}. River Keepers No {number}" for number in range(1, count + 1))
    import_founders(db, "open-rivers", read_signatory_list(names, "organisation").entries, actor="test", now=clock())


def shown(line):
    return line["organisation"] if line["kind"] == "organisation" else line["name"]


def walk(client, query=""):
    """Every page of the list, followed by its cursors."""
    pages, after = [], ""
    while after is not None:
        answer = client.get(f"{LIST}?{query}&after={after}").json
        pages.append([shown(line) for line in answer["signatories"]])
        after = answer["next"]
    return pages


def test_an_empty_list_is_a_list(client, statement):
    answer = client.get(LIST)

    assert (answer.json["signatories"], answer.json["next"]) == ([], None)
    assert answer.json["messages"]["list.search"] == "Search the names"
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_founding_signatures_come_first_however_late_they_are_entered(client, sign, db, clock):
    sign()
    found(db, clock, 2)

    lines = client.get(LIST).json["signatories"]
    assert [(shown(line), line["founding"]) for line in lines] == [
        ("River Keepers No 1", True),
        ("River Keepers No 2", True),
        ("Անի Գևորգյան", False),
    ]
    assert [list(line) for line in lines] == [SHAPE] * 3


def test_an_organisation_is_a_line_and_its_representative_is_not_named(client, sign):
    sign(**ORGANISATION)

    [line] = client.get(LIST).json["signatories"]
    assert line == dict.fromkeys(SHAPE) | {
        "kind": "organisation",
        "organisation": "“Pink” human rights NGO",
        "website": "https://pink.example",
        "city": "Yerevan",
        "founding": False,
        "visibility": "name",
        "shown": "“Pink” human rights NGO",
    }
    for path in (LIST, PAGE, DATA):
        assert [word for word in ("Mane", "Director") if word in client.get(path).get_data(as_text=True)] == []


def test_kinds_can_be_asked_for_alone(client, sign, db, clock):
    sign()
    sign(**ORGANISATION)

    assert walk(client, "kind=individual") == [["Անի Գևորգյան"]]
    assert walk(client, "kind=organisation") == [["“Pink” human rights NGO"]]
    assert walk(client, "kind=") == [["Անի Գևորգյան", "“Pink” human rights NGO"]]
    refused = client.get(f"{LIST}?kind=robot")
    assert (refused.status_code, refused.json["code"]) == (400, "bad-request")


def test_pages_hold_everybody_once(client, statement, db, clock):
    found(db, clock, 250)
    pages = walk(client)

    assert [len(page) for page in pages] == [100, 100, 50]
    assert [name for page in pages for name in page] == [f"River Keepers No {number}" for number in range(1, 251)]


def test_a_list_that_fills_its_last_page_has_no_empty_one_after_it(client, statement, db, clock):
    found(db, clock, 200)

    assert [len(page) for page in walk(client)] == [100, 100]


def test_a_page_stays_what_it_was_while_others_sign(client, sign, db, clock):
    found(db, clock, 150)
    cursor = client.get(LIST).json["next"]
    second = client.get(f"{LIST}?after={cursor}").json["signatories"]
    sign()

    assert client.get(LIST).json["next"] == cursor
    after = client.get(f"{LIST}?after={cursor}").json["signatories"]
    assert after[:-1] == second
    assert shown(after[-1]) == "Անի Գևորգյան"


@pytest.mark.parametrize("after", ["rubbish", "-1", "1", "Ա", "%00", "AAAAAAAAAAA=x", "_" * 11, "A" * 5000])
def test_a_cursor_that_is_not_ours_is_refused(client, statement, after):
    answer = client.get(f"{LIST}?after={after}")

    assert (answer.status_code, answer.json["code"]) == (400, "bad-request")


def test_a_cursor_behind_the_end_gives_an_empty_page(client, statement, context):
    behind = context.cursors.write((1 << 63) - 1, statement_id=statement.id)
    answer = client.get(f"{LIST}?after={behind}")

    assert (answer.json["signatories"], answer.json["next"]) == ([], None)
    assert answer.json["messages"]["list.search"] == "Search the names"


def test_nobody_is_listed_who_has_not_confirmed_is_held_removed_or_only_counted(client, sign, signer, db, clock):
    for name in ("Held", "Removed"):
        sign(name=name, email=f"{name}@rivers.example")
    first, second = (row["id"] for row in look(db, "SELECT id FROM signatures ORDER BY id"))
    moderation.hold_signature(db, "open-rivers", first, actor="test", reason=None, now=clock())
    moderation.remove_signature(db, "open-rivers", second, actor="test", reason=None, now=clock())
    sign(name="Counted", email="counted@rivers.example", visibility="counted")
    sign(**ORGANISATION | {"email": "mane@elsewhere.example"})
    signer.post(name="Pending", email="pending@rivers.example")

    assert client.get(LIST).json["signatories"] == []
    for name in ("Held", "Removed", "Counted", "Pink", "Pending"):
        assert f">{name}<" not in client.get(PAGE).get_data(as_text=True)
    counts = client.get(DATA).json["counts"]
    assert (counts["confirmed"], counts["awaiting_review"]) == (1, 2)


def test_the_list_is_fresh_at_once_and_not_sent_twice(client, sign, statement):
    empty = client.get(LIST)
    assert client.get(LIST, headers={"If-None-Match": empty.headers["ETag"]}).status_code == 304
    sign()
    assert client.get(LIST, headers={"If-None-Match": empty.headers["ETag"]}).status_code == 200


def test_a_closed_statement_keeps_its_list_and_a_draft_has_none(client, sign, db, clock):
    sign()
    statements.close_statement(db, "open-rivers", actor="test", now=clock())

    assert len(client.get(LIST).json["signatories"]) == 1
    assert client.get(LIST.replace("open-rivers", "no-such")).status_code == 404


@pytest.mark.parametrize(
    ("sought", "names"),
    [
        ("keepers no 12", ["River Keepers No 12", *(f"River Keepers No 12{digit}" for digit in range(10))]),
        ("  RIVER   keepers no 130 ", ["River Keepers No 130"]),
        ("Keepers, No. 7%", ["River Keepers No 7", *(f"River Keepers No 7{digit}" for digit in range(10))]),
        ("no_130", ["River Keepers No 130"]),
        ("nobody at all", []),
    ],
)
def test_a_search_finds_parts_of_names_in_the_order_of_the_list(client, statement, db, clock, sought, names):
    found(db, clock, 130)

    assert walk(client, urlencode({"q": sought})) == [names]


@pytest.mark.parametrize("nothing", ["", "   "])
def test_a_search_for_nothing_is_the_whole_list(client, statement, db, clock, nothing):
    found(db, clock, 130)

    assert [len(page) for page in walk(client, urlencode({"q": nothing}))] == [100, 30]


@pytest.mark.parametrize(
    "signs", ["%", "_", "*", "%%", "%_%", "River%130", "R*130", "River_Keepers*", "'", "…", "?", "\\%"]
)
def test_signs_are_no_wildcards_in_a_search(client, statement, db, clock, signs):
    """The twin: in LIKE, % and _ stand for anything, and a search for what is left of a sign finds everybody."""
    found(db, clock, 130)
    names = [f"River Keepers No {number}" for number in range(1, 131)] if signs == "River_Keepers*" else []

    assert [name for page in walk(client, urlencode({"q": signs})) for name in page] == names


def test_a_search_for_more_than_a_name_can_have_is_refused(client, statement):
    at_most, too_long = (client.get(LIST, query_string={"q": "ա" * length}) for length in (200, 201))

    assert (at_most.status_code, at_most.json["signatories"]) == (200, [])
    assert (too_long.status_code, too_long.json["code"]) == (400, "bad-request")
    assert too_long.json["detail"] == "q may have at most 200 characters"


def test_a_search_goes_on_behind_its_first_page(client, statement, db, clock):
    found(db, clock, 250)

    assert [len(page) for page in walk(client, "q=keepers&kind=organisation")] == [100, 100, 50]
    assert walk(client, "q=keepers&kind=individual") == [[]]


def test_a_search_finds_the_organisation_and_not_its_representative(client, sign):
    sign(
        kind="organisation",
        organisation="River Watch",
        name="Maro Beridze",
        website="https://rivers.example",
        title="x",
    )

    assert walk(client, "q=river+watch") == [["River Watch"]]
    assert walk(client, "q=maro") == [[]]
