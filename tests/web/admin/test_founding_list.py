"""The founding list that is there, at the desk: ordered, mended and thinned out, never over what nobody has read."""

import pytest

from server.services.signers import change_signature
from tests.scene import CONSENT, look
from tests.web.admin.desk import Browser
from tests.web.reading import Page

PLACE = "/admin/statements/open-rivers/founding/"
ORDER = f"{PLACE}order"


@pytest.fixture
def ids(scene) -> list[int]:
    scene.found("Ani Marlowe\nCleo Day\nTeodor Vance\n")
    return [row["id"] for row in scene.rows("SELECT id FROM signatures ORDER BY id")]


def test_a_viewer_who_sees_what_is_public_does_not_see_who_is_not(viewer, ids):
    assert viewer.open(PLACE).status_code == 403


def test_the_list_is_put_in_order(moderator, scene, ids):
    answer = moderator.post(ORDER, {"id": ids, "order": ["3", "2", "3"]})

    assert answer.status_code == 303
    assert scene.listed() == ["Cleo Day", "Teodor Vance", "Ani Marlowe"]


def test_a_list_that_somebody_else_has_changed_is_not_put_in_order(moderator, scene, ids):
    scene.found("Ruzanna Orme\n")
    answer = moderator.post(ORDER, {"id": ids, "order": ["3", "2", "1"]})

    assert answer.status_code == 422
    assert "Someone else has changed the list" in answer.get_data(as_text=True)
    assert scene.listed()[0] == "Ani Marlowe"


def mended(browser: Browser, signature_id: int, **typed: str) -> dict[str, str]:
    """What the page of a line sends, once this was typed into it."""
    return browser.get(f"{PLACE}{signature_id}").values | typed


def test_a_line_is_mended(moderator, scene, ids):
    answer = moderator.post(f"{PLACE}{ids[0]}/line", mended(moderator, ids[0], name="Ani Marlow", title="Poet"))

    assert answer.status_code == 303
    assert scene.listed()[0] == "Ani Marlow"


def test_a_line_that_is_known_comes_back_as_it_was_typed(moderator, ids):
    answer = moderator.post(f"{PLACE}{ids[0]}/line", mended(moderator, ids[0], name="Cleo Day"))

    assert answer.status_code == 422
    assert "This line is already on the list" in answer.get_data(as_text=True)
    assert Page(answer).values["name"] == "Cleo Day"


def test_a_page_from_before_its_signers_change_comes_back_with_both(moderator, scene, ids):
    old = mended(moderator, ids[0], title="Poet")
    change_signature(scene.db, scene.ref(ids[0]), {"name": "A. M."}, consent=CONSENT, now=scene.clock())

    unfit = Page(moderator.post(f"{PLACE}{ids[0]}/line", old | {"title": "x" * 2000}))
    answer = moderator.post(f"{PLACE}{ids[0]}/line", unfit.values | {"title": "Poet"})

    page = Page(answer)
    assert (answer.status_code, page.values["name"], page.values["title"]) == (409, "Ani Marlowe", "Poet")
    assert "It is now: A. M." in page.words
    assert scene.listed()[0] == "A. M."
    assert moderator.post(f"{PLACE}{ids[0]}/line", page.values | {"name": "A. M."}).status_code == 303


def test_a_signature_is_removed_with_a_tick(moderator, scene, ids):
    assert moderator.post(f"{PLACE}{ids[0]}/remove", {"reason": "left"}).status_code == 422
    assert len(scene.listed()) == 3
    assert moderator.post(f"{PLACE}{ids[0]}/remove", {"reason": "left", "remove": "yes"}).status_code == 303

    assert scene.listed() == ["Cleo Day", "Teodor Vance"]
    assert scene.journal()[-1] == ("signature.remove", f"signature:{ids[0]}", "left")
    assert "1 is no longer on the list" in moderator.get(PLACE).words


def test_what_is_of_another_statement_is_not_there(moderator, scene, ids):
    scene.publish("clean-air").found("Sea Watch NGO\n")
    [other] = scene.rows("SELECT max(id) AS id FROM signatures")
    own = scene.signed()

    for signature_id in (other["id"], own, 999):
        place = f"{PLACE}{signature_id}"
        answers = [moderator.open(place), moderator.post(f"{place}/line", {"name": "x"})]
        answers.append(moderator.post(f"{place}/remove", {"remove": "yes"}))
        assert {answer.status_code for answer in answers} == {404}
    assert look(scene.db, "SELECT id FROM signatures WHERE removed_at IS NOT NULL") == []
