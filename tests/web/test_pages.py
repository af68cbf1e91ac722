"""The hosted page: text, form without JavaScript, list; and what follows a post of that form."""

import re

import pytest

from server.actions import publish
from server.actions.founding import import_founding
from server.config import read_settings
from server.roster import read_roster
from server.storage.sqlite import sqlite3
from tests.conftest import BASE_URL, environment
from tests.web.reading import Page
from tests.web.scene import NO_LIMITS, PAGE, add_statement, count, look, newest_link

TYPED = {"Your_name": 'Անի "Գ" <Գևորգյան>', "Email_address": "ani@rivers.example", "Comment": "Two\r\nlines & more"}


@pytest.fixture
def settings(tmp_path):
    return read_settings(environment(tmp_path, **NO_LIMITS))


@pytest.fixture
def visit(client, clock, statement):
    """Open the page as a browser without JavaScript does, and wait as a person does."""

    def open_page(path=PAGE, **headers):
        page = Page(client.get(path, headers=headers))
        clock.forward(seconds=3)
        return page

    return open_page


@pytest.fixture
def send(client):
    def post(page, **typed):
        return client.post(page.action, data=page.filled(**typed), headers={"Origin": BASE_URL})

    return post


def kept(db):
    return [count(db, table) for table in ("signatures", "outbox", "submissions")]


def test_the_page_shows_text_form_count_and_list(visit, db, clock):
    import_founding(db, "open-rivers", read_roster("Pink NGO\n", "organisation").entries, actor="test", now=clock())
    page = visit()

    assert "<strong>open</strong>" in page.html
    for words in ("Keep our rivers open", "Kutaisi, January 10, 2027", "1 has signed", "of 500", "Pink NGO", "First"):
        assert words in page.words
    assert set(page.labels) >= {
        "Your name",
        "Email address",
        "Title or occupation",
        "Send me news about this statement",
    }
    assert "newsletter" not in page.values


def test_the_form_signs_without_javascript(visit, send, db, client, mails):
    answer = send(visit(), **TYPED)

    assert (answer.status_code, answer.location) == (303, "/s/open-rivers/sent?locale=en")
    assert kept(db) == [1, 1, 1]
    after = client.get(answer.location)
    assert "Check your email" in Page(after).words
    for typed in ("Գևորգյան", "ani@", "lines"):
        assert typed not in after.get_data(as_text=True)
    mails.deliver()
    assert client.post(mails.links()[0], data={"consent": "yes"}).status_code == 303
    assert look(db, "SELECT name, comment FROM signatures") == [
        {"name": 'Անի "Գ" <Գևորգյան>', "comment": "Two\nlines & more"}
    ]


def test_a_refused_form_keeps_all_that_was_typed_and_leads_to_each_field(visit, send, db):
    typed = TYPED | {"Email_address": "nobody at home", "Country": "AM", "Title_or_occupation": " Poet "}
    answer = send(visit(), **typed, Send_me_news_about_this_statement="yes")
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
    assert "One answer needs another look" in page.words
    assert kept(db) == [0, 0, 0]


def test_the_mended_form_goes_through_with_the_same_key(visit, send, clock, db):
    first = visit()
    refused = Page(send(first, **TYPED | {"Email_address": "nobody"}))
    clock.forward(seconds=3)
    answer = send(refused, Email_address="ani@rivers.example")

    assert refused.values["key"] == first.values["key"]
    assert answer.status_code == 303
    assert kept(db) == [1, 1, 1]


def test_a_double_click_and_the_back_button_sign_once(visit, send, db):
    page = visit()
    answers = [send(page, **TYPED) for _ in range(3)]

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/s/open-rivers/sent?locale=en")}
    assert kept(db) == [1, 1, 1]


def test_going_back_to_sign_for_somebody_else_gets_a_new_key(visit, send, clock, db):
    page = visit()
    send(page, **TYPED)
    refused = send(page, **TYPED | {"Your_name": "Her Sister"})
    again = Page(refused)
    clock.forward(seconds=3)

    assert refused.status_code == 409
    assert again.values["name"] == "Her Sister"
    assert again.values["key"] != page.values["key"]
    assert send(again).status_code == 303
    assert kept(db) == [2, 2, 2]


@pytest.mark.parametrize(
    ("token", "waiting", "status", "words"),
    [
        ("rubbish", {}, 400, "gone stale"),
        (None, {"hours": 3}, 400, "open for a long time"),
        ("", {}, 400, "gone stale"),
    ],
)
def test_a_stale_form_comes_back_fresh(visit, send, clock, client, db, token, waiting, status, words):
    page = visit()
    clock.forward(**waiting)
    if token is not None:
        page.values["form_token"] = token
    answer = send(page, **TYPED)
    again = Page(answer)
    clock.forward(seconds=3)

    assert answer.status_code == status
    assert words in again.words
    assert again.values["name"] == TYPED["Your_name"]
    assert send(again).status_code == 303
    assert kept(db) == [1, 1, 1]


def test_a_form_that_comes_back_too_fast_is_asked_for_once_more(client, statement, send, clock):
    page = Page(client.get(PAGE))
    answer = send(page, **TYPED)
    clock.forward(seconds=2)

    assert answer.status_code == 400
    assert "faster than" in Page(answer).words
    assert send(Page(answer)).status_code == 303


def test_a_form_of_another_statement_is_refused(visit, send, client, db, clock):
    add_statement(db, "lakes", clock())
    page = visit()
    page.values["form_token"] = visit("/s/lakes").values["form_token"]

    assert send(page, **TYPED).status_code == 400
    assert kept(db) == [0, 0, 0]


def test_a_locked_database_keeps_the_typed_text_and_the_key(visit, send, services, tmp_path, db):
    page = visit()
    services.db._connection().execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / "undersigned.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    answer = send(page, **TYPED)
    other.close()
    again = Page(answer)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert again.values["name"] == TYPED["Your_name"]
    assert again.values["key"] == page.values["key"]
    assert send(page, **TYPED).status_code == 303


class TestTheSignLimit:
    @pytest.fixture
    def settings(self, tmp_path):
        return read_settings(environment(tmp_path, **NO_LIMITS | {"UNDERSIGNED_LIMIT_SIGN": "1 per hour"}))

    def test_keeps_the_typed_text_and_says_how_long_to_wait(self, visit, send, db):
        send(visit(), **TYPED)
        answer = send(visit(), **TYPED | {"Email_address": "other@rivers.example"})
        page = Page(answer)

        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 3500
        assert "wait 60 minutes" in page.words
        assert page.values["email"] == "other@rivers.example"
        assert kept(db) == [1, 1, 1]


# Kinds, languages, pages, partners


def test_each_kind_has_its_own_fields_behind_a_link(visit):
    page = visit()
    other = visit(page.link("for an organisation").partition("#")[0])

    assert "organisation" not in page.fields
    assert {"organisation", "website", "name", "email"} <= set(other.fields)
    assert other.values["kind"] == "organisation"
    assert "affiliation" not in other.fields
    assert visit(f"{PAGE}?kind=robot").values["kind"] == "individual"


def test_an_organisation_signs_on_the_page(visit, send, db):
    page = visit(f"{PAGE}?kind=organisation")
    typed = {"Name_of_the_organisation": "Pink NGO", "Website": "pink.example", "Your_own_name": "Mane"}
    answer = send(page, **typed, Your_work_email="mane@pink.example")

    assert answer.status_code == 303
    [row] = look(db, "SELECT kind, organisation, name, website, domain_proved FROM signatures")
    assert (row["kind"], row["organisation"], row["name"], row["domain_proved"]) == (
        "organisation",
        "Pink NGO",
        "Mane",
        1,
    )


def test_the_page_speaks_the_visitors_language_and_links_to_the_others(visit, send, client):
    french = visit(PAGE, **{"Accept-Language": "fr-CA, en;q=0.5"})
    english = visit(french.link("English"), **{"Accept-Language": "fr-CA"})

    assert ("html", {"lang": "fr", "dir": "ltr"}) in french.tags
    assert "Gardons nos rivières ouvertes" in french.words
    assert "Keep our rivers open" in english.words
    assert french.values["locale"] == "fr"
    assert french.options["country"]["AM"] == "Arménie"
    answer = client.get(PAGE, headers={"Accept-Language": "fr"})
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_refused_form_stays_in_its_language(visit, send):
    page = visit(f"{PAGE}?locale=fr")
    answer = send(page)

    assert "Gardons nos rivières ouvertes" in Page(answer).words
    page.values |= {"name": "Ani", "email": "ani@rivers.example"}
    assert send(page).location == "/s/open-rivers/sent?locale=fr"


def test_a_long_list_is_paged(visit, db, clock):
    names = "\n".join(f"{number}. River Keepers No {number}" for number in range(1, 151))
    import_founding(db, "open-rivers", read_roster(names, "organisation").entries, actor="test", now=clock())
    first = visit()
    second = visit(first.link("More signatories").partition("#")[0])

    assert "River Keepers No 100" in first.words
    assert "River Keepers No 101" not in first.words
    assert "River Keepers No 150" in second.words
    assert "River Keepers No 100" not in second.words
    assert not [words for words, _ in second.links if words == "More signatories"]
    assert second.link("Back to the start of the list") == "/s/open-rivers?locale=en#signatories"


def test_the_partner_whose_link_was_followed_is_credited_through_every_turn(visit, send, client, clock, services, db):
    page = visit(f"{PAGE}?partner=river-watch")
    page = visit(page.link("Français"))
    page = visit(next(href for _, href in page.links if "kind=individual" in href).partition("#")[0])
    refused = Page(send(page))
    clock.forward(seconds=3)
    refused.values |= {"name": "Ani", "email": "ani@rivers.example", "partner": "somebody-else"}
    assert send(refused).status_code == 303

    assert look(db, "SELECT slug FROM signatures JOIN partners ON partners.id = partner_id") == [
        {"slug": "river-watch"}
    ]


# Closed, not yet open, not there


def test_a_closed_statement_has_a_list_and_no_form(visit, send, db, clock):
    page = visit()
    publish.close_statement(db, "open-rivers", actor="test", now=clock())
    closed = visit()
    late = send(page, **TYPED)

    assert closed.action is None
    assert "This statement takes no more signatures." in closed.words
    assert late.status_code == 409
    assert "This statement takes no more signatures." in Page(late).words
    assert kept(db) == [0, 0, 0]


def test_a_statement_before_its_day_says_when_it_begins(visit, db, clock):
    add_statement(db, "lakes", clock(), opens="2030-01-01T10:00:00Z")
    page = visit("/s/lakes")

    assert page.action is None
    assert "Signing has not begun yet." in page.words
    assert "January 1, 2030" in page.words


@pytest.mark.parametrize("path", ["/s/no-such", "/s/draft", "/s/no-such/sent", "/s/draft/thanks"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_public_has_no_page(client, statement, db, clock, path, method):
    add_statement(db, "draft", clock(), opened=False)
    answer = client.open(path, method=method)

    assert answer.status_code == (405 if method == "POST" and path.endswith(("sent", "thanks")) else 404)
    assert answer.mimetype == "text/html"


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
    assert "more than we can take" in Page(answer).words


# The pages after


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("confirmed", "Thank you. You have signed."),
        ("held", "The organisers check it"),
        ("already", "You had signed already"),
        ("<script>", "Thank you. You have signed."),
        ("", "Thank you. You have signed."),
    ],
)
def test_the_thanks_say_what_became_of_it_and_count(client, confirmed, outcome, words):
    page = Page(client.get(f"{PAGE}/thanks", query_string={"outcome": outcome}))

    assert words in page.words
    assert "1 has signed" in page.words
    assert "<script" not in page.html
    assert "Գևորգյան" not in page.html


def test_pages_after_a_post_are_the_same_for_everybody(visit, send, client, confirmed):
    new, known = (
        send(visit(), **TYPED | {"Email_address": email}) for email in ("new@x.example", "ani@rivers.example")
    )

    assert new.location == known.location
    assert client.get(new.location).data == client.get(known.location).data


def test_no_page_holds_inline_script_or_style(visit, client, signer, services, clock):
    signer.post()
    for path in (PAGE, f"{PAGE}/sent", f"{PAGE}/thanks", newest_link(services, now=clock())):
        html = client.get(path).get_data(as_text=True)
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", html)
        assert not re.search(r"""(?:src|href)=["']https?://(?!localhost:8000)""", html)
