"""Messages in ten languages, one JSON file each, and how each language writes numbers, dates and countries."""

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
"""Which languages have which part of the words: what signers read, and what partners' web editors do."""

_OTHER_COMMA = frozenset(["ar", "ckb", "fa", "ps", "ur"])
_FOLDER = Path(__file__).parent.parent / "messages"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}(\.?)")
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_FORM_FAMILIES = ("error.", "field.", "form.", "hint.", "invalid.", "kind.", "wait.")
_LIST_FAMILIES = ("list.",)
_SENT_FAMILIES = ("code.title", "list.place", "list.post", "sent.")

# The city's own name, where CLDR takes the Russian one; Russian itself keeps it.
_KYIV = {"fr": "Kyiv", "de": "Kyjiw", "tr": "Kyiv", "az": "Kyiv"}
_CITIES = {"Europe/Kyiv": _KYIV, "Europe/Kiev": _KYIV}

# What CLDR names with two letters although nobody lives there, or it lies inside another entry of the list.
# Kosovo (XK), which ISO 3166 leaves to its users, stays: its people sign too.
_NO_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])


def text(locale: str, key: str, **values: str | int) -> str:
    """Return the message with its ``{placeholders}`` filled; ``count`` chooses among plural forms.

    Whole numbers are written as the language does. A value that is written the other way is isolated from the sentence,
    and one that ends in a dot ("2026 г.") ends the sentence too. A locale without words of its own gets English ones.
    Raises ``KeyError`` for an unknown key and for a placeholder without a value.
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
    """Return words that can stand in a sentence of direction ``around`` ("ltr", "rtl") without turning its marks.

    Only words that are written the other way get marks (Unicode's first-strong isolate), and only once.
    """
    foreign = ("R", "AL") if around == "ltr" else ("L",)
    if _ISOLATE in words or not any(unicodedata.bidirectional(char) in foreign for char in words):
        return words
    return f"{_ISOLATE}{words}{_END_OF_ISOLATE}"


def field_error(locale: str, code: str) -> str:
    """Return what is wrong with a field of a form, by its code; a ``Code`` brings what its sentence names."""
    key = f"invalid.{code}"
    return text(locale, key if find_text(locale, key) else f"manage.{key}", **getattr(code, "values", {}))


def find_text(locale: str, key: str) -> str | None:
    """Return a message that has neither plural forms nor placeholders, or None when the key is unknown."""
    message = _catalogue(supported_locale(locale)).get(key)
    return message if isinstance(message, str) else None


def choose_locale(asked: Sequence[str], offered: Sequence[str]) -> str | None:
    """Return the first of ``offered`` that somebody who asked for these locales, best first, can read.

    The exact locale goes before one of the same language (``fr-CA`` is served with ``fr``, and ``fr`` with ``fr-CA``).
    """
    by_tag, by_language = _index_offered(tuple(offered))
    for wanted in map(_tag, asked):
        found = by_tag.get(wanted) or by_language.get(wanted[0])
        if found is not None:
            return found
    return None


@lru_cache(maxsize=256)
def _index_offered(offered: tuple[str, ...]) -> tuple[dict[tuple[str, ...], str], dict[str, str]]:
    """Return the first locale of each tag and of each language; kept, for every sentence of an answer asks."""
    by_tag = {_tag(locale): locale for locale in reversed(offered)}
    return by_tag, {_tag(locale)[0]: locale for locale in reversed(offered)}


@lru_cache(maxsize=256)
def supported_locale(locale: str) -> str:
    """Return the locale of ours whose words are used for this one; English where there are none."""
    return choose_locale([locale], LOCALES) or FALLBACK


def form_messages(locale: str) -> dict[str, Message]:
    """Return what the widget says, and in which language and direction (``lang``, ``dir``) it says it."""
    return dict(_family(supported_locale(locale), _FORM_FAMILIES))


def sent_messages(locale: str) -> dict[str, Message]:
    """Return what the widget says once a form is sent, and in which language and direction."""
    return dict(_family(supported_locale(locale), _SENT_FAMILIES))


def list_messages(locale: str) -> dict[str, Message]:
    """Return what the widget's list of signatories says, and in which language and direction."""
    return dict(_family(supported_locale(locale), _LIST_FAMILIES))


def join_names(names: Sequence[str], locale: str) -> str:
    """Return names as one text, with the commas of the language and without an "and": more people have signed."""
    return ("، " if _language(locale).language in _OTHER_COMMA else ", ").join(names)


def direction(locale: str) -> Literal["ltr", "rtl"]:
    """Return which way a language is written: any that Babel knows, with words of ours or without."""
    return "rtl" if _language(locale).text_direction == "rtl" else "ltr"


def language_name(locale: str) -> str:
    """Return what the language calls itself, with the capital that a list wants."""
    name = _language(locale).get_display_name() or locale
    return name if name[:1].isupper() else name[:1].title() + name[1:]


def language_name_in(locale: str, language: str) -> str:
    """Return what ``locale`` is called in another language: ``hy`` is called Armenian in English."""
    return _language(locale).get_display_name(_language(language)) or locale


def with_territory(locale: str) -> str:
    """Return a locale with the country where most of its readers live, unless it names one: ``fr_FR``, ``ar_EG``."""
    language = _language(locale)
    likely = _language(get_global("likely_subtags").get(str(language), str(language)))
    territory = language.territory or likely.territory
    return f"{language.language}_{territory}" if territory else language.language


@cache
def country_names(locale: str) -> Mapping[str, str]:
    """Return the names of the countries by their ISO 3166 codes, in the order of the names without their marks."""
    territories = _language(locale).territories
    named = [(code, name) for code, name in territories.items() if len(code) == 2 and code not in _NO_COUNTRIES]
    return dict(sorted(named, key=lambda country: _sort_key(country[1])))


@cache
def language_names(locale: str) -> Sequence[tuple[str, str]]:
    """Return the languages that a text can be in as (tag, name), those with words of ours first, then by name."""
    names = _language(locale).languages
    known = [(tag, names[tag]) for tag in locale_identifiers() if "_" not in tag and tag in names]
    return tuple(sorted(known, key=lambda language: (language[0] not in LOCALES, _sort_key(language[1]))))


def format_date(locale: str, day: date) -> str:
    """Return the day written out, in any locale that Babel knows; in any English it is 29 November 2026."""
    written = babel_date(day, format="long", locale=_calendar(locale))
    # French has an ordinal for the first of the month only, which CLDR does not know: "1er avril".
    return re.sub(r"^1 ", "1er ", written) if _language(locale).language == "fr" else written


def format_day(locale: str, epoch: int, timezone: str) -> str:
    """Return the day of ``epoch`` seconds written out, as it is where ``timezone``, an IANA name, holds."""
    return format_date(locale, datetime.fromtimestamp(epoch, UTC).astimezone(get_timezone(timezone)).date())


def format_moment(locale: str, epoch: int, timezone: str) -> str:
    """Return day and time of ``epoch`` seconds, with the city whose clock it is and how far that is from UTC.

    ``timezone`` is an IANA name. One that names no city (``EST``) is told by its distance alone.
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
    """Return ``UTC+4``, ``UTC−3:30`` or ``UTC``."""
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
    """Return the language for dates: any English takes the British order, which no reader takes for another day."""
    language = _language(locale)
    return _language("en-GB") if language.language == "en" else language


def _tag(locale: str) -> tuple[str, ...]:
    return tuple(locale.replace("_", "-").lower().split("-"))


def _sort_key(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in bare if unicodedata.category(letter)[0] in "LNZ")
