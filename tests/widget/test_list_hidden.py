"""The list element where names are hidden, kept back or withdrawn: it shows what the server says, and no more."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import picture
from tests.scene import Scene
from tests.web.scene import LIST

pytestmark = pytest.mark.browser
ALL_WAYS = '["name", "initials", "country", "counted"]'


@pytest.fixture
def ladder(scene: Scene) -> Scene:
    """The statement, offering every way to appear."""
    scene.run("UPDATE statements SET visibilities = :all", all=ALL_WAYS)
    return scene


def lines(page: Page) -> Locator:
    return page.locator("undersigned-signatories li")


def test_every_signer_appears_as_they_chose(open_list, ladder):
    maro = {"name": "Maro-Nino Beridze", "title": "Teacher", "country": "GE", "city": "Zestaponi"}
    for number, visibility in enumerate(["name", "initials", "country", "counted"]):
        ladder.signed(**maro, visibility=visibility, email=f"maro{number}@rivers.example")
    page = open_list()

    expect(lines(page)).to_have_text(
        ["Maro-Nino BeridzeTeacherZestaponi, Georgia", "M.-N. B.Teacher", "Teacher, Georgia"]
    )
    expect(page.locator("s")).to_have_count(0)
    picture(page, "list-hidden")


def test_a_withdrawal_is_struck_through_and_says_when(open_list, scene):
    for name in ("Ani", "Davit"):
        scene.signed(name=name, title="Poet", email=f"{name}@rivers.example")
    withdrawn = "UPDATE signatures SET withdrawn_at = :now, withdrawal_shown = 1 WHERE name = 'Ani'"
    scene.run(withdrawn, now=scene.clock())
    page = open_list()

    expect(lines(page)).to_have_text(["AniWithdrawn on 15 January 2027Poet", "DavitPoet"])
    expect(page.locator("s")).to_have_text("Ani")
    expect(page.locator("s")).to_have_css("text-decoration-line", "line-through")
    picture(page, "list-withdrawn")


def test_names_that_wait_for_others_are_a_number(open_list, scene):
    scene.run("UPDATE statements SET names_from = 9")
    scene.found("River Watch NGO\n")
    for name in ("Ani", "Davit"):
        scene.signed(name=name, email=f"{name}@rivers.example")
    page = open_list()

    expect(lines(page)).to_have_text(["River Watch NGO"])
    expect(page.get_by_role("status")).to_contain_text("2 more names are not shown yet.")
    picture(page, "list-waiting")


def test_an_empty_list_says_from_when_on_it_is_none(open_list, scene, client):
    scene.found("River Watch NGO\n")
    scene.run("UPDATE statements SET list_from = :then", then=scene.clock() + 86400)
    page = open_list()

    said = client.get(LIST).json["notice"]
    assert "16 January 2027" in said
    expect(page.get_by_role("status")).to_have_text(said)
    expect(lines(page)).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_be_hidden()


def test_the_form_offers_every_way_to_a_person_and_two_to_an_organisation(open_form, partner, ladder):
    form = open_form(partner)
    choice = form.element.get_by_label("How you appear on the list")

    expect(choice.locator("option")).to_have_text(
        [
            "With my name",
            "With my initials and title, without my name",
            "With my title and country, without my name",
            "Only in the count, without my name",
        ]
    )
    form.element.get_by_label("on behalf of an organisation").check()
    expect(choice.locator("option")).to_have_text(["With my name", "Only in the count, without my name"])
