"""Consent in an organiser's own words: read, ticked and kept exactly so, in the language of the text."""

import pytest

from tests.conftest import PARTNER
from tests.scene import look
from tests.web.public.test_confirmation_code import KEY, code_of, confirm
from tests.web.reading import Page
from tests.web.scene import PAGE, TICKED, newest_link, own_link

CONSENT = "/admin/statements/open-rivers/consent"
OWN = "River Watch may print my name under this letter. I can take it back by my link."
OWN_FR = "Rivières vivantes peut imprimer mon nom sous cette lettre."
COUNTED = "River Watch may count me."


def write(browser, **words):
    """Fill the page in; ``en_individual`` stands for the field of people in English."""
    page = browser.get(CONSENT)
    sent = page.values | {name.replace("_", "-"): body for name, body in words.items()}
    return browser.post(CONSENT, sent)


def kept(db):
    """The words that stand with the newest signature."""
    [row] = look(db, "SELECT body, wordings.locale FROM wordings JOIN signatures ON wordings.id = consent_id")
    return row["locale"], row["body"]


def words(answer):
    return " ".join(answer.get_data(as_text=True).split())


@pytest.fixture
def own_words(owner):
    assert write(owner, en_individual=OWN, fr_individual=OWN_FR, en_counted=COUNTED).status_code == 303


def test_each_language_of_the_statement_shows_what_stands_there_and_what_a_consent_needs(viewer):
    page = viewer.get(CONSENT)

    assert [name for name in page.fields if "-" in name] == [
        *("en-individual", "en-organisation", "en-counted"),
        *("fr-individual", "fr-organisation", "fr-counted"),
    ]
    assert "Empty: I sign this statement." in page.words
    assert "who publishes what" in page.words
    assert "Save" not in page.words


def test_the_confirm_page_shows_these_words_and_they_are_kept(own_words, client, signer, context, clock, db):
    signer.post()
    page = Page(client.get(newest_link(context, now=clock())))
    assert page.labels[OWN] == "consent"

    client.post(newest_link(context, now=clock()), data=page.values | TICKED)

    assert kept(db) == ("en", OWN)


def test_who_is_only_counted_agrees_to_that_alone(own_words, client, signer, context, clock, db):
    signer.post(visibility="counted")
    page = Page(client.get(newest_link(context, now=clock())))

    client.post(newest_link(context, now=clock()), data=page.values | TICKED)

    assert kept(db) == ("en", COUNTED)


@pytest.mark.parametrize("sent_locale", ["en", "fr", "de"])
@pytest.mark.parametrize(("locale", "own"), [("en", OWN), ("fr", OWN_FR)])
def test_the_code_panel_speaks_the_language_of_the_text_and_so_do_the_words_kept(
    own_words, client, signer, mails, context, db, locale, own, sent_locale
):
    token = signer.form_token(locale=locale)
    sent = signer.post(key=KEY, form_token=token, locale=sent_locale).json
    mails.deliver()

    assert (sent["messages"]["field.consent"], sent["messages"]["lang"]) == (own, locale)
    answer = confirm(client, code=code_of(context), consent=sent["consent"])
    assert answer.json["state"] == "confirmed"
    assert kept(db) == (locale, own)


@pytest.mark.parametrize("sent_locale", ["en", "fr", "de"])
def test_our_own_words_follow_the_text_too(client, signer, mails, context, db, sent_locale):
    token = signer.form_token(locale="fr")
    sent = signer.post(key=KEY, form_token=token, locale=sent_locale).json
    mails.deliver()
    confirm(client, code=code_of(context), consent=sent["consent"])

    assert sent["consent"].startswith("individual-")
    assert kept(db) == ("fr", sent["messages"]["field.consent"])
    assert "Je signe cette déclaration" in kept(db)[1]


def test_nobody_agrees_to_words_that_were_put_there_after_they_looked(owner, client, signer, context, clock, db):
    signer.post()
    link = newest_link(context, now=clock())
    looked = Page(client.get(link)).values
    write(owner, en_individual=OWN)

    answer = client.post(link, data=looked | TICKED)

    assert (answer.status_code, look(db, "SELECT state FROM signatures")) == (422, [{"state": "pending"}])
    assert "The organisers have changed this wording since you opened the page." in words(answer)
    again = Page(answer).values
    write(owner, en_individual="")
    assert client.post(link, data=again | TICKED).status_code == 422
    assert client.post(link, data=looked | TICKED).status_code == 303


def test_nor_in_the_open_form(owner, client, signer, mails, context, db):
    sent = signer.post(key=KEY).json
    mails.deliver()
    write(owner, en_individual=OWN)

    answer = confirm(client, code=code_of(context), consent=sent["consent"])

    assert (answer.status_code, answer.json["fields"]) == (422, {"consent": ["reworded"]})
    assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
    assert look(db, "SELECT state FROM signatures") == [{"state": "pending"}]


def test_who_shows_their_name_later_agrees_to_these_words(own_words, client, signer, context, clock, db):
    signer.post(visibility="counted")
    looked = Page(client.get(newest_link(context, now=clock()))).values
    client.post(newest_link(context, now=clock()), data=looked | TICKED)
    own = own_link(context, now=clock())
    page = Page(client.get(own))
    assert OWN in page.words

    client.post(f"{own}/change", data=page.values | {"visibility": "name"})

    assert kept(db) == ("en", OWN)


def test_nobody_shows_their_name_by_words_that_they_did_not_see(owner, client, signer, context, clock, db):
    signer.post(visibility="counted")
    client.post(newest_link(context, now=clock()), data=TICKED)
    own = own_link(context, now=clock())
    page = Page(client.get(own))
    write(owner, en_individual=OWN)

    answer = client.post(f"{own}/change", data=page.values | {"visibility": "name"})

    assert answer.status_code == 422
    assert OWN in words(answer)
    assert look(db, "SELECT visibility FROM signatures") == [{"visibility": "counted"}]


def test_what_was_agreed_to_stays_when_the_words_change(owner, client, confirmed, db):
    before = kept(db)

    write(owner, en_individual=OWN)

    assert kept(db) == before


def test_empty_words_let_ours_stand_there_again(own_words, owner, client, signer, context, clock, db):
    write(owner, en_individual="", en_counted="")
    signer.post()

    assert "I sign this statement." in Page(client.get(newest_link(context, now=clock()))).words
    assert look(db, "SELECT locale FROM consent_wordings") == [{"locale": "fr"}]


def test_the_journal_has_what_was_changed_and_nothing_else(own_words, db):
    [row] = look(db, "SELECT verb, before, after FROM journal JOIN journal_details ON id = journal_id ORDER BY id")[-1:]

    assert row["verb"] == "statement.consent"
    assert OWN in row["after"]
    assert "organisation" not in row["after"]


def test_saving_what_stands_there_writes_nothing(own_words, owner, db):
    before = look(db, "SELECT * FROM journal")

    assert write(owner).status_code == 303
    assert look(db, "SELECT * FROM journal") == before


def test_words_that_cannot_be_read_come_back_as_they_were_typed(owner, db):
    answer = write(owner, en_individual="x" * 601, fr_individual=OWN_FR)

    assert answer.status_code == 422
    assert "This is too long. Use at most 600 characters." in words(answer)
    assert "x" * 601 in words(answer)
    assert OWN_FR in words(answer)
    assert look(db, "SELECT * FROM consent_wordings") == []


def test_who_saves_over_words_they_never_saw_keeps_theirs_and_is_told(owner, server_owner, db):
    old = owner.get(CONSENT).values | {"en-individual": OWN}
    write(server_owner, en_individual=COUNTED)

    late = owner.post(CONSENT, old)

    assert late.status_code == 409
    assert "Someone else changed the wording while this page was open." in words(late)
    assert OWN in words(late)
    assert [row["body"] for row in look(db, "SELECT body FROM consent_wordings")] == [COUNTED]
    assert owner.post(CONSENT, Page(late).values).status_code == 303


def test_words_never_become_markup(owner, client, signer, context, clock):
    write(owner, en_individual="<b>I agree</b> & sign")
    signer.post()

    page = client.get(newest_link(context, now=clock())).get_data(as_text=True)

    assert "&lt;b&gt;I agree&lt;/b&gt; &amp; sign" in page


def test_the_public_page_is_not_told_of_it(own_words, client):
    assert OWN not in client.get(PAGE).text
