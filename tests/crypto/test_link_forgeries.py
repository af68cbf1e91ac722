"""Links and form tokens that were altered, made by somebody else or for another purpose open nothing."""

import base64
import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import BadSignature, URLSafeTimedSerializer

from server.crypto.links import FormClaim, Links
from server.errors import FormTokenBad, LinkInvalid
from tests.linking import ALPHABET, BASE, CLAIM, LINKS, NEW, NEWEST, NONCE, NOON, OLD, REF, confirm_token


def mutated(token: str, rng: random.Random) -> str:
    """Return the token with a character changed, dropped, added or swapped, or with two halves of it crossed."""
    at, other = sorted(rng.sample(range(len(token)), 2))
    return rng.choice(
        [
            token[:at] + rng.choice(ALPHABET) + token[at + 1 :],
            token[:at] + token[at + 1 :],
            token[:at] + rng.choice(ALPHABET) + token[at:],
            token[:at] + token[other] + token[at + 1 : other] + token[at] + token[other + 1 :],
            token[other:] + token[:at],
            token[:other] + token[at:],
        ]
    )


@pytest.mark.parametrize("keys", [[], [""], ["  "], [NEW, ""]])
def test_an_empty_key_is_refused(keys):
    with pytest.raises(ValueError, match="secret keys"):
        Links(keys, BASE)


def test_the_stock_signer_signs_happily_with_an_empty_key():
    """The twin: nothing in the library stops a forgotten setting."""
    forged = URLSafeTimedSerializer("", salt="s").dumps("anything")

    assert URLSafeTimedSerializer("", salt="s").loads(forged) == "anything"


def test_twenty_thousand_changed_confirm_links_open_no_other_row():
    rng, token = random.Random(9), confirm_token(LINKS)

    for _ in range(20_000):
        try:
            assert LINKS.read_confirm(mutated(token, rng), now=NOON) == REF
        except LinkInvalid:
            continue


def test_twenty_thousand_changed_form_tokens_say_nothing_else():
    rng, token = random.Random(27), LINKS.form_token(CLAIM, now=NOON)

    for _ in range(20_000):
        try:
            assert LINKS.read_form_token(mutated(token, rng), now=NOON + 60, min_fill_s=2) == CLAIM
        except FormTokenBad:
            continue


def test_other_spellings_of_the_same_token_read_as_the_same_row():
    """Base64 leaves bits unused, so what was used must never be remembered by the token's string."""
    token = confirm_token(LINKS)
    spellings = [token[:-1] + last for last in ALPHABET] + [token + "=", token + "=="]

    read = []
    for spelling in spellings:
        try:
            read.append(LINKS.read_confirm(spelling, now=NOON))
        except LinkInvalid:
            continue

    assert len(read) > 1
    assert set(read) == {REF}


@given(token=st.text() | st.text(alphabet=ALPHABET) | st.text(alphabet="\ud800\udfffa.", max_size=20))
def test_whatever_stands_in_the_path_the_answer_is_a_word_of_ours(token):
    with pytest.raises(LinkInvalid):
        LINKS.read_confirm(token, now=NOON)
    with pytest.raises(FormTokenBad):
        LINKS.read_form_token(token, now=NOON, min_fill_s=2)


def test_the_stock_serializer_breaks_on_a_lone_surrogate():
    """The twin: why the token is looked at before the library sees it."""
    with pytest.raises(UnicodeEncodeError):
        URLSafeTimedSerializer(NEW).loads("\ud800.a.b")


def test_a_token_for_one_purpose_is_worth_nothing_for_the_other():
    with pytest.raises(FormTokenBad):
        LINKS.read_form_token(confirm_token(LINKS), now=NOON + 60, min_fill_s=2)
    with pytest.raises(LinkInvalid):
        LINKS.read_confirm(LINKS.form_token(CLAIM, now=NOON), now=NOON)


def test_with_one_salt_for_all_a_confirm_link_would_pass_as_a_form_token():
    """The twin: the same class with its salts thrown together takes the signature of one purpose for the other's."""

    class OneSalt(Links):
        def _serializer(self, salt, *, now=0):
            return super()._serializer("all", now=now)

    careless = OneSalt([NEW], BASE)

    payload, made_at = careless._read("undersigned.form.v1", confirm_token(careless))

    assert (payload[0], made_at) == (REF.id, NOON)


def test_a_token_of_a_stranger_with_the_right_salt_is_refused():
    with pytest.raises(LinkInvalid):
        LINKS.read_confirm(confirm_token(Links(["stranger" * 5], BASE)), now=NOON)


@pytest.mark.parametrize(("digest", "accepted"), [(hashlib.sha256, True), (hashlib.sha1, False)])
def test_links_are_signed_with_sha256_and_not_with_the_librarys_sha1(digest, accepted):
    signing = {"digest_method": digest, "key_derivation": "hmac"}
    plain = URLSafeTimedSerializer(NEW, salt="undersigned.confirm.v1", signer_kwargs=signing)

    if accepted:
        assert plain.loads(confirm_token(LINKS)) == [REF.id, base64.urlsafe_b64encode(NONCE).decode()]
    else:
        with pytest.raises(BadSignature):
            plain.loads(confirm_token(LINKS))


def test_hundred_open_links_survive_a_rotation_and_none_a_retirement():
    before = Links([OLD], BASE)
    tokens = [confirm_token(before, now=NOON + n) for n in range(100)]
    forms = [before.form_token(FormClaim(n, 1), now=NOON) for n in range(1, 101)]
    during, after = Links([OLD, NEW], BASE), Links([NEW], BASE)

    assert all(during.read_confirm(token, now=NOON) == REF for token in tokens)
    assert [during.read_form_token(form, now=NOON + 60, min_fill_s=2).statement_id for form in forms] == [
        *range(1, 101)
    ]
    for token, form in zip(tokens, forms, strict=True):
        with pytest.raises(LinkInvalid):
            after.read_confirm(token, now=NOON)
        with pytest.raises(FormTokenBad):
            after.read_form_token(form, now=NOON + 60, min_fill_s=2)


def test_the_last_key_signs():
    token = confirm_token(Links([OLD, NEW, NEWEST], BASE))

    assert Links([NEWEST], BASE).read_confirm(token, now=NOON) == REF
    with pytest.raises(LinkInvalid):
        Links([OLD, NEW], BASE).read_confirm(token, now=NOON)


def test_a_link_prints_no_secret_key():
    assert NEW not in repr(LINKS)
