"""Every language says everything, with the same values and all its plural forms, in its own way of writing."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from server.text import translations

SERVER = Path(translations.__file__).parent.parent
WIDGET = SERVER.parent / "widget" / "src"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
QUOTED = re.compile(r"""(["'`])([a-z][a-zA-Z0-9.-]*?)(\$\{|\{|\1)""")
SPOKEN = [(section, locale) for section, locales in translations.SECTIONS.items() for locale in locales]


def sections_of(locale):
    return json.loads((SERVER / "messages" / f"{locale}.json").read_text("utf-8"))


def catalogue(locale):
    return {key: message for section in sections_of(locale).values() for key, message in section.items()}


def forms_of(message):
    return [message] if isinstance(message, str) else list(message.values())


def placeholders(message):
    return {name for form in forms_of(message) for name in PLACEHOLDER.findall(form)}


# the catalogues


def test_every_file_is_a_locale_of_ours_and_the_other_way_round():
    assert {path.stem for path in (SERVER / "messages").glob("*.json")} == set(translations.LOCALES)
    assert translations.FALLBACK in translations.LOCALES


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_a_language_has_the_sections_that_it_is_said_to_have_and_no_other(locale):
    assert list(sections_of(locale)) == [name for name, locales in translations.SECTIONS.items() if locale in locales]
    assert all(translations.FALLBACK in locales for locales in translations.SECTIONS.values())


@pytest.mark.parametrize(("section", "locale"), SPOKEN)
def test_every_message_of_a_section_exists_in_all_of_its_languages(section, locale):
    assert sections_of(locale)[section].keys() == sections_of(translations.FALLBACK)[section].keys()


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_no_key_stands_in_two_sections(locale):
    assert len(catalogue(locale)) == sum(len(section) for section in sections_of(locale).values())


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_no_key_stands_twice_and_no_message_is_empty(locale):
    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"twice: {sorted(name for name in names if names.count(name) > 1)}"
        return dict(pairs)

    json.loads((SERVER / "messages" / f"{locale}.json").read_text("utf-8"), object_pairs_hook=once)

    assert not [key for key, message in catalogue(locale).items() for form in forms_of(message) if not form.strip()]


@pytest.mark.parametrize(("section", "locale"), SPOKEN)
def test_messages_have_the_same_placeholders_in_every_language(section, locale):
    english, theirs = sections_of(translations.FALLBACK)[section], sections_of(locale)[section]

    assert {key: placeholders(message) for key, message in theirs.items()} == {
        key: placeholders(message) for key, message in english.items()
    }
    assert all(re.fullmatch(r"[a-z_]+", name) for message in theirs.values() for name in placeholders(message))


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_plural_messages_have_exactly_the_forms_of_their_language(locale):
    needed = set(Locale.parse(locale).plural_form.tags) | {"other"}

    plurals = {key: set(message) for key, message in catalogue(locale).items() if not isinstance(message, str)}

    assert plurals
    assert plurals == dict.fromkeys(plurals, needed)


@pytest.mark.parametrize("section", translations.SECTIONS)
def test_the_same_messages_have_plural_forms_in_every_language(section):
    spoken = [sections_of(locale)[section] for locale in translations.SECTIONS[section]]
    plain = {frozenset(key for key in words if isinstance(words[key], str)) for words in spoken}

    assert len(plain) == 1


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_no_message_brings_markup_or_a_straight_quote(locale):
    words = [form for message in catalogue(locale).values() for form in forms_of(message)]

    assert not [form for form in words if re.search(r"[<>&\"']", form)]


# text


def test_numbers_are_written_as_the_language_does():
    assert translations.text("en", "count.signed", count=1234) == "1,234 signatures"
    assert translations.text("fr", "count.signed", count=1234) == "1\u202f234 signatures"


@pytest.mark.parametrize(("count", "words"), [(0, "0 signatures"), (1, "1 signature"), (2, "2 signatures")])
def test_the_count_chooses_the_plural_form(count, words):
    assert translations.text("en", "count.signed", count=count) == words


def test_zero_is_singular_in_french_and_a_million_has_a_form_of_its_own():
    assert translations.text("fr", "count.signed", count=0) == "0 signature"
    assert translations.text("fr", "count.signed", count=1_000_000).endswith("de signatures")


def test_a_language_without_words_gets_english_ones():
    assert translations.text("el", "form.sign") == translations.text("en", "form.sign")
    assert translations.supported_locale("fr-CA") == "fr"
    assert translations.supported_locale("../fr") == "en"


@pytest.mark.parametrize(("key", "values"), [("page.unknown", {}), ("sent.to", {}), ("count.signed", {})])
def test_a_missing_key_or_value_is_a_mistake_of_ours_and_says_so(key, values):
    with pytest.raises(KeyError):
        translations.text("en", key, **values)


@given(title=st.text())
def test_what_an_organiser_wrote_is_never_read_as_a_placeholder(title):
    shown = translations.isolate_foreign(title, "ltr")
    assert shown.strip("\u2068\u2069") == title.strip("\u2068\u2069")
    assert f"“{shown}”" in translations.text("en", "mail.confirm.asked", title=title)
    assert "“{link} {0.__class__}”" in translations.text("en", "mail.confirm.asked", title="{link} {0.__class__}")


def test_find_text_returns_none_for_what_is_unknown_or_has_forms():
    assert translations.find_text("fr", "form.sign") == "Signer"
    assert translations.find_text("fr", "hint.of.nothing") is None
    assert translations.find_text("fr", "count.signed") is None


# isolate_foreign


@pytest.mark.parametrize(
    ("locale", "title", "shown"),
    [
        ("ar", "Save the river!", "\u2068Save the river!\u2069"),
        ("ar", "أنقذوا النهر!", "أنقذوا النهر!"),
        ("ar", "أنقذوا نهر Seine!", "\u2068أنقذوا نهر Seine!\u2069"),
        ("ar", "2027", "2027"),
        ("ar", "\u2068Save the river!\u2069", "\u2068Save the river!\u2069"),
        ("en", "Save the river!", "Save the river!"),
        ("en", "أنقذوا النهر!", "\u2068أنقذوا النهر!\u2069"),
        ("hy", "הצילו את הנהר!", "\u2068הצילו את הנהר!\u2069"),
    ],
)
def test_a_title_that_is_written_the_other_way_keeps_its_mark_at_its_end(locale, title, shown):
    around = catalogue(locale)["mail.confirm.asked"].split("{title}")

    assert translations.text(locale, "mail.confirm.asked", title=title) == shown.join(around)


# form_messages


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_the_widget_gets_every_message_that_it_can_say_and_no_other(locale):
    sources = "\n".join(path.read_text("utf-8") for path in WIDGET.rglob("*.js"))
    quoted = QUOTED.findall(sources)
    families = tuple(key for _, key, end in quoted if end == "${" and key.endswith("."))
    literal = {key for _, key, end in quoted if end != "${"}

    said = translations.form_messages(locale) | translations.sent_messages(locale) | translations.list_messages(locale)

    needed = {key for key in catalogue(locale) if key in literal or key.startswith(families)}
    assert said.keys() - {"lang", "dir"} == needed


def test_the_widget_is_told_in_which_language_it_speaks():
    assert (translations.form_messages("el")["lang"], translations.form_messages("el")["dir"]) == ("en", "ltr")
    assert translations.form_messages("fr-BE")["lang"] == "fr"


# choose


@pytest.mark.parametrize(
    ("asked", "offered", "chosen"),
    [
        (["fr"], ["en", "fr"], "fr"),
        (["fr-CA", "en"], ["en", "fr"], "fr"),
        (["fr"], ["en", "fr-CA"], "fr-CA"),
        (["fr-CA"], ["fr", "fr-CA"], "fr-CA"),
        (["FR_ca"], ["fr", "fr-CA"], "fr-CA"),
        (["de", "en"], ["fr", "en"], "en"),
        (["de"], ["fr", "en"], None),
        ([], ["fr"], None),
        (["", "-", "\N{FIRE}"], ["fr"], None),
    ],
)
def test_choose_takes_the_exact_locale_then_the_language(asked, offered, chosen):
    assert translations.choose_locale(asked, offered) == chosen


@given(asked=st.lists(st.text(max_size=12)))
def test_choose_offers_nothing_that_was_not_offered(asked):
    assert translations.choose_locale(asked, translations.LOCALES) in {None, *translations.LOCALES}


# how a language writes


def test_direction_and_own_name_of_languages_with_words_or_without():
    assert [translations.direction(locale) for locale in ("en", "hy", "ar", "fa")] == ["ltr", "ltr", "rtl", "rtl"]
    assert [translations.language_name(locale) for locale in ("fr", "hy", "ka")] == ["Français", "Հայերեն", "ქართული"]


@pytest.mark.parametrize("locale", ["en", "fr", "hy", "az", "ka", "ru", "uk", "tr", "de", "ar"])
def test_country_names_are_countries_once_each_and_none_is_missing(locale):
    codes = list(translations.country_names(locale))

    assert len(codes) == len(set(codes)) == 250
    assert {"AM", "AZ", "GE", "FR", "TR", "XK", "PS", "TW", "AQ"} <= set(codes)
    assert not {"EU", "UN", "ZZ", "EZ", "001", "150"} & set(codes)


def test_country_names_stand_where_a_reader_looks_for_them():
    french = [name for code, name in translations.country_names("fr").items() if code in ("AE", "EG", "ES", "US")]

    assert french == ["Égypte", "Émirats arabes unis", "Espagne", "États-Unis"]
    assert list(translations.country_names("en").values())[:2] == ["Afghanistan", "Åland Islands"]


def test_a_locale_is_completed_with_the_country_of_most_of_its_readers():
    assert list(map(translations.with_territory, translations.LOCALES)) == [
        *("en_US", "fr_FR", "hy_AM", "az_AZ", "ka_GE", "ru_RU", "uk_UA", "tr_TR", "de_DE", "ar_EG"),
    ]
    assert [translations.with_territory(locale) for locale in ("fr-CA", "zh-Hant-HK", "ceb", "eo")] == [
        *("fr_CA", "zh_HK", "ceb_PH", "eo_001"),
    ]


def test_dates_are_written_out_in_any_language_that_babel_knows():
    day = date(2026, 4, 6)

    assert translations.format_date("fr", day) == "6 avril 2026"
    assert "ապրիլի" in translations.format_date("hy", day)


def test_the_first_of_a_month_has_its_ordinal_in_french():
    assert translations.format_date("fr", date(2026, 11, 1)) == "1er novembre 2026"
    assert translations.format_date("fr-CA", date(2026, 11, 1)) == "1er novembre 2026"
    assert translations.format_date("fr", date(2026, 11, 11)) == "11 novembre 2026"
    assert translations.format_date("de", date(2026, 11, 1)) == "1. November 2026"
    assert translations.format_moment("fr", 1_793_526_600, "UTC").startswith("1er novembre 2026, ")


@pytest.mark.parametrize("timezone", ["Europe/Kyiv", "Europe/Kiev"])
def test_kyiv_has_its_own_name_in_every_language_but_russian(timezone):
    named = {locale: translations.format_moment(locale, 1_778_484_600, timezone) for locale in translations.LOCALES}

    assert {locale for locale, words in named.items() if re.search("Ki[ey]v|Kiew|Киев", words)} == {"ru"}
    assert "(Kyjiw, " in named["de"]
    assert "(Kyiv, " in named["fr"]


def test_a_moment_names_the_city_whose_clock_it_is():
    epoch = 1_778_484_600  # 11 May 2026, 07:30 UTC

    assert translations.format_moment("fr", epoch, "Europe/Paris") == "11 mai 2026, 09:30 (Paris, UTC+2)"
    assert translations.format_day("fr", epoch, "Europe/Paris") == "11 mai 2026"
    assert translations.format_day("fr", epoch, "Pacific/Niue") == "10 mai 2026"
    assert translations.format_moment("fr", epoch, "Etc/UTC") == "11 mai 2026, 07:30 (UTC)"
    assert "Երևան" in translations.format_moment("hy", epoch, "Asia/Yerevan")


@pytest.mark.parametrize(
    ("timezone", "said"),
    [
        ("EST", "(UTC−5)"),
        ("Etc/GMT+5", "(UTC−5)"),
        ("UTC", "(UTC)"),
        ("Asia/Yerevan", "(Yerevan, UTC+4)"),
        ("Asia/Kolkata", "(Kolkata, UTC+5:30)"),
        ("America/St_Johns", "(St. John’s, UTC−2:30)"),
    ],
)
def test_a_moment_says_how_far_its_clock_is_from_utc(timezone, said):
    assert translations.format_moment("en", 1_778_484_600, timezone).endswith(said)


@pytest.mark.parametrize("locale", ["en", "en-US", "en-GB", "en-AU"])
def test_english_dates_have_the_day_first_and_times_have_24_hours(locale):
    epoch = 1_795_935_000  # 29 November 2026, 06:50 UTC

    assert translations.format_day(locale, epoch, "UTC") == "29 November 2026"
    assert translations.format_moment(locale, epoch + 12 * 3600, "UTC") == "29 November 2026, 18:50 (UTC)"


@pytest.mark.parametrize("locale", translations.LOCALES)
def test_no_language_says_the_time_with_12_hours(locale):
    assert "18:50" in translations.format_moment(locale, 1_795_935_000 + 12 * 3600, "UTC")
