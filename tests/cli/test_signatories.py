"""The founding list goes in as people publish it, decisions are made by number, and the dump comes out."""

import csv
import io

import pytest

from server.actions.export import COLUMNS
from tests.cli.shell import rows
from tests.scene import NGO, UNPROVED
from tests.web.scene import CSV, LIST, everything

ORGANISATIONS = """“Clear Water” fishermen’s NGO
«Мост» valley association
„Hafen“ Club of Boatmen
"Reed and Willow" Centre
Orchard Press Club
Women’s Council of the Lower Valley
Delta Dialogue NGO
Public Gardening club
"""
PEOPLE = """Ani Marlowe,

Chairwoman of the Society for Mountain Springs named after T. Vance;

Teodor Vance,

Head of the Organization “River Hands”;

Cleo Day,

Co-Director of Women's Union for the Orchards;

Ruzanna Orme,

Hydrologist.
"""
PLACED_PEOPLE = [
    ["individual", "Ani Marlowe", "Chairwoman", "Society for Mountain Springs named after T. Vance"],
    ["individual", "Teodor Vance", "Head", "Organization “River Hands”"],
    ["individual", "Cleo Day", "Co-Director", "Women's Union for the Orchards"],
    ["individual", "Ruzanna Orme", "Hydrologist", ""],
]
PLACED_ORGANISATIONS = [["organisation", name, "", ""] for name in ORGANISATIONS.splitlines()]


@pytest.fixture
def import_list(undersigned, statement, tmp_path):
    def run(text, *options, traces=False):
        (tmp_path / "founding.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
        words = ("signatories", "import", "open-rivers", tmp_path / "founding.txt", *options)
        return undersigned(*words, traces=traces)

    return run


@pytest.fixture
def listed(undersigned):
    def run(*options):
        return rows(undersigned("signatories", "list", "open-rivers", *options).stdout)

    return run


def run(db, sql):
    with db.write() as tx:
        tx.run(sql, {})


def table_of(printed):
    """The table that an import prints, without the line that sums it up."""
    return rows(printed.stdout.rsplit("\n", 2)[0])


def public_names(client):
    return [line["name"] or line["organisation"] for line in client.get(LIST).json["signatories"]]


@pytest.mark.parametrize(("text", "placed"), [(PEOPLE, PLACED_PEOPLE), (ORGANISATIONS, PLACED_ORGANISATIONS)])
def test_a_list_as_people_publish_it_is_understood_line_by_line(import_list, text, placed):
    imported = import_list(text)

    assert table_of(imported) == placed
    assert imported.stdout.splitlines()[-1] == f"added {len(placed)}, on the list already 0, not placed 0"
    assert (imported.exit_code, imported.stderr) == (0, "")


@pytest.mark.parametrize("text", [PEOPLE, ORGANISATIONS])
def test_a_dry_run_prints_the_same_table_and_writes_nothing(import_list, text, db):
    before = everything(db)

    tried = import_list(text, "--dry-run")

    assert everything(db) == before
    entries = len(table_of(tried))
    assert tried.stdout.splitlines()[-1] == f"understood {entries}, not placed 0; nothing was written"
    assert table_of(import_list(text)) == table_of(tried)


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

    assert again.stdout.splitlines()[-1] == "added 0, on the list already 4, not placed 0"
    assert everything(db) == before


def test_a_longer_list_adds_what_is_new(import_list, client):
    import_list("Ani Marlowe, poet\nTeodor Vance, judge\n")

    longer = import_list("Ani Marlowe, poet\nCleo Day, nurse\nTeodor Vance, judge\n")

    assert longer.stdout.splitlines()[-1] == "added 1, on the list already 2, not placed 0"
    assert public_names(client) == ["Ani Marlowe", "Teodor Vance", "Cleo Day"]


def test_lines_that_could_not_be_placed_are_told_with_their_numbers_and_why(import_list, client):
    imported = import_list("Signed by:\n\n1. Ani Marlowe\n2. www.rivers.example\n3. Teodor Vance\n\n4. 1234\n")

    assert imported.exit_code == 0
    assert imported.stderr.splitlines() == [
        "line 1 could not be placed (a heading): Signed by:",
        "line 4 could not be placed (a web address in the name): 2. www.rivers.example",
        "line 7 could not be placed (no letters): 4. 1234",
    ]
    assert imported.stdout.splitlines()[-1] == "added 2, on the list already 0, not placed 3"
    assert public_names(client) == ["Ani Marlowe", "Teodor Vance"]


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
    assert "line 2 could not be placed" in imported.stderr


@pytest.mark.parametrize("text", ["", "\n\n", "1 9 9 4\n", "https://rivers.example\n"])
def test_a_file_without_a_signature_is_refused(import_list, tmp_path, text, db):
    before = everything(db)

    refused = import_list(text)

    assert refused.exit_code == 1
    assert f"no signature was understood in {tmp_path}/founding.txt; nothing was written" in refused.stderr
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


def test_the_list_shows_numbers_states_and_names(import_list, listed, signed, signer):
    import_list("Ani Marlowe, poet\n“Lantern” youth NGO\n")
    held = signed(**UNPROVED)
    signer.post(name="Aram", email="aram@rivers.example")

    shown = listed()

    assert [row[1:4] for row in shown] == [
        ["founding", "individual", "Ani Marlowe"],
        ["founding", "organisation", "“Lantern” youth NGO"],
        ["held", "organisation", NGO["organisation"]],
        ["pending", "individual", "Aram"],
    ]
    assert shown[2][0] == str(held)
    assert [row[0] for row in listed("--state", "held")] == [str(held)]
    assert listed("--state", "removed") == []


def test_the_list_shows_no_address(undersigned, signed):
    signed(newsletter=True)

    assert "@" not in undersigned("signatories", "list", "open-rivers").output


def test_a_long_list_is_shown_to_its_end(import_list, listed):
    import_list("".join(f"{number}. Ani Marlowe{'abcdefghij'[number % 10]}{chr(97 + number // 10 % 26)}"
                        f"{chr(97 + number // 260)}\n" for number in range(1, 1102)))  # fmt: skip

    assert len(listed()) == 1101


def test_holding_takes_names_off_the_list_and_approving_puts_them_back(undersigned, signed, client):
    first, second = signed(), signed(name="Aram", email="aram@rivers.example")

    held = undersigned("signatories", "hold", "open-rivers", str(first), str(second), "--reason", "a joke?")
    assert (held.exit_code, held.stdout) == (0, f"{first} is held\n{second} is held\n")
    assert public_names(client) == []

    approved = undersigned("signatories", "approve", "open-rivers", str(first))
    assert approved.stdout == f"{first} is on the list\n"
    assert public_names(client) == ["Անի Գևորգյան"]


def test_the_reason_of_a_decision_is_in_the_journal(undersigned, signed, db):
    number = signed()

    undersigned("signatories", "remove", "open-rivers", str(number), "--reason", "not a person")

    with db.read() as tx:
        assert tx.rows("SELECT actor, verb, reason FROM journal ORDER BY id DESC LIMIT 1", {}) == [
            {"actor": "cli", "verb": "signature.remove", "reason": "not a person"}
        ]


def test_an_organisation_that_could_not_prove_its_domain_waits_for_approval(undersigned, signed, client):
    number = signed(**UNPROVED)
    assert public_names(client) == []

    undersigned("signatories", "approve", "open-rivers", str(number))

    assert public_names(client) == [NGO["organisation"]]


def test_a_second_organisation_of_one_name_is_not_approved_beside_the_first(undersigned, signed):
    signed(**NGO)
    second = signed(**{**NGO, "email": "other@riverwatch.example", "name": "Other"})

    refused = undersigned("signatories", "approve", "open-rivers", str(second))

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: the name of {second} is on the list already\n"


def test_a_removed_signature_is_gone_and_stays_gone(undersigned, signed, listed, client):
    number = signed()

    removed = undersigned("signatories", "remove", "open-rivers", str(number))

    assert removed.stdout == f"{number} is removed\n"
    assert public_names(client) == []
    assert [row[1] for row in listed()] == ["removed"]
    assert undersigned("signatories", "approve", "open-rivers", str(number)).exit_code == 1


def test_a_number_that_does_not_fit_is_refused_and_those_before_it_stand(undersigned, signed, client):
    number = signed()

    refused = undersigned("signatories", "hold", "open-rivers", str(number), "99")

    assert (refused.exit_code, refused.stdout) == (1, f"{number} is held\n")
    assert refused.stderr == "Error: there is no signature 99\n"
    again = undersigned("signatories", "hold", "open-rivers", str(number))
    assert again.stderr == f"Error: only a confirmed signature can be held; {number} is held\n"


@pytest.mark.parametrize("words", [(), ("first",), ("-1",)])
def test_a_decision_needs_numbers(undersigned, statement, words):
    assert undersigned("signatories", "hold", "open-rivers", *words).exit_code == 2


def test_the_export_is_byte_for_byte_the_dump_of_the_server(undersigned, import_list, signed, client):
    import_list(PEOPLE)
    signed(newsletter=True, comment="=1+1\nand a line", country="AM")
    signed(**UNPROVED)
    secret = undersigned("token", "add", "machine", "--scope", "export").stdout.strip()

    exported = undersigned("signatories", "export", "open-rivers")
    dumped = client.get(CSV, headers={"Authorization": f"Bearer {secret}"})

    assert dumped.status_code == 200
    assert exported.stdout_bytes == dumped.data
    head, *lines = csv.reader(io.StringIO(exported.stdout_bytes.decode("utf-8-sig")))
    assert (head, len(lines)) == (list(COLUMNS), 4 + 2)
    assert exported.stderr == ""


def emails(exported):
    table = csv.DictReader(io.StringIO(exported.stdout_bytes.decode("utf-8-sig")))
    return {row["name"] or row["organisation"]: row["email"] for row in table}


def test_addresses_leave_only_when_asked_for_and_only_those_that_are_kept(undersigned, signed):
    signed(newsletter=True)
    signed(name="Aram", email="aram@rivers.example")

    assert emails(undersigned("signatories", "export", "open-rivers")) == {"Անի Գևորգյան": "", "Aram": ""}
    assert emails(undersigned("signatories", "export", "open-rivers", "--contacts")) == {
        "Անի Գևորգյան": "ani@rivers.example",
        "Aram": "",
    }


def test_an_export_with_addresses_is_told_apart_in_the_journal(undersigned, signed, db):
    undersigned("signatories", "export", "open-rivers")
    undersigned("signatories", "export", "open-rivers", "--contacts")

    with db.read() as tx:
        verbs = [row["verb"] for row in tx.rows("SELECT verb FROM journal ORDER BY id DESC LIMIT 4", {})]
    assert verbs == ["export.end", "export.begin-with-contacts", "export.end", "export.begin"]


def test_addresses_sealed_with_a_lost_key_are_refused_in_words(undersigned, signed, letters):
    signed(newsletter=True)
    keys = (letters / "undersigned.env").read_text().splitlines()
    other = next(line for line in keys if line.startswith("UNDERSIGNED_DATA_KEYS")).split("=", 1)[1].strip("'")
    swapped = other[:2] + ("A" if other[2] != "A" else "B") + other[3:]

    refused = undersigned("signatories", "export", "open-rivers", "--contacts", UNDERSIGNED_DATA_KEYS=swapped)

    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: ")
    assert "ani@" not in refused.stdout


def test_every_reason_that_the_reader_gives_is_said_in_words(import_list):
    """One line of each; a code with a hyphen in brackets would be a word of ours, not an admin's."""
    source = "name,title,shoe size\nAni,poet,41\n,judge,\nwww.a.example,x,\n" + "A" * 300 + ",,\nCleo,nurse,3,4,5\n"

    imported = import_list(source)

    reasons = [line.split("(")[1].split(")")[0] for line in imported.stderr.splitlines()]
    assert len(set(reasons)) >= 4
    assert [reason for reason in reasons if "-" in reason] == []


def test_a_line_that_is_on_the_list_already_is_named(import_list):
    import_list("Sea Watch\nPond Watch\n", "--kind", "organisation")

    again = import_list("Lake Watch\nSEA-WATCH NGO\n", "--kind", "organisation")

    assert "line 2 adds nothing, it was entered before: SEA-WATCH NGO" in again.stderr
    assert again.stdout.splitlines()[-1] == "added 1, on the list already 1, not placed 0"
