"""What a form needs, in one answer: fresh at once, kept for seconds, in the language that a visitor reads."""

import pytest

from server import create_app
from server.config import read_settings
from server.crypto.links import FormClaim
from server.services import moderation, partners, statements, texts
from server.services.founding import import_founders
from server.text.signatory_list import read_signatory_list
from server.text.statement_file import read_statement
from server.web.context import EXTENSION
from tests.conftest import BASE_URL, PARTNER, RIVERS, RIVERS_FR, environment
from tests.scene import look
from tests.web.scene import DATA, SIGN, add_statement, newest_link


def test_the_answer_holds_all_that_a_form_needs(client, statement):
    answer = client.get(DATA).json

    assert list(answer) == ["statement", "counts", "form", "form_token", "messages"]
    assert answer["statement"] == {
        "slug": "open-rivers",
        "locale": "en",
        "dir": "ltr",
        "locales": ["en", "fr"],
        "title": "Keep our rivers open",
        "place": "Kutaisi",
        "date": "10 January 2027",
        "dateline": "Kutaisi, 10 January 2027",
        "event": None,
        "eligibility": "Anybody who lives by a river",
        "state": "open",
        "opens": None,
        "closes": None,
        "goal": 500,
        "page": f"{BASE_URL}/s/open-rivers",
    }
    assert answer["counts"] == {
        "confirmed": 0,
        "individuals": 0,
        "organisations": 0,
        "awaiting_review": 0,
        "text": "0 signatures",
        "goal_text": "(goal: 500)",
        "days_left_text": None,
        "latest_text": None,
    }
    assert answer["form"]["action"] == f"{BASE_URL}{DATA}/signatures"
    assert [kind["kind"] for kind in answer["form"]["kinds"]] == ["individual", "organisation"]
    assert answer["form"]["min_fill_seconds"] == 2
    assert answer["messages"]["form.sign"] == "Sign"


def test_a_known_answer_is_not_sent_again(client, statement):
    first = client.get(DATA)
    known = client.get(DATA, headers={"If-None-Match": first.headers["ETag"]})

    assert (known.status_code, known.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Access-Control-Allow-Origin", "Vary"):
        assert known.headers[name] == first.headers[name]


@pytest.mark.parametrize(
    ("validator", "status"), [("W/{}", 304), ('"x", {}', 304), ("*", 304), ('"x"', 200), ("", 200), ("rubbish", 200)]
)
def test_validators_are_compared_as_proxies_leave_them(client, statement, validator, status):
    """A proxy that compresses the body turns our strong validator into a weak one."""
    etag = client.get(DATA).headers["ETag"]

    assert client.get(DATA, headers={"If-None-Match": validator.format(etag)}).status_code == status


def test_every_cache_may_keep_it_for_seconds(client, statement):
    headers = client.get(DATA).headers

    assert headers["Cache-Control"] == "public, max-age=5"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Vary"] == "Accept-Language, Accept-Encoding"
    assert headers["Content-Type"] == "application/json"


def test_the_same_minute_gives_the_same_bytes_and_the_next_a_new_token(client, statement, clock):
    first = client.get(DATA)
    clock.forward(seconds=59)
    same = client.get(DATA)
    clock.forward(seconds=1)
    later = client.get(DATA)

    assert same.data == first.data
    assert later.json["form_token"] != first.json["form_token"]


def test_the_count_moves_at_once_after_a_confirmation_a_hold_and_a_removal(signer, context, client, db, clock):
    def counts():
        found = client.get(DATA).json["counts"]
        return found["confirmed"], found["awaiting_review"], found["text"]

    known = client.get(DATA).headers["ETag"]
    signer.post()
    assert counts() == (0, 0, "0 signatures")
    client.post(newest_link(context, now=clock()), data={"consent": "yes"})
    assert client.get(DATA, headers={"If-None-Match": known}).status_code == 200
    assert counts() == (1, 0, "1 signature")
    [signature] = look(db, "SELECT id FROM signatures")
    moderation.hold_signature(db, "open-rivers", signature["id"], actor="test", reason=None, now=clock())
    assert counts() == (0, 1, "0 signatures")
    moderation.approve_signature(db, "open-rivers", signature["id"], seen=None, actor="test", reason=None, now=clock())
    assert counts() == (1, 0, "1 signature")
    moderation.remove_signature(db, "open-rivers", signature["id"], actor="test", reason=None, now=clock())
    assert counts() == (0, 0, "0 signatures")


def test_counts_are_written_as_the_language_does(client, statement, db, clock):
    names = "\n".join(f"{number}. River Keepers No {number}" for number in range(1, 1235))
    import_founders(db, "open-rivers", read_signatory_list(names, "organisation").entries, actor="test", now=clock())

    assert client.get(DATA).json["counts"]["text"] == "1,234 signatures"
    assert client.get(f"{DATA}?locale=fr").json["counts"]["text"].startswith("1\u202f234 ")


def test_closing_and_a_new_text_show_at_once(client, statement, db, clock):
    assert client.get(DATA).json["statement"]["state"] == "open"
    renamed = RIVERS.replace("Keep our rivers open", "Keep all rivers open")
    texts.add_statement(db, read_statement(renamed), actor="test", now=clock())
    assert client.get(DATA).json["statement"]["title"] == "Keep all rivers open"
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    assert client.get(DATA).json["statement"]["state"] == "closed"


def test_a_statement_that_was_closed_early_tells_the_widget_when_it_really_ended(client, db, clock):
    add_statement(db, "lakes", clock(), closes="2030-01-01T10:00:00Z")
    lakes = "/api/v1/statements/lakes"
    assert client.get(lakes).json["statement"]["closes"].startswith("1 January 2030"), "the twin: what is planned"

    statements.close_statement(db, "lakes", actor="test", now=clock())
    clock.forward(days=2)

    told = client.get(lakes).json["statement"]
    assert (told["state"], told["closes"][:15]) == ("closed", "15 January 2027")


def test_the_day_of_opening_and_of_closing_come_by_themselves(client, db, clock):
    add_statement(db, "lakes", clock(), opens="2027-01-15T08:00:30Z", closes="2027-01-15T08:00:40Z")
    states = []
    for _ in range(3):
        answer = client.get("/api/v1/statements/lakes").json["statement"]
        states.append(answer["state"])
        clock.forward(seconds=30 if len(states) == 1 else 10)

    assert states == ["not-yet-open", "open", "closed"]
    assert "2027" in answer["opens"]


@pytest.mark.parametrize(
    ("query", "browser", "locale"),
    [
        ("", None, "en"),
        ("?locale=fr", None, "fr"),
        ("?locale=fr", "en", "fr"),
        ("?locale=fr-CA", "en", "fr"),
        ("?locale=hy", "fr", "fr"),
        ("?locale=hy", None, "en"),
        ("?locale=", "fr", "fr"),
        ("", "hy, fr;q=0.5, en;q=0.4", "fr"),
        ("", "en;q=0.5, fr", "fr"),
        ("", "*", "en"),
        ("", "hy;q=rubbish,,;;", "en"),
        ("?locale=%00", None, "en"),
        ("?locale=../../etc/passwd", None, "en"),
    ],
)
def test_the_language_is_what_the_page_asks_for_then_the_browsers_then_the_statements(
    client, statement, query, browser, locale
):
    answer = client.get(DATA + query, headers={"Accept-Language": browser} if browser else {}).json

    assert (answer["statement"]["locale"], answer["messages"]["lang"]) == (locale, locale)


def test_visitors_whose_last_languages_differ_are_not_mixed_up(client, statement):
    french, english = "de, es, it, fr", "de, es, it, en"

    locales = [
        client.get(DATA, headers={"Accept-Language": languages}).json["statement"]["locale"]
        for languages in (french, english, french, "de, fr, it", "de, en, it")
    ]
    assert locales == ["fr", "en", "fr", "fr", "en"]


def test_two_apps_in_one_process_keep_their_answers_apart(tmp_path, client, statement, clock):
    """They are alike in all but their secrets, so a mixed-up answer would hold a form token of the other's."""
    (tmp_path / "other").mkdir()
    other = create_app(read_settings(environment(tmp_path / "other")), clock=clock)
    here = other.extensions[EXTENSION]
    here.db.migrate(create=True)
    for source in (RIVERS, RIVERS_FR):
        texts.add_statement(here.db, read_statement(source), actor="test", now=clock())
    statements.open_statement(here.db, "open-rivers", actor="test", now=clock())
    partners.add_partner(
        here.db, "open-rivers", "river-watch", name="River Watch", origins=[PARTNER], actor="test", now=clock()
    )
    tokens = [app.get(DATA).json["form_token"] for app in (client, other.test_client())]
    here.db.close()

    assert tokens[0] != tokens[1]
    assert here.links.read_form_token(tokens[1], now=clock() + 5, min_fill_s=2).statement_id == 1


def test_the_token_says_text_and_partner(client, statement, context, clock):
    def claim(query):
        token = client.get(DATA + query).json["form_token"]
        return context.links.read_form_token(token, now=clock() + 5, min_fill_s=2)

    assert claim("") == FormClaim(statement.id, 1)
    assert claim("?partner=river-watch") == FormClaim(statement.id, 1, 1)
    assert claim("?partner=nobody") == FormClaim(statement.id, 1)
    assert claim("?locale=fr") == FormClaim(statement.id, 2)


@pytest.mark.parametrize("slug", ["no-such", "draft"])
@pytest.mark.parametrize(
    ("locale", "title"), [("en", "This statement does not exist or has been removed."), ("fr", None)]
)
def test_what_is_not_public_is_not_there_and_every_page_may_read_that(client, db, clock, slug, locale, title):
    add_statement(db, "draft", clock(), opened=False)
    answer = client.get(f"/api/v1/statements/{slug}?locale={locale}")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["code"] == "not-found"
    assert (answer.json["title"] == title) == (locale == "en")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


class TestTheDataLimit:
    @pytest.fixture
    def settings(self, tmp_path):
        return read_settings(environment(tmp_path, UNDERSIGNED_LIMIT_DATA="2 per hour"))

    def test_is_told_to_the_page_that_asks(self, client, statement):
        answers = [client.get(DATA, headers={"Origin": PARTNER}) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json["code"] == "too-many"
        assert int(answers[2].headers["Retry-After"]) > 3500
        assert answers[2].headers["Access-Control-Allow-Origin"] == "*"
        assert answers[2].headers["Access-Control-Expose-Headers"] == "Retry-After"
        assert "60 minutes" in answers[2].json["title"]

    def test_counts_preflights_too_and_leaves_the_posts_alone(self, client, statement, signer):
        token = signer.form_token()
        preflights = [client.options(SIGN, headers={"Origin": PARTNER}).status_code for _ in range(2)]

        assert preflights == [204, 429]
        assert signer.post(form_token=token).status_code == 202
