"""Says which network a visitor comes from, trusting exactly as many proxies as the setting says."""

import ipaddress
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IPV6_PREFIX = 64  # one household or server gets at least this much, and may rotate through all of it
UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"\[(?P<bracketed>[0-9a-fA-F:.]+)\](:\d{1,5})?|(?P<plain>[0-9.]+):\d{1,5}")
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")


def network_of(address: str | None) -> str:
    """Return an IPv4 address as its /32 and an IPv6 address as its /64; IPv4 in IPv6 clothes counts as IPv4.

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


def trust_proxies(app: Flask, count: int) -> None:
    """Read the visitor's address and scheme from what the last ``count`` proxies have added; 0 trusts no header.

    The Host and the prefix are never read from a proxy: links start with the configured base URL.
    """
    if count < 0:
        raise ValueError(f"the number of trusted proxies is 0 or more, not {count}")
    if count:
        fixed = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0, x_port=0, x_prefix=0)
        app.wsgi_app = _unquoted(fixed)  # type: ignore[method-assign, assignment]


def _unquoted(application: "WSGIApplication") -> "WSGIApplication":
    """Take the quotes out of forwarded headers, where no proxy writes any.

    Behind an open quote Werkzeug either gives up on the header, which puts the visitor into the proxy's own network, or
    (3.1.3 and before) reads all that follows as one hop: then ``1.2.3.4, "`` makes the forged address the second last.
    """

    def application_without_quotes(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        for header in FORWARDED:
            if '"' in environ.get(header, ""):
                environ[header] = environ[header].replace('"', "")
        return application(environ, start_response)

    return application_without_quotes
