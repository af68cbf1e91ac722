"""Embed code for a form, the page that shows it, and oEmbed."""

import json
from dataclasses import dataclass
from textwrap import indent
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from server.crypto.links import Links
from server.errors import NotFound
from server.tables.partners import Partner
from server.tables.statements import Statement
from server.tables.texts import StatementText
from server.text import translations
from server.web.assets import integrity_of, newest_bundle_version
from server.web.caching import compressed
from server.web.context import choose_text, get_context, page_context, requested_locales, visitor_locale
from server.web.limits import limited
from server.web.public import views
from server.web.public.submission import describe_fields, kinds_of
from server.web.public.views import PublicStatement
from server.web.security import PREVIEW_POLICY

# Embed code.

FRAME_HEIGHT_PX = 900
THEMES = ("light", "dark")
AUTO_THEME = "auto"
_WORDPRESS_CLASS = "wp-embedded-content"


@dataclass(frozen=True)
class SnippetOptions:
    """How a website shows a statement; None leaves a choice to the page.

    ``title`` and ``invitation`` are link texts: the statement's title, and "sign it here instead". ``AUTO_THEME``
    overrides a partner's default theme. ``heights`` are (width, height of the form at that width and above), in pixels.
    """

    links: Links
    slug: str
    heights: list[tuple[int, int]]
    title: str
    invitation: str
    partner: str | None = None
    locale: str | None = None
    theme: str | None = None
    inline: bool = False

    @property
    def page(self) -> str:
        """The URL of the hosted page, with language and partner."""
        return self.links.page(self.slug, locale=self.locale, partner=self.partner)

    @property
    def worn(self) -> str | None:
        """The ``theme`` attribute of the element; without it, the element adapts to the text around it."""
        return None if self.theme == AUTO_THEME else self.theme

    @property
    def frame_page(self) -> str:
        """The URL of the page with nothing but the form."""
        return self.links.frame(self.slug, locale=self.locale, partner=self.partner, theme=self.theme)


def snippet_options(
    links: Links,
    statement: Statement,
    text: StatementText,
    partner: Partner | None,
    *,
    locale: str | None = None,
    theme: str | None = None,
    inline: bool = False,
) -> SnippetOptions:
    """Return how a partner's website (None: any website) shows a statement; link texts are in the text's language.

    With ``theme`` None, the partner's default theme is used. The partner's default language is left out: the language
    of the page, unknown here, takes precedence over it.
    """
    preset = partner.theme if partner else None
    look = preset if theme is None else theme
    return SnippetOptions(
        links,
        statement.slug,
        estimate_heights(statement),
        text.title,
        translations.text(text.locale, "form.elsewhere"),
        partner=partner.slug if partner else None,
        locale=locale,
        theme=look if look in THEMES or (preset and look == AUTO_THEME) else None,
        inline=inline,
    )


def estimate_heights(statement: Statement) -> list[tuple[int, int]]:
    """Estimate the form's height on a phone and in two columns, from its fields; return (width, height) in pixels.

    A script on the help page measures the real height in the editor's browser.
    """
    described = describe_fields(statement, kinds_of(statement)[0], statement.locale)
    shown = [field for field in described if not field.get("detail")]
    boxes = [field for field in shown if field["type"] == "checkbox"]
    wide = [field for field in shown if field["type"] == "textarea" or field["name"] == "visibility"]
    rows, has_details = len(shown) - len(boxes), len(shown) < len(described)
    switch = len(statement.kinds) > 1
    narrow = 480 + 150 * switch + 100 * rows + 60 * len(boxes) + 70 * has_details
    columns = -(-(rows - len(wide)) // 2) + len(wide)
    return [(0, narrow), (500, 440 + 100 * switch + 105 * columns + 45 * len(boxes) + 65 * has_details)]


def script_snippet(wanted: SnippetOptions) -> str:
    """Return the element and the script of the newest version, which updates itself."""
    return f"{_preload_tag(wanted)}{_element_tag(wanted)}\n{_script_tag(wanted.links.widget('v1'))}"


def pinned_script_snippet(wanted: SnippetOptions) -> str:
    """Return the element and the current script with its integrity hash, so that browsers run no other script."""
    version = newest_bundle_version()
    pinned = _attributes(integrity=integrity_of(version), crossorigin="anonymous")
    return f"{_preload_tag(wanted)}{_element_tag(wanted)}\n{_script_tag(wanted.links.widget(version), pinned)}"


def frame_snippet(
    wanted: SnippetOptions,
    *,
    width: str = "100%",
    height: int = FRAME_HEIGHT_PX,
    css_class: str | None = None,
    sandboxed: bool = False,
) -> str:
    """Return an iframe, which needs no script; it has no border and no inline style, which strict policies block."""
    src = wanted.links.frame(
        wanted.slug, locale=wanted.locale, partner=wanted.partner, theme=wanted.theme, sandboxed=sandboxed
    )
    size = _attributes(src=src, title=wanted.title, width=width, height=str(height), frameborder="0")
    said = Markup("{}{}").format(Markup(' class="{}"').format(css_class) if css_class else "", size)
    return str(Markup("<iframe{}></iframe>").format(said))


def oembed_html(wanted: SnippetOptions, *, width: int, height: int) -> str:
    """Return an iframe in WordPress's embed markup.

    WordPress puts it into a sandbox. It shows the quote until the frame has reported its height (frame.js), or for ever
    if scripts are off or the browser blocks the frame. Other websites show a link and the frame.
    """
    link = _link_tag(wanted.page, wanted.title)
    quote = Markup('<blockquote class="{}">{}</blockquote>').format(_WORDPRESS_CLASS, link)
    return str(quote) + frame_snippet(
        wanted, width=str(width), height=height, css_class=_WORDPRESS_CLASS, sandboxed=True
    )


def react_snippet(wanted: SnippetOptions) -> str:
    """Return a React component, which also works with server rendering in Next.js."""
    lines = ('"use client";', 'import { useEffect } from "react";', "", _script_constant(wanted), "")
    body = indent(_without_braces(_element_tag(wanted)), "    ")
    return "\n".join(
        [
            *lines,
            "export function SignOnForm() {",
            "  useEffect(() => {",
            indent(_LOAD_SCRIPT, "    "),
            "  }, []);",
            "  return (",
            body,
            "  );",
            "}",
        ]
    )


def vue_snippet(wanted: SnippetOptions) -> str:
    """Return a Vue component. ``v-pre`` makes Vue keep the custom element as it is, without a compiler setting."""
    element = _without_braces(_element_tag(wanted)).replace("<undersigned-form", "<undersigned-form v-pre", 1)
    return "\n".join(
        [
            "<script setup>",
            'import { onMounted } from "vue";',
            "",
            _script_constant(wanted),
            "",
            "onMounted(() => {",
            indent(_LOAD_SCRIPT, "  "),
            "});",
            "</script>",
            "",
            "<template>",
            indent(element, "  "),
            "</template>",
        ]
    )


# Frameworks interpret braces as code; as entities they are text in HTML, JSX and templates.
_BRACES = str.maketrans({"{": "&#123;", "}": "&#125;"})
_LOAD_SCRIPT = """\
if (document.querySelector(`script[src="${SCRIPT}"]`)) return;
document.head.append(Object.assign(document.createElement("script"), { src: SCRIPT, async: true }));"""


def _without_braces(html: str) -> str:
    return str(html).translate(_BRACES)


def _script_constant(wanted: SnippetOptions) -> str:
    return f"const SCRIPT = {json.dumps(wanted.links.widget('v1'))};"


def _element_tag(wanted: SnippetOptions) -> Markup:
    chosen = _attributes(
        server=wanted.links.base_url,
        statement=wanted.slug,
        partner=wanted.partner,
        locale=wanted.locale,
        theme=wanted.worn,
        height=" ".join(f"{width}:{height}" for width, height in wanted.heights),
    )
    inline = " inline" if wanted.inline else ""
    inside = _link_tag(wanted.page, wanted.invitation)
    # Until the script runs, an empty SVG reserves the space, because strict policies would block an inline style.
    place = _attributes(display="block", width="1", height=str(min(height for _, height in wanted.heights)))
    return Markup('<undersigned-form{}{}>\n  {}\n  <svg{} aria-hidden="true"></svg>\n</undersigned-form>').format(
        chosen, inline, inside, place
    )


def _preload_tag(wanted: SnippetOptions) -> Markup:
    """Return a preload tag for the form's data, and a line break, so that the browser fetches it before our script
    runs.

    Only if the embed code names the language: otherwise the element uses the page's language, which is unknown here.
    """
    if not (wanted.inline and wanted.locale):
        return Markup()
    address = wanted.links.data(wanted.slug, partner=wanted.partner, locale=wanted.locale)
    return Markup('<link rel="preload" as="fetch"{} crossorigin>\n').format(_attributes(href=address))


def _script_tag(address: str, pinned: str = "") -> Markup:
    return Markup("<script{}{} async></script>").format(_attributes(src=address), pinned)


def _link_tag(href: str, words: str) -> Markup:
    return Markup("<a{}>{}</a>").format(_attributes(href=href), words)


def _attributes(**said: str | None) -> Markup:
    """Return HTML attributes, without those that have no value."""
    pairs = ((name, value) for name, value in said.items() if value)
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in pairs)


# The help page and oEmbed.

bp = Blueprint("embed_help", __name__)
OEMBED_WIDEST_PX, OEMBED_HIGHEST_PX = 600, FRAME_HEIGHT_PX
_CACHE_S = 3600


@bp.get("/s/<slug>/embed")
@limited("page")
@compressed
def show_embed_help(slug: str) -> ResponseReturnValue:
    """Show a preview of the embedded form, and the code to paste into the website."""
    shown, asked = views.read_public_statement(slug), request.args
    wanted = _read_options(
        shown,
        locale=asked.get("form_locale"),
        partner=asked.get("partner"),
        theme=asked.get("theme"),
        inline=asked.get("mode") == "inline",
    )
    # The page is in a language with editor messages, the statement in any of its own languages.
    context = views.statement_context(shown, choose_text(shown.texts, requested_locales()))
    context |= page_context(visitor_locale(offered=translations.SECTIONS["editor"]), slug=slug)
    origin, script = get_context().settings.own_origin, script_snippet(wanted)
    html = render_template(
        "public/embed_help.html",
        **context,
        wanted=wanted,
        languages=[(text.locale, translations.language_name(text.locale)) for text in shown.texts],
        partners=[(partner.slug, partner.name) for partner in shown.partners],
        asked_locale=asked.get("locale"),
        widget=url_for("assets.widget", version=newest_bundle_version()),
        copying=url_for("assets.static_file", file="getting.js"),
        tabs=url_for("assets.static_file", file="tabs.js"),
        snippets={
            "script": script,
            "pinned": pinned_script_snippet(wanted),
            "frame": frame_snippet(wanted),
            "link": str(_link_tag(wanted.page, wanted.title)),
            "react": react_snippet(wanted),
            "vue": vue_snippet(wanted),
            "shortcode": _without_braces(script),
        },
        policies={
            "script": f"script-src {origin}; {'connect' if wanted.inline else 'frame'}-src {origin}",
            "frame": f"frame-src {origin}",
        },
    )
    return html, {"Content-Security-Policy": PREVIEW_POLICY, "Vary": "Accept-Language"}


@bp.get("/oembed")
@limited("data")
def oembed() -> ResponseReturnValue:
    """Return the iframe for the URL of a hosted page (oEmbed 1.0)."""
    if request.args.get("format", "json") != "json":
        return Response("The only format here is json.\n", status=501, mimetype="text/plain")
    here = get_context()
    slug, carried = _parse_statement_url(request.args.get("url", ""))
    shown = views.read_public_statement(slug)
    wanted = _read_options(shown, locale=carried.get("locale"), partner=carried.get("partner"))
    width, height = _read_size_px(OEMBED_WIDEST_PX, "maxwidth"), _read_size_px(OEMBED_HIGHEST_PX, "maxheight")
    response = jsonify(
        version="1.0",
        type="rich",
        title=wanted.title,
        provider_name=here.links.host,
        provider_url=here.links.base_url,
        html=oembed_html(wanted, width=width, height=height),
        width=width,
        height=height,
        cache_age=_CACHE_S,
    )
    response.headers["Cache-Control"] = f"public, max-age={_CACHE_S}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.vary.add("Accept-Language")
    return response


def _read_options(
    shown: PublicStatement, *, locale: str | None, partner: str | None, theme: str | None = None, inline: bool = False
) -> SnippetOptions:
    """Return the chosen options; an unknown language, partner or theme is ignored."""
    known = shown.find_partner(partner)
    chosen = next((text for text in shown.texts if text.locale == locale), None)
    return snippet_options(
        get_context().links,
        shown.statement,
        chosen or choose_text(shown.texts, requested_locales(known.locale if known else None)),
        known,
        locale=chosen.locale if chosen else None,
        theme=theme,
        inline=inline,
    )


def _parse_statement_url(url: str) -> tuple[str, dict[str, str]]:
    """Return the slug and query in the URL of a hosted page; raises ``NotFound`` for any other URL."""
    address, _, query = url.partition("#")[0].partition("?")
    slug = address.rpartition("/")[2]
    if not slug or address != get_context().links.page(slug):
        raise NotFound("this is not the address of a statement")
    return slug, dict(parse_qsl(query))


def _read_size_px(most: int, name: str) -> int:
    """Return the pixels in the query parameter ``name``, but at most ``most``; ``most`` if missing or invalid."""
    room = request.args.get(name, type=int)
    return min(room, most) if room and room > 0 else most
