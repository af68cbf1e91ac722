"""The statements at the desk: one's overview, the steps of its life, a new one, and the link that shows a draft."""

from dataclasses import replace

import pytest

from server.services.backups import make_backup
from server.tables import statements
from server.web.context import context_of, init_context
from tests.conftest import BASE_URL, NOW
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import PAGE, add_statement

OVERVIEW = "/admin/statements/open-rivers"
NEW = {
    "title": "Մաքուր օդ",
    "slug": "clean-air",
    "locale": "hy",
    "place": "Երևան",
    "date": "2027-03-01",
    "eligibility": "Ով շնչում է",
    "body": "Մենք **օդ** ենք ուզում։",
}
STEPS = ("open", "close", "archive", "unarchive")


def state(db, slug: str = "open-rivers") -> str:
    with db.read() as tx:
        return statements.get(tx, slug).state(NOW)


def steps(page: Page) -> set[str]:
    """What the buttons of an overview lead to."""
    paths = (action or "" for action in page.actions)
    return {path.rpartition("/")[2] for path in paths if path.startswith("/admin/statements/")}


def journal(db):
    return look(
        db,
        "SELECT actor, verb, journal_details.reason FROM journal JOIN journal_details ON journal_id = id"
        " WHERE actor LIKE 'admin:%' ORDER BY id",
    )


def test_the_list_leads_to_the_overview_and_offers_no_new_one_to_the_owner_of_one(owner):
    page = owner.get("/admin/")

    assert page.link("Keep our rivers open") == OVERVIEW
    assert "New statement" not in page.words


def test_the_overview_says_where_a_statement_stands(viewer, db):
    with db.write() as tx:
        tx.run("UPDATE statements SET timezone = 'Asia/Yerevan', event_at = 1800000000", {})
    page = viewer.get(OVERVIEW)

    assert "Keep our rivers open" in page.words
    assert "English" in page.words
    assert "Français" in page.words
    assert page.link(f"{BASE_URL}/s/open-rivers") == f"{BASE_URL}/s/open-rivers"
    assert "15 January 2027, 12:00 (Yerevan, UTC+4)" in page.words
    assert steps(page) == set()


@pytest.mark.parametrize(("closes_at", "closed_at"), [(NOW - 60, None), (NOW - 60, NOW), (NOW + 60, NOW - 60)])
def test_the_overview_says_when_signing_really_ended(viewer, db, closes_at, closed_at):
    with db.write() as tx:
        tx.run("UPDATE statements SET closes_at = :p, closed_at = :c", {"p": closes_at, "c": closed_at})

    assert "Closed 15 January 2027, 07:59" in " ".join(viewer.get(OVERVIEW).words.split())


def test_the_overview_of_an_open_statement_says_only_when_it_is_planned_to_close(viewer, db):
    """The twin of the one above."""
    with db.write() as tx:
        tx.run("UPDATE statements SET closes_at = :planned", {"planned": NOW + 60})
    words = viewer.get(OVERVIEW).words

    assert "Planned to close" in words
    assert "Closed" not in words


@pytest.mark.parametrize("who", ["viewer", "moderator"])
def test_only_an_owner_is_shown_the_link_to_a_draft_and_what_can_be_done(request, db, statement, who):
    with db.write() as tx:
        tx.run("UPDATE statements SET opened_at = NULL", {})
    page = request.getfixturevalue(who).get(OVERVIEW)

    assert "draft" in page.words
    assert "/preview/" not in page.html
    assert steps(page) == set()


def test_an_owner_closes_archives_takes_back_and_opens_again(owner, db):
    seen = []
    for step, reason in (("close", "It is over."), ("archive", "Done."), ("unarchive", ""), ("open", "")):
        before = steps(owner.get(OVERVIEW))
        answer = owner.post(f"{OVERVIEW}/{step}", {"reason": reason})
        seen.append((step in before, answer.status_code, answer.location, state(db)))

    assert seen == [
        (True, 303, f"{OVERVIEW}?done=close", "closed"),
        (True, 303, f"{OVERVIEW}?done=archive", "archived"),
        (True, 303, f"{OVERVIEW}?done=unarchive", "closed"),
        (True, 303, f"{OVERVIEW}?done=open", "open"),
    ]
    assert [(row["actor"], row["verb"], row["reason"]) for row in journal(db)] == [
        ("admin:olga", "statement.close", "It is over."),
        ("admin:olga", "statement.archive", "Done."),
        ("admin:olga", "statement.unarchive", None),
        ("admin:olga", "statement.open", None),
    ]


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_told_when_it_is_done(owner, step):
    assert 'role="status"' in owner.get(OVERVIEW, done=step).html


def test_an_archived_statement_has_no_page(owner, client):
    for step in ("close", "archive"):
        owner.post(f"{OVERVIEW}/{step}", {"reason": "Over."})

    assert client.get(PAGE).status_code == 404


@pytest.mark.parametrize(("reason", "code"), [("", "required"), (" \t", "required"), ("a" * 501, "too-long")])
def test_closing_without_a_reason_closes_nothing_and_keeps_what_was_typed(owner, db, reason, code):
    answer = owner.post(f"{OVERVIEW}/close", {"reason": reason})
    page = Page(answer)

    assert (answer.status_code, state(db), page.values["reason"]) == (422, "open", reason.strip())
    assert page.fields["reason"]["aria-invalid"] == "true"
    too_long = "This is too long. Use at most 500 characters."
    assert {"required": "Please fill this in.", "too-long": too_long}[code] in page.words


def test_an_open_statement_is_not_archived(owner, db):
    answer = owner.post(f"{OVERVIEW}/archive", {"reason": "Away with it."})

    assert (answer.status_code, state(db)) == (409, "open")
    assert "Close it first." in Page(answer).words


def test_a_statement_whose_planned_day_has_passed_offers_no_opening(owner, db):
    with db.write() as tx:
        tx.run("UPDATE statements SET closes_at = :then", {"then": NOW - 1})

    assert steps(owner.get(OVERVIEW)) == {"archive"}


# A new one


def test_the_owner_of_the_server_begins_a_statement(server_owner, db):
    page = server_owner.get("/admin/")
    form = server_owner.get(page.link("New statement"))
    answer = server_owner.post(form.actions[-1], form.values | NEW)

    assert (answer.status_code, answer.location) == (303, "/admin/statements/clean-air?done=new")
    assert state(db, "clean-air") == "draft"
    [text] = look(db, "SELECT locale, title, place, dated, eligibility, body FROM statement_texts WHERE locale = 'hy'")
    assert text == {"dated": NEW["date"]} | {key: NEW[key] for key in NEW if key not in ("slug", "date")}
    assert "Nobody sees it yet." in server_owner.get(answer.location).words


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", ""),
        ("slug", "Clean air"),
        ("slug", "new"),
        ("slug", "open-rivers"),
        ("locale", "xx"),
        ("date", "March"),
        ("body", "\x07"),
    ],
)
def test_what_is_wrong_comes_back_with_all_that_was_typed(server_owner, db, field, typed):
    answer = server_owner.post("/admin/statements", NEW | {field: typed})
    page = Page(answer)

    assert answer.status_code == 422
    assert [name for name, attributes in page.fields.items() if "aria-invalid" in attributes] == [field]
    kept = {name: page.values[name] for name in NEW if name != "locale"}
    assert kept == {name: value for name, value in (NEW | {field: typed}).items() if name != "locale"}
    assert look(db, "SELECT count(*) AS n FROM statements") == [{"n": 1}]


# A draft under its link


@pytest.fixture
def draft(owner, db, clock):
    """Where the overview of a draft says that others can read it."""
    with db.write() as tx:
        tx.run("UPDATE statements SET opened_at = NULL", {})
    link = owner.get(OVERVIEW).values["preview"]
    assert link.startswith(f"{BASE_URL}/preview/")
    return link.removeprefix(BASE_URL)


def test_whoever_has_the_link_reads_the_draft_and_signs_nothing(draft, client):
    page = Page(client.get(draft, headers={"Accept-Language": "en"}))

    assert "This is a draft" in page.words
    assert "<strong>open</strong> rivers" in page.html
    assert "Anybody who lives by a river" in page.words
    assert ("meta", {"name": "robots", "content": "noindex"}) in page.tags
    assert page.actions == []
    assert page.link("Français") == f"{draft}?locale=fr"


def test_without_the_link_a_draft_is_nowhere(draft, client):
    assert client.get(PAGE).status_code == 404
    assert client.get(draft[:-2]).status_code == 404


@pytest.mark.parametrize("what", ["archived", "opened", "old"])
def test_the_link_serves_until_the_draft_is_archived_or_opened_or_for_a_fortnight(draft, client, owner, clock, what):
    if what == "old":
        clock.forward(days=14, minutes=6)
    else:
        owner.post(f"{OVERVIEW}/{'archive' if what == 'archived' else 'open'}", {"reason": "Ready."})
    answer = client.get(draft)

    assert (answer.status_code, answer.location) == ((303, PAGE) if what == "opened" else (404, None))


def test_the_link_of_one_draft_shows_no_other(draft, context, client, db):
    add_statement(db, "clean-air", NOW, opened=False)
    crossed = context.links.preview(2, "open-rivers", now=NOW)

    assert client.get(crossed.removeprefix(BASE_URL)).status_code == 404


@pytest.mark.sqlite
def test_the_owner_of_the_server_sees_how_old_the_last_backup_is(server_owner, owner, context):
    place = context.settings.backups
    none = server_owner.get("/admin/").words
    make_backup(context.db, place, now=NOW - 30 * 3600)
    late = server_owner.get("/admin/").words
    make_backup(context.db, place, now=NOW - 3 * 3600)
    fine = server_owner.get("/admin/").words

    assert "There is no backup of this server yet." in none
    assert "is from 14 January 2027, 02:00 (UTC), 30 hours ago, and has 1 MB." in late
    assert "Ask its operator to run “undersigned check”" in late
    assert "is from 15 January 2027, 05:00 (UTC), 3 hours ago, and has 1 MB." in fine
    assert "Ask its operator" not in none + fine
    assert "backup" not in owner.get("/admin/").words


@pytest.mark.sqlite
def test_where_the_server_makes_no_backups_the_desk_says_nothing_about_them(server_owner, app):
    here = context_of(app)
    init_context(app, replace(here, settings=replace(here.settings, backup_folder="off")))

    assert "backup" not in server_owner.get("/admin/").words
