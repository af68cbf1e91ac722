"""WordPress: the plugin's block, the Custom HTML block and the pasted address, each written, read and signed.

Debian's WordPress, MariaDB and PHP's server. Run with ``pytest -m drill tests/drills/test_wordpress.py``.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from server.services.partners import add_partner
from tests.browsing import PICTURES, picture
from tests.drills.real_server import ROOT, SLUG, RealInstance, make_real_instance, serving
from tests.drills.wordpress import (
    ADMIN,
    AUTHOR,
    WordPress,
    embed_block,
    html_block,
    require_wordpress,
    running_wordpress,
)
from tests.scene import look

pytestmark = [pytest.mark.drill, pytest.mark.browser]
PLUGIN = ROOT / "widget" / "wordpress" / "undersigned"
READ = "Read the full statement"
TITLE = "A post"


@dataclass(frozen=True)
class Scene:
    """A blog with the plugin, and the server of the letter, on which that blog is a partner."""

    blog: WordPress
    letters: RealInstance

    @property
    def address(self) -> str:
        """The statement's address, with a language and the blog as partner."""
        return f"http://localhost:{self.letters.port}/s/{SLUG}?locale=en&partner=blog"

    def signatures(self) -> list[tuple[str, str]]:
        rows = look(
            self.letters.opened.context.db,
            "SELECT signatures.name AS name, partners.slug AS partner FROM signatures "
            "JOIN partners ON partners.id = partner_id ORDER BY signatures.id",
        )
        return [(row["name"], row["partner"]) for row in rows]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    require_wordpress()
    folder = tmp_path_factory.mktemp("wp")
    letters = make_real_instance(folder / "letters")
    with running_wordpress(folder) as blog, serving(letters, UNDERSIGNED_BASE_URL=f"http://localhost:{letters.port}"):
        db, now = letters.opened.context.db, int(time.time())
        add_partner(db, SLUG, "blog", name="A blog", origins=[blog.url], actor="test", now=now)
        yield Scene(blog, letters)


@pytest.fixture
def write_as(scene: Scene, visit: Callable[..., Page]) -> Callable[[str], Page]:
    """Log in as a user, once an administrator has installed the plugin from its zip file."""

    def write_as(user: str) -> Page:
        page = visit("about:blank")
        if not (scene.blog.folder / "wp-content" / "plugins" / PLUGIN.name).exists():
            archive = shutil.make_archive(
                str(scene.blog.folder.parent / "undersigned"), "zip", PLUGIN.parent, PLUGIN.name
            )
            admin = visit("about:blank")
            scene.blog.log_in(admin, ADMIN)
            scene.blog.install_plugin(admin, Path(archive))
        scene.blog.log_in(page, user)
        return page

    return write_as


def sign(form: FrameLocator, name: str) -> None:
    form.get_by_label("Your name").fill(name)
    form.get_by_label("Email address").fill(f"{name.lower()}@rivers.example")
    form.get_by_role("button", name="Sign", exact=True).click()
    expect(form.get_by_role("heading", name="Check your email")).to_be_visible()


@pytest.mark.parametrize("user", [ADMIN, AUTHOR])
def test_the_block_is_put_into_a_post_by_the_editor_and_visitors_sign(scene, write_as, visit, user):
    page = write_as(user)
    scene.blog.open_editor(page)
    page.get_by_role("textbox", name="Add title").fill(TITLE)
    page.keyboard.press("Enter")
    page.keyboard.type("/undersigned")
    page.get_by_role("option", name="Undersigned form").click()
    field = page.get_by_label("Address of the statement")
    field.fill("https://letters.example/somewhere")
    expect(page.get_by_text("This is not the address of a statement.")).to_be_visible()
    field.fill(scene.address)
    expect(page.get_by_text(f"The form of localhost:{scene.letters.port} will be here")).to_be_visible()
    picture_of_editor(page, f"wordpress-editor-{user}")
    published = scene.blog.publish(page)

    visitor = visit(published)
    sign(visitor.frame_locator("undersigned-form iframe"), f"Block{user}")
    picture(visitor, f"wordpress-block-{user}")
    assert (f"Block{user}", "blog") in scene.signatures()

    # The editor opens the post again with the block as it was, whatever WordPress has filtered.
    page.reload()
    expect(page.get_by_label("Address of the statement")).to_have_value(scene.address)
    expect(page.get_by_text("This block contains unexpected or invalid content")).to_be_hidden()


@pytest.mark.parametrize("user", [ADMIN, AUTHOR])
def test_the_pasted_address_is_a_box_in_which_visitors_read_and_sign(scene, write_as, visit, user):
    published = scene.blog.post(write_as(user), TITLE, embed_block(scene.address))

    visitor = visit(published)
    frame = visitor.locator("iframe.wp-embedded-content")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    form = visitor.frame_locator("iframe.wp-embedded-content")
    expect(visitor.locator("blockquote.wp-embedded-content")).to_be_hidden()
    expect(form.get_by_role("button", name="Sign", exact=True)).to_be_visible()
    form.get_by_role("link", name=READ).click()
    expect(form.get_by_text("We, the undersigned, ask for clean air.")).to_be_visible()
    picture(visitor, f"wordpress-address-{user}")
    high = frame.evaluate("(one) => Number(one.height)")
    print(f"WordPress by address, {user}: the box is {high} px high")
    assert 200 <= high <= 1000
    sign(form, f"Pasted{user}")
    assert (f"Pasted{user}", "blog") in scene.signatures()


def test_the_custom_html_block_of_an_administrator_signs(scene, write_as, visit):
    published = scene.blog.post(write_as(ADMIN), TITLE, html_block(snippet(scene, visit)))

    visitor = visit(published)
    sign(visitor.frame_locator("undersigned-form iframe"), "Custom")
    picture(visitor, "wordpress-html")
    assert ("Custom", "blog") in scene.signatures()


def test_of_the_same_block_of_an_author_only_the_link_is_left(scene, write_as, visit):
    """The twin: why authors need the plugin."""
    published = scene.blog.post(write_as(AUTHOR), TITLE, html_block(snippet(scene, visit)))

    visitor = visit(published)
    expect(visitor.locator("undersigned-form, script[src*=undersigned]")).to_have_count(0)
    expect(visitor.get_by_role("link", name="Sign on the statement’s own page")).to_be_visible()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "http://letters.example/s/open-rivers",
        "https://user@letters.example/s/open-rivers",
        "https://letters.example/open-rivers",
        'https://letters.example"onclick="/s/x',
        "//letters.example/s/open-rivers",
    ],
)
def test_any_other_address_shows_visitors_nothing(scene, write_as, visit, address):
    said = address.replace('"', '\\"')
    published = scene.blog.post(write_as(AUTHOR), TITLE, f'<!-- wp:undersigned/form {{"address":"{said}"}} /-->')

    visitor = visit(published)
    expect(visitor.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(visitor.locator("undersigned-form, .wp-block-undersigned-form, [src*=undersigned]")).to_have_count(0)


def snippet(scene: Scene, visit: Callable[..., Page]) -> str:
    """What the page for editors shows for a Custom HTML block of this blog."""
    page = visit(f"http://localhost:{scene.letters.port}/s/{SLUG}/embed?partner=blog&form_locale=en#wordpress")
    return page.get_by_role("textbox", name="For a Custom HTML block").input_value()


def picture_of_editor(page: Page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
