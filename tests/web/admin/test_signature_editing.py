"""One signature at the desk: its line is written anew with a reason, and not over what its signer changed meanwhile."""

import pytest

from server.errors import Invalid
from server.services.moderation import edit_signature
from server.services.shared import line_fingerprint
from server.services.signers import change_signature
from tests.scene import CONSENT
from tests.web.reading import Page

LIST = "/admin/statements/open-rivers/signatures"
REASON = {"reason": "they wrote to us"}


def edited(browser, id_, **typed):
    """What the form to edit sends, once this was typed into it."""
    return browser.get(f"{LIST}/{id_}").values | REASON | typed


def test_a_line_is_edited_by_its_signers_rules_and_the_page_shows_both(moderator, scene):
    id_ = scene.signed(title="Poett")

    answer = moderator.post(f"{LIST}/{id_}/edit", edited(moderator, id_, name=" Ani  G. ", title="Poet"))

    assert answer.status_code == 303
    assert (scene.get(id_).name, scene.get(id_).title, scene.listed()) == ("Ani G.", "Poet", ["Ani G."])
    found = moderator.get(answer.location).html
    assert '<del dir="auto">Poett</del> <ins dir="auto">Poet</ins>' in found
    assert "The signer was not notified." in found


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "Else"}, "Please fill this in."),
        ({"name": "https://spam.example/x", **REASON}, "Some fields need checking"),
        ({"name": "", **REASON}, "Some fields need checking"),
    ],
)
def test_what_will_not_do_changes_nothing_and_comes_back(moderator, scene, form, words):
    id_ = scene.signed()

    answer = moderator.post(f"{LIST}/{id_}/edit", {"title": "Typed title", **form})

    found = answer.get_data(as_text=True)
    assert (answer.status_code, words in found, "Typed title" in found) == (422, True, True)
    assert (scene.get(id_).name, scene.get(id_).title) == ("Ani", None)


def test_a_name_under_which_the_mailbox_has_signed_is_refused_in_words(moderator, scene):
    scene.signed(name="Ani")
    id_ = scene.signed(name="Aram")

    answer = moderator.post(f"{LIST}/{id_}/edit", edited(moderator, id_, name="Ani"))

    assert answer.status_code == 422
    assert "This mailbox has already signed under that name." in answer.text


def test_no_admin_shows_somebody_with_more_than_they_chose(moderator, scene):
    signature_id = scene.signed(name="Ani", visibility="counted")
    form = edited(moderator, signature_id, visibility="name", title="Poet")

    moderator.post(f"/admin/statements/open-rivers/signatures/{signature_id}/edit", form)

    stands = scene.get(signature_id)
    assert (stands.title, stands.visibility, scene.listed()) == ("Poet", "counted", [])
    by = {"seen": line_fingerprint(stands), "actor": "x", "reason": "y", "now": scene.clock()}
    with pytest.raises(Invalid):
        edit_signature(scene.db, "open-rivers", signature_id, {"visibility": "name"}, **by)


@pytest.fixture
def stale(moderator, scene):
    """A page that a moderator has open while its signer takes back who she is: the id, and what its form sends."""
    id_ = scene.signed(name="Anna Petrova", affiliation="Radio", city="Minsk")
    form = edited(moderator, id_, title="Editor")
    line = {"name": "A. P.", "affiliation": None, "city": None}
    change_signature(scene.db, scene.ref(id_), line, consent=CONSENT, now=scene.clock())
    return id_, form


def test_a_page_from_before_its_signers_change_comes_back_with_both(moderator, scene, stale):
    id_, form = stale

    answer = moderator.post(f"{LIST}/{id_}/edit", form)

    page = Page(answer)
    assert (answer.status_code, scene.listed()) == (409, ["A. P."])
    assert "changed while the page was open" in page.words
    assert "Saved value: Name, Title, Affiliation, City" in " ".join(page.words.split())
    assert "<bdi>A. P.</bdi>" in page.html
    assert (page.values["name"], page.values["title"]) == ("Anna Petrova", "Editor")


def test_who_has_read_the_line_of_now_may_write_it_anew(moderator, scene, stale):
    id_, form = stale
    page = Page(moderator.post(f"{LIST}/{id_}/edit", form))

    answer = moderator.post(f"{LIST}/{id_}/edit", page.values | {"name": "A. P.", "affiliation": "", "city": ""})

    assert answer.status_code == 303
    assert (scene.listed(), scene.get(id_).title, scene.get(id_).city) == (["A. P."], "Editor", None)


def test_an_old_page_stays_old_when_it_comes_back_for_another_reason(moderator, scene, stale):
    id_, form = stale
    page = Page(moderator.post(f"{LIST}/{id_}/edit", form | {"reason": ""}))

    assert moderator.post(f"{LIST}/{id_}/edit", page.values | REASON).status_code == 409
    assert scene.listed() == ["A. P."]


def test_a_founding_organisation_is_edited_without_a_name_to_sign_for_it(moderator, scene):
    scene.found("River Watch\nLake Watch")
    [one, *_] = scene.rows("SELECT id, kind FROM signatures")
    scene.run(
        "UPDATE signatures SET kind = 'organisation', organisation = 'River Watch', name = NULL WHERE id = :id",
        id=one["id"],
    )

    form = edited(moderator, one["id"], city="Kutaisi")
    assert moderator.post(f"{LIST}/{one['id']}/edit", form).status_code == 303
    assert scene.get(one["id"]).city == "Kutaisi"
