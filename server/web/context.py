"""The app's context for views: settings, store, keys, clock and read cache; and the visitor's language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from multiprocessing.util import Finalize
from typing import Any

from flask import Flask, current_app, redirect, request, url_for
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

from server.config import Settings
from server.crypto.encryption import Sealer
from server.crypto.links import BounceAddresses, ConfirmationCodes, Links, ListCursors
from server.db import Store
from server.db.engines import open_store
from server.mail.delivery import DeliveryContext
from server.tables.texts import StatementText
from server.text import translations
from server.text.addresses import AddressKeys
from server.web import assets
from server.web.caching import Cache
from server.worker import Worker

# The context of the app.

EXTENSION = "undersigned"
_WORKER = "undersigned-worker"
EXIT_PRIORITY = 10


@dataclass(frozen=True)
class Context:
    """The objects that views use, one context for each app; ``clock`` returns epoch seconds."""

    settings: Settings
    db: Store
    links: Links
    codes: ConfirmationCodes
    cursors: ListCursors
    bounces: BounceAddresses
    keys: AddressKeys
    sealer: Sealer
    clock: Callable[[], int]
    read_cache: Cache = field(default_factory=Cache, repr=False)

    @property
    def delivery_context(self) -> DeliveryContext:
        """What this instance needs to deliver its emails."""
        budget, sender = self.settings.mail_budget, self.settings.mail_from
        return DeliveryContext(self.db, self.links, self.codes, self.keys, self.sealer, budget, sender, self.bounces)


def make_context(settings: Settings, *, clock: Callable[[], int]) -> Context:
    """Return the context for these settings; opens no database connection yet."""
    return Context(
        settings=settings,
        db=open_store(settings.database),
        links=Links(settings.secret_keys, settings.base_url),
        codes=ConfirmationCodes(settings.secret_keys),
        cursors=ListCursors(settings.secret_keys),
        bounces=BounceAddresses(settings.secret_keys, settings.bounce_address),
        keys=AddressKeys(settings.pepper),
        sealer=Sealer(settings.data_keys),
        clock=clock,
    )


def init_context(app: Flask, context: Context) -> None:
    """Attach the context to the app, for ``get_context``."""
    app.extensions[EXTENSION] = context


def get_context() -> Context:
    """Return the context of the app that handles this request."""
    return context_of(current_app)


def context_of(app: Flask) -> Context:
    """Return the context of an app."""
    found: Context = app.extensions[EXTENSION]
    return found


def start_worker(app: Flask) -> Worker:
    """Start the worker of this process; call it after any fork. When the process exits, worker and store are closed."""
    here = context_of(app)
    settings = here.settings
    worker = Worker(
        here.delivery_context,
        settings.mail_url,
        clock=here.clock,
        delivers=settings.deliver_in_thread,
        remind_after_s=settings.remind_after_s,
        mail_late_after_s=settings.mail_late_after_s,
        backups=settings.backups,
        backs_up_nightly=settings.backup_folder != "off",
    )
    here.db.serve()
    worker.start()
    Finalize(None, here.db.close, exitpriority=EXIT_PRIORITY - 1)
    Finalize(None, worker.stop, exitpriority=EXIT_PRIORITY)  # the higher priority is first
    app.extensions[_WORKER] = worker
    return worker


def find_worker() -> Worker | None:
    """Return the worker of this process, or None if none was started."""
    found: Worker | None = current_app.extensions.get(_WORKER)
    return found


# The visitor's language, and the context of every page.


def requested_locales(preset: str | None = None) -> list[str]:
    """Return the visitor's languages, best first: the query's ``locale``, ``preset``, then ``Accept-Language``."""
    asked = [locale for locale in (request.args.get("locale"), preset) if locale]
    return asked + _parse_accept_language(request.headers.get("Accept-Language", ""))


def visitor_locale(preset: str | None = None, *, offered: Sequence[str] = translations.LOCALES) -> str:
    """Return the language of ``offered`` that fits the visitor best, for pages about no single statement."""
    return translations.choose_locale(requested_locales(preset), offered) or translations.FALLBACK


@lru_cache(maxsize=256)
def _parse_accept_language(header: str) -> list[str]:
    """Parse an Accept-Language header; browsers send few different values, so the results are cached."""
    return [locale for locale, _ in parse_accept_header(header, LanguageAccept) if locale != "*"]


def choose_text(texts: list[StatementText], locales: Sequence[str]) -> StatementText:
    """Return the text whose language fits ``locales`` best, or the statement's first text."""
    by_locale = {text.locale: text for text in texts}
    return by_locale[translations.choose_locale(locales, list(by_locale)) or texts[0].locale]


def language_links(
    shown: Sequence[StatementText], current: StatementText, href: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return a link to each language of a statement, for ``public/_languages``; ``href`` takes a locale."""
    return [
        {
            "locale": text.locale,
            "name": translations.language_name(text.locale),
            "href": href(text.locale),
            "current": text.locale == current.locale,
        }
        for text in shown
    ]


def see_other(view: str, **values: Any) -> Response:
    """Redirect after a POST: the browser fetches this view with a GET, and reloading it sends nothing again."""
    return redirect(url_for(view, **values), 303)


def page_context(locale: str, *, slug: str | None = None) -> dict[str, Any]:
    """Return the context that the template of every page needs, in ``locale`` or the nearest supported language."""
    spoken = translations.supported_locale(locale)
    return {
        "t": partial(translations.text, spoken),
        "find": partial(translations.find_text, spoken),
        "field_error": partial(translations.field_error, spoken),
        "locale": spoken,
        "dir": translations.direction(spoken),
        "site": {
            "styles": assets.PUBLIC_CSS,
            "page": url_for("pages.show_statement", slug=slug) if slug else None,
            "indexed": False,
        },
    }
