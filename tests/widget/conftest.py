"""The scene of the widget: the real server, a partner's website under a strict policy, and the form as one sees it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from server.cli.demo import PartnerSite
from server.config import Settings
from server.db import Store
from server.services import partners
from server.tables.statements import Statement
from tests.browsing import Served, browsable, let_frames_grow
from tests.scene import look


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return browsable(tmp_path)


@pytest.fixture
def partner(server: Served, statement: Statement, db: Store, clock: Callable[[], int]) -> Iterator[str]:
    """The address of a listed partner's page, which embeds the form and allows nothing that the form does not need."""
    site = PartnerSite(0, server_url=server.url, slug=statement.slug, partner="harbour-street")
    url = f"http://localhost:{site.server_address[1]}"
    list_partner(db, "harbour-street", url, now=clock())
    site.start()
    with closing(_Stopping(site)):
        yield f"{url}/"


@dataclass
class _Stopping:
    site: PartnerSite

    def close(self) -> None:
        self.site.shutdown()
        self.site.server_close()


def list_partner(db: Store, name: str, origin: str, *, now: int) -> None:
    partners.add_partner(db, "open-rivers", name, name=name, origins=[origin], actor="test", now=now)


MODES = pytest.mark.parametrize("mode", ["inline", "frame"])


@pytest.fixture
def embed(
    server: Served,
    website: Served,
    statement: Statement,
    db: Store,
    clock: Callable[[], int],
    visit: Callable[..., Page],
) -> Callable[..., Page]:
    """Open a listed partner's page with an element of ours; ``before`` gets the page while it is still blank.

    ``inside`` is what else stands inside the tag, ``style`` is that of the body.
    """
    list_partner(db, "lake-watch", website.url, now=clock())

    def embed(
        attributes: str = "",
        *,
        slug: str = "open-rivers",
        tag: str = "form",
        inside: str = "",
        style: str = "",
        lang: str = "en",
        before: Callable[[Page], Any] = lambda _: None,
        expecting: str = "",
        **options: Any,
    ) -> Page:
        within = f'<a href="/there" style="color: inherit">Sign there</a>{inside}'
        element = (
            f'<undersigned-{tag} server="{server.url}" statement="{slug}" {attributes}>{within}</undersigned-{tag}>'
        )
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        website.app.put("/", f'<body style="{style}"><main><h1>A page</h1>{element}</main>{script}', lang=lang)
        page = visit("about:blank", expecting=expecting, **options)
        before(page)
        page.goto(website.url, wait_until="commit")
        return page

    return embed


def form_on(page: Page, mode: str) -> Any:
    """Where the form is on the page: in the element itself, or in its frame."""
    return page.frame_locator("undersigned-form iframe") if mode == "frame" else page.locator("undersigned-form")


def fill_in(form: Any, name: str = "Անի Գևորգյան", email: str = "ani@rivers.example") -> None:
    """Type into the form, once its frame, if it has one, is as high as it is: a click may miss what still moves."""
    if isinstance(form, FrameLocator):
        expect(form.owner).not_to_have_css("height", "0px")
        let_frames_grow(form.owner.page)
    form.get_by_label("Your name").fill(name)
    form.get_by_label("Email address").fill(email)


@dataclass
class Form:
    """The form on a page, as a visitor finds it: by its words, whatever shadow or frame it is in."""

    page: Page
    within: Any = None

    @property
    def element(self) -> Locator:
        return (self.within or self.page).locator("undersigned-form")

    @property
    def summary(self) -> Locator:
        return self.element.get_by_role("alert")

    @property
    def link(self) -> Locator:
        """What stands inside the tag."""
        return self.element.get_by_role("link", name="on the organiser’s page")

    @property
    def told(self) -> list[Any]:
        """The events that the page was told of."""
        return self.page.evaluate("window.told")

    def fill(self, **typed: str) -> None:
        """Type under these labels; ``Your_name`` stands for “Your name”."""
        for label, words in typed.items():
            self.element.get_by_label(label.replace("_", " ")).fill(words)

    def fill_as_ani(self) -> None:
        self.fill(Your_name="Անի Գևորգյան", Email_address="ani@rivers.example")

    def open_details(self) -> None:
        self.element.get_by_text("Add details (optional)").click()

    def press(self, button: str) -> None:
        self.element.get_by_role("button", name=button).click()

    def heading(self, words: str) -> Locator:
        return self.element.get_by_role("heading", name=words)


def expect_told(page: Page, wanted: list[Any]) -> None:
    """Wait until the page around the element was told just this; out of a frame it comes a moment later."""
    told = "wanted => JSON.stringify(window.told) === JSON.stringify(wanted)"
    page.wait_for_function(told, arg=wanted)


@pytest.fixture
def open_form(visit: Callable[..., Page]) -> Callable[..., Form]:
    """Open a page as a new visitor and return the form on it."""
    return lambda url, **options: Form(visit(url, **options))


@pytest.fixture
def open_list(server: Served, website: Served, statement: Statement, visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open a page with the list of the statement; nobody need be a partner to show it."""

    def open_list(attributes: str = "", *, lang: str = "en", **options: Any) -> Page:
        tag = f'<undersigned-signatories server="{server.url}" statement="open-rivers" {attributes}>'
        script = f'<script src="{server.url}/widget/v1/undersigned.js"></script>'
        website.app.put("/", f"{tag}<a href='/there'>The names</a></undersigned-signatories>{script}", lang=lang)
        return visit(website.url, **options)

    return open_list


@pytest.fixture
def names(db: Store) -> Callable[[], list[str]]:
    """Return the names on all signatures, in whatever state."""
    return lambda: [row["name"] for row in look(db, "SELECT name FROM signatures ORDER BY id")]
