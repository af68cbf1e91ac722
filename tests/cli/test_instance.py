"""An instance is made once, with secrets of its own; check finds what is wrong with it, and says how to go on."""

import json
import stat

import pytest
from dotenv import dotenv_values
from sqlite_utils.utils import sqlite3

from server.config import read_settings
from server.tables import outbox
from tests.cli.shell import shell
from tests.scene import look, run
from tests.tampering import tamper
from tests.web.scene import everything

ENV = "undersigned.env"


def lines(result, beginning="FAULT: "):
    return [line.removeprefix(beginning) for line in result.stdout.splitlines() if line.startswith(beginning)]


def test_a_fresh_instance_is_well(tmp_path):
    made = shell("init", tmp_path / "letters")
    checked = shell("--instance", tmp_path / "letters", "check")

    assert (made.exit_code, checked.exit_code) == (0, 0)
    assert checked.stdout.splitlines()[-1] == "all is well"
    assert "synchronous: full" in checked.stdout


def test_only_its_owner_can_read_the_settings_and_the_database(tmp_path):
    shell("init", tmp_path / "letters")

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "letters").iterdir()}
    assert (modes[ENV], modes["undersigned.db"]) == (0o600, 0o600)
    assert set(modes.values()) == {0o600}


def test_what_init_says_next_can_be_done_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = shell("init", "my letters")
    [following] = lines(said, "Next: undersigned ")

    assert str(tmp_path / "my letters" / ENV) in said.stdout
    assert following == "--instance 'my letters' statement add 'my letters/letter.md'"
    assert shell("--instance", "my letters", "statement", "add", "my letters/letter.md").exit_code == 0
    assert shell("--instance", "my letters", "signatories", "import", "open-rivers", "my letters/founding.txt").stdout


def test_a_letter_that_is_there_already_is_left_alone(tmp_path):
    (tmp_path / "letter.md").write_text("Our own.")

    assert shell("init", tmp_path).exit_code == 0
    assert (tmp_path / "letter.md").read_text() == "Our own."


def test_a_second_init_is_refused_and_touches_nothing(letters):
    before = {file.name: file.read_bytes() for file in letters.iterdir()}

    refused = shell("init", letters)

    assert refused.exit_code == 1
    assert "nothing was changed" in refused.stderr
    assert {file.name: file.read_bytes() for file in letters.iterdir()} == before


@pytest.mark.sqlite
def test_a_database_whose_settings_are_lost_gets_no_new_secrets(letters):
    (letters / ENV).unlink()

    refused = shell("init", letters)

    assert refused.exit_code == 1
    assert not (letters / ENV).exists()


@pytest.mark.sqlite
def test_settings_whose_database_is_elsewhere_are_not_replaced(letters):
    (letters / "undersigned.db").rename(letters / "moved.db")
    before = (letters / ENV).read_bytes()

    refused = shell("init", letters)

    assert refused.exit_code == 1
    assert "nothing was changed" in refused.stderr
    assert (letters / ENV).read_bytes() == before


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")

    refused = shell("init", tmp_path / "file" / "letters")

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: {tmp_path}/file/letters cannot hold an instance: Not a directory\n"


@pytest.mark.parametrize("name", ["it's ours", "a #b", "50% off?", r"back\slash", 'say "so"', "Ղարաբաղ", "$HOME"])
def test_a_folder_may_have_any_name(tmp_path, name):
    made, checked = shell("init", tmp_path / name), shell("--instance", tmp_path / name, "check")

    assert (made.exit_code, checked.exit_code) == (0, 0)
    assert (tmp_path / name / "undersigned.db").exists()


def test_two_instances_share_no_secret(tmp_path):
    for name in ("one", "two"):
        shell("init", tmp_path / name)

    one, two = (dotenv_values(tmp_path / name / ENV) for name in ("one", "two"))
    for secret in ("SECRET_KEYS", "PEPPER", "DATA_KEYS"):
        assert one[f"UNDERSIGNED_{secret}"] != two[f"UNDERSIGNED_{secret}"]


def test_the_three_new_keys_are_lines_that_a_settings_file_takes(letters):
    printed = shell("keys", "new").stdout
    old = dotenv_values(letters / ENV)
    with (letters / ENV).open("a") as file:
        file.write(printed)
    new = dotenv_values(letters / ENV)

    assert len(printed.splitlines()) == 3
    assert sorted(name for name in new if new[name] != old[name]) == [
        "UNDERSIGNED_DATA_KEYS",
        "UNDERSIGNED_PEPPER",
        "UNDERSIGNED_SECRET_KEYS",
    ]
    assert read_settings(new).secret_keys == tuple(json.loads(new["UNDERSIGNED_SECRET_KEYS"]))


def test_new_keys_are_new_each_time():
    assert not set(shell("keys", "new").stdout.splitlines()) & set(shell("keys", "new").stdout.splitlines())


@pytest.mark.sqlite
def test_migrate_makes_a_database_where_there_is_none(undersigned, letters):
    (letters / "undersigned.db").unlink()

    assert undersigned("check").exit_code == 1
    made = undersigned("migrate")

    assert made.exit_code == 0
    assert made.stdout.startswith("applied ")
    assert undersigned("check").exit_code == 0


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("file/new/letters.db", "cannot create a database at {folder}/file/new/letters.db: Not a directory"),
        ("folder", "{folder}/folder is a folder, not a database"),
    ],
)
def test_a_database_that_cannot_be_made_is_refused_in_one_line(undersigned, tmp_path, place, says):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    refused = undersigned("migrate", UNDERSIGNED_DATABASE=str(tmp_path / place))

    assert (refused.exit_code, refused.stderr) == (1, f"Error: {says.format(folder=tmp_path)}\n")


@pytest.mark.sqlite
@pytest.mark.parametrize("words", [("check",), ("migrate",), ("backup",), ("outbox",), ("statement", "list")])
def test_every_command_refuses_a_database_without_its_latest_changes(undersigned, letters, words):
    (letters / "undersigned.db.lock").write_text("0000000099\n")

    refused = undersigned(*words)

    assert refused.exit_code == 1
    assert f"{letters}/undersigned.db is incomplete: the file {letters}/undersigned.db-wal is missing" in refused.stderr
    assert "undersigned migrate --accept-loss" in refused.stderr


@pytest.mark.sqlite
def test_a_loss_is_accepted_only_if_somebody_says_so(undersigned, letters):
    (letters / "undersigned.db.lock").write_text("0000000099\n")

    accepted = undersigned("migrate", "--accept-loss")

    assert (accepted.exit_code, accepted.stdout) == (0, "nothing to do\n")
    assert undersigned("check").exit_code == 0


@pytest.mark.sqlite
def test_a_database_that_was_lost_is_not_silently_made_anew(undersigned, letters):
    (letters / "undersigned.db.lock").write_text("0000000099\n")
    (letters / "undersigned.db").unlink()

    refused = undersigned("migrate")

    assert refused.exit_code == 1
    assert "there was a database at" in refused.stderr
    assert not (letters / "undersigned.db").exists()


def test_migrating_twice_does_nothing(undersigned):
    assert undersigned("migrate").stdout == "nothing to do\n"


@pytest.mark.sqlite
def test_check_makes_no_database(undersigned, letters):
    (letters / "undersigned.db").unlink()

    undersigned("check")

    assert not (letters / "undersigned.db").exists()


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_is_content_with_an_instance_in_use(undersigned, signed, signer, mails):
    signed()
    signer.post(name="Aram", email="aram@rivers.example")
    mails.deliver()

    assert undersigned("check").exit_code == 0


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_finds_a_count_that_has_drifted(undersigned, signed, db):
    signed()
    run(db, "UPDATE tallies SET confirmed = confirmed + 3 WHERE hour = 0")

    checked = undersigned("check")

    assert checked.exit_code == 1
    assert lines(checked) == ["statement 1: the stored count differs from a recount"]
    assert "all is well" not in checked.stdout


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_names_the_signatures_that_show_an_address_and_changes_none(undersigned, signed, db):
    signed()
    run(db, "UPDATE signatures SET title = 'Editor, ani@lake.example'")
    before = everything(db)

    checked = undersigned("check")

    assert checked.exit_code == 1
    assert lines(checked) == ["signature 1 of statement 1 shows an email address or a phone number"]
    assert everything(db) == before


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_finds_a_journal_that_was_changed(undersigned, statement, db):
    [row] = look(db, "SELECT id FROM journal WHERE verb = 'statement.open'")
    tamper(db, "UPDATE journal SET actor = 'somebody else' WHERE id = :id", id=row["id"])

    checked = undersigned("check")

    assert (checked.exit_code, lines(checked)) == (1, [f"the journal was changed at row {row['id']}"])


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_finds_an_email_that_could_not_be_sent(undersigned, signer, db, clock):
    for name in ("ani", "aram"):
        signer.post(email=f"{name}@rivers.example")
    with db.write() as tx:
        first, second = outbox.claim(tx, now=clock(), lease_s=60, most=5)
        outbox.mark_undeliverable(tx, first.id, "554 refused by policy", now=clock())
        outbox.mark_undeliverable(tx, second.id, "550 nobody of that name", recipient_refused=True, now=clock())

    checked = undersigned("check")

    assert checked.exit_code == 1
    assert lines(checked) == ["emails that could not be sent: 1; see `undersigned outbox`"]


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_says_how_many_addresses_take_no_email_and_that_is_no_fault(undersigned, signer, db, clock):
    signer.post()
    with db.write() as tx:
        [email] = outbox.claim(tx, now=clock(), lease_s=60, most=5)
        outbox.mark_undeliverable(tx, email.id, "550 nobody of that name", recipient_refused=True, now=clock())

    checked = undersigned("check")

    assert (checked.exit_code, lines(checked)) == (0, [])
    assert "emails to addresses that do not accept them: 1; see `undersigned outbox`" in checked.stdout
    assert checked.stdout.splitlines()[-1] == "all is well"


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_finds_an_email_that_has_been_waiting(undersigned, signer):
    signer.post()

    checked = undersigned("check")

    assert checked.exit_code == 1
    assert [line.startswith("an email has been waiting since 20") for line in lines(checked)] == [True]


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_an_email_of_this_minute_is_no_fault(undersigned, signer, clock):
    clock.forward(hours=1, seconds=-10)
    signer.post()

    assert undersigned("check").exit_code == 0


@pytest.mark.sqlite  # the suite's PostgreSQL does not sync, and `check` says so
def test_check_finds_every_fault_at_once(undersigned, signer, signed, db):
    signed()
    signer.post(name="Aram", email="aram@rivers.example")
    run(db, "UPDATE tallies SET confirmed = confirmed + 3 WHERE hour = 0")
    tamper(db, "UPDATE journal SET verb = 'nothing' WHERE id = 2")

    assert len(lines(undersigned("check"))) == 3


def test_check_finds_broken_settings(undersigned):
    checked = undersigned("check", UNDERSIGNED_MAIL_URL="pigeon://roof")

    assert checked.exit_code == 1
    assert "UNDERSIGNED_MAIL_URL" in checked.stderr


@pytest.mark.sqlite
def test_check_finds_a_row_without_its_statement(undersigned, signed, letters):
    signed()
    with sqlite3.connect(letters / "undersigned.db") as other:
        other.execute("UPDATE tallies SET statement_id = 99")
    other.close()

    checked = undersigned("check")

    assert checked.exit_code == 1
    assert "foreign_keys is broken" in lines(checked)
