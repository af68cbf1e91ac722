"""The page that gives editors their snippets: right addresses, every value escaped, nothing taken from the Host."""

from urllib.parse import parse_qs, urlsplit

import pytest

from server.services import partners
from server.web.assets import integrity_of, newest_bundle_version
from tests.conftest import BASE_URL, PARTNER
from tests.web.reading import Page, Tags
from tests.web.scene import PAGE, add_statement, everything

GETTING = f"{PAGE}/embed"
HOSTED = f"{BASE_URL}{PAGE}"
SRC = {
    "v1": f"{BASE_URL}/widget/v1/undersigned.js",
    "pinned": f"{BASE_URL}/widget/{newest_bundle_version()}/undersigned.js",
}
EVIL = "evil.example"


@pytest.fixture
def snippets(client, statement):
    """What stands in the page's boxes, by their names, for these choices."""

    def snippets(query: str = "", path: str = GETTING, **headers: str) -> dict[str, str]:
        return Page(client.get(f"{path}?{query}", headers=headers)).values

    return snippets


# The snippets


def test_the_snippet_is_a_tag_a_link_its_place_and_a_script(snippets):
    assert snippets()["script"] == (
        f'<undersigned-form server="{BASE_URL}" statement="open-rivers" height="0:1060 500:860">\n'
        f'  <a href="{HOSTED}">Sign on the statement’s own page</a>\n'
        f'  <svg display="block" width="1" height="860" aria-hidden="true"></svg>\n'
        f"</undersigned-form>\n"
        f'<script src="{BASE_URL}/widget/v1/undersigned.js" async></script>'
    )


def test_all_that_was_chosen_stands_in_every_snippet(snippets):
    found = snippets("partner=river-watch&form_locale=fr&theme=dark&mode=inline")

    for name in ("script", "pinned"):
        tags = Tags(found[name]).found
        element = {"server": BASE_URL, "statement": "open-rivers", "partner": "river-watch", "locale": "fr"}
        assert tags["undersigned-form"] == {**element, "theme": "dark", "inline": None, "height": "0:1060 500:860"}
        assert tags["a"] == {"href": f"{HOSTED}?locale=fr&partner=river-watch"}
        assert "Signer sur la page de la déclaration" in found[name]
    frame = Tags(found["frame"]).found["iframe"]
    assert frame["src"] == f"{BASE_URL}/embed/open-rivers?locale=fr&partner=river-watch&theme=dark"
    assert (frame["title"], frame["width"], frame["height"]) == ("Gardons nos rivières ouvertes", "100%", "900")
    assert found["link"] == (f'<a href="{HOSTED}?locale=fr&amp;partner=river-watch">Gardons nos rivières ouvertes</a>')
    assert found["address"] == f"{HOSTED}?locale=fr&partner=river-watch"


def test_a_form_in_the_page_whose_language_is_chosen_has_its_data_preloaded(snippets):
    chosen = snippets("partner=river-watch&form_locale=fr&mode=inline")

    data = f"{BASE_URL}/api/v1/statements/open-rivers?partner=river-watch&locale=fr"
    preload = {"rel": "preload", "as": "fetch", "href": data, "crossorigin": None}
    for name in ("script", "pinned", "block", "shortcode"):
        assert Tags(chosen[name]).found["link"] == preload
    for query in ("mode=inline", "form_locale=fr&mode=frame"):
        assert "preload" not in snippets(query)["script"]


def test_a_form_that_asks_for_more_is_given_more_room(db, clock, client):
    add_statement(db, "short", now=clock(), kinds='["individual"]', fields="[]")
    add_statement(db, "long", now=clock(), kinds='["individual"]', fields='["city", "comment"]', short_form="false")
    heights = [Tags(Page(client.get(f"/s/{slug}/embed")).values["script"]).found for slug in ("short", "long")]

    assert [tags["undersigned-form"]["height"] for tags in heights] == ["0:680 500:545", "0:880 500:755"]


def test_what_is_left_to_the_page_stands_in_no_snippet(snippets):
    found = snippets("partner=&form_locale=&theme=auto&mode=frame")

    assert found["script"] == snippets()["script"]
    assert Tags(found["frame"]).found["iframe"]["src"] == f"{BASE_URL}/embed/open-rivers"
    assert found["address"] == HOSTED


@pytest.mark.parametrize("query", ["partner=nobody", "form_locale=hy", "theme=pink", "mode=loud", 'theme="><script>'])
def test_what_is_no_choice_is_as_if_nothing_was_chosen(snippets, query):
    assert snippets(query)["script"] == snippets()["script"]
    assert snippets(query)["frame"] == snippets()["frame"]


def test_the_pinned_script_has_the_hash_that_browsers_ask_for(snippets):
    found = snippets()

    assert Tags(found["script"]).found["script"] == {"src": SRC["v1"], "async": None}
    assert Tags(found["pinned"]).found["script"] == {
        "src": SRC["pinned"],
        "integrity": integrity_of(newest_bundle_version()),
        "crossorigin": "anonymous",
        "async": None,
    }


def test_the_policy_is_what_the_way_needs(snippets):
    framed, inline = snippets("mode=frame"), snippets("mode=inline")

    assert framed["script-policy"] == f"script-src {BASE_URL}; frame-src {BASE_URL}"
    assert inline["script-policy"] == f"script-src {BASE_URL}; connect-src {BASE_URL}"
    assert framed["frame-policy"] == inline["frame-policy"] == f"frame-src {BASE_URL}"


def test_wordpress_is_shown_the_custom_html_block_first_then_the_plugin_then_the_address(client, statement):
    page = Page(client.get(f"{GETTING}?partner=river-watch"))

    assert page.values["block"] == page.values["script"] == page.values["code-block"] == page.values["markdown-block"]
    assert page.words.index("Custom HTML block") < page.words.index("With the plugin")
    assert page.words.index("With the plugin") < page.words.index("Without the plugin")


def test_components_hold_the_same_element_and_fetch_the_same_script(snippets):
    found = snippets("partner=river-watch&form_locale=fr&theme=dark&mode=inline")

    wanted = Tags(found["script"]).found
    for name in ("react-component", "vue-component", "shortcode"):
        tags = Tags(found[name][found[name].index("<undersigned-form") :]).found
        assert {key: tags["undersigned-form"][key] for key in wanted["undersigned-form"]} == wanted["undersigned-form"]
        assert tags["a"] == wanted["a"]
        assert SRC["v1"] in found[name]
    assert "v-pre" in Tags(found["vue-component"].partition("<template>")[2]).found["undersigned-form"]


def test_braces_in_a_name_are_no_code_of_a_framework(db, clock, snippets, statement):
    partners.add_partner(db, "open-rivers", "{{a}}", name="A", origins=[PARTNER], actor="test", now=clock())
    found = snippets("partner=%7B%7Ba%7D%7D")

    for name in ("react-component", "vue-component", "shortcode"):
        element = found[name][found[name].index("<undersigned-form") : found[name].index("</undersigned-form>")]
        assert "{" not in element
        assert Tags(element).found["undersigned-form"]["partner"] == "{{a}}"


# The page


def test_the_form_keeps_what_was_chosen_and_offers_what_there_is(client, statement):
    page = Page(client.get(f"{GETTING}?partner=river-watch&form_locale=fr&theme=dark&mode=inline&locale=en"))

    names = ("partner", "form_locale", "theme", "mode", "locale")
    assert [page.values[name] for name in names] == ["river-watch", "fr", "dark", "inline", "en"]
    assert page.options["partner"] == {"": "Not in this list", "river-watch": "River Watch"}
    assert page.options["form_locale"] == {"": "The language of your page", "en": "English", "fr": "Français"}
    assert list(page.options["theme"]) == ["auto", "light", "dark"]
    assert list(page.options["mode"]) == ["frame", "inline"]


def test_the_preview_is_the_form_in_a_frame_whatever_was_chosen(client, statement):
    page = Page(client.get(f"{GETTING}?partner=river-watch&theme=dark&mode=inline"))

    [element] = [attributes for tag, attributes in page.tags if tag == "undersigned-form"]
    chosen = {"partner": "river-watch", "theme": "dark"}
    assert element == {"server": BASE_URL, "statement": "open-rivers", **chosen}


@pytest.mark.parametrize(
    ("accepted", "lang", "words"),
    [
        ("fr", "fr", "Code à coller"),
        ("en", "en", "Code to paste"),
        ("hy", "en", "Code to paste"),
        ("hy, fr;q=0.5", "fr", "Code à coller"),
    ],
)
def test_the_page_speaks_a_language_that_has_words_for_editors(client, statement, accepted, lang, words):
    answer = client.get(GETTING, headers={"Accept-Language": accepted})
    page = Page(answer)

    assert ("html", {"lang": lang, "dir": "ltr"}) in page.tags
    assert words in page.words
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_statement_that_nobody_may_see_has_no_such_page(client, db, clock):
    add_statement(db, "draft", now=clock(), opened=False)

    assert [client.get(f"/s/{slug}/embed").status_code for slug in ("draft", "no-such")] == [404, 404]


HOSTILE = "\"><script>alert(1)</script>'&amp;</textarea>"


def test_every_value_is_text_on_the_page_and_in_the_snippets(client, db, clock, snippets):
    add_statement(db, "lakes", now=clock(), title=f"'''{HOSTILE}'''")
    partners.add_partner(db, "lakes", 'a"b<c>', name=HOSTILE, origins=[PARTNER], actor="test", now=clock())
    answer = client.get("/s/lakes/embed", query_string={"partner": 'a"b<c>', "locale": HOSTILE})
    page = Page(answer)

    assert "<script>alert" not in page.html
    assert page.options["partner"]['a"b<c>'] == HOSTILE
    assert page.values["locale"] == HOSTILE
    for name in ("script", "pinned"):
        tags = Tags(page.values[name]).found
        assert tags["undersigned-form"]["partner"] == 'a"b<c>'
        assert set(tags) == {"undersigned-form", "a", "svg", "script"}
    assert Tags(page.values["link"]).words == HOSTILE
    frame = Tags(page.values["frame"]).found["iframe"]
    assert frame["title"] == HOSTILE
    assert parse_qs(urlsplit(frame["src"]).query) == {"partner": ['a"b<c>']}


@pytest.mark.parametrize("headers", [{"Host": EVIL}, {"X-Forwarded-Host": EVIL}, {"X-Forwarded-Prefix": f"//{EVIL}"}])
def test_what_a_request_says_about_our_name_stands_in_no_snippet(snippets, headers):
    assert snippets(**headers) == snippets()


def test_looking_at_them_changes_nothing(db, snippets):
    before = everything(db)
    snippets("partner=river-watch&mode=inline")

    assert everything(db) == before


# The hosted page


def test_the_hosted_page_leads_editors_here(client, statement):
    page = Page(client.get(f"{PAGE}?partner=river-watch&locale=fr"))

    assert page.link("Intégrer ce formulaire à votre site") == f"{GETTING}?locale=fr&partner=river-watch"


def test_what_a_visitor_wrote_into_the_address_is_escaped_on_its_way(client, statement):
    page = Page(client.get(PAGE, query_string={"partner": '"><b>', "locale": '"><b>'}))

    assert "b" not in {tag for tag, _ in page.tags}
    assert page.link("Put this form on your website").endswith("partner=%22%3E%3Cb%3E")
