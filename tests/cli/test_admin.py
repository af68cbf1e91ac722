"""Accounts in a shell: a first password is printed once, and every step says what it did."""

import re

import pytest

from server.crypto import passwords
from tests.cli.shell import rows
from tests.databases import databases
from tests.scene import look, run

pytestmark = pytest.mark.usefixtures("quick_passwords")
PRINTED = re.compile(r"\Ahttp://localhost:8000/admin/login\nname:     (\S+)\npassword: (\S+)\n")


def first_password(printed) -> tuple[str, str]:
    found = PRINTED.match(printed.stdout)
    assert found, printed.output
    return found[1], found[2]


def test_a_new_admin_gets_address_name_and_first_password(undersigned, statement, tmp_path):
    printed = undersigned("admin", "add", "ani", "--role", "moderator", "--statement", "open-rivers")

    name, password = first_password(printed)
    assert name == "ani"
    assert passwords.check_password(password, name=name) == password
    assert "7 days" in printed.stderr
    assert password.encode() not in databases.all_bytes(tmp_path)


def test_who_names_no_role_reads_which_there_are_and_nobody_is_made_an_owner_by_default(undersigned, statement, db):
    for words in ((), ("--role", "boss")):
        refused = undersigned("admin", "add", "ani", *words)

        assert refused.exit_code == 2
        assert "--role" in refused.stderr
        for role in ("viewer", "moderator", "owner"):
            assert role in refused.stderr
    assert look(db, "SELECT name FROM admins") == []


def test_the_list_says_who_may_do_what_and_no_secret(undersigned, statement, db):
    for words in (("ani", "owner"), ("aram", "viewer", "--statement", "open-rivers"), ("nora", "owner")):
        undersigned("admin", "add", words[0], "--role", *words[1:])
    run(db, "UPDATE admins SET invited_until = NULL WHERE name = 'ani'")
    undersigned("admin", "disable", "nora")

    listed = undersigned("admin", "list")

    assert [line[:3] for line in rows(listed.stdout)] == [
        ["ani", "ready", "owner of everything"],
        ["aram", "not set up", "viewer of open-rivers"],
        ["nora", "disabled", "owner of everything"],
    ]
    assert "argon2" not in listed.output


def test_a_taken_or_unusable_name_and_an_unknown_statement_are_refused_in_one_line(undersigned, statement, db):
    undersigned("admin", "add", "ani", "--role", "owner")
    refused = {
        "reset": undersigned("admin", "add", "ani", "--role", "owner"),
        "small letters": undersigned("admin", "add", "Ani", "--role", "owner"),
        "nowhere": undersigned("admin", "add", "aram", "--role", "owner", "--statement", "nowhere"),
    }

    for words, result in refused.items():
        assert result.exit_code == 1
        assert words in result.stderr
        assert result.stderr.count("\n") == 1
    assert len(look(db, "SELECT name FROM admins")) == 1


def test_a_reset_prints_another_first_password(undersigned, statement):
    _, first = first_password(undersigned("admin", "add", "ani", "--role", "owner"))

    assert first_password(undersigned("admin", "reset", "ani")) != ("ani", first)


def test_a_reset_of_who_is_let_in_no_more_says_so(undersigned, statement):
    undersigned("admin", "add", "ani", "--role", "owner")
    let_in = undersigned("admin", "reset", "ani").stderr
    undersigned("admin", "disable", "ani")

    shut_out = undersigned("admin", "reset", "ani").stderr

    assert "disabled" not in let_in
    assert "ani is disabled and cannot log in until you run `undersigned admin enable ani`" in shut_out


def test_a_role_is_given_changed_and_taken(undersigned, statement, db):
    undersigned("admin", "add", "ani", "--role", "viewer")
    said = [
        undersigned("admin", "role", "ani", *words).stdout
        for words in (("owner", "--statement", "open-rivers"), ("viewer",), ("moderator",), ("none",), ("none",))
    ]

    assert said == [
        "ani is owner of open-rivers\n",
        "ani is viewer of the whole server already\n",
        "ani is moderator of the whole server\n",
        "ani has no role for the whole server\n",
        "ani has no role for the whole server, and had none\n",
    ]
    assert look(db, "SELECT statement_id, role FROM roles") == [{"statement_id": statement.id, "role": "owner"}]


def test_the_last_owner_of_a_statement_is_not_taken_away(undersigned, statement):
    undersigned("admin", "add", "ani", "--role", "owner", "--statement", "open-rivers")

    refused = undersigned("admin", "role", "ani", "none", "--statement", "open-rivers")

    assert refused.exit_code == 1
    assert "make someone else an owner first" in refused.stderr


def test_disable_and_enable_say_what_was_so_already(undersigned, statement):
    undersigned("admin", "add", "ani", "--role", "owner")
    said = [undersigned("admin", verb, "ani").stdout for verb in ("disable", "disable", "enable", "enable")]

    assert said == [
        "ani is disabled\n",
        "ani was already disabled\n",
        "ani is enabled\n",
        "ani was not disabled\n",
    ]


@pytest.mark.parametrize("words", [("reset",), ("disable",), ("enable",), ("role", "viewer")])
def test_an_unknown_name_is_refused(undersigned, statement, words):
    verb, *rest = words
    refused = undersigned("admin", verb, "nobody", *rest)

    assert (refused.exit_code, refused.stderr) == (1, "Error: there is no admin nobody\n")
