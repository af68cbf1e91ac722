"""Wordings: every version that was ever shown is kept, once."""

from server.records import wordings
from tests.records.rows import NOW, one


def keep(tx, body: str = "I sign", *, purpose="consent", locale: str = "en") -> int:
    return wordings.keep(tx, purpose, locale, body, now=NOW)


def test_the_same_words_are_kept_once(db):
    with db.write() as tx:
        assert keep(tx) == keep(tx)

    assert one(db, "SELECT count(*) AS n FROM wordings") == 1


def test_other_words_languages_and_purposes_are_kept_apart(db):
    with db.write() as tx:
        ids = {keep(tx), keep(tx, "I sign!"), keep(tx, locale="fr"), keep(tx, purpose="newsletter")}

    assert len(ids) == 4


def test_the_words_themselves_can_be_read_later(db):
    with db.write() as tx:
        keep(tx, "Ես ստորագրում եմ")

    assert one(db, "SELECT body FROM wordings") == "Ես ստորագրում եմ"
