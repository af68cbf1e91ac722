"""The outbox at the desk on a phone and on a wide screen, while emails wait: it fits, and has no violation."""

import pytest

from server.tables import outbox
from tests.browsing import SCHEMES, browsable, picture
from tests.web.admin.desk import COOKIE, logged_in

pytestmark = pytest.mark.browser
REPLIES = (
    "451 4.7.1 Greylisting in action, please come back later",
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
)


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def waiting(scene, clock):
    """Emails that the mail server refused an hour ago, one that it never accepts, one that was sent."""
    for number in range(6):
        scene.sign(name=f"Ani {number}", email=f"{number}@rivers-{number}.example")
    with scene.db.write() as tx:
        claims = outbox.claim(tx, now=clock(), lease_s=60, most=6)
        for number, claim in enumerate(claims[:4]):
            outbox.postpone(tx, claim.id, REPLIES[number % 2], due_at=clock() + 7200)
        outbox.mark_undeliverable(tx, claims[4].id, "550 5.1.1 no such user", recipient_refused=True, now=clock())
        outbox.mark_sent(tx, claims[5].id, now=clock())
    clock.forward(hours=1)


@SCHEMES
def test_the_outbox_fits_and_reads_well(app, server, visit, waiting, clock, violations, scheme):
    cookie = logged_in(app, "olga", "owner", slug=None, now=clock()).client.get_cookie(COOKIE)
    page = visit(server.url + "/admin/login", bypass_csp=True, color_scheme=scheme)
    page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": server.url}])
    for name, path in (("statements", "/admin/"), ("outbox", "/admin/outbox"), ("dead", "/admin/outbox?state=dead")):
        page.goto(server.url + path)
        picture(page, f"desk-{name}-{scheme}")
        assert violations(page) == [], name
    page.goto(server.url + "/admin/outbox")
    page.get_by_role("button", name="Try again now").click()
    page.get_by_text("The server now tries to send 4 emails again.").wait_for()
