"""In which language a visitor is spoken to."""

import pytest

from server.tables.texts import StatementText
from server.web import assets
from server.web.context import choose_text, language_links, page_context, requested_locales


def text(locale):
    return StatementText(1, 1, locale, 1, "Title", None, None, None, "Body", "00", 0)


@pytest.mark.parametrize(
    ("query", "browser", "asked"),
    [
        ("", None, []),
        ("?locale=hy", None, ["hy"]),
        ("?locale=", "fr", ["fr"]),
        ("?locale=hy", "fr, en;q=0.5", ["hy", "fr", "en"]),
        ("", "en;q=0.1, fr;q=0.9, *;q=0.5", ["fr", "en"]),
        ("?locale=hy&locale=fr", None, ["hy"]),
    ],
)
def test_the_address_goes_before_the_browser(app, query, browser, asked):
    with app.test_request_context(f"/{query}", headers={"Accept-Language": browser} if browser else {}):
        assert requested_locales() == asked


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ([], "hy"),
        (["fr"], "fr"),
        (["fr-CH"], "fr"),
        (["ka", "fr"], "fr"),
        (["ka"], "hy"),
        (["FR"], "fr"),
        (["fr_FR"], "fr"),
        (["", "x" * 999], "hy"),
    ],
)
def test_a_text_is_chosen_that_can_be_read_or_the_first(asked, chosen):
    assert choose_text([text("hy"), text("fr")], asked).locale == chosen


def test_every_language_of_a_statement_has_its_name_its_way_and_one_is_read_now():
    languages = language_links([text("hy"), text("fr")], text("fr"), lambda locale: f"/?locale={locale}")

    assert languages == [
        {"locale": "hy", "name": "Հայերեն", "href": "/?locale=hy", "current": False},
        {"locale": "fr", "name": "Français", "href": "/?locale=fr", "current": True},
    ]


def test_a_page_has_words_direction_and_way_back(app):
    with app.test_request_context():
        french, greek = page_context("fr", slug="open-rivers"), page_context("el")

    assert (french["locale"], french["dir"]) == ("fr", "ltr")
    assert french["t"]("form.sign") != greek["t"]("form.sign")
    assert greek["locale"] == "en"
    assert french["site"] == {"styles": assets.PUBLIC_CSS, "page": "/s/open-rivers", "indexed": False}
    assert greek["site"]["page"] is None
    assert french["find"]("no.such.key") is None
