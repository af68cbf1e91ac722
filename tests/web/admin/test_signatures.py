"""The list of signatures at the desk: what is found, in pages, by addresses that tell nothing, and decided together."""

import pytest

from server.web.admin import signatures
from tests.scene import NGO
from tests.web.reading import Page

LIST = "/admin/statements/open-rivers/signatures"


def who(page):
    """The lines' words, in their order."""
    return [words for words, href in page.links if href.startswith(f"{LIST}/")]


@pytest.fixture
def three(scene):
    return [
        scene.signed(name=name, email=f"{number}@rivers.example")
        for number, name in enumerate(("Ani", "Նինո", "Семён"))
    ]


def test_the_newest_come_first_with_the_counts(moderator, scene, three):
    scene.signed(**NGO)

    page = moderator.get(LIST)

    assert who(page) == ["River Watch NGO", "Семён", "Նինո", "Ani"]
    assert "4 confirmed" in page.words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "сем"}, ["Семён"]),
        ({"q": "семён"}, ["Семён"]),
        ({"q": "ՆԻՆ"}, ["Նինո"]),
        ({"q": "…"}, []),
        ({"kind": "organisation"}, []),
        ({"state": "pending"}, ["Waiting"]),
        ({"domain": "@Rivers.Example", "q": "ani"}, ["Ani"]),
        ({"domain": "lakes.example"}, []),
        ({"from": "2027-01-15", "until": "2027-01-15", "locale": "en", "q": "ani"}, ["Ani"]),
        ({"until": "2027-01-14"}, []),
        ({"partner": "river-watch"}, []),
    ],
)
def test_a_search_finds_what_it_says_and_keeps_what_was_typed(moderator, scene, three, query, found):
    scene.sign(name="Waiting", email="w@rivers.example")

    page = moderator.get(LIST, **query)

    assert who(page) == found
    assert {name: page.values[name] for name in query} == query


@pytest.mark.parametrize(
    "query",
    [{"partner": "x"}, {"locale": "x"}, {"state": "x"}, {"before": "9" * 30}],
)
def test_what_the_form_cannot_have_sent_is_refused(moderator, query):
    assert moderator.open(LIST, query_string=query).status_code == 400


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"from": "yesterday", "q": "ani"}, ["from"]),
        ({"from": "2027-01-15T12:00+05:00"}, ["from"]),
        ({"from": "2027-01-15", "until": "9999-12-31"}, ["until"]),
        ({"from": "x", "until": "31.1.2027"}, ["from", "until"]),
    ],
)
def test_what_is_no_day_is_told_beside_its_field_and_nothing_is_looked_for(moderator, three, query, wrong):
    answer = moderator.open(LIST, query_string=query)
    page = Page(answer)

    assert answer.status_code == 422
    assert [name for name, found in page.fields.items() if "aria-invalid" in found] == wrong
    assert page.words.count("Enter a date such as 2027-01-31.") == len(wrong)
    assert {name: page.values[name] for name in query} == query
    assert who(page) == []


def test_a_page_leads_to_the_older_ones_with_the_same_search(moderator, scene, three, monkeypatch):
    monkeypatch.setattr(signatures, "PAGE_LENGTH", 2)

    first = moderator.get(LIST, domain="rivers.example")
    second = moderator.get(first.link("Older"))

    assert who(first) + who(second) == ["Семён", "Նինո", "Ani"]
    assert second.values["domain"] == "rivers.example"
    assert ("Older" in second.words, "Back to the newest" in first.words) == (False, False)
    assert who(moderator.get(second.link("Back to the newest"))) == who(first)


@pytest.mark.parametrize(("length", "status"), [(200, 200), (201, 400)])
def test_a_search_that_is_too_long_is_refused_and_not_cut_in_silence(moderator, three, length, status):
    assert moderator.open(LIST, query_string={"q": "x" * length}).status_code == status


def test_an_address_is_looked_for_by_a_post_and_stands_in_no_link(moderator, scene, three):
    assert LIST + "/of-address" in moderator.get(LIST).actions

    answer = moderator.post(f"{LIST}/of-address", {"address": "1@RIVERS.example"})

    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    assert ("Նինո" in html, "Ani<" in html) == (True, False)
    assert html.count("1@rivers.example") == 1, "in the field it was typed into"


def test_what_is_no_address_comes_back_to_be_mended(moderator, three):
    answer = moderator.post(f"{LIST}/of-address", {"address": "nobody at all"})

    assert (answer.status_code, "nobody at all" in answer.get_data(as_text=True)) == (422, True)


def test_several_are_held_together_with_one_reason(moderator, scene, three):
    answer = moderator.post(f"{LIST}?q=rivers", {"verb": "hold", "reason": "one flood", "id": three[:2]})

    assert answer.status_code == 303
    assert "q=rivers" in answer.location
    assert scene.states() == ["held", "held", "confirmed"]
    assert scene.journal()[-2:] == [("signature.hold", f"signature:{id_}", "one flood") for id_ in three[:2]]
    assert "2 signatures are held for review." in moderator.get(answer.location).words


def test_what_does_not_fit_one_of_them_keeps_no_other_waiting(moderator, scene, three):
    moderator.post(LIST, {"verb": "hold", "reason": "x", "id": three[:1]})

    answer = moderator.post(LIST, moderator.seen(LIST) | {"verb": "approve", "id": three})

    assert scene.states() == ["confirmed"] * 3
    words = moderator.get(answer.location).words
    assert "1 signature is approved." in words
    assert "2 not changed: their state does not allow this." in words


@pytest.mark.parametrize(("form", "words"), [({"reason": ""}, "fill this in"), ({"reason": "y" * 501}, "too long")])
def test_without_a_fit_reason_nothing_is_decided_and_nothing_typed_is_lost(moderator, scene, three, form, words):
    answer = moderator.post(LIST, {"verb": "remove", "id": three[:2], **form})

    html = answer.get_data(as_text=True)
    assert (answer.status_code, words in html, html.count(" checked")) == (422, True, 2)
    assert form["reason"] in html
    assert scene.states() == ["confirmed"] * 3


def test_nothing_chosen_and_too_many_are_told(moderator, scene, three):
    assert moderator.post(LIST, {"verb": "hold", "reason": "x"}).status_code == 422
    many = moderator.post(LIST, {"verb": "hold", "reason": "x", "id": [three[0]] * 51})
    assert (many.status_code, scene.states()) == (422, ["confirmed"] * 3)


def test_a_number_of_another_statement_is_not_found(moderator, scene, three):
    other = scene.publish("clean-air").signed()

    assert moderator.post(LIST, {"verb": "hold", "reason": "x", "id": [three[0], other]}).status_code == 404
    assert scene.states() == ["confirmed"] * 4


def test_an_unknown_verb_is_refused(moderator, three):
    assert moderator.post(LIST, {"verb": "praise", "reason": "x", "id": three}).status_code == 400
