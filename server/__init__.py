"""The Undersigned server. ``create_app`` puts its parts together."""

import time
from collections.abc import Callable

from flask import Flask

from server.config import Settings
from server.web import assets, downloads, health
from server.web.admin import BLUEPRINTS
from server.web.admin.auth import init_auth, init_sessions
from server.web.admin.page import init_desk_errors
from server.web.context import init_context, make_context
from server.web.errors import init_canonical, init_errors
from server.web.limits import init_limits, trust_proxies
from server.web.public import (
    api,
    bounces,
    confirm,
    embed_help,
    frame,
    front_page,
    handbook,
    manage,
    pages,
    partner_report,
)
from server.web.security import InMemoryRequest, init_logs, init_security
from server.web.shared import init_shared

# Forms percent-encode each UTF-8 byte as %XX: a Georgian comment of the maximum length takes 18 KB.
MAX_FORM_BYTES = 64 * 1024


def utcnow() -> int:
    """Return the current time in epoch seconds."""
    return int(time.time())


def create_app(settings: Settings, *, clock: Callable[[], int] = utcnow) -> Flask:
    """Return the web application for these settings. Starts no thread and opens no database connection."""
    app = Flask("server", static_folder=None)
    app.request_class = InMemoryRequest
    app.config.update(MAX_CONTENT_LENGTH=MAX_FORM_BYTES, MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    init_logs(app)
    init_context(app, make_context(settings, clock=clock))
    init_shared(app)
    trust_proxies(app, settings.trusted_proxies)
    init_limits(app, limits=settings.limits, storage_uri=settings.limit_storage_uri)
    init_security(app, https=settings.base_url.startswith("https://"))
    init_errors(app)
    init_canonical(app)
    health.init_health(app)
    init_sessions(app)
    init_auth(app, secret_key=settings.secret_keys[-1])
    init_desk_errors(app)
    for part in (front_page, api, frame, pages, confirm, manage, embed_help, partner_report, downloads, assets):
        app.register_blueprint(part.bp)
    for blueprint in (handbook.bp, bounces.bp, health.bp, *BLUEPRINTS):
        app.register_blueprint(blueprint)
    return app
