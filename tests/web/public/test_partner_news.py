"""A partner's own box for news: where it stands, what it takes, and what its signer sees of it ever after."""

import pytest

from server.services import partners
from server.services.partners import set_newsletter_wording
from tests.conftest import BASE_URL, PARTNER
from tests.scene import RIVER_NEWS, look
from tests.web.reading import Page
from tests.web.scene import DATA, PAGE, TICKED, count, newest_link, own_link

FRENCH_NEWS = "River Watch peut m’écrire."
THROUGH = {"partner": "river-watch"}
ASKED = "SELECT partner_id, confirmed_at IS NOT NULL AS confirmed, withdrawn_at FROM subscriptions ORDER BY partner_id"


@pytest.fixture
def word(db, clock, statement):
    """Put words beside a partner's box."""

    def word(wording, *, locale="en", partner="river-watch"):
        set_newsletter_wording(db, "open-rivers", partner, locale, wording, actor="test", now=clock())

    return word


@pytest.fixture
def boxed(word):
    """River Watch asks in both languages of the statement."""
    word(RIVER_NEWS)
    word(FRENCH_NEWS, locale="fr")


@pytest.fixture
def lake_watch(db, statement, clock):
    """A partner without a box of its own, and where its pages are."""
    origin = "https://lakes.example"
    partners.add_partner(
        db, "open-rivers", "lake-watch", name="Lake Watch", origins=[origin], actor="test", now=clock()
    )
    return origin


def boxes(client, **query):
    """The label of the partner's box, for each kind of signer that is shown one."""
    kinds = client.get(DATA, query_string=query).json["form"]["kinds"]
    return [field["label"] for kind in kinds for field in kind["fields"] if field["name"] == "partner_newsletter"]


def whose(db):
    """Whose news were asked for: 0 is the organiser."""
    return [row["partner_id"] for row in look(db, ASKED)]


# where it stands


@pytest.mark.parametrize(("locale", "label"), [("en", RIVER_NEWS), ("fr", FRENCH_NEWS)])
def test_the_box_stands_in_the_form_of_its_partner_in_the_language_of_the_text(client, boxed, locale, label):
    assert boxes(client, **THROUGH, locale=locale) == [label, label]
    assert boxes(client, locale=locale) == []
    assert boxes(client, partner="nobody", locale=locale) == []


def test_no_other_partner_and_no_other_language_has_it(client, word, lake_watch):
    word(RIVER_NEWS)

    assert boxes(client, partner="lake-watch") == []
    assert boxes(client, **THROUGH, locale="fr") == []


def test_new_words_stand_there_within_a_second(client, boxed, word, clock):
    assert boxes(client, **THROUGH)[0] == RIVER_NEWS
    word("Write me!")
    clock.forward(seconds=1)
    assert boxes(client, **THROUGH)[0] == "Write me!"

    word("")
    clock.forward(seconds=1)
    assert boxes(client, **THROUGH) == []


@pytest.mark.parametrize("path", [PAGE, "/embed/open-rivers"])
def test_without_javascript_it_is_a_box_of_its_own_that_nobody_ticked(open_page, boxed, path):
    page = open_page(f"{path}?partner=river-watch&locale=en")
    box = page.fields["partner_newsletter"]

    assert (page.labels[RIVER_NEWS], box["type"], box["value"]) == ("partner_newsletter", "checkbox", RIVER_NEWS)
    assert "checked" not in box
    assert "checked" not in page.fields["newsletter"]
    assert "partner_newsletter" not in open_page(f"{path}?locale=en").fields


@pytest.mark.parametrize("path", [PAGE, "/embed/open-rivers"])
def test_without_javascript_it_is_ticked_and_comes_back_ticked_with_what_is_to_be_mended(
    open_page, boxed, client, clock, db, path
):
    page = open_page(f"{path}?partner=river-watch")
    typed = page.filled(Your_name="Ani", Email_address="nobody") | {"partner_newsletter": RIVER_NEWS}
    refused = Page(client.post(page.action, data=typed, headers={"Origin": BASE_URL}))
    assert refused.values["partner_newsletter"] == RIVER_NEWS
    clock.forward(seconds=3)

    mended = refused.filled(Email_address="ani@rivers.example")
    assert client.post(refused.action, data=mended, headers={"Origin": BASE_URL}).status_code == 200
    assert whose(db) == [1]


def test_a_tick_beside_other_words_is_not_carried_over_to_the_new_ones(open_page, boxed, word, client):
    page = open_page(f"{PAGE}?partner=river-watch")
    word("River Watch and its friends may call me.")
    typed = page.filled(Your_name="Ani", Email_address="nobody") | {"partner_newsletter": RIVER_NEWS}
    refused = Page(client.post(page.action, data=typed, headers={"Origin": BASE_URL}))

    assert "checked" not in refused.fields["partner_newsletter"]


# what it takes


def test_the_tick_is_kept_with_its_words_for_that_partner_alone(signer, boxed, db):
    assert signer.post(partner_newsletter=RIVER_NEWS).status_code == 202

    assert look(db, "SELECT body, partner_id FROM wordings WHERE purpose = 'newsletter'") == [
        {"body": RIVER_NEWS, "partner_id": 1}
    ]
    assert look(db, "SELECT newsletter FROM signatures") == [{"newsletter": 0}]


@pytest.mark.parametrize("sent", [True, "yes", "Something else", FRENCH_NEWS, False, None, ""])
def test_anything_but_the_very_words_is_no_consent(signer, boxed, db, sent):
    assert signer.post(partner_newsletter=sent).status_code == 202

    assert whose(db) == []


def test_a_form_with_words_of_yesterday_signs_without_them(signer, boxed, word, db):
    token = signer.form_token()
    word("River Watch and its friends may call me.")

    assert signer.post(form_token=token, partner_newsletter=RIVER_NEWS).status_code == 202
    assert whose(db) == []


def test_the_words_must_be_those_of_the_language_that_the_token_was_made_for(signer, boxed, db):
    token = signer.form_token(locale="fr")

    signer.post(form_token=token, locale="en", partner_newsletter=RIVER_NEWS)
    assert whose(db) == []
    signer.post(form_token=token, locale="en", partner_newsletter=FRENCH_NEWS)
    assert whose(db) == [1]


def test_no_partner_gets_a_consent_through_a_form_that_is_not_its_own(signer, boxed, lake_watch, db):
    signer.post(form_token=signer.form_token(partner=""), origin=BASE_URL, partner_newsletter=RIVER_NEWS)
    signer.post(form_token=signer.form_token(partner="lake-watch"), origin=lake_watch, partner_newsletter=RIVER_NEWS)
    signer.post(form_token=signer.form_token(), origin=lake_watch, partner_newsletter=RIVER_NEWS)
    assert (count(db, "signatures"), whose(db)) == (3, [])

    signer.post(form_token=signer.form_token(), origin=PARTNER, partner_newsletter=RIVER_NEWS)
    assert whose(db) == [1]


@pytest.mark.parametrize("ticked", [{}, {"partner_newsletter": RIVER_NEWS}])
def test_the_answer_is_the_same_with_and_without_it(signer, boxed, ticked):
    plain = signer.post()

    assert signer.post(**ticked).json == plain.json


# what its signer sees of it


def test_the_confirm_page_shows_the_words_of_what_was_ticked(signer, boxed, client, context, clock):
    signer.post(partner_newsletter=RIVER_NEWS)
    link = newest_link(context, now=clock())
    assert RIVER_NEWS in Page(client.get(link)).words

    signer.post(name="Aram")
    assert RIVER_NEWS not in Page(client.get(newest_link(context, now=clock()))).words


@pytest.fixture
def own(signer, boxed, client, context, clock):
    """Where a confirmed Ani, who asked for both news, sees her signature."""
    signer.post(newsletter=True, partner_newsletter=RIVER_NEWS)
    client.post(newest_link(context, now=clock()), data=TICKED)
    return own_link(context, now=clock())


def test_the_confirmation_lets_it_act(own, db):
    assert [(row["partner_id"], bool(row["confirmed"])) for row in look(db, ASKED)] == [(0, True), (1, True)]


def test_each_is_stopped_by_its_own_button_on_the_signers_page(own, client, db):
    page = Page(client.get(own))
    assert RIVER_NEWS in page.words
    assert "Unsubscribe from news: River Watch" in page.words
    assert page.actions.count(f"{own}/news") == 2

    answer = client.post(f"{own}/news", data={"partner": "river-watch"}, headers={"Origin": BASE_URL})
    after = Page(client.get(answer.location))

    assert (answer.status_code, answer.location) == (303, f"{own}?done=changed")
    assert (RIVER_NEWS in after.words, after.actions.count(f"{own}/news")) == (False, 1)
    assert [row["withdrawn_at"] is not None for row in look(db, ASKED)] == [False, True]
    assert count(db, "contacts") == 1
    client.post(f"{own}/news")
    assert count(db, "contacts") == 0


@pytest.mark.parametrize("partner", ["nobody", "0", "1", "river-watch'--", "x" * 5000, "99999999999999999999"])
def test_a_partner_that_sends_no_news_stops_none(own, client, db, partner):
    before = look(db, ASKED)

    assert client.post(f"{own}/news", data={"partner": partner}).status_code == 303
    assert look(db, ASKED) == before


def test_looking_stops_nothing(own, client, db):
    before = look(db, ASKED)
    for path in (own, f"{own}/news", f"{own}?partner=river-watch", f"{own}/data.json"):
        client.get(path)

    assert look(db, ASKED) == before


def test_another_website_cannot_stop_them(own, client, db):
    before = look(db, ASKED)
    answer = client.post(f"{own}/news", data=THROUGH, headers={"Origin": "https://evil.example"})

    assert (answer.status_code, look(db, ASKED)) == (403, before)


def test_what_is_stored_of_it_is_handed_out_with_words_and_moments(own, client):
    client.post(f"{own}/news", data=THROUGH)
    ours, theirs = client.get(f"{own}/data.json").json["news"]

    assert (ours["partner"], ours["wording"], ours["withdrawn_at"]) == (None, "Send me news about this statement", None)
    assert (theirs["partner"], theirs["name"], theirs["wording"]) == ("river-watch", "River Watch", RIVER_NEWS)
    assert theirs["language"] == "en"
    for moment in ("worded_at", "confirmed_at", "withdrawn_at"):
        assert theirs[moment].startswith("2027-01-15T")


def test_words_with_markup_are_words(client, word, open_page):
    word('<b>News</b> & "more"')
    page = open_page(f"{PAGE}?partner=river-watch&locale=en")

    assert page.fields["partner_newsletter"]["value"] == '<b>News</b> & "more"'
    assert "<b>News" not in page.html
