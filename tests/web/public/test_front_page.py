"""The address without a path: whose server it is, its statements where they may be listed; and what robots may read."""

import pytest

from server.config import read_settings
from server.services import statements
from server.services.texts import add_statement as add_text
from server.text.statement_file import read_statement
from server.web.public.front_page import UNSEARCHED
from tests.conftest import BASE_URL, environment
from tests.web.reading import Page
from tests.web.scene import PAGE, add_statement, addresses, count

LISTED = {"UNDERSIGNED_FRONT_PAGE": "list"}


@pytest.fixture
def settings(tmp_path, request):
    return read_settings(environment(tmp_path, **getattr(request, "param", LISTED)))


@pytest.fixture
def front(client):
    return lambda query="", **headers: Page(client.get(f"/{query}", headers=headers))


def titles(page: Page) -> list[str]:
    return [words for words, href in page.links if href.startswith("/s/")]


# What is listed


def test_open_and_ended_statements_are_listed_with_their_counts(front, db, scene, clock):
    scene.signed()
    add_statement(db, "lakes", clock())
    statements.close_statement(db, "lakes", actor="test", now=clock())

    page = front()

    assert [(words, href) for words, href in page.links if href.startswith("/s/")] == [
        ("Keep our rivers open", PAGE),
        ("Keep the lakes open", "/s/lakes"),
    ]
    assert page.words.index("Statements to sign") < page.words.index("1 signature")
    assert page.words.index("1 signature") < page.words.index("Signing has ended") < page.words.index("0 signatures")


def test_no_draft_no_discreet_and_no_archived_statement_is_listed(front, db, statement, clock):
    now = clock()
    add_statement(db, "draft", now, opened=False, title='"A draft"')
    add_statement(db, "quiet", now, discreet="true", title='"Free the judges"')
    add_statement(db, "later", now, opens="2030-01-01T10:00:00Z", title='"Not yet"')
    add_statement(db, "gone", now, title='"Archived"')
    statements.close_statement(db, "gone", actor="test", now=now)
    statements.archive_statement(db, "gone", actor="test", now=now)

    page = front()

    assert titles(page) == ["Keep our rivers open"]
    assert "judges" not in page.html


def test_the_same_statement_is_listed_where_it_is_not_discreet(front, db, clock):
    """The twin."""
    add_statement(db, "quiet", clock(), title='"Free the judges"')

    assert titles(front()) == ["Free the judges"]


def test_a_count_that_the_statement_keeps_back_is_not_told(front, db, scene, clock):
    scene.publish("few", "count_from = 5").signed(email="ani@few.example")
    scene.publish("few-ended", "count_from = 5", title="Ended").signed(email="ani@ended.example")
    statements.close_statement(db, "few-ended", actor="test", now=clock())

    page = front()

    assert "1 signature" not in page.words
    assert page.words.count("Be among the first to sign.") == 1


def test_titles_and_words_are_in_the_visitors_language(front, statement, db, clock):
    source = '+++\nslug = "lakes"\nlocale = "ar"\ntitle = "افتحوا البحيرات"\n+++\nنطالب.\n'
    add_text(db, read_statement(source), actor="test", now=clock())
    statements.open_statement(db, "lakes", actor="test", now=clock())

    page = front(Accept_Language="fr")

    assert ("Gardons nos rivières ouvertes", PAGE) in page.links
    assert "Déclarations à signer" in page.words
    [line] = [found for tag, found in page.tags if tag == "a" and found["href"] == "/s/lakes"]
    assert (line["lang"], line["dir"]) == ("ar", "rtl")
    assert "Gardons nos rivières ouvertes" in titles(front("?locale=fr"))


def test_where_nothing_is_listed_a_sentence_says_so(front, settings):
    page = front()

    assert titles(page) == []
    assert "No statements are listed here at the moment." in page.words


@pytest.mark.parametrize("settings", [LISTED, {}], indirect=True)
def test_a_statement_that_is_not_listed_is_opened_and_signed_by_its_link(front, client, db, clock):
    add_statement(db, "quiet", clock(), discreet="true", title='"Free the judges"')
    page = Page(client.get("/s/quiet"))

    assert titles(front()) == []
    assert "Free the judges" in page.words
    clock.forward(seconds=5)
    typed = page.values | {"name": "Ani", "email": "ani@rivers.example"}
    assert "Check your email" in Page(client.post("/s/quiet", data=typed, headers={"Origin": BASE_URL})).words
    assert count(db, "signatures") == 1


# Whose server it is


@pytest.mark.parametrize("settings", [{}, {"UNDERSIGNED_FRONT_PAGE": "none"}], indirect=True)
def test_unless_it_is_set_to_list_them_no_statement_is_named(front, statement):
    page = front()

    assert titles(page) == []
    assert "rivers" not in page.html
    assert "Open Letters" in page.words
    assert "follow the link that you were sent" in page.words


@pytest.mark.parametrize("settings", [{"UNDERSIGNED_MAIL_FROM": "sign@letters.example"}], indirect=True)
def test_a_server_whose_emails_name_nobody_is_called_by_its_host(front):
    assert "localhost" in front().words


def test_a_quiet_link_leads_to_the_desk(client, front):
    assert ("For organisers: log in", "/admin/login") in front().links
    assert client.get("/admin/login").status_code == 200


def test_the_front_page_is_kept_by_nobody_and_for_no_search_engine(client):
    answer = client.get("/")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "Accept-Language" in answer.headers["Vary"]
    assert ("meta", {"name": "robots", "content": "noindex"}) in Page(answer).tags


@pytest.mark.parametrize("settings", [LISTED | {"UNDERSIGNED_LIMIT_PAGE": "1 per minute"}], indirect=True)
def test_the_front_page_is_limited_like_other_pages(client):
    assert [client.get("/").status_code for _ in range(2)] == [200, 429]


# Search engines


def robots(client) -> list[str]:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    first, *rules = answer.get_data(as_text=True).splitlines()
    assert first == "User-agent: *"
    return [rule.removeprefix("Disallow: ") for rule in rules]


def test_robots_leave_personal_pages_and_the_desk_alone(client, app, statement):
    values = {"slug": "open-rivers", "token": "secret", "version": "v1", "locale": "en", "partner": "river-watch"}
    refused = tuple(robots(client))
    for path in addresses(app, "GET", **values, signature_id="1", token_id="1"):
        is_personal = "secret" in path or path.startswith("/admin/")
        is_read_by_programs = path.startswith(("/api/", "/oembed"))
        assert path.startswith(refused) is (is_personal or is_read_by_programs), path
    assert refused == UNSEARCHED


def test_robots_read_that_a_page_is_not_to_be_shown_and_no_statement_is_named_to_them(client, statement):
    answer = client.get("/robots.txt").get_data(as_text=True)

    assert not PAGE.startswith(tuple(robots(client)))
    assert "rivers" not in answer
    assert "Allow" not in answer
