"""Rate limits for each network, and the client's network behind trusted proxies."""

import hmac
import ipaddress
import logging
import math
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeVar, cast

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import Storage
from werkzeug.middleware.proxy_fix import ProxyFix

from server.db.rate_limits import DAILY_KEY_BYTES, MemoryStorage, get_or_create_daily_key, hit_all, window_resets_at
from server.errors import TooMany

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The network of a visitor.

IPV6_PREFIX = 64  # one household or server gets at least this much, and may rotate through all of it
SITE_PREFIX = 48  # providers assign a /48 to companies and sell it to anybody: 65,536 /64 networks
SITE_FACTOR = 4
"""All networks of one /48 together have this many times the limit of one network."""
UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"\[(?P<bracketed>[0-9a-fA-F:.]+)\](:\d{1,5})?|(?P<plain>[0-9.]+):\d{1,5}")
FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")


def network_of(address: str | None) -> str:
    """Return an IPv4 address as its /32 and an IPv6 address as its /64; an IPv4-mapped IPv6 address counts as IPv4.

    A port, which some proxies append, is ignored. Everything that is not an address counts as one network,
    ``"unknown"``, so that sending garbage does not give a fresh limit.
    """
    with_port = _WITH_PORT.fullmatch(address or "")
    try:
        found = ipaddress.ip_address(with_port["bracketed"] or with_port["plain"] if with_port else address or "")
    except ValueError:
        return UNKNOWN
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.version == 4:
        return f"{found}/32"
    return str(ipaddress.ip_network((int(found), IPV6_PREFIX), strict=False))


def site_of(network: str) -> str | None:
    """Return the /48 of an IPv6 network, so that its 65,536 networks do not each have a full limit; None for IPv4."""
    if ":" not in network:
        return None
    return str(ipaddress.IPv6Network(network).supernet(new_prefix=SITE_PREFIX))


def trust_proxies(app: Flask, count: int) -> None:
    """Take the visitor's address and scheme from the headers of the last ``count`` proxies; 0 trusts no header.

    Host and path prefix are never read from a proxy: links start with the configured base URL. Raises ``ValueError``
    for a negative count.
    """
    if count < 0:
        raise ValueError(f"the number of trusted proxies is 0 or more, not {count}")
    if count:
        fixed = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = _without_quotes(fixed)  # type: ignore[method-assign, assignment]


def _without_quotes(application: "WSGIApplication") -> "WSGIApplication":
    """Remove quotation marks from forwarded headers; no proxy writes any.

    Behind an open quotation mark Werkzeug either ignores the header, so that the visitor counts as the proxy's own
    network, or (3.1.3 and before) reads the rest as one hop: then ``1.2.3.4, "`` makes the forged address the second
    last.
    """

    def application_without_quotes(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        for header in FORWARDED_HEADERS:
            if '"' in environ.get(header, ""):
                environ[header] = environ[header].replace('"', "")
        return application(environ, start_response)

    return application_without_quotes


# Limits.

LimitName = Literal[
    "sign", "confirm", "resend", "dump", "login", "account", "attempt", "data", "page", "asset", "health", "desk"
]
# Each process counts these in its own memory: they only protect our CPU time, and counting in the shared store costs
# more than such an answer.
COUNTED_PER_PROCESS = frozenset[LimitName](("attempt", "data", "page", "asset", "health", "desk"))

EXTENSION = "undersigned-limits"
VISITOR = "undersigned.visitor"  # a key of the WSGI environ
ASK_AGAIN_S = 5.0
DAY_S = 24 * 60 * 60
VISITOR_BYTES = 16  # length of a pseudonym: two networks never get the same one
REDIS_PREFIX = "undersigned-limits-1"  # has a version, because another limiting strategy needs counters of another type
REDIS_TIMEOUT_S = 1

_log = logging.getLogger("undersigned")

P = ParamSpec("P")
R = TypeVar("R")


class NamedLimits:
    """The limits of one app by name. While their store is unreachable, half of each limit is counted in memory.

    Flask-Limiter opens the ``store``. Its decorators, hooks and fallback are not used: they look up and sort the limits
    of a route on every request, which takes ten times as long as the hit itself, and when a store is lost, the fallback
    lets the second error of parallel requests through.
    """

    def __init__(self, limits: Mapping[str, str], store: Storage) -> None:
        self.store = store
        self._is_store_lost = False
        # Shortest window first. If a longer window refuses a hit, that hit has counted only in shorter windows, which
        # reset earlier. In the other order, a burst that the minute window refuses would use up the daily window.
        self._windows = {
            name: tuple(sorted(parse_many(written), key=RateLimitItem.get_expiry)) for name, written in limits.items()
        }
        self._halves = {name: tuple(map(_half_limit, windows)) for name, windows in self._windows.items()}
        self._sites = {name: tuple(map(_site_limit, windows)) for name, windows in self._windows.items()}
        self._site_halves = {name: tuple(map(_half_limit, windows)) for name, windows in self._sites.items()}
        self._memory = MemoryStorage()
        self._ask_again_at = 0.0
        self._own_secret = secrets.token_bytes(DAILY_KEY_BYTES)
        self._daily_keys: dict[int, bytes] = {}
        self._asking_for_key = threading.Lock()

    def hit(self, name: LimitName, environ: "WSGIEnvironment", *, of: str | None = None) -> None:
        """Count one hit in every window of a limit; raises ``TooMany`` as soon as one is full.

        The hit counts for the visitor, or for ``of``: an account, whichever network a login comes from.

        Each window counts and compares in one step. Checking first and counting afterwards would let parallel requests
        through between the two.
        """
        if self._is_store_lost:
            self._look_for_storage()
        # This reads the daily key from the store, so ``_is_store_lost`` is up to date from here on.
        whose, site = self.visitor(environ) if of is None else (self._name_today(of), None)
        self._count(name, whose, self._windows[name], self._halves[name])
        if site is not None:
            self._count(name, site, self._sites[name], self._site_halves[name])

    def _count(
        self, name: LimitName, whose: str, windows: tuple[RateLimitItem, ...], halves: tuple[RateLimitItem, ...]
    ) -> None:
        """Count one hit where the limit belongs: in the shared store, or in the memory of this process."""
        whose = f"{whose}/{name}"
        if name in COUNTED_PER_PROCESS:
            return _count(whose, windows, self._memory)
        if not self._is_store_lost:
            try:
                return _count(whose, windows, self.store)
            except StorageError:
                self._fall_back()
        return _count(whose, halves, self._memory)

    def visitor(self, environ: "WSGIEnvironment") -> tuple[str, str | None]:
        """Return today's pseudonyms of the visitor's network and of its /48, which is None for IPv4.

        They are computed once for each request.
        """
        known: tuple[str, str | None] | None = environ.get(VISITOR)
        if known is None:
            network = network_of(environ.get("REMOTE_ADDR"))
            site = site_of(network)
            known = environ[VISITOR] = self._name_today(network), site and self._name_today(site)
        return known

    def _name_today(self, whose: str) -> str:
        return visitor_name(whose, self.daily_key(int(time.time()) // DAY_S))

    def daily_key(self, day: int) -> bytes:
        """Return the secret key for pseudonyms of visitors on this day.

        All processes share it through the store. While the store is unreachable, each process uses a key of its own.
        """
        if known := self._daily_keys.get(day):
            return known
        with self._asking_for_key:
            if day not in self._daily_keys and not self._is_store_lost:
                try:
                    self._daily_keys = {day: get_or_create_daily_key(self.store, day)}
                except StorageError:
                    self._fall_back()
            return self._daily_keys.get(day) or hmac.digest(self._own_secret, str(day).encode(), "sha256")

    def _fall_back(self) -> None:
        if not self._is_store_lost:
            self._is_store_lost = True
            self._ask_again_at = time.monotonic() + ASK_AGAIN_S
            _log.warning("Rate limit storage unreachable - falling back to in-memory storage")

    def _look_for_storage(self) -> None:
        """Use the store again once it answers; tried at most once every ``ASK_AGAIN_S`` seconds."""
        if time.monotonic() < self._ask_again_at:
            return
        self._ask_again_at = time.monotonic() + ASK_AGAIN_S
        if self.store.check():
            self._is_store_lost = False
            _log.info("Rate limit storage recovered")


def init_limits(app: Flask, *, limits: Mapping[str, str], storage_uri: str) -> None:
    """Set the limits of an app: a string like ``"6 per minute; 40 per hour"`` for each ``LimitName``.

    ``storage_uri`` is ``sqlite:////absolute/path``, ``redis://...`` or, for a single process, ``memory://``. Without
    this call every limited view of the app fails with an error.
    """
    limiter = Limiter(visitor, storage_uri=storage_uri, storage_options=_storage_options(storage_uri))
    app.extensions.setdefault("limiter", set()).add(limiter)  # one that is registered already installs no hooks
    limiter.init_app(app)
    app.extensions[EXTENSION] = NamedLimits(limits, limiter.storage)


def current_limits() -> NamedLimits:
    """Return the limits of the app that handles this request."""
    return limits_of(current_app)


def limits_of(app: Flask) -> NamedLimits:
    """Return the limits of an app."""
    return cast("NamedLimits", app.extensions[EXTENSION])


def limited(name: LimitName) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a view with a rate limit: every request counts, whatever its outcome. ``limit_of`` returns the name."""

    def behind_limit(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def limited_view(*args: P.args, **kwargs: P.kwargs) -> R:
            hit(name)
            return view(*args, **kwargs)

        vars(limited_view)["limit_name"] = name
        return limited_view

    return behind_limit


def limit_of(view: Callable[..., object]) -> str | None:
    """Return the name of a view's limit, or None if it has none."""
    return cast("str | None", getattr(view, "limit_name", None))


def hit(name: LimitName, *, of: str | None = None) -> None:
    """Count a hit from inside a view, once the form is valid, so that a mistyped form uses nothing up.

    It counts for the visitor, or for the account ``of``. Raises ``TooMany`` when the limit is reached.
    """
    current_limits().hit(name, request.environ, of=of)


def visitor() -> str:
    """Return today's pseudonym of the visitor's network."""
    return current_limits().visitor(request.environ)[0]


def visitor_name(network: str, daily_key: bytes) -> str:
    """Return the pseudonym of a network under a daily key; it cannot be reversed without the key.

    Keyed BLAKE2 takes a tenth of the time of an HMAC, and every request computes it.
    """
    return blake2b(network.encode(), key=daily_key, digest_size=VISITOR_BYTES).hexdigest()


def _count(whose: str, windows: tuple[RateLimitItem, ...], storage: Storage) -> None:
    full = hit_all(storage, windows, whose)
    if full is not None:
        raise TooMany(_wait_s(storage, full, whose))


def _wait_s(storage: Storage, window: RateLimitItem, whose: str) -> int:
    """Return the seconds, at least one, until the window resets for this visitor."""
    try:
        return max(1, math.ceil(window_resets_at(storage, window, whose) - time.time()))
    except StorageError:
        return window.get_expiry()


def _half_limit(window: RateLimitItem) -> RateLimitItem:
    return type(window)(max(1, window.amount // 2), window.multiples)


def _site_limit(window: RateLimitItem) -> RateLimitItem:
    return type(window)(window.amount * SITE_FACTOR, window.multiples)


def _storage_options(storage_uri: str) -> dict[str, str | int]:
    if storage_uri.startswith(("redis", "valkey")):
        timeouts = {"socket_timeout": REDIS_TIMEOUT_S, "socket_connect_timeout": REDIS_TIMEOUT_S}
        return {"wrap_exceptions": True, "key_prefix": REDIS_PREFIX, **timeouts}
    return {"wrap_exceptions": True}
