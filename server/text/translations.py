"""Messages in ten languages, from one JSON file each; numbers, dates and country names in any language."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from babel import Locale
from babel.core import get_global
from babel.dates import format_date as babel_date
from babel.dates import format_time, get_datetime_format, get_timezone, get_timezone_location
from babel.localedata import locale_identifiers
from babel.numbers import format_decimal

Message: TypeAlias = str | Mapping[str, str]

LOCALES = ("en", "fr", "hy", "az", "ka", "ru", "uk", "tr", "de", "ar")
FALLBACK = "en"
SECTIONS = {"public": LOCALES, "editor": ("en", "fr"), "desk": ("en", "fr")}
"""The languages of each section of the messages: for signers, for partners' web editors, and for the desk."""

_ARABIC_COMMA_LANGUAGES = frozenset(["ar", "ckb", "fa", "ps", "ur"])
_FOLDER = Path(__file__).parent.parent / "messages"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}(\.?)")
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_FORM_FAMILIES = ("error.", "field.", "form.", "hint.", "invalid.", "kind.", "wait.")
_LIST_FAMILIES = ("list.",)
_SENT_FAMILIES = ("code.title", "list.place", "list.post", "sent.")

# The local names of cities for which CLDR has Russian names. Messages in Russian keep the Russian names.
_KYIV = {"fr": "Kyiv", "de": "Kyjiw", "tr": "Kyiv", "az": "Kyiv"}
_CITIES = {"Europe/Kyiv": _KYIV, "Europe/Kiev": _KYIV}

# Two-letter codes in CLDR that are not in our list of countries: nobody lives there, or another entry includes them.
# XK (Kosovo) is a user-assigned code in ISO 3166. It stays in the list, because people from there sign too.
_NO_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])


def text(locale: str, key: str, **values: str | int) -> str:
    """Return a message with its ``{placeholders}`` filled in; the value ``count`` selects the plural form.

    Integers are formatted for the language. A value in the other writing direction is isolated from the sentence, and a
    value that ends in a dot ("2026 г.") also ends the sentence. An unsupported locale gets the English message. Raises
    ``KeyError`` for an unknown key or a placeholder without a value.
    """
    words = supported_locale(locale)
    message = _catalogue(words)[key]
    if not isinstance(message, str):
        message = message[_language(words).plural_form(int(values["count"]))]
    return _PLACEHOLDER.sub(lambda found: _fill(words, values[found[1]], dot=found[2]), message)


def _fill(locale: str, value: str | int, *, dot: str) -> str:
    """Return a value as the language writes it, with the dot that follows it in the message unless it has its own."""
    if isinstance(value, int):
        return format_decimal(value, locale=_language(locale)) + dot
    return isolate_foreign(value, direction(locale)) + ("" if value.endswith(".") else dot)


def isolate_foreign(words: str, around: str) -> str:
    """Return words that can be used in a sentence of direction ``around`` ("ltr", "rtl") without reordering its marks.

    Only words in the other direction are isolated (Unicode's first-strong isolate), and only once.
    """
    foreign = ("R", "AL") if around == "ltr" else ("L",)
    if _ISOLATE in words or not any(unicodedata.bidirectional(char) in foreign for char in words):
        return words
    return f"{_ISOLATE}{words}{_END_OF_ISOLATE}"


def field_error(locale: str, code: str) -> str:
    """Return the message for the error code of a field. A ``Code`` also has the values of the placeholders."""
    key = f"invalid.{code}"
    return text(locale, key if find_text(locale, key) else f"manage.{key}", **getattr(code, "values", {}))


def find_text(locale: str, key: str) -> str | None:
    """Return a message without plural forms, as it is in the file; None if the key is unknown or has plural forms."""
    message = _catalogue(supported_locale(locale)).get(key)
    return message if isinstance(message, str) else None


def choose_locale(asked: Sequence[str], offered: Sequence[str]) -> str | None:
    """Return the locale of ``offered`` that fits best to the locales in ``asked`` (best first), or None.

    An exact match is preferred to one of the same language: ``fr`` fits ``fr-CA``, and ``fr-CA`` fits ``fr``.
    """
    by_tag, by_language = _index_offered(tuple(offered))
    for wanted in map(_tag, asked):
        found = by_tag.get(wanted) or by_language.get(wanted[0])
        if found is not None:
            return found
    return None


@lru_cache(maxsize=256)
def _index_offered(offered: tuple[str, ...]) -> tuple[dict[tuple[str, ...], str], dict[str, str]]:
    """Return the first locale by full tag and by language. Cached, because every message of a page needs it."""
    by_tag = {_tag(locale): locale for locale in reversed(offered)}
    return by_tag, {_tag(locale)[0]: locale for locale in reversed(offered)}


@lru_cache(maxsize=256)
def supported_locale(locale: str) -> str:
    """Return the supported locale to use for this one; English if its language is not supported."""
    return choose_locale([locale], LOCALES) or FALLBACK


def form_messages(locale: str) -> dict[str, Message]:
    """Return the messages of the widget's form, with their language and direction as ``lang`` and ``dir``."""
    return dict(_family(supported_locale(locale), _FORM_FAMILIES))


def sent_messages(locale: str) -> dict[str, Message]:
    """Return the messages that the widget shows after a form is sent, with ``lang`` and ``dir``."""
    return dict(_family(supported_locale(locale), _SENT_FAMILIES))


def list_messages(locale: str) -> dict[str, Message]:
    """Return the messages of the widget's list of signatories, with ``lang`` and ``dir``."""
    return dict(_family(supported_locale(locale), _LIST_FAMILIES))


def join_names(names: Sequence[str], locale: str) -> str:
    """Return the names with the comma of the language, without an "and" before the last: more people have signed."""
    return ("، " if _language(locale).language in _ARABIC_COMMA_LANGUAGES else ", ").join(names)


def direction(locale: str) -> Literal["ltr", "rtl"]:
    """Return the writing direction of any locale that Babel knows, also of those without messages here."""
    return "rtl" if _language(locale).text_direction == "rtl" else "ltr"


def language_name(locale: str) -> str:
    """Return the name of the language in itself, capitalised for use in a list."""
    name = _language(locale).get_display_name() or locale
    return name if name[:1].isupper() else name[:1].title() + name[1:]


def language_name_in(locale: str, language: str) -> str:
    """Return the name of ``locale`` in another language: for ``hy`` in ``en``, "Armenian"."""
    return _language(locale).get_display_name(_language(language)) or locale


def with_territory(locale: str) -> str:
    """Return the locale with its territory, or the language's most likely territory: ``fr_FR``, ``ar_EG``."""
    language = _language(locale)
    likely = _language(get_global("likely_subtags").get(str(language), str(language)))
    territory = language.territory or likely.territory
    return f"{language.language}_{territory}" if territory else language.language


@cache
def country_names(locale: str) -> Mapping[str, str]:
    """Return country names by ISO 3166 code, sorted by name; accents are ignored for sorting."""
    territories = _language(locale).territories
    named = [(code, name) for code, name in territories.items() if len(code) == 2 and code not in _NO_COUNTRIES]
    return dict(sorted(named, key=lambda country: _sort_key(country[1])))


@cache
def language_names(locale: str) -> Sequence[tuple[str, str]]:
    """Return the languages for a text as (tag, name), sorted by name, those with messages here first."""
    names = _language(locale).languages
    known = [(tag, names[tag]) for tag in locale_identifiers() if "_" not in tag and tag in names]
    return tuple(sorted(known, key=lambda language: (language[0] not in LOCALES, _sort_key(language[1]))))


def format_date(locale: str, day: date) -> str:
    """Return the date in long form, in any locale that Babel knows; in all kinds of English as 29 November 2026."""
    written = babel_date(day, format="long", locale=_calendar(locale))
    # French has an ordinal for the first of the month only, which CLDR lacks: "1er avril".
    return re.sub(r"^1 ", "1er ", written) if _language(locale).language == "fr" else written


def format_day(locale: str, epoch: int, timezone: str) -> str:
    """Return the date of ``epoch`` (seconds) in ``timezone`` (an IANA name), in long form."""
    return format_date(locale, datetime.fromtimestamp(epoch, UTC).astimezone(get_timezone(timezone)).date())


def format_moment(locale: str, epoch: int, timezone: str) -> str:
    """Return date and time of ``epoch`` (seconds), with the city of the timezone and its UTC offset.

    ``timezone`` is an IANA name. For a name without a city (``EST``) only the offset is shown.
    """
    moment = datetime.fromtimestamp(epoch, UTC).astimezone(get_timezone(timezone))
    clock = format_time(moment, "HH:mm", locale=_language(locale))
    whose = [_offset(moment.utcoffset() or timedelta())]
    if "/" in timezone and not timezone.startswith("Etc/"):
        whose.insert(0, _city(locale, timezone))
    pattern = str(get_datetime_format("long", locale=_calendar(locale))).replace("'", "")
    return f"{pattern.format(clock, format_date(locale, moment.date()))} ({join_names(whose, locale)})"


def _city(locale: str, timezone: str) -> str:
    """Return the city that a time zone is named after, in the language."""
    ours = _CITIES.get(timezone, {}).get(_language(locale).language)
    return ours or get_timezone_location(timezone, locale=_language(locale), return_city=True)


def _offset(distance: timedelta) -> str:
    """Return an offset as ``UTC+4``, ``UTC−3:30`` or ``UTC``."""
    minutes = int(distance.total_seconds() // 60)
    hours, more = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return f"UTC{sign}{hours}{f':{more:02}' if more else ''}" if minutes else "UTC"


@cache
def _family(locale: str, families: tuple[str, ...]) -> Mapping[str, Message]:
    said = {key: message for key, message in _catalogue(locale).items() if key.startswith(families)}
    return {"lang": locale, "dir": direction(locale), **said}


@cache
def _catalogue(locale: str) -> Mapping[str, Message]:
    sections = json.loads((_FOLDER / f"{locale}.json").read_text("utf-8"))
    return {key: message for section in sections.values() for key, message in section.items()}


@cache
def _language(locale: str) -> Locale:
    return Locale.parse(locale.replace("-", "_"))


def _calendar(locale: str) -> Locale:
    """Return the locale for dates. All English dates are in British order, which cannot be mistaken for another day."""
    language = _language(locale)
    return _language("en-GB") if language.language == "en" else language


def _tag(locale: str) -> tuple[str, ...]:
    return tuple(locale.replace("_", "-").lower().split("-"))


def _sort_key(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in bare if unicodedata.category(letter)[0] in "LNZ")
