"""Who gets news, exported with the proof: each partner's own, confirmed and not withdrawn, journalled first."""

import csv
import hashlib
import io
import json

import pytest

from server.crypto.encryption import SealBroken
from server.errors import NotFound
from server.exports import export_subscribers
from server.exports.query import SUBSCRIBER_COLUMNS
from server.services.signers import unsubscribe_signer
from server.tables import signatures
from tests.scene import RIVER_NEWS, Scene


@pytest.fixture
def here(scene) -> Scene:
    return scene.through_partner


def lines(scene: Scene, partner: str | None = None, slug: str = "open-rivers"):
    def unseal(sealed: bytes) -> str:
        return scene.context.sealer.unseal(sealed, purpose=signatures.ADDRESS_SEAL_PURPOSE)

    return export_subscribers(scene.db, slug, partner=partner, unseal=unseal, actor="kate", clock=scene.clock).sent()


def exported(scene: Scene, partner: str | None = None) -> list[dict[str, str]]:
    sent = b"".join(lines(scene, partner)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(sent, newline="")))


def told(scene: Scene) -> list[tuple[str, str, str | None]]:
    found = scene.rows(
        "SELECT verb, subject, after FROM journal JOIN journal_details ON journal_id = id"
        " WHERE verb LIKE 'export.%' ORDER BY id"
    )
    return [(row["verb"], row["subject"], row["after"]) for row in found]


def test_each_line_has_address_name_words_and_moment(here, clock):
    signature_id = here.sign(name="Անի", partner_newsletter=RIVER_NEWS)
    clock.forward(hours=1)
    here.confirm(signature_id)

    assert exported(here, "river-watch") == [
        {
            "email": "ani@rivers.example",
            "name": "Անի",
            "locale": "en",
            "wording": RIVER_NEWS,
            "agreed_at": "2027-01-15T09:00:00Z",
            "partner": "river-watch",
        }
    ]


def test_the_organiser_and_each_partner_get_their_own_and_nobody_elses(here):
    here.signed(email="ours@rivers.example", newsletter=True)
    here.signed(email="theirs@rivers.example", partner_newsletter=RIVER_NEWS)
    here.signed(email="nobodys@rivers.example")

    [ours] = exported(here)
    assert (ours["email"], ours["wording"], ours["partner"]) == (
        "ours@rivers.example",
        "Send me news about this statement",
        "",
    )
    assert [row["email"] for row in exported(here, "river-watch")] == ["theirs@rivers.example"]


def test_pending_and_stopped_ones_are_in_no_export(here):
    ticked = {"newsletter": True, "partner_newsletter": RIVER_NEWS}
    here.sign(email="pending@rivers.example", **ticked)
    stopped = here.signed(email="stopped@rivers.example", **ticked)
    assert len(exported(here)) == len(exported(here, "river-watch")) == 1
    unsubscribe_signer(here.db, here.ref(stopped), partner_id=1, now=here.clock())

    assert [row["email"] for row in exported(here)] == ["stopped@rivers.example"]
    assert exported(here, "river-watch") == []


def test_those_of_another_statement_are_not_in_it(here):
    here.publish("clean-air", "newsletter = true").signed(newsletter=True)

    assert exported(here) == []


def test_the_journal_knows_whose_before_the_first_byte_and_what_was_sent_after_the_last(here):
    here.signed(partner_newsletter=RIVER_NEWS)
    begun = lines(here, "river-watch")
    [(verb, subject, after)] = told(here)
    assert (verb, subject) == ("export.begin-subscribers", "statement:open-rivers")
    assert json.loads(after or "") == {"format": "csv", "contacts": True, "partner": "river-watch"}

    sent = b"".join(begun)

    verb, _, after = told(here)[-1]
    assert verb == "export.end"
    found = json.loads(after or "")
    assert (found["rows"], found["sha256"]) == (1, hashlib.sha256(sent).hexdigest())


@pytest.mark.parametrize("asked", [{"slug": "nowhere"}, {"partner": "nobody"}])
def test_an_unknown_statement_or_partner_is_refused_at_once_and_not_journalled(here, asked):
    with pytest.raises(NotFound):
        lines(here, **asked)

    assert told(here) == []


def test_an_address_that_cannot_be_opened_stops_it_without_an_end_in_the_journal(here):
    here.signed(newsletter=True)
    here.run("UPDATE contacts SET sealed = :broken", broken=b"nothing of ours")

    with pytest.raises(SealBroken):
        exported(here)

    assert [verb for verb, _, _ in told(here)] == ["export.begin-subscribers", "export.broken"]


def test_no_cell_is_a_formula(here):
    here.signed(name='=HYPERLINK("http://evil.example")', partner_newsletter="+1 for news")

    [row] = exported(here, "river-watch")

    assert (row["name"], row["wording"]) == ('\'=HYPERLINK("http://evil.example")', "'+1 for news")


def test_more_than_a_batch_come_once_each_in_the_order_of_their_signatures(here, monkeypatch):
    monkeypatch.setattr("server.exports.EXPORT_BATCH", 2)
    emails = [f"reader{number}@rivers.example" for number in range(5)]
    for email in emails:
        here.signed(email=email, newsletter=True)

    assert [row["email"] for row in exported(here)] == emails


def test_the_columns_stand_in_the_promised_order():
    assert ",".join(SUBSCRIBER_COLUMNS) == "email,name,locale,wording,agreed_at,partner"
