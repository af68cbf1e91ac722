"""A provider's reports are taken only with a signature that is right and new."""

import hmac
import json
from hashlib import sha256

import pytest

from server.config import read_settings
from tests.conftest import environment
from tests.mail.reported import BOUNCES_TO
from tests.web.scene import NO_LIMITS, everything

SECRET = "a secret for reports, which is long enough"
PATH = "/api/v1/bounces"


@pytest.fixture
def settings(tmp_path):
    given = {"UNDERSIGNED_BOUNCE_ADDRESS": BOUNCES_TO, "UNDERSIGNED_BOUNCE_SECRET": SECRET}
    return read_settings(environment(tmp_path, **NO_LIMITS, **given))


@pytest.fixture
def mailed(scene, mails):
    scene.sign()
    mails.deliver()
    return scene


@pytest.fixture
def report(client, clock, mailed):
    """Post a report about the email, signed as a program does."""

    def report(said=None, *, secret=SECRET, at=None, signature=None, body=None, **headers):
        said = said or {"event": "failed", "status": "5.1.1", "return_path": mailed.context.bounces.make(1)}
        body = json.dumps(said).encode() if body is None else body
        at = str(clock() if at is None else at)
        made = hmac.new(secret.encode(), at.encode() + b"." + body, sha256).hexdigest()
        named = {"Undersigned-Timestamp": at, "Undersigned-Signature": made if signature is None else signature}
        return client.post(PATH, data=body, headers={"Content-Type": "application/json", **named, **headers})

    return report


def reason(scene):
    return [row["reason"] for row in scene.rows("SELECT reason FROM suppressions")]


def test_a_signed_bounce_is_recorded(report, mailed):
    answer = report()

    assert (answer.status_code, answer.json) == (200, {"recorded": True})
    assert reason(mailed) == ["bounced"]


@pytest.mark.parametrize("written", ["{}", "<{}@letters.example>", "{}@letters.example", " <{}@LETTERS.example> "])
def test_the_message_id_of_our_email_will_do(report, mailed, written):
    message_id = written.format(mailed.emails()[0]["message_id"].upper())

    assert report({"event": "complaint", "message_id": message_id}).json == {"recorded": True}
    assert reason(mailed) == ["complaint"]


@pytest.mark.parametrize(
    ("event", "status", "stops"), [("failed", "5.7.1", []), ("failed", "5.1.1", ["bounced"]), ("delayed", "", [])]
)
def test_it_means_what_it_means_in_a_bounce(report, mailed, event, status, stops):
    said = {"event": event, "status": status, "message_id": mailed.emails()[0]["message_id"]}

    assert report(said).json == {"recorded": True}
    assert reason(mailed) == stops


def test_the_diagnostic_is_stored_without_the_address(report, mailed):
    said = {"event": "failed", "status": "5.1.1", "diagnostic": "550 5.1.1 ani of rivers.example, ani@rivers.example"}
    report(said | {"recipient": "ani@rivers.example", "return_path": mailed.context.bounces.make(1)})

    assert mailed.emails()[0]["reply"] == "550 5.1.1 <…> of <…>, <…>"


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "another secret, which is as long as ours"},
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "é" * 64},
        {"at": 0},
        {"at": ""},
        {"at": "١٢٣"},
        {"at": "-1"},
    ],
)
def test_a_forged_report_is_refused(report, mailed, db, forged):
    before = everything(db)

    answer = report(**forged)

    assert (answer.status_code, answer.json["code"]) == (401, "token-refused")
    assert everything(db) == before


@pytest.mark.parametrize(("later_s", "status"), [(299, 200), (301, 401)])
def test_a_recorded_request_works_for_five_minutes_and_changes_nothing_the_second_time(
    report, clock, db, mailed, later_s, status
):
    at = clock()
    report()
    before = everything(db)
    clock.forward(seconds=later_s)

    assert report(at=at).status_code == status
    assert everything(db) == before


def test_a_report_that_was_changed_on_its_way_is_refused(report, clock):
    body = b'{"event": "delayed"}'
    made = hmac.new(SECRET.encode(), f"{clock()}.".encode() + body, sha256).hexdigest()

    assert report(body=body, signature=made).status_code == 200
    assert report(body=body.replace(b"delayed", b"failed"), signature=made).status_code == 401


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"event": "delivered"}, 400),
        ({"status": "5.1.1"}, 400),
        ({"event": "failed", "more": "x"}, 400),
        ({"event": "failed", "status": {"a": "b"}}, 400),
        ({"event": "failed", "diagnostic": "x" * 20_000}, 413),
        ({"event": "failed"}, 200),
        ({"event": "failed", "return_path": "bounces+aaaa@letters.example", "message_id": "x"}, 200),
    ],
)
def test_other_reports_change_nothing(report, db, said, status):
    before = everything(db)
    answer = report(said)

    assert answer.status_code == status
    assert answer.json.get("recorded", False) is False
    assert everything(db) == before


def test_it_is_for_programs_alone(report):
    assert report(Origin="https://stranger.example").status_code == 403


class TestWithoutASecret:
    @pytest.fixture
    def settings(self, tmp_path):
        return read_settings(environment(tmp_path, **NO_LIMITS))

    @pytest.mark.parametrize("secret", ["", SECRET])
    def test_there_is_no_such_address(self, report, mailed, secret):
        answer = report({"event": "complaint", "message_id": mailed.emails()[0]["message_id"]}, secret=secret)

        assert answer.status_code == 404
        assert reason(mailed) == []
