"""The list element: organisations and people apart, founding ones first, pages that never jump, and a search."""

from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from server.crypto.links import ListCursors
from server.web.context import init_context
from tests.browsing import picture
from tests.scene import Scene
from tests.widget.conftest import expect_told

pytestmark = pytest.mark.browser
FOUNDING = "River Watch NGO\n“Open Waters” Human Rights NGO\nHelsinki Citizens’ Reading Room\n"
PEOPLE = "Ani Gevorgyan,\n\nPoet of Writers’ House;\n\nნინო ბერიძე,\n\nBiologist;\n"


def names(page: Page) -> Locator:
    return page.locator("undersigned-signatories").locator("[part=name]")


def test_organisations_and_people_stand_apart_and_founding_ones_first(open_list, scene: Scene):
    scene.found(FOUNDING)
    scene.found(PEOPLE)
    scene.signed(name="Zara Later", email="zara@rivers.example")
    page = open_list()

    expect(names(page)).to_have_text(
        [
            *("River Watch NGO", "“Open Waters” Human Rights NGO", "Helsinki Citizens’ Reading Room"),
            *("Ani Gevorgyan", "ნინო ბერიძე", "Zara Later"),
        ]
    )
    expect(page.get_by_role("heading")).to_have_text(["Organisations", "People"])
    expect(page.get_by_text("Poet, Writers’ House")).to_be_visible()
    picture(page, "list")


def test_one_kind_alone_has_no_heading(open_list, scene):
    scene.found(FOUNDING)
    scene.found(PEOPLE)
    page = open_list('kind="individual"')

    expect(names(page)).to_have_text(["Ani Gevorgyan", "ნინო ბერიძე"])
    expect(page.get_by_role("heading")).to_have_count(0)


def test_an_empty_list_says_so(open_list):
    page = open_list()

    expect(page.get_by_role("status")).to_have_text("No names here yet.")
    expect(page.get_by_role("searchbox")).to_be_hidden()


def test_a_long_list_comes_page_by_page_and_nobody_loses_their_place(open_list, scene):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 231)))
    page = open_list()
    expect(names(page)).to_have_count(100)
    more = page.get_by_role("button", name="More signatories")

    more.focus()
    page.keyboard.press("Enter")
    expect(names(page)).to_have_count(200)
    expect(more).to_be_focused()
    page.keyboard.press("Enter")

    expect(names(page)).to_have_count(230)
    expect(more).to_be_hidden()
    expect(page.locator("undersigned-signatories li").nth(200)).to_be_focused()


def test_a_search_finds_parts_of_names_however_they_are_spelled(open_list, scene):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 151)))  # two pages of them
    scene.signed(name="Ёлка Петрова", email="elka@rivers.example")
    page = open_list()

    page.get_by_label("Search the names").fill("елка ПЕТ")
    expect(names(page)).to_have_text(["Ёлка Петрова"])
    picture(page, "list-search")

    page.get_by_label("Search the names").fill("nobody at all")
    expect(page.get_by_role("status")).to_have_text("No name matches “nobody at all”.")
    expect(names(page)).to_have_count(0)

    page.get_by_label("Search the names").fill("")
    expect(names(page)).to_have_count(100 + 1)  # the first page of the organisations, and one person


def test_a_list_that_does_not_come_leaves_what_stands_inside_the_tag_and_another_try(open_list):
    page = open_list()
    page.route("**/signatories?**", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("link", name="The names")).to_be_visible()
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()

    page.unroute("**/signatories?**")
    again.click()
    expect(page.get_by_role("status")).to_have_text("No names here yet.")


def test_a_name_is_never_markup_nor_a_script(open_list, scene):
    scene.signed(name="<b>Bold</b> Ani", email="bold@rivers.example")
    scene.signed(
        kind="organisation",
        organisation="Evil",
        name="Ani",
        website="https://rivers.example/x",
        email="ani@rivers.example",
    )
    page = open_list()

    expect(names(page)).to_have_text(["Evil", "<b>Bold</b> Ani"])
    expect(page.get_by_role("link", name="Evil")).to_have_attribute("rel", "nofollow ugc noopener")


def test_the_list_speaks_the_language_of_the_page_from_right_to_left(open_list, scene):
    scene.found(FOUNDING)
    scene.found(PEOPLE)
    page = open_list(lang="ar")

    expect(page.locator("[part=list]")).to_have_attribute("dir", "rtl")
    picture(page, "list-arabic")


def test_the_page_is_told_when_the_list_is_there(open_list):
    page = open_list()
    expect(page.get_by_role("status")).to_be_attached()

    expect_told(page, [["ready", {}]])


def test_a_list_that_was_open_while_its_servers_key_was_retired_begins_anew(open_list, scene, app, context):
    scene.found("".join(f"{number}. River Keepers No {number}\n" for number in range(1, 151)))
    page = open_list()
    expect(names(page)).to_have_count(100)
    more = page.get_by_role("button", name="More signatories")
    init_context(app, replace(context, cursors=ListCursors(["the key of now"])))
    scene.run("UPDATE statements SET stamp = stamp + 1")  # a new process would have kept no answers
    page.clock.install()
    page.clock.fast_forward("01:00:00")
    page.route("**/signatories?*", lambda route: route.continue_())  # then the browser keeps no old answer

    with page.expect_response(lambda answer: "/signatories?" in answer.url and "after=" not in answer.url):
        more.click()
    expect(page.get_by_role("status")).to_have_text("")
    more.click()

    expect(names(page)).to_have_count(150)
