"""Getting the form onto a website: the page with preview and snippets, and the same for programs (oEmbed)."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import messages
from server.errors import NotFound
from server.web import showing, snippets
from server.web.assets import newest_bundle
from server.web.limits import limited
from server.web.security import PREVIEW_POLICY
from server.web.services import services
from server.web.showing import Shown
from server.web.snippets import Wanted
from server.web.statement_page import words_about
from server.web.wording import asked_locales, choose_text, page_words

bp = Blueprint("getting", __name__)
WIDEST, HIGHEST = 600, snippets.FRAME_HEIGHT
_CACHE_S = 3600


@bp.get("/s/<slug>/embed")
@limited("page")
def page(slug: str) -> ResponseReturnValue:
    """Show the form as a website would have it, and what to paste into that website."""
    here = services()
    shown = showing.read_shown(here.db, slug, now=here.clock())
    wanted = _wanted(
        shown,
        locale=request.args.get("form_locale"),
        partner=request.args.get("partner"),
        theme=request.args.get("theme"),
        inline=request.args.get("mode") == "inline",
    )
    html = render_template("public/getting.html", **_words(shown), **_choices(shown, wanted), **_to_paste(wanted))
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    response.vary.add("Accept-Language")
    return response


@bp.get("/oembed")
@limited("data")
def oembed() -> ResponseReturnValue:
    """Answer a website that was given the address of a hosted page with the frame to show there (oEmbed 1.0)."""
    if request.args.get("format", "json") != "json":
        return Response("The only format here is json.\n", status=501, mimetype="text/plain")
    here = services()
    slug, carried = _read_address(request.args.get("url", ""))
    shown = showing.read_shown(here.db, slug, now=here.clock())
    wanted = _wanted(shown, locale=carried.get("locale"), partner=carried.get("partner"))
    width, height = _at_most(WIDEST, "maxwidth"), _at_most(HIGHEST, "maxheight")
    response = jsonify(
        version="1.0",
        type="rich",
        title=wanted.title,
        provider_name=here.links.host,
        provider_url=here.links.base_url,
        html=snippets.frame(wanted, width=str(width), height=height),
        width=width,
        height=height,
        cache_age=_CACHE_S,
    )
    response.headers["Cache-Control"] = f"public, max-age={_CACHE_S}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.vary.add("Accept-Language")
    return response


def _wanted(
    shown: Shown, *, locale: str | None, partner: str | None, theme: str | None = None, inline: bool = False
) -> Wanted:
    """Return what was chosen, as far as there is such a language, partner or theme."""
    known = shown.find_partner(partner)
    chosen = next((text for text in shown.texts if text.locale == locale), None)
    return snippets.want(
        services().links,
        shown.statement.slug,
        chosen or choose_text(shown.texts, asked_locales(known.locale if known else None)),
        known,
        locale=chosen.locale if chosen else None,
        theme=theme,
        inline=inline,
    )


def _words(shown: Shown) -> dict[str, Any]:
    """Return the words of the page in a language that has those for editors, and the statement in any of its own."""
    text = choose_text(shown.texts, asked_locales())
    spoken = messages.choose(asked_locales(), messages.SECTIONS["editor"]) or messages.FALLBACK
    return words_about(shown, text) | page_words(spoken, slug=shown.statement.slug)


def _choices(shown: Shown, wanted: Wanted) -> dict[str, Any]:
    return {
        "wanted": wanted,
        "languages": [(text.locale, messages.language_name(text.locale)) for text in shown.texts],
        "partners": [(partner.slug, partner.name) for partner in shown.partners],
        "asked_locale": request.args.get("locale"),
        "widget": url_for("assets.widget", version=newest_bundle()),
        "copying": url_for("assets.copying"),
    }


def _to_paste(wanted: Wanted) -> dict[str, Any]:
    origin = services().settings.own_origin
    return {
        "snippets": {
            "script": snippets.script(wanted),
            "pinned": snippets.pinned_script(wanted),
            "frame": snippets.frame(wanted),
            "link": snippets.link(wanted),
        },
        "policies": {
            "script": snippets.script_policy(origin, inline=wanted.inline),
            "frame": snippets.frame_policy(origin),
        },
    }


def _read_address(url: str) -> tuple[str, dict[str, str]]:
    """Return the slug in the address of a hosted page and its query; raises ``NotFound`` for any other address."""
    address, _, query = url.partition("#")[0].partition("?")
    slug = address.rpartition("/")[2]
    if not slug or address != services().links.page(slug):
        raise NotFound("this is not the address of a statement")
    return slug, dict(parse_qsl(query))


def _at_most(most: int, name: str) -> int:
    """Return a size in pixels: what the website has room for, where it says so."""
    room = request.args.get(name, type=int)
    return min(room, most) if room and room > 0 else most
