"""Texts: a row for each language and version, which never changes after somebody has signed it."""

import pytest

from server.errors import NotFound
from server.tables import texts
from tests.tables.rows import NOW

TEXT = {
    "title": "Rivers",
    "place": None,
    "dated": "2027-01-10",
    "eligibility": None,
    "body": "Open",
    "sha256": "0" * 64,
}


def add(tx, statement, locale: str, **values) -> int:
    row = {**TEXT, "locale": locale, **values}
    return texts.add(tx, statement.id, row, change="typo", reason=None, now=NOW)


def test_versions_count_up_in_each_language_by_itself(db, statement):
    with db.write() as tx:
        ids = [add(tx, statement, locale) for locale in ("en", "en", "hy")]

        assert [texts.get(tx, text_id).version for text_id in ids] == [2, 3, 1]


def test_the_newest_version_stands_in_each_language_and_the_first_language_first(db, statement):
    with db.write() as tx:
        add(tx, statement, "hy")
        add(tx, statement, "en", title="Rivers, again")

        latest = texts.list_latest(tx, statement.id)

    assert [(text.locale, text.version) for text in latest] == [("en", 2), ("fr", 1), ("hy", 1)]
    assert latest[0].title == "Rivers, again"


def test_an_old_version_stays_as_it_was_signed(db, statement):
    with db.write() as tx:
        [old, _] = texts.list_latest(tx, statement.id)
        add(tx, statement, "en", body="Something else")

        assert texts.get(tx, old.id) == old


def test_a_missing_text_is_not_found(db):
    with db.read() as tx, pytest.raises(NotFound):
        texts.get(tx, 99)


def test_a_text_is_replaced_only_while_its_statement_was_never_open(db, statement):
    with db.write() as tx:
        [text, *_] = texts.list_latest(tx, statement.id)
        values = {**TEXT, "locale": text.locale, "body": "Something else"}

        assert not texts.replace_text(tx, text.id, values, now=NOW)
        tx.run("UPDATE statements SET opened_at = NULL", {})
        assert texts.replace_text(tx, text.id, values, now=NOW)
        assert texts.find_latest(tx, statement.id, text.locale).body == "Something else"
        assert texts.find_latest(tx, statement.id, "hy") is None
