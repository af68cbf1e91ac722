"""Passing a statement on: what the links of other services carry, and what they show of ours."""

import json
import re
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest

from server.tables import texts
from server.web.public.share_card import sharing_shape
from tests.conftest import BASE_URL
from tests.web.reading import Page
from tests.web.scene import PAGE

SERVICES = {
    "WhatsApp": "https://wa.me/",
    "Telegram": "https://t.me/share/url",
    "Mastodon": "https://share.joinmastodon.org/",
    "Bluesky": "https://bsky.app/intent/compose",
    "X": "https://x.com/intent/post",
    "Facebook": "https://www.facebook.com/sharer/sharer.php",
    "LinkedIn": "https://www.linkedin.com/sharing/share-offsite/",
}
TITLES = [
    "Keep our rivers open",
    "Բացե՛ք գետերը",
    "افتحوا الأنهار (UN) 100%",
    "R&D + peace = #1? 50% “now” / всё",
    "Çayları açın – ə 🕊",
]


@pytest.fixture
def shared(app, scene):
    """The shape for a statement of this title, and its front matter."""

    def shared(title: str = "Clean air", settings: str = ""):
        other = scene.publish("clean-air", settings, title=title)
        with other.db.read() as tx:
            [text] = texts.list_latest(tx, other.statement.id)
        with app.test_request_context():
            return sharing_shape(other.statement, text)

    return shared


def carried(shape) -> dict[str, dict[str, str]]:
    """What each service reads out of its link."""
    return {
        link["name"]: {
            name: value
            for name, [value] in parse_qs(
                urlsplit(link["href"]).query or urlsplit(link["href"]).fragment, strict_parsing=True
            ).items()
        }
        for link in shape["links"]
    }


def as_mail_programs_read(href: str) -> dict[str, str]:
    """The fields of a mailto link: percent signs alone mean something, a plus is a plus."""
    pairs = (pair.split("=") for pair in urlsplit(href).query.split("&"))
    return {name: unquote(value, errors="strict") for name, value in pairs}


# The links


@pytest.mark.parametrize("title", TITLES)
def test_every_service_gets_the_text_and_the_address_whole(shared, title):
    shape = shared(title)

    url = f"{BASE_URL}/s/clean-air"
    assert (shape["title"], shape["url"]) == (title, url)
    assert title in shape["text"]
    said = carried(shape)
    assert said["WhatsApp"] == said["Mastodon"] == said["Bluesky"] == {"text": f"{shape['text']}\n{url}"}
    assert said["Telegram"] == said["X"] == {"url": url, "text": shape["text"]}
    assert (said["Facebook"], said["LinkedIn"]) == ({"u": url}, {"url": url})
    there = {link["name"]: re.split("[?#]", link["href"])[0] for link in shape["links"]}
    assert {name: there[name] for name in SERVICES} == SERVICES
    assert all(link["href"].isascii() and " " not in link["href"] for link in shape["links"])


def test_a_text_too_long_for_bluesky_leaves_the_address_whole(shared):
    shape = shared("Rivers " * 40)

    assert carried(shape)["Bluesky"] == {"text": shape["url"]}
    assert carried(shape)["Mastodon"] == {"text": f"{shape['text']}\n{shape['url']}"}


def test_mastodons_page_gets_the_text_where_no_server_sees_it(shared):
    [link] = [link for link in shared()["links"] if link["name"] == "Mastodon"]

    assert urlsplit(link["href"]).query == ""
    assert "Clean air" in unquote(urlsplit(link["href"]).fragment)


@pytest.mark.parametrize("title", TITLES)
def test_an_email_to_a_friend_begins_with_subject_and_body(shared, title):
    shape = shared(title)
    email, *_ = shape["links"]
    mail = EmailMessage()

    assert email["href"].startswith("mailto:?")
    fields = as_mail_programs_read(email["href"])
    mail["Subject"] = fields["subject"]
    assert str(mail["Subject"]) == title
    assert fields["body"] == f"{shape['text']}\r\n{shape['url']}"
    assert "%0D%0A" in email["href"]
    assert "+" not in email["href"]


def test_an_email_link_written_like_a_form_would_show_pluses():
    """The twin: what ``urlencode`` makes of a subject by itself."""
    href = f"mailto:?{urlencode({'subject': 'Clean air', 'body': 'a'})}"

    assert as_mail_programs_read(href)["subject"] == "Clean+air"


def test_a_discreet_statement_is_passed_on_without_its_title(shared):
    shape = shared("Free the judges", "discreet = true")

    assert shape["url"] == f"{BASE_URL}/s/clean-air"
    told = json.dumps(shape, ensure_ascii=False) + "".join(unquote(link["href"]) for link in shape["links"])
    assert "judges" not in told
    assert shape["title"]
    assert shape["text"]


def test_the_same_statement_would_tell_its_title_were_it_not_discreet(shared):
    """The twin of the discreet one."""
    assert "judges" in json.dumps(shared("Free the judges"))


# The page that asks


@pytest.fixture
def thanks(client):
    def thanks(slug: str = "open-rivers", **query: str) -> Page:
        return Page(client.get(f"/s/{slug}/thanks", query_string={"outcome": "confirmed", **query}))

    return thanks


@pytest.mark.parametrize("outcome", ["confirmed", "already", "held"])
def test_who_has_signed_is_asked_to_tell_others(statement, thanks, outcome):
    page = thanks(outcome=outcome)

    names = [words for words, href in page.links if not href.startswith("/")]
    assert names == ["Email", *SERVICES]
    assert page.values["share-address"] == f"{BASE_URL}{PAGE}"
    assert page.values["share-message"].splitlines()[-1] == f"{BASE_URL}{PAGE}"
    assert "Keep our rivers open" in page.values["share-message"]


def test_who_has_not_signed_is_not(statement, thanks, client):
    page = thanks(outcome="no-seat")

    assert [href for _, href in page.links if not href.startswith("/")] == []
    assert "share-address" not in page.values
    policy = client.get(f"{PAGE}/thanks?outcome=no-seat").headers["Content-Security-Policy"]
    assert "script-src" not in policy


def test_what_is_passed_on_says_nothing_of_who_does(statement, thanks):
    page = thanks(partner="river-watch", token="secret", locale="en", utm_source="x", kind="individual")

    outward = [unquote(href) for _, href in page.links if not href.startswith("/")]
    for told in (*outward, page.values["share-address"], page.values["share-message"]):
        assert not [word for word in ("river-watch", "secret", "utm", "partner", "locale=", "outcome") if word in told]
        assert f"{BASE_URL}{PAGE}" in told
        assert f"{BASE_URL}{PAGE}?" not in told
    assert "signed" not in page.values["share-message"]


def test_other_services_learn_nothing_before_their_link_is_followed(statement, thanks):
    page = thanks()

    outward = [found for tag, found in page.tags if tag == "a" and (found["href"] or "").startswith("https://")]
    assert len(outward) == len(SERVICES)
    for link in outward:
        assert (link["target"], link["rel"]) == ("_blank", "noopener noreferrer nofollow")
    loaded = [found["src"] for _, found in page.tags if "src" in found]
    assert loaded == ["/static/getting.js", "/static/sharing.js"]


def test_a_discreet_statement_keeps_its_title_out_of_all_that_is_passed_on(scene, thanks):
    scene.publish("clean-air", "discreet = true", title="Free the judges")
    page = thanks("clean-air")

    passed = [unquote(href) for _, href in page.links if not href.startswith("/")]
    passed += [str(value) for tag, found in page.tags if tag == "button" for value in found.values()]
    assert [words for words in (*passed, page.values["share-message"]) if "judges" in words] == []


# What others show of a link to the page


def preview(client, path: str) -> dict[str, str]:
    tags = Page(client.get(path)).tags
    named = [(found.get("property") or found.get("name"), found.get("content")) for tag, found in tags if tag == "meta"]
    canonical = [found["href"] for tag, found in tags if tag == "link" and found["rel"] == "canonical"]
    told = {str(name): str(value) for name, value in named if str(name).startswith(("og:", "twitter:", "robots"))}
    return told | {"canonical": " ".join(map(str, canonical))}


def test_a_link_to_the_page_is_shown_with_title_words_and_card(client, statement):
    assert preview(client, PAGE) == {
        "canonical": f"{BASE_URL}{PAGE}",
        "robots": "noindex",
        "og:type": "article",
        "og:url": f"{BASE_URL}{PAGE}",
        "og:title": "Keep our rivers open",
        "og:description": "Anybody who lives by a river",
        "og:locale": "en_US",
        "og:image": f"{BASE_URL}{PAGE}/card.png?locale=en",
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "Keep our rivers open. 0 signatures",
        "twitter:card": "summary_large_image",
    }


def test_the_address_keeps_the_language_that_was_asked_for_and_nothing_else(client, statement, context):
    after = context.cursors.write(3, statement_id=statement.id)
    shown = preview(client, f"{PAGE}?locale=fr&partner=river-watch&after={after}&kind=organisation")

    assert shown["canonical"] == shown["og:url"] == f"{BASE_URL}{PAGE}?locale=fr"
    assert shown["og:locale"] == "fr_FR"
    assert shown["og:description"] == "Nous, soussignés, demandons des rivières ouvertes."
    assert preview(client, f"{PAGE}?locale=xx")["canonical"] == f"{BASE_URL}{PAGE}?locale=en"


def test_a_long_text_is_described_by_its_first_words(client, scene):
    scene.publish("clean-air", 'place = "Kutaisi"')
    scene.run(
        "UPDATE statement_texts SET body = :body WHERE title = 'Clean air'", body="## We *ask* & hope\n\n" + "air " * 99
    )
    words = preview(client, "/s/clean-air")["og:description"]

    assert words.startswith("We ask & hope air air")
    assert words.endswith("air…")
    assert len(words) <= 201


def test_a_discreet_statement_shows_others_neither_title_nor_card(client, scene):
    scene.publish("clean-air", "discreet = true", title="Free the judges")

    assert preview(client, "/s/clean-air") == {
        "canonical": f"{BASE_URL}/s/clean-air",
        "robots": "noindex",
        "og:type": "article",
        "og:url": f"{BASE_URL}/s/clean-air",
        "og:title": "Sign this statement",
    }
    assert client.get("/s/clean-air/card.png").status_code == 404
