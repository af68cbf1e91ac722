"""The handbook on the server: English pages between links in the visitor's language, and a link from each desk page."""

import json
import re
from urllib.parse import urljoin, urlsplit

import pytest

from server.config import read_settings
from server.web.admin import BLUEPRINTS, page
from server.web.public.handbook import FOLDER, INDEX, PAGES, PICTURES, read_page, render_page
from tests.conftest import BASE_URL, environment
from tests.web.admin.conftest import server_owner  # noqa: F401 - a fixture
from tests.web.reading import Page
from tests.web.scene import addresses

PATHS = ["/handbook", *(f"/handbook/{name}" for name in PAGES)]


@pytest.fixture
def settings(tmp_path, request):
    return read_settings(environment(tmp_path, **getattr(request, "param", {})))


@pytest.fixture
def rendered(app):
    """Render Markdown as on a page of this server."""
    with app.test_request_context():
        yield lambda text: render_page(f"# Title\n\n{text}").html


def ids(page: Page) -> set[str]:
    return {attributes["id"] for _, attributes in page.tags if attributes.get("id")}


def dead_ends(client, paths) -> list[str]:
    """The links on these pages to this server that lead to no page, or to no anchor on it."""
    found = []
    for path in paths:
        for _, href in Page(client.get(path)).links:
            target = urlsplit(urljoin(path, href))
            if target.netloc:
                continue
            answer = client.get(target.path)
            if answer.status_code != 200 or (target.fragment and target.fragment not in ids(Page(answer))):
                found.append(f"{path}: {href}")
    return found


# Reading


def test_each_page_is_english_with_tables_and_code_and_leads_to_all_others(client):
    for path in PATHS:
        page = Page(client.get(path, headers={"Accept-Language": "hy"}))
        tags = dict(page.tags)
        assert tags["html"]["lang"] == "hy"
        assert (tags["article"]["lang"], tags["article"]["dir"]) == ("en", "ltr")
        assert {f"/handbook/{name}" for name in PAGES} <= {href for _, href in page.links}
        assert ("Ձեռնարկ (անգլերեն)", "/handbook") in page.links
    assert "<table>" in client.get("/handbook/operators").text
    assert "undersigned init letters" in client.get("/handbook/admins").text


def test_every_link_leads_to_a_page_and_an_anchor(client):
    assert dead_ends(client, PATHS) == []


def test_a_link_that_leads_nowhere_is_found(client, monkeypatch):
    """The twin."""
    text = "# Partners\n\n[lost](#lost), [gone](admins.md#gone), [there](admins.md#the-desk)\n"
    with client.application.test_request_context():
        broken = render_page(text)
    monkeypatch.setattr(
        "server.web.public.handbook.read_page", lambda name: broken if name == "partners" else real(name)
    )
    real = read_page

    assert dead_ends(client, ["/handbook/partners"]) == [
        "/handbook/partners: #lost",
        "/handbook/partners: /handbook/admins#gone",
    ]


def test_links_and_pictures_point_at_this_server(rendered):
    assert 'href="/handbook/operators#settings"' in rendered("[x](operators.md#settings)")
    assert 'href="/handbook"' in rendered("[x](README.md)")
    assert 'href="/api/v1/openapi.yaml"' in rendered("[x](../static/openapi.yaml)")
    assert 'src="/handbook/desk.png"' in rendered("![x](desk.png)")
    assert 'href="https://example.org/"' in rendered("[x](https://example.org/)")


def test_a_link_to_a_file_that_only_the_source_has_is_plain_words(rendered):
    assert rendered("see [the *samples*](../deploy/nginx.conf) and [x](#y)") == (
        '<p>see the <em>samples</em> and <a href="#y">x</a></p>\n'
    )


def test_html_in_a_page_is_shown_as_it_was_typed(rendered):
    assert rendered("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_headings_of_the_same_words_have_anchors_of_their_own(rendered):
    html = rendered("## The list\n\n### The list\n")

    assert ('<h2 id="the-list">' in html, '<h3 id="the-list-1">' in html) == (True, True)


@pytest.mark.parametrize("path", ["/handbook/lost", "/handbook/README", "/handbook/lost.png", "/handbook/partners.md"])
def test_an_unknown_page_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_the_index_is_found_with_a_slash_too(client):
    assert client.get("/handbook/").data == client.get("/handbook").data


def test_every_file_of_the_folder_is_served(client):
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}.md" for name in (INDEX, *PAGES)} | {*PICTURES}
    for picture in PICTURES:
        answer = client.get(f"/handbook/{picture}")
        assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/png", "public, max-age=600")
        assert client.get(f"/handbook/{picture}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        assert (FOLDER / picture).stat().st_size <= 60_000


# Caching and limits


def test_a_page_is_kept_for_minutes_and_fetched_again_only_when_it_differs(client):
    first = client.get("/handbook/api", headers={"Accept-Encoding": "br"})
    tag = first.headers["ETag"]

    assert first.headers["Cache-Control"] == "public, max-age=600"
    assert {"Accept-Language", "Accept-Encoding"} <= set(first.vary)
    assert client.get("/handbook/api", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/handbook/api", headers={"If-None-Match": tag, "Accept-Language": "fr"}).status_code == 200
    assert client.get("/handbook/admins", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("settings", [{"UNDERSIGNED_LIMIT_PAGE": "1 per minute"}], indirect=True)
def test_the_handbook_is_limited_like_other_pages(client):
    assert [client.get("/handbook/api").status_code for _ in range(2)] == [200, 429]


# The way in


def test_the_front_page_and_the_page_of_snippets_lead_to_the_handbook(client, statement):
    assert ("Handbook", "/handbook") in Page(client.get("/")).links
    assert ("Handbook", "/handbook/partners") in Page(client.get("/s/open-rivers/embed")).links


def unexplained_desk_pages(client, paths) -> list[str]:
    """The pages of the desk without a link to a part of the handbook, or with one to a part that is not there."""
    known = {heading.anchor for heading in read_page("admins").headings}
    wrong = []
    for path in paths:
        answer = client.get(path)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            parts = [urlsplit(href) for words, href in Page(answer).links if words == "Handbook"]
            if not any(part.path == "/handbook/admins" and part.fragment in known for part in parts):
                wrong.append(path)
    return wrong


@pytest.fixture
def desk_paths(app):
    values = {"slug": "open-rivers", "token": "none", "locale": "en", "partner": "river-watch", "version": "v1"}
    every = addresses(app, "GET", **values, signature_id="1", token_id="1")
    return [path for path in every if path.startswith("/admin") and "/emails/letter" not in path]


def test_each_desk_page_leads_to_its_part_of_the_handbook(client, server_owner, desk_paths):  # noqa: F811
    client.get("/handbook")

    assert len(desk_paths) > 25
    assert unexplained_desk_pages(server_owner.client, desk_paths) == []
    assert unexplained_desk_pages(client, ["/admin/login"]) == []
    assert {bp.name for bp in BLUEPRINTS} == page.HANDBOOK_ANCHORS.keys()


def test_a_desk_page_whose_part_is_gone_is_found(client, server_owner, desk_paths, monkeypatch):  # noqa: F811
    """The twin."""
    client.get("/handbook")
    monkeypatch.setitem(page.HANDBOOK_ANCHORS, "journal", "a-part-that-is-gone")

    assert unexplained_desk_pages(server_owner.client, desk_paths) == [
        "/admin/statements/open-rivers/journal",
        "/admin/journal",
    ]


def test_a_page_of_the_desk_that_is_not_there_leads_to_the_start(server_owner):  # noqa: F811
    answer = server_owner.client.get("/admin/no-such-page")

    assert ("Handbook", "/handbook/admins#the-desk") in Page(answer).links


# The API page


@pytest.mark.parametrize(
    "more", [{}, {"kind": "organisation", "organisation": "River Watch", "website": "https://rivers.example"}]
)
def test_the_post_that_the_api_page_shows_is_accepted(client, statement, clock, more):
    [block] = re.findall(r"^```json\n(.*?)^```", (FOLDER / "api.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    example = json.loads(block)
    example["form_token"] = client.get("/api/v1/statements/open-rivers").json["form_token"]
    clock.forward(seconds=5)
    sent = {**example, "key": "k" * 16, **more, **({"authorised": True} if more else {})}

    answer = client.post("/api/v1/statements/open-rivers/signatures", json=sent, headers={"Origin": BASE_URL})

    assert (answer.status_code, answer.json["state"]) == (202, "pending")
