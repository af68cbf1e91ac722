"""Wordings: every version that was ever shown is kept, once."""

from server.tables import partners, texts
from tests.tables.rows import NOW, one


def keep(tx, body: str = "I sign", *, purpose="consent", locale: str = "en") -> int:
    return texts.get_or_add_wording(tx, purpose, locale, body, now=NOW)


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


def test_the_same_words_of_two_partners_and_of_ours_are_kept_apart(db, statement):
    with db.write() as tx:
        lake = partners.add(tx, "lake", name="Lake Watch")
        ids = [
            texts.get_or_add_wording(tx, "newsletter", "en", "News", partner_id=one, now=NOW)
            for one in (None, 1, lake, 1)
        ]

    assert (len(set(ids)), ids[1]) == (3, ids[3])
