"""How the sentences of each language are written: dots, spaces, marks, and words that an editor has taken out."""

import re
from datetime import date

import pytest
from babel import Locale

from server.text import translations
from tests.rules.sources import ROOT
from tests.text.test_translations import catalogue, forms_of, placeholders, sections_of

ADDRESS = re.compile(r"https?://[^\s]+|\{[a-z_]+\}")
COUNTED = re.compile(r"\{count\}")

# One language uses one word for one thing (the first word here), so the other does not come back.
TAKEN_OUT = {
    "fr": [
        "habilité",
        "rattachement",
        "fondatri",
        "Bureau Undersigned",
        "clés pour les machines",
        "recevoir des nouvelles",
    ],
    "de": ["von anderswo", "von diesem Server nie wieder schreiben", "Haben um Ihre"],
    "ru": ["удалится автоматически", "Отказаться от новостей", "подпишите, пожалуйста, ещё раз"],
    "uk": ["описку", "застаре.", "на ваш запит", "Відмовитися від новин"],
    "tr": ["teyit", "imzaya açanlar", "izleyici", "rakam"],
    "az": ["keçidə daxil", "izləyici", "öz-özünə", "təşkilat adından"],
    "hy": ["նույնականաց", "հետ շրջել", "Պահանջված հղումները"],
    "ka": ["გამარჯობა", "მოისურვა", "იდენტიფიკაცი"],
    "ar": [
        "شكرا",
        "أيضا",
        "حاليا",
        "أبدا",
        "مجددا",
        "فورا",
        "تلقائيا",
        "يرجى",
        "سينشر",
        "ستمحى",
        "سيمحى",
        "سيحتسب",
        "النموذج",
        "جار ",
    ],
}


def sentences(locale):
    return [(key, form) for key, message in catalogue(locale).items() for form in forms_of(message)]


def numbers_of(locale, category):
    """The whole numbers below 200, and a million, that take this plural form."""
    plural_form = Locale.parse(locale).plural_form
    return [number for number in (*range(200), 1_000_000) if plural_form(number) == category]


# what is filled in


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_no_sentence_ends_in_two_dots_whatever_is_filled_in(locale):
    day = translations.format_date(locale, date(2026, 11, 1))
    for key, message in catalogue(locale).items():
        values = {name: 1 if name == "count" else day for name in placeholders(message)}
        assert ".." not in translations.text(locale, key, **values), key


def test_a_russian_date_would_bring_a_second_dot_and_does_not():
    day = translations.format_date("ru", date(2026, 11, 1))

    assert catalogue("ru")["form.closed-on"].format(date=day).endswith("г..")
    assert translations.text("ru", "form.closed-on", date=day).endswith("2026\N{NARROW NO-BREAK SPACE}г.")


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_a_sentence_says_its_number_where_its_plural_form_holds_several(locale):
    mute = [
        (key, category)
        for key, message in catalogue(locale).items()
        if not isinstance(message, str) and "count" in placeholders(message)
        for category, form in message.items()
        if len(numbers_of(locale, category)) > 1 and not COUNTED.search(form)
    ]

    assert mute == []


def test_french_says_that_no_recovery_code_is_left():
    for key in ("desk.account.recovery-used", "desk.account.recovery-left"):
        assert translations.text("fr", key, count=0).endswith("Il en reste 0.")


# marks and spaces


def test_french_never_breaks_a_line_before_its_marks_or_inside_its_quotes():
    assert [key for key, form in sentences("fr") if re.search(r" [;:!?»]|« |[^\W\d_][;!?](?!\w)", form)] == []


def test_french_writes_no_midpoint():
    assert [key for key, form in sentences("fr") if "·" in form] == []


@pytest.mark.parametrize(("locale", "foreign"), [("ar", "[,;?%]"), ("hy", "[:?;]")])
def test_arabic_and_armenian_write_their_own_marks(locale, foreign):
    written = [(key, ADDRESS.sub("", form)) for key, form in sentences(locale) if key not in ("form.labelled",)]

    assert [key for key, form in written if re.search(foreign, form)] == []


@pytest.mark.parametrize("locale", TAKEN_OUT)
def test_no_word_comes_back_that_was_taken_out(locale):
    found = [
        (key, word)
        for key, form in sentences(locale)
        for word in TAKEN_OUT[locale]
        if re.search(rf"(?<!\w){re.escape(word)}" if locale != "fr" else re.escape(word), form, re.IGNORECASE)
    ]

    assert found == []


@pytest.mark.parametrize("locale", ["ru", "uk"])
def test_what_is_wrong_is_said_without_a_please(locale):
    errors = [form for key, form in sentences(locale) if key.startswith(("invalid.", "error."))]

    assert errors
    assert not [form for form in errors if re.search("пожалуйста|будь ласка", form, re.IGNORECASE)]


def test_no_comma_and_no_colon_is_written_between_two_texts_outside_the_messages():
    pages = [path for path in (ROOT / "server" / "templates").rglob("*.html") if "mail" not in path.parts]
    scripts = [path for path in (ROOT / "widget" / "src").rglob("*.js") if path.name != "doctor.js"]
    joined = re.compile(r"\}\}: |\)\}: \$\{|%\}: |" + r"join\(\", \"\)")

    found = {path.relative_to(ROOT).as_posix() for path in (*pages, *scripts) if joined.search(path.read_text("utf-8"))}

    # The desk speaks two languages, which write the same comma.
    assert {path for path in found if not path.startswith("server/templates/desk/")} == set()
    assert not [
        path
        for path in (ROOT / "server" / "templates" / "desk").glob("*.html")
        if re.search(r"\}\}: |%\}: ", path.read_text("utf-8"))
    ]


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_the_names_of_the_city_and_the_country_have_the_comma_of_their_list(locale):
    words = translations.text(locale, "list.place", city="A", country="B")

    assert words == translations.text(locale, "list.post", title="A", affiliation="B")
    assert sections_of(locale)["public"]["list.place"].replace("{city}", "").replace("{country}", "") == (
        "، " if locale == "ar" else ", "
    )
