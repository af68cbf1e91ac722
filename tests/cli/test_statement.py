"""Statements come from files: each language stored once, each wrong key named, opened and closed by their slug."""

import pytest

from server.services import statements
from server.text.statement_file import read_statement, text_sha256
from tests.cli.shell import rows
from tests.conftest import RIVERS, RIVERS_FR


@pytest.fixture
def write(tmp_path):
    def write(text, name="letter.md"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return write


def listed(undersigned):
    return rows(undersigned("statement", "list").stdout)


def test_a_statement_is_added_with_the_fingerprint_of_its_text(undersigned, write):
    read = read_statement(RIVERS)

    added = undersigned("statement", "add", write(RIVERS))

    sha256 = text_sha256(read.title, read.eligibility, read.body)
    assert (added.exit_code, added.stdout) == (0, f"added open-rivers (en), version 1, sha256 {sha256}\n")
    assert listed(undersigned) == [["open-rivers", "draft", "en", "0", "0", "Keep our rivers open"]]


def test_a_second_file_of_the_same_slug_adds_a_language(undersigned, write):
    undersigned("statement", "add", write(RIVERS))

    added = undersigned("statement", "add", write(RIVERS_FR))

    assert added.stdout.startswith("added open-rivers (fr), version 1, ")
    assert [line[2] for line in listed(undersigned)] == ["en fr"]


def test_the_same_file_twice_adds_nothing(undersigned, write):
    undersigned("statement", "add", write(RIVERS))

    again = undersigned("statement", "add", write(RIVERS))

    assert again.exit_code == 0
    assert again.stdout.startswith("already there, unchanged: open-rivers (en), version 1, ")


def test_another_text_is_another_version(undersigned, write):
    first = undersigned("statement", "add", write(RIVERS))

    second = undersigned("statement", "add", write(RIVERS.replace("ask for", "demand")))

    assert second.stdout.startswith("added open-rivers (en), version 2, ")
    assert second.stdout.split()[-1] != first.stdout.split()[-1]


OTHER = RIVERS.replace("ask for", "demand")


@pytest.fixture
def letter(write, signed):
    """Another text than the one that two people have signed, one of whom can be written to."""
    signed()
    signed(name="Aram", email="aram@rivers.example", newsletter=True)
    return write(OTHER)


def test_a_text_that_people_have_signed_is_frozen(undersigned, letter):
    refused = undersigned("statement", "add", letter)

    assert refused.exit_code == 1
    assert "--typo REASON" in refused.stderr
    assert "--substance REASON" in refused.stderr


def test_a_typo_is_mended_for_a_reason(undersigned, letter):
    mended = undersigned("statement", "add", letter, "--typo", "The verb was wrong.")

    assert (mended.exit_code, mended.stdout.count("\n")) == (0, 1)
    assert mended.stdout.startswith("added open-rivers (en), version 2, sha256 ")


def test_a_change_of_substance_says_who_will_be_asked(undersigned, letter):
    changed = undersigned("statement", "add", letter, "--substance", "The assembly wants it.")

    assert changed.stdout.startswith("added open-rivers (en), version 2, sha256 ")
    assert changed.stdout.splitlines()[1] == "1 will be asked; 1 have no address and stay on the older version"


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        (["--typo", " "], 1, "reason: required"),
        (["--typo", "A", "--substance", "B"], 2, "not both"),
    ],
)
def test_a_change_without_a_reason_or_with_two_is_refused(undersigned, letter, said, status, why):
    refused = undersigned("statement", "add", letter, *said)

    assert refused.exit_code == status
    assert why in refused.stderr


def test_only_a_text_that_is_there_can_be_mended(undersigned, write):
    refused = undersigned("statement", "add", write(RIVERS), "--typo", "Hm")

    assert (refused.exit_code, refused.stderr) == (1, "Error: there is no statement open-rivers\n")


def test_a_file_of_another_editor_is_the_same_file(undersigned, write):
    undersigned("statement", "add", write(RIVERS))

    again = undersigned("statement", "add", write(b"\xef\xbb\xbf" + RIVERS.replace("\n", "\r\n").encode()))

    assert again.stdout.startswith("already there, unchanged")


def test_every_wrong_key_is_named_with_the_one_that_was_meant(undersigned, write):
    wrong = RIVERS.replace("goal = 500", 'gaol = 500\nmoderaton = "all"')
    wrong = wrong.replace("newsletter = true", 'newsletter = "y"')

    refused = undersigned("statement", "add", write(wrong))

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert 'gaol: there is no such key; did you mean "goal"?' in refused.stderr
    assert 'moderaton: there is no such key; did you mean "moderation"?' in refused.stderr
    assert "newsletter: must be true or false" in refused.stderr
    assert listed(undersigned) == []


def test_values_that_all_languages_share_are_named_where_they_differ(undersigned, write):
    undersigned("statement", "add", write(RIVERS))
    shared = 'goal = 600\nnewsletter = false\nkinds = ["organisation", "individual"]'
    other = RIVERS_FR.replace("+++\nNous", f"{shared}\n+++\nNous")

    refused = undersigned("statement", "add", write(other))

    assert refused.exit_code == 1
    assert "goal, newsletter: this file differs from the statement open-rivers" in refused.stderr
    assert [line[2] for line in listed(undersigned)] == ["en"]


def test_a_file_that_is_not_utf_8_is_refused_with_what_to_do(undersigned, write):
    file = write("Жители реки".encode("windows-1251"), "old.txt")

    refused = undersigned("statement", "add", file)

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: {file} is not UTF-8 text; save it as UTF-8 and try again\n"


@pytest.mark.parametrize("text", ["", "# A title\n\nNo front matter.", "+++\nslug = \n+++\nText.", "+++\n"])
def test_a_file_that_is_no_statement_is_refused_in_words(undersigned, write, text):
    refused = undersigned("statement", "add", write(text))

    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: +++: ")


def test_a_file_that_is_not_there_is_a_slip_of_the_fingers(undersigned, tmp_path):
    refused = undersigned("statement", "add", tmp_path / "missing.md")

    assert refused.exit_code == 2
    assert "missing.md" in refused.stderr


def test_opening_prints_the_page_and_lets_signers_in(undersigned, write, client):
    undersigned("statement", "add", write(RIVERS))
    assert client.get("/s/open-rivers").status_code == 404

    opened = undersigned("statement", "open", "open-rivers")

    assert opened.stdout == "open-rivers is open: http://localhost:8000/s/open-rivers\n"
    assert client.get("/s/open-rivers").status_code == 200
    assert undersigned("statement", "open", "open-rivers").stdout == "open-rivers was already opened\n"


def test_what_is_in_the_archive_is_not_said_to_be_open(undersigned, statement, db, clock):
    undersigned("statement", "close", "open-rivers")
    statements.archive_statement(db, "open-rivers", actor="test", now=clock() + 7200)

    refused = undersigned("statement", "open", "open-rivers")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: open-rivers is archived; unarchive it at the desk\n"


def test_closing_ends_signing(undersigned, signer):
    token = signer.form_token()

    closed = undersigned("statement", "close", "open-rivers")

    assert closed.stdout == "open-rivers is closed\n"
    assert listed(undersigned)[0][1] == "closed"
    signer.clock.forward(hours=1, minutes=1)  # to the shell's time
    refused = signer.post(form_token=token)
    assert (refused.status_code, refused.json["code"]) == (409, "statement-closed")
    assert undersigned("statement", "close", "open-rivers").stdout == "open-rivers was not open\n"


def test_the_list_counts_what_is_confirmed_and_what_is_held(undersigned, signed):
    signed()
    undersigned("signatories", "hold", "open-rivers", str(signed(name="Aram", email="aram@rivers.example")))

    assert listed(undersigned) == [["open-rivers", "open", "en fr", "1", "1", "Keep our rivers open"]]
