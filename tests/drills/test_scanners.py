"""Mail scanners of every level at the links of our emails: none confirms, none burns a link for its owner."""

from collections import Counter

import pytest
from playwright.sync_api import expect

from tests.browsing import Served, browsable
from tests.scene import look, run
from tests.web.scanners import Scanner, naive_app
from tests.web.scene import DATA, everything, public_names

pytestmark = pytest.mark.browser

FEW, MANY = 2, 100
LEVELS = {
    "L1 HEAD": lambda scanner, link: scanner.ask(link, "HEAD"),
    "L2 GET": lambda scanner, link: scanner.ask(link, "GET"),
    "L3 all scripts": Scanner.open,
    "L4 every press": Scanner.press_all,
    "L5 every form": Scanner.send_all,
}


@pytest.fixture
def settings(tmp_path):
    return browsable(tmp_path)


@pytest.fixture
def scanner(visit, server) -> Scanner:
    return Scanner(visit("about:blank"), server.url)


@pytest.fixture
def links(scene, server, clock):
    """Sign by so many people, organisations among them, and return the addresses in their emails."""

    def sign(many: int) -> list[str]:
        organisation = {"kind": "organisation", "website": "https://riverwatch.example"}
        made = []
        for number in range(many):
            more = organisation | {"organisation": f"River Watch {number}"} if number % 5 == 1 else {}
            made.append(scene.sign(name=f"Ani Petrosyan {number}", email=f"ani{number}@riverwatch.example", **more))
        tokens = [scene.context.links.confirm_token(*scene.ref(one), now=clock()) for one in made]
        return [f"{server.url}/confirm/{token}" for token in tokens]

    return sign


def state_of(db):
    return everything(db) | {"suppressions": look(db, "SELECT * FROM suppressions")}


def sign_as_a_person(page, link):
    page.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign now").click()
    expect(page.get_by_role("heading", name="Thank you. You have signed.")).to_be_visible()


def scan_then_sign(scanner, links, db) -> Counter[str]:
    """Let every level at every link, then their owners; returns how many each level confirmed or changed."""
    before, confirmed = state_of(db), Counter()
    for level, scan in LEVELS.items():
        for link in links:
            scan(scanner, link)
        confirmed[level] = look(db, "SELECT count(confirmed_at) AS n FROM signatures")[0]["n"]
        assert state_of(db) == before, f"{level} has changed something"
    for link in links:
        sign_as_a_person(scanner.page, link)
    return confirmed


def test_scanners_of_five_levels_confirm_nothing_and_burn_nothing(scanner, links, db, client, server):
    scanner.deepest = 1  # the drill presses on the pages behind, too
    assert set(scan_then_sign(scanner, links(FEW), db).values()) == {0}

    refused = [found for found in server.posts() if found.path.startswith("/confirm/") and found.status == 422]
    assert len(refused) >= FEW, "the forms were sent, and refused"
    assert client.get(DATA).json["counts"]["confirmed"] == FEW


@pytest.mark.drill
def test_scanners_confirm_none_of_a_hundred_and_each_owner_signs_once(scanner, links, db, client, server):
    confirmed = scan_then_sign(scanner, links(MANY), db)

    names = public_names(client)
    requests = Counter(found.method for found in server.log)
    print(f"{MANY} links, {dict(requests)}: {dict(confirmed)}; then {len(set(names))} people signed, each once")
    assert set(confirmed.values()) == {0}
    assert len(set(names)) == len(names) == MANY
    assert client.get(DATA).json["counts"]["confirmed"] == MANY


@pytest.mark.parametrize(("confirm_by", "state"), [("link", "confirmed"), ("code", "pending")])
def test_an_agent_that_ticks_what_it_sees_is_stopped_by_the_code_alone(scanner, links, db, confirm_by, state):
    """Level 6: to a page such an agent is a person; SECURITY.md says so."""
    run(db, "UPDATE statements SET confirm_by = :confirm_by", confirm_by=confirm_by)
    [link] = links(1)
    scanner.tick_and_press(link)

    assert look(db, "SELECT state FROM signatures") == [{"state": state}]


@pytest.mark.parametrize(
    ("level", "path"),
    [
        ("L1 HEAD", "/on-get"),
        ("L2 GET", "/on-get"),
        ("L3 all scripts", "/on-script"),
        ("L4 every press", "/on-press"),
        ("L4 every press", "/on-second-press"),
        ("L5 every form", "/on-press"),
    ],
)
def test_the_same_scanners_confirm_where_a_look_a_script_or_a_bare_button_does(visit, level, path):
    """The twin: each level is enough for somebody's page."""
    app, pressed = naive_app()
    with Served(app) as naive:
        LEVELS[level](Scanner(visit("about:blank"), naive.url), naive.url + path)

    assert len(pressed) > 0
