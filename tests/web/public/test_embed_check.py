"""The embed doctor's answers: each thing that can be wrong with a partner's page, and a page that is well."""

from dataclasses import replace

import pytest

from server.services import statements
from server.web.assets import newest_bundle_version
from tests.conftest import BASE_URL, PARTNER
from tests.web.scene import DATA

WELL = {"partner": "river-watch", "version": newest_bundle_version(), "script": f"{BASE_URL}/widget/v1/undersigned.js"}


@pytest.fixture
def examine(client, statement, clock):
    """Ask as a page of this origin; returns what was found."""

    def examine(*, origin=PARTNER, **said):
        facts = {**WELL, "clock": str(clock()), **said}
        answer = client.get(f"{DATA}/embed-check", query_string=facts, headers={"Origin": origin} if origin else {})
        assert answer.status_code == 200
        return answer.json

    return examine


def codes(found) -> list[str]:
    return [one["code"] for one in found["findings"]]


def test_a_page_that_is_well_is_told_so(examine):
    found = examine()

    assert (codes(found), found["may_post"]) == (["fine"], True)


def test_a_website_that_is_not_listed_is_told_what_to_ask_for(examine):
    found = examine(origin="https://stranger.example")

    assert (codes(found), found["may_post"]) == (["origin-not-listed"], False)
    assert "undersigned partner add open-rivers --origin https://stranger.example" in found["findings"][0]["text"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"partner": "nobody"}, "partner-unknown"),
        ({"version": "0.0.1"}, "old-version"),
        ({"script": "https://cache.example/min.js"}, "rehosted"),
        ({"clock": "1000"}, "clock"),
    ],
)
def test_each_fault_is_named(examine, said, code):
    found = examine(**said)

    assert codes(found) == [code]
    assert found["may_post"]


def test_several_faults_are_named_together_the_worst_first(examine):
    found = examine(origin="https://stranger.example", version="0.0.1", clock="1000")

    assert codes(found) == ["origin-not-listed", "old-version", "clock"]


def test_a_statement_that_cannot_be_signed_is_named(examine, db, clock):
    statements.close_statement(db, "open-rivers", actor="test", now=clock())

    assert codes(examine()) == ["closed"]


@pytest.mark.parametrize("clock_says", ["", "x", "9" * 40, "-5", "1e9", "٣"])
def test_a_clock_that_says_nothing_is_no_fault(examine, clock_says):
    assert codes(examine(clock=clock_says)) == ["fine"]


def test_a_page_without_a_lock_under_a_server_with_one_is_named(client, statement, context):
    assert context.settings.base_url.startswith("http://")
    object.__setattr__(context, "settings", replace(context.settings, base_url="https://sign.example"))

    answer = client.get(f"{DATA}/embed-check", headers={"Origin": PARTNER})

    assert "not-https" in codes(answer.json)


def test_the_doctor_speaks_the_editors_language(client, statement):
    french, english = (
        client.get(f"{DATA}/embed-check?locale={locale}", headers={"Origin": PARTNER}).json for locale in ("fr", "hy")
    )

    assert french["findings"][0]["text"].startswith("Tout va bien")
    assert english["findings"][0]["text"].startswith("All is well")


def test_every_page_may_ask_and_nothing_is_kept(client, statement):
    answer = client.get(f"{DATA}/embed-check", headers={"Origin": "https://stranger.example"})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unknown_statement_is_not_found(client):
    assert client.get("/api/v1/statements/nowhere/embed-check").status_code == 404
