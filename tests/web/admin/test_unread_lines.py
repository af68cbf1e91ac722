"""What a decision publishes is the line that the admin has read: one that its signer changed meanwhile stays."""

import pytest

from server.services import moderation
from server.services.signers import change_signature
from tests.scene import CONSENT
from tests.web.admin.desk import logged_in
from tests.web.reading import Page

PLACE = "/admin/statements/watched"
LIST, QUEUE = f"{PLACE}/signatures", f"{PLACE}/queue?kind=individual"
SLUR = "Slur Slurson"
REASON = {"reason": "they wrote to us"}


@pytest.fixture
def watched(scene):
    """A statement where all are held until somebody has looked."""
    return scene.publish("watched", 'moderation = "all"')


@pytest.fixture
def ani(watched):
    return watched.signed()


@pytest.fixture
def reader(app, watched, clock):
    return logged_in(app, "lena", "moderator", slug="watched", now=clock())


def page_about(place, id_):
    return {"list": LIST, "queue": QUEUE, "line": f"{LIST}/{id_}"}[place]


def rewritten(watched, id_, **line):
    """The signer is faster, through their own link."""
    change_signature(watched.db, watched.ref(id_), {"name": SLUR} | line, consent=CONSENT, now=watched.clock())


def removed(watched, id_):
    moderation.remove_signature(watched.db, "watched", id_, actor="kate", reason=None, now=watched.clock())


@pytest.mark.parametrize("place", ["list", "queue", "line"])
def test_a_line_that_was_changed_since_it_was_shown_is_not_approved(watched, ani, reader, place):
    path = page_about(place, ani)
    form = reader.seen(path) | {"verb": "approve", "id": ani}
    rewritten(watched, ani)

    answer = reader.post(path, form)

    assert (watched.states(), watched.listed()) == (["held"], [])
    page = Page(answer) if place == "line" else reader.get(answer.location)
    assert (
        "changed while the page was open" if place == "line" else "1 not changed: its line has changed"
    ) in page.words
    assert answer.status_code == (409 if place == "line" else 303)


@pytest.mark.parametrize("place", ["list", "queue", "line"])
def test_whoever_has_read_the_line_of_now_approves_it(watched, ani, reader, place):
    path = page_about(place, ani)
    rewritten(watched, ani, name="Ani G.")

    answer = reader.post(path, reader.seen(path) | {"verb": "approve", "id": ani})

    assert (answer.status_code, watched.listed()) == (303, ["Ani G."])


def test_without_a_fingerprint_the_unread_line_would_be_listed(watched, ani):
    """The twin: a number alone says nothing of what was read."""
    rewritten(watched, ani)

    moderation.approve_signature(watched.db, "watched", ani, seen=None, actor="kate", reason=None, now=watched.clock())

    assert watched.listed() == [SLUR]


def test_the_page_comes_back_with_the_line_of_now_and_what_was_typed(watched, ani, reader):
    path = page_about("line", ani)
    form = reader.seen(path) | {"verb": "approve", **REASON}
    rewritten(watched, ani)

    page = Page(reader.post(path, form))

    assert f"<bdi>{SLUR}</bdi>" in page.html
    assert REASON["reason"] in page.html
    assert reader.post(path, page.values | {"verb": "approve", **REASON}).status_code == 303


def test_one_changed_line_keeps_no_other_waiting(watched, ani, reader):
    aram = watched.signed(name="Aram", email="aram@rivers.example")
    form = reader.seen(LIST) | {"verb": "approve", "id": [ani, aram]}
    rewritten(watched, ani)

    words = reader.get(reader.post(LIST, form).location).words

    assert watched.listed() == ["Aram"]
    assert "1 signature is approved." in words
    assert "1 not changed: its line has changed in the meantime." in words


@pytest.mark.parametrize("place", ["list", "queue", "line"])
def test_a_form_that_says_of_no_line_that_it_showed_it_publishes_none(watched, ani, reader, place):
    reader.post(page_about(place, ani), {"verb": "approve", "id": ani})

    assert watched.states() == ["held"]


def test_a_removed_line_is_restored_as_it_was_read(watched, ani, reader):
    path = page_about("line", ani)
    moderation.approve_signature(watched.db, "watched", ani, seen=None, actor="kate", reason=None, now=watched.clock())
    removed(watched, ani)
    form = reader.seen(path) | {"verb": "restore", **REASON}
    moderation.restore_signature(watched.db, "watched", ani, seen=None, actor="kate", reason=None, now=watched.clock())
    rewritten(watched, ani)
    removed(watched, ani)

    assert (reader.post(path, form).status_code, watched.states()) == (409, ["removed"])
    form = reader.seen(path) | {"verb": "restore", **REASON}
    assert (reader.post(path, form).status_code, watched.states()) == (303, ["held"])


@pytest.mark.parametrize("verb", ["remove", "hold"])
def test_what_takes_a_line_off_the_list_needs_nobody_to_have_read_it(scene, moderator, verb):
    id_ = scene.signed()

    answer = moderator.post("/admin/statements/open-rivers/signatures", {"verb": verb, "id": id_, **REASON})

    assert (answer.status_code, scene.listed()) == (303, [])
