"""The signatories at the command line: shown, decided about by number, and exported as the dump that they are."""

import csv
import io
import json
import shlex

import pytest

from server.exports.query import SIGNATURE_COLUMNS
from tests.cli.founding import PEOPLE
from tests.cli.shell import rows
from tests.scene import NGO, UNPROVED, look
from tests.web.scene import CSV, public_names


@pytest.fixture
def listed(undersigned):
    def run(*options):
        return rows(undersigned("signatories", "list", "open-rivers", *options).stdout)

    return run


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

    assert look(
        db,
        "SELECT actor, verb, journal_details.reason FROM journal JOIN journal_details ON journal_id = id"
        " ORDER BY id DESC LIMIT 1",
    ) == [{"actor": "cli", "verb": "signature.remove", "reason": "not a person"}]


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
    assert refused.stderr == f"Error: the name of {second} is already on the list\n"


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
    assert refused.stderr == "Error: there is no signature 99 under this statement\n"
    again = undersigned("signatories", "hold", "open-rivers", str(number))
    assert again.stderr == f"Error: only a confirmed signature can be held; {number} is held\n"


@pytest.mark.parametrize("words", [(), ("first",), ("-1",), ("0",), (str(2**63),)])
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
    assert (head, len(lines)) == (list(SIGNATURE_COLUMNS), 4 + 2)
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

    verbs = [row["verb"] for row in look(db, "SELECT verb FROM journal ORDER BY id DESC LIMIT 4")]
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


def test_a_part_and_other_formats_are_exported_as_asked(undersigned, signed):
    signed()

    csv_part = undersigned("signatories", "export", "open-rivers", "--columns", "state,name")
    lines = undersigned("signatories", "export", "open-rivers", "--format", "jsonl")
    public = undersigned("signatories", "export", "open-rivers", "--public", "--columns", "name")
    book = undersigned("signatories", "export", "open-rivers", "--format", "xlsx")

    assert csv_part.stdout.removeprefix("\ufeff").splitlines() == ['"state","name"', '"confirmed","Անի Գևորգյան"']
    assert json.loads(lines.stdout)["name"] == "Անի Գևորգյան"
    assert public.stdout.removeprefix("\ufeff").splitlines() == ['"name"', '"Անի Գևորգյան"']
    assert book.stdout_bytes.startswith(b"PK")


def test_a_pull_since_prints_what_to_ask_with_next(undersigned, signed):
    signed()

    first = undersigned("signatories", "export", "open-rivers", "--since", "")
    words = shlex.split(first.stderr)
    second = undersigned("signatories", "export", "open-rivers", *words)

    assert (words[0], len(first.stdout.splitlines())) == ("--since", 2)
    assert (second.stderr, len(second.stdout.splitlines())) == (first.stderr, 1)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--public", "--contacts"), "the public list has no addresses"),
        (("--columns", "nonce"), "columns: must name each column at most once, out of id,statement,"),
        (("--since", "yesterday"), "since: this is not a valid mark of this statement"),
        (("--public", "--since", "1-1"), "since: the public list cannot be filtered by this"),
        (("--format", "pdf"), "'pdf' is not one of"),
    ],
)
def test_what_there_is_not_to_export_is_refused_in_words(undersigned, statement, words, why):
    refused = undersigned("signatories", "export", "open-rivers", *words)

    assert (refused.exit_code > 0, refused.stdout) == (True, "")
    assert why in refused.stderr
