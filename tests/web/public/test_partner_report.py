"""The report: a partner sees its own figures by a secret link, nobody else's, and not one name or address."""

import re

import pytest

from server.services import moderation, partners
from server.services.signers import withdraw_signature
from tests.conftest import PARTNER
from tests.scene import RIVER_NEWS, Scene
from tests.web.reading import Page

LAKE = "https://lakes.example"


def report_of(scene, slug="river-watch", place="open-rivers"):
    return "/partner/" + partners.create_report_link(scene.db, place, slug, actor="test", now=scene.clock())


def signs(scene: Scene, *names: str, **values):
    for name in names:
        scene.signed(name=name, email=f"{name.lower()}@secret.example", **values)


@pytest.fixture
def lake(scene) -> Scene:
    """All sign on a page of another partner of the same statement."""
    partners.add_partner(
        scene.db, "open-rivers", "lake-watch", name="Lake Watch", origins=[LAKE], actor="test", now=scene.clock()
    )
    return Scene(scene.context, scene.statement, scene.clock, partner_id=2)


def numbers(page):
    """What stands in the list of numbers: people, organisations, and who asked for news where that is told."""
    return re.findall(r"<dd>(\d+)</dd>", page.html)


def body_of(client, scene) -> str:
    """The report without the styles that it carries, which name a typeface like a country."""
    return client.get(report_of(scene)).text.partition("<body")[2]


def test_a_partner_sees_its_own_figures_and_nobody_elses(scene, lake, client):
    signs(scene.through_partner, "Ani", "Aram", partner_newsletter=RIVER_NEWS)
    signs(lake, "Lusine", "Levon", "Lia")
    signs(scene, "Zara")

    page = Page(client.get(report_of(scene)))

    assert "Figures for River Watch" in page.words
    assert numbers(page) == ["2", "0", "2"]
    assert "Lake Watch" not in page.words
    assert numbers(Page(client.get(report_of(scene, "lake-watch")))) == ["3", "0"]


def test_no_name_and_no_address_is_on_the_page(scene, client):
    signs(scene.through_partner, "Ani", "Aram", partner_newsletter=RIVER_NEWS, comment="Let them flow")

    body = body_of(client, scene)

    assert [word for word in ("Ani", "Aram", "secret.example", "Let them flow", "@") if word in body] == []
    assert "Ask the organisers for the list" in body


def test_days_are_counted_newest_first_where_the_statement_is(scene, client, clock):
    there = scene.publish("by-the-sea", 'timezone = "Asia/Tbilisi"')
    partners.add_partner(there.db, "by-the-sea", "river-watch", name="R", origins=[PARTNER], actor="test", now=clock())
    signs(there.through_partner, "Ani")
    clock.forward(days=2)
    signs(there.through_partner, "Aram", "Lia")

    sea = client.get(report_of(there)).text.partition("Clean air")[2]

    days = re.findall(r'scope="row">([^<]+)</th>.*?class="number">(\d+)<', sea, re.DOTALL)
    assert days[:3] == [("17 January 2027", "2"), ("16 January 2027", "0"), ("15 January 2027", "1")]


def test_a_country_of_few_is_not_told(scene, client):
    for number in range(5):
        signs(scene.through_partner, f"A{number}", country="AM")
    signs(scene.through_partner, "G1", "G2", "G3", "G4", country="GE")

    assert told_of(client, scene) == ["Armenia"]
    signs(scene.through_partner, "G5", country="GE")
    assert told_of(client, scene) == ["Armenia", "Georgia"]


def told_of(client, scene) -> list[str]:
    """Of which countries the report tells."""
    body = body_of(client, scene)
    return [name for name in ("Armenia", "Georgia") if name in body]


def test_no_number_of_decisions_makes_many_of_one_signer(scene, client, clock):
    signature_id = scene.through_partner.signed(country="GE")
    for day in range(4):
        clock.forward(days=1)
        by = {"actor": f"kate{day}", "reason": None, "now": clock()}
        moderation.hold_signature(scene.db, "open-rivers", signature_id, **by)
        moderation.approve_signature(scene.db, "open-rivers", signature_id, seen=None, **by)

    assert told_of(client, scene) == []
    assert sum(map(int, bars(client, scene))) == 1


def test_who_withdraws_is_held_or_removed_is_in_no_figure_any_more(scene, client, clock):
    """Every figure says the same: the number of people, the sum of the days, and the country."""
    by = {"actor": "kate", "reason": None}
    signs(scene.through_partner, *"ABCDEFG", country="GE")
    assert (told_of(client, scene), figures(client, scene)) == (["Georgia"], (7, 7)), "the twin: before"
    clock.forward(days=2)

    withdraw_signature(scene.db, scene.ref(1), shown=False, now=clock())
    moderation.hold_signature(scene.db, "open-rivers", 2, **by, now=clock())
    moderation.remove_signature(scene.db, "open-rivers", 3, **by, now=clock())

    assert (told_of(client, scene), figures(client, scene)) == ([], (4, 4))
    moderation.approve_signature(scene.db, "open-rivers", 2, seen=None, **by, now=clock())
    assert (told_of(client, scene), figures(client, scene)) == (["Georgia"], (5, 5))
    assert bars(client, scene)[:3] == ["0", "0", "5"], "each on the day of its confirmation"
    assert scene.counts() == (5, 0, 0)


def figures(client, scene) -> tuple[int, int]:
    """How many people have signed, and the sum of the days; the page says what is counted."""
    page = Page(client.get(report_of(scene)))
    assert "Only signatures that are confirmed now are counted" in page.words
    return int(numbers(page)[0]), sum(map(int, bars(client, scene)))


def bars(client, scene) -> list[str]:
    """The numbers of the last 30 days."""
    return re.findall(r'class="number">(\d+)<', body_of(client, scene))[-30:]


def test_a_draft_is_nobodys_business_yet(scene, client):
    scene.publish("secret-plan", title="A secret plan")
    scene.run("UPDATE statements SET opened_at = NULL WHERE slug = 'secret-plan'")
    partners.add_partner(scene.db, "secret-plan", "river-watch", name="R", origins=[], actor="test", now=scene.clock())
    link = report_of(scene)

    assert "A secret plan" not in client.get(link).text
    scene.run("UPDATE statements SET opened_at = 1")
    assert "A secret plan" in client.get(link).text


def test_what_a_partner_embeds_no_more_is_gone_from_its_report(scene, client):
    link = report_of(scene)
    partners.remove_partner_from_statement(scene.db, "open-rivers", "river-watch", actor="test", now=scene.clock())

    assert "Your website does not embed any statement at the moment." in Page(client.get(link)).words


@pytest.mark.parametrize("made_up", ["x", "%00", "%ED%A0%80", "a" * 43, "river-watch", "1", "None"])
def test_a_guessed_link_is_a_page_like_any_unknown(scene, client, made_up):
    report_of(scene)
    guessed, unknown = client.get(f"/partner/{made_up}"), client.get("/no-such-page")

    assert (guessed.status_code, guessed.text) == (404, unknown.text)
    assert dict(guessed.headers) == dict(unknown.headers)


def test_the_hash_that_is_stored_opens_nothing(scene, client):
    """Who reads the database cannot open a report by it."""
    report_of(scene)
    [row] = scene.rows("SELECT report_hash FROM partners")

    assert client.get(f"/partner/{bytes(row['report_hash']).hex()}").status_code == 404


def test_nobody_keeps_it_and_no_cookie_comes_with_it(scene, client):
    answer = client.get(report_of(scene))

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert not {"Set-Cookie", "ETag"} & set(answer.headers.keys())
    assert ("meta", {"name": "robots", "content": "noindex"}) in Page(answer).tags


def test_looking_changes_nothing(scene, client):
    link = report_of(scene)
    before = scene.rows("SELECT * FROM partners"), scene.journal()
    client.get(link)

    assert (scene.rows("SELECT * FROM partners"), scene.journal()) == before
    assert client.post(link, headers={"Origin": "http://localhost:8000"}).status_code == 405


def test_titles_are_in_the_language_of_the_partner_before_the_browsers(scene, client):
    link = report_of(scene)
    before = client.get(link, headers={"Accept-Language": "en"}).text
    scene.run("UPDATE partners SET locale = 'en'")

    assert ">Keep our rivers open<" in before
    assert ">Keep our rivers open<" in client.get(link, headers={"Accept-Language": "hy"}).text
    assert 'lang="en"' in client.get(link, headers={"Accept-Language": "hy"}).text
