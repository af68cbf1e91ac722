"""The one definition of what a signer may send, whichever door it comes through."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from server.errors import BadRequest, Invalid
from server.services.sign import Submission
from server.web.public.submission import SUBMISSION_KEYS, read_submission

ANI = {"key": "k" * 16, "kind": "individual", "name": "Ani", "email": "ani@rivers.example"}
PINK = ANI | {"kind": "organisation", "organisation": "Pink NGO", "website": "https://pink.example", "authorised": True}


@pytest.fixture
def read(app, statement):
    def read_in_app(sent, statement=statement, text_locale="en"):
        with app.test_request_context():
            return read_submission(statement, sent, text_locale=text_locale)

    return read_in_app


@pytest.fixture
def refusals(read):
    def fields_of_refusal(**sent):
        with pytest.raises(Invalid) as refusal:
            read(sent)
        return refusal.value.fields

    return fields_of_refusal


def test_a_submission_is_clean(read):
    read_one = read(ANI | {"name": "  Ani   G. ", "title": "", "comment": " a\r\n\r\nb ", "newsletter": True})

    assert read_one == Submission(
        key="k" * 16,
        kind="individual",
        name="Ani G.",
        email="ani@rivers.example",
        locale="en",
        comment="a\n\nb",
        newsletter=True,
        visibility="name",
    )


@pytest.mark.parametrize(("sent", "wanted"), [(True, True), ("yes", True), ("on", True), (False, False), ("no", False)])
def test_news_are_wanted_only_when_asked_for(read, sent, wanted):
    assert read(ANI | {"newsletter": sent}).newsletter is wanted
    assert read(ANI).newsletter is False


@pytest.mark.parametrize(
    ("sent", "wanted"), [("Write me!", "Write me!"), ("Write me", None), ("yes", None), (True, None), (False, None)]
)
def test_a_partners_news_are_wanted_only_in_the_very_words_beside_its_box(app, read, statement, sent, wanted):
    with app.test_request_context():
        ticked = ANI | {"partner_newsletter": sent}
        assert read_submission(statement, ticked, text_locale="en", wording="Write me!").partner_newsletter == wanted
        assert read_submission(statement, ANI, text_locale="en", wording="Write me!").partner_newsletter is None
    assert read(ticked).partner_newsletter is None


@pytest.mark.parametrize("name", sorted(SUBMISSION_KEYS - {"keep", "newsletter", "authorised", "partner_newsletter"}))
def test_true_and_false_are_no_texts(refusals, name):
    for value in (True, False):
        assert refusals(**ANI | {name: value}) == {name: ["not-text"]}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "required"),
        ("name", " \n", "required"),
        ("name", "x" * 201, "too-long"),
        ("name", "12345", "no-letters"),
        ("name", "Buy at https://spam.example", "link-in-name"),
        ("name", "a\u202eb", "control-characters"),
        ("name", "A" + "\u0301" * 20, "too-many-marks"),
        ("email", "", "required"),
        ("email", "nobody", "not-an-address"),
        ("email", "a@b.example, c@d.example", "not-an-address"),
        ("email", f"{'x' * 300}@rivers.example", "too-long"),
        ("title", "x" * 301, "too-long"),
        ("comment", "x" * 2001, "too-long"),
        ("name", "Ani Getuni +374 10 123456", "contact"),
        ("title", "Editor, ani@lake.example", "contact"),
        ("affiliation", "Lake Watch (mailto:lake)", "contact"),
        ("city", "Tel. 030 1234 5678", "contact"),
        ("comment", "Call me:\n+44 (20) 7946-0958", "contact"),
        ("country", "Armenia", "not-a-choice"),
        ("country", "am", "not-a-choice"),
        ("visibility", "secret", "not-a-choice"),
        ("kind", "robot", "not-a-choice"),
        ("kind", "", "required"),
    ],
)
def test_each_field_is_refused_with_a_word_that_the_page_can_explain(refusals, field, value, code):
    assert refusals(**ANI | {field: value}) == {field: [code]}


@pytest.mark.parametrize(
    ("website", "code"), [("javascript:alert(1)", "not-a-website"), ("not a site", "not-a-website")]
)
def test_a_website_is_an_address_of_the_web(refusals, website, code):
    assert refusals(**PINK | {"website": website}) == {"website": [code]}


@pytest.mark.parametrize("unticked", [{"authorised": False}, {"authorised": "no"}, {"authorised": ""}])
def test_who_signs_for_an_organisation_says_that_they_may(read, refusals, unticked):
    assert refusals(**PINK | unticked) == {"authorised": ["unticked"]}
    assert refusals(**{name: value for name, value in PINK.items() if name != "authorised"}) == {
        "authorised": ["unticked"]
    }
    assert read(PINK | {"authorised": "yes"}).organisation == "Pink NGO"
    assert read(ANI | {"authorised": False}).name == "Ani"


def test_an_organisation_needs_its_name(refusals):
    assert refusals(**PINK | {"organisation": "", "name": ""}) == {"organisation": ["required"], "name": ["required"]}


def test_nothing_of_one_signer_is_left_for_the_next(read, refusals):
    full = ANI | {"title": "Poet", "comment": "Well done", "newsletter": True, "city": "Gyumri"}
    read(full)
    assert refusals(**ANI | {"name": "", "email": "nobody"}) == {"name": ["required"], "email": ["not-an-address"]}

    bare = read(ANI | {"name": "Nino"})

    assert (bare.name, bare.email) == ("Nino", "ani@rivers.example")
    assert (bare.title, bare.comment, bare.newsletter) == (None, None, False)


def test_what_is_not_asked_for_is_neither_read_nor_refused(read, statement):
    bare = replace(statement, fields=(), visibilities=("name",), newsletter=False)
    read_one = read(
        ANI | {"comment": "x" * 9000, "organisation": "Pink", "newsletter": True, "visibility": "counted"}, bare
    )

    assert (read_one.comment, read_one.organisation, read_one.newsletter) == (None, None, False)
    assert read_one.visibility == "name"


def test_a_kind_that_the_statement_does_not_take_is_refused(read, statement):
    with pytest.raises(Invalid):
        read(PINK, replace(statement, kinds=("individual",)))


def test_without_a_choice_the_first_visibility_is_taken(read, statement):
    assert read(ANI, replace(statement, visibilities=("counted", "name"))).visibility == "counted"


@pytest.mark.parametrize("key", ["", "short", "k" * 15, "k" * 65, "k" * 15 + "é", "k" * 16 + "\n", "k k" * 6])
def test_a_key_has_its_shape(read, key):
    with pytest.raises(BadRequest):
        read(ANI | {"key": key})


@pytest.mark.parametrize(
    ("locale", "kept"), [("fr", "fr"), ("fr-CA", "fr"), ("el", "en"), ("", "fr"), ("pt-BR", "en"), ("zh-Hant-TW", "en")]
)
def test_a_locale_is_one_that_we_speak(read, locale, kept):
    assert read(ANI | {"locale": locale}, text_locale="fr").locale == kept


@pytest.mark.parametrize("locale", ["../../etc", "e", "en_US", "x" * 100, "\x00", "en\n", "Ա"])
def test_what_is_no_locale_is_refused(read, locale):
    with pytest.raises(BadRequest):
        read(ANI | {"locale": locale})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(st.sampled_from(sorted(SUBMISSION_KEYS)), st.one_of(TEXTS, st.booleans())))
@hypothesis_settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_sent_is_read_or_refused(read, sent):
    try:
        read_one = read(ANI | sent)
    except (Invalid, BadRequest):
        return
    assert read_one.name
    assert len(read_one.name) <= 200
    assert "@" in read_one.email
