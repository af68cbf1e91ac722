"""Links with punctuation glued to them, and capitals in an address, lead to the page; every dead end says what next."""

from urllib.parse import quote, urljoin

import pytest
from flask import redirect

from server.services import statements
from server.text import translations
from server.web.errors import canonical_path
from tests.conftest import BASE_URL
from tests.web.reading import Page
from tests.web.scene import PAGE, add_statement, everything

GLUED = [".", ")", ">", '"', "'", " ", "/", ").", "».", "”", "’", "…", "%22", "%20", "&gt;", "]", ",", "\u200b"]
GLUED += ["=", "?!"]
TOKEN = "W10.aX-_4.Zz_9-"
PERSONAL = ["confirm", "signature", "unsubscribe", "undo", "preview", "partner"]


def requested(path: str, glued: str) -> str:
    """The path as a mail program sends it: some percent-encode once more what is encoded already."""
    return path + quote(glued, safe="/%&;")


@pytest.mark.parametrize("page", PERSONAL)
def test_a_personal_link_works_with_whatever_a_mail_program_glued_to_it(client, page):
    for glued in GLUED:
        found = client.get(requested(f"/{page}/{TOKEN}", glued))

        assert (found.status_code, found.location) == (308, f"/{page}/{TOKEN}"), glued
        assert found.headers["Cache-Control"] == "no-store"


def test_a_link_in_quotes_or_brackets_works(client):
    for glued in ("<", "(", "[", '"', "'", "«", "“", "„", "%22", " ", "*"):
        found = client.get(requested("/confirm/", glued) + TOKEN)

        assert (found.status_code, found.location) == (308, f"/confirm/{TOKEN}"), glued


def test_a_signers_link_with_a_bracket_shows_the_signature_after_the_redirect(client, own, link):
    for path in (own, link):
        assert client.get(f"{path}).", follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}/versions", f"{PAGE}/links/sent", f"{PAGE}/card.png", f"{PAGE}/embed", "/embed/open-rivers"]
)
def test_a_statements_address_works_with_whatever_is_glued_to_it(client, path):
    for glued in GLUED:
        found = client.get(requested(path, glued))

        assert (found.status_code, found.location) == (308, path), glued


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/s/Open-Rivers", PAGE),
        ("/S/OPEN-RIVERS/", PAGE),
        ("/s/Open-Rivers/Versions", f"{PAGE}/versions"),
        ("/embed/Open-Rivers", "/embed/open-rivers"),
        ("/s/*open-rivers*", PAGE),
        ("/s/_open-rivers_", PAGE),
        ("/s//open-rivers", PAGE),
        ("/s/open-rivers/)", PAGE),
        ("/Confirm/" + TOKEN, "/confirm/" + TOKEN),
        (f"/signature/{TOKEN}/data.json)", f"/signature/{TOKEN}/data.json"),
    ],
)
def test_capitals_and_doubled_slashes_lead_to_the_page(client, path, canonical):
    found = client.get(path)

    assert (found.status_code, found.location) == (308, canonical)


def test_the_query_is_kept_as_it_was(client):
    query = "partner=river-watch&locale=fr&_external=1&_scheme=ftp&slug=x&a=%22&a=%0d%0aSet-Cookie:x"

    assert client.get(f"/s/Open-Rivers.?{query}").location == f"{PAGE}?{query}"


def test_the_answer_does_not_say_whether_the_page_exists(client, own, link, db, clock):
    """A draft, a statement that is open and one that nobody wrote; a token of a signer and a made-up one."""
    add_statement(db, "lakes", now=clock(), opened=False)
    for there, other in (("/s/open-rivers", "/s/lakes"), ("/s/open-rivers", "/s/no-such"), (link, f"/confirm/{TOKEN}")):
        told, made_up = client.get(f"{there})"), client.get(f"{other})")
        assert (told.status_code, told.location) == (308, there)
        assert (made_up.status_code, made_up.location) == (308, other)
        assert dict(told.headers, Location="", **{"Content-Length": ""}) == dict(
            made_up.headers, Location="", **{"Content-Length": ""}
        )


def test_looking_at_a_glued_link_changes_nothing(client, own, link, db):
    before = everything(db)
    for path in (own, link):
        for method in ("GET", "HEAD"):
            assert client.open(f"{path})", method=method).status_code == 308

    assert everything(db) == before


def test_no_post_is_redirected(client, link, db):
    before = everything(db)
    for path in (f"{link})", "/s/Open-Rivers", f"{link}/change)"):
        assert client.post(path, data={"consent": "yes"}, headers={"Origin": BASE_URL}).status_code in (404, 405)

    assert everything(db) == before


@pytest.mark.parametrize(
    "path",
    [
        *("/s//evil.example", "/s/https://evil.example", "/confirm/https://evil.example/x", "/s/\\evil.example"),
        *("//evil.example/s/open-rivers.", "/s/%2F%2Fevil.example", "/confirm//evil.example/%2e%2e"),
    ],
)
def test_no_address_leads_to_another_website(client, path):
    # As it is: the test client would take two slashes at the beginning for a host.
    found = client.get("/", environ_overrides={"PATH_INFO": path}, headers={"Host": "evil.example"})

    assert found.status_code in (308, 404)
    assert found.location is None or found.location.split("/")[:2] in (["", "s"], ["", "confirm"])


def test_a_redirect_to_what_is_left_of_the_path_would_lead_to_another_website():
    """The twin: browsers read two slashes as the beginning of a host."""
    path = "//evil.example/s/open-rivers."

    assert urljoin(BASE_URL, redirect(path.rstrip(".)")).location) == "http://evil.example/s/open-rivers"
    assert canonical_path(path) is None


@pytest.mark.parametrize(
    "path",
    [
        *(PAGE, f"{PAGE}/no-such-page", "/s/x/y/z", "/s/", "/s/...", "/s/öpen", "/confirm/Ա", "/confirm/..", "/gone"),
        *(f"/confirm/{TOKEN}", f"/confirm/{TOKEN}/not-me", "/confirm/" + "." * 3000, "/api/v1/statements/X", "/x/Y)"),
    ],
)
def test_an_address_without_anything_to_cut_off_is_left_alone(client, statement, path):
    assert client.get(path).status_code != 308


def test_a_path_that_is_right_is_not_redirected_to_itself():
    """The twin: a redirect of every path that has a canonical form would never end."""
    for path in (PAGE, f"/confirm/{TOKEN}", "/partner/-_a", f"/signature/{TOKEN}/data.json"):
        assert canonical_path(path) == path


# Dead ends.


@pytest.mark.parametrize("locale", ["en", "fr", "ar"])
@pytest.mark.parametrize("page", ["confirm", "signature", "unsubscribe"])
def test_a_personal_link_that_does_not_work_says_how_to_get_a_new_one(client, page, locale):
    found = client.get(f"/{page}/{TOKEN}", headers={"Accept-Language": locale})

    assert found.status_code == 404
    assert translations.text(locale, "links.ask") in Page(found).words


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_what_the_page_of_a_dead_link_tells_people_to_choose_is_on_the_statements_page(open_page, locale):
    assert translations.text(locale, "links.ask") in open_page(f"{PAGE}?locale={locale}").words


def test_a_link_to_a_draft_that_does_not_work_says_whom_to_ask(client):
    words = Page(client.get(f"/preview/{TOKEN}")).words

    assert "Please ask the person who sent you this link for a new one." in words
    assert "fill in the form again" not in words


def test_an_unknown_address_says_what_to_do(client):
    assert "Please check the address" in Page(client.get("/no-such")).words


def test_an_unknown_address_below_a_statement_leads_to_the_statement(client, statement):
    page = Page(client.get(f"{PAGE}/no-such-page"))

    assert ("a", {"href": PAGE}) in page.tags
    assert client.get(PAGE).status_code == 200


def test_the_address_of_a_button_leads_back_to_the_page_with_the_button(client, link):
    """A browser that opens its tabs again asks by GET for what was posted."""
    found = client.get(f"{link}/change")

    assert found.status_code == 405
    assert ("a", {"href": link}) in Page(found).tags


def test_a_link_whose_statement_has_ended_leads_to_the_statement(client, link, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    clock.forward(days=1)
    found = client.get(link)

    assert found.status_code == 409
    assert ("a", {"href": PAGE}) in Page(found).tags
    assert client.get(PAGE).status_code == 200


def test_a_link_whose_statement_is_archived_offers_no_page_that_is_gone(client, link, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    statements.archive_statement(db, "open-rivers", actor="test", reason=None, now=clock())
    found = client.get(link)

    assert found.status_code == 409
    assert ("a", {"href": PAGE}) not in Page(found).tags
    assert client.get(PAGE).status_code == 404
