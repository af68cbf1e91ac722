"""A token's secret is printed once and kept nowhere; revoked, it opens nothing."""

import re

import pytest

from tests.cli.shell import rows
from tests.web.scene import CSV, add_statement


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def secret(undersigned, statement):
    return undersigned("token", "add", "machine", "--scope", "export").stdout.strip()


def test_a_new_token_is_its_secret_alone_and_opens_the_dump(secret, client):
    assert re.fullmatch(r"us_[\w-]{43}", secret)
    assert client.get(CSV, headers=bearer(secret)).status_code == 200


def test_the_list_shows_the_token_and_no_secret(undersigned, secret):
    listed = undersigned("token", "list")

    [[name, scopes, place, created, expires, used, revoked, made_by]] = rows(listed.stdout)
    assert (name, scopes, place, expires, used, revoked, made_by) == ("machine", "export", "all", "", "", "", "")
    assert created.endswith(" UTC")
    assert secret not in listed.output
    assert secret[3:20] not in listed.output


def test_the_secret_is_not_in_the_database(secret, letters):
    assert all(secret.encode() not in file.read_bytes() for file in letters.glob("undersigned.db*"))


def test_the_list_shows_when_a_token_was_used(undersigned, secret, client):
    client.get(CSV, headers=bearer(secret))

    assert rows(undersigned("token", "list").stdout)[0][5].endswith(" UTC")


def test_a_revoked_token_opens_nothing_any_more(undersigned, secret, client):
    revoked = undersigned("token", "revoke", "machine")

    assert (revoked.exit_code, revoked.stdout) == (0, "machine is revoked and no longer works\n")
    assert client.get(CSV, headers=bearer(secret)).status_code == 401
    assert rows(undersigned("token", "list").stdout)[0][6].endswith(" UTC")


@pytest.mark.parametrize("name", ["machin", "machine"])
def test_revoking_what_is_not_there_or_not_live_fails_loudly(undersigned, secret, name):
    undersigned("token", "revoke", "machine")

    refused = undersigned("token", "revoke", name)

    assert refused.exit_code == 1
    assert refused.stderr == f"Error: there is no active token {name}; `undersigned token list` shows the tokens\n"


def test_a_name_is_given_once_even_after_its_token_is_revoked(undersigned, secret):
    undersigned("token", "revoke", "machine")

    refused = undersigned("token", "add", "machine", "--scope", "export")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: the name machine was already used for a token; choose another name\n"


def test_a_token_for_one_statement_opens_no_other(undersigned, statement, db, clock, client):
    add_statement(db, "open-lakes", clock())

    secret = undersigned("token", "add", "one", "--scope", "export", "--statement", "open-rivers").stdout.strip()

    assert client.get(CSV, headers=bearer(secret)).status_code == 200
    assert client.get(CSV.replace("rivers", "lakes"), headers=bearer(secret)).status_code == 401
    assert rows(undersigned("token", "list").stdout)[0][2] == "open-rivers"


def test_a_token_for_some_days_expires(undersigned, statement, client, clock):
    secret = undersigned("token", "add", "short", "--scope", "export", "--days", "2").stdout.strip()

    assert client.get(CSV, headers=bearer(secret)).status_code == 200
    clock.forward(days=2, hours=2)
    assert client.get(CSV, headers=bearer(secret)).status_code == 401


@pytest.mark.parametrize(
    "words", [("a",), ("a", "--scope", "contacts"), ("a", "--scope", "export", "--days", "0"), ("--scope", "export")]
)
def test_a_token_needs_a_name_and_a_scope_that_there_is(undersigned, words):
    refused = undersigned("token", "add", *words)

    assert (refused.exit_code, refused.stdout) == (2, "")


@pytest.mark.parametrize("name", ["", " ", "a\x07b", "x" * 201])
def test_a_token_whose_name_nobody_could_type_again_is_refused(undersigned, statement, name):
    refused = undersigned("token", "add", name, "--scope", "export")

    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert rows(undersigned("token", "list").stdout) == []
