"""All ten languages: a statement, its form, its page and its emails, with a name in the language's own script."""

from datetime import date

import brotli
import pytest

from server.services import statements, texts
from server.text import translations
from server.text.statement_file import read_statement
from tests.conftest import BASE_URL, PARTNER, Signer
from tests.web.native import NATIVE, add_rivers
from tests.web.reading import Page
from tests.web.scene import newest_link

MOST_BYTES = 4096


@pytest.fixture
def rivers(db, clock) -> str:
    return add_rivers(db, PARTNER, now=clock())


def data(client, locale: str, **headers: str):
    return client.get(f"/api/v1/statements/rivers?locale={locale}", headers=headers)


def test_every_language_that_we_speak_is_looked_at_here():
    assert tuple(NATIVE) == translations.LOCALES


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_the_form_speaks_it(client, rivers, locale):
    answer = data(client, locale).json

    assert (answer["statement"]["title"], answer["messages"]["lang"]) == (NATIVE[locale][0], locale)
    assert answer["messages"]["dir"] == ("rtl" if locale == "ar" else "ltr")
    english = data(client, "en").json["messages"]
    same = {key for key, words in answer["messages"].items() if words == english[key]}
    assert len(same) <= (len(english) if locale == "en" else 5)  # "Website" is a word of many languages


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_the_data_of_a_form_is_small(client, rivers, locale):
    body = data(client, locale).data

    assert len(brotli.compress(body)) <= MOST_BYTES


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_a_name_in_its_own_script_comes_through_form_email_and_list(client, rivers, context, clock, locale):
    name = NATIVE[locale][1]
    signer = Signer(client, clock, "rivers")
    assert signer.post(form_token=signer.form_token(locale=locale), name=name, locale=locale).status_code == 202
    link = newest_link(context, now=clock())

    page = Page(client.get(link))
    assert name in page.words
    assert f'<html lang="{locale}"' in page.html
    assert client.post(link, data={"consent": "yes"}).status_code == 303
    assert client.get("/api/v1/statements/rivers/signatories").json["signatories"][0]["name"] == name


@pytest.mark.parametrize(
    ("locale", "accepted", "shown"),
    [
        ("hy", "fr", "hy"),  # the attribute first
        ("hy-AM", "fr", "hy"),
        ("xx", "ka, en;q=0.5", "ka"),  # then the browser
        ("", "el, uk;q=0.3", "uk"),
        ("", "el", "en"),  # then the statement's own
        ("", "", "en"),
    ],
)
def test_who_reads_something_else_gets_the_next_best(client, rivers, locale, accepted, shown):
    assert data(client, locale, **{"Accept-Language": accepted}).json["statement"]["locale"] == shown


@pytest.mark.parametrize(
    ("locale", "comma", "colon"), [("ar", "، ", ": "), ("hy", ", ", "՝ "), ("fr", ", ", "\N{NO-BREAK SPACE}: ")]
)
def test_what_stands_beside_each_other_is_joined_as_the_language_does(client, db, clock, locale, comma, colon):
    source = f'+++\nslug = "lake"\nlocale = "{locale}"\ntitle = "!"\nplace = "Sevan"\ndate = 2026-11-20\n+++\n.\n'
    texts.add_statement(db, read_statement(source), actor="test", now=clock())
    statements.open_statement(db, "lake", actor="test", now=clock())
    day = translations.format_date(locale, date(2026, 11, 20))

    page = Page(client.get(f"/s/lake?locale={locale}"))
    assert f"Sevan{comma}{day}" in page.words
    assert client.get("/api/v1/statements/lake").json["statement"]["dateline"] == f"Sevan{comma}{day}"

    clock.forward(seconds=3)
    name = translations.text(locale, "field.individual.name")
    refused = Page(client.post(page.action, data=page.filled(), headers={"Origin": BASE_URL}))
    assert f'<a href="#name">{name}{colon}{translations.text(locale, "invalid.required")}</a>' in refused.html
