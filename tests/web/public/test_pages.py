"""The hosted page: what it shows of text, count and list, in which language, and when there is none."""

import re

import pytest

from server.services.founding import import_founders
from server.services.statements import archive_statement, close_statement
from server.text.signatory_list import read_signatory_list
from server.web import assets
from tests.web.reading import Page
from tests.web.scene import DATA, LIST, PAGE, add_statement, newest_link


def test_the_page_shows_text_form_count_and_list(open_page, db, clock):
    import_founders(
        db, "open-rivers", read_signatory_list("Pink NGO\n", "organisation").entries, actor="test", now=clock()
    )
    page = open_page()

    assert "<strong>open</strong>" in page.html
    for words in ("Keep our rivers open", "Kutaisi, 10 January 2027", "1 signature (goal: 500)", "Pink NGO", "First"):
        assert words in page.words
    assert set(page.labels) >= {
        "Your name",
        "Email address",
        "Title or occupation",
        "Send me news about this statement",
    }
    assert "newsletter" not in page.values


# Kinds, languages, pages, partners


def test_each_kind_has_its_own_fields_behind_a_link(open_page):
    page = open_page()
    other = open_page(page.link("on behalf of an organisation").partition("#")[0])

    assert "organisation" not in page.fields
    assert {"organisation", "website", "name", "email"} <= set(other.fields)
    assert other.values["kind"] == "organisation"
    assert "affiliation" not in other.fields
    assert open_page(f"{PAGE}?kind=robot").values["kind"] == "individual"


def test_the_page_speaks_the_visitors_language_and_links_to_the_others(open_page, client):
    french = open_page(PAGE, **{"Accept-Language": "fr-CA, en;q=0.5"})
    english = open_page(french.link("English"), **{"Accept-Language": "fr-CA"})

    assert ("html", {"lang": "fr", "dir": "ltr"}) in french.tags
    assert "Gardons nos rivières ouvertes" in french.words
    assert "Keep our rivers open" in english.words
    assert french.values["locale"] == "fr"
    assert french.options["country"]["AM"] == "Arménie"
    answer = client.get(PAGE, headers={"Accept-Language": "fr"})
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_long_list_is_paged(open_page, db, clock):
    names = "\n".join(f"{number}. River Keepers No {number}" for number in range(1, 151))
    import_founders(db, "open-rivers", read_signatory_list(names, "organisation").entries, actor="test", now=clock())
    first = open_page()
    second = open_page(first.link("More signatories").partition("#")[0])

    assert "River Keepers No 100" in first.words
    assert "River Keepers No 101" not in first.words
    assert "River Keepers No 150" in second.words
    assert "River Keepers No 100" not in second.words
    assert not [words for words, _ in second.links if words == "More signatories"]
    assert second.link("Back to the start of the list") == "/s/open-rivers?locale=en#signatories"


def test_a_statement_before_its_day_says_when_it_begins(open_page, db, clock):
    add_statement(db, "lakes", clock(), opens="2030-01-01T10:00:00Z")
    page = open_page("/s/lakes")

    assert page.action is None
    assert "Signing has not opened yet." in page.words
    assert "1 January 2030" in page.words


def test_a_statement_that_was_closed_early_says_when_it_really_ended_and_invites_nobody_to_sign(open_page, db, clock):
    add_statement(db, "lakes", clock(), closes="2030-01-01T10:00:00Z", discreet="true")
    before = open_page("/s/lakes")
    clock.forward(days=2)
    close_statement(db, "lakes", actor="test", now=clock())
    clock.forward(days=2)

    page = open_page("/s/lakes")

    assert "Signing ended on 17 January 2027" in page.words
    assert "2030" not in page.words
    assert "Sign this statement" not in page.html
    assert page.link("Signatories") == "#signatories"
    assert '<h2 id="sign-title">Signing has ended</h2>' in page.html
    assert before.link("Sign this statement") == "#sign", "the twin: while one can sign, it invites"
    assert "Signing ends on 1 January 2030" in before.words


def test_a_statement_that_ended_as_planned_says_that_day_also_when_it_is_closed_later(open_page, db, clock):
    """The twin of the one above: the moment at which somebody pressed a button is not always the end."""
    add_statement(db, "lakes", clock(), closes="2027-01-16T10:00:00Z")
    clock.forward(days=9)
    close_statement(db, "lakes", actor="test", now=clock())

    assert "Signing ended on 16 January 2027" in open_page("/s/lakes").words


def test_an_archived_statement_is_not_public_any_more(client, confirmed, db, clock):
    paths = (PAGE, f"{PAGE}/versions", f"{PAGE}/card.png", "/embed/open-rivers", DATA, LIST)
    close_statement(db, "open-rivers", actor="test", now=clock())
    assert [client.get(path).status_code for path in paths] == [200] * len(paths), "the twin: it was"

    archive_statement(db, "open-rivers", actor="test", now=clock())

    assert [client.get(path).status_code for path in paths] == [404] * len(paths)


@pytest.mark.parametrize("path", ["/s/no-such", "/s/draft", "/s/no-such/sent", "/s/draft/thanks"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_public_has_no_page(client, statement, db, clock, path, method):
    add_statement(db, "draft", clock(), opened=False)
    answer = client.open(path, method=method)

    assert answer.status_code == (405 if method == "POST" and path.endswith("thanks") else 404)
    assert answer.mimetype == "text/html"


# The pages after


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("confirmed", "Thank you. You have signed."),
        ("held", "The organisers will check your signature"),
        ("already", "You have already signed"),
        ("<script>", "Thank you. You have signed."),
        ("", "Thank you. You have signed."),
    ],
)
def test_the_thanks_say_what_became_of_it_and_count(client, confirmed, outcome, words):
    page = Page(client.get(f"{PAGE}/thanks", query_string={"outcome": outcome}))

    assert words in page.words
    assert "1 signature" in page.words
    assert "<script>" not in page.html
    assert "Գևորգյան" not in page.html


def test_no_page_holds_inline_script_or_another_style_than_its_sheet(open_page, client, signer, context, clock):
    signer.post()
    for path in (PAGE, f"{PAGE}/sent", f"{PAGE}/thanks", newest_link(context, now=clock())):
        html = client.get(path).get_data(as_text=True).replace(f"<style>{assets.PUBLIC_CSS}</style>", "")
        assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son[a-z]+=|javascript:", html)
        assert not re.search(r"""src=["']https?://|<link[^>]+href=["']https?://(?!localhost:8000)""", html)
