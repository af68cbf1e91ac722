"""Undersigned: the server behind the sign-on form. ``create_app`` puts its parts together."""

import time
from collections.abc import Callable

from flask import Flask

from server.config import Settings
from server.web import (
    asking_links,
    assets,
    confirming,
    drafts,
    dump,
    embed,
    frame,
    getting,
    health,
    managing,
    pages,
    reporting,
    unsubscribing,
    versions,
)
from server.web.admin.cookies import init_cookies
from server.web.admin.doors import init_doors
from server.web.admin.parts import PARTS
from server.web.admin.problems import init_desk_problems
from server.web.limits import init_limits
from server.web.logs import init_logs
from server.web.network import trust_proxies
from server.web.problems import init_problems
from server.web.security import init_security
from server.web.services import keep_services, make_services
from server.web.uploads import InMemoryRequest

# A form writes each byte of a Georgian letter as %XX: a comment of the longest kind is 18 KB of them.
MAX_FORM_BYTES = 64 * 1024


def utcnow() -> int:
    """Return the time in epoch seconds."""
    return int(time.time())


def create_app(settings: Settings, *, clock: Callable[[], int] = utcnow) -> Flask:
    """Return the web application for these settings; it starts no thread and opens no connection yet."""
    app = Flask("server", static_folder=None)
    app.request_class = InMemoryRequest
    app.config.update(MAX_CONTENT_LENGTH=MAX_FORM_BYTES, MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    init_logs(app)
    keep_services(app, make_services(settings, clock=clock))
    trust_proxies(app, settings.trusted_proxies)
    init_limits(app, limits=settings.limits, storage_uri=settings.limit_storage_uri)
    init_security(app, https=settings.base_url.startswith("https://"))
    init_problems(app)
    init_cookies(app)
    init_doors(app, secret_key=settings.secret_keys[-1])
    init_desk_problems(app)
    signers = (confirming, managing, asking_links, unsubscribing)
    for part in (embed, frame, pages, drafts, versions, getting, reporting, *signers, *PARTS, dump, assets, health):
        app.register_blueprint(part.bp)
    return app
