"""Consent wordings: the organiser's own words, by statement, language and kind of signer, and none where ours stand."""

import pytest

from server.records import consent_wordings
from tests.records.rows import REFUSED_BY_A_TABLE


def test_words_are_found_where_they_were_put_and_nowhere_else(db, statement):
    with db.write() as tx:
        consent_wordings.put(tx, statement.id, "en", "individual", "I agree")
        consent_wordings.put(tx, statement.id, "en", "individual", "I agree to it")

    with db.read() as tx:
        assert consent_wordings.find(tx, statement.id, "en", "individual") == "I agree to it"
        assert consent_wordings.find(tx, statement.id, "fr", "individual") is None
        assert consent_wordings.find(tx, statement.id, "en", "counted") is None
        assert consent_wordings.list_of(tx, statement.id) == {("en", "individual"): "I agree to it"}


def test_what_is_removed_is_found_no_more(db, statement):
    with db.write() as tx:
        consent_wordings.put(tx, statement.id, "en", "counted", "Count me")
        consent_wordings.remove(tx, statement.id, "en", "counted")

        assert consent_wordings.list_of(tx, statement.id) == {}


def test_there_are_words_only_for_those_who_sign(db, statement):
    with pytest.raises(REFUSED_BY_A_TABLE), db.write() as tx:
        consent_wordings.put(tx, statement.id, "en", "anybody", "I agree")
