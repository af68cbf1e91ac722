"""Links and form tokens: made for one row or form, for a while, by one clock."""

import string
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import SignatureExpired, URLSafeTimedSerializer

from server.crypto.links import CONFIRM_LIFETIME, FORM_LIFETIME, PREVIEW_LIFETIME, FormClaim, Links, SignatureRef
from server.errors import FormTokenBad, FormTokenExpired, FormTooFast, LinkExpired, LinkInvalid
from tests.linking import ALPHABET, BASE, CLAIM, LINKS, NEW, NOON, REF, SKEW_S, confirm_token

CONFIRM_S = int(CONFIRM_LIFETIME.total_seconds())
PREVIEW_S = int(PREVIEW_LIFETIME.total_seconds())
FORM_S = int(FORM_LIFETIME.total_seconds())

refs = st.builds(SignatureRef, st.integers(1, 2**63 - 1), st.binary(min_size=16, max_size=16))
row_ids = st.integers(1, 2**63 - 1)
claims = st.builds(FormClaim, row_ids, row_ids, st.none() | row_ids)


@given(ref=refs)
def test_a_confirm_link_brings_back_its_row_and_nonce(ref):
    url = LINKS.confirm(*ref, now=NOON)

    assert LINKS.read_confirm(url.removeprefix(f"{BASE}/confirm/"), now=NOON + 60) == ref


@given(ref=refs, years=st.integers(0, 50))
def test_an_unsubscribe_link_brings_back_its_row_and_nonce_however_old_it_is(ref, years):
    url = LINKS.unsubscribe(*ref, now=NOON)

    assert LINKS.read_unsubscribe(url.removeprefix(f"{BASE}/unsubscribe/"), now=NOON + years * 31_557_600) == ref


@pytest.mark.parametrize(("age", "alive"), [(0, True), (PREVIEW_S + SKEW_S, True), (PREVIEW_S + 301, False)])
def test_a_preview_link_shows_its_draft_for_a_fortnight(age, alive):
    token = LINKS.preview(7, "open-rivers", now=NOON).removeprefix(f"{BASE}/preview/")

    if alive:
        assert LINKS.read_preview(token, now=NOON + age) == (7, "open-rivers")
    else:
        with pytest.raises(LinkInvalid):
            LINKS.read_preview(token, now=NOON + age)


def test_a_preview_link_opens_nothing_else_and_nothing_else_shows_a_draft():
    token = LINKS.preview(7, "open-rivers", now=NOON).rpartition("/")[2]

    for read in (LINKS.read_confirm, LINKS.read_manage, LINKS.read_unsubscribe):
        with pytest.raises(LinkInvalid):
            read(token, now=NOON)
    for stranger in (LINKS.manage_token(*REF, now=NOON), token[:-1], LINKS.preview(7, "x", now=NOON + 301)):
        with pytest.raises(LinkInvalid):
            LINKS.read_preview(stranger, now=NOON)


def test_an_unsubscribe_link_opens_nothing_else_and_nothing_else_stops_news():
    tokens = {name: getattr(LINKS, name)(*REF, now=NOON).rpartition("/")[2] for name in ("confirm", "manage")}
    stops = LINKS.unsubscribe(*REF, now=NOON).rpartition("/")[2]

    for read in (LINKS.read_confirm, LINKS.read_manage):
        with pytest.raises(LinkInvalid):
            read(stops, now=NOON)
    for token in tokens.values():
        with pytest.raises(LinkInvalid):
            LINKS.read_unsubscribe(token, now=NOON)
    with pytest.raises(LinkInvalid):
        LINKS.read_unsubscribe(stops, now=NOON - SKEW_S - 1)


@given(claim=claims, fill=st.integers(60, FORM_S))
def test_a_form_token_brings_back_its_statement_text_and_partner(claim, fill):
    assert LINKS.read_form_token(LINKS.form_token(claim, now=NOON), now=NOON + fill, min_fill_s=2) == claim


def test_every_address_is_one_that_the_app_answers(app):
    made = {
        LINKS.login: "login.show_login",
        LINKS.page("open-rivers", locale="fr", partner="river-watch"): "pages.show_statement",
        LINKS.versions("open-rivers", "fr"): "pages.show_versions",
        LINKS.frame("open-rivers", locale="fr", partner=None, theme="dark"): "frame.show_frame",
        LINKS.widget("v1"): "assets.widget",
        LINKS.report("secret"): "partner_report.show_report",
        LINKS.confirm(*REF, now=NOON): "confirm.show_confirm_page",
        LINKS.manage(*REF, now=NOON): "manage.show_signature",
        LINKS.unsubscribe(*REF, now=NOON): "pages.show_unsubscribe",
        LINKS.preview(7, "open-rivers", now=NOON): "pages.show_draft",
    }
    routes = app.url_map.bind("localhost")

    assert {url: routes.match(urlsplit(url).path, "GET")[0] for url in made} == made
    assert LINKS.frame("x", locale="fr", partner=None, theme="a b").endswith("/embed/x?locale=fr&theme=a+b")


def test_links_begin_with_the_configured_address_whatever_slash_it_ends_in():
    assert (
        Links([NEW], "https://sign.example/letters/")
        .confirm(*REF, now=NOON)
        .startswith("https://sign.example/letters/confirm/")
    )


@given(ref=refs)
def test_a_token_is_one_path_segment_that_nobody_hides_or_cuts(ref):
    """No dot at the start (proxies refuse hidden files), no dash at the end (mail readers leave it out of the link)."""
    token = LINKS.confirm_token(*ref, now=NOON)

    assert token[0] != "."
    assert token[-1] in string.ascii_letters + string.digits
    assert set(token) <= set(ALPHABET) - {"="}


def test_the_stock_serializer_does_begin_a_token_with_a_dot():
    """The twin: a payload that compresses well shows why ours never compresses."""
    payload = [7, "A" * 24]

    assert URLSafeTimedSerializer(NEW, salt="s").dumps(payload).startswith(".")
    assert not LINKS.confirm_token(7, b"\0" * 16, now=NOON).startswith(".")


@pytest.mark.parametrize("nonce", [b"", b"short", b"x" * 17])
def test_a_nonce_of_another_length_is_refused(nonce):
    with pytest.raises(ValueError, match="16 bytes"):
        LINKS.confirm(7, nonce, now=NOON)


@pytest.mark.parametrize("skew", [-SKEW_S, -2, 0, 2, SKEW_S])
def test_clocks_that_differ_by_five_minutes_cost_nobody_a_link(skew):
    tokens = [confirm_token(LINKS, now=NOON + n) for n in range(100)]

    assert all(LINKS.read_confirm(token, now=NOON + n + skew) == REF for n, token in enumerate(tokens))


def test_the_stock_age_check_refuses_a_link_from_two_seconds_ahead():
    """The twin: the library's own ``max_age`` on a token of a worker whose clock is two seconds fast."""

    class Fast(URLSafeTimedSerializer.default_signer):
        def get_timestamp(self):
            return super().get_timestamp() + 100

    token = URLSafeTimedSerializer(NEW, signer=Fast).dumps(1)

    with pytest.raises(SignatureExpired, match="< 0"):
        URLSafeTimedSerializer(NEW).loads(token, max_age=60)


@pytest.mark.parametrize(("age", "alive"), [(CONFIRM_S, True), (CONFIRM_S + SKEW_S, True), (CONFIRM_S + 301, False)])
def test_a_confirm_link_lives_seven_days_by_every_clock(age, alive):
    token = confirm_token(LINKS)

    if alive:
        assert LINKS.read_confirm(token, now=NOON + age) == REF
    else:
        with pytest.raises(LinkExpired):
            LINKS.read_confirm(token, now=NOON + age)


def test_an_expired_link_says_which_row_a_new_one_is_for():
    with pytest.raises(LinkExpired) as caught:
        LINKS.read_confirm(confirm_token(LINKS), now=NOON + timedelta(days=8) // timedelta(seconds=1))

    assert caught.value.payload == REF


def test_a_link_from_the_far_future_is_refused():
    with pytest.raises(LinkInvalid, match="future"):
        LINKS.read_confirm(confirm_token(LINKS, now=NOON + SKEW_S + 1), now=NOON)
    with pytest.raises(FormTokenBad, match="future"):
        LINKS.read_form_token(LINKS.form_token(CLAIM, now=NOON + 360), now=NOON, min_fill_s=2)


@pytest.mark.parametrize("now", [0, 2**31 - 1, 2**31 + 1, 2**33])
def test_2038_is_a_year_like_any_other(now):
    assert LINKS.read_confirm(confirm_token(LINKS, now=now), now=now + 60) == REF


def test_the_time_is_the_one_given_and_no_clock_is_read():
    assert confirm_token(LINKS, now=NOON) == confirm_token(LINKS, now=NOON)
    assert confirm_token(LINKS, now=NOON) != confirm_token(LINKS, now=NOON + 1)


@given(first=st.integers(0, 59), second=st.integers(0, 59))
def test_form_tokens_of_one_minute_are_one_token(first, second):
    assert LINKS.form_token(CLAIM, now=NOON + first) == LINKS.form_token(CLAIM, now=NOON + second)
    assert LINKS.form_token(CLAIM, now=NOON + first) != LINKS.form_token(CLAIM, now=NOON + 60 + second)


def test_everybody_gets_the_same_form_token_in_one_minute():
    tokens = {LINKS.form_token(CLAIM, now=NOON + second, place="frame") for second in range(60)}

    assert len(tokens) == 1


def test_no_two_form_tokens_for_a_network_are_the_same_and_each_is_taken():
    claim = CLAIM._replace(network="0123456789abcdef")
    tokens = {LINKS.form_token(claim, now=NOON, place="frame") for _ in range(100)}

    assert len(tokens) == 100
    assert len({token.rpartition(".")[2] for token in tokens}) == 100
    for token in tokens:
        assert LINKS.read_form_token(token, now=NOON + 60, min_fill_s=2, place="frame") == claim


def test_a_form_for_our_own_page_names_no_partner():
    token = LINKS.form_token(FormClaim(1, 2, None), now=NOON)

    assert LINKS.read_form_token(token, now=NOON + 60, min_fill_s=2).partner_id is None


@pytest.mark.parametrize(("age", "min_fill_s", "fast"), [(0, 2, True), (1, 2, True), (2, 2, False), (0, 0, False)])
def test_a_form_that_comes_back_at_once_is_refused(age, min_fill_s, fast):
    token = LINKS.form_token(CLAIM, now=NOON)

    if fast:
        with pytest.raises(FormTooFast):
            LINKS.read_form_token(token, now=NOON + age, min_fill_s=min_fill_s)
    else:
        assert LINKS.read_form_token(token, now=NOON + age, min_fill_s=min_fill_s) == CLAIM


def test_late_in_its_minute_a_form_may_come_back_at_once():
    """What the docstring owns up to: the age counts from the beginning of the minute."""
    token = LINKS.form_token(CLAIM, now=NOON + 30)

    assert LINKS.read_form_token(token, now=NOON + 30, min_fill_s=2) == CLAIM


@pytest.mark.parametrize("skew", [-SKEW_S, -60, -1])
def test_a_form_made_by_a_worker_whose_clock_is_fast_is_not_called_hasty(skew):
    token = LINKS.form_token(CLAIM, now=NOON)

    assert LINKS.read_form_token(token, now=NOON + skew, min_fill_s=2) == CLAIM


@pytest.mark.parametrize(("age", "alive"), [(FORM_S, True), (FORM_S + SKEW_S, True), (FORM_S + 301, False)])
def test_a_form_may_lie_open_for_two_hours(age, alive):
    token = LINKS.form_token(CLAIM, now=NOON)

    if alive:
        assert LINKS.read_form_token(token, now=NOON + age, min_fill_s=2) == CLAIM
    else:
        with pytest.raises(FormTokenExpired):
            LINKS.read_form_token(token, now=NOON + age, min_fill_s=2)
