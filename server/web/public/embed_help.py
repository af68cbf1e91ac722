"""The HTML that brings a statement's form to somebody's website, and what that website's policy must allow for it."""

from dataclasses import dataclass

from markupsafe import Markup

from server import messages
from server.links import Links
from server.records.partners import Partner
from server.records.statement_texts import StatementText
from server.web.assets import integrity_of, newest_bundle

FRAME_HEIGHT = 900
THEMES = ("light", "dark")
AUTO = "auto"


@dataclass(frozen=True)
class Wanted:
    """One statement as a website wants to show it; what is None is left to the page around it.

    ``title`` and ``invitation`` are the words on links: the statement's name, and where else one can sign it. The theme
    ``AUTO`` is said where it would be the partner's own otherwise.
    """

    links: Links
    slug: str
    title: str
    invitation: str
    partner: str | None = None
    locale: str | None = None
    theme: str | None = None
    inline: bool = False

    @property
    def page(self) -> str:
        """The address of the hosted page, in that language and with credit to that partner."""
        return self.links.page(self.slug, locale=self.locale, partner=self.partner)

    @property
    def worn(self) -> str | None:
        """The theme that the element is told; it finds out by itself what suits the text around."""
        return None if self.theme == AUTO else self.theme

    @property
    def frame_page(self) -> str:
        """The address of the page with nothing but the form."""
        return self.links.frame(self.slug, locale=self.locale, partner=self.partner, theme=self.theme)


def want(
    links: Links,
    slug: str,
    text: StatementText,
    partner: Partner | None,
    *,
    locale: str | None = None,
    theme: str | None = None,
    inline: bool = False,
) -> Wanted:
    """Return how a partner's website (None: any) shows a statement, with the words on links in the text's language.

    Where nothing is said of the theme (None), it is the partner's own. Its language needs no word in a snippet: it
    comes after that of the page, which nobody knows before the form stands there.
    """
    preset = partner.theme if partner else None
    look = preset if theme is None else theme
    return Wanted(
        links,
        slug,
        text.title,
        messages.text(text.locale, "form.elsewhere"),
        partner=partner.slug if partner else None,
        locale=locale,
        theme=look if look in THEMES or (preset and look == AUTO) else None,
        inline=inline,
    )


def script(wanted: Wanted) -> str:
    """Return the element and the script that is renewed by itself."""
    return f"{_element(wanted)}\n{_script(wanted.links.widget('v1'))}"


def pinned_script(wanted: Wanted) -> str:
    """Return the element and the newest script under its hash: no browser runs another."""
    version = newest_bundle()
    pinned = _attributes(integrity=integrity_of(version), crossorigin="anonymous")
    return f"{_element(wanted)}\n{_script(wanted.links.widget(version), pinned)}"


def frame(wanted: Wanted, *, width: str = "100%", height: int = FRAME_HEIGHT) -> str:
    """Return a frame that needs no script; it has no border, and no style that a strict policy would refuse."""
    size = _attributes(src=wanted.frame_page, title=wanted.title, width=width, height=str(height), frameborder="0")
    return str(Markup("<iframe{}></iframe>").format(size))


def link(wanted: Wanted) -> str:
    """Return a plain link to the hosted page."""
    return str(_link(wanted.page, wanted.title))


def script_policy(origin: str, *, inline: bool) -> str:
    """Return what a Content-Security-Policy must allow for the element."""
    return f"script-src {origin}; {'connect' if inline else 'frame'}-src {origin}"


def frame_policy(origin: str) -> str:
    """Return what a Content-Security-Policy must allow for the frame without a script."""
    return f"frame-src {origin}"


def _element(wanted: Wanted) -> Markup:
    chosen = _attributes(
        server=wanted.links.base_url,
        statement=wanted.slug,
        partner=wanted.partner,
        locale=wanted.locale,
        theme=wanted.worn,
    )
    inline = " inline" if wanted.inline else ""
    inside = _link(wanted.page, wanted.invitation)
    return Markup("<undersigned-form{}{}>\n  {}\n</undersigned-form>").format(chosen, inline, inside)


def _script(address: str, pinned: str = "") -> Markup:
    return Markup("<script{}{} async></script>").format(_attributes(src=address), pinned)


def _link(href: str, words: str) -> Markup:
    return Markup("<a{}>{}</a>").format(_attributes(href=href), words)


def _attributes(**said: str | None) -> Markup:
    """Return attributes as they stand in a tag, without those that have no value."""
    pairs = ((name, value) for name, value in said.items() if value)
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in pairs)
