"""Rate limits, counted for each network; and which network a request comes from behind trusted proxies."""

import hmac
import ipaddress
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
SITE_PREFIX = 48  # what a provider gives to a company, and sells to whoever asks: 65,536 such networks
SITE_TIMES = 4
"""How many times the limit of one network all networks of a site have together."""
UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"\[(?P<bracketed>[0-9a-fA-F:.]+)\](:\d{1,5})?|(?P<plain>[0-9.]+):\d{1,5}")
FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")


def network_of(address: str | None) -> str:
    """Return an IPv4 address as its /32 and an IPv6 address as its /64; an IPv4-mapped IPv6 address counts as IPv4.

    A port, as some proxies write it, is left out. Whatever is no address is ``"unknown"``, one network for all of
    them, so that rubbish buys nobody a fresh limit.
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
    """Return the /48 of an IPv6 network, which may not multiply its limits by 65,536; None for any other."""
    if ":" not in network:
        return None
    return str(ipaddress.IPv6Network(network).supernet(new_prefix=SITE_PREFIX))


def trust_proxies(app: Flask, count: int) -> None:
    """Read the visitor's address and scheme from what the last ``count`` proxies have added; 0 trusts no header.

    The Host and the prefix are never read from a proxy: links start with the configured base URL.
    """
    if count < 0:
        raise ValueError(f"the number of trusted proxies is 0 or more, not {count}")
    if count:
        fixed = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = _without_quotes(fixed)  # type: ignore[method-assign, assignment]


def _without_quotes(application: "WSGIApplication") -> "WSGIApplication":
    """Take the quotes out of forwarded headers, where no proxy writes any.

    Behind an open quote Werkzeug either gives up on the header, which puts the visitor into the proxy's own network, or
    (3.1.3 and before) reads all that follows as one hop: then ``1.2.3.4, "`` makes the forged address the second last.
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
# What only costs us time is counted by each process for itself: a count that all share costs more than such an answer.
OF_EACH_PROCESS = frozenset[LimitName](("attempt", "data", "page", "asset", "health", "desk"))

EXTENSION = "undersigned-limits"
VISITOR = "undersigned.visitor"  # beside what the server says of a request
SITE = "undersigned.site"
ASK_AGAIN_S = 5.0
DAY_S = 24 * 60 * 60
VISITOR_BYTES = 16  # no two networks will ever share a name
REDIS_PREFIX = "undersigned-limits-1"  # with a version, for the counters of another strategy are of another type
REDIS_TIMEOUT_S = 1

P = ParamSpec("P")
R = TypeVar("R")


class NamedLimits(Limiter):
    """Flask-Limiter for one app: limits known by name, and half of each, counted in memory, while the store is lost.

    Its store serves; its decorators, their hooks and its fallback do not, for they look up and sort what applies to a
    route again at every request, which takes ten times as long as the hit itself.
    """

    def __init__(self, limits: Mapping[str, str], storage_uri: str) -> None:
        super().__init__(
            visitor,
            storage_uri=storage_uri,
            storage_options=_storage_options(storage_uri),
        )
        # Shortest window first. A hit that a longer window refuses has then counted in the shorter ones only, and they
        # open again before it does. The other way round, a burst that the minute refuses would use up the day.
        self._windows = {
            name: tuple(sorted(parse_many(written), key=RateLimitItem.get_expiry)) for name, written in limits.items()
        }
        self._halves = {name: tuple(map(_half, windows)) for name, windows in self._windows.items()}
        self._sites = {name: tuple(map(_of_site, windows)) for name, windows in self._windows.items()}
        self._site_halves = {name: tuple(map(_half, windows)) for name, windows in self._sites.items()}
        self._memory = MemoryStorage()
        self._ask_again_at = 0.0
        self._own_secret = secrets.token_bytes(DAILY_KEY_BYTES)
        self._daily_keys: dict[int, bytes] = {}
        self._asking_for_key = threading.Lock()

    def init_app(self, app: Flask) -> None:
        """Make the store; the hooks, which serve the decorators, are left out."""
        app.extensions.setdefault("limiter", set()).add(self)  # an extension that is known gets no hooks
        super().init_app(app)

    def hit(self, name: LimitName, *, of: str | None = None) -> None:
        """Count one hit in every window of a limit; raises ``TooMany`` as soon as one is full.

        It is this visitor's, unless ``of`` names somebody else: an account, wherever it is tried from.

        Each window counts and compares in one step. Asking first and counting afterwards would let a flood of parallel
        requests through between the two.
        """
        if self._storage_dead:
            self._look_for_storage()
        # This asks the store for its daily key: whether it is lost is known from here on.
        whose = visitor() if of is None else _name_today(of)
        self._count(name, whose, self._windows[name], self._halves[name])
        site = visitors_site() if of is None else None
        if site is not None:
            self._count(name, site, self._sites[name], self._site_halves[name])

    def _count(
        self, name: LimitName, whose: str, windows: tuple[RateLimitItem, ...], halves: tuple[RateLimitItem, ...]
    ) -> None:
        """Count one hit where this limit is counted: in the store of all processes, or in this one's memory."""
        whose = f"{whose}/{name}"
        if name in OF_EACH_PROCESS:
            return _count(whose, windows, self._memory)
        if not self._storage_dead:
            try:
                return _count(whose, windows, self.storage)
            except StorageError:
                self._fall_back()
        return _count(whose, halves, self._memory)

    def daily_key(self, day: int) -> bytes:
        """Return the store's key of a day, which all processes share; while the store is lost, this process's own."""
        if known := self._daily_keys.get(day):
            return known
        with self._asking_for_key:
            if day not in self._daily_keys and not self._storage_dead:
                try:
                    self._daily_keys = {day: get_or_create_daily_key(self.storage, day)}
                except StorageError:
                    self._fall_back()
            return self._daily_keys.get(day) or hmac.digest(self._own_secret, str(day).encode(), "sha256")

    def _fall_back(self) -> None:
        if not self._storage_dead:
            self._storage_dead = True
            self._ask_again_at = time.monotonic() + ASK_AGAIN_S
            self.logger.warning("Rate limit storage unreachable - falling back to in-memory storage")

    def _look_for_storage(self) -> None:
        """Return to the store once it answers again; one request in ``ASK_AGAIN_S`` seconds asks."""
        if time.monotonic() < self._ask_again_at:
            return
        self._ask_again_at = time.monotonic() + ASK_AGAIN_S
        if self.storage.check():
            self._storage_dead = False
            self.logger.info("Rate limit storage recovered")


def init_limits(app: Flask, *, limits: Mapping[str, str], storage_uri: str) -> None:
    """Give an app its limits: a string like ``"6 per minute; 40 per hour"`` for each ``LimitName``.

    ``storage_uri`` is ``sqlite:////absolute/path``, ``redis://...`` or, for one process alone, ``memory://``. A view
    behind a limit answers with an error, never without limit, in an app that this was not called for.
    """
    named = app.extensions[EXTENSION] = NamedLimits(limits, storage_uri)
    named.init_app(app)


def current_limits() -> NamedLimits:
    """Return the limits of the app that answers this request."""
    return cast("NamedLimits", current_app.extensions[EXTENSION])


def limited(name: LimitName) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Limit a view: every request of a visitor counts, whatever its outcome; ``limit_of`` returns the name."""

    def behind_limit(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def limited_view(*args: P.args, **kwargs: P.kwargs) -> R:
            hit(name)
            return view(*args, **kwargs)

        vars(limited_view)["limit_name"] = name
        return limited_view

    return behind_limit


def limit_of(view: Callable[..., object]) -> str | None:
    """Return the name of the limit of a view, None for a view without."""
    return cast("str | None", getattr(view, "limit_name", None))


def hit(name: LimitName, *, of: str | None = None) -> None:
    """Count against a limit from inside a view, once the form is valid, so that a mistyped form uses nothing up.

    ``of`` names an account whose limit it is, else it is the visitor's. Raises ``TooMany`` when the limit is reached.
    """
    current_limits().hit(name, of=of)


def visitor() -> str:
    """Return today's name of the visitor's network: the same for the whole day, and worked out once a request."""
    environ = request.environ
    known: str | None = environ.get(VISITOR)
    if known is None:
        network = network_of(environ.get("REMOTE_ADDR"))
        known = environ[VISITOR] = _name_today(network)
        site = site_of(network)
        environ[SITE] = site and _name_today(site)
    return known


def visitors_site() -> str | None:
    """Return today's name of the /48 that an IPv6 visitor comes from; None for other visitors."""
    visitor()
    site: str | None = request.environ.get(SITE)
    return site


def _name_today(whose: str) -> str:
    return visitor_name(whose, current_limits().daily_key(int(time.time()) // DAY_S))


def visitor_name(network: str, daily_key: bytes) -> str:
    """Return what a network is called under a daily key; without the key nobody finds the way back.

    Keyed BLAKE2 takes a tenth of the time of an HMAC, and every request asks.
    """
    return blake2b(network.encode(), key=daily_key, digest_size=VISITOR_BYTES).hexdigest()


def _count(whose: str, windows: tuple[RateLimitItem, ...], storage: Storage) -> None:
    full = hit_all(storage, windows, whose)
    if full is not None:
        raise TooMany(_wait_s(storage, full, whose))


def _wait_s(storage: Storage, window: RateLimitItem, whose: str) -> int:
    """Return the seconds, at least one, until a visitor's window opens again."""
    try:
        return max(1, math.ceil(window_resets_at(storage, window, whose) - time.time()))
    except StorageError:
        return window.get_expiry()


def _half(window: RateLimitItem) -> RateLimitItem:
    return type(window)(max(1, window.amount // 2), window.multiples)


def _of_site(window: RateLimitItem) -> RateLimitItem:
    return type(window)(window.amount * SITE_TIMES, window.multiples)


def _storage_options(storage_uri: str) -> dict[str, str | int]:
    if storage_uri.startswith(("redis", "valkey")):
        timeouts = {"socket_timeout": REDIS_TIMEOUT_S, "socket_connect_timeout": REDIS_TIMEOUT_S}
        return {"wrap_exceptions": True, "key_prefix": REDIS_PREFIX, **timeouts}
    return {"wrap_exceptions": True}
