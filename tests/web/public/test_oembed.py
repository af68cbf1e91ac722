"""oEmbed: a website that is given the address of a hosted page learns which frame to show there, and nothing else."""

import re

import pytest

from server.web.public.embed_help import OEMBED_HIGHEST_PX, OEMBED_WIDEST_PX
from tests.conftest import BASE_URL
from tests.web.reading import Page, Tags
from tests.web.scene import PAGE, add_statement, everything

HOSTED = f"{BASE_URL}{PAGE}"
EVIL = "evil.example"
HOSTILE = '"><script>alert(1)</script>&amp;'


@pytest.fixture
def ask(client, statement):
    """Ask as a website does that was given an address."""
    return lambda url=HOSTED, *, headers=None, **more: client.get(
        "/oembed", query_string={"url": url, **more}, headers=headers
    )


def test_the_answer_is_a_frame_and_its_size(ask):
    answer = ask()

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = answer.json
    assert {name: told[name] for name in told if name != "html"} == {
        "version": "1.0",
        "type": "rich",
        "title": "Keep our rivers open",
        "provider_name": "localhost",
        "provider_url": BASE_URL,
        "width": OEMBED_WIDEST_PX,
        "height": OEMBED_HIGHEST_PX,
        "cache_age": 3600,
    }
    frame = Tags(told["html"]).found["iframe"]
    assert frame["src"] == f"{BASE_URL}/embed/open-rivers?sandboxed=yes"
    assert (frame["title"], frame["width"], frame["height"]) == (told["title"], "600", "900")


def test_the_frame_is_in_wordpress_markup_with_a_link_for_where_it_is_refused(ask):
    html = ask(f"{HOSTED}?partner=river-watch&locale=fr", maxwidth="500", maxheight="750").json["html"]

    # As wp_filter_oembed_result of WordPress 6.1 reads it, which takes nothing else for an embed of its own kind.
    quote, frame = re.fullmatch("(<blockquote[^>]*>.*?</blockquote>)(<iframe.*?></iframe>)", html).groups()
    assert Tags(quote).found == {
        "blockquote": {"class": "wp-embedded-content"},
        "a": {"href": f"{HOSTED}?locale=fr&partner=river-watch"},
    }
    assert "Gardons nos rivières ouvertes" in quote
    # No sandbox, and nothing against scrolling: other websites than WordPress show the frame as it is.
    assert set(Tags(frame).found["iframe"]) == {"class", "src", "title", "width", "height", "frameborder"}
    # At these shapes WordPress's editor forces a frame into a box of that shape.
    assert all(not 0 <= 500 / 750 - shape <= 0.1 for shape in (2.33, 2, 1.78, 1.33, 1, 0.56, 0.5))


def test_language_and_partner_of_the_address_are_carried_on(ask):
    told = ask(f"{HOSTED}?partner=river-watch&locale=fr&outcome=x#sign").json

    assert told["title"] == "Gardons nos rivières ouvertes"
    src = Tags(told["html"]).found["iframe"]["src"]
    assert src == f"{BASE_URL}/embed/open-rivers?locale=fr&partner=river-watch&sandboxed=yes"


@pytest.mark.parametrize("more", ["", "?partner=nobody&locale=xx", "#sign", "?#signatories"])
def test_what_else_stands_in_the_address_does_not_matter(ask, more):
    src = Tags(ask(f"{HOSTED}{more}").json["html"]).found["iframe"]["src"]

    assert src == f"{BASE_URL}/embed/open-rivers?sandboxed=yes"


@pytest.mark.parametrize(
    ("room", "size"),
    [
        ({"maxwidth": "400"}, (400, OEMBED_HIGHEST_PX)),
        ({"maxheight": "300"}, (OEMBED_WIDEST_PX, 300)),
        ({"maxwidth": "9999", "maxheight": "9999"}, (OEMBED_WIDEST_PX, OEMBED_HIGHEST_PX)),
        ({"maxwidth": "1", "maxheight": "1"}, (1, 1)),
        ({"maxwidth": "0", "maxheight": "-5"}, (OEMBED_WIDEST_PX, OEMBED_HIGHEST_PX)),
        ({"maxwidth": "wide", "maxheight": "9" * 5000}, (OEMBED_WIDEST_PX, OEMBED_HIGHEST_PX)),
    ],
)
def test_the_frame_is_no_larger_than_the_room_for_it(ask, room, size):
    told = ask(**room).json

    assert (told["width"], told["height"]) == size
    frame = Tags(told["html"]).found["iframe"]
    assert (frame["width"], frame["height"]) == tuple(map(str, size))


@pytest.mark.parametrize(
    "url",
    [
        "",
        BASE_URL,
        f"{BASE_URL}/s/",
        f"{BASE_URL}/s/no-such",
        f"{BASE_URL}/s/open-rivers/",
        f"{BASE_URL}/s/open-rivers/embed",
        f"{BASE_URL}/s/open-rivers%2fembed",
        f"{BASE_URL}/s/%00",
        f"{BASE_URL}/s/\0",
        f"{BASE_URL}/embed/open-rivers",
        f"{BASE_URL}.{EVIL}/s/open-rivers",
        f"https://{EVIL}/s/open-rivers",
        f"https://{EVIL}/?{HOSTED}",
        "/s/open-rivers",
        "http://[",
    ],
)
def test_oembed_knows_no_other_address(ask, url):
    answer = ask(url)

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_oembed_speaks_json_and_nothing_else(ask):
    assert [ask(format=name).status_code for name in ("json", "xml", "yaml")] == [200, 501, 501]


def test_a_title_is_text_in_the_answer_and_in_its_frame(ask, db, clock):
    add_statement(db, "lakes", now=clock(), title=f"'{HOSTILE}'")
    told = ask(f"{BASE_URL}/s/lakes").json

    assert told["title"] == HOSTILE
    tags = Tags(told["html"]).found
    assert set(tags) == {"blockquote", "a", "iframe"}
    assert tags["iframe"]["title"] == HOSTILE
    assert tags["a"] == {"href": f"{BASE_URL}/s/lakes"}


def test_the_host_that_a_request_names_has_no_say(ask):
    assert ask(headers={"Host": EVIL}).json == ask().json
    assert ask(f"http://{EVIL}{PAGE}", headers={"Host": EVIL}).status_code == 404


def test_asking_changes_nothing(ask, db):
    before = everything(db)
    ask()

    assert everything(db) == before


def test_the_hosted_page_tells_programs_where_to_ask(client, statement):
    page = Page(client.get(f"{PAGE}?partner=river-watch&locale=fr"))

    [found] = [attributes for tag, attributes in page.tags if attributes.get("type") == "application/json+oembed"]
    assert (found["rel"], found["title"]) == ("alternate", "Gardons nos rivières ouvertes")
    told = client.get(found["href"].removeprefix(BASE_URL)).json
    src = Tags(told["html"]).found["iframe"]["src"]
    assert src == f"{BASE_URL}/embed/open-rivers?locale=fr&partner=river-watch&sandboxed=yes"
    assert found["href"].startswith(f"{BASE_URL}/oembed?url=")
