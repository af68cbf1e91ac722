"""What can be done on the confirm page beside signing: to mend the line, and to say that it was not me."""

import re

import pytest

from server.services import moderation, statements
from server.services.scheduled import anonymise_signatures, prune_ended_mailings, prune_expired
from tests.conftest import BASE_URL
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import PAGE, TICKED, count, everything, newest_link, public_names

LINE = {"name": "Ani Gevorgyan", "title": "Writer", "affiliation": "House of Poets", "visibility": "name"}
NGO = {
    "kind": "organisation",
    "organisation": "River Watch",
    "website": "https://riverwatch.example",
    "name": "Maro",
    "email": "maro@riverwatch.example",
}


def stopped(db):
    return [
        (row["statement_id"], row["reason"]) for row in look(db, "SELECT * FROM suppressions ORDER BY statement_id")
    ]


# the version of the text


def test_the_page_says_which_version_of_the_text_it_is_and_leads_to_it(client, link):
    page = Page(client.get(link))

    assert "This is version 1 of the text, from 15 January 2027." in page.words
    assert page.link("Read the full statement") == f"{PAGE}?locale=en"


# mending the line


def test_the_line_is_there_to_be_mended(client, link):
    page = Page(client.get(link))

    assert (page.values["name"], page.values["title"], page.values["visibility"]) == ("Անի Գևորգյան", "Poet", "name")
    assert page.fields.keys().isdisjoint({"email", "organisation", "website", "newsletter", "authorised"})
    assert f"{link}/change#change" in page.actions


def test_a_mended_line_is_shown_and_then_signed(client, link, db):
    answer = client.post(f"{link}/change", data=LINE, headers={"Origin": BASE_URL})

    assert (answer.status_code, answer.location) == (303, link)
    assert "Writer, House of Poets" in Page(client.get(link)).words
    assert look(db, "SELECT state FROM signatures") == [{"state": "pending"}]
    client.post(link, data=TICKED)
    assert public_names(client) == ["Ani Gevorgyan"]


def test_who_would_rather_only_be_counted_says_so_before_signing(client, link):
    client.post(f"{link}/change", data=LINE | {"visibility": "counted"})
    page = Page(client.get(link))

    assert "Your name will not be published." in page.words
    assert "I agree that my signature is counted, without my name" in page.words
    client.post(link, data=TICKED)
    assert public_names(client) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "https://spam.example"}, "A name cannot contain a link."),
        ({"title": "x" * 301}, "This is too long. Use at most 300 characters."),
        ({"visibility": "secret"}, "Please choose from the list."),
    ],
)
def test_what_will_not_do_is_told_at_the_field_and_keeps_every_word(client, link, db, typed, told):
    before = everything(db)
    sent = LINE | typed
    answer = client.post(f"{link}/change", data=sent)
    page = Page(answer)
    [wrong] = typed

    assert answer.status_code == 422
    assert told in page.words
    assert f"{wrong}-error" in page.fields[wrong]["aria-describedby"]
    assert '<details id="change" open>' in page.html
    kept = sent if wrong != "visibility" else LINE
    assert {name: page.values[name] for name in LINE} == kept
    assert everything(db) == before
    assert link in page.actions, "the box and the button still lead to where one signs"


def test_an_organisation_keeps_its_name_its_website_and_its_mailbox(client, signer, context, clock, db):
    signer.post(**NGO)
    link = newest_link(context, now=clock())
    page = Page(client.get(link))
    assert page.fields.keys().isdisjoint({"organisation", "website", "email", "affiliation"})

    other = {"organisation": "Lake Watch", "website": "https://evil.example", "email": "x@evil.example"}
    client.post(f"{link}/change", data=page.values | other | {"name": "Lusine", "city": "Gyumri"})

    [row] = look(db, "SELECT name, organisation, website, city FROM signatures")
    assert row == {
        "name": "Lusine",
        "organisation": "River Watch",
        "website": "https://riverwatch.example",
        "city": "Gyumri",
    }


def test_after_it_was_signed_the_old_link_mends_nothing(client, link, db):
    client.post(link, data=TICKED)
    before = everything(db)
    answer = client.post(f"{link}/change", data=LINE, follow_redirects=True)

    assert "You have already signed" in Page(answer).words
    assert everything(db) == before


def test_an_expired_link_mends_nothing(client, link, db, clock):
    clock.forward(days=8)
    before = everything(db)

    assert client.post(f"{link}/change", data=LINE).status_code == 410
    assert everything(db) == before


def test_another_website_mends_and_deletes_nothing(client, link, db):
    before = everything(db)
    for path, form in (("change", LINE), ("not-me", {"not-me": "yes"})):
        assert client.post(f"{link}/{path}", data=form, headers={"Origin": "https://evil.example"}).status_code == 403

    assert everything(db) == before


# it was not me


def test_who_did_not_sign_deletes_it_and_hears_no_more(client, link, db, signer, mails):
    answer = client.post(f"{link}/not-me", data={"not-me": "yes"}, headers={"Origin": BASE_URL})

    assert (answer.status_code, answer.location[:6]) == (303, "/undo/")
    assert "Deleted" in Page(client.get(answer.location)).words
    assert [count(db, table) for table in ("signatures", "contacts")] == [0, 0]
    mails.deliver()
    [(statement_id, reason)] = stopped(db)
    assert (statement_id > 0, reason) == (True, "not me")
    assert client.get(link).status_code == 404
    signer.post(name="Another")
    mails.deliver()
    assert [email["Subject"] for email in mails] == ["The request to sign has been deleted"]


def undo_link(mails) -> str:
    """The path of the undo link in the newest email."""
    return re.search(r"https?://[^/\s]+(/undo/\S+)", mails.texts()[-1])[1]


@pytest.mark.parametrize("never", [{}, {"never": "yes"}])
def test_the_page_and_the_last_email_lead_to_a_button_that_undoes_it(client, link, db, signer, mails, never):
    deleted = client.post(f"{link}/not-me", data={"not-me": "yes"} | never, headers={"Origin": BASE_URL}).location
    mails.deliver()
    by_page, by_email = Page(client.get(deleted)), Page(client.get(undo_link(mails)))

    for page in (by_page, by_email):
        assert ("Deleted" in page.words, "Was that a mistake?" in page.words) == (True, True)
    undone = client.post(by_email.action, headers={"Origin": BASE_URL}, follow_redirects=True)

    assert "Emails are allowed again" in Page(undone).words
    assert Page(undone).link("Sign this statement") == "/s/open-rivers#sign"
    assert stopped(db) == []
    signer.post()
    mails.deliver()
    assert client.post(mails.links()[-1], data=TICKED).location.endswith("outcome=confirmed&locale=en")


def test_looking_at_the_undo_link_changes_nothing(client, link, db, mails):
    client.post(f"{link}/not-me", data={"not-me": "yes"})
    mails.deliver()
    before = everything(db)
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open(undo_link(mails), method=method)

    assert everything(db) == before
    client.post(undo_link(mails))
    assert everything(db) != before


def test_another_website_undoes_nothing(client, link, db, mails):
    deleted = client.post(f"{link}/not-me", data={"not-me": "yes"}).location
    before = everything(db)

    assert client.post(deleted, headers={"Origin": "https://evil.example"}).status_code == 403
    assert everything(db) == before


@pytest.mark.parametrize("path", ["/undo/no-token", "/undo/{confirm}"])
def test_a_link_that_is_not_ours_or_was_made_for_something_else_undoes_nothing(client, link, db, path):
    token = link.rsplit("/", 1)[1]

    for method in ("GET", "POST"):
        assert client.open(path.format(confirm=token), method=method).status_code == 404


@pytest.mark.parametrize("days", [0, 4000])
def test_the_undo_page_outlives_the_statements_own(client, link, db, clock, days):
    deleted = client.post(f"{link}/not-me", data={"not-me": "yes"}).location
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    statements.archive_statement(db, "open-rivers", actor="test", now=clock())

    with db.write() as tx:
        tx.run("UPDATE statements SET anonymise_after_days = 1", {})
    clock.forward(days=days)
    anonymise_signatures(db, now=clock())
    prune_expired(db, now=clock())
    prune_ended_mailings(db, most=100, now=clock())
    assert [reason for _, reason in stopped(db)] == ["not me"], "it is not written to in all these years"

    assert client.get(deleted).status_code == 200
    undone = Page(client.post(deleted, follow_redirects=True))
    assert ("Emails are allowed again" in undone.words, [words for words, _ in undone.links]) == (True, [])
    assert stopped(db) == []


def test_a_second_tick_stops_everything_from_this_server(client, link, db):
    client.post(f"{link}/not-me", data={"not-me": "yes", "never": "yes"})

    assert [statement_id for statement_id, _ in stopped(db)] == [0, 1]


@pytest.mark.parametrize("days", [0, 8])
@pytest.mark.parametrize("form", [{}, {"never": "yes"}, {"not-me": "on"}, TICKED])
def test_without_its_own_tick_nothing_is_deleted(client, link, db, clock, days, form):
    clock.forward(days=days)
    before = everything(db)
    answer = client.post(f"{link}/not-me", data=form)
    page = Page(answer)

    assert answer.status_code == 422
    assert "Please tick the box first." in page.words
    assert page.fields["not-me"]["aria-describedby"] == "not-me-error"
    assert "aria-invalid" not in page.fields.get("consent", {})
    assert everything(db) == before


def test_an_expired_link_still_says_that_it_was_not_me(client, link, db, clock):
    clock.forward(days=8)
    page = Page(client.get(link))
    assert page.actions == [f"{link}/resend", f"{link}/not-me#not-me-form"]

    assert client.post(page.actions[1], data={"not-me": "yes"}).status_code == 303
    assert (count(db, "signatures"), len(stopped(db))) == (0, 1)


def test_so_does_one_whose_statement_has_ended(client, link, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    clock.forward(days=2)

    assert client.post(f"{link}/not-me", data={"not-me": "yes"}).status_code == 303
    assert count(db, "signatures") == 0


@pytest.mark.parametrize("days", [0, 8])
def test_so_does_one_whose_signature_a_moderator_has_removed_and_it_signs_nothing(client, link, db, clock, days):
    [row] = look(db, "SELECT id FROM signatures")
    moderation.remove_signature(db, "open-rivers", row["id"], actor="test", reason=None, now=clock())
    clock.forward(days=days)
    before = everything(db)

    answer = client.get(link)
    assert (answer.status_code, "This link does not work" in Page(answer).words) == (404, True)
    assert Page(answer).actions == [f"{link}/not-me#not-me-form"]
    for path, form in (("", TICKED), ("/change", LINE), ("/resend", {})):
        assert client.post(link + path, data=form).status_code == 404, path
    assert everything(db) == before

    assert client.post(Page(answer).actions[0], data={"not-me": "yes"}).status_code == 303
    assert (count(db, "signatures"), len(stopped(db))) == (0, 1)


def test_what_was_signed_is_not_deleted_by_it(client, link, db):
    client.post(link, data=TICKED)
    before = everything(db)
    answer = client.post(f"{link}/not-me", data={"not-me": "yes"})

    assert (answer.status_code, "outcome=already" in answer.location) == (303, True)
    assert everything(db) == before


def test_the_page_after_it_says_nothing_of_anybody_whatever_its_address_asks(client, link):
    for query in ("count=2", "count=<b>", "what=<b>", ""):
        answer = client.get(f"/gone?{query}")

        assert answer.status_code == 200
        assert "<b>" not in Page(answer).html
        assert "rivers" not in Page(answer).words
