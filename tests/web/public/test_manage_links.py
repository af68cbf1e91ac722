"""Links to the signer's own page: whom they let in, and that to look is not to press."""

import pytest

from server.services import moderation
from server.services.signers import erase_signature, withdraw_signature
from tests.scene import look
from tests.web.reading import Page
from tests.web.scene import TICKED, everything, newest_link, own_link

POSTS = {
    "change": {"name": "Ani G.", "visibility": "name"},
    "withdraw": {"withdraw": "yes", "shown": "yes"},
    "news": {},
    "erase": {"erase": "yes"},
}
MANAGED = [f"/{name}" for name in POSTS] + ["", "/data.json"]


@pytest.fixture
def removed(own, db, clock) -> None:
    [row] = look(db, "SELECT id FROM signatures")
    moderation.remove_signature(db, "open-rivers", row["id"], actor="kate", reason=None, now=clock())


def walk(client, link, paths=MANAGED):
    for path in paths:
        yield client.get(link + path)
        yield client.post(link + path, data=POSTS.get(path[1:], {}))


def test_a_confirm_link_opens_no_page_of_its_signer_and_the_other_way_round(client, own, context, clock, db):
    confirm = newest_link(context, now=clock())
    before = everything(db)
    as_own = own.rpartition("/")[0] + "/" + confirm.rpartition("/")[2]
    as_confirm = confirm.rpartition("/")[0] + "/" + own.rpartition("/")[2]

    assert {answer.status_code for answer in walk(client, as_own)} <= {404, 405}
    for path in ("", "/change", "/not-me", "/resend"):
        assert client.post(as_confirm + path, data=TICKED | {"not-me": "yes"}).status_code == 404
    assert client.get(as_confirm).status_code == 404
    assert everything(db) == before


def test_a_signature_that_was_never_confirmed_has_no_such_page(client, link, context, clock, db):
    before = everything(db)
    own = own_link(context, now=clock())

    assert {answer.status_code for answer in walk(client, own)} <= {404, 405}
    assert everything(db) == before


def test_by_the_link_of_a_removed_signature_nothing_is_done_but_look_and_erase(client, own, removed, db):
    before = everything(db)
    page = Page(client.get(own))

    assert "The organisers have taken your signature off the list." in page.words
    assert page.actions == [f"{own}/erase#erase-form"]
    for path in ("change", "withdraw", "affirm"):
        answer = client.post(f"{own}/{path}", data=POSTS.get(path))
        assert answer.status_code == 303
        assert 'class="done"' not in client.get(answer.location).text
    assert client.get(f"{own}/data.json").json["signature"]["removed_at"].startswith("2027-01-15T")
    assert everything(db) == before


def test_who_erases_what_was_removed_is_told_what_stays(client, own, removed, db):
    assert "We keep only a code made from your email address" in Page(client.get(own)).words

    gone = client.post(f"{own}/erase", data=POSTS["erase"]).location
    assert gone == "/gone?count=1&seat=kept&locale=en"
    words = Page(client.get(gone)).words
    assert "We keep only a code made from your email address" in words
    assert [said for said in ("Everything is deleted", "Nothing here shows any longer") if said in words] == []
    [row] = look(db, "SELECT name, state, email_key FROM signatures")
    assert (row["name"], row["state"], bool(row["email_key"])) == (None, "removed", True)
    assert client.get(own).status_code == 404


def test_who_had_withdrawn_before_is_told_of_no_code_and_none_stays(client, own, db, clock):
    client.post(f"{own}/withdraw", data=POSTS["withdraw"])
    [row] = look(db, "SELECT id FROM signatures")
    moderation.remove_signature(db, "open-rivers", row["id"], actor="kate", reason=None, now=clock())

    assert "a code made from your email address" not in Page(client.get(own)).words

    gone = Page(client.post(f"{own}/erase", data=POSTS["erase"], follow_redirects=True)).words
    assert ("Nothing here shows any longer" in gone, "a code made" in gone) == (True, False)
    assert look(db, "SELECT state, email_key FROM signatures") == [{"state": "removed", "email_key": None}]


def test_another_website_does_nothing_here(client, own, db):
    before = everything(db)
    for path, form in POSTS.items():
        assert client.post(f"{own}/{path}", data=form, headers={"Origin": "https://evil.example"}).status_code == 403

    assert everything(db) == before


def test_an_erased_one_says_kindly_that_the_link_ended(client, own, context, clock, db):
    ref = context.links.read_manage(own.rpartition("/")[2], now=clock())
    erase_signature(db, ref, now=clock())
    before = everything(db)

    assert {answer.status_code for answer in walk(client, own)} <= {404, 405}
    assert "This link does not work" in Page(client.get(own)).words
    assert everything(db) == before


@pytest.mark.parametrize("end", ["x", "=", "A" * 3000, "%00", "%ED%A0%80"])
def test_an_altered_link_leads_nowhere(client, own, db, end):
    before = everything(db)

    answers = list(walk(client, own[:-4] + end))

    assert {answer.status_code for answer in answers} <= {308, 404, 405}
    for cleaned in {answer.location for answer in answers} - {None}:  # without what no token has, it is altered still
        assert client.get(cleaned).status_code == 404
    assert everything(db) == before


# looking


LOOKS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND")


def look_everywhere(client, link, paths):
    """All that a scanner of links does, with everything that the forms could send."""
    form = {name: value for posted in POSTS.values() for name, value in posted.items()}
    for method in LOOKS:
        for path in paths:
            client.open(link + path, method=method, data=form, query_string=form)


def test_looking_changes_nothing(client, own, db):
    before = everything(db)
    look_everywhere(client, own, MANAGED)

    assert everything(db) == before


def test_a_page_that_changes_when_it_is_looked_at_is_seen(app, client, own, context, clock, db):
    """The twin: links to unsubscribe are often made like this."""

    def naive(token):
        withdraw_signature(db, context.links.read_manage(token, now=clock()), shown=False, now=clock())
        return "You have withdrawn."

    app.view_functions["manage.show_signature"] = naive
    before = everything(db)
    look_everywhere(client, own, MANAGED)

    assert everything(db) != before
