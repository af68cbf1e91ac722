"""Who may post from where: the exact origin of a partner, decided before the view and before anything is stored."""

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from server import create_app
from server.config import read_settings
from server.services import partners, statements, texts
from server.text.statement_file import read_statement
from server.web.context import EXTENSION
from tests.conftest import ANI, BASE_URL, PARTNER, RIVERS, Clock, environment
from tests.web.scene import CSV, DATA, LIST, NO_LIMITS, PAGE, SIGN, add_statement, count, everything, newest_link

NEARLY = (
    *("null", "", "*", "file://", f"{PARTNER}.evil.example", "http://evil-partner.example:9000", f"{PARTNER}/"),
    *("http://PARTNER.example:9000", "HTTP://partner.example:9000", "http://partner.example", f"{PARTNER}0"),
    *("http://partner.example.:9000", "http://partner.example:09000", "http://x@partner.example:9000"),
    *("http://partner.example:9000@evil.example", "https://partner.example:9000", "http://partner.example:9001"),
    *("http://sub.partner.example:9000", "http://partnerxexample:9000", f"{PARTNER}, {PARTNER}", f"{PARTNER}#"),
    *("http://evil.example?http://partner.example:9000", "http://xn--partner-9za.example:9000", f"{BASE_URL}.evil"),
    *("http://LOCALHOST:8000", "https://localhost:8000", "http://localhost"),
)


def naive(origin: str) -> bool:
    """What is often written instead of membership."""
    return PARTNER.lower() in origin.lower() or origin.lower().startswith("http://partner") or origin == "null"


def is_refused(answer):
    assert (answer.status_code, answer.json["code"]) == (403, "origin-refused")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    return True


@pytest.mark.parametrize("origin", NEARLY)
def test_an_origin_that_is_nearly_a_partners_is_refused(signer, db, origin):
    token = signer.form_token()
    signer.clock.forward(seconds=3)
    before = everything(db)
    answer = signer.client.post(
        SIGN,
        json=ANI | {"key": "k" * 16, "form_token": token},
        headers={"Origin": origin} if origin else {"Origin": " "},
    )

    assert is_refused(answer)
    assert everything(db) == before


def test_a_naive_check_would_let_many_of_them_in():
    assert sum(map(naive, NEARLY)) >= 10


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One instance for all examples: each of them is refused, so none leaves anything behind."""

    clock = Clock()
    app = create_app(read_settings(environment(tmp_path_factory.mktemp("origins"), **NO_LIMITS)), clock=clock)
    db = app.extensions[EXTENSION].db
    db.migrate(create=True)
    texts.add_statement(db, read_statement(RIVERS), actor="test", now=clock())
    statements.open_statement(db, "open-rivers", actor="test", now=clock())
    partners.add_partner(db, "open-rivers", "river-watch", name="R", origins=[PARTNER], actor="test", now=clock())
    yield app
    db.close()


ORIGINS = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60),
    st.builds(
        lambda at, taken, put: PARTNER[:at] + put + PARTNER[at + taken :],
        st.integers(0, len(PARTNER)),
        st.integers(0, 3),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=4),
    ),
    st.builds(
        lambda scheme, user, host, port: f"{scheme}://{user}{host}{port}",
        st.sampled_from(["http", "https", "HTTP", "ws", "chrome-extension"]),
        st.sampled_from(["", "partner.example@", "partner.example:9000@"]),
        st.sampled_from(
            ["partner.example", "partner.example.", "PARTNER.EXAMPLE", "xpartner.example", "[::1]", "xn--e"]
        ),
        st.sampled_from(["", ":9000", ":9000.", ":80", ":"]),
    ),
)


@given(ORIGINS)
@hypothesis_settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_only_exact_members_are_let_in(shared, origin):
    assume(origin not in (PARTNER, BASE_URL))
    client = shared.test_client()

    assert is_refused(client.post(SIGN, data=b"rubbish", headers={"Origin": origin}))
    assert is_refused(client.options(SIGN, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}))


def test_the_origin_is_looked_at_before_the_body_the_token_and_the_limit(tmp_path, signer, client):
    """A body that no view could read is refused for its origin, so the view never saw it."""
    answer = client.post(SIGN, data=b"[" * 50_000, content_type="text/plain", headers={"Origin": "http://evil.example"})

    assert is_refused(answer)


class TestTheAttemptLimit:
    @pytest.fixture
    def settings(self, tmp_path):
        return read_settings(environment(tmp_path, **NO_LIMITS | {"UNDERSIGNED_LIMIT_ATTEMPT": "2 per hour"}))

    def test_is_not_used_up_by_strangers(self, signer, client):
        for _ in range(5):
            assert is_refused(client.post(SIGN, json={}, headers={"Origin": "http://evil.example"}))
        assert signer.post().status_code == 202

    def test_is_told_to_the_page_that_used_it_up(self, signer):
        statuses = [signer.post(email="nobody").status_code for _ in range(2)]
        answer = signer.post()

        assert statuses == [422, 422]
        assert (answer.status_code, answer.json["code"]) == (429, "too-many")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Access-Control-Allow-Origin"] == PARTNER


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 202), ("none", 202)]
)
def test_without_an_origin_the_browsers_other_word_counts(signer, client, db, site, status):
    body = ANI | {"key": "k" * 16, "form_token": signer.form_token()}
    signer.clock.forward(seconds=3)
    answer = client.post(SIGN, json=body, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == status
    assert count(db, "signatures") == (status == 202)


def test_a_member_may_read_every_answer_and_never_with_credentials(signer, client):
    answers = [
        signer.post(),
        signer.post(email="nobody"),
        client.post(SIGN, data="x", headers={"Origin": PARTNER}),
        client.post(SIGN, data=b"x" * 50_000, content_type="application/json", headers={"Origin": PARTNER}),
    ]

    assert [answer.status_code for answer in answers] == [202, 422, 415, 413]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
        assert answer.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_our_own_page_needs_no_permission_to_read(signer):
    for origin in (BASE_URL, None):
        answer = signer.post(origin=origin)
        assert answer.status_code == 202
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


def test_a_partner_of_another_statement_is_a_stranger_here(signer, db, clock):

    add_statement(db, "lakes", clock())
    partners.add_partner(
        db, "lakes", "lake-watch", name="L", origins=["https://lakes.example"], actor="test", now=clock()
    )
    assert is_refused(signer.post(origin="https://lakes.example"))


# Preflight


def test_a_preflight_of_a_member_is_answered_and_kept(client, statement):
    answer = client.options(
        SIGN,
        headers={
            "Origin": PARTNER,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )

    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == PARTNER
    assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert answer.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_preflight_for_an_unknown_statement_finds_nothing(client, statement):
    answer = client.options(SIGN.replace("open-rivers", "no-such"), headers={"Origin": PARTNER})

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


# The pages take posts from themselves alone


@pytest.mark.parametrize(
    "origin", ["null", PARTNER, "http://evil.example", f"{BASE_URL}.evil", "http://LOCALHOST:8000"]
)
def test_the_pages_take_posts_from_themselves_alone(signer, context, client, db, clock, origin):

    signer.post()
    link = newest_link(context, now=clock())
    before = everything(db)
    for path, form in ((PAGE, {"name": "x"}), (link, {"consent": "yes"}), (f"{link}/resend", {})):
        answer = client.post(path, data=form, headers={"Origin": origin})
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert everything(db) == before


def test_a_post_to_a_page_from_another_site_is_refused_where_only_sec_fetch_tells(signer, context, client, clock):

    signer.post()
    link = newest_link(context, now=clock())

    assert client.post(link, data={"consent": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(link, data={"consent": "yes"}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_what_is_public_may_be_read_from_everywhere_and_the_dump_from_nowhere(client, statement):
    for path in (DATA, LIST, f"{DATA}?locale=fr", DATA.replace("open-rivers", "no-such"), f"{LIST}?after=rubbish"):
        answer = client.get(path, headers={"Origin": "http://anywhere.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    answer = client.get(CSV, headers={"Origin": PARTNER})
    assert "Access-Control-Allow-Origin" not in answer.headers
