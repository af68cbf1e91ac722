"""Our letters: what stands in them, in two languages, which link, and for how long it works."""

import re
from dataclasses import replace

import pytest

from server.crypto.links import Links
from server.mail.emails import EmailLinks, render_email
from server.mail.message import RenderedEmail
from server.mail.previews import PREVIEW_TEXT, PREVIEWS
from server.text import translations
from tests.conftest import BASE_URL, NOW
from tests.mail.writing import (
    CODES,
    EACH,
    LINKS,
    ORGANISATION,
    PEN,
    SIGNATURE,
    TITLE,
    Page,
    about,
    already_letter,
    confirm_letter,
    letter,
    listed_letter,
    text_of,
)

DAY_S = 24 * 3600


@pytest.mark.parametrize(
    ("locale", "subject", "button", "until", "host"),
    [
        (
            "en",
            "Please confirm your signature: “Keep our rivers open”",
            "Review and sign",
            "22 January 2027",
            "This email was sent",
        ),
        (
            "fr",
            "Veuillez confirmer votre signature_: «_Keep our rivers open_»".replace("_", "\N{NO-BREAK SPACE}"),
            "Vérifier et signer",
            "22 janvier 2027",
            "Ce courriel",
        ),
    ],
)
def test_a_signer_is_asked_in_their_language(locale, subject, button, until, host):
    words = confirm_letter(about(locale))

    assert (words.subject, words.language) == (subject, locale)
    assert f"“{TITLE}”" in words.text or f"{TITLE}" in words.text
    assert until in words.text
    assert until in words.html
    assert button in words.html
    assert f'<html lang="{locale}" dir="ltr">' in words.html
    assert host in words.text.partition("\n-- \n")[2]


@pytest.mark.parametrize("locale", translations.LOCALES)
@EACH
def test_every_letter_can_be_written_in_every_language(letter, locale):
    for discreet in (False, True):
        words = letter(about(locale, discreet=discreet))

        assert words.language == locale
        assert f'<html lang="{locale}" dir="{translations.direction(locale)}">' in words.html
        assert words.subject
        assert words.text.endswith(".\n") or "\n-- \n" in words.text


def test_a_language_without_words_of_ours_is_served_in_english():
    words = confirm_letter(about("el"))

    assert (words.subject, words.language) == ("Please confirm your signature: “Keep our rivers open”", "en")


@pytest.mark.parametrize("locale", ["en", "fr"])
@EACH
def test_text_and_html_say_the_same(letter, locale):
    words = letter(about(locale))
    shown = " ".join(text_of(words.html).split())

    for paragraph in words.text.partition("\n-- \n")[0].split("\n\n"):
        said = " ".join(paragraph.split())
        assert said in shown or said.startswith(BASE_URL)


@pytest.mark.parametrize("locale", ["en", "fr"])
@EACH
def test_every_placeholder_is_filled_and_no_template_shows_through(letter, locale):
    for kind in (SIGNATURE, ORGANISATION):
        for discreet in (False, True):
            words = letter(about(locale, signature=kind, discreet=discreet))
            for part in (words.subject, words.text, re.sub(r'style="[^"]*"|(?s:<style>.*?</style>)', "", words.html)):
                assert not re.search(r"[{}]|%[})]|None|mail\.", part)
            assert "\n\n\n" not in words.text
            assert words.subject == words.subject.strip() != ""
            assert "\n" not in words.subject


def urls(words: RenderedEmail) -> list[str]:
    return re.findall(r"""[a-z]+://[^\s"'<>]+""", words.text + words.html)


def test_the_only_link_is_the_signed_one_and_it_leads_to_us():
    words = confirm_letter(about())

    found = urls(words)
    assert len(found) == 4  # in the text, on the button, and written out below it
    assert len(set(found)) == 1
    token = found[0].removeprefix(f"{BASE_URL}/confirm/")
    assert LINKS.read_confirm(token, now=NOW) == (7, b"n" * 16)
    assert Page(words.html).attributes["href"] == 2 * [found[0]]


@pytest.mark.parametrize("letter", [letter("reminder"), letter("links")])
def test_a_fresh_link_is_good_from_now_on(letter):
    [token] = {link.removeprefix(f"{BASE_URL}/confirm/") for link in urls(letter(about())) if "/confirm/" in link}

    assert LINKS.read_confirm(token, now=NOW + 7 * DAY_S).nonce == b"n" * 16


@pytest.mark.parametrize("letter", [letter(name) for name in ("thanks", "held", "approved")])
def test_who_has_confirmed_gets_the_link_to_their_signature_and_no_other(letter):
    [link] = set(urls(letter(about())))

    assert LINKS.read_manage(link.removeprefix(f"{BASE_URL}/signature/"), now=NOW) == (7, b"n" * 16)


def test_who_is_asked_about_a_changed_text_learns_where_it_is_shown_and_by_which_link_to_answer():
    told, discreet = (set(urls(letter("changed")(about(discreet=one)))) for one in (False, True))

    assert told - discreet == {f"{BASE_URL}/s/open-rivers/versions?locale=en"}
    [link] = discreet
    assert LINKS.read_manage(link.removeprefix(f"{BASE_URL}/signature/"), now=NOW) == (7, b"n" * 16)


def test_who_is_refused_gets_no_link_and_learns_whether_to_answer():
    silent, open_to_answers = (letter("refused")(about(reply_to=address)) for address in (None, "us@rivers.example"))

    assert urls(silent) == urls(open_to_answers) == []
    assert "reply to this email" not in silent.text
    assert "reply to this email" in open_to_answers.text


@pytest.mark.parametrize("base_url", ["https://sign.example", "http://localhost:8000"])
def test_only_news_have_the_headers_of_one_click_and_only_where_the_link_is_https(base_url):
    pen = EmailLinks(Links(["k" * 36], base_url), CODES, NOW)
    headers = {name: PREVIEWS[name](about(), pen).headers for name in PREVIEWS}

    news = headers.pop("result")
    assert set(map(len, headers.values())) == {0}
    if base_url.startswith("https"):
        assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        token = re.fullmatch(r"<https://sign.example/unsubscribe/(\S+)>", news["List-Unsubscribe"])[1]
        assert pen.links.read_unsubscribe(token, now=NOW) == (7, b"n" * 16)
    else:
        assert news == {}


def test_the_count_is_left_out_where_it_is_not_told():
    told, untold = (render_email("result", replace(about(), count=count), PEN) for count in (0, None))

    assert "0 signatures" in told.text
    assert "signed." not in untold.text.replace("you signed", "")


@pytest.mark.parametrize(("kinds", "shown"), [(("individual", "organisation"), True), (("organisation",), False)])
def test_who_may_sign_as_a_person_learns_where(kinds, shown):
    words = listed_letter(about(kinds=kinds))

    assert "has already signed this statement" in words.text
    assert (f"{BASE_URL}/s/open-rivers" in words.text.splitlines()) is shown
    assert (f"{BASE_URL}/s/open-rivers" in Page(words.html).attributes["href"]) is shown


def test_who_has_signed_already_gets_the_links_of_what_this_mailbox_has_signed():
    found = set(urls(already_letter(about())))

    tokens = [link.removeprefix(f"{BASE_URL}/signature/") for link in found]
    assert {LINKS.read_manage(token, now=NOW + 9 * 365 * DAY_S) for token in tokens} == {(7, b"n" * 16), (8, b"n" * 16)}


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_who_signs_for_an_organisation_is_asked_whether_they_may(locale):
    alone, together = confirm_letter(about(locale)), confirm_letter(about(locale, signature=ORGANISATION))

    word = {"en": "authorised", "fr": "autorisation"}[locale]
    assert word not in alone.text + alone.html
    assert word in together.text
    assert word in together.html
    assert "organisation" in together.text


@EACH
def test_a_title_is_text_and_never_markup(letter):
    title = 'Fish & chips <img src="https://evil.example/x.png"> “now”'
    words = letter(about(text=replace(PREVIEW_TEXT, title=title)))

    assert title in words.text
    assert title in text_of(words.html)
    assert "img" not in Page(words.html).tags


def test_words_that_somebody_typed_are_isolated_from_a_language_from_right_to_left():
    pen = EmailLinks(LINKS, CODES, NOW, "River Union")
    words = render_email("invited", replace(about("ar"), source="rivers.example"), pen)

    assert words.html.count("<bdi>River Union</bdi>") == 2, "who asks, and who signs the email"
    for typed in ("rivers.example", SIGNATURE.name):
        assert f"<strong><bdi>{typed}</bdi></strong>" in words.html


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ({}, "22 January 2027, 12:00"),
        ({"closes_at": NOW + 30 * DAY_S}, "22 January 2027, 12:00"),
        ({"closes_at": NOW + 2 * DAY_S}, "18 January 2027, 12:00"),
        ({"closes_at": NOW + 30 * DAY_S, "closed_at": NOW}, "16 January 2027, 12:00"),
    ],
)
def test_the_letter_says_how_long_its_link_really_works_by_the_statements_own_clock(ends, until):
    words = confirm_letter(about(**ends))

    assert until in words.text.replace("\u202f", " ")
    assert "Tbilisi" in words.text
