"""The link that stops news: looking does nothing, one post does it, from a page of ours or from a mail provider."""

import pytest

from tests.conftest import BASE_URL
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import everything

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reader(signer, mails, client):
    """Ani has signed and asked for news."""
    assert signer.post(newsletter=True).status_code == 202
    mails.deliver()
    assert client.post(mails.links()[-1], data={"consent": "yes"}).status_code == 303


@pytest.fixture
def link(reader, context, clock):
    row = look(context.db, "SELECT id, nonce FROM signatures")[0]
    return context.links.unsubscribe(row["id"], bytes(row["nonce"]), now=clock()).removeprefix(BASE_URL)


def wants_news(db):
    [row] = look(db, "SELECT newsletter FROM signatures")
    return bool(row["newsletter"])


def test_looking_shows_one_button_and_changes_nothing(client, link, db):
    before = everything(db)

    page = Page(client.get(link))

    assert "If you no longer want it, press the button." in page.words
    assert [tag for tag, _ in page.tags if tag in ("form", "button", "input")] == ["form", "button"]
    assert everything(db) == before


def test_the_button_stops_the_news(client, link, db):
    answer = client.post(link, headers={"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 200
    assert "You are unsubscribed" in Page(answer).words
    assert not wants_news(db)
    assert look(db, "SELECT * FROM contacts") == []


def test_a_mail_provider_stops_them_with_one_post_that_names_no_origin_and_follows_no_redirect(client, link, db):
    answer = client.post(link, data=ONE_CLICK, headers={"User-Agent": "Mail provider"})

    assert (answer.status_code, "Location" in answer.headers, "Set-Cookie" in answer.headers) == (200, False, False)
    assert not wants_news(db)


def test_another_website_cannot_press_the_button(client, link, db):
    assert client.post(link, data=ONE_CLICK, headers={"Origin": "https://evil.example"}).status_code == 403
    assert wants_news(db)


def test_it_works_for_ever_and_as_often_as_one_likes(client, link, db, clock):
    clock.forward(days=3650)
    answers = [client.post(link, data=ONE_CLICK) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert not wants_news(db)


def test_the_link_of_a_signature_that_is_gone_answers_the_same(client, link, db):
    first = client.post(link)
    with db.write() as tx:
        tx.run("DELETE FROM signatures", {})

    assert client.post(link).data == first.data


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_of_another_purpose_or_of_nobodys_leads_nowhere(client, link, context, db, clock, method):
    row = look(db, "SELECT id, nonce FROM signatures")[0]
    others = [
        make(row["id"], bytes(row["nonce"]), now=clock()) for make in (context.links.manage, context.links.confirm)
    ]
    tokens = [other.rpartition("/")[2] for other in others] + ["rubbish", link.rpartition("/")[2][:-3] + "AAA"]

    statuses = {getattr(client, method)(f"/unsubscribe/{token}").status_code for token in tokens}

    assert statuses == {404}
    assert wants_news(db)


def test_the_page_speaks_the_visitors_language_and_names_nobody(client, link):
    html = client.get(link, headers={"Accept-Language": "en"}).get_data(as_text=True)

    assert '<html lang="en"' in html
    for word in ("Անի", "ani@", "Keep our rivers open", "open-rivers"):
        assert word not in html
