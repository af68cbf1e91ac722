"""The founding list goes in as people publish it, and every line that could not be placed is told."""

import pytest

from tests.cli.founding import ORGANISATIONS, PEOPLE, PLACED_ORGANISATIONS, PLACED_PEOPLE
from tests.cli.shell import rows
from tests.scene import run
from tests.web.scene import everything, public_names


def table_of(printed):
    """The table that an import prints, without the line that sums it up."""
    return rows(printed.stdout.rsplit("\n", 2)[0])


@pytest.mark.parametrize(("text", "placed"), [(PEOPLE, PLACED_PEOPLE), (ORGANISATIONS, PLACED_ORGANISATIONS)])
def test_a_list_as_people_publish_it_is_understood_line_by_line(import_list, text, placed):
    imported = import_list(text)

    assert table_of(imported) == placed
    assert imported.stdout.splitlines()[-1] == f"added {len(placed)}, already on the list 0, lines left out 0"
    assert (imported.exit_code, imported.stderr) == (0, "")


@pytest.mark.parametrize("text", [PEOPLE, ORGANISATIONS])
def test_a_dry_run_prints_the_same_table_and_writes_nothing(import_list, text, db):
    before = everything(db)

    tried = import_list(text, "--dry-run")

    assert everything(db) == before
    entries = len(table_of(tried))
    assert tried.stdout.splitlines()[-1] == f"signatures found {entries}, lines left out 0; nothing was written"
    assert table_of(import_list(text)) == table_of(tried)


@pytest.mark.sqlite
def test_the_table_is_printed_before_anything_is_written(import_list, db):
    """Whatever the database says to the writing, the admin has seen what was understood."""
    run(db, "CREATE TRIGGER full BEFORE INSERT ON signatures BEGIN SELECT RAISE(ABORT, 'it is full'); END")

    failed = import_list(PEOPLE, traces=True)

    assert str(failed.exception) == "it is full"
    assert rows(failed.stdout) == PLACED_PEOPLE


def test_the_order_of_the_list_is_the_order_of_the_public_list(import_list, client):
    import_list(PEOPLE)
    import_list(ORGANISATIONS)

    assert public_names(client) == [row[1] for row in PLACED_PEOPLE + PLACED_ORGANISATIONS]


def test_founding_signatures_stand_before_whoever_signed_earlier(import_list, signed, client):
    signed()

    import_list(PEOPLE)

    assert public_names(client)[0] == "Ani Marlowe"
    assert public_names(client)[-1] == "Անի Գևորգյան"


def test_the_same_list_twice_adds_nothing(import_list, db, undersigned):
    import_list(PEOPLE)
    before = everything(db)

    again = import_list(PEOPLE)

    assert again.stdout.splitlines()[-1] == "added 0, already on the list 4, lines left out 0"
    assert everything(db) == before


def test_a_longer_list_adds_what_is_new(import_list, client):
    import_list("Ani Marlowe, poet\nTeodor Vance, judge\n")

    longer = import_list("Ani Marlowe, poet\nCleo Day, nurse\nTeodor Vance, judge\n")

    assert longer.stdout.splitlines()[-1] == "added 1, already on the list 2, lines left out 0"
    assert public_names(client) == ["Ani Marlowe", "Teodor Vance", "Cleo Day"]


def test_lines_that_could_not_be_placed_are_told_with_their_numbers_and_why(import_list, client):
    imported = import_list("Signed by:\n\n1. Ani Marlowe\n2. www.rivers.example\n3. Teodor Vance\n\n4. 1234\n")

    assert imported.exit_code == 0
    assert imported.stderr.splitlines() == [
        "line 1 is left out (a heading): Signed by:",
        "line 4 is left out (not part of the list): 2. www.rivers.example",
        "line 7 is left out (no letters): 4. 1234",
    ]
    assert imported.stdout.splitlines()[-1] == "added 2, already on the list 0, lines left out 3"
    assert public_names(client) == ["Ani Marlowe", "Teodor Vance"]


def test_addresses_in_a_table_are_not_kept_and_that_is_said(import_list, db):
    imported = import_list("name,email\nAni Marlowe,ani@hills.example\n")

    assert imported.stderr.splitlines() == [
        "the email addresses are not stored; to email these people, add the list at the desk instead"
    ]
    assert "hills.example" not in str(everything(db))


def test_a_whole_page_is_told_line_by_line_without_flooding_the_screen(import_list):
    page = "Dear friends,\n\n" + "We ask for open rivers. " * 60 + "\n\n" + "We are with you!\n\n" * 3 + PEOPLE

    imported = import_list(page)

    assert table_of(imported) == PLACED_PEOPLE
    assert imported.stderr
    assert all(len(line) < 200 for line in imported.stderr.splitlines())


def test_what_could_move_the_cursor_is_not_printed(import_list):
    imported = import_list("Ani Marlowe, poet\n\x1b[2JTeodor\u202e Vance, judge\nCleo Day, nurse\n")

    assert "\x1b" not in imported.output
    assert "\u202e" not in imported.output
    assert "line 2 is left out" in imported.stderr


@pytest.mark.parametrize("text", ["", "\n\n", "1 9 9 4\n", "https://rivers.example\n"])
def test_a_file_without_a_signature_is_refused(import_list, tmp_path, text, db):
    before = everything(db)

    refused = import_list(text)

    assert refused.exit_code == 1
    assert f"found no signature in {tmp_path}/founding.txt; nothing was written" in refused.stderr
    assert everything(db) == before


@pytest.mark.parametrize("kind", ["individual", "organisation"])
def test_the_admin_may_say_what_all_of_them_are(import_list, kind):
    imported = import_list("Ani Marlowe\nOrchard Press Club\n", "--kind", kind, "--dry-run")

    assert [row[:2] for row in table_of(imported)] == [[kind, "Ani Marlowe"], [kind, "Orchard Press Club"]]


def test_by_default_the_kind_is_told_line_by_line(import_list):
    for options in ((), ("--kind", "auto")):
        imported = import_list("Ani Marlowe, poet\nOrchard Press Club\n", *options, "--dry-run")
        assert [row[0] for row in table_of(imported)] == ["individual", "organisation"]


def test_a_kind_that_there_is_not_is_refused(import_list):
    refused = import_list(PEOPLE, "--kind", "person")

    assert refused.exit_code == 2
    assert "'auto', 'individual', 'organisation'" in refused.stderr


@pytest.mark.parametrize(
    "text",
    [
        "1. Ani Marlowe, Poet\n2. Teodor Vance, Judge\n",
        "• Ani Marlowe – Poet\n• Teodor Vance – Judge\n",
        "Ani Marlowe, Poet; Teodor Vance, Judge\n",
        "Name;Title\r\nAni Marlowe;Poet\r\nTeodor Vance;Judge\r\n",
        b"\xef\xbb\xbfname,title\r\nAni Marlowe,Poet\r\nTeodor Vance,Judge\r\n",
    ],
    ids=["numbered", "bulleted", "one line", "table", "table of a spreadsheet"],
)
def test_every_shape_gives_the_same_two_people(import_list, text):
    imported = import_list(text)

    assert table_of(imported) == [
        ["individual", "Ani Marlowe", "Poet", ""],
        ["individual", "Teodor Vance", "Judge", ""],
    ]
    assert imported.stderr == ""


def test_every_reason_that_the_reader_gives_is_said_in_words(import_list):
    """One line of each; a code with a hyphen in brackets would be a word of ours, not an admin's."""
    source = "name,title,shoe size\nAni,poet,41\n,judge,\nwww.a.example,x,\n" + "A" * 300 + ",,\nCleo,nurse,3,4,5\n"

    imported = import_list(source)

    left = [line for line in imported.stderr.splitlines() if "is left out" in line]
    reasons = [line.split("(")[1].split(")")[0] for line in left]
    assert len(set(reasons)) >= 4
    assert [reason for reason in reasons if "-" in reason] == []


def test_a_line_that_is_on_the_list_already_is_named(import_list):
    import_list("Sea Watch\nPond Watch\n", "--kind", "organisation")

    again = import_list("Lake Watch\nSEA-WATCH NGO\n", "--kind", "organisation")

    assert "line 2 adds nothing, it was added before: SEA-WATCH NGO" in again.stderr
    assert again.stdout.splitlines()[-1] == "added 1, already on the list 1, lines left out 0"
