"""In which language we speak to a visitor, and the words that every page needs."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from server import messages
from server.records.statement_texts import StatementText
from server.web import styles


def asked_locales(preset: str | None = None) -> list[str]:
    """Return what the visitor reads, best first: the address's ``locale``, ``preset``, then what the browser says."""
    asked = [locale for locale in (request.args.get("locale"), preset) if locale]
    return asked + _accepted(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=256)
def _accepted(header: str) -> list[str]:
    """Read what browsers say; there are only so many kinds of them."""
    return [locale for locale, _ in parse_accept_header(header, LanguageAccept) if locale != "*"]


def choose_text(texts: list[StatementText], locales: Sequence[str]) -> StatementText:
    """Return the language of a statement that somebody can read best, or its first one."""
    by_locale = {text.locale: text for text in texts}
    return by_locale[messages.choose(locales, list(by_locale)) or texts[0].locale]


def language_links(
    shown: Sequence[StatementText], current: StatementText, href: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return the way to each language of a statement, as ``public/_languages`` asks for it; ``href`` takes a locale."""
    return [
        {
            "locale": text.locale,
            "name": messages.language_name(text.locale),
            "href": href(text.locale),
            "current": text.locale == current.locale,
        }
        for text in shown
    ]


def page_words(locale: str, *, slug: str | None = None) -> dict[str, Any]:
    """Return the context that every page's template asks for; the words are in ``locale`` or what comes nearest."""
    spoken = messages.spoken(locale)
    return {
        "t": partial(messages.text, spoken),
        "find": partial(messages.find_text, spoken),
        "locale": spoken,
        "dir": messages.direction(spoken),
        "site": {
            "styles": styles.PUBLIC,
            "page": url_for("pages.statement", slug=slug) if slug else None,
            "indexed": False,
        },
    }
