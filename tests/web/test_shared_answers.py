"""Answers that are the same for everybody: kept in memory, never old, never those of one visitor."""

import gzip

import brotli
import pytest
from flask import Response

from server import create_app
from server.config import read_settings
from server.services import partners, statements
from server.services.signers import withdraw_signature
from server.web import shared
from tests.conftest import environment
from tests.scene import run
from tests.web.reading import Page
from tests.web.scene import DATA, LIST, NO_LIMITS, PAGE

FRAME = "/embed/open-rivers"
SHARED = [PAGE, f"{PAGE}/versions", FRAME, f"{FRAME}/text", DATA, LIST]
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}


@pytest.fixture
def asked(app, monkeypatch):
    """The paths that the app itself was asked for, since it is behind the kept answers."""
    seen = []
    cache = next(_find_caches(app.wsgi_app))
    application = cache._application

    def count(environ, start_response):
        seen.append(environ["PATH_INFO"])
        return application(environ, start_response)

    monkeypatch.setattr(cache, "_application", count)
    return seen


def _find_caches(application):
    """Yield the cache among the WSGI applications that stand in front of each other."""
    if isinstance(application, shared.SharedAnswers):
        yield application
    for inner in getattr(application, "__closure__", None) or ():
        if callable(inner.cell_contents):
            yield from _find_caches(inner.cell_contents)


@pytest.mark.parametrize("path", SHARED)
def test_what_many_ask_for_is_made_once(client, statement, asked, path):
    answers = [client.get(path) for _ in range(3)]

    assert asked == [path]
    assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}
    assert len({str(answer.headers) for answer in answers}) == 1
    assert answers[0].headers["Cache-Control"] == "public, max-age=5"
    assert "Content-Security-Policy" in answers[2].headers


@pytest.mark.parametrize("path", [PAGE, FRAME, DATA, LIST])
def test_a_change_is_seen_at_once_by_every_process(client, settings, clock, scene, asked, path):
    """The other process has a store and a cache of its own; it has never heard of the signature."""
    other = create_app(settings, clock=clock).test_client()
    before = [one.get(path).data for one in (client, other)]
    scene.signed()

    assert before[0] == before[1]
    after = [one.get(path).data for one in (client, other)]
    assert after[0] == after[1] != before[0]


def test_without_the_look_at_its_version_an_old_answer_would_be_sent(client, scene, monkeypatch):
    """The twin."""
    monkeypatch.setattr(shared, "read_version", lambda here, slug: "always the same")
    before = client.get(LIST).data
    scene.signed()

    assert client.get(LIST).data == before


def test_a_withdrawn_name_is_gone_from_every_answer(client, scene):
    signed = scene.signed(name="Astghik Sevunts")
    assert all("Astghik" in client.get(path).text for path in (PAGE, LIST))

    withdraw_signature(scene.db, scene.ref(signed), shown=False, now=scene.clock())

    assert not any("Astghik" in client.get(path).text for path in (PAGE, FRAME, DATA, LIST))


def test_an_archived_statement_is_not_sent_from_memory(client, db, clock, statement):
    assert client.get(PAGE).status_code == 200
    statements.close_statement(db, "open-rivers", actor="test", now=clock())
    statements.archive_statement(db, "open-rivers", actor="test", now=clock())

    assert {client.get(path).status_code for path in SHARED} == {404}


@pytest.mark.parametrize("path", [PAGE, FRAME, DATA])
def test_each_minute_has_its_form_token_and_all_share_it(client, clock, statement, path):
    def token():
        answer = client.get(path)
        return answer.json["form_token"] if answer.is_json else Page(answer).values["form_token"]

    first = token()
    assert token() == first
    clock.forward(minutes=1)

    assert token() != first


@pytest.mark.parametrize("path", [PAGE, FRAME, DATA])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"headers": {"Accept-Language": "fr"}}, {"headers": {"Accept-Language": "en"}}),
        ({"query_string": "locale=fr"}, {}),
    ],
)
def test_languages_are_not_mixed_up(client, statement, path, one, other):
    for _ in range(2):
        assert "Gardons nos rivières" in client.get(path, **one).text
        assert "Keep our rivers" in client.get(path, **other).text


def test_frames_of_two_websites_are_not_mixed_up(client, statement, db, clock):
    partners.add_partner(
        db, "open-rivers", "lakes", name="Lakes", origins=["https://lakes.example"], actor="test", now=clock()
    )
    plain = client.get(FRAME)
    led = client.get(FRAME, headers={"Referer": "https://lakes.example/"})

    assert (plain.status_code, led.status_code) == (200, 303)
    assert client.get(FRAME).status_code == 200
    assert "Referer" in plain.headers["Vary"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        *(("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip", "gzip"), ("*", "br")),
        *(("identity", "identity"), ("deflate", "identity"), ("", "identity")),
    ],
)
@pytest.mark.parametrize("path", [PAGE, DATA])
def test_an_answer_comes_as_small_as_the_browser_takes_it(client, statement, path, accepted, coding):
    plain = client.get(path, headers={"Accept-Encoding": "identity"}).data
    answer = client.get(path, headers={"Accept-Encoding": accepted})

    assert answer.headers.get("Content-Encoding", "identity") == coding
    assert UNPACK[coding](answer.data) == plain
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("path", [PAGE, DATA])
@pytest.mark.parametrize(
    ("known", "status"), [(None, 200), ('"other"', 200), ("{}", 304), ("W/{}", 304), ('"other", {}', 304), ("*", 304)]
)
def test_what_a_browser_has_is_not_sent_again(client, statement, path, known, status):
    """A proxy that compresses makes our strong ETag a weak one."""
    etag = client.get(path).headers["ETag"]
    for _ in range(2):
        answer = client.get(path, headers={"If-None-Match": known.format(etag)} if known else {})

        assert answer.status_code == status
        assert bool(answer.data) is (status == 200)
        assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (etag, "public, max-age=5")
    assert ("Access-Control-Allow-Origin" in answer.headers) is (path == DATA)


def test_each_encoding_has_an_etag_of_its_own(client, statement):
    tags = {coding: client.get(PAGE, headers={"Accept-Encoding": coding}).headers["ETag"] for coding in UNPACK}

    assert len(set(tags.values())) == len(tags)
    gzipped = client.get(PAGE, headers={"Accept-Encoding": "gzip", "If-None-Match": tags["br"]})
    assert gzipped.status_code == 200


class TestLimits:
    @pytest.fixture
    def settings(self, tmp_path):
        return read_settings(environment(tmp_path, **NO_LIMITS | {"UNDERSIGNED_LIMIT_PAGE": "3 per minute"}))

    def test_an_answer_from_memory_counts_too(self, client, statement):
        assert [client.get(PAGE).status_code for _ in range(4)] == [200, 200, 200, 429]
        elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
        assert client.get(PAGE, environ_overrides=elsewhere).status_code == 200


def test_the_database_away_is_told_from_memory_too(client, context, statement):
    client.get(PAGE)
    run(context.db, "ALTER TABLE statements RENAME TO elsewhere")

    assert client.get(PAGE).status_code >= 500


def test_made_up_addresses_do_not_fill_the_memory(app, client, statement, monkeypatch):
    monkeypatch.setattr(shared, "MOST_KEPT_BYTES", 300_000)
    cache = next(_find_caches(app.wsgi_app))
    for number in range(40):
        client.get(f"{PAGE}?x={number}")
        client.get(PAGE)

        assert sum(kept.size for kept in cache._kept.values()) <= 300_000
    assert (PAGE, "", None, None) in cache._kept  # what everybody asks for stays
    assert len(cache._kept) < 40


def test_what_a_view_keeps_for_one_visitor_is_not_shared(client, asked, statement):
    for _ in range(2):
        client.get(f"{FRAME}?sandboxed=yes")

    assert asked == [FRAME, FRAME]


def test_no_shared_answer_sets_a_cookie(client, statement):
    client.set_cookie("session", "of an admin")

    for path in SHARED:
        answer: Response = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"]
