"""The evidence of a signature: an organisation's says that it signs, and that its representative is authorised to."""

import re

import pytest

from server.text import translations
from server.web.public import views
from tests.scene import look, run
from tests.web.reading import Page
from tests.web.scene import newest_link, own_link

PINK = {
    "kind": "organisation",
    "organisation": "Pink NGO",
    "website": "https://rivers.example",
    "title": "Chair",
    "authorised": True,
}
SIGNS_AND_IS_AUTHORISED = {
    "en": r"I sign this statement on behalf of this organisation and am authorised",
    "fr": r"Je signe cette déclaration au nom de cette organisation, qui m’y autorise",
    "de": r"Ich unterzeichne diese Erklärung im Namen dieser Organisation und bin dazu befugt",
    "ru": r"Я подписываю это заявление от имени этой организации и имею на это полномочия",
    "uk": r"Я підписую цю заяву від імені цієї організації й маю на це повноваження",
    "tr": r"Bu bildiriyi bu kuruluş adına imzalıyorum ve buna yetkiliyim",
    "az": r"Bu bəyanatı bu təşkilatın adından imzalayıram və buna səlahiyyətim var",
    "hy": r"Ես ստորագրում եմ այս հայտարարությունն այս կազմակերպության անունից և լիազորված եմ",
    "ka": r"ხელს ვაწერ ამ განცხადებას ამ ორგანიზაციის სახელით და ამის უფლებამოსილება მაქვს",
    "ar": r"أوقّع على هذا البيان باسم هذه المنظمة، ولديّ تفويض بذلك",
}


@pytest.mark.parametrize("which", ["organisation", "counted"])
@pytest.mark.parametrize("locale", translations.LOCALES)
def test_in_every_language_an_organisation_says_that_it_signs_and_may(locale, which):
    words = views.default_consent(locale, which, kind="organisation")

    assert re.match(SIGNS_AND_IS_AUTHORISED[locale], words)
    assert len(words) > len(SIGNS_AND_IS_AUTHORISED[locale]) + 20, "and what is published or counted"


@pytest.mark.parametrize("which", ["individual", "counted"])
@pytest.mark.parametrize("locale", translations.LOCALES)
def test_a_person_says_nothing_of_an_organisation(locale, which):
    """The twin: the words of a person are found to be others by the same look."""
    assert not re.match(SIGNS_AND_IS_AUTHORISED[locale], views.default_consent(locale, which, kind="individual"))


@pytest.mark.parametrize("visibility", ["name", "counted"])
def test_these_words_are_what_is_shown_and_what_is_kept(client, signer, context, db, clock, visibility):
    run(db, "UPDATE statements SET visibilities = :all", all='["name", "counted"]')
    signer.post(**PINK, visibility=visibility)
    page = Page(client.get(newest_link(context, now=clock())))
    client.post(page.actions[1], data={"consent": "yes", "wording": page.values["wording"]})

    [kept] = look(db, "SELECT body FROM wordings JOIN signatures ON wordings.id = consent_id")
    assert re.match(SIGNS_AND_IS_AUTHORISED["en"], kept["body"])
    assert kept["body"] in page.words
    assert "Pink NGO" in page.words, "which organisation it is"


def test_nobody_agrees_to_our_words_that_a_new_version_of_the_server_has_changed(
    client, signer, context, db, clock, monkeypatch
):
    signer.post(**PINK)
    link = newest_link(context, now=clock())
    before = Page(client.get(link)).values["wording"]
    monkeypatch.setattr(views, "default_consent", lambda locale, which, *, kind: "I sign, and I pay for it.")
    answer = client.post(link, data={"consent": "yes", "wording": before})
    page = Page(answer)

    assert (answer.status_code, look(db, "SELECT state FROM signatures")) == (422, [{"state": "pending"}])
    assert "I sign, and I pay for it." in page.words
    assert client.post(link, data={"consent": "yes", "wording": page.values["wording"]}).status_code == 303


def test_without_the_name_of_the_words_they_would(client, signer, context, db, clock, monkeypatch):
    """The twin: a page that did not say which words it showed; those of now would be kept."""
    signer.post(**PINK)
    link = newest_link(context, now=clock())
    monkeypatch.setattr(views, "default_consent", lambda locale, which, *, kind: "I sign, and I pay for it.")
    client.post(link, data={"consent": "yes"})

    assert look(db, "SELECT body FROM wordings")[0]["body"] == "I sign, and I pay for it."


def test_an_organisation_that_is_shown_later_keeps_what_it_signed_by(client, signer, context, db, clock):
    run(db, "UPDATE statements SET visibilities = :all", all='["name", "counted"]')
    signer.post(**PINK, visibility="counted")
    client.post(newest_link(context, now=clock()), data={"consent": "yes"})
    own = own_link(context, now=clock())
    for visibility in ("name", "counted", "name"):
        form = {"name": "Ani", "title": "Chair", "visibility": visibility}
        assert client.post(f"{own}/change", data=form).status_code == 303

    [kept] = look(db, "SELECT body FROM wordings JOIN signatures ON wordings.id = consent_id")
    signed, published = kept["body"].split("\n")
    assert re.match(SIGNS_AND_IS_AUTHORISED["en"], signed)
    assert published.startswith("What you save is published")
