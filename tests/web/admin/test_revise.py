"""A signed text at the desk: changed, looked at, published, and nothing lost on the way."""

import pytest

from server.services.scheduled import ask_for_reconsent
from tests.editing import asked, mend
from tests.scene import JOURNAL
from tests.web.admin.desk import logged_in
from tests.web.reading import Page
from tests.web.scene import everything

REVISE = "/admin/statements/open-rivers/texts/en/revise"
NEW = "We, the undersigned, demand **open** rivers."
TYPED = {"body": NEW, "reason": "It was not strong enough.", "change": "substance"}


def texts(scene) -> list[str]:
    return [row["body"] for row in scene.rows("SELECT body FROM statement_texts WHERE locale = 'en' ORDER BY version")]


def look(browser, typed=TYPED, **more):
    """What comes back when an admin has typed this into the form and wants to see the difference."""
    form = browser.get(REVISE).values
    return browser.post(REVISE, {**form, "step": "look", **typed, **more})


def test_the_form_holds_the_text_as_it_stands(owner):
    values = owner.get(REVISE).values

    assert values["title"] == "Keep our rivers open"
    assert (values["place"], values["date"]) == ("Kutaisi", "2027-01-10")
    assert values["eligibility"] == "Anybody who lives by a river"
    assert values["body"] == "We, the undersigned, ask for **open** rivers."


def test_the_difference_and_who_is_asked_are_shown_before_anything_is_published(owner, scene, db):
    scene.found("River Watch\n")
    scene.signed(email="quiet@rivers.example")
    scene.signed(email="reader@rivers.example", newsletter=True)
    before = everything(db)

    answer = look(owner)
    page = Page(answer)

    assert answer.status_code == 200
    words = " ".join(page.words.split())
    assert "removed: ask for end of the change. added: demand end of the change." in words
    assert "One signer will be asked by email." in words
    assert "2 signers cannot be asked" in words
    assert everything(db) == before
    assert len(texts(scene)) == 1


@pytest.mark.parametrize(("change", "done"), [("typo", "The corrected text"), ("substance", "The new version")])
def test_what_was_looked_at_is_published(owner, scene, clock, change, done):
    signature_id = scene.signed(newsletter=True)
    page = Page(look(owner, change=change))

    answer = owner.post(REVISE, {**page.values, "step": "publish"})

    assert (answer.status_code, answer.location) == (303, f"{REVISE}?done={change}")
    assert f"{done} is published." in Page(owner.open(answer.location)).words
    assert texts(scene)[1:] == [NEW]
    [row] = scene.rows(f"{JOURNAL} WHERE verb = 'statement.text' ORDER BY id DESC LIMIT 1")
    assert (row["actor"], row["reason"]) == ("admin:olga", TYPED["reason"])
    ask_for_reconsent(scene.db, now=clock())
    assert asked(scene) == ([signature_id] if change == "substance" else [])


def test_whoever_would_change_something_first_gets_it_all_back(owner, scene):
    page = Page(look(owner, title="Keep all rivers open"))

    back = owner.post(REVISE, {**page.values, "step": "back"})

    assert back.status_code == 200
    values = Page(back).values
    assert (values["title"], values["body"], values["reason"]) == ("Keep all rivers open", NEW, TYPED["reason"])
    chosen = [found["value"] for tag, found in Page(back).tags if tag == "input" and "checked" in found]
    assert chosen == ["substance"]
    assert len(texts(scene)) == 1


@pytest.mark.parametrize("step", ["look", "publish"])
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"reason": " "}, "Please fill this in."),
        ({"title": ""}, "Please fill this in."),
        ({"change": ""}, "Please fill this in."),
        ({"change": "whatever"}, "Please choose from the list."),
        ({"eligibility": "x" * 1001}, "This is too long. Use at most 1,000 characters."),
        ({"date": "31.1.2027"}, "Write a date such as 2026-11-30."),
        ({"body": "We, the undersigned, ask for **open** rivers."}, "Nothing is different"),
    ],
)
def test_what_will_not_do_comes_back_with_all_that_was_typed(owner, scene, step, wrong, told):
    answer = look(owner, **{"step": step, **wrong})
    page = Page(answer)

    assert answer.status_code == 422
    assert told in page.words
    typed = {**TYPED, **wrong}
    assert {name: page.values[name] for name in ("body", "reason")} == {
        name: typed[name].strip() for name in ("body", "reason")
    }
    assert len(texts(scene)) == 1


@pytest.mark.parametrize("step", ["look", "publish"])
def test_a_text_that_somebody_else_changed_meanwhile_is_shown_beside_what_was_typed(owner, scene, step):
    form = owner.get(REVISE).values
    mend(scene, "We, the undersigned, ask for **open** river.")

    answer = owner.post(REVISE, {**form, **TYPED, "step": step})

    assert answer.status_code == 422
    page = Page(answer)
    assert "Someone changed the text while you were writing." in page.words
    assert "removed: ask for" in " ".join(page.words.split())
    assert page.values["body"] == NEW
    assert len(texts(scene)) == 2
    assert owner.post(REVISE, {**page.values, "change": "typo", "step": "publish"}).status_code == 303
    assert texts(scene)[2] == NEW


def test_the_longest_text_comes_through_in_a_script_of_three_bytes(owner, scene):
    long = "მდინარე " * 9000  # 198,000 bytes, and thrice that as a form writes them

    page = Page(look(owner, body=long))
    answer = owner.post(REVISE, {**page.values, "step": "publish"})

    assert answer.status_code == 303
    assert texts(scene)[1] == long.strip()


@pytest.mark.parametrize(
    "path", ["/admin/statements/open-rivers/texts/hy/revise", "/admin/statements/no/texts/en/revise"]
)
def test_where_there_is_no_text_there_is_nothing_to_change(owner, path):
    assert owner.open(path).status_code == 404


def test_the_page_speaks_french(app, statement, clock, db):
    french = logged_in(app, "fanny", "owner", now=clock())
    french.post("/admin/account/language", {"locale": "fr"})

    assert "Modifier un texte signé" in french.get(REVISE).words
    assert "Rien n’est encore publié" in Page(look(french)).words
