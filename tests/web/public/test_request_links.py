"""The page for who has lost their link: whoever asks learns nothing, and the mailbox gets everything."""

import re

import pytest

from server.services import sign
from server.text import addresses
from server.web.public import pages
from tests.conftest import BASE_URL
from tests.services.addressed import every_kind_of_address
from tests.web.reading import Page
from tests.web.scene import PAGE, everything, headers_of

ASK = f"{PAGE}/links"


def ask(client, email, **more):
    return client.post(ASK, data={"email": email}, headers={"Origin": BASE_URL}, **more)


def test_the_statements_page_leads_there(client, statement):
    page = Page(client.get(PAGE))

    assert page.link("Lost the email with your link?") == ASK


def test_who_asks_gets_the_link_by_email_and_it_is_nowhere_on_the_way(confirmed, client, mails, clock, context):
    clock.forward(hours=1)
    answer = ask(client, "ani@rivers.example")
    clock.forward(hours=1)
    mails.deliver()
    clock.forward(hours=1)
    mails.deliver()

    assert (answer.status_code, answer.location) == (303, f"{ASK}/sent")
    asked = [text for text in mails.texts() if "a request for the links" in text]
    [token] = re.findall(r"/signature/(\S+)", asked[0])
    assert context.links.read_manage(token, now=clock()).id == 1
    assert token not in answer.get_data(as_text=True)


def answers_to(client, emails):
    return [(answer.status_code, headers_of(answer), answer.data) for answer in (ask(client, one) for one in emails)]


def test_every_kind_of_address_gets_the_same_bytes(client, scene):
    answers = answers_to(client, every_kind_of_address(scene))

    assert all(answer == answers[0] for answer in answers)


def test_an_answer_that_tells_who_has_signed_is_seen(client, scene, monkeypatch):
    """The twin: what most do."""
    emails = every_kind_of_address(scene)
    verb = sign.request_links

    def telling(db, statement, email, *, keys, **more):
        with db.read() as tx:
            if not tx.rows("SELECT id FROM signatures WHERE email_key = :key", {"key": keys.key(email)}):
                raise addresses.ValueRefused("not-an-address")
        verb(db, statement, email, keys=keys, **more)

    monkeypatch.setattr(pages, "request_links", telling)
    answers = answers_to(client, emails)

    assert any(answer != answers[0] for answer in answers)


def test_the_answer_is_the_same_when_the_address_has_had_its_links_of_the_day(client, scene, mails):
    scene.signed()
    first = answers_to(client, ["ani@rivers.example"])
    mails.deliver()
    second = answers_to(client, ["ani@rivers.example"])

    assert mails.deliver().kept_back == 1
    assert first == second


def test_the_page_after_it_says_the_same_to_everybody_and_holds_nothing(client, statement):
    answer = client.get(f"{ASK}/sent")

    assert answer.status_code == 200
    assert "If that address was used to sign here" in Page(answer).words


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Please fill this in."),
        ("ani", "email address"),
        ("a@b@c", "email address"),
        ("=?utf-8?q?evil?=@x.example", "email address"),
        ("x" * 300, "too long"),
    ],
)
def test_what_is_no_address_comes_back_with_what_to_mend(client, statement, db, typed, message):
    before = everything(db)
    answer = ask(client, typed)

    assert answer.status_code == 422
    assert message in Page(answer).words
    assert f'value="{typed}"' in answer.get_data(as_text=True)
    assert 'aria-describedby="email-error" aria-invalid="true"' in answer.get_data(as_text=True)
    assert everything(db) == before


def test_what_was_typed_is_text(client, statement):
    html = ask(client, '"><script>alert(1)</script>').get_data(as_text=True)

    assert "<script>" not in html


def test_a_draft_and_an_unknown_statement_have_no_such_page(client, statement, db):
    with db.write() as tx:
        tx.run("UPDATE statements SET opened_at = NULL", {})

    for path in (ASK, f"{ASK}/sent", "/s/nowhere/links"):
        assert client.get(path).status_code == 404
    assert ask(client, "ani@rivers.example").status_code == 404


def test_a_closed_statement_still_gives_its_links(client, statement, db, clock):
    with db.write() as tx:
        tx.run("UPDATE statements SET closed_at = 1", {})

    assert ask(client, "ani@rivers.example").status_code == 303


def test_the_language_of_the_page_is_that_of_the_email(client, statement, scene):
    client.post(f"{ASK}?locale=fr", data={"email": "ani@rivers.example"}, headers={"Origin": BASE_URL})

    assert scene.emails()[-1]["locale"] == "fr"


def test_the_page_works_without_a_script_and_a_label_names_its_field(client, statement):
    html = client.get(ASK).get_data(as_text=True)

    assert "<script" not in html
    assert '<label for="email">Email address</label>' in html
    assert 'autocomplete="email"' in html
