"""What passes a statement on: links that other services understand, a message to copy, and what they show of a link."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import url_for

from server import messages
from server.records.statement_texts import StatementText
from server.records.statements import Statement
from server.web.card import HEIGHT, WIDTH
from server.web.markdown import rendered

_DESCRIPTION_CHARS = 200


def share_shape(statement: Statement, text: StatementText, *, base_url: str) -> dict[str, Any]:
    """Return how to pass a statement on: ``title``, ``text``, ``url``, and ``links`` with ``name`` and ``href``.

    The address is the plain one of the page: it says nothing about who passes it on. So does the text, which does not
    say that they have signed. A discreet statement's title stays out of all of it.
    """
    words = messages.spoken(text.locale)
    url = base_url + url_for("pages.statement", slug=statement.slug)
    if statement.discreet:
        title, said = messages.text(words, "share.subject"), messages.text(words, "share.invitation-discreet")
    else:
        title, said = text.title, messages.text(words, "share.invitation", title=text.title)
    message = f"{said}\n{url}"
    links = (
        (messages.text(words, "share.email"), _mailto(title, message)),
        ("WhatsApp", _link("https://wa.me/", text=message)),
        ("Telegram", _link("https://t.me/share/url", url=url, text=said)),
        ("X", _link("https://x.com/intent/post", text=said, url=url)),
        ("Facebook", _link("https://www.facebook.com/sharer/sharer.php", u=url)),
        ("LinkedIn", _link("https://www.linkedin.com/sharing/share-offsite/", url=url)),
    )
    return {"title": title, "text": said, "url": url, "links": [{"name": name, "href": href} for name, href in links]}


def preview_shape(statement: Statement, text: StatementText, *, base_url: str, count: str) -> dict[str, Any] | None:
    """Return what a service may show beside a link to a statement (Open Graph), its card among it; ``count`` is words.

    None for a discreet statement.
    """
    if statement.discreet:
        return None
    return {
        "title": text.title,
        "description": text.eligibility or _first_words(text.body),
        "locale": messages.with_territory(text.locale),
        "image": base_url + url_for("pages.card", slug=statement.slug, locale=text.locale),
        "width": WIDTH,
        "height": HEIGHT,
        "alt": f"{text.title}. {count}",
    }


def _mailto(subject: str, body: str) -> str:
    """Return a link that begins an email (RFC 6068): a plus would stay a plus there, and lines end in CRLF."""
    lines = body.replace("\n", "\r\n")
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(lines, safe='')}"


def _link(service: str, **values: str) -> str:
    return f"{service}?{urlencode(values, quote_via=quote, safe='')}"


def _first_words(body: str) -> str:
    """Return the beginning of a text without its marks, up to the end of a word."""
    plain = rendered(body).striptags()
    if len(plain) <= _DESCRIPTION_CHARS:
        return plain
    return plain[: _DESCRIPTION_CHARS + 1].rpartition(" ")[0][:_DESCRIPTION_CHARS] + "…"
