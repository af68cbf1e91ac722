"""The desk's pages about signatures on a phone and on a wide screen: found, decided and read without a violation."""

import pytest

from server.services import moderation
from server.services.moderation import edit_signature
from server.services.shared import line_fingerprint
from tests.browsing import SCHEMES, browsable, picture
from tests.scene import UNPROVED
from tests.web.admin.desk import COOKIE, logged_in

pytestmark = pytest.mark.browser
LIST = "/admin/statements/open-rivers/signatures"
QUEUE = "/admin/statements/open-rivers/queue"


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def crowd(scene, clock):
    """Signers in several scripts; the first has a history, and two organisations wait."""
    names = ("Anna Petrosyan", "Անի Գևորգյան", "ნინო ბერიძე", "محمد الكاتب", "Семён Ёлкин")
    ids = [
        scene.signed(name=name, email=f"{number}@rivers.example", title="Professor of History", country="GE")
        for number, name in enumerate(names)
    ]
    options = {"actor": "admin:mher", "now": clock()}
    seen = line_fingerprint(scene.get(ids[0]))
    edit_signature(scene.db, "open-rivers", ids[0], {"title": "Poet"}, seen=seen, reason="a typo", **options)
    moderation.hold_signature(scene.db, "open-rivers", ids[0], reason="looks like a joke", **options)
    for name in ("River Watch NGO", "Lake Watch"):
        scene.signed(**{**UNPROVED, "organisation": name, "title": "Director", "email": f"{name[:4]}@gmail.com"})
    scene.sign(name="Waiting", email="w@rivers.example")
    clock.forward(days=3)
    return ids


@pytest.fixture
def at_desk(app, server, visit, crowd, clock):
    browser = logged_in(app, "mher", "moderator", now=clock())
    cookie = browser.client.get_cookie(COOKIE)

    def open_at_desk(path, **options):
        page = visit(server.url + "/admin/login", bypass_csp=True, **options)
        page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": server.url}])
        page.goto(server.url + path)
        return page

    return open_at_desk


@SCHEMES
def test_list_line_and_queue_fit_and_read_well(at_desk, crowd, violations, scheme):
    for name, path in (("signatures", LIST), ("signature", f"{LIST}/{crowd[0]}"), ("queue", QUEUE)):
        page = at_desk(path, color_scheme=scheme)
        for details in page.locator("details").all():
            details.evaluate("node => { node.open = true }")
        picture(page, f"desk-{name}-{scheme}")
        assert violations(page) == [], name


def test_an_admin_finds_somebody_by_some_letters_and_approves_by_keyboard(at_desk, scene, crowd):
    page = at_desk(LIST, viewport={"width": 360, "height": 800})
    page.get_by_label("Name or organisation").fill("petros")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Anna Petrosyan").click()
    page.get_by_role("button", name="Approve").press("Enter")

    page.get_by_text("1 signature is approved.").wait_for()
    assert scene.get(crowd[0]).state == "confirmed"
