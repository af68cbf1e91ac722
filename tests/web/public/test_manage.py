"""The signer's own page: what it shows, and what it lets its signer do."""

import json

import pytest

from server import create_app
from server.config import read_settings
from server.services import moderation, statements
from server.services.signers import disown_signature
from server.services.texts import publish_revision
from server.text.statement_file import read_statement
from server.web.context import EXTENSION
from tests.conftest import BASE_URL, RIVERS
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import DATA, LIST, PAGE, TICKED, count, everything, newest_link, own_link, public_names

LINE = {"name": "Ani G.", "title": "Writer", "affiliation": "", "city": "Gyumri", "country": "AM", "visibility": "name"}


def state(db):
    [row] = look(db, "SELECT state FROM signatures")
    return row["state"]


def hold(db, now):
    [row] = look(db, "SELECT id FROM signatures")
    moderation.hold_signature(db, "open-rivers", row["id"], actor="kate", reason=None, now=now)


# what it shows


def test_the_page_shows_the_line_when_it_was_signed_and_under_which_text(client, own):
    answer = client.get(own)
    page = Page(answer)

    assert answer.status_code == 200
    for words in (
        "Your signature",
        "Your signature is on the statement.",
        "Անի Գևորգյան",
        "Poet, House of Poets",
        "You signed on 15 January 2027.",
        "This is version 1 of the text, from 15 January 2027.",
    ):
        assert words in page.words
    assert page.link("Keep our rivers open") == PAGE
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin"


def test_a_held_signature_says_that_it_is_looked_at(client, own, db, clock):
    hold(db, clock())

    assert "The organisers will check your signature before it appears on the list." in Page(client.get(own)).words


def test_the_text_that_was_signed_is_named_when_there_is_a_newer_one(client, own, db, clock):
    renamed = RIVERS.replace("Keep our rivers open", "Keep all rivers open")
    wording = read_statement(renamed)
    publish_revision(
        db, "open-rivers", "en", wording, change="typo", reason="All of them.", was=None, actor="test", now=clock()
    )
    page = Page(client.get(own))

    assert "Keep our rivers open" in page.words
    assert "version 1 of the text" in page.words


@pytest.mark.parametrize("days", [0, 4000])
def test_the_link_never_ends_and_works_after_closing(client, own, db, clock, days):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    clock.forward(days=days)

    assert client.get(own).status_code == 200
    assert client.post(f"{own}/change", data=LINE).status_code == 303
    assert client.post(f"{own}/withdraw", data={"withdraw": "yes"}).status_code == 303
    assert state(db) == "withdrawn"


def test_it_works_when_the_statement_is_archived_and_leads_to_no_page_that_is_gone(client, own, db):
    with db.write() as tx:
        tx.run("UPDATE statements SET archived_at = 1", {})
    page = Page(client.get(own))

    assert "Keep our rivers open" in page.words
    assert [href for _, href in page.links] == [f"{own}/data.json"]


def test_a_link_of_an_older_secret_key_works_while_the_key_is_listed(own, environ, settings, clock):
    keys = {"UNDERSIGNED_SECRET_KEYS": json.dumps([*settings.secret_keys, "a-newer-key-of-more-than-32-letters-or-so"])}
    forgotten = {"UNDERSIGNED_SECRET_KEYS": json.dumps(["a-newer-key-of-more-than-32-letters-or-so"])}
    statuses = []
    for change in (keys, forgotten):
        app = create_app(read_settings(environ | change), clock=clock)
        statuses.append(app.test_client().get(own).status_code)
        app.extensions[EXTENSION].db.close()

    assert statuses == [200, 404]


# what it lets one do


def test_a_changed_line_is_on_the_list_at_once(client, own, db):
    answer = client.post(f"{own}/change", data=LINE, headers={"Origin": BASE_URL})

    assert (answer.status_code, answer.location) == (303, f"{own}?done=changed")
    assert "Your change is saved." in Page(client.get(answer.location)).words
    assert public_names(client) == ["Ani G."]
    [row] = look(db, "SELECT title, affiliation, city, country, newsletter FROM signatures")
    assert row == {"title": "Writer", "affiliation": None, "city": "Gyumri", "country": "AM", "newsletter": 1}


def test_where_everything_is_looked_at_the_page_says_so_before_and_after(client, own, db):
    with db.write() as tx:
        tx.run("UPDATE statements SET moderation = 'all', stamp = stamp + 1", {})
    assert "Until then, your signature is off the list" in Page(client.get(own)).words
    answer = client.post(f"{own}/change", data=LINE)

    assert answer.location == f"{own}?done=held"
    assert public_names(client) == []


def test_what_will_not_do_is_told_at_the_field_and_keeps_every_word(client, own, db):
    before = everything(db)
    answer = client.post(f"{own}/change", data=LINE | {"name": "https://spam.example", "country": "XX"})
    page = Page(answer)

    assert answer.status_code == 422
    assert "A name cannot contain a link." in page.words
    assert "Please choose from the list." in page.words
    assert (page.values["name"], page.values["city"]) == ("https://spam.example", "Gyumri")
    assert everything(db) == before


def test_a_name_that_the_mailbox_has_signed_under_is_told_at_the_field(client, own, signer, context, clock, db):
    signer.post(name="Aram")
    client.post(newest_link(context, now=clock()), data=TICKED)
    before = everything(db)
    answer = client.post(f"{own}/change", data=LINE | {"name": "ARAM"})
    page = Page(answer)

    assert answer.status_code == 422
    assert "You have already signed under that name." in page.words
    assert "name-error" in page.fields["name"]["aria-describedby"]
    assert everything(db) == before


def test_who_shows_a_name_that_was_only_counted_agrees_to_words_that_stood_there(client, own, db):
    client.post(f"{own}/change", data=LINE | {"visibility": "counted"})
    page = Page(client.get(own))
    client.post(f"{own}/change", data=LINE)

    [wording] = look(db, "SELECT body FROM wordings JOIN signatures ON wordings.id = consent_id")
    signed, read = wording["body"].split("\n")
    assert (signed.startswith("I sign this statement."), read in page.words) == (True, True)
    assert public_names(client) == ["Ani G."]


@pytest.mark.parametrize(("form", "says"), [({}, False), ({"shown": "yes"}, True)])
def test_a_withdrawn_signature_says_so_and_offers_no_more_changes(client, own, form, says):
    answer = client.post(f"{own}/withdraw", data=form | {"withdraw": "yes"})
    page = Page(client.get(answer.location))

    assert (answer.status_code, answer.location) == (303, f"{own}?done=withdrawn")
    assert "You withdrew your signature on 15 January 2027." in page.words
    assert ("The list says so." in page.words) is says
    assert page.actions == [f"{own}/erase#erase-form"]
    listed = [line["withdrawn"] for line in client.get(LIST).json["signatories"]]
    assert listed == (["Withdrawn on 15 January 2027"] if says else [])
    assert client.get(DATA).json["counts"]["confirmed"] == 0


def test_news_are_stopped_and_no_longer_offered(client, own, db):
    assert f"{own}/news" in Page(client.get(own)).actions
    answer = client.post(f"{own}/news")
    page = Page(client.get(answer.location))

    assert "You are unsubscribed. You will get no further news about this statement." in page.words
    assert f"{own}/news" not in page.actions
    assert count(db, "contacts") == 0


def test_who_erases_everything_is_led_to_a_page_that_knows_nothing(client, own, db):
    answer = client.post(f"{own}/erase", data={"erase": "yes"})

    assert (answer.status_code, answer.location) == (303, "/gone?count=1&locale=en")
    assert "Everything is deleted" in Page(client.get(answer.location)).words
    assert look(db, "SELECT name, email_key, state FROM signatures") == [
        {"name": None, "email_key": None, "state": "withdrawn"}
    ]
    page = client.get(own)
    assert (page.status_code, "This link does not work" in Page(page).words) == (404, True)


def test_who_erases_reads_before_how_many_signatures_go_and_afterwards_how_many_went(
    client, own, signer, context, clock
):
    client.post(f"{own}/withdraw", data={"withdraw": "yes"})
    assert "This deletes 1 signature made from this mailbox" in Page(client.get(own)).words, (
        "the twin: while it is but one"
    )
    signer.post()
    second = newest_link(context, now=clock())
    assert client.get(second).status_code == 200

    assert "This deletes 2 signatures made from this mailbox" in Page(client.get(own)).words
    gone = Page(client.post(f"{own}/erase", data={"erase": "yes"}, follow_redirects=True))

    assert "2 signatures made from this mailbox on this statement were deleted." in gone.words
    assert client.get(second).status_code == 404


@pytest.mark.parametrize("query", ["", "count=0", "count=x", "count=99999"])
def test_no_number_is_said_where_none_is_known(client, statement, query):
    """The twin: the address is anybody's to write."""
    answer = client.get(f"/gone?{query}")

    assert answer.status_code == 200
    assert "made from this mailbox" not in Page(answer).words


@pytest.mark.parametrize("name", ["withdraw", "erase"])
@pytest.mark.parametrize("form", [{}, {"shown": "yes"}, {"withdraw": "on", "erase": "on"}, TICKED])
def test_without_its_own_tick_nothing_is_undone(client, own, db, name, form):
    before = everything(db)
    answer = client.post(f"{own}/{name}", data=form)
    page = Page(answer)

    assert answer.status_code == 422
    assert page.fields[name]["aria-describedby"] == f"{name}-error"
    assert f'<details id="{name}-form" open>' in page.html
    assert everything(db) == before


@pytest.mark.parametrize("done", ["changed", "nonsense", "<b>", "state.held", ""])
def test_the_address_of_the_page_can_make_it_say_nothing_else(client, own, done):
    page = Page(client.get(own, query_string={"done": done}))

    assert ("Your change is saved." in page.words) is (done == "changed")
    assert "<b>" not in page.html


# what is stored


def test_all_that_is_stored_is_handed_out(client, own, db):
    answer = client.get(f"{own}/data.json")
    stored = answer.json

    assert answer.headers["Content-Disposition"] == "attachment; filename=open-rivers-signature-2027-01-15.json"
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/json", "no-store")
    assert stored["statement"] == {"title": "Keep our rivers open", "page": f"{BASE_URL}{PAGE}"}
    [text] = look(db, "SELECT sha256 FROM statement_texts WHERE locale = 'en'")
    assert stored["text"] == {"language": "en", "version": 1, "sha256": text["sha256"]}
    signature = stored["signature"]
    assert (signature["name"], signature["affiliation"], signature["newsletter"]) == (
        "Անի Գևորգյան",
        "House of Poets",
        True,
    )
    assert (signature["partner"], signature["state"]) == ("river-watch", "confirmed")
    assert signature["confirmed_at"].startswith("2027-01-15T")
    assert stored["consent"]["text"].startswith("I sign this statement.")
    assert stored["consent"]["worded_at"].startswith("2027-01-15T")
    assert (stored["email"]["kept"], stored["email"]["address"]) == (True, "ani@rivers.example")


def test_it_is_told_how_many_emails_went_to_this_very_address_and_that_they_were_stopped_without_its_tag(
    client, context, scene, mails, clock
):
    for email in ("ani@rivers.example", "ani+x@rivers.example"):
        scene.sign(email=email, newsletter=True)
        mails.deliver()
        clock.forward(minutes=10)
    scene.confirm(2)
    everywhere = {"everywhere": True, "keys": context.keys, "sealer": context.sealer, "now": clock()}
    disown_signature(scene.db, scene.ref(1), **everywhere)

    stored = client.get(f"{own_link(context, now=clock())}/data.json").json["email"]

    assert (stored["sent_about_this_statement"], stored["stopped_because"]) == (1, "not me")


def test_no_column_about_a_person_is_kept_back(client, own, db):
    client.post(f"{own}/change", data=LINE)
    columns = look(db, "SELECT * FROM signatures")[0]
    told = client.get(f"{own}/data.json").json["signature"]

    inner = {"statement_id", "text_id", "partner_id", "consent_id", "nonce", "code_until"}
    inner |= {"anonymised_at"}  # then there is no such page
    renamed = {"id": "number", "locale": "language", "domain_proved": "website_proved", "email_key": "address_as_a_key"}
    keys = {name: f"{name.removesuffix('_key')}_for_comparing" for name in ("name_key", "organisation_key")}
    renamed |= keys | {"founding_key": "founding_line_for_comparing", "mail_domain": "mail_domain_as_a_key"}
    renamed |= {"search_key": "line_for_searching"}
    assert {renamed.get(name, name) for name in columns.keys() - inner} == told.keys() - {"partner", "invited_from"}


def test_what_the_organisers_have_noted_is_not_in_it_and_the_page_says_whom_to_ask(client, own, db, clock):
    moderation.hold_signature(db, "open-rivers", 1, actor="kate", reason="Said to be Karin", now=clock())
    assert look(db, "SELECT reason FROM journal_details WHERE reason IS NOT NULL") == [{"reason": "Said to be Karin"}]

    assert "If the organisers have made notes about it, ask them for those." in Page(client.get(own)).words
    handed_out = client.get(f"{own}/data.json").get_data(as_text=True)
    assert [word for word in ("Karin", "kate") if word in handed_out] == []
    assert client.get(f"{own}/data.json").json["signature"]["state"] == "held"


def test_an_address_whose_key_is_gone_is_missing_and_the_rest_is_there(client, own, environ, settings, clock):
    secrets = {"UNDERSIGNED_SECRET_KEYS": json.dumps(settings.secret_keys)}  # and the data key of another instance
    app = create_app(read_settings(environ | secrets), clock=clock)
    stored = app.test_client().get(f"{own}/data.json").json
    app.extensions[EXTENSION].db.close()

    assert (stored["email"]["kept"], stored["email"]["address"]) == (True, None)
    assert stored["signature"]["name"] == "Անի Գևորգյան"
