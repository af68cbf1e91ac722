"""The fingerprint of a text: the documented bytes, the same for all its spellings, another for any other text."""

import hashlib
import json
import subprocess
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from server.text.statement_file import read_statement, text_sha256
from tests.text.statement_files import written

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_the_fingerprint_is_the_documented_bytes():
    said = '["Keep “it”","Line\\nbreak","Body with \\"quotes\\" and \\\\ and ք"]'

    assert (
        text_sha256("Keep “it”", "Line\nbreak", 'Body with "quotes" and \\ and ք')
        == hashlib.sha256(said.encode()).hexdigest()
    )


def test_a_missing_eligibility_is_null_and_not_an_empty_one():
    assert text_sha256("a", None, "b") == hashlib.sha256(b'["a",null,"b"]').hexdigest()
    assert text_sha256("a", None, "b") != text_sha256("a", "", "b")


def test_a_stranger_recomputes_it_with_standard_tools():
    """Printed by hand and hashed by coreutils; the text is the file's, as it stands in the data answer."""
    statement = read_statement(written("Բաց լիճ"))

    recomputed = subprocess.run(
        ["sha256sum"], input='["Keep the lake open",null,"Բաց լիճ"]'.encode(), capture_output=True, check=True
    ).stdout.split()[0]

    assert text_sha256(statement.title, statement.eligibility, statement.body) == recomputed.decode()


@given(title=TEXTS, eligibility=st.none() | TEXTS, body=TEXTS)
def test_another_spelling_of_the_same_text_has_the_same_fingerprint(title, eligibility, body):
    def elsewhere(text):
        return text and unicodedata.normalize("NFD", text.replace("\r\n", "\n").replace("\r", "\n")).replace(
            "\n", "\r\n"
        )

    assert text_sha256(title, eligibility, body) == text_sha256(
        elsewhere(title), elsewhere(eligibility), elsewhere(body)
    )


@given(one=st.tuples(TEXTS, st.none() | TEXTS, TEXTS), other=st.tuples(TEXTS, st.none() | TEXTS, TEXTS))
def test_different_texts_have_different_fingerprints(one, other):
    def plain(parts):
        lines = [part and part.replace("\r\n", "\n").replace("\r", "\n") for part in parts]
        return json.dumps([part if part is None else unicodedata.normalize("NFC", part) for part in lines])

    assert (text_sha256(*one) == text_sha256(*other)) == (plain(one) == plain(other))


def test_texts_merely_joined_would_let_a_word_wander():
    """The twin: without the array, a sentence moved from the eligibility into the body goes unnoticed."""
    signed, altered = ("Lake", "Anyone", "may sign"), ("Lake", "", "Anyonemay sign")

    assert hashlib.sha256("".join(signed).encode()).digest() == hashlib.sha256("".join(altered).encode()).digest()
    assert text_sha256(*signed) != text_sha256(*altered)


def test_the_fingerprint_of_a_statement_stays_what_it_is():
    """Stored beside every signature: a change of the layout would orphan them all."""
    assert text_sha256("T", "E", "B") == "b4c92fb06d2ac14bfcf86bea0ac2c95a1d4605bcd698500b7a6c68a315b2c0d4"
