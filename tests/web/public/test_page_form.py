"""The form of the hosted page, without JavaScript: it signs once, and keeps what was typed."""

import pytest

from server.config import read_settings
from server.db.sqlite import sqlite3
from server.services import statements
from tests.conftest import BASE_URL, environment
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import NO_LIMITS, PAGE, add_statement, count

TYPED = {"Your_name": 'Անի "Գ" <Գևորգյան>', "Email_address": "ani@rivers.example", "Comment": "Two\r\nlines & more"}


@pytest.fixture
def send(client):
    def post(page, **typed):
        return client.post(page.action, data=page.filled(**typed), headers={"Origin": BASE_URL})

    return post


def kept(db):
    return [count(db, table) for table in ("signatures", "outbox", "submissions")]


def test_the_form_signs_without_javascript(open_page, send, db, client, mails):
    page = open_page()
    answer = send(page, **TYPED)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert kept(db) == [1, 1, 1]
    assert "Check your email" in Page(answer).words
    mails.deliver()
    assert client.post(mails.links()[0], data={"consent": "yes"}).status_code == 303
    assert look(db, "SELECT name, comment FROM signatures") == [
        {"name": 'Անի "Գ" <Գևորգյան>', "comment": "Two\nlines & more"}
    ]


def test_a_refused_form_keeps_all_that_was_typed_and_leads_to_each_field(open_page, send, db):
    typed = TYPED | {"Email_address": "nobody at home", "Country": "AM", "Title_or_occupation": " Poet "}
    answer = send(open_page(), **typed, Send_me_news_about_this_statement="yes")
    page = Page(answer)

    assert answer.status_code == 422
    assert page.values["name"] == typed["Your_name"]
    assert page.values["email"] == "nobody at home"
    assert page.values["comment"] == "Two\r\nlines & more"
    assert page.values["country"] == "AM"
    assert page.values["title"] == " Poet "
    assert page.values["newsletter"] == "yes"
    assert page.link("Email address: This does not look like an email address.") == "#email"
    assert page.fields["email"]["aria-invalid"] == "true"
    assert "email-error" in page.fields["email"]["aria-describedby"]
    assert "Check one field" in page.words
    assert kept(db) == [0, 0, 0]


def test_the_page_holds_no_key_for_it_is_the_same_for_everybody(open_page):
    assert "key" not in open_page().values


def test_the_mended_form_goes_through(open_page, send, clock, db):
    first = open_page()
    refused = Page(send(first, **TYPED | {"Email_address": "nobody"}))
    clock.forward(seconds=3)
    answer = send(refused, Email_address="ani@rivers.example")

    assert answer.status_code == 200
    assert kept(db) == [1, 1, 1]


def test_a_double_click_and_the_back_button_sign_once(open_page, send, db):
    page = open_page()
    answers = [send(page, **TYPED) for _ in range(3)]

    assert {(answer.status_code, "Check your email" in Page(answer).words) for answer in answers} == {(200, True)}
    assert kept(db) == [1, 1, 1]


def test_one_can_go_back_to_sign_for_somebody_else(open_page, send, db):
    page = open_page()
    answers = [send(page, **TYPED), send(page, **TYPED | {"Your_name": "Her Sister"})]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert kept(db) == [2, 2, 2]


def test_two_networks_that_send_the_same_have_different_keys(client, open_page, db):
    """So nobody elsewhere learns the key under which the code of somebody's email is tried."""
    page = open_page()
    answers = [
        client.post(page.action, data=page.filled(**TYPED), environ_overrides={"REMOTE_ADDR": address})
        for address in ("198.51.100.7", "198.51.100.7", "203.0.113.9")
    ]
    keys = [Page(answer).values["key"] for answer in answers]

    assert keys[0] == keys[1] != keys[2]
    assert kept(db) == [2, 2, 2]


@pytest.mark.parametrize(
    ("token", "waiting", "status", "words"),
    [
        ("rubbish", {}, 400, "no longer valid"),
        (None, {"hours": 3}, 400, "open for a long time"),
        ("", {}, 400, "no longer valid"),
    ],
)
def test_a_stale_form_comes_back_fresh(open_page, send, clock, client, db, token, waiting, status, words):
    page = open_page()
    clock.forward(**waiting)
    if token is not None:
        page.values["form_token"] = token
    answer = send(page, **TYPED)
    again = Page(answer)
    clock.forward(seconds=3)

    assert answer.status_code == status
    assert words in again.words
    assert again.values["name"] == TYPED["Your_name"]
    assert send(again).status_code == 200
    assert kept(db) == [1, 1, 1]


def test_a_form_that_comes_back_too_fast_is_asked_for_once_more(client, statement, send, clock):
    page = Page(client.get(PAGE))
    answer = send(page, **TYPED)
    clock.forward(seconds=2)

    assert answer.status_code == 400
    assert "so quickly that" in Page(answer).words
    assert send(Page(answer)).status_code == 200


def test_a_form_of_another_statement_is_refused(open_page, send, client, db, clock):
    add_statement(db, "lakes", clock())
    page = open_page()
    page.values["form_token"] = open_page("/s/lakes").values["form_token"]

    assert send(page, **TYPED).status_code == 400
    assert kept(db) == [0, 0, 0]


@pytest.mark.sqlite
def test_a_locked_database_keeps_the_typed_text(open_page, send, context, tmp_path, db):
    page = open_page()
    context.db._writer().execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / "undersigned.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    answer = send(page, **TYPED)
    other.close()
    again = Page(answer)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert again.values["name"] == TYPED["Your_name"]
    assert send(page, **TYPED).status_code == 200


class TestTheSignLimit:
    @pytest.fixture
    def settings(self, tmp_path):
        return read_settings(environment(tmp_path, **NO_LIMITS | {"UNDERSIGNED_LIMIT_SIGN": "1 per hour"}))

    def test_keeps_the_typed_text_and_says_how_long_to_wait(self, open_page, send, db):
        send(open_page(), **TYPED)
        answer = send(open_page(), **TYPED | {"Email_address": "other@rivers.example"})
        page = Page(answer)

        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 3500
        assert "wait 60 minutes" in page.words
        assert page.values["email"] == "other@rivers.example"
        assert kept(db) == [1, 1, 1]


def test_an_organisation_signs_on_the_page(open_page, send, db):
    page = open_page(f"{PAGE}?kind=organisation")
    typed = {"Name_of_the_organisation": "Pink NGO", "Website": "pink.example", "Your_own_name": "Mane"}
    page.values["authorised"] = "yes"
    answer = send(page, **typed, Your_work_email="mane@pink.example")

    assert answer.status_code == 200
    [row] = look(db, "SELECT kind, organisation, name, website, domain_proved FROM signatures")
    assert (row["kind"], row["organisation"], row["name"], row["domain_proved"]) == (
        "organisation",
        "Pink NGO",
        "Mane",
        1,
    )


def test_a_refused_form_stays_in_its_language(open_page, send):
    page = open_page(f"{PAGE}?locale=fr")
    answer = send(page)

    assert "Gardons nos rivières ouvertes" in Page(answer).words
    page.values |= {"name": "Ani", "email": "ani@rivers.example"}
    assert "Consultez votre messagerie" in Page(send(page)).words


def test_the_partner_whose_link_was_followed_is_credited_through_every_turn(open_page, send, clock, db):
    page = open_page(f"{PAGE}?partner=river-watch")
    page = open_page(page.link("Français"))
    page = open_page(next(href for _, href in page.links if "kind=individual" in href).partition("#")[0])
    refused = Page(send(page))
    clock.forward(seconds=3)
    refused.values |= {"name": "Ani", "email": "ani@rivers.example", "partner": "somebody-else"}
    assert send(refused).status_code == 200

    assert look(db, "SELECT slug FROM signatures JOIN partners ON partners.id = partner_id") == [
        {"slug": "river-watch"}
    ]


def test_a_closed_statement_has_a_list_and_no_form(open_page, send, db, clock):
    page = open_page()
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    closed = open_page()
    late = send(page, **TYPED)

    assert closed.action is None
    assert "This statement is closed for signatures." in closed.words
    assert late.status_code == 409
    assert "This statement is closed for signatures." in Page(late).words
    assert kept(db) == [0, 0, 0]


def test_the_form_door_reads_no_json(client, statement, db):
    answer = client.post(PAGE, json=TYPED)

    assert answer.status_code == 400
    assert kept(db) == [0, 0, 0]


@pytest.mark.parametrize(
    "body",
    [b"%", b"name=%00&email=%ED%A0%80&kind=%FF", b"name=" + b"%F0" * 3000, b"&" * 9000, b"locale=%00&key=%E2%80%AE"],
)
def test_broken_form_bodies_come_back_as_a_page(client, statement, db, body):
    answer = client.post(PAGE, data=body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 400
    assert "form_token" in Page(answer).values


def test_a_megabyte_of_form_is_refused(client, statement):
    answer = client.post(PAGE, data={"comment": "x" * 1_000_000})

    assert answer.status_code == 413
    assert "Your text is too long" in Page(answer).words
