"""Who signs is told beforehand that the organisers look at it first: exactly where they do."""

import pytest

from server.services import moderation
from server.web.public import manage
from tests.scene import NGO, UNPROVED
from tests.web.reading import Page

PERSON = {}
COUNTED = {**NGO, "visibility": "counted"}
HIDDEN = ["names_from = 50", 'list_from = 2100-03-01\ntimezone = "Asia/Tbilisi"']
BEFORE = "The organisers will check your signature before it appears."
AT_ONCE = "If your address is at the organisation’s own domain, the signature appears straight away."
CHANGED = "The organisers will check what you change"


def asked(client, scene, id_):
    """What the page says that the email leads to."""
    link = scene.context.links.confirm_token(*scene.ref(id_), now=scene.clock())
    return BEFORE in Page(client.get(f"/confirm/{link}")).words


def own(client, scene, id_):
    """The page of who has signed, and where it is."""
    path = f"/signature/{scene.context.links.manage_token(*scene.ref(id_), now=scene.clock())}"
    return path, Page(client.get(path))


def approved(scene, **fields):
    id_ = scene.signed(**fields)
    by = {"actor": "kate", "reason": None, "now": scene.clock()}
    if scene.get(id_).state == "held":
        moderation.approve_signature(scene.db, scene.statement.slug, id_, seen=None, **by)
    return id_


def be_shown(client, scene, id_):
    path, page = own(client, scene, id_)
    assert client.post(f"{path}/change", data=page.values | {"visibility": "name"}).status_code == 303
    return scene.get(id_).state


@pytest.mark.parametrize("hidden", ["", *HIDDEN])
@pytest.mark.parametrize("moderation", ["none", "organisations", "all"])
@pytest.mark.parametrize("fields", [PERSON, NGO, UNPROVED, COUNTED], ids=["person", "proved", "unproved", "counted"])
def test_the_page_says_that_it_is_checked_exactly_when_it_is(client, scene, hidden, moderation, fields):
    scene = scene.publish("checked", f'{hidden}\nmoderation = "{moderation}"\nvisibilities = ["name", "counted"]')
    id_ = scene.sign(**fields)

    told = asked(client, scene, id_)

    assert told == (scene.confirm(id_) == "held")


def test_a_namesake_of_one_on_the_list_is_told(client, scene):
    scene.signed(**NGO)
    id_ = scene.sign(**{**NGO, "email": "second@riverwatch.example"})

    assert asked(client, scene, id_)
    assert scene.confirm(id_) == "held"


def test_as_long_as_the_list_is_hidden_all_are_told_the_same(client, scene):
    scene = scene.publish("hidden", HIDDEN[0])
    approved(scene, **NGO)
    namesake, other = (
        scene.sign(**{**NGO, "organisation": name, "email": f"{name[:4]}@riverwatch.example"})
        for name in (NGO["organisation"], "Lake Watch")
    )

    assert asked(client, scene, namesake)
    assert asked(client, scene, other)


@pytest.mark.parametrize("hidden", ["", *HIDDEN])
def test_an_organisation_that_was_only_counted_is_told_before_it_would_be_listed(client, scene, hidden):
    scene = scene.publish("later", f'{hidden}\nmoderation = "none"\nvisibilities = ["name", "counted"]')
    id_ = approved(scene, **COUNTED)

    told = CHANGED in own(client, scene, id_)[1].words

    assert told == (be_shown(client, scene, id_) == "held")
    assert told == bool(hidden)


@pytest.mark.parametrize("hidden", ["", *HIDDEN])
@pytest.mark.parametrize("moderation", ["none", "organisations", "all"])
def test_the_form_tells_organisations_that_their_domain_decides_exactly_where_it_does(
    client, scene, hidden, moderation
):
    scene = scene.publish("asked", f'{hidden}\nmoderation = "{moderation}"\nkinds = ["organisation"]')

    page = Page(client.get("/s/asked?kind=organisation"))
    messages = client.get("/api/v1/statements/asked").json["messages"]
    states = [scene.get(scene.signed(**fields)).state for fields in (NGO, {**UNPROVED, "organisation": "Lake Watch"})]

    told = [AT_ONCE in page.words, "hint.organisation.email" in messages]
    assert told == [states == ["confirmed", "held"]] * 2
    assert "Never published." in page.words


def test_a_page_that_knows_only_of_the_setting_says_nothing_and_it_is_held(client, scene, monkeypatch):
    """The twin: what the setting says is not all that holds."""
    scene = scene.publish("later", f'{HIDDEN[0]}\nmoderation = "none"\nvisibilities = ["name", "counted"]')
    id_ = approved(scene, **COUNTED)
    monkeypatch.setattr(manage, "_is_reviewed", lambda tx, statement, signature: statement.moderation == "all")

    assert CHANGED not in own(client, scene, id_)[1].words
    assert be_shown(client, scene, id_) == "held"
