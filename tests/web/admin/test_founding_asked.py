"""Whom the organisers list with an address is asked by email, answers on a page of their own, and the desk sees it."""

import re

import pytest

from tests.mail.rounds import GAP_S
from tests.web.admin.test_founding import IMPORT, PLACE, rows, send
from tests.web.reading import Page
from tests.web.scene import own_link, public_names

ANI = {"name": "Ani Marlowe", "title": "Poet", "affiliation": "Hill Club", "email": "Ani@Hills.example"}
CLUB = {"name": "Hill Club", "kind": "organisation", "email": "office@hills.example"}


@pytest.fixture
def own(moderator, context, clock) -> str:
    """The link of Ani Marlowe, who was listed and asked."""
    send(moderator, IMPORT, rows(ANI, ask="yes"))
    return own_link(context, now=clock())


def test_the_desk_says_who_was_asked_and_who_has_answered(moderator, client, own):
    assert "Emailed, no answer yet." in moderator.get(PLACE).words
    client.post(f"{own}/affirm")

    assert "The signer confirmed on 15 January 2027 that the entry is right." in moderator.get(PLACE).words
    assert "hills.example" not in moderator.get(PLACE).html


def test_the_email_leads_to_the_line_and_to_one_button(moderator, client, mails, own):
    mails.deliver()
    [link] = re.findall(r"(/signature/\S+)", mails.texts()[0])
    page = Page(client.get(link))

    assert "The organisers listed you as one of the first signatories on 15 January 2027" in page.words
    assert "Poet, Hill Club" in page.words
    assert "You signed on" not in page.words
    answer = client.post(page.action)
    assert (answer.status_code, answer.location) == (303, link)
    again = Page(client.get(link))
    assert "You said on 15 January 2027 that this entry is right." in again.words
    assert page.action not in again.actions


def test_the_line_is_corrected_with_title_and_affiliation_whatever_others_are_asked(client, scene, own):
    scene.run("UPDATE statements SET fields = '[\"city\"]', required = '[\"city\"]', stamp = stamp + 1")
    changed = Page(client.get(own)).values | {"name": "Ani M.", "title": "Writer"}
    answer = client.post(f"{own}/change", data={key: changed[key] for key in ("name", "title", "affiliation")})

    assert answer.status_code == 303
    [row] = scene.rows("SELECT name, title, affiliation FROM signatures")
    assert row == {"name": "Ani M.", "title": "Writer", "affiliation": "Hill Club"}
    assert "You said on" in Page(client.get(own)).words


def test_an_organisation_is_asked_as_one_and_for_nobody_who_speaks_for_it(moderator, client, context, clock):
    send(moderator, IMPORT, rows(CLUB, ask="yes"))
    page = Page(client.get(own_link(context, now=clock())))

    assert "The organisers listed this organisation" in page.words
    assert "name" not in page.fields
    assert {"city", "visibility"} <= page.fields.keys()


def test_who_does_not_agree_takes_their_name_off(client, own):
    client.post(f"{own}/withdraw", data={"withdraw": "yes"})

    assert public_names(client) == []
    page = Page(client.get(own))
    assert "Yes, it is right" not in page.words


def test_without_the_tick_nobody_is_written_to_and_no_address_is_kept(moderator, scene, mails):
    send(moderator, IMPORT, rows(ANI))
    mails.deliver()

    assert len(mails) == 0
    assert scene.rows("SELECT * FROM contacts") == []


def test_the_import_says_whom_it_does_not_write_to(moderator, scene, clock, mails):
    mailbox = {"email": "office@hills.example"}
    lines = [{"name": name} | mailbox for name in ("Ani", "Cleo", "Teodor")]
    scene.run("UPDATE statements SET mailbox_seats = 2, stamp = stamp + 1")
    page = moderator.open(send(moderator, IMPORT, rows(*lines, ask="yes")).location).get_data(as_text=True)
    for _ in range(3):
        mails.deliver()
        clock.forward(seconds=GAP_S)

    assert "3 signatures added." in page
    assert "2 will be asked by email" in page
    assert "1 will not be emailed" in page
    assert len(mails) == 2


def test_who_signs_by_themselves_is_not_asked_anything_more(client, signer, context, confirmed, clock):
    page = Page(client.get(own_link(context, now=clock())))

    assert "You signed on" in page.words
    assert "Yes, it is right" not in page.words
    assert client.post(f"{own_link(context, now=clock())}/affirm").status_code == 303
    assert Page(client.get(own_link(context, now=clock()))).words == page.words
