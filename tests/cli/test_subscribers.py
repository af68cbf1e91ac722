"""Who gets news, printed in a shell: the organiser's, or a partner's own, each line with its proof."""

import csv
import io

import pytest

from tests.scene import RIVER_NEWS, look


@pytest.fixture
def subscribers(undersigned, statement):
    def run(*options):
        printed = undersigned("signatories", "subscribers", "open-rivers", *options)
        assert (printed.exit_code, printed.stderr) == (0, "")
        return list(csv.DictReader(io.StringIO(printed.stdout_bytes.decode("utf-8-sig"))))

    return run


def test_the_organiser_and_a_partner_each_get_their_own(undersigned, signed, subscribers):
    undersigned("partner", "newsletter", "open-rivers", "river-watch", "--locale", "en", RIVER_NEWS)
    signed(email="ours@rivers.example", newsletter=True)
    signed(email="theirs@rivers.example", partner_newsletter=RIVER_NEWS)
    signed(email="nobodys@rivers.example", name="Aram")

    assert [row["email"] for row in subscribers()] == ["ours@rivers.example"]
    [theirs] = subscribers("--partner", "river-watch")
    assert (theirs["email"], theirs["wording"], theirs["partner"]) == (
        "theirs@rivers.example",
        RIVER_NEWS,
        "river-watch",
    )


def test_who_has_not_confirmed_is_not_in_it(signer, subscribers, db):
    signer.post(newsletter=True)

    assert subscribers() == []
    assert look(db, "SELECT count(*) AS n FROM subscriptions") == [{"n": 1}]


def test_the_journal_knows_of_it(subscribers, db):
    subscribers("--partner", "river-watch")

    told = look(db, "SELECT actor, verb FROM journal ORDER BY id DESC LIMIT 2")
    assert told == [{"actor": "cli", "verb": "export.end"}, {"actor": "cli", "verb": "export.begin-subscribers"}]


def test_a_partner_that_is_none_is_refused_in_words(undersigned, statement):
    refused = undersigned("signatories", "subscribers", "open-rivers", "--partner", "nobody")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: there is no partner nobody that embeds this statement\n"
