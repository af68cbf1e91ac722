"""The signer's door: looking changes nothing, a tick and a button sign, a second time is harmless."""

import re

import pytest

from server.config import read_settings
from server.db.sqlite import sqlite3
from server.services import statements
from tests.conftest import BASE_URL, environment
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import DATA, TICKED, add_statement, count, everything, newest_link


def test_the_page_shows_the_line_an_empty_box_and_one_button(client, link):
    answer = client.get(link)
    page = Page(answer)

    assert answer.status_code == 200
    assert "You have NOT signed yet" in page.words
    assert "Անի Գևորգյան" in page.words
    assert "Poet" in page.words
    assert page.values.keys().isdisjoint({"consent", "not-me", "never"})
    assert "required" in page.fields["consent"]
    outside = re.sub(r"<details.*?</details>", "", page.html, flags=re.DOTALL)
    assert outside.count("<button") == 1
    assert "I agree that the line above is published" in page.words
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_no_other_method_changes_anything(client, link, db, method):
    before = everything(db)
    for path in (link, f"{link}?consent=yes", f"{link}/resend", f"{link}/change", f"{link}/not-me"):
        for _ in range(3):
            client.open(path, method=method, data=TICKED | {"not-me": "yes", "name": "Aram"})

    assert everything(db) == before


@pytest.mark.parametrize("form", [{}, {"consent": ""}, {"consent": "no"}, {"consent": "on"}, {"Consent": "yes"}])
def test_without_the_tick_the_page_comes_back_and_nothing_is_signed(client, link, db, form):
    before = everything(db)
    answer = client.post(link, data=form)
    page = Page(answer)

    assert answer.status_code == 422
    assert "Please tick the box first." in page.words
    assert page.fields["consent"]["aria-describedby"] == "consent-error"
    assert everything(db) == before


def test_the_tick_counts_only_in_the_body_of_a_form(client, link, db):
    assert client.post(f"{link}?consent=yes").status_code == 422
    assert client.post(link, json=TICKED).status_code == 422
    assert client.post(link, data="consent=yes", content_type="text/plain").status_code == 422
    assert look(db, "SELECT state FROM signatures") == [{"state": "pending"}]


def test_the_button_signs_and_leads_to_an_address_without_the_link(client, link, db):
    answer = client.post(link, data=TICKED, headers={"Origin": BASE_URL})

    assert (answer.status_code, answer.location) == (303, "/s/open-rivers/thanks?outcome=confirmed&locale=en")
    assert look(db, "SELECT state FROM signatures") == [{"state": "confirmed"}]
    [wording] = look(db, "SELECT body FROM wordings JOIN signatures ON wordings.id = consent_id")
    assert wording["body"].startswith("I sign this statement.")
    assert "Thank you. You have signed." in Page(client.get(answer.location)).words


def test_a_second_press_is_harmless(client, link, db, clock):
    first = client.post(link, data=TICKED)
    before = everything(db)
    clock.forward(days=3)
    second = client.post(link, data=TICKED)

    assert (second.status_code, second.location) == (303, first.location)
    assert everything(db) == before
    assert client.get(DATA).json["counts"]["confirmed"] == 1


def test_a_scanner_that_looked_first_burns_nothing(client, link):
    for method in ("HEAD", "GET", "OPTIONS", "POST"):
        client.open(link, method=method)

    assert client.post(link, data=TICKED).status_code == 303
    assert client.get(DATA).json["counts"]["confirmed"] == 1


def test_who_comes_back_after_signing_is_not_told_they_have_not(client, link, clock):
    client.post(link, data=TICKED)
    soon = client.get(link)
    clock.forward(days=8)
    late = client.get(link)

    for answer in (soon, late):
        assert (answer.status_code, answer.location) == (303, "/s/open-rivers/thanks?outcome=already&locale=en")
    assert "You have already signed" in Page(client.get(soon.location)).words


def test_a_mailbox_that_signed_under_this_name_is_told_so(client, signer, context, clock):
    links = []
    for _ in range(2):
        signer.post()
        links.append(newest_link(context, now=clock()))
    outcomes = [client.post(link, data=TICKED) for link in links]

    assert [answer.status_code for answer in outcomes] == [303, 404]  # the second pending went with the first
    assert client.get(DATA).json["counts"]["confirmed"] == 1


def test_a_third_name_of_one_mailbox_finds_no_seat(client, signer, context, clock):
    outcomes = []
    for name in ("Ani", "Her Sister", "Her Cousin"):
        signer.post(name=name)
        outcomes.append(client.post(newest_link(context, now=clock()), data=TICKED).location)

    assert [location.split("outcome=")[1].split("&")[0] for location in outcomes] == [
        "confirmed",
        "confirmed",
        "no-seat",
    ]


def test_an_unproved_organisation_is_told_that_it_will_be_checked(client, signer, context, clock):
    signer.post(kind="organisation", organisation="Pink NGO", website="https://pink.example", email="mane@mail.example")
    link = newest_link(context, now=clock())

    page = Page(client.get(link))
    assert "The organisers will check your signature before it appears." in page.words
    assert "am authorised to do so" in page.words
    assert "Անի" not in page.words
    assert "outcome=held" in client.post(link, data=TICKED).location
    assert "outcome=held" in client.get(link).location


def test_who_is_only_counted_consents_to_that(client, signer, context, clock, db):
    signer.post(visibility="counted")
    link = newest_link(context, now=clock())

    page = Page(client.get(link))
    assert "Your name will not be published." in page.words
    assert "Անի" not in page.words
    client.post(link, data=TICKED)
    assert look(db, "SELECT body FROM wordings")[0]["body"].startswith(
        "I sign this statement. I agree that my signature is counted"
    )


def test_the_page_speaks_the_language_that_was_signed(client, signer, context, clock):
    signer.post(form_token=signer.form_token(locale="fr"), locale="fr")
    link = newest_link(context, now=clock())

    page = Page(client.get(link, headers={"Accept-Language": "en"}))
    assert "Gardons nos rivières ouvertes" in page.words
    assert "locale=fr" in client.post(link, data=TICKED).location


@pytest.mark.sqlite
def test_a_locked_database_asks_for_patience_and_the_button_works_later(client, link, context, tmp_path):
    context.db._writer().execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / "undersigned.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    looked, pressed = client.get(link), client.post(link, data=TICKED)
    other.close()

    assert looked.status_code == 200
    assert (pressed.status_code, pressed.headers["Retry-After"], pressed.mimetype) == (503, "5", "text/html")
    assert client.post(link, data=TICKED).status_code == 303


# Closing


def test_a_link_works_for_a_day_after_closing_and_then_says_so(client, link, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    clock.forward(hours=25)
    late = client.post(link, data=TICKED)
    clock.forward(hours=-2)

    assert late.status_code == 409
    assert "is closed for signatures" in Page(late).words
    assert client.post(link, data=TICKED).status_code == 303


class TestTheLimits:
    @pytest.fixture
    def settings(self, tmp_path):
        limits = {"UNDERSIGNED_LIMIT_CONFIRM": "3 per hour", "UNDERSIGNED_LIMIT_RESEND": "1 per hour"}
        return read_settings(environment(tmp_path, **limits))

    def test_stand_before_guessing_and_before_mailing(self, client, link, clock, db):
        statuses = [client.get(f"/confirm/{number}").status_code for number in range(4)]
        clock.forward(days=8)
        mailings = [client.post(f"{link}/resend").status_code for _ in range(2)]

        assert statuses == [404, 404, 404, 429]
        assert mailings == [303, 429]
        assert count(db, "outbox") == 2


def test_a_statement_of_another_slug_is_not_touched(client, link, db, clock):
    add_statement(db, "lakes", clock())
    client.post(link, data=TICKED)

    assert client.get("/api/v1/statements/lakes").json["counts"]["confirmed"] == 0
