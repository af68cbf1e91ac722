"""The page after the form, without JavaScript: it says what is true, shows the address, and lets it be corrected."""

import re

import pytest
from flask import Response, redirect

from server.text import translations
from server.web.public import pages
from tests.conftest import BASE_URL
from tests.mail.rounds import GAP_S
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import PAGE

TYPED = {"Your_name": "Ani <b>", "Email_address": "ani@rivres.example", "Comment": "Two\r\nlines"}
PLACES = [PAGE, "/embed/open-rivers"]


@pytest.fixture
def send(client):
    def post(page, **typed):
        return client.post(page.action, data=page.filled(**typed), headers={"Origin": BASE_URL})

    return post


def correct(client, page: Page, **typed: str):
    """Send the form of the page that corrects or sends again: the first one there, before that of the code."""
    form = Page(Response(page.html.partition('<form class="code"')[0]))
    return client.post(form.action, data=form.filled(**typed), headers={"Origin": BASE_URL})


@pytest.mark.parametrize("place", PLACES)
def test_it_shows_the_address_that_was_typed_and_is_kept_by_no_cache(open_page, send, place):
    answer = send(open_page(place), **TYPED)
    page = Page(answer)

    assert "You will get an email at \u2068ani@rivres.example\u2069 within about ten minutes." in page.words
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Location" not in answer.headers


@pytest.mark.parametrize("place", PLACES)
def test_a_wrong_address_is_corrected_there_with_all_that_was_typed(open_page, send, client, mails, db, place):
    first = open_page(place)
    page = Page(send(first, **TYPED))

    assert "Change the address or send again" in page.words
    assert (page.values["name"], page.values["comment"]) == ("Ani <b>", "Two\r\nlines")
    assert page.values["email"] == "ani@rivres.example"

    corrected = correct(client, page, Email_address="ani@rivers.example")
    mails.deliver()

    assert corrected.status_code == 200
    assert "ani@rivers.example" in Page(corrected).words
    assert sorted(email["To"] for email in mails) == ["ani@rivers.example", "ani@rivres.example"]
    assert [row["name"] for row in look(db, "SELECT name FROM signatures")] == ["Ani <b>"] * 2


def test_sent_again_the_email_comes_again_once_the_gap_is_over(open_page, send, client, mails, clock):
    page = Page(send(open_page(), **TYPED))
    mails.deliver()
    again = correct(client, page)
    mails.deliver()
    assert (again.status_code, len(mails)) == (200, 1)

    clock.forward(seconds=GAP_S)
    mails.deliver()

    assert len(mails) == 2


def test_a_reload_of_the_page_changes_nothing(open_page, send, mails, clock, db):
    page = open_page()
    first = send(page, **TYPED)
    clock.forward(minutes=30)
    reloaded = send(page, **TYPED)
    mails.deliver()

    assert (reloaded.status_code, Page(reloaded).words) == (200, Page(first).words)
    assert [len(look(db, f"SELECT 1 FROM {table}")) for table in ("signatures", "submissions")] == [1, 1]
    assert len(mails) == 1


def test_without_the_key_a_reload_would_sign_twice(open_page, send, clock, db):
    """The twin: what the key of the form keeps from happening."""
    page = open_page()
    send(page, **TYPED)
    page.values["key"] = "another-key-of-a-form"
    send(page, **TYPED)

    assert len(look(db, "SELECT 1 FROM signatures")) == 2


def test_a_wrong_code_loses_neither_the_address_nor_the_way_to_correct_it(open_page, send, client):
    form = open_page(f"{PAGE}?locale=fr")
    form.values |= {"name": "Ani", "email": "ani@rivres.example"}
    page = Page(send(form))
    wrong = client.post(page.actions[-1], data=page.values | {"code": "00000000"}, headers={"Origin": BASE_URL})
    again = Page(wrong)

    assert wrong.status_code == 422
    assert "ani@rivres.example" in again.words
    assert "Changer l’adresse ou renvoyer" in again.words
    assert again.values["name"] == "Ani"
    assert "Consultez votre messagerie" in Page(correct(client, again)).words


def test_what_was_typed_stays_text(open_page, send):
    html = send(open_page(), **TYPED).get_data(as_text=True)

    assert "<b>" not in html
    assert 'value="Ani &lt;b&gt;"' in html


def test_it_follows_the_statement_and_offers_no_form_once_signing_has_ended(open_page, send, client, db, clock):
    page = Page(send(open_page(), **TYPED))
    with db.write() as tx:
        tx.run("UPDATE statements SET closes_at = :past", {"past": clock() - 1})
    wrong = client.post(page.actions[-1], data=page.values | {"code": "00000000"}, headers={"Origin": BASE_URL})

    assert "Change the address" not in Page(wrong).words
    assert "ani@rivres.example" in Page(wrong).words


def test_a_redirect_would_lose_the_address(open_page, send, client, monkeypatch):
    """The twin: the same page, asked for by an address that holds nothing personal, cannot show it."""
    monkeypatch.setattr(pages, "_render_sent_page", lambda *_: redirect(f"{PAGE}/sent", 303))
    answer = send(open_page(), **TYPED)

    assert "ani@rivres.example" not in Page(client.get(answer.location)).words


# The words


PROMISES = ("form.promise", "sent.to", "page.sent", "links.sent.text")


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_no_language_promises_one_email_or_says_that_one_was_sent(locale):
    said = [translations.find_text(locale, key) or "" for key in PROMISES]

    assert not [words for words in said if ALREADY_SENT.search(words)]
    assert all(TEN_MINUTES.search(words) for words in said)


ALREADY_SENT = re.compile(
    "one email|have written|un seul|avons écrit|nur eine|geschrieben|одно письмо|отправили|уже отправлено|один лист"
    "|надіслали|вже надіслано|tek bir|gönderdik|yola çıktı|yalnız bir|göndərdik|yola çıxıb|մեկ էլ|ենք ուղարկել"
    "|ერთ წერილს|გამოგიგზავნეთ|გზაშია|رسالة إلكترونية واحدة|أرسلنا|طريقها"
)
TEN_MINUTES = re.compile(
    "ten minutes|dix minutes|zehn Minuten|десяти минут|десяти хвилин|on dakika|on dəqiqə|տասը րոպե|ათ წუთში|عشر دقائق"
)


def test_the_old_words_are_found_by_the_same_look():
    """The twin: the sentences that stood there before."""
    assert ALREADY_SENT.search("You get one email. You have signed only once you press the button it leads to.")
    assert ALREADY_SENT.search("Wir haben an {email} geschrieben.")
    assert not TEN_MINUTES.search("We have written to the address that you gave.")
