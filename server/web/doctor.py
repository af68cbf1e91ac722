"""The embed doctor: what a page with the form on it should be told, in words for the person who edits that page."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from server import messages
from server.web.showing import Shown

CLOCK_TOLERANCE_S = 300
_EPOCH = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True)
class Examined:
    """What a page says of itself, and the browser of the page: its origin, which cannot be made up there."""

    origin: str | None
    partner: str | None
    version: str | None
    script: str | None
    clock: str | None


def findings(
    shown: Shown, page: Examined, *, base_url: str, newest: str, now: int, locale: str
) -> list[dict[str, str]]:
    """Return what is wrong, as codes and as words; the worst comes first."""
    return [
        {"code": code, "text": messages.text(locale, f"doctor.{code}", **values)}
        for code, values in _wrong(shown, page, base_url=base_url, newest=newest, now=now)
    ]


def may_post(shown: Shown, origin: str | None, *, own_origin: str) -> bool:
    """Say whether signatures from a page of this origin are taken."""
    return origin in (None, own_origin) or any(origin in partner.origins for partner in shown.partners)


def _wrong(
    shown: Shown, page: Examined, *, base_url: str, newest: str, now: int
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    slug, own = shown.statement.slug, urlsplit(base_url)
    if not may_post(shown, page.origin, own_origin=f"{own.scheme}://{own.netloc}"):
        yield "origin-not-listed", {"origin": page.origin, "slug": slug}
    state = shown.statement.state(now)
    if state != "open":
        yield state, {}
    if page.partner and shown.find_partner(page.partner) is None:
        yield "partner-unknown", {"partner": page.partner}
    if page.origin and urlsplit(page.origin).scheme == "http" and own.scheme == "https":
        yield "not-https", {"origin": page.origin}
    if page.script and not page.script.startswith(f"{base_url}/widget/"):
        yield "rehosted", {"script": page.script, "server": base_url}
    if page.version and page.version != newest:
        yield "old-version", {"version": page.version, "newest": newest}
    wrong_s = abs(now - int(page.clock)) if page.clock and _EPOCH.fullmatch(page.clock) else 0
    if wrong_s > CLOCK_TOLERANCE_S:
        yield "clock", {"count": wrong_s // 60}
