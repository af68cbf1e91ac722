"""Partners at the desk: added with what is wrong beside its field, counted, changed by owners, let go, revoked."""

import re

import pytest

from server.services.partners import add_partner
from server.tables import admins, partners, statements
from tests.conftest import PARTNER
from tests.scene import RIVER_NEWS, look, run
from tests.web.admin.conftest import OTHER
from tests.web.admin.desk import logged_in
from tests.web.reading import Page
from tests.web.scene import DATA, add_statement, everything

ALL = "/admin/statements/open-rivers/partners"
WATCH = f"{ALL}/river-watch"
HILL = {"name": "Hill News", "origins": "https://www.hill.example\r\n\r\nhttps://hill.example/\r\n"}
OWN = {"name": "Water Watch", "origins": "https://water.example", "locale": "fr", "theme": "dark"}
ACTIONS = ("", "/newsletter", "/report", "/report/end")


@pytest.fixture
def shared(db, statement, clock):
    """River Watch embeds a statement of another owner, too."""
    add_statement(db, OTHER, clock())
    add_partner(db, OTHER, "river-watch", name="R", origins=[], actor="test", now=clock())


def partner(db, slug="river-watch"):
    with db.read() as tx:
        return partners.find(tx, slug)


def joined(db):
    with db.read() as tx:
        return [one.slug for one in partners.list_live_of_statement(tx, statements.get(tx, "open-rivers").id)]


# looking


def test_the_list_and_the_partner_show_what_came_from_there(app, scene, clock):
    scene.through_partner.signed(name="Ani")
    clock.forward(days=9)
    scene.through_partner.signed(name="Aram", email="aram@rivers.example")
    scene.signed(name="Lusine", email="lusine@rivers.example")

    viewer = logged_in(app, "vera", "viewer", now=clock())
    row = re.search(r"<tr>\s*<th scope=\"row\">.*?</tr>", viewer.get(ALL).html, re.DOTALL)[0]
    assert re.findall(r'class="number">(\d+)<', row) == ["2", "1", "0"]
    assert PARTNER in row
    page = viewer.get(WATCH)
    assert [tags["value"] for tag, tags in page.tags if tag == "meter"][:3] == ["1", "1", "0"]
    assert "Ani" not in page.words


def test_the_counts_are_read_from_tallies_alone(scene, viewer, db):
    """A list of a million must not be counted for each look: the rows of signatures are not asked."""
    scene.through_partner.signed(name="Ani")
    run(db, "UPDATE tallies SET confirmed = 41 WHERE hour = 0 AND partner_id = 1")

    assert ">41<" in viewer.get(ALL).html


def test_a_viewer_sees_no_form(viewer, statement):
    for path in (ALL, WATCH):
        assert viewer.get(path).actions == ["/admin/logout"]


def test_an_owner_sees_the_forms_that_a_viewer_does_not(owner, statement):
    assert owner.get(ALL).actions == ["/admin/logout", None]
    assert {None, f"{WATCH}/newsletter", f"{WATCH}/report"} <= set(owner.get(WATCH).actions)


def test_the_snippet_page_is_one_press_away(owner, statement):
    page = owner.get(WATCH)

    assert page.link("Open the page with the snippet") == "/s/open-rivers/embed?partner=river-watch"


@pytest.mark.parametrize("slug", ["no-such", "lake-watch"])
def test_a_partner_of_another_statement_is_not_there(owner, other_owner, db, clock, slug):
    add_partner(db, OTHER, "lake-watch", name="L", origins=[], actor="test", now=clock())

    assert owner.open(f"{ALL}/{slug}").status_code == 404
    for action in (*ACTIONS, "/leave"):
        assert owner.post(f"{ALL}/{slug}{action}", OWN).status_code == 404


# adding


def test_a_new_partner_gets_its_addresses_as_browsers_send_them_and_a_short_name(owner, db, statement):
    answer = owner.post(ALL, HILL)

    assert (answer.status_code, answer.location) == (303, f"{ALL}/hill-example?done=added")
    found = partner(db, "hill-example")
    assert (found.name, found.origins) == ("Hill News", {"https://www.hill.example", "https://hill.example"})
    assert "The partner is added." in owner.get(f"{ALL}/hill-example", done="added").words


def test_each_address_that_is_none_is_named_beside_what_was_typed(owner, db, statement):
    typed = "https://hill.example\nhttp://hill.example\nhill news\nhttps://hill.example/page"
    answer = owner.post(ALL, HILL | {"origins": typed})
    page = Page(answer)

    assert answer.status_code == 422
    assert (page.values["name"], page.values["origins"]) == ("Hill News", typed)
    for wrong in (
        "http://hill.example must begin with https",
        "hill news is not an address of a website",
        "/page is not an address of a website",
    ):
        assert wrong in page.words
    assert page.fields["origins"]["aria-invalid"] == "true"
    assert joined(db) == ["river-watch"]


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"name": ""}, "name", "Please fill this in."),
        ({"name": "x" * 400}, "name", "too long"),
        ({"origins": "  \n"}, "origins", "Please fill this in."),
        ({"origins": "\n".join(f"https://{n}.example" for n in range(21))}, "origins", "more than 20"),
        ({"short_name": "Hill News"}, "short_name", "small letters"),
        ({"origins": "", "short_name": "hill"}, "origins", "Please fill this in."),
        ({"origins": "https://river.watch", "short_name": ""}, "short_name", "Another partner has this short name."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(owner, db, statement, typed, field, says):
    before = everything(db)
    answer = owner.post(ALL, HILL | typed)
    page = Page(answer)

    assert answer.status_code == 422
    assert page.fields[field]["aria-invalid"] == "true"
    assert says in page.words
    assert everything(db) == before


@pytest.mark.parametrize("origins", ["https://evil.example", ""])
def test_somebody_elses_partner_joins_by_the_owner_of_the_server_alone(other_owner, server_owner, db, origins):
    path = f"/admin/statements/{OTHER}/partners"
    refused = other_owner.post(path, {"short_name": "river-watch", "name": "Mine", "origins": origins})
    assert (refused.status_code, "embeds statements of other owners" in Page(refused).words) == (422, True)

    assert server_owner.post(path, {"short_name": "river-watch"}).status_code == 303
    assert (partner(db).name, partner(db).origins) == ("River Watch", {PARTNER})


# changing


def test_what_is_changed_acts_on_the_forms_of_the_partner(owner, db, client):
    assert owner.post(WATCH, OWN).location == f"{WATCH}?done=changed"

    found = partner(db)
    assert (found.name, found.origins, found.locale, found.theme) == (
        *("Water Watch", {"https://water.example"}),
        *("fr", "dark"),
    )
    assert client.get(f"{DATA}?partner=river-watch").json["statement"]["locale"] == "fr"


def test_what_was_not_offered_is_no_language_and_no_theme(owner, db, statement):
    answer = owner.post(WATCH, OWN | {"locale": "tlh", "theme": "pink"})

    assert (answer.status_code, Page(answer).words.count("Please choose from the list.")) == (422, 2)
    assert (partner(db).locale, partner(db).theme) == (None, None)


def test_a_partner_does_not_lose_its_last_address_by_a_slip(owner, db, statement):
    answer = owner.post(WATCH, OWN | {"origins": "htps://water.example"})

    assert answer.status_code == 422
    assert (Page(answer).values["origins"], partner(db).origins) == ("htps://water.example", {PARTNER})


def test_the_words_beside_its_box_are_kept_by_language(owner, db, statement):
    answer = owner.post(f"{WATCH}/newsletter", {"newsletter-en": RIVER_NEWS, "newsletter-fr": ""})

    assert answer.status_code == 303
    assert partner(db).newsletters == {"en": RIVER_NEWS}
    assert owner.get(WATCH).values["newsletter-en"] == RIVER_NEWS


def test_words_that_cannot_stand_beside_a_box_come_back(owner, db, statement):
    answer = owner.post(f"{WATCH}/newsletter", {"newsletter-en": "x" * 400, "newsletter-fr": "Écrivez"})

    assert (answer.status_code, partner(db).newsletters) == (422, {})
    assert Page(answer).values["newsletter-fr"] == "Écrivez"


# who owns one of two


@pytest.mark.parametrize("action", ACTIONS)
def test_who_owns_one_of_two_statements_cannot_change_what_is_the_partners_own(owner, shared, db, action):
    before = everything(db)

    assert owner.post(WATCH + action, OWN).status_code == 403
    assert everything(db) == before
    page = owner.get(WATCH)
    assert "also embeds statements of other owners" in page.words
    assert [action for action in page.actions if "river-watch" in str(action)] == [f"{WATCH}/leave"]


@pytest.mark.parametrize("action", ACTIONS)
def test_who_owns_both_can(app, shared, db, clock, action):
    """The twin, with the same posts."""
    both = logged_in(app, "both", "owner", now=clock())
    with db.write() as tx:
        admins.give_role(tx, look_up(tx, "both"), statements.get(tx, OTHER).id, "owner")

    assert both.post(WATCH + action, OWN).status_code in (200, 303)


@pytest.mark.parametrize("role", ["viewer", "moderator"])
def test_a_smaller_role_under_the_other_statement_is_not_enough(app, shared, db, clock, role):
    half = logged_in(app, "half", "owner", now=clock())
    with db.write() as tx:
        admins.give_role(tx, look_up(tx, "half"), statements.get(tx, OTHER).id, role)

    assert half.post(WATCH, OWN).status_code == 403


def look_up(tx, name):
    return tx.rows("SELECT id FROM admins WHERE name = :name", {"name": name})[0]["id"]


def test_their_own_statement_it_leaves_in_any_case(owner, shared, db):
    answer = owner.post(f"{WATCH}/leave")

    assert (answer.status_code, answer.location) == (303, f"{ALL}?done=left")
    assert joined(db) == []
    assert len(look(db, "SELECT * FROM statement_partners")) == 1


# the link to its figures


def link_on(answer):
    return Page(answer).values["link"]


def test_the_link_is_shown_once_and_a_fresh_one_ends_it(owner, client, statement):
    first = link_on(owner.post(f"{WATCH}/report"))
    assert client.get(first).status_code == 200
    assert first not in owner.get(WATCH).html

    second = link_on(owner.post(f"{WATCH}/report"))
    assert [client.get(link).status_code for link in (first, second)] == [404, 200]

    owner.post(f"{WATCH}/report/end")
    assert client.get(second).status_code == 404


# revoking


def test_the_owner_of_the_server_revokes_a_partner_and_lets_it_in_again(server_owner, owner, db, statement):
    assert owner.post("/admin/partners/river-watch/revoke", {"slug": "open-rivers"}).status_code == 403

    answer = server_owner.post("/admin/partners/river-watch/revoke", {"slug": "open-rivers"})
    assert (answer.location, joined(db)) == (f"{ALL}?done=revoked", [])
    assert "revoked" in owner.get(ALL).words
    assert owner.open(WATCH).status_code == 404
    assert "is revoked" in Page(owner.post(ALL, {"short_name": "river-watch"})).words

    assert "Allow it to embed again" not in owner.get(ALL).words
    assert "Allow it to embed again" in server_owner.get(ALL).words
    server_owner.post("/admin/partners/river-watch/restore", {"slug": "open-rivers"})
    assert joined(db) == ["river-watch"]


def test_nobody_leads_an_admin_away_from_the_desk(server_owner, statement):
    answer = server_owner.post("/admin/partners/river-watch/revoke", {"slug": "//evil.example/"})

    assert answer.location.startswith("/admin/statements/")
