"""What search engines may show: the pages of statements that say so, and nothing else."""

import pytest

from server.web.security import PAGE_POLICY
from tests.conftest import BASE_URL
from tests.scene import run
from tests.web.reading import Page
from tests.web.scene import PAGE, add_statement

NOINDEX = ("meta", {"name": "robots", "content": "noindex"})


def head(page: Page, tag: str, key: str) -> dict[str, str]:
    """The tags of the head by what they are; those without it are left out."""
    value = "content" if tag == "meta" else "href"
    return {str(found[key]): str(found[value]) for name, found in page.tags if name == tag and found.get(key)}


@pytest.fixture
def indexed(db, statement):
    run(db, "UPDATE statements SET indexed = 1")


def test_a_page_asks_to_be_left_out_unless_its_statement_says_otherwise(client, statement, db, clock):
    add_statement(db, "lakes", clock(), indexed="true")

    assert NOINDEX in Page(client.get(PAGE)).tags
    assert NOINDEX not in Page(client.get("/s/lakes")).tags


@pytest.mark.parametrize("path", ["/versions", "/thanks", "/sent", "/links", "/links/sent", "/embed"])
def test_only_the_page_itself_is_shown(client, indexed, path):
    assert NOINDEX in Page(client.get(PAGE + path)).tags
    assert NOINDEX in Page(client.get("/embed/open-rivers")).tags


def test_a_discreet_statement_is_never_shown(client, indexed, db):
    run(db, "UPDATE statements SET discreet = 1")
    page = Page(client.get(PAGE))

    assert NOINDEX in page.tags
    assert "description" not in head(page, "meta", "name")


def test_its_policy_lets_search_engines_read_robots_in_its_name_and_nothing_else(client, statement, db, clock):
    add_statement(db, "lakes", clock(), indexed="true")

    assert client.get("/s/lakes").headers["Content-Security-Policy"] == f"{PAGE_POLICY}; connect-src 'self'"
    assert client.get(PAGE).headers["Content-Security-Policy"] == PAGE_POLICY


def test_its_languages_and_its_own_address_are_named_in_full(client, indexed):
    for query in ("", "?partner=river-watch&kind=organisation", "?locale=fr&partner=river-watch"):
        page = Page(client.get(PAGE + query))
        assert head(page, "link", "hreflang") == {
            "en": f"{BASE_URL}{PAGE}?locale=en",
            "fr": f"{BASE_URL}{PAGE}?locale=fr",
            "x-default": f"{BASE_URL}{PAGE}",
        }
        own = f"{BASE_URL}{PAGE}" + ("?locale=fr" if "locale" in query else "")
        assert head(page, "link", "rel")["canonical"] == own


def test_each_language_names_itself_as_its_own_address(client, indexed):
    """Search engines believe a link to another language only where the pages name each other."""
    for language, address in head(Page(client.get(PAGE)), "link", "hreflang").items():
        page = Page(client.get(address.removeprefix(BASE_URL)))
        assert head(page, "link", "rel")["canonical"] == address, language


def test_a_statement_in_one_language_names_no_other(client, db, clock):
    add_statement(db, "lakes", clock(), indexed="true")

    assert head(Page(client.get("/s/lakes")), "link", "hreflang") == {}


def test_it_is_described_in_the_language_of_the_page(client, indexed):
    assert head(Page(client.get(PAGE)), "meta", "name")["description"] == "Anybody who lives by a river"
    french = Page(client.get(f"{PAGE}?locale=fr"))
    assert head(french, "meta", "name")["description"] == "Nous, soussignés, demandons des rivières ouvertes."
