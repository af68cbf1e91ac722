"""Keys for machines at the desk: shown once, each for one statement, and revoked by that statement's owners alone."""

import re

import pytest

from server.services.tokens import add_token
from tests.scene import look
from tests.web.admin.desk import Browser, come_in
from tests.web.reading import Page
from tests.web.scene import CSV

TOKENS = "/admin/statements/open-rivers/tokens"
OTHERS = "/admin/statements/clean-lakes/tokens"
SECRET = re.compile(r"us_[\w-]{43}")


def make(browser, path=TOKENS, **typed):
    return browser.post(path, {"name": "archive", "days": "365", **typed})


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_is_shown_once_and_opens_this_statement_alone(owner, other_owner, client, db):
    answer = make(owner)

    assert answer.status_code == 200
    [secret, *_] = SECRET.findall(answer.text)
    assert client.get(CSV, headers=bearer(secret)).status_code == 200
    assert client.get(CSV.replace("open-rivers", "clean-lakes"), headers=bearer(secret)).status_code == 401
    assert not SECRET.search(owner.get(TOKENS).html)
    assert look(db, "SELECT name, scopes FROM tokens") == [{"name": "open-rivers/archive", "scopes": "export"}]
    assert look(db, "SELECT verb, actor, subject FROM journal WHERE verb LIKE 'token.%'") == [
        {"verb": "token.add", "actor": "admin:olga", "subject": "token:open-rivers/archive"}
    ]


def test_the_list_says_how_each_stands(app, owner, client, clock):
    [secret, *_] = SECRET.findall(make(owner, days="2").text)
    fresh = owner.get(TOKENS).words
    client.get(CSV, headers=bearer(secret))
    used = owner.get(TOKENS).words
    clock.forward(days=2, seconds=-1)
    assert client.get(CSV, headers=bearer(secret)).status_code == 200
    clock.forward(seconds=1)

    assert "never" in fresh
    assert "works" in fresh
    assert "never" not in used
    assert "has expired" in Browser(come_in(app, "olga", now=clock())).get(TOKENS).words
    assert client.get(CSV, headers=bearer(secret)).status_code == 401


def test_the_list_says_who_made_each(owner, server_owner, db, clock):
    make(owner)
    make(server_owner, name="visitor")
    add_token(db, "shells", scopes=["export"], slug="open-rivers", expires_at=None, actor="cli", now=clock())

    found = re.findall(r'data-label="Made by">([^<]*)<', owner.get(TOKENS).html)

    assert found == ["command line", "sona", "olga"]


def test_a_key_ends_with_the_ownership_of_who_made_it(owner, server_owner, client, db):
    [secret, *_] = SECRET.findall(make(owner).text)
    [anothers, *_] = SECRET.findall(make(server_owner, name="visitor").text)

    server_owner.post("/admin/statements/open-rivers/people", {"name": "olga", "role": "moderator"})

    assert client.get(CSV, headers=bearer(secret)).status_code == 401
    assert client.get(CSV, headers=bearer(anothers)).status_code == 200, "the twin"
    assert look(db, "SELECT actor, subject FROM journal WHERE verb = 'token.revoke'") == [
        {"actor": "admin:sona", "subject": "token:open-rivers/archive"}
    ]


def test_a_revoked_key_opens_nothing_any_more(owner, client, db):
    [secret, *_] = SECRET.findall(make(owner).text)
    revoke = owner.get(TOKENS).actions[1]

    answers = [owner.post(revoke) for _ in range(2)]

    assert [(answer.status_code, answer.location) for answer in answers] == [(303, f"{TOKENS}?done=revoked")] * 2
    assert client.get(CSV, headers=bearer(secret)).status_code == 401
    assert "It no longer works." in owner.get(TOKENS, done="revoked").words
    assert look(db, "SELECT count(*) AS n FROM journal WHERE verb = 'token.revoke'") == [{"n": 1}]


def test_an_owner_neither_sees_nor_revokes_what_is_of_another_statement_or_of_all(
    owner, other_owner, client, db, clock
):
    [theirs, *_] = SECRET.findall(make(other_owner, OTHERS).text)
    options = {"scopes": ["export"], "slug": None, "expires_at": None, "actor": "test", "now": clock()}
    everywhere = add_token(db, "everywhere", **options)
    ids = [row["id"] for row in look(db, "SELECT id FROM tokens ORDER BY id")]

    page = owner.get(TOKENS).words
    refused = [owner.post(f"{TOKENS}/{token_id}/revoke").status_code for token_id in (*ids, 99)]

    assert "There are no keys." in page
    assert refused == [404, 404, 404]
    assert client.get(CSV.replace("open-rivers", "clean-lakes"), headers=bearer(theirs)).status_code == 200
    assert client.get(CSV, headers=bearer(everywhere)).status_code == 200
    assert other_owner.post(f"{OTHERS}/{ids[0]}/revoke").status_code == 303  # the twin


def test_keys_of_every_statement_are_listed_for_the_owners_of_the_server(server_owner, owner, db, clock):
    options = {"scopes": ["export"], "expires_at": None, "actor": "test", "now": clock()}
    add_token(db, "everywhere", slug=None, **options)
    add_token(db, "one", slug="open-rivers", **options)

    page = server_owner.get("/admin/tokens")

    assert "everywhere" in page.words
    assert "one" not in [words for words, _ in page.links]
    assert len([tag for tag, _ in page.tags if tag == "tr"]) == 2
    assert ("API keys", "/admin/tokens") in page.links
    assert owner.open("/admin/tokens").status_code == 403


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Please fill this in"),
        ({"name": "a" * 61}, "Use at most 60 characters"),
        ({"name": "a\u202eb"}, "This contains invisible characters"),
        ({"days": ""}, "Please fill this in"),
        *(({"days": days}, "Enter a whole number of days") for days in ("0", "3651", "-1", "1.5", "٣", "9" * 30)),
    ],
)
def test_a_name_or_a_number_that_does_not_fit_is_said(owner, db, typed, words):
    answer = make(owner, **typed)

    assert answer.status_code == 422
    assert words in Page(answer).words
    assert look(db, "SELECT id FROM tokens") == []


def test_a_name_is_given_once_under_a_statement_and_free_under_another(owner, other_owner):
    assert make(owner).status_code == 200

    again = make(owner)

    assert (again.status_code, Page(again).values["name"]) == (422, "archive")
    assert "This name was already used for a key." in Page(again).words
    assert make(other_owner, OTHERS).status_code == 200
