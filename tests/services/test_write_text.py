"""Write a text: in its place while nobody can have read it to sign it, then as the next version, then no more."""

import json

import pytest

from server.db import Conflict
from server.errors import NotFound
from server.services.founding import import_founders
from server.services.statements import close_statement, open_statement
from server.services.texts import TextChanged, TextSigned, create_statement, text_fingerprint, write_text
from server.tables import statements
from server.tables import texts as texts_table
from server.text.signatory_list import read_signatory_list
from server.text.statement_file import read_statement_form, text_sha256
from tests.conftest import NOW
from tests.scene import look
from tests.web.scene import add_statement

SLUG = "clean-air"
TYPED = {"slug": SLUG, "locale": "en", "title": "Clean air", "body": "We ask for clean air."}


@pytest.fixture
def draft(db):
    add_statement(db, SLUG, NOW, opened=False)
    return SLUG


def mark(db, slug: str = SLUG, locale: str = "en") -> str:
    """What a form that is made now carries."""
    with db.read() as tx:
        return text_fingerprint(texts_table.find_latest(tx, statements.get(tx, slug).id, locale))


def write(db, *, was: str | None = None, **typed: str) -> bool:
    file = read_statement_form({**TYPED, **typed})
    held = mark(db, file.slug, file.locale) if was is None else was
    return write_text(db, file, was=held, actor="admin:kate", now=NOW + 60)


def texts(db):
    return look(db, "SELECT locale, version, body, change FROM statement_texts ORDER BY id")


def test_the_text_of_a_draft_is_replaced_in_its_place(db, draft):
    assert write(db, place="Sevan")

    assert texts(db) == [{"locale": "en", "version": 1, "body": TYPED["body"], "change": "first"}]
    [row] = look(db, "SELECT before, after FROM journal_details ORDER BY journal_id DESC LIMIT 1")
    old = text_sha256("Keep the lakes open", None, "We ask for lakes.")
    new = text_sha256("Clean air", None, TYPED["body"])
    before, after = json.loads(row["before"]), json.loads(row["after"])
    assert (before["sha256"], after["sha256"], after["change"]) == (old, new, "draft")


def test_a_text_that_is_written_again_as_it_stands_changes_nothing(db, draft):
    write(db)
    before = look(db, "SELECT count(*) AS n FROM journal")

    assert not write(db)
    assert not write(db, was="made from something else")
    assert look(db, "SELECT count(*) AS n FROM journal") == before


def test_another_language_begins_at_its_first_version(db, draft):
    assert write(db, locale="fr", title="De l’air pur")

    assert [(text["locale"], text["version"], text["change"]) for text in texts(db)] == [
        ("en", 1, "first"),
        ("fr", 1, "first"),
    ]


@pytest.mark.parametrize("typed", [{"body": "Mine."}, {"place": "Sevan"}, {"date": "2027-01-10"}])
def test_the_second_of_two_tabs_is_told_and_overwrites_nothing(db, draft, typed):
    both = mark(db)
    write(db, was=both, **typed)
    kept = texts(db)

    with pytest.raises(TextChanged):
        write(db, was=both, body="Theirs.")
    assert texts(db) == kept


def test_a_language_that_two_begin_at_once_is_begun_by_one(db, draft):
    write(db, locale="fr", was="")

    with pytest.raises(TextChanged):
        write(db, locale="fr", was="", body="Autre chose.")


def test_a_statement_that_was_open_once_gets_a_next_version(db, draft):
    open_statement(db, SLUG, actor="kate", now=NOW)
    close_statement(db, SLUG, actor="kate", now=NOW)

    assert write(db)
    assert [(text["version"], text["change"]) for text in texts(db)] == [(1, "first"), (2, "substance")]


def test_whoever_has_read_the_old_words_signs_the_old_words(db, scene):
    claim = scene.claim
    write(db, slug="open-rivers", body="Dam them all.")
    signature = scene.get(scene.sign())

    assert signature.text_id == claim.text_id
    with db.read() as tx:
        assert "**open** rivers" in texts_table.get(tx, claim.text_id).body


def test_a_founding_list_keeps_the_words_that_it_was_entered_under(db, draft):
    import_founders(db, SLUG, read_signatory_list("River Watch\nLake Watch\n").entries, actor="kate", now=NOW)

    assert write(db)
    assert [text["version"] for text in texts(db)] == [1, 2]


def test_a_text_that_somebody_has_confirmed_is_not_written_any_more(db, scene):
    scene.signed()
    kept = texts(db)

    with pytest.raises(TextSigned):
        write(db, slug="open-rivers")
    assert texts(db) == kept


def test_a_text_of_no_statement_is_not_written(db):
    with pytest.raises(NotFound):
        write_text(db, read_statement_form(TYPED), was="", actor="kate", now=NOW)


def test_a_new_statement_does_not_take_the_name_of_another(db, draft):
    kept = texts(db)

    with pytest.raises(Conflict):
        create_statement(db, read_statement_form(TYPED), actor="kate", now=NOW)
    assert texts(db) == kept
    create_statement(db, read_statement_form(TYPED | {"slug": "cleaner-air"}), actor="kate", now=NOW)
    assert len(texts(db)) == 2
