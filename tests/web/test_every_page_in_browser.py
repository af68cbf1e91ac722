"""Every page of ours before axe-core, by the rules of WCAG 2.2 AA: the public ones, the frame's, and the desk's."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from server.services import partners
from tests.browsing import browsable
from tests.web.admin.conftest import server_owner  # noqa: F401 - a fixture
from tests.web.admin.desk import COOKIE
from tests.web.scene import add_statement, addresses

pytestmark = pytest.mark.browser
WIDTHS = (1280, 320)  # the last one is the one that axe-core looks at
SMALLEST_PX = 24
OF_WHOLE_PAGES = ("landmark-one-main", "page-has-heading-one", "region")
PARTS = ("/embed/", "/emails/letter")  # what stands in a frame of somebody's page, or in a mail program
# What is pressed: links in a sentence are as high as its lines, and a box is pressed by its label too.
SMALL_TARGETS = """smallest => {
  const found = [];
  const pressed = "a[href], button, select, summary, input:not([type=hidden]), textarea";
  for (const node of document.querySelectorAll(pressed)) {
    const beside = [...node.parentElement.childNodes].filter((one) => one !== node && one.nodeType === Node.TEXT_NODE);
    const isInSentence = getComputedStyle(node).display === "inline" && beside.some((one) => one.data.trim());
    const { width, height } = (node.closest("label") ?? node).getBoundingClientRect();
    const isSeen = width > 1 && height > 1 && node.checkVisibility();
    if (isSeen && !isInSentence && Math.min(width, height) < smallest)
      found.push(`${node.outerHTML.slice(0, 120)}: ${Math.round(width)} x ${Math.round(height)}`);
  }
  return found;
}"""

# A frame has no ground of its own, and axe-core takes that for white.
SHOW_THE_CANVAS = """() => {
  if (document.documentElement.matches(".framed")) document.documentElement.style.background = "canvas";
}"""


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path, UNDERSIGNED_FRONT_PAGE="list")


@pytest.fixture
def world(scene, db, clock):
    """A statement with founders, people who signed, who wait and who are held, a draft, and a report of a partner."""
    scene.found("River Keepers\nLake Watch\n")
    scene.signed(name="Ani", email="ani@rivers.example", comment="Rivers!")
    scene.sign(kind="organisation", organisation="River Guard", website="https://guard.example", email="a@b.example")
    add_statement(db, "draft", clock(), opened=False)
    return scene


@pytest.fixture
def look_at(visit, violations) -> Callable[..., list[str]]:
    """Return what is wrong with pages, each with its address and width."""

    def look_at(urls: list[str], come_in: Callable[[Page], None] = lambda _page: None) -> list[str]:
        page = visit("about:blank", bypass_csp=True, color_scheme="dark")  # in light: the tests of each page
        come_in(page)
        wrong: list[str] = []
        for url in urls:
            page.goto(url, wait_until="networkidle")
            for frame in page.frames:
                frame.evaluate(SHOW_THE_CANVAS)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                found = page.evaluate(SMALL_TARGETS, SMALLEST_PX)
                wrong += [f"{url} at {width}: {one}" for one in found]
            rules = OF_WHOLE_PAGES if any(part in url for part in PARTS) else ()
            wrong += [f"{url}: {one}" for one in violations(page) if not one.startswith(rules)]
        return wrong

    return look_at


def pages_of(app, client, headers=None, **values) -> list[str]:
    """The addresses of ours that answer with a page."""
    answers = {path: client.get(path, headers=headers) for path in addresses(app, "GET", **values)}
    return [path for path, answer in answers.items() if answer.mimetype == "text/html" and answer.status_code == 200]


VALUES = {"slug": "open-rivers", "version": "v1", "locale": "en", "partner": "river-watch", "token_id": "1"}


def test_every_public_page_is_accessible_and_easy_to_press(app, client, server, world, look_at):
    here, now = world.context, world.clock()
    [founder, confirmed, pending] = [world.get(number) for number in (1, 3, 4)]
    secret = partners.create_report_link(world.db, "open-rivers", "river-watch", actor="test", now=now)
    personal = [
        f"/confirm/{here.links.confirm_token(pending.id, pending.nonce, now=now)}",
        f"/signature/{here.links.manage_token(confirmed.id, confirmed.nonce, now=now)}",
        here.links.unsubscribe(confirmed.id, confirmed.nonce, now=now).removeprefix(server.url),
        f"/partner/{secret}",
        here.links.preview(2, "draft", now=now).removeprefix(server.url),
    ]
    found = pages_of(app, client, **VALUES, token="none", signature_id=str(founder.id))
    public = [path for path in found if not path.startswith("/admin")]

    assert {"/", "/s/open-rivers", "/embed/open-rivers", "/s/open-rivers/embed"} <= set(public)
    assert all(client.get(path).status_code == 200 for path in personal)
    assert (
        look_at([server.url + path for path in (*public, *personal, "/admin/login", "/confirm/none", "/no-such")]) == []
    )


def test_every_page_of_the_desk_is_accessible_and_easy_to_press(app, server, world, look_at, server_owner):  # noqa: F811
    found = pages_of(app, server_owner.client, **VALUES, token="none", signature_id="1")
    desk = [path for path in found if path.startswith("/admin")]

    def come_in(page: Page) -> None:
        cookie = {"name": COOKIE, "value": server_owner.client.get_cookie(COOKIE).value, "url": server.url}
        page.goto(f"{server.url}/admin/login")
        page.context.add_cookies([cookie])

    assert len(desk) > 20
    assert look_at([server.url + path for path in desk], come_in) == []


def test_a_target_that_is_too_small_is_found(visit, violations, server):
    """The twin: axe's own rule, and ours for a link that stands alone."""
    page = visit(f"{server.url}/", bypass_csp=True)
    page.evaluate(
        """() => { const nav = document.createElement("div");
                   nav.style = "display:flex";
                   for (const word of ["a", "b"]) {
                     const button = document.createElement("button");
                     button.style = "all:unset;inline-size:12px;block-size:12px;cursor:pointer";
                     button.ariaLabel = word;
                     nav.append(button);
                   }
                   document.querySelector("main").append(nav); }"""
    )

    assert [found.partition(":")[0] for found in violations(page)] == ["target-size", "target-size"]
    assert [found.rpartition(": ")[2] for found in page.evaluate(SMALL_TARGETS, SMALLEST_PX)] == ["12 x 12"] * 2
