"""The approval queue: the longest waiting first, with its age, and a decision in place."""

import pytest

from server.web.admin import approvals
from tests.scene import UNPROVED

QUEUE = "/admin/statements/open-rivers/queue"
REASON = {"reason": "nobody knows them"}


def organisation(name):
    return {**UNPROVED, "organisation": name, "email": f"{name[:4].lower()}@gmail.com"}


@pytest.fixture
def two(scene, clock):
    first = scene.signed(**organisation("River Watch"))
    clock.forward(days=3)
    second = scene.signed(**organisation("Lake Watch"))
    clock.forward(days=1)
    return first, second


def headings(page):
    return [words for words, href in page.links if "/signatures/" in href]


def test_the_oldest_comes_first_and_says_since_when_it_waits(two, moderator):
    page = moderator.get(QUEUE)

    assert headings(page) == ["River Watch", "Lake Watch"]
    assert "the oldest has been waiting for 4 days" in page.words
    for told in (
        "https://riverwatch.example",
        "no: the email address is elsewhere",
        "Maro",
        "its email address is not at its website’s domain",
    ):
        assert told in page.words, told


def test_an_approved_one_is_on_the_list_and_out_of_the_queue(scene, two, moderator):
    answer = moderator.post(QUEUE, moderator.seen(QUEUE) | {"verb": "approve", "id": two[0]})

    page = moderator.get(answer.location)
    assert (headings(page), scene.listed()) == (["Lake Watch"], ["River Watch"])
    assert "the oldest has been waiting for 1 day" in page.words


def test_a_removal_needs_its_reason(scene, two, moderator):
    refused = moderator.post(QUEUE, {"verb": "remove", "id": two[0]})
    assert (refused.status_code, scene.states()) == (422, ["held", "held"])

    assert moderator.post(QUEUE, {"verb": "remove", "id": two[0], **REASON}).status_code == 303
    assert scene.states() == ["removed", "held"]


def test_a_namesake_on_the_list_is_told(scene, two, moderator):
    third = scene.signed(**{**organisation("River Watch"), "email": "third@gmail.com"})
    moderator.post(QUEUE, moderator.seen(QUEUE) | {"verb": "approve", "id": two[0]})

    answer = moderator.post(QUEUE, moderator.seen(QUEUE) | {"verb": "approve", "id": third})

    assert "an organisation of the same name is on the list" in moderator.get(answer.location).words
    assert scene.get(third).state == "held"


def test_individuals_wait_apart_and_nobody_waiting_is_said(moderator, scene):
    assert "Nothing is waiting for review." in moderator.get(QUEUE).words
    id_ = scene.signed()
    moderator.post(f"/admin/statements/open-rivers/signatures/{id_}", {"verb": "hold", **REASON})

    assert headings(moderator.get(QUEUE, kind="individual")) == ["Ani"]
    assert headings(moderator.get(QUEUE)) == []


def test_the_queue_goes_on_page_after_page(two, moderator, monkeypatch):
    monkeypatch.setattr(approvals, "PAGE_LENGTH", 1)

    first = moderator.get(QUEUE)
    second = moderator.get(first.link("Next"))
    assert (headings(first), headings(second)) == (["River Watch"], ["Lake Watch"])
    assert "Back to the start of the list" not in first.words
    assert headings(moderator.get(second.link("Back to the start of the list"))) == ["River Watch"]


@pytest.mark.parametrize("query", [{"kind": "robot"}, {"after": "x"}, {"after": f"1-{'9' * 40}"}])
def test_what_the_page_cannot_have_sent_is_refused(moderator, query):
    assert moderator.open(QUEUE, query_string=query).status_code == 400


def test_a_decision_with_a_wrong_address_changes_nothing(two, moderator, scene):
    answer = moderator.post(f"{QUEUE}?after=x", {"verb": "remove", "id": two[0], **REASON})

    assert (answer.status_code, scene.states()) == (400, ["held", "held"])
