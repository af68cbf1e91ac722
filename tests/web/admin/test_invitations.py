"""People who signed elsewhere are invited from the page that checks a list; how far that is, and the end of it."""

import re
from typing import Any

import pytest

from tests.inviting import SOURCE
from tests.web.admin.test_founding import IMPORT, ROWS, paste, rows, send
from tests.web.reading import Page
from tests.web.scene import everything, public_names

PLACE = "/admin/statements/open-rivers/invitations/"
STOP = f"{PLACE}stop"
ANI = {"name": "Ani Marlowe", "title": "Poet", "email": "ani@hills.example"}
CLUB = {"name": "Hill Club", "kind": "organisation", "email": "office@club.example"}
NOBODY = {"name": "Nobody"}
INVITE = {"as": "invite", "source": SOURCE}


def figures(page: Page) -> dict[str, str]:
    """The figures of the page by their words."""
    soup = page.html.partition("<dl>")[2].partition("</dl>")[0]
    terms = [term.partition("</dt>")[0] for term in soup.split("<dt>")[1:]]
    values = [value.partition("</dd>")[0] for value in soup.split("<dd>")[1:]]
    return dict(zip(terms, values, strict=True))


@pytest.fixture
def invited(moderator) -> Any:
    return send(moderator, IMPORT, rows(ANI, CLUB, NOBODY, **INVITE))


def test_the_rows_are_invited_and_the_desk_says_how_many_and_who_was_not(moderator, client, invited):
    assert invited.status_code == 303
    page = moderator.get(invited.location)

    assert "2 people invited. 1 not invited: there is no address." in page.words
    assert figures(page) == {"Invited": "2", "Waiting to be sent": "2", "Sent": "0", "Confirmed": "0"}
    assert f"2 people, 15 January 2027, signed here: {SOURCE}" in page.words
    assert "hills.example" not in page.html
    assert public_names(client) == []


def test_founding_signatures_are_what_the_page_offers_first(moderator, client):
    page = Page(paste(moderator, "1. Ani Marlowe\n"))
    assert page.values["as"] == "founding"
    send(moderator, IMPORT, rows(ANI, source=SOURCE, **{"as": "founding"}))

    assert public_names(client) == ["Ani Marlowe"]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"source": ""}, "Please fill this in."),
        ({"source": "x" * 200}, "This is too long. Use at most 120 characters."),
    ],
)
def test_without_a_place_where_they_signed_the_rows_come_back_and_nothing_is_written(moderator, db, sent, says):
    before = everything(db)
    answer = send(moderator, IMPORT, rows(ANI, **INVITE | sent))

    assert answer.status_code == 422
    page = Page(answer)
    assert says in page.words
    assert page.values["as"] == "invite"
    assert page.values["name"] == "Ani Marlowe"
    assert "There is no signature to add." not in page.words
    assert everything(db) == before


def test_what_was_chosen_stays_while_the_rows_are_put_in_order(moderator):
    page = Page(send(moderator, ROWS, rows(ANI, CLUB, **INVITE)))

    assert (page.values["as"], page.values["source"]) == ("invite", SOURCE)


def test_while_the_statement_takes_no_signatures_nobody_is_invited(moderator, scene, db):
    scene.run("UPDATE statements SET closed_at = 1, stamp = stamp + 1")
    before = everything(db)
    answer = send(moderator, IMPORT, rows(ANI, **INVITE))

    assert answer.status_code == 422
    assert "The statement accepts no signatures now, so nobody can be invited." in Page(answer).words
    assert everything(db) == before


def test_progress_follows_the_emails_and_the_confirmations(moderator, scene, mails, invited, clock):
    mails.deliver()
    clock.forward(minutes=1)
    mails.deliver()
    scene.confirm(1)

    assert figures(moderator.get(PLACE)) == {"Invited": "2", "Sent": "2", "Confirmed": "1"}
    assert "Stop sending" not in moderator.get(PLACE).words


@pytest.mark.parametrize(("number", "line"), [(1, "Ani Marlowe, Poet"), (2, "Hill Club")])
def test_the_link_of_the_email_leads_to_the_page_on_which_everybody_signs(
    moderator, client, scene, mails, invited, clock, number, line
):
    mails.deliver()
    clock.forward(minutes=1)
    mails.deliver()
    [text] = [text for text in mails.texts() if line in text.splitlines()]
    link = re.search(r"(/confirm/\S+)", text)[1]
    page = Page(client.get(link))

    assert all(part in page.words for part in line.split(", "))
    answer = client.post(link, data={"consent": "yes", "wording": page.values["wording"]})
    assert answer.status_code == 303
    assert scene.get(number).state in ("confirmed", "held")
    assert figures(moderator.get(PLACE))["Confirmed"] == "1"


def test_it_was_not_me_is_counted_and_nothing_of_them_is_left(moderator, client, scene, mails, invited):
    mails.deliver()
    link = re.search(r"(/confirm/\S+)", mails.texts()[0])[1]
    client.post(f"{link}/not-me", data={"not-me": "yes"})

    assert figures(moderator.get(PLACE))["Said “It was not me”"] == "1"
    assert scene.rows("SELECT id FROM signatures WHERE name = 'Ani Marlowe'") == []


def test_stopping_takes_back_what_was_not_sent_and_says_so(moderator, scene, mails, invited):
    mails.deliver()
    assert "Stop sending" in moderator.get(PLACE).words
    answer = moderator.post(STOP)
    page = moderator.get(answer.location)

    assert answer.status_code == 303
    assert "1 invitation cancelled." in page.words
    assert figures(page) == {"Invited": "2", "Sent": "1", "Confirmed": "0", "Cancelled before they were sent": "1"}
    assert [row["name"] for row in scene.rows("SELECT name FROM signatures")] == ["Ani Marlowe"]
    journal = moderator.get("/admin/statements/open-rivers/journal").words
    assert "invited people to confirm" in journal
    assert "stopped sending invitations" in journal
    assert "Ani" not in journal


def test_who_waits_for_an_answer_is_shown_with_where_they_come_from(moderator, scene, invited):
    scene.sign(name="Cleo", email="cleo@sea.example")
    listed = moderator.get("/admin/statements/open-rivers/signatures", state="pending").words

    assert listed.count("invited") == 2
    assert SOURCE in moderator.get("/admin/statements/open-rivers/signatures/1").words
    assert SOURCE not in moderator.get("/admin/statements/open-rivers/signatures/3").words


def test_before_anybody_is_invited_the_page_says_how_to(moderator):
    page = moderator.get(PLACE)

    assert "Nobody has been invited yet." in page.words
    assert "Stop sending" not in page.words


def test_a_viewer_and_another_statements_owner_can_neither_look_nor_stop(viewer, other_owner, invited, scene):
    for browser in (viewer, other_owner):
        assert browser.open(PLACE).status_code in (403, 404)
        assert browser.post(STOP).status_code in (403, 404)

    assert scene.states() == ["pending", "pending"]
