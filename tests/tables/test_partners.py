"""Partners: websites, their exact origins, and the statements that they embed."""

import pytest

from server.crypto.passwords import hash_secret
from server.db import Conflict
from server.errors import NotFound
from server.tables import partners
from server.tables.partners import Partner
from tests.tables.rows import add_statement


def test_a_partner_comes_with_its_exact_origins(db, statement):
    with db.write() as tx:
        partner_id = partners.add(tx, "lake", name="Lake Watch")
        partners.add_origin(tx, partner_id, "https://lake.example")
        partners.add_origin(tx, partner_id, "https://www.lake.example")
        partners.add_to_statement(tx, partner_id, statement.id)

        *_, found = partners.list_live_of_statement(tx, statement.id)

    origins = frozenset({"https://lake.example", "https://www.lake.example"})
    assert found == Partner(partner_id, "lake", "Lake Watch", origins)


def test_a_partner_without_an_origin_is_listed_too(db, statement):
    with db.write() as tx:
        partners.add_to_statement(tx, partners.add(tx, "lake", name="Lake Watch"), statement.id)

        assert partners.list_live_of_statement(tx, statement.id)[-1].origins == frozenset()


def test_the_same_slug_is_the_same_partner(db):
    with db.write() as tx:
        assert partners.add(tx, "lake", name="Lake Watch") == partners.add(tx, "lake", name="Another name")


def test_adding_twice_changes_nothing_and_says_so(db, statement):
    with db.write() as tx:
        partner_id = partners.add(tx, "lake", name="Lake Watch")

        assert [partners.add_origin(tx, partner_id, "https://lake.example") for _ in range(2)] == [True, False]
        assert [partners.add_to_statement(tx, partner_id, statement.id) for _ in range(2)] == [True, False]


def test_a_partner_embeds_only_the_statements_that_it_joined(db, statement):
    with db.write() as tx:
        other = add_statement(tx, "other")

        assert partners.list_live_of_statement(tx, other) == []


def test_a_revoked_partner_is_not_listed_and_not_added_again(db, statement):
    with db.write() as tx:
        tx.run("UPDATE partners SET revoked_at = 1", {})

        assert partners.list_live_of_statement(tx, statement.id) == []
        with pytest.raises(Conflict, match="revoked"):
            partners.add(tx, "river-watch", name="River Watch")


def test_the_words_beside_a_partners_box_come_with_it_in_every_language(db, statement):
    with db.write() as tx:
        [watch] = partners.list_live_of_statement(tx, statement.id)
        assert watch.newsletters == {}
        partners.set_newsletter_wordings(tx, watch.id, {"en": "Write me", "hy": "Գրեք ինձ"})

        assert partners.get_of(tx, statement.id, "river-watch").newsletters == {"en": "Write me", "hy": "Գրեք ինձ"}


def test_a_partner_is_found_under_the_statements_that_it_joined(db, statement):
    with db.write() as tx:
        other = add_statement(tx, "other")
        with pytest.raises(NotFound, match="no partner river-watch that embeds"):
            partners.get_of(tx, other, "river-watch")
        partners.add_to_statement(tx, 1, other)

        assert partners.get_of(tx, other, "river-watch").id == 1
        assert partners.list_statement_ids(tx, 1) == [statement.id, other]


def test_what_a_partner_keeps_comes_with_it(db, statement):
    with db.write() as tx:
        partners.change(tx, 1, name="Water Watch", locale="fr", theme="dark")
        partners.set_report_hash(tx, 1, hash_secret("secret"))

        found = partners.get(tx, "river-watch")
        assert (found.name, found.locale, found.theme, found.has_report) == ("Water Watch", "fr", "dark", True)
        assert partners.find_by_report_secret(tx, "secret") == found
        assert partners.find_by_report_secret(tx, "another") is None


def test_a_revoked_partner_is_found_where_it_may_be_let_in_again_and_its_link_is_not(db, statement):
    with db.write() as tx:
        partners.set_report_hash(tx, 1, hash_secret("secret"))
        assert [partners.revoke(tx, 1, now=7), partners.revoke(tx, 1, now=8)] == [True, False]

        assert [one.revoked_at for one in partners.list_all(tx)] == [7]
        assert [one.slug for one in partners.list_all_of_statement(tx, statement.id)] == ["river-watch"]
        assert partners.find_by_report_secret(tx, "secret") is None
        assert [partners.restore(tx, 1), partners.restore(tx, 1)] == [True, False]
        assert partners.list_live_of_statement(tx, statement.id)[0].revoked_at is None


def test_nobody_is_found_by_a_name_that_no_database_takes(db):
    with db.read() as tx:
        assert partners.find(tx, "a\0b") is None
