"""The count element: how many, of how many, for how many days, and who came last."""

import pytest
from playwright.sync_api import Page, expect

from server.services import statements, texts
from server.text.statement_file import read_statement
from tests.browsing import Served, picture
from tests.widget.conftest import expect_told

pytestmark = pytest.mark.browser
LAKES = """+++
slug = "lakes"
locale = "en"
title = "Keep the lakes"
goal = 10
count_from = 2
closes = {closes}
timezone = "UTC"
+++
We ask for lakes.
"""


@pytest.fixture
def open_count(server: Served, website: Served, statement, visit):
    """Open a page with two counts and a form of one statement."""

    def open_count(slug: str = "open-rivers", *, elements: int = 1) -> Page:
        link = '<a href="/there">Who signed</a>'
        tag = f'<undersigned-count server="{server.url}" statement="{slug}">{link}</undersigned-count>'
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        website.app.put("/", tag * elements + script)
        return visit(website.url)

    return open_count


def test_it_tells_how_many_of_how_many_and_who_came_last(open_count, scene):
    for name in ("Ani", "Արամ", "Nino", "Zara"):
        scene.signed(name=name, email=f"{name}@rivers.example" if name.isascii() else "aram@rivers.example")
    page = open_count()

    expect(page.get_by_text("4 signatures (goal: 500)")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "4")
    latest = page.locator("[part=latest]")
    assert latest.text_content().replace("\u2068", "").replace("\u2069", "") == "Signed most recently: Zara, Nino, Արամ"
    picture(page, "count")


def test_several_on_one_page_ask_once(open_count, server):
    page = open_count(elements=3)
    expect(page.get_by_text("0 signatures (goal: 500)")).to_have_count(3)

    asked = [request for request in server.log if request.path == "/api/v1/statements/open-rivers"]
    assert len(asked) == 1


def test_days_are_counted_when_few_are_left_and_a_small_number_is_not_told(open_count, db, clock):
    texts.add_statement(db, read_statement(LAKES.format(closes="2027-01-20")), actor="test", now=clock())
    statements.open_statement(db, "lakes", actor="test", now=clock())
    page = open_count("lakes")

    expect(page.get_by_text("Be among the first to sign.")).to_be_visible()
    expect(page.get_by_text("6 days left to sign")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_where_nothing_comes_what_stands_inside_the_tag_stays(open_count):
    page = open_count("no-such")

    expect(page.get_by_role("link", name="Who signed")).to_be_visible()
    expect_told(page, [["failed", {"code": "not-found"}]])
