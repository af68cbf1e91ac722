"""Links and form tokens: made by us, for one purpose, for a while, and by nobody else."""

import base64
import hashlib
import random
import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from server.errors import FormTokenBad, FormTokenExpired, FormTooFast, LinkExpired, LinkInvalid
from server.links import CLOCK_SKEW, CONFIRM_LIFETIME, FORM_LIFETIME, FormClaim, Links, SignatureRef

OLD, NEW, NEWEST = "old" * 11, "new" * 11, "newest" * 6
BASE = "https://sign.example"
NOON = 1_780_000_020  # the first second of a minute
SKEW_S = int(CLOCK_SKEW.total_seconds())
CONFIRM_S = int(CONFIRM_LIFETIME.total_seconds())
FORM_S = int(FORM_LIFETIME.total_seconds())
NONCE = bytes(range(16))
REF = SignatureRef(7, NONCE)
CLAIM = FormClaim(statement_id=1, text_id=2, partner_id=3)
ALPHABET = string.ascii_letters + string.digits + "-_.="

refs = st.builds(SignatureRef, st.integers(1, 2**63 - 1), st.binary(min_size=16, max_size=16))
row_ids = st.integers(1, 2**63 - 1)
claims = st.builds(FormClaim, row_ids, row_ids, st.none() | row_ids)


@pytest.fixture
def links():
    return Links([NEW], BASE)


def confirm_token(links: Links, *, now: int = NOON) -> str:
    return links.confirm(*REF, now=now).rpartition("/")[2]


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


@given(ref=refs)
def test_a_confirm_link_brings_back_its_row_and_nonce(ref):
    links = Links([NEW], BASE)

    url = links.confirm(*ref, now=NOON)

    assert links.read_confirm(url.removeprefix(f"{BASE}/confirm/"), now=NOON + 60) == ref


@given(claim=claims, fill=st.integers(60, FORM_S))
def test_a_form_token_brings_back_its_statement_text_and_partner(claim, fill):
    links = Links([NEW], BASE)

    assert links.read_form_token(links.form_token(claim, now=NOON), now=NOON + fill, min_fill_s=2) == claim


def test_links_begin_with_the_configured_address_whatever_slash_it_ends_in():
    assert (
        Links([NEW], "https://sign.example/letters/")
        .confirm(*REF, now=NOON)
        .startswith("https://sign.example/letters/confirm/")
    )


@given(ref=refs)
def test_a_token_is_one_path_segment_that_nobody_hides_or_cuts(ref):
    """No dot at the start (proxies refuse hidden files), no dash at the end (mail readers leave it out of the link)."""
    token = Links([NEW], BASE).confirm_token(*ref, now=NOON)

    assert token[0] != "."
    assert token[-1] in string.ascii_letters + string.digits
    assert set(token) <= set(ALPHABET) - {"="}


def test_the_stock_serializer_does_begin_a_token_with_a_dot():
    """The twin: a payload that compresses well shows why ours never compresses."""
    payload = [7, "A" * 24]

    assert URLSafeTimedSerializer(NEW, salt="s").dumps(payload).startswith(".")
    assert not Links([NEW], BASE).confirm_token(7, b"\0" * 16, now=NOON).startswith(".")


@pytest.mark.parametrize("keys", [[], [""], ["  "], [NEW, ""]])
def test_an_empty_key_is_refused(keys):
    with pytest.raises(ValueError, match="secret keys"):
        Links(keys, BASE)


def test_the_stock_signer_signs_happily_with_an_empty_key():
    """The twin: nothing in the library stops a forgotten setting."""
    forged = URLSafeTimedSerializer("", salt="s").dumps("anything")

    assert URLSafeTimedSerializer("", salt="s").loads(forged) == "anything"


@pytest.mark.parametrize("nonce", [b"", b"short", b"x" * 17])
def test_a_nonce_of_another_length_is_refused(links, nonce):
    with pytest.raises(ValueError, match="16 bytes"):
        links.confirm(7, nonce, now=NOON)


def test_twenty_thousand_changed_confirm_links_open_no_other_row(links):
    rng, token = random.Random(9), confirm_token(links)

    for _ in range(20_000):
        try:
            assert links.read_confirm(mutated(token, rng), now=NOON) == REF
        except LinkInvalid:
            continue


def test_twenty_thousand_changed_form_tokens_say_nothing_else(links):
    rng, token = random.Random(27), links.form_token(CLAIM, now=NOON)

    for _ in range(20_000):
        try:
            assert links.read_form_token(mutated(token, rng), now=NOON + 60, min_fill_s=2) == CLAIM
        except FormTokenBad:
            continue


def test_other_spellings_of_the_same_token_read_as_the_same_row(links):
    """Base64 leaves bits unused, so what was used must never be remembered by the token's string."""
    token = confirm_token(links)
    spellings = [token[:-1] + last for last in ALPHABET] + [token + "=", token + "=="]

    read = []
    for spelling in spellings:
        try:
            read.append(links.read_confirm(spelling, now=NOON))
        except LinkInvalid:
            continue

    assert len(read) > 1
    assert set(read) == {REF}


@given(token=st.text() | st.text(alphabet=ALPHABET) | st.text(alphabet="\ud800\udfffa.", max_size=20))
def test_whatever_stands_in_the_path_the_answer_is_a_word_of_ours(token):
    links = Links([NEW], BASE)

    with pytest.raises(LinkInvalid):
        links.read_confirm(token, now=NOON)
    with pytest.raises(FormTokenBad):
        links.read_form_token(token, now=NOON, min_fill_s=2)


def test_the_stock_serializer_breaks_on_a_lone_surrogate():
    """The twin: why the token is looked at before the library sees it."""
    with pytest.raises(UnicodeEncodeError):
        URLSafeTimedSerializer(NEW).loads("\ud800.a.b")


def test_a_token_for_one_purpose_is_worth_nothing_for_the_other(links):
    with pytest.raises(FormTokenBad):
        links.read_form_token(confirm_token(links), now=NOON + 60, min_fill_s=2)
    with pytest.raises(LinkInvalid):
        links.read_confirm(links.form_token(CLAIM, now=NOON), now=NOON)


def test_with_one_salt_for_all_a_confirm_link_would_pass_as_a_form_token():
    """The twin: the same class with its salts thrown together takes the signature of one purpose for the other's."""

    class OneSalt(Links):
        def _serializer(self, salt, *, now=0):
            return super()._serializer("all", now=now)

    careless = OneSalt([NEW], BASE)

    payload, made_at = careless._read("undersigned.form.v1", confirm_token(careless))

    assert (payload[0], made_at) == (REF.id, NOON)


def test_a_token_of_a_stranger_with_the_right_salt_is_refused(links):
    with pytest.raises(LinkInvalid):
        links.read_confirm(confirm_token(Links(["stranger" * 5], BASE)), now=NOON)


@pytest.mark.parametrize(("digest", "accepted"), [(hashlib.sha256, True), (hashlib.sha1, False)])
def test_links_are_signed_with_sha256_and_not_with_the_librarys_sha1(links, digest, accepted):
    signing = {"digest_method": digest, "key_derivation": "hmac"}
    plain = URLSafeTimedSerializer(NEW, salt="undersigned.confirm.v1", signer_kwargs=signing)

    if accepted:
        assert plain.loads(confirm_token(links)) == [REF.id, base64.urlsafe_b64encode(NONCE).decode()]
    else:
        with pytest.raises(BadSignature):
            plain.loads(confirm_token(links))


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


@pytest.mark.parametrize("skew", [-SKEW_S, -2, 0, 2, SKEW_S])
def test_clocks_that_differ_by_five_minutes_cost_nobody_a_link(links, skew):
    tokens = [confirm_token(links, now=NOON + n) for n in range(100)]

    assert all(links.read_confirm(token, now=NOON + n + skew) == REF for n, token in enumerate(tokens))


def test_the_stock_age_check_refuses_a_link_from_two_seconds_ahead(links):
    """The twin: the library's own ``max_age`` on a token of a worker whose clock is two seconds fast."""

    class Fast(URLSafeTimedSerializer.default_signer):
        def get_timestamp(self):
            return super().get_timestamp() + 100

    token = URLSafeTimedSerializer(NEW, signer=Fast).dumps(1)

    with pytest.raises(SignatureExpired, match="< 0"):
        URLSafeTimedSerializer(NEW).loads(token, max_age=60)


@pytest.mark.parametrize(("age", "alive"), [(CONFIRM_S, True), (CONFIRM_S + SKEW_S, True), (CONFIRM_S + 301, False)])
def test_a_confirm_link_lives_seven_days_by_every_clock(links, age, alive):
    token = confirm_token(links)

    if alive:
        assert links.read_confirm(token, now=NOON + age) == REF
    else:
        with pytest.raises(LinkExpired):
            links.read_confirm(token, now=NOON + age)


def test_an_expired_link_says_which_row_a_new_one_is_for(links):
    with pytest.raises(LinkExpired) as caught:
        links.read_confirm(confirm_token(links), now=NOON + timedelta(days=8) // timedelta(seconds=1))

    assert caught.value.payload == REF


def test_a_link_from_the_far_future_is_refused(links):
    with pytest.raises(LinkInvalid, match="future"):
        links.read_confirm(confirm_token(links, now=NOON + SKEW_S + 1), now=NOON)
    with pytest.raises(FormTokenBad, match="future"):
        links.read_form_token(links.form_token(CLAIM, now=NOON + 360), now=NOON, min_fill_s=2)


@pytest.mark.parametrize("now", [0, 2**31 - 1, 2**31 + 1, 2**33])
def test_2038_is_a_year_like_any_other(links, now):
    assert links.read_confirm(confirm_token(links, now=now), now=now + 60) == REF


def test_the_time_is_the_one_given_and_no_clock_is_read(links):
    assert confirm_token(links, now=NOON) == confirm_token(links, now=NOON)
    assert confirm_token(links, now=NOON) != confirm_token(links, now=NOON + 1)


@given(first=st.integers(0, 59), second=st.integers(0, 59))
def test_form_tokens_of_one_minute_are_one_token(first, second):
    links = Links([NEW], BASE)

    assert links.form_token(CLAIM, now=NOON + first) == links.form_token(CLAIM, now=NOON + second)
    assert links.form_token(CLAIM, now=NOON + first) != links.form_token(CLAIM, now=NOON + 60 + second)


def test_a_form_for_our_own_page_names_no_partner(links):
    token = links.form_token(FormClaim(1, 2, None), now=NOON)

    assert links.read_form_token(token, now=NOON + 60, min_fill_s=2).partner_id is None


@pytest.mark.parametrize(("age", "min_fill_s", "fast"), [(0, 2, True), (1, 2, True), (2, 2, False), (0, 0, False)])
def test_a_form_that_comes_back_at_once_is_refused(links, age, min_fill_s, fast):
    token = links.form_token(CLAIM, now=NOON)

    if fast:
        with pytest.raises(FormTooFast):
            links.read_form_token(token, now=NOON + age, min_fill_s=min_fill_s)
    else:
        assert links.read_form_token(token, now=NOON + age, min_fill_s=min_fill_s) == CLAIM


def test_late_in_its_minute_a_form_may_come_back_at_once(links):
    """What the docstring owns up to: the age counts from the beginning of the minute."""
    token = links.form_token(CLAIM, now=NOON + 30)

    assert links.read_form_token(token, now=NOON + 30, min_fill_s=2) == CLAIM


@pytest.mark.parametrize("skew", [-SKEW_S, -60, -1])
def test_a_form_made_by_a_worker_whose_clock_is_fast_is_not_called_hasty(links, skew):
    token = links.form_token(CLAIM, now=NOON)

    assert links.read_form_token(token, now=NOON + skew, min_fill_s=2) == CLAIM


@pytest.mark.parametrize(("age", "alive"), [(FORM_S, True), (FORM_S + SKEW_S, True), (FORM_S + 301, False)])
def test_a_form_may_lie_open_for_two_hours(links, age, alive):
    token = links.form_token(CLAIM, now=NOON)

    if alive:
        assert links.read_form_token(token, now=NOON + age, min_fill_s=2) == CLAIM
    else:
        with pytest.raises(FormTokenExpired):
            links.read_form_token(token, now=NOON + age, min_fill_s=2)


def test_a_link_prints_no_secret_key(links):
    assert NEW not in repr(links)
