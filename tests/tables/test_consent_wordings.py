"""Consent wordings: the organiser's own words, by statement, language and kind of signer, and none where ours stand."""

import pytest

from server.tables import texts
from tests.tables.rows import REFUSED_BY_A_TABLE


def test_words_are_found_where_they_were_put_and_nowhere_else(db, statement):
    with db.write() as tx:
        texts.set_consent_wording(tx, statement.id, "en", "individual", "I agree")
        texts.set_consent_wording(tx, statement.id, "en", "individual", "I agree to it")

    with db.read() as tx:
        assert texts.find_consent_wording(tx, statement.id, "en", "individual") == "I agree to it"
        assert texts.find_consent_wording(tx, statement.id, "fr", "individual") is None
        assert texts.find_consent_wording(tx, statement.id, "en", "counted") is None
        assert texts.list_consent_wordings(tx, statement.id) == {("en", "individual"): "I agree to it"}


def test_what_is_removed_is_found_no_more(db, statement):
    with db.write() as tx:
        texts.set_consent_wording(tx, statement.id, "en", "counted", "Count me")
        texts.remove_consent_wording(tx, statement.id, "en", "counted")

        assert texts.list_consent_wordings(tx, statement.id) == {}


def test_there_are_words_only_for_those_who_sign(db, statement):
    with pytest.raises(REFUSED_BY_A_TABLE), db.write() as tx:
        texts.set_consent_wording(tx, statement.id, "en", "anybody", "I agree")
